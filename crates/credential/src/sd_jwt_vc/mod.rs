//! SD-JWT-based Verifiable Credentials (draft-ietf-oauth-sd-jwt-vc) in the HAIP 1.0 profile:
//! `dc+sd-jwt`, ES256, the issuer's key by `x5c`, the holder's key by `cnf.jwk`.

mod issue;
mod trusted;
mod type_metadata;
mod verify;

pub use issue::{CredentialIssuer, IssueError, NewCredential};

pub use trusted::{IssuerIdentity, TrustedIssuer, TrustedIssuers, UntrustedError};
pub use type_metadata::{
    ClaimDisplay, ClaimMetadata, Logo, Rendering, SelectiveDisclosure, SimpleRendering,
    TypeDisplay, TypeMetadata, integrity, matches_integrity,
};
pub use verify::{CredentialError, VerifiedCredential, verify_issued, verify_presentation};

use serde::{Deserialize, Serialize};

/// The `typ` of the issuer-signed token, and the credential format's name.
pub const TYP: &str = "dc+sd-jwt";

/// What the issuer says of the credential itself: always visible, and never a holder's attribute.
const REGISTERED: [&str; 8] = ["iss", "iat", "nbf", "exp", "vct", "vct#integrity", "cnf", "status"];

/// Where a credential's status stands: an index in a status list
/// (draft-ietf-oauth-status-list section 6.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatusReference {
    /// The entry's index.
    pub idx: u64,
    /// Where the status list token is.
    pub uri: String,
}
