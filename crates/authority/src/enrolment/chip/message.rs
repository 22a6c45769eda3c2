//! What goes over the relay beside commands and answers, which are binary messages.

use serde::{Deserialize, Serialize};
use tanda_chip::TransportError;

use super::ResidentOutcome;

/// What the side of the reader says instead of an answer: JSON in a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// The card was taken away.
    CardRemoved,
    /// The reader is unplugged.
    ReaderGone,
    /// The card does not answer.
    TimedOut,
}

/// A notice as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    notice: Notice,
}

/// A text message that is no [`Notice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text message over the relay is no notice of the reader's")]
pub struct MalformedNotice;

impl Notice {
    /// No notice is longer, in bytes.
    const LONGEST: usize = 64;

    /// Reads a text message.
    ///
    /// # Errors
    /// [`MalformedNotice`].
    pub fn parse(text: &str) -> Result<Self, MalformedNotice> {
        if text.len() > Self::LONGEST {
            return Err(MalformedNotice);
        }
        let written: Written = serde_json::from_str(text).map_err(|_| MalformedNotice)?;
        Ok(written.notice)
    }

    /// The text message.
    pub fn to_text(self) -> String {
        serde_json::to_string(&Written { notice: self }).unwrap_or_default()
    }
}

impl From<TransportError> for Notice {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::CardRemoved => Self::CardRemoved,
            TransportError::ReaderGone => Self::ReaderGone,
            TransportError::TimedOut => Self::TimedOut,
        }
    }
}

impl From<Notice> for TransportError {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::CardRemoved => Self::CardRemoved,
            Notice::ReaderGone => Self::ReaderGone,
            Notice::TimedOut => Self::TimedOut,
        }
    }
}

/// What the authority says at the end: JSON in a text message, before it closes the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// A word: `read`, `not-read` or `again`.
    pub ended: String,
    /// The same in a plain sentence for the resident, in English.
    pub sentence: String,
}

impl From<ResidentOutcome> for Ended {
    fn from(outcome: ResidentOutcome) -> Self {
        Self { ended: outcome.as_str().to_owned(), sentence: outcome.sentence().to_owned() }
    }
}

impl Ended {
    /// Reads a text message; `None` if it is another.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_one_of_three_texts() {
        for (notice, text) in [
            (Notice::CardRemoved, r#"{"notice":"card-removed"}"#),
            (Notice::ReaderGone, r#"{"notice":"reader-gone"}"#),
            (Notice::TimedOut, r#"{"notice":"timed-out"}"#),
        ] {
            assert_eq!(notice.to_text(), text);
            assert_eq!(Notice::parse(text), Ok(notice));
        }
        for text in
            ["", "card-removed", r#"{"notice":"read"}"#, r#"{"notice":"card-removed","a":1}"#]
        {
            assert_eq!(Notice::parse(text), Err(MalformedNotice), "{text}");
        }
        assert_eq!(Notice::parse(&" ".repeat(1 << 20)), Err(MalformedNotice));
    }
}
