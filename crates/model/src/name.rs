use core::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A person's name as the register writes it. `Debug` hides it.
///
/// Many people have one name only; it is then the family name, because the EUDI PID demands one,
/// and the given name is empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct PersonName {
    family: String,
    given: String,
}

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No family name.
    #[error("the family name is missing; a person with one name has it as family name")]
    Missing,
    /// Longer than any card shows.
    #[error("a part of a name has at most {} characters", PersonName::LONGEST)]
    TooLong,
    /// Something that is not written in names.
    #[error("a name has letters, spaces, hyphens, apostrophes, dots and middle dots only")]
    Unprintable,
}

impl PersonName {
    /// The longest part, in characters (ICAO Doc 9303 part 4 prints 39; registers write more).
    pub const LONGEST: usize = 100;

    /// A name of a family name and a given name (which may be empty), in composed Unicode with
    /// single spaces.
    ///
    /// # Errors
    /// When the family name has no letter, a part is too long, or has a character that names
    /// don't.
    pub fn new(family: &str, given: &str) -> Result<Self, NameError> {
        let name = Self { family: written(family)?, given: written(given)? };
        // Dots and hyphens alone could be typed by nobody: `is_called` would never hold.
        if comparable(&name.family).is_empty() { Err(NameError::Missing) } else { Ok(name) }
    }

    /// The family name.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The given name; empty for people with one name.
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The whole name in the order in which it is read: family name first, without a space, when
    /// it is written in Han characters, otherwise the given name first.
    pub fn full(&self) -> String {
        if self.given.is_empty() {
            self.family.clone()
        } else if self.family.chars().all(is_han) {
            format!("{}{}", self.family, self.given)
        } else {
            format!("{} {}", self.given, self.family)
        }
    }

    /// The first letter of each word, for who should recognise the name and not read it; how long
    /// it is is not told.
    pub fn masked(&self) -> String {
        let full = self.full();
        let words = full.split(' ').filter_map(|word| word.chars().next());
        words.map(|first| format!("{first}•••")).collect::<Vec<_>>().join(" ")
    }

    /// Whether `typed` is this name as people type it: case, width, spaces, hyphens, dots and
    /// diacritics don't count, and either part may come first. Letters and their order do.
    pub fn is_called(&self, typed: &str) -> bool {
        let (family, given) = (comparable(&self.family), comparable(&self.given));
        let typed = comparable(typed);
        !typed.is_empty()
            && (typed == format!("{family}{given}") || typed == format!("{given}{family}"))
    }
}

/// NFC with single spaces, or why it cannot be part of a name.
fn written(text: &str) -> Result<String, NameError> {
    let words: Vec<String> = text.split_whitespace().map(|word| word.nfc().collect()).collect();
    let text = words.join(" ");
    if text.chars().count() > PersonName::LONGEST {
        return Err(NameError::TooLong);
    }
    let allowed = |c: char| c.is_alphabetic() || is_combining_mark(c) || " -'’.·‧・".contains(c);
    if text.chars().all(allowed) { Ok(text) } else { Err(NameError::Unprintable) }
}

/// Compatibility-decomposed, lower case, letters only. Diacritics fall away because phones and
/// registers disagree about them far more often than two people with one number do.
fn comparable(text: &str) -> String {
    // Lower-casing can compose anew (İ), so decompose again before letters are picked.
    let lower: String = text.nfkd().flat_map(char::to_lowercase).collect();
    // Σ has two small forms, and which of them is typed depends on where it stands.
    let one_sigma = |c| if c == 'ς' { 'σ' } else { c };
    let letters = lower.nfkd().filter(|c| c.is_alphanumeric() && !is_combining_mark(*c));
    letters.map(one_sigma).collect()
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

#[derive(Serialize, Deserialize)]
struct Parts {
    family: String,
    given: String,
}

impl TryFrom<Parts> for PersonName {
    type Error = NameError;

    fn try_from(parts: Parts) -> Result<Self, NameError> {
        Self::new(&parts.family, &parts.given)
    }
}

impl From<PersonName> for Parts {
    fn from(name: PersonName) -> Self {
        Self { family: name.family, given: name.given }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn people_type_their_name_in_many_ways() {
        let name = PersonName::new("Siregar", "Dewi  Ayu").unwrap();
        for typed in
            ["Dewi Ayu Siregar", "SIREGAR dewi ayu", "dewi-ayu siregar", " ｄｅｗｉ Ayu Siregar "]
        {
            assert!(name.is_called(typed), "{typed}");
        }
        for typed in ["", "Dewi Siregar", "Dewi Ayu", "Ayu Dewi Siregar", "Dewi Ayu Siregars"] {
            assert!(!name.is_called(typed), "{typed}");
        }
        assert_eq!(name.full(), "Dewi Ayu Siregar");
    }

    #[test]
    fn han_names_one_name_and_diacritics() {
        let han = PersonName::new("沙", "箱明").unwrap();
        assert_eq!(han.full(), "沙箱明");
        assert!(han.is_called("沙 箱明") && !han.is_called("沙箱"));
        let one = PersonName::new("Suharti", "").unwrap();
        assert!(one.is_called("suharti"));
        let accented = PersonName::new("Núñez", "Zoë").unwrap();
        assert!(accented.is_called("Zoe Nunez") && accented.is_called("ZOE\u{308} NÚÑEZ"));
        let greek = PersonName::new("Παππάς", "Νίκος").unwrap();
        assert!(greek.is_called("ΝΙΚΟΣ ΠΑΠΠΑΣ") && greek.is_called("νικοσ παππασ"));
        let uyghur = PersonName::new("阿卜杜·热合曼", "").unwrap();
        assert!(uyghur.is_called("阿卜杜热合曼"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for no_letter in [" ", "-", "·", "\u{37a}", "\u{301}"] {
            assert_eq!(PersonName::new(no_letter, "Ana"), Err(NameError::Missing), "{no_letter}");
        }
        assert_eq!(PersonName::new("<script>", ""), Err(NameError::Unprintable));
        assert_eq!(PersonName::new("A\u{202e}B", ""), Err(NameError::Unprintable));
        assert_eq!(PersonName::new(&"a".repeat(101), ""), Err(NameError::TooLong));
    }

    proptest! {
        #[test]
        fn every_name_is_called_what_it_reads(family in "\\p{L}{1,12}( \\p{L}{1,12})?", given in "(\\p{L}{1,12})?") {
            prop_assume!(!comparable(&family).is_empty());
            let name = PersonName::new(&family, &given).unwrap();
            prop_assert!(name.is_called(&name.full()));
            let typed = [family, given].join(" ").to_lowercase();
            prop_assert!(name.is_called(&typed));
        }

        #[test]
        fn no_text_makes_the_parser_panic(family in ".*", given in ".*", typed in ".*") {
            if let Ok(name) = PersonName::new(&family, &given) {
                name.is_called(&typed);
            }
        }
    }
}
