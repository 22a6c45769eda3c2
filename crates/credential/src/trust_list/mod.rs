//! Trust lists: which authorities, providers and relying-party services are to be believed, for
//! what, where, since when (ETSI TS 119 602 V1.1.1, JSON binding, signed as a compact JWS).
//!
//! A [`TrustList`] is what Tanda means; [`sign`] writes it in ETSI's words and [`verify`] reads it
//! back, refusing what is not signed by the operator, out of date, or older than what is known.

mod lote;
mod token;
mod view;

pub use token::{MEDIA_TYPE, TYP, TrustListError, sign, verify};
pub use view::{Entity, Names, Service, ServiceKind, TrustList, VerifierService, WalletProvider};
