//! Nonces: a mint opens what it has minted and nothing else; a nonce of OpenID4VP needs no escaping.

use tanda_protocol::oauth::{NonceMint, NoncePurpose};
use tanda_protocol::vp::request::Nonce;

use crate::fixture::{now, text};

/// Longer than any nonce of ours.
pub const MAX_LEN: usize = 128;

/// The mint of the nonce in the corpus.
pub fn mint() -> NonceMint {
    NonceMint::new(&[1; 32], NoncePurpose::Credential)
}

/// The identifier of the nonce in the corpus.
pub const MINTED: [u8; 16] = [9; 16];

/// Takes a nonce.
pub fn run(data: &[u8]) -> Option<()> {
    let text = text(data)?;
    let opened = mint().open(text, now());
    if let Ok(opened) = opened {
        assert_eq!(opened.id, MINTED, "forged");
        let other = NonceMint::new(&[1; 32], NoncePurpose::Dpop);
        assert!(other.open(text, now()).is_err());
    }
    let nonce: Nonce = text.parse().ok()?;
    assert_eq!(nonce.as_str(), text);
    let escaped: String = url::form_urlencoded::byte_serialize(data).collect();
    assert!(escaped == text || text.contains('~'), "{escaped}");
    Some(())
}
