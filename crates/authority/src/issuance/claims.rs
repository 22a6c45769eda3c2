//! What a card says about its holder.

use aws_lc_rs::hmac;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tanda_credential::b64;
use tanda_credential::sd_jwt::{Disclosability, SdJwtError, SdObject};
use tanda_model::{AgeThreshold, Claim, Country, RelyingPartyId, Resident, ResidentId};

/// What goes into every copy of one batch.
pub(super) struct CardClaims<'a> {
    pub(super) resident: &'a Resident,
    /// JPEG.
    pub(super) picture: &'a [u8],
    /// Who gets a pseudonym.
    pub(super) relying_parties: &'a [RelyingPartyId],
    pub(super) pseudonyms: &'a hmac::Key,
    pub(super) authority: &'a str,
    pub(super) country: Country,
    pub(super) expires_on: Date,
    pub(super) today: Date,
}

impl CardClaims<'_> {
    /// The claims, each for the holder alone to disclose.
    pub(super) fn build(&self) -> Result<SdObject, SdJwtError> {
        let person = self.resident;
        let mut claims = SdObject::new()
            .disclosable(Claim::FamilyName.name(), person.name.family())?
            .disclosable(Claim::GivenName.name(), person.name.given())?
            .disclosable(Claim::BirthDate.name(), person.birth_date.to_string())?
            .disclosable(Claim::Sex.name(), u8::from(person.sex))?
            .disclosable(
                Claim::Nationalities.name(),
                person.nationalities.iter().map(|c| c.as_str().to_owned()).collect::<Vec<_>>(),
            )?
            .disclosable(Claim::Number.name(), person.number.as_str())?
            .disclosable(Claim::NumberTail.name(), person.number.tail())?
            .disclosable(Claim::Picture.name(), picture_url(self.picture))?
            .disclosable(Claim::IssuingAuthority.name(), self.authority)?
            .disclosable(Claim::IssuingCountry.name(), self.country.as_str())?
            .disclosable(Claim::DateOfExpiry.name(), self.expires_on.to_string())?;
        let age = person.age_on(self.today);
        let mut ages = SdObject::new();
        for threshold in AgeThreshold::ALL {
            let years = threshold.years();
            ages = ages.disclosable(years.to_string(), age >= years)?;
        }
        let name = Claim::AgeEqualOrOver(AgeThreshold::ADULT).name();
        claims = claims.object(name, Disclosability::Plain, ages)?;
        let mut pseudonyms = SdObject::new();
        for party in self.relying_parties {
            let own = pseudonym(self.pseudonyms, person.id, party);
            pseudonyms = pseudonyms.disclosable(party.as_str(), own)?;
        }
        claims.object(Claim::Pseudonym.name(), Disclosability::Disclosable, pseudonyms)
    }
}

/// The resident's name at one relying party: stable there, and nobody can tell that two of them
/// are one person's.
fn pseudonym(key: &hmac::Key, resident: ResidentId, party: &RelyingPartyId) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(resident.as_bytes());
    context.update(party.as_str().as_bytes());
    b64::encode(&context.sign().as_ref()[..16])
}

fn picture_url(jpeg: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", b64::encode_standard(jpeg))
}

/// The civil day at a moment, by UTC: the same everywhere, and a copy's times say no more.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned_datetime(TimeZone::UTC).date()
}

/// The first moment of a day.
pub(crate) fn start_of(date: Date) -> Timestamp {
    date.to_zoned_datetime(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn a_pseudonym_is_stable_and_differs_by_person_and_relying_party() {
        let mut rng = StdRng::seed_from_u64(1);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
        let [one, other] = [(); 2].map(|()| ResidentId::new(Timestamp::UNIX_EPOCH, &mut rng));
        let [comet, orbit] = ["cafe-comet", "cafe-orbit"].map(|id| id.parse().unwrap());
        let base = pseudonym(&key, one, &comet);
        assert_eq!(base, pseudonym(&key, one, &comet));
        assert_ne!(base, pseudonym(&key, one, &orbit));
        assert_ne!(base, pseudonym(&key, other, &comet));
        assert_eq!(base.len(), 22);
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let at = "2026-11-23T23:59:59Z".parse().unwrap();
        assert_eq!(start_of(day(at)), "2026-11-23T00:00:00Z".parse().unwrap());
    }
}
