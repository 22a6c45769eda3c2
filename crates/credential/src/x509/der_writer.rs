//! Just enough DER (X.690) to write a certificate.

use jiff::Timestamp;
use jiff::tz::Offset;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Tag, length and content.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = length.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<_>>();
    match significant.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        // At most eight bytes of length: the count fits beside the mark for the long form.
        long => {
            out.extend(u8::try_from(long.len()).map(|count| 0x80 | count));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A tag around the concatenation of `parts`.
pub(super) fn nest(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

/// A non-negative integer from big-endian bytes.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().skip_while(|byte| **byte == 0).copied();
    let mut content: Vec<u8> = digits.collect();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    tlv(INTEGER, &content)
}

/// A bit string whose last `unused` bits do not count.
pub(super) fn bit_string(unused: u8, bytes: &[u8]) -> Vec<u8> {
    nest(0x03, &[&[unused], bytes])
}

/// An object identifier from its content bytes.
pub(super) fn oid(content: &[u8]) -> Vec<u8> {
    tlv(0x06, content)
}

/// UTCTime up to 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5).
pub(super) fn time(moment: Timestamp) -> Vec<u8> {
    let at = Offset::UTC.to_datetime(moment);
    let (tag, year) = if (1950..2050).contains(&at.year()) {
        (0x17, format!("{:02}", at.year() % 100))
    } else {
        (0x18, format!("{:04}", at.year()))
    };
    let text = format!(
        "{year}{:02}{:02}{:02}{:02}{:02}Z",
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    tlv(tag, text.as_bytes())
}
