//! What goes over a chip's relay in text: a reader's notice, and the authority's word at the end.

use tanda_authority::enrolment::chip::{Ended, Notice};

/// A notice is a few words, an end a sentence.
pub const MAX_LEN: usize = 256;

/// A notice is one of three, and is written as it is read.
pub fn run(data: &[u8]) -> Option<()> {
    let text = std::str::from_utf8(data).ok()?;
    let notice = Notice::parse(text).ok();
    if let Some(notice) = notice {
        assert_eq!(Notice::parse(&notice.to_text()), Ok(notice));
    }
    (notice.is_some() || Ended::parse(text).is_some()).then_some(())
}
