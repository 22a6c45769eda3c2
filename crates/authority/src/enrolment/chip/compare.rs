//! Whether a physical card is that of a resident of the register.

use std::collections::BTreeSet;

use jiff::civil::Date;
use tanda_model::{PersonName, Resident, Sex};

use super::{Born, ChipReading, NameOnCard};

/// Where a card and the register differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// The resident number stands nowhere on the card.
    Number,
    /// The date of birth is another.
    Birth,
    /// The sex is another.
    Sex,
    /// The name is another.
    Name,
    /// The card's last day has passed.
    Expired,
}

/// Where `reading` and the register's `resident` differ, as of `today`. Empty is the same person's card,
/// and one that is still valid.
///
/// - The *resident number* has to stand on the card: in the optional data, on one line or over two, or as
///   the document's number. A card that carries none can't be led to one resident, and doesn't count.
/// - The *date of birth* fits by what the card knows of it: two digits of the year, and month and day
///   where they are known.
/// - The *sex* fits where both say one.
/// - The *name* fits by the letters of the machine readable zone: the register's name transliterated
///   (Doc 9303-3 section 6), in whichever order and division, cut where the zone is full, or word by
///   word. A name in a script that the zone can't have, such as Han, is not compared: the number is the
///   resident's alone.
pub fn mismatches(reading: &ChipReading, resident: &Resident, today: Date) -> BTreeSet<Mismatch> {
    let mut found = BTreeSet::new();
    let mut note = |fits: bool, what| {
        if !fits {
            found.insert(what);
        }
    };
    note(reading.numbers.iter().any(|it| it == resident.number.as_str()), Mismatch::Number);
    note(is_born(reading.born, resident.birth_date), Mismatch::Birth);
    note(is_sex(reading.sex, resident.sex), Mismatch::Sex);
    note(is_name(&reading.name, &resident.name), Mismatch::Name);
    note(reading.expiry.is_none_or(|last| today <= last), Mismatch::Expired);
    found
}

fn is_born(born: Born, date: Date) -> bool {
    match born {
        Born::On { date: read } => read == date,
        Born::Zone { year, month, day } => {
            year.is_none_or(|year| date.year().rem_euclid(100) == year)
                && month.is_none_or(|month| date.month() == month)
                && day.is_none_or(|day| date.day() == day)
        }
    }
}

fn is_sex(read: Sex, registered: Sex) -> bool {
    let says = |sex| matches!(sex, Sex::Male | Sex::Female);
    !says(read) || !says(registered) || read == registered
}

fn is_name(read: &NameOnCard, registered: &PersonName) -> bool {
    match read {
        NameOnCard::Written { full } => registered.is_called(full),
        NameOnCard::Zone { primary, secondary, cut } => {
            let letters = |text: &str| -> String { text.chars().filter(|it| *it != ' ').collect() };
            let zone = [letters(primary), letters(secondary)].concat();
            let (family, given) = (registered.family(), registered.given());
            [[family, given], [given, family]].into_iter().any(|[first, second]| {
                let Some(spelt) = spelt(&[first, second].concat()) else {
                    // A script that the zone does not have.
                    return true;
                };
                is_spelt(&zone, &spelt, *cut)
                    || *cut && is_shortened(primary, first) && is_shortened(secondary, second)
            })
        }
    }
}

/// Whether part of a name is in the zone as issuers shorten it to let the whole name fit: each of its words
/// by its first letters or letter, the last words left out (Doc 9303-4 to -6, section 4.2.3).
fn is_shortened(zone: &str, registered: &str) -> bool {
    let mut words = registered.split(is_between_words).filter(|word| !word.is_empty());
    !zone.is_empty()
        && zone.split(' ').all(|short| {
            words.next().and_then(spelt).is_some_and(|word| is_spelt(short, &word, true))
        })
}

/// What divides a name into words where the zone has a filler.
fn is_between_words(letter: char) -> bool {
    matches!(letter, ' ' | '-')
}

/// How each letter may be written in the zone; `None` for a script that the zone does not have.
fn spelt(name: &str) -> Option<Vec<&'static [&'static str]>> {
    name.chars().map(spellings).collect()
}

