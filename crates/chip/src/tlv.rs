//! Tag, length, value as chips write it (ISO/IEC 7816-4 section 5.2.2, Doc 9303-10 section 4.7): read
//! strictly, one level at a time.
//!
//! Only the canonical form is taken: tags of one or two bytes in their shortest form, definite lengths
//! in as few bytes as they need. The reader never calls itself, so that no nesting exhausts the stack.

use thiserror::Error;

/// The most bytes of content that one element may announce: 8 MiB, for the master list of all countries
/// has more than one. A card's files have limits of their own.
pub const MAX_CONTENT: usize = 8 * 1024 * 1024;

/// Why bytes are not TLV.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum TlvError {
    /// The bytes end before the element does.
    #[error("an element is cut off")]
    Truncated,
    /// A tag or a length is not in its one canonical form.
    #[error("a tag or a length is not canonical")]
    NotCanonical,
    /// More content than [`MAX_CONTENT`].
    #[error("an element is too long")]
    TooLong,
    /// Another element was due.
    #[error("another element was expected")]
    Unexpected,
    /// Something stands after the last element.
    #[error("there are bytes after the last element")]
    Trailing,
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its tag: `0x61`, `0x7f49`.
    pub tag: u16,
    /// What it holds.
    pub content: &'a [u8],
    /// The element with its tag and length.
    pub whole: &'a [u8],
}

/// Reads elements that stand one after another.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A reader of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether all was read.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is not read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next element.
    ///
    /// # Errors
    /// [`TlvError`].
    pub fn element(&mut self) -> Result<Element<'a>, TlvError> {
        let header = Header::parse(self.0)?;
        let end = header.bytes + header.content;
        let whole = self.0.get(..end).ok_or(TlvError::Truncated)?;
        let (_, content) = whole.split_at(header.bytes);
        self.0 = self.0.get(end..).unwrap_or_default();
        Ok(Element { tag: header.tag, content, whole })
    }

    /// The content of the next element, which has to be tagged `tag`.
    ///
    /// # Errors
    /// [`TlvError::Unexpected`] for another tag.
    pub fn expect(&mut self, tag: u16) -> Result<&'a [u8], TlvError> {
        if self.is_empty() {
            return Err(TlvError::Unexpected);
        }
        let element = self.element()?;
        if element.tag == tag { Ok(element.content) } else { Err(TlvError::Unexpected) }
    }

    /// The content of the next element if it is tagged `tag`; else nothing is read.
    ///
    /// # Errors
    /// [`TlvError`].
    pub fn optional(&mut self, tag: u16) -> Result<Option<&'a [u8]>, TlvError> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut ahead = *self;
        let element = ahead.element()?;
        if element.tag != tag {
            return Ok(None);
        }
        *self = ahead;
        Ok(Some(element.content))
    }

    /// Makes sure that all was read.
    ///
    /// # Errors
    /// [`TlvError::Trailing`].
    pub const fn finish(self) -> Result<(), TlvError> {
        if self.is_empty() { Ok(()) } else { Err(TlvError::Trailing) }
    }
}

/// The content of the one element, tagged `tag`, that `bytes` are.
///
/// # Errors
/// [`TlvError`].
pub fn only(bytes: &[u8], tag: u16) -> Result<&[u8], TlvError> {
    let mut reader = Reader::new(bytes);
    let content = reader.expect(tag)?;
    reader.finish()?;
    Ok(content)
}

/// What stands before an element's content: how a file's length is known from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The tag.
    pub tag: u16,
    /// How many bytes tag and length take.
    pub bytes: usize,
    /// How many bytes the content has.
    pub content: usize,
}

impl Header {
    /// The most bytes that a header has.
    pub const MAX: usize = 6;

