//! The nonce endpoint's answer (OpenID4VCI 1.0 §7.2).

use serde::{Deserialize, Serialize};
use tanda_credential::json;

use crate::oauth::MessageError;

/// A fresh `c_nonce`. The server sends it with `Cache-Control: no-store`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonceResponse {
    /// What goes into key proofs: [`NonceMint`](crate::oauth::NonceMint) makes and opens it.
    pub c_nonce: String,
}

impl NonceResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`MessageError`] where it is none, or the nonce is empty or beyond reason.
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let response: Self = json::parse_as(body)?;
        if response.c_nonce.is_empty() || response.c_nonce.len() > 2048 {
            return Err(MessageError::Member("c_nonce"));
        }
        Ok(response)
    }
}