/// Whether `zone` spells these letters, each by one of its spellings, up to where the zone is full.
fn is_spelt(zone: &str, letters: &[&[&str]], cut: bool) -> bool {
    let Some((first, rest)) = letters.split_first() else { return zone.is_empty() };
    if zone.is_empty() && cut {
        return true;
    }
    first.iter().any(|spelling| {
        zone.strip_prefix(spelling).is_some_and(|zone| is_spelt(zone, rest, cut))
            || cut && !zone.is_empty() && spelling.starts_with(zone)
    })
}

/// How a letter is written with A to Z: its transliterations of Doc 9303-3 section 6, and the bare letter,
/// which many issuers write; nothing for a mark between letters. `None` if it is of another script.
fn spellings(letter: char) -> Option<&'static [&'static str]> {
    const BARE: [&str; 26] = [
        "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R",
        "S", "T", "U", "V", "W", "X", "Y", "Z",
    ];
    if letter.is_ascii_alphabetic() {
        let at = usize::from(letter.to_ascii_uppercase() as u8 - b'A');
        return BARE.get(at..=at);
    }
    let upper = letter.to_uppercase().next().unwrap_or(letter);
    Some(match upper {
        ' ' | '-' | '\'' | '’' | '.' | '·' | '‧' | '・' => &[""],
        'Ä' | 'Æ' => &["AE", "A"],
        'Å' => &["AA", "A"],
        'Ö' | 'Ø' | 'Œ' => &["OE", "O"],
        'Ü' => &["UE", "UXX", "U"],
        'ß' | 'ẞ' => &["SS", "S"],
        'S' if letter == 'ß' => &["SS"],
        'Þ' => &["TH"],
        'Ð' | 'Đ' | 'Ď' => &["D"],
        'Ñ' => &["N", "NXX"],
        'À' | 'Á' | 'Â' | 'Ã' | 'Ā' | 'Ă' | 'Ą' => &["A"],
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => &["C"],
        'È' | 'É' | 'Ê' | 'Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => &["E"],
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => &["G"],
        'Ì' | 'Í' | 'Î' | 'Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' | 'ı' => &["I"],
        'Ł' | 'Ĺ' | 'Ļ' | 'Ľ' => &["L"],
        'Ń' | 'Ņ' | 'Ň' => &["N"],
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ō' | 'Ŏ' | 'Ő' => &["O"],
        'Ŕ' | 'Ŗ' | 'Ř' => &["R"],
        'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => &["S"],
        'Ţ' | 'Ť' | 'Ț' => &["T"],
        'Ù' | 'Ú' | 'Û' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' => &["U"],
        'Ý' | 'Ŷ' | 'Ÿ' => &["Y"],
        'Ź' | 'Ż' | 'Ž' => &["Z"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use tanda_model::{Country, Marks, ResidentId};

    use super::*;
    use crate::enrolment::chip::ReadingMeans;

    const NUMBER: &str = "440115199001019903";

    fn resident(family: &str, given: &str) -> Resident {
        let now = "2026-11-27T12:00:00Z".parse().unwrap();
        Resident {
            id: ResidentId::new(now, &mut StdRng::seed_from_u64(1)),
            number: NUMBER.parse().unwrap(),
            name: PersonName::new(family, given).unwrap(),
            birth_date: date(1990, 1, 1),
            sex: Sex::Female,
            nationalities: vec![Country::CN],
            marks: Marks::default(),
        }
    }

    fn zone(primary: &str, secondary: &str, cut: bool) -> NameOnCard {
        NameOnCard::Zone { primary: primary.into(), secondary: secondary.into(), cut }
    }

    fn reading() -> ChipReading {
        ChipReading {
            means: ReadingMeans::ChipAuthentication,
            sandbox: false,
            state: "CHN".to_owned(),
            document_number: Some("SB1019903".to_owned()),
            numbers: vec![NUMBER.to_owned(), "SB1019903".to_owned()],
            name: zone("SHA", "HEMEI", false),
            born: Born::Zone { year: Some(90), month: Some(1), day: Some(1) },
            sex: Sex::Female,
            expiry: Some(date(2036, 12, 31)),
            read_at: "2026-11-27T12:00:00Z".parse().unwrap(),
            signer: None,
        }
    }

    fn found(change: impl FnOnce(&mut ChipReading)) -> Vec<Mismatch> {
        let mut reading = reading();
        change(&mut reading);
        let today = date(2026, 11, 27);
        mismatches(&reading, &resident("Sha", "Hemei"), today).into_iter().collect()
    }

    #[test]
    fn a_residents_card_fits_and_each_difference_is_found() {
        assert_eq!(found(|_| ()), []);
        assert_eq!(found(|it| it.numbers = vec!["440115199001019911".into()]), [Mismatch::Number]);
        assert_eq!(found(|it| it.numbers.clear()), [Mismatch::Number]);
        let other = Born::Zone { year: Some(90), month: Some(1), day: Some(2) };
        assert_eq!(found(|it| it.born = other), [Mismatch::Birth]);
        assert_eq!(found(|it| it.born = Born::On { date: date(1890, 1, 1) }), [Mismatch::Birth]);
        assert_eq!(found(|it| it.sex = Sex::Male), [Mismatch::Sex]);
        assert_eq!(found(|it| it.name = zone("SHA", "HEMING", false)), [Mismatch::Name]);
        assert_eq!(found(|it| it.expiry = Some(date(2026, 11, 26))), [Mismatch::Expired]);
        assert_eq!(
            found(|it| it.expiry = Some(date(2026, 11, 27))),
            [],
            "its last day is a day of it"
        );
    }

    #[test]
    fn what_a_card_does_not_know_fits_everybody() {
        let unknown = Born::Zone { year: Some(90), month: None, day: None };
        assert_eq!(found(|it| it.born = unknown), []);
        assert_eq!(found(|it| it.sex = Sex::NotKnown), []);
    }

    #[test]
    fn names_are_spelt_as_issuers_spell_them() {
        let fits = |family: &str, given: &str, name: NameOnCard| {
            is_name(&name, &PersonName::new(family, given).unwrap())
        };
        assert!(fits("Müller-Weiß", "Zoë", zone("MUELLER WEISS", "ZOE", false)));
        assert!(fits("Müller", "Jörg", zone("MULLER", "JORG", false)));
        assert!(fits("O'Neill", "Siobhán", zone("ONEILL", "SIOBHAN", false)));
        // One name only, whichever field it stands in, and the order that others write.
        assert!(fits("Dewi Contoh", "", zone("DEWI CONTOH", "", false)));
        assert!(!fits("Dewi Contoh", "", zone("CONTOH", "DEWI", false)));
        assert!(fits("Sha", "Hemei", zone("HEMEI", "SHA", false)));
        // Cut where the zone is full, and nowhere else.
        let long = "Papandropoulous";
        assert!(fits(long, "Jonathon Alec", zone("PAPANDROPOULOUS", "JONATHON AL", true)));
        assert!(!fits(long, "Jonathon Alec", zone("PAPANDROPOULOUS", "JONATHON AL", false)));
        assert!(!fits(long, "Jonathon Alec", zone("PAPANDROPOULOUS", "JONATHAN", true)));
        // The example of Doc 9303-5 for a name that is shortened so that all of it fits.
        let [family, given] = ["Nilavadhanananda", "Chayapa Dejthamrong Krasuang"];
        assert!(fits(family, given, zone("NILAVADHANANANDA", "CHAYAPA DE K", true)));
        assert!(fits(family, given, zone("NILAVADHANANANDA", "CHAYAPA DEJTH", true)));
        assert!(!fits(family, given, zone("NILAVADHANANANDA", "CHAYAPA DE K", false)));
        assert!(!fits(family, given, zone("NILAVADHANANANDA", "CHAYAPA K DE", true)));
        assert!(!fits(family, given, zone("NILAVADHANANANDA", "CHAYAPA DE KU", true)));
        assert!(!fits(family, given, zone("NILAVADHANANANDA", "CHAYAPA DE K L", true)));
        assert!(!fits(family, given, zone("NILAVADHANANANDA N", "CHAYAPA DE K", true)));
        // Han can't be compared with letters; another reader writes it out.
        assert!(fits("沙", "河梅", zone("SHA", "HEMEI", false)));
        let written = |full: &str| NameOnCard::Written { full: full.into() };
        assert!(fits("沙", "河梅", written("沙河梅")) && !fits("沙", "河梅", written("沙河明")));
    }
}
