//! Passive authentication: did an issuer that is to be believed sign this data (Doc 9303-11 section 5.1,
//! Doc 9303-12)?
//!
//! [`SecurityObject::parse`] reads EF.SOD; [`CountrySigners`] holds whom to believe, with their
//! revocations; [`SecurityObject::verify`] leads the one to the other. What comes of it is a
//! [`SignedHashes`], which says of a data group's bytes whether they are what was signed.

mod ber;
mod certificate;
mod cms;
mod crl;
mod fingerprint;
mod master_list;
mod security_object;
mod store;

pub use ber::{BerError, to_der};
pub use certificate::{CertificateError, SignerCertificate};
pub use cms::{CmsError, SignedData};
pub use crl::{CrlError, RevocationList};
pub use fingerprint::{Fingerprint, NotAFingerprint};
pub use master_list::{MasterList, MasterListError, UnverifiedMasterList};
pub use security_object::{PassiveError, SecurityObject, SecurityObjectError, SignedHashes};
pub use store::{CountrySigners, StoreError};
