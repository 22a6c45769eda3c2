//! Compact JWE: what `peek` says of the header is what decryption finds, and nothing decrypts that
//! was not encrypted to the key: a corpus entry's plaintext is the only one.

use tanda_credential::jose::{DecryptionKey, JweError, peek};

use crate::fixture::text;

/// A token with a short content.
pub const MAX_LEN: usize = 768;
/// The content of every token in the corpus that decrypts.
pub const PLAINTEXT: &[u8] = b"{\"vp_token\":{}}";

/// The key that the corpus's tokens are encrypted to.
pub fn key() -> DecryptionKey {
    DecryptionKey::from_bytes(&[7; 32]).unwrap()
}

/// Takes a token.
pub fn run(data: &[u8]) -> Option<()> {
    let token = text(data)?;
    let header = peek(token).ok()?;
    match key().decrypt(token) {
        Ok(decrypted) => {
            assert_eq!(decrypted.header, header);
            assert_eq!(decrypted.plaintext.as_slice(), PLAINTEXT, "forged");
        }
        Err(error) => assert!(
            matches!(error, JweError::Malformed | JweError::Decryption),
            "the header was in order: {error}"
        ),
    }
    Some(())
}
