//! Credential offers (OpenID4VCI 1.0 §4).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tanda_credential::json;
use thiserror::Error;
use url::Url;

use crate::oauth::{IssuerUrl, MessageError, OpaqueToken, is_secure};

const SCHEME: &str = "openid-credential-offer://";
/// Offers travel in QR codes and links; a larger one is nonsense.
const MAX_LINK_BYTES: usize = 64 * 1024;
const MAX_CONFIGURATIONS: usize = 64;

/// An issuer's offer of credentials. Nothing in it is to be trusted: the wallet goes on only with
/// an issuer that its trust list knows (§13.5).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CredentialOffer {
    /// Who offers.
    pub credential_issuer: IssuerUrl,
    /// What, as keys of the issuer's `credential_configurations_supported`.
    pub credential_configuration_ids: Vec<String>,
    /// How it can be had.
    #[serde(default, skip_serializing_if = "Grants::is_empty")]
    pub grants: Grants,
}

/// The grants of an offer; others are ignored.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Grants {
    /// By a code that the issuer has authorised already.
    #[serde(
        rename = "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub pre_authorized_code: Option<PreAuthorizedCodeGrant>,
    /// By the person's authorisation in a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_code: Option<AuthorizationCodeGrant>,
}

impl Grants {
    fn is_empty(&self) -> bool {
        self.pre_authorized_code.is_none() && self.authorization_code.is_none()
    }
}

/// The pre-authorized code of an offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreAuthorizedCodeGrant {
    /// The code.
    #[serde(rename = "pre-authorized_code")]
    pub code: OpaqueToken,
    /// That a transaction code must be typed, and how it looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx_code: Option<TransactionCode>,
    /// Which of several authorization servers takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_server: Option<IssuerUrl>,
}

/// The authorization code grant of an offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationCodeGrant {
    /// What goes back to the issuer in the authorization request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_state: Option<String>,
    /// Which of several authorization servers takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_server: Option<IssuerUrl>,
}

/// How a transaction code looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionCode {
    /// Digits or text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_mode: Option<TransactionCodeInput>,
    /// How many characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// Where it is to be found, at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What a transaction code is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionCodeInput {
    /// Digits.
    Numeric,
    /// Any characters.
    Text,
}

/// Why an offer, or a link to one, was refused.
#[derive(Debug, Error)]
pub enum OfferError {
    /// The offer is not the JSON that it should be.
    #[error("the credential offer cannot be read")]
    Message(#[from] MessageError),
    /// The link is no URL, or too long.
    #[error("the credential offer link is not a URL")]
    Link,
    /// The link carries no offer, or several.
    #[error("the link does not carry one credential offer")]
    NotOne,
    /// The link refers to an offer that is not under https.
    #[error("the link refers to an offer that is not at an https URL")]
    Insecure,
}

impl CredentialOffer {
    /// An offer of credentials for a pre-authorized code without a transaction code.
    #[must_use]
    pub fn pre_authorized(
        credential_issuer: IssuerUrl,
        credential_configuration_ids: Vec<String>,
        code: OpaqueToken,
    ) -> Self {
        let grant = PreAuthorizedCodeGrant { code, tx_code: None, authorization_server: None };
        Self {
            credential_issuer,
            credential_configuration_ids,
            grants: Grants { pre_authorized_code: Some(grant), authorization_code: None },
        }
    }

    /// Reads an offer, as it stands behind a `credential_offer_uri`.
    ///
    /// # Errors
    /// [`OfferError::Message`] where it is none: no issuer URL, no credentials, or one named
    /// twice.
    pub fn parse(body: &[u8]) -> Result<Self, OfferError> {
        let offer: Self = json::parse_as(body).map_err(MessageError::from)?;
        let ids = &offer.credential_configuration_ids;
        let distinct: BTreeSet<_> = ids.iter().collect();
        if ids.is_empty() || ids.len() > MAX_CONFIGURATIONS || distinct.len() != ids.len() {
            return Err(MessageError::Member("credential_configuration_ids").into());
        }
        let description = offer
            .grants
            .pre_authorized_code
            .as_ref()
            .and_then(|grant| grant.tx_code.as_ref()?.description.as_ref());
        if description.is_some_and(|text| text.chars().count() > 300) {
            return Err(MessageError::Member("tx_code").into());
        }
        Ok(offer)
    }

    /// The offer as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[expect(clippy::expect_used, reason = "strings, numbers and enums always serialise")]
        serde_json::to_string(self).expect("an offer serialises")
    }

    /// The offer by value, as a link that opens a wallet.
    #[must_use]
    pub fn to_uri(&self) -> String {
        link("credential_offer", &self.to_json())
    }
}

/// A link that opens a wallet with an offer.
#[derive(Clone, Debug)]
pub enum OfferLink {
    /// The offer is inside.
    ByValue(CredentialOffer),
    /// The offer is to be fetched with GET, as `application/json`.
    ByReference(Url),
}

