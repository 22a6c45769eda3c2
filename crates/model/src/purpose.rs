use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AgeThreshold, AssuranceLevel, Claim};

/// Why a relying party asks. Fixes what may be asked; the catalogue is the authority's law, not
/// the relying party's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PurposeId {
    /// A guest checks in.
    HotelCheckIn,
    /// A ticket in a name.
    Ticket,
    /// A bank account is opened.
    BankAccount,
    /// A parcel is sent or handed over.
    Courier,
    /// An internet café signs somebody up.
    CafeSignUp,
    /// A business is registered.
    BusinessRegistration,
}

/// What a purpose allows: at most these claims, at least this level, for so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Which one.
    pub id: PurposeId,
    /// The lowest level that serves the purpose, which is also the highest that may be demanded.
    pub level: AssuranceLevel,
    /// The claims that may be asked.
    pub claims: Vec<Claim>,
    /// How long the relying party may keep them, in days; zero: not at all.
    pub retention_days: u16,
    /// The desk sees yes or no, and no claim.
    pub result_only: bool,
    /// What the verifier keeps of the claims for as long as they may be kept: sealed, and for whoever
    /// may open the record. Everything else is shown and forgotten.
    pub record: Vec<Claim>,
    /// How many people one order may be for, each with their own card.
    pub group: u8,
    /// What the resident reads.
    pub text: PurposeText,
}

/// The purpose in the languages that the wallet speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PurposeText {
    /// English.
    pub en: &'static str,
    /// Indonesian.
    pub id: &'static str,
    /// Chinese, in simplified characters.
    pub zh: &'static str,
}

/// The text names no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such purpose; the catalogue is in docs/integrating")]
pub struct UnknownPurpose;

impl PurposeId {
    /// The whole catalogue.
    pub const ALL: [Self; 6] = [
        Self::HotelCheckIn,
        Self::Ticket,
        Self::BankAccount,
        Self::Courier,
        Self::CafeSignUp,
        Self::BusinessRegistration,
    ];

    /// The purpose's name in files, messages and addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HotelCheckIn => "hotel-check-in",
            Self::Ticket => "ticket",
            Self::BankAccount => "bank-account",
            Self::Courier => "courier",
            Self::CafeSignUp => "cafe-sign-up",
            Self::BusinessRegistration => "business-registration",
        }
    }

    /// What the catalogue allows for it.
    pub fn purpose(self) -> Purpose {
        use Claim::{
            AgeEqualOrOver, BirthDate, FamilyName, GivenName, Nationalities, Number, NumberTail,
            Picture, Pseudonym, Sex,
        };
        let (level, claims, retention_days, text) = match self {
            Self::HotelCheckIn => (
                AssuranceLevel::Light,
                vec![FamilyName, GivenName, Number, Picture],
                30,
                PurposeText {
                    en: "Hotel check-in", id: "Lapor masuk hotel", zh: "酒店入住登记"
                },
            ),
            Self::Ticket => (
                AssuranceLevel::Light,
                vec![FamilyName, GivenName, NumberTail],
                30,
                PurposeText {
                    en: "Ticket in your name",
                    id: "Tiket atas nama Anda",
                    zh: "实名购票",
                },
            ),
            Self::BankAccount => (
                AssuranceLevel::Full,
                vec![FamilyName, GivenName, Number, Picture, BirthDate, Sex, Nationalities],
                1826,
                PurposeText {
                    en: "Opening a bank account",
                    id: "Pembukaan rekening bank",
                    zh: "银行开户",
                },
            ),
            Self::Courier => (
                AssuranceLevel::Light,
                vec![FamilyName, GivenName],
                90,
                PurposeText { en: "Sending a parcel", id: "Pengiriman paket", zh: "寄递包裹" },
            ),
            Self::CafeSignUp => (
                AssuranceLevel::Light,
                vec![AgeEqualOrOver(AgeThreshold::ADULT), Pseudonym],
                0,
                PurposeText {
                    en: "Internet café sign-up",
                    id: "Pendaftaran warnet",
                    zh: "网吧上网登记",
                },
            ),
            Self::BusinessRegistration => (
                AssuranceLevel::Full,
                vec![FamilyName, GivenName, Number, BirthDate, Nationalities],
                3652,
                PurposeText {
                    en: "Registering a business",
                    id: "Pendaftaran usaha",
                    zh: "企业登记注册",
                },
            ),
        };
        let result_only = matches!(self, Self::Courier | Self::CafeSignUp);
        let record = match self {
            // The stay register.
            Self::HotelCheckIn => vec![FamilyName, GivenName, Number],
            // Who sent a parcel: nobody at the counter needs to know.
            Self::Courier => vec![FamilyName, GivenName],
            _ => Vec::new(),
        };
        let group = if self == Self::Ticket { 9 } else { 1 };
        Purpose { id: self, level, claims, retention_days, result_only, record, group, text }
    }
}

impl FromStr for PurposeId {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL.into_iter().find(|id| id.as_str() == text).ok_or(UnknownPurpose)
    }
}

impl fmt::Display for PurposeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_found_by_name_and_serialises_as_it() {
        for id in PurposeId::ALL {
            assert_eq!(id.as_str().parse(), Ok(id));
            assert_eq!(serde_json::to_value(id).unwrap(), id.as_str());
            assert_eq!(id.purpose().id, id);
        }
    }

    #[test]
    fn a_pseudonym_is_for_those_who_learn_nothing_else() {
        for purpose in PurposeId::ALL.map(PurposeId::purpose) {
            let pseudonymous = purpose.claims.contains(&Claim::Pseudonym);
            assert!(!pseudonymous || purpose.result_only);
            assert!(!pseudonymous || !purpose.claims.contains(&Claim::FamilyName));
        }
    }

    #[test]
    fn what_is_kept_is_a_part_of_what_is_asked_and_has_an_end() {
        for purpose in PurposeId::ALL.map(PurposeId::purpose) {
            assert!(purpose.record.iter().all(|claim| purpose.claims.contains(claim)));
            assert!(purpose.record.is_empty() || purpose.retention_days > 0);
            // A portrait and a pseudonym are for the moment.
            assert!(!purpose.record.contains(&Claim::Picture));
            assert!(!purpose.record.contains(&Claim::Pseudonym));
        }
    }
}