    /// Reads the header at the start of `bytes`.
    ///
    /// # Errors
    /// [`TlvError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, TlvError> {
        let (tag, rest) = match bytes {
            [first, second, rest @ ..] if first & 0x1f == 0x1f => {
                // Chips number from 1 here (5F01), which BER would put into the first byte; more than two
                // bytes are not used.
                if !(0x01..0x80).contains(second) {
                    return Err(TlvError::NotCanonical);
                }
                (u16::from_be_bytes([*first, *second]), rest)
            }
            [first, ..] if first & 0x1f == 0x1f => return Err(TlvError::Truncated),
            [0, ..] => return Err(TlvError::NotCanonical),
            [first, rest @ ..] => (u16::from(*first), rest),
            [] => return Err(TlvError::Truncated),
        };
        let (content, after) = match rest {
            [short @ ..0x80, after @ ..] => (usize::from(*short), after),
            [count @ 0x81..=0x83, after @ ..] => {
                let count = usize::from(count & 0x7f);
                let digits = after.get(..count).ok_or(TlvError::Truncated)?;
                let value = digits.iter().fold(0, |value, digit| value << 8 | usize::from(*digit));
                let least = if count == 1 { 0x80 } else { 1 << (8 * (count - 1)) };
                if value < least {
                    return Err(TlvError::NotCanonical);
                }
                (value, after.get(count..).unwrap_or_default())
            }
            [0x80, ..] => return Err(TlvError::NotCanonical),
            [_, ..] => return Err(TlvError::TooLong),
            [] => return Err(TlvError::Truncated),
        };
        if content > MAX_CONTENT {
            return Err(TlvError::TooLong);
        }
        Ok(Self { tag, bytes: bytes.len() - after.len(), content })
    }
}

/// Writes one element, in the form that [`Reader`] takes.
pub fn tlv(tag: u16, content: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = match tag.to_be_bytes() {
        [0, one] => vec![one],
        two => two.to_vec(),
    };
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|digit| *digit == 0).collect();
    match digits.as_slice() {
        [] => out.push(0),
        [short @ ..0x80] => out.push(*short),
        // A length has at most eight digits.
        long => {
            out.extend(u8::try_from(long.len()).map(|count| 0x80 | count));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_canonical_is_refused() {
        for (bytes, error) in [
            (&[0x04, 0x81, 0x7f][..], TlvError::NotCanonical),
            (&[0x04, 0x82, 0x00, 0x80], TlvError::NotCanonical),
            (&[0x30, 0x80, 0x00, 0x00], TlvError::NotCanonical),
            (&[0x5f, 0x00, 0x00], TlvError::NotCanonical),
            (&[0x5f, 0x81, 0x01, 0x00], TlvError::NotCanonical),
            (&[0x00, 0x00], TlvError::NotCanonical),
            (&[0x04, 0x84, 0x01, 0x00, 0x00, 0x00], TlvError::TooLong),
            (&[0x04, 0x83, 0x80, 0x00, 0x01], TlvError::TooLong),
            (&[0x04, 0x02, 0x00], TlvError::Truncated),
            (&[0x04, 0x82, 0x01], TlvError::Truncated),
            (&[0x5f], TlvError::Truncated),
            (&[0x04], TlvError::Truncated),
            (&[], TlvError::Truncated),
        ] {
            assert_eq!(Reader::new(bytes).element(), Err(error), "{bytes:02x?}");
        }
    }

    #[test]
    fn the_only_element_has_nothing_after_it() {
        assert_eq!(only(&[0x04, 0x01, 0x2a], 0x04), Ok(&[0x2a][..]));
        assert_eq!(only(&[0x04, 0x01, 0x2a, 0x00], 0x04), Err(TlvError::Trailing));
        assert_eq!(only(&[0x04, 0x01, 0x2a], 0x05), Err(TlvError::Unexpected));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(content in proptest::collection::vec(any::<u8>(), 0..70_000)) {
            for tag in [0x04, 0x61, 0x7f49, 0x5f1f] {
                let written = tlv(tag, &content);
                prop_assert_eq!(only(&written, tag), Ok(content.as_slice()));
            }
        }
    }
}
