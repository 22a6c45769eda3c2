use core::fmt;

use crate::RelyingPartyId;

/// A claim of a card, by its EUDI PID name where one exists (PID Rulebook, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// `family_name`
    FamilyName,
    /// `given_name`
    GivenName,
    /// `birthdate`, `YYYY-MM-DD`
    BirthDate,
    /// `sex`, the ISO/IEC 5218 number
    Sex,
    /// `nationalities`, an array of ISO 3166-1 alpha-2 codes
    Nationalities,
    /// `personal_administrative_number`, the resident number
    Number,
    /// `personal_administrative_number_tail`, its last four characters
    NumberTail,
    /// `picture`, a `data:image/jpeg;base64,` URL of at most 30 KB
    Picture,
    /// `age_equal_or_over`.`"18"`, a boolean each
    AgeEqualOrOver(AgeThreshold),
    /// `pseudonyms`.`<relying party>`, 16 bytes in base64url
    Pseudonym,
    /// `issuing_authority`
    IssuingAuthority,
    /// `issuing_country`
    IssuingCountry,
    /// `date_of_expiry`, `YYYY-MM-DD`
    DateOfExpiry,
}

/// The ages for which a card can say yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgeThreshold(u8);

impl AgeThreshold {
    /// Every threshold that cards carry, ascending.
    pub const ALL: [Self; 6] = [Self(12), Self(14), Self(16), Self(18), Self(21), Self(60)];
    /// Of age in both number schemes' countries.
    pub const ADULT: Self = Self(18);

    /// The threshold of that many full years, if cards carry it.
    pub fn of_years(years: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|threshold| threshold.0 == years)
    }

    /// Full years.
    pub const fn years(self) -> u8 {
        self.0
    }
}

/// The path names no claim that cards carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no card carries this claim")]
pub struct UnknownClaim;

impl Claim {
    /// The name of the claim, or of the object that holds it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FamilyName => "family_name",
            Self::GivenName => "given_name",
            Self::BirthDate => "birthdate",
            Self::Sex => "sex",
            Self::Nationalities => "nationalities",
            Self::Number => "personal_administrative_number",
            Self::NumberTail => "personal_administrative_number_tail",
            Self::Picture => "picture",
            Self::AgeEqualOrOver(_) => "age_equal_or_over",
            Self::Pseudonym => "pseudonyms",
            Self::IssuingAuthority => "issuing_authority",
            Self::IssuingCountry => "issuing_country",
            Self::DateOfExpiry => "date_of_expiry",
        }
    }

    /// The claims path pointer (OpenID4VP 1.0 section 7), of names only, under which
    /// `relying_party` asks for the claim.
    pub fn path(self, relying_party: &RelyingPartyId) -> Vec<String> {
        let mut path = vec![self.name().to_owned()];
        match self {
            Self::AgeEqualOrOver(threshold) => path.push(threshold.years().to_string()),
            Self::Pseudonym => path.push(relying_party.to_string()),
            _ => {}
        }
        path
    }

    /// The claim for which `relying_party` asks under `path`. Somebody else's pseudonym is unknown.
    ///
    /// # Errors
    /// When no card carries such a claim.
    pub fn from_path<S: AsRef<str>>(
        path: &[S],
        relying_party: &RelyingPartyId,
    ) -> Result<Self, UnknownClaim> {
        let asked = path.iter().map(AsRef::as_ref);
        Self::all().find(|claim| asked.clone().eq(claim.path(relying_party))).ok_or(UnknownClaim)
    }

    /// Every claim that a card carries.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            Self::FamilyName,
            Self::GivenName,
            Self::BirthDate,
            Self::Sex,
            Self::Nationalities,
            Self::Number,
            Self::NumberTail,
            Self::Picture,
            Self::Pseudonym,
            Self::IssuingAuthority,
            Self::IssuingCountry,
            Self::DateOfExpiry,
        ]
        .into_iter()
        .chain(AgeThreshold::ALL.into_iter().map(Self::AgeEqualOrOver))
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AgeEqualOrOver(threshold) => write!(f, "{}.{}", self.name(), threshold.years()),
            _ => f.write_str(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_is_found_by_its_path() {
        let cafe: RelyingPartyId = "cafe-comet".parse().unwrap();
        for claim in Claim::all() {
            assert_eq!(Claim::from_path(&claim.path(&cafe), &cafe), Ok(claim));
        }
    }

    #[test]
    fn others_pseudonyms_and_odd_ages_are_no_claims() {
        let cafe: RelyingPartyId = "cafe-comet".parse().unwrap();
        for path in
            [&["pseudonyms", "cafe-orbit"][..], &["pseudonyms"], &["age_equal_or_over", "17"], &[]]
        {
            assert_eq!(Claim::from_path(path, &cafe), Err(UnknownClaim), "{path:?}");
        }
    }
}
