//! Build, sign and check credentials: SD-JWT VC, status lists, trust lists, logs. Bytes in, bytes out.
//!
//! Nothing here does I/O, reads a clock or makes its own randomness: the moment is a
//! [`jiff::Timestamp`] parameter, salts and keys come from a [`rand::CryptoRng`] parameter.
//! Every parser takes foreign bytes, refuses what is not canonical, and never panics.
//!
//! | module | standard |
//! |---|---|
//! | [`jose`] | RFC 7515 (JWS), RFC 7516 (JWE), RFC 7517 and 7638 (JWK), ES256 and ECDH-ES alone |
//! | [`x509`] | RFC 5280, the short chains of HAIP 1.0 |
//! | [`sd_jwt`] | RFC 9901 |
//! | [`sd_jwt_vc`] | draft-ietf-oauth-sd-jwt-vc with the HAIP 1.0 profile |
//! | [`log`] | RFC 6962 Merkle trees, C2SP tlog-tiles, tlog-checkpoint, signed-note |
//! | [`status_list`] | draft-ietf-oauth-status-list |
//! | [`trust_list`] | ETSI TS 119 602, JSON binding |

pub mod b64;
pub mod digest;
pub mod jose;
pub mod json;
pub mod log;
pub mod sd_jwt;
pub mod sd_jwt_vc;
pub mod status_list;
pub mod trust_list;
pub mod x509;

use jiff::SignedDuration;

/// How far two honest clocks may stand apart: 60 seconds either way.
///
/// Applied to every `iat`, `nbf`, `exp` and certificate bound that comes from another party.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);
