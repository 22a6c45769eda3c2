//! Type metadata documents (draft-ietf-oauth-sd-jwt-vc section 4).

use serde::{Deserialize, Serialize};

use crate::sd_jwt::ClaimPath;
use crate::{b64, digest};

/// What a type of credential is, and how it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeMetadata {
    /// The type's identifier: the URL of this document.
    pub vct: String,
    /// A name for developers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A description for developers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How the type is shown to people, a language each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<TypeDisplay>,
    /// The claims of the type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimMetadata>,
}

/// How a type is shown in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeDisplay {
    /// The language (RFC 5646).
    pub locale: String,
    /// The type's name.
    pub name: String,
    /// The type's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the card looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendering: Option<Rendering>,
}

/// What a card looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendering {
    /// Colours and a logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simple: Option<SimpleRendering>,
}

/// Colours and a logo.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimpleRendering {
    /// The logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<Logo>,
    /// The background, as a CSS colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_color: Option<String>,
    /// The text, as a CSS colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_color: Option<String>,
}

/// A picture with its hash and its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// Where it is.
    pub uri: String,
    /// Its hash.
    #[serde(rename = "uri#integrity", default, skip_serializing_if = "Option::is_none")]
    pub uri_integrity: Option<String>,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt_text: Option<String>,
}

/// One claim of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimMetadata {
    /// Which claim.
    pub path: ClaimPath,
    /// How it is shown to people, a language each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<ClaimDisplay>,
    /// Whether the issuer always includes it.
    #[serde(default)]
    pub mandatory: bool,
    /// Whether the holder may leave it out.
    #[serde(default)]
    pub sd: SelectiveDisclosure,
}

/// How a claim is shown in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDisplay {
    /// The language (RFC 5646).
    pub locale: String,
    /// The claim's label.
    pub label: String,
    /// The claim's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Whether a claim is selectively disclosable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SelectiveDisclosure {
    /// It is.
    Always,
    /// As the issuer likes.
    #[default]
    Allowed,
    /// It is not.
    Never,
}

/// The hash of a document for a `#integrity` claim: `sha256-<base64>`
/// (W3C Subresource Integrity section 3.5).
pub fn integrity(document: &[u8]) -> String {
    format!("sha256-{}", b64::encode_standard(digest::sha256(document)))
}

/// Whether a document is the one that a `#integrity` claim speaks of.
pub fn matches_integrity(document: &[u8], claim: &str) -> bool {
    claim.split_ascii_whitespace().any(|hash| hash == integrity(document))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_the_shape_of_the_draft() {
        let document = json!({
            "vct": "https://authority.example/types/card",
            "name": "Card",
            "display": [{
                "locale": "en", "name": "Card",
                "rendering": {"simple": {"background_color": "#123456",
                    "logo": {"uri": "https://x/l.png", "uri#integrity": "sha256-x"}}},
            }],
            "claims": [{
                "path": ["nationalities", null], "sd": "always", "mandatory": true,
                "display": [{"locale": "en", "label": "Nationality"}],
            }],
        });
        let metadata: TypeMetadata = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(metadata.claims[0].sd, SelectiveDisclosure::Always);
        assert_eq!(serde_json::to_value(&metadata).unwrap(), document);
    }

    #[test]
    fn integrity_names_one_document() {
        let claim = integrity(b"alert(1)");
        assert!(claim.starts_with("sha256-") && claim.len() == 51);
        assert!(matches_integrity(b"alert(1)", &format!("sha384-abc {claim}")));
        assert!(!matches_integrity(b"alert(2)", &claim));
    }
}
