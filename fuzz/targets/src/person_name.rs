//! Names: read again they are the same, no part is longer than any card shows, and everybody who has
//! one is called by it.

use tanda_model::PersonName;

use crate::fixture::text;

/// Two long parts in any script.
pub const MAX_LEN: usize = 192;

/// Takes family name, given name and what somebody typed, a line each.
pub fn run(data: &[u8]) -> Option<()> {
    let mut lines = text(data)?.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (family, given, typed) = (line(), line(), line());
    let name = PersonName::new(family, given).ok()?;
    assert_eq!(PersonName::new(name.family(), name.given()).as_ref(), Ok(&name));
    for part in [name.family(), name.given()] {
        assert!(part.chars().count() <= PersonName::LONGEST);
        assert!(!part.contains(char::is_control));
    }
    assert!(name.is_called(&name.full()), "{}", name.full());
    assert!(!name.is_called(""));
    let _ = name.is_called(typed);
    Some(())
}
