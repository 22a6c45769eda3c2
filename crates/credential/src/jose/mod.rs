//! JOSE with one suite: ES256 signatures (RFC 7515), ECDH-ES with AES-GCM (RFC 7516), P-256 keys.
//!
//! There is no algorithm negotiation: a token that names anything else is refused before a key
//! is touched, which is what makes `alg: none` and key confusion impossible.

mod header;
mod jwe;
mod jwk;
mod jws;
mod key;

pub use header::Header;
pub use jwe::{
    ContentEncryption, Decrypted, DecryptionKey, JweError, JweHeader, Recipient, encrypt, peek,
};
pub use jwk::Jwk;
pub(crate) use jws::{Compact, sign_encoded};
pub use jws::{Jws, JwsError, MAX_TOKEN_BYTES, VerifiedJws, sign};
pub use key::{BadSignature, KeyError, SignError, Signer, SigningKey, VerifyingKey};
