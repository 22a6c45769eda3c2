//! Typed codes: however a code is typed, it has one canonical form, which reads as itself in both
//! ways of writing it.

use tanda_protocol::vp::code::{CodePrefix, ShortCode};

use crate::fixture::text;

/// Eight characters with much between them.
pub const MAX_LEN: usize = 64;

/// Takes what was typed.
pub fn run(data: &[u8]) -> Option<()> {
    let typed = text(data)?;
    let prefix = typed.parse::<CodePrefix>().ok();
    if let Some(prefix) = &prefix {
        assert_eq!(prefix.to_string().parse().as_ref(), Ok(prefix));
    }
    let code = typed.parse::<ShortCode>().ok();
    assert!(code.is_none() || prefix.is_none());
    if let Some(code) = &code {
        let canonical = code.canonical();
        assert_eq!(canonical.len(), 8);
        assert!(canonical.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
        assert!(!canonical.contains(['I', 'L', 'O', 'U']));
        assert_eq!(canonical.parse().as_ref(), Ok(code));
        assert_eq!(code.to_string().parse().as_ref(), Ok(code));
        assert_eq!(canonical[..2].parse(), Ok(code.prefix()));
    }
    (code.is_some() || prefix.is_some()).then_some(())
}
