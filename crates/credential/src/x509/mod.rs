//! X.509 as Tanda needs it (RFC 5280): P-256 keys, ES256 signatures, chains of two or three.
//!
//! A certificate says whose key signs. [`validate_chain`] leads a token's `x5c` to an anchor from
//! the trust list; [`issue_ca`] and [`issue_leaf`] make the certificates of an authority, its
//! issuers and its relying parties.

mod certificate;
mod chain;
mod der_writer;
mod issue;

pub(crate) use certificate::within;
pub use certificate::{Certificate, CertificateError};
pub use chain::{ChainError, MAX_CHAIN, ValidChain, validate_chain};
pub use issue::{IssueError, LeafRequest, Subject, Validity, issue_ca, issue_leaf};
