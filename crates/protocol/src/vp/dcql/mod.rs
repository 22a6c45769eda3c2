//! What is asked: the Digital Credentials Query Language (OpenID4VP 1.0 §6), read within limits.

mod answer;
mod disclosed;
mod wire;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tanda_credential::sd_jwt::ClaimPath;

pub use answer::{Candidate, Mismatch, Pick, Unsatisfied};
pub use disclosed::NotAsAsked;

/// The format identifier of SD-JWT VC (OpenID4VP 1.0 §B.3.1).
pub const SD_JWT_VC: &str = "dc+sd-jwt";
/// The format identifier of mdoc (OpenID4VP 1.0 §B.2.1).
pub const MDOC: &str = "mso_mdoc";

/// A whole query: which credentials, or which combinations of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "wire::Query", into = "wire::Query")]
pub struct DcqlQuery {
    credentials: Vec<CredentialQuery>,
    sets: Vec<CredentialSetQuery>,
}

impl DcqlQuery {
    /// The query for one SD-JWT VC of any of these types with all of these claims, under the
    /// identifier `card`.
    ///
    /// # Errors
    /// When there is no type, or there are too many types or claims.
    pub fn card(types: &[&str], claims: &[ClaimPath]) -> Result<Self, DcqlError> {
        let id = QueryId("card".to_owned());
        let types = types.iter().map(|vct| (*vct).to_owned()).collect();
        let claims = claims.iter().map(|path| ClaimQuery {
            id: None,
            path: path.clone(),
            values: Vec::new(),
        });
        let card = CredentialQuery {
            id,
            wanted: Wanted::SdJwtVc { types },
            multiple: false,
            holder_binding: true,
            claims: claims.collect(),
            claim_sets: Vec::new(),
            trusted_authorities: Vec::new(),
        };
        // Through the wire form, so that what is asked obeys the limits of what is read.
        Self::try_from(wire::Query::from(Self { credentials: vec![card], sets: Vec::new() }))
    }

    /// The credential queries, in the asker's order.
    #[must_use]
    pub fn credentials(&self) -> &[CredentialQuery] {
        &self.credentials
    }

    /// The combinations that answer the query; none: every credential is asked.
    #[must_use]
    pub fn credential_sets(&self) -> &[CredentialSetQuery] {
        &self.sets
    }

    /// The credential query with this identifier.
    #[must_use]
    pub fn credential(&self, id: &str) -> Option<&CredentialQuery> {
        self.credentials.iter().find(|query| query.id.0 == id)
    }
}

/// An identifier within a query: letters, digits, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(String);

impl QueryId {
    /// The identifier as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One credential that is asked (OpenID4VP 1.0 §6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialQuery {
    /// Its name in the answer.
    pub id: QueryId,
    /// Which kind of credential.
    pub wanted: Wanted,
    /// Whether several credentials may answer.
    pub multiple: bool,
    /// Whether the holder must prove to be its holder.
    pub holder_binding: bool,
    /// The claims; none: nothing that is selectively disclosable.
    pub claims: Vec<ClaimQuery>,
    /// Combinations of claims, best first; none: all claims.
    pub claim_sets: Vec<Vec<QueryId>>,
    /// Whose credentials the asker says that it trusts. A hint: the asker checks for itself.
    pub trusted_authorities: Vec<Value>,
}

/// The kind of credential, by format (OpenID4VP 1.0 §B).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An SD-JWT VC of one of these types (`vct_values`).
    SdJwtVc {
        /// The types, at least one.
        types: Vec<String>,
    },
    /// An mdoc of this document type.
    Mdoc {
        /// Such as `org.iso.18013.5.1.mDL`.
        doctype: String,
    },
    /// A format that Tanda has no credentials in: never answered.
    Other {
        /// The format identifier.
        format: String,
        /// What the asker says about it.
        meta: Value,
    },
}

/// One claim that is asked (OpenID4VP 1.0 §6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimQuery {
    /// Its name in claim sets.
    pub id: Option<QueryId>,
    /// Where it is.
    pub path: ClaimPath,
    /// The values of which it must have one; none: any.
    pub values: Vec<ClaimValue>,
}

/// A value that a claim can be compared with: strictly, by type and value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ClaimValue {
    /// A JSON boolean.
    Boolean(bool),
    /// A JSON integer.
    Integer(i64),
    /// A JSON string.
    Text(String),
}

impl ClaimValue {
    fn equals(&self, value: &Value) -> bool {
        match self {
            Self::Boolean(wanted) => value.as_bool() == Some(*wanted),
            Self::Integer(wanted) => value.as_i64() == Some(*wanted),
            Self::Text(wanted) => value.as_str() == Some(wanted),
        }
    }
}

/// Alternatives, each a set of credential queries (OpenID4VP 1.0 §6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSetQuery {
    /// The alternatives, best first.
    pub options: Vec<Vec<QueryId>>,
    /// Whether one of them must be answered.
    pub required: bool,
}

/// Why a text is no query, or one that is too large to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DcqlError {
    /// An identifier is empty, too long or has other characters.
    #[error("a query identifier is malformed")]
    Identifier,
    /// Two queries, or two claims of one query, have the same identifier.
    #[error("a query identifier is there twice")]
    DuplicateIdentifier,
    /// A set names a query or claim that isn't there.
    #[error("a set names something that is not in the query")]
    UnknownIdentifier,
    /// A list that must not be empty is.
    #[error("a list of the query is empty")]
    EmptyList,
    /// More entries than any honest query has.
    #[error("the query is too large")]
    TooLarge,
    /// `meta` does not say which type (`vct_values`, `doctype_value`).
    #[error("the query names no credential type")]
    NoType,
    /// Claim sets need claims with identifiers.
    #[error("the query has claim sets without claims")]
    SetsWithoutClaims,
}

#[cfg(test)]
mod tests;
