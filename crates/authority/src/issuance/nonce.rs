use jiff::Timestamp;
use rand::CryptoRng;
use tanda_protocol::vci::NonceResponse;

use super::NONCE_LIFE;
use crate::Authority;

impl Authority {
    /// A fresh nonce for key proofs (OpenID4VCI 1.0, section 7). It proves itself, so a stranger
    /// who asks for a million of them fills nothing; that it is used once, the store sees to when
    /// it comes back.
    pub fn mint_nonce(&self, now: Timestamp, rng: &mut impl CryptoRng) -> NonceResponse {
        NonceResponse { c_nonce: self.nonces.mint(NONCE_LIFE, now, rng) }
    }
}
