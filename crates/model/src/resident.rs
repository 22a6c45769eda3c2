use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Country, PersonName, ResidentId, ResidentNumber, Sex};

/// A person in the population register. Kept sealed; never in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resident {
    /// Who it is, inside the authority.
    pub id: ResidentId,
    /// The number in the authority's scheme.
    pub number: ResidentNumber,
    /// The name as registered.
    pub name: PersonName,
    /// The date of birth; agrees with the number's.
    pub birth_date: Date,
    /// Sex; agrees with the number's.
    pub sex: Sex,
    /// Nationalities, at least one.
    pub nationalities: Vec<Country>,
    /// What an officer has noted about the person or their card.
    #[serde(default)]
    pub marks: Marks,
}

impl Resident {
    /// Full years of age on `today`, in the civil calendar: somebody born on 29 February turns a
    /// year older on 1 March of common years. Zero before birth.
    pub fn age_on(&self, today: Date) -> u8 {
        let had_birthday =
            (today.month(), today.day()) >= (self.birth_date.month(), self.birth_date.day());
        let years = i32::from(today.year()) - i32::from(self.birth_date.year());
        u8::try_from((years - i32::from(!had_birthday)).max(0)).unwrap_or(u8::MAX)
    }
}

/// What officers have noted about a resident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Marks {
    /// The person has died: no card is issued, every card is revoked.
    #[serde(default)]
    pub deceased: bool,
    /// The physical card is reported lost: an application is decided by an officer.
    #[serde(default)]
    pub card_lost: bool,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rand::SeedableRng;

    use super::*;

    fn born(birth_date: Date) -> Resident {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        Resident {
            id: ResidentId::new(jiff::Timestamp::UNIX_EPOCH, &mut rng),
            number: "11010519491231002X".parse().unwrap(),
            name: PersonName::new("Test", "").unwrap(),
            birth_date,
            sex: Sex::Female,
            nationalities: vec![Country::CN],
            marks: Marks::default(),
        }
    }

    #[test]
    fn a_birthday_makes_a_year() {
        let person = born(date(2008, 11, 24));
        assert_eq!(person.age_on(date(2026, 11, 23)), 17);
        assert_eq!(person.age_on(date(2026, 11, 24)), 18);
        assert_eq!(person.age_on(date(2000, 1, 1)), 0);
        let leap = born(date(2008, 2, 29));
        assert_eq!(leap.age_on(date(2026, 2, 28)), 17);
        assert_eq!(leap.age_on(date(2026, 3, 1)), 18);
    }

    #[test]
    fn debug_hides_name_and_number() {
        let text = format!("{:?}", born(date(2008, 11, 24)));
        assert!(!text.contains("Test") && !text.contains("110105"), "{text}");
    }
}