impl OfferLink {
    /// Reads a link of any scheme: `openid-credential-offer://`, or a wallet's own.
    ///
    /// # Errors
    /// [`OfferError`] where it does not carry exactly one offer.
    pub fn parse(text: &str) -> Result<Self, OfferError> {
        if text.len() > MAX_LINK_BYTES {
            return Err(OfferError::Link);
        }
        let url = Url::parse(text).map_err(|_| OfferError::Link)?;
        let mut offers = url
            .query_pairs()
            .filter(|(name, _)| matches!(&**name, "credential_offer" | "credential_offer_uri"));
        let (Some((name, value)), None) = (offers.next(), offers.next()) else {
            return Err(OfferError::NotOne);
        };
        if name == "credential_offer" {
            return CredentialOffer::parse(value.as_bytes()).map(Self::ByValue);
        }
        let reference = Url::parse(&value).map_err(|_| OfferError::Link)?;
        if is_secure(&reference) {
            Ok(Self::ByReference(reference))
        } else {
            Err(OfferError::Insecure)
        }
    }

    /// The link in the scheme that every wallet has (§12.1.1).
    #[must_use]
    pub fn to_uri(&self) -> String {
        match self {
            Self::ByValue(offer) => offer.to_uri(),
            Self::ByReference(url) => link("credential_offer_uri", url.as_str()),
        }
    }
}

fn link(name: &str, value: &str) -> String {
    // Wallets decode with decodeURIComponent, to which `+` is no space.
    let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    format!("{SCHEME}?{name}={}", value.replace('+', "%20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_VALUE: &str = "openid-credential-offer://?credential_offer=%7B%22credential_issuer%22:%22https://credential-issuer.example.com%22,%22credential_configuration_ids%22:%5B%22org.iso.18013.5.1.mDL%22%5D,%22grants%22:%7B%22urn:ietf:params:oauth:grant-type:pre-authorized_code%22:%7B%22pre-authorized_code%22:%22oaKazRN8I0IbtZ0C7JuMn5%22,%22tx_code%22:%7B%22input_mode%22:%22text%22,%22description%22:%22Please%20enter%20the%20serial%20number%20of%20your%20physical%20drivers%20license%22%7D%7D%7D%7D";
    const BY_REFERENCE: &str = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fserver%2Eexample%2Ecom%2Fcredential-offer%2FGkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM";

    #[test]
    fn the_specs_links() {
        // OpenID4VCI 1.0 §4.1.2 and §4.1.3.
        let OfferLink::ByValue(offer) = OfferLink::parse(BY_VALUE).unwrap() else { panic!() };
        assert_eq!(offer.credential_issuer.as_str(), "https://credential-issuer.example.com");
        let grant = offer.grants.pre_authorized_code.as_ref().unwrap();
        assert_eq!(grant.code.expose(), "oaKazRN8I0IbtZ0C7JuMn5");
        let tx_code = grant.tx_code.as_ref().unwrap();
        assert_eq!(tx_code.input_mode, Some(TransactionCodeInput::Text));
        let OfferLink::ByReference(url) = OfferLink::parse(BY_REFERENCE).unwrap() else { panic!() };
        assert_eq!(
            url.as_str(),
            "https://server.example.com/credential-offer/GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM"
        );
    }

    #[test]
    fn written_as_read() {
        for link in [BY_VALUE, BY_REFERENCE] {
            let once = OfferLink::parse(link).unwrap().to_uri();
            assert_eq!(OfferLink::parse(&once).unwrap().to_uri(), once);
            assert!(!once.contains('+'));
        }
    }

    #[test]
    fn ours_survives_a_reader_that_decodes_twice() {
        // @openid4vc/openid4vci 0.4.6 does.
        let code = OpaqueToken::mint(&mut crate::testing::rng(1));
        let issuer = IssuerUrl::parse("http://localhost:8600").unwrap();
        let offer =
            CredentialOffer::pre_authorized(issuer, vec!["tanda-card-light-sd-jwt".into()], code);
        assert!(!offer.to_json().contains(['%', '+', ' ']));
        let OfferLink::ByValue(read) = OfferLink::parse(&offer.to_uri()).unwrap() else { panic!() };
        assert_eq!(read.to_json(), offer.to_json());
    }

    #[test]
    fn refusals() {
        let offer =
            r#"{"credential_issuer":"https://i.example","credential_configuration_ids":["a"]}"#;
        CredentialOffer::parse(offer.as_bytes()).unwrap();
        for bad in [
            offer.replace("https:", "http:"),
            offer.replace(r#"["a"]"#, "[]"),
            offer.replace(r#"["a"]"#, r#"["a","a"]"#),
            offer.replace(r#"["a"]"#, r#""a""#),
            offer.replace(r#""credential_issuer":"https://i.example","#, ""),
            offer.replace(
                '}',
                r#","grants":{"urn:ietf:params:oauth:grant-type:pre-authorized_code":{}}}"#,
            ),
            "[]".to_owned(),
        ] {
            assert!(CredentialOffer::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(matches!(OfferLink::parse("not a link"), Err(OfferError::Link)));
        assert!(matches!(OfferLink::parse(SCHEME), Err(OfferError::NotOne)));
        assert!(matches!(
            OfferLink::parse(&format!("{BY_REFERENCE}&credential_offer={{}}")),
            Err(OfferError::NotOne)
        ));
        for reference in ["http://i.example/offer", "file:///etc/passwd", "javascript:alert(1)"] {
            let link = format!("{SCHEME}?credential_offer_uri={reference}");
            assert!(matches!(OfferLink::parse(&link), Err(OfferError::Insecure)), "{reference}");
        }
    }
}
