use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// How sure the authority is that the holder is the resident. Ordered: `Light < Full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssuranceLevel {
    /// The lightweight card: a live face against the register.
    Light,
    /// The upgraded card: chip, fingers and face, confirmed by an officer.
    Full,
}

impl AssuranceLevel {
    /// Every level, lowest first.
    pub const ALL: [Self; 2] = [Self::Light, Self::Full];

    /// The word for the level in files, messages and columns: `light` or `full`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Full => "full",
        }
    }

    /// The credential type that a card of this level has (`vct`, SD-JWT VC section 3.2.2.1).
    pub const fn vct(self) -> &'static str {
        match self {
            Self::Light => "urn:tanda:card:light:1",
            Self::Full => "urn:tanda:card:full:1",
        }
    }

    /// The OpenID4VCI credential configuration under which a card of this level is issued as
    /// SD-JWT VC.
    pub const fn credential_configuration_id(self) -> &'static str {
        match self {
            Self::Light => "tanda-card-light-sd-jwt",
            Self::Full => "tanda-card-full-sd-jwt",
        }
    }

    /// The level whose credential type is `vct`, if it is one of ours.
    pub fn from_vct(vct: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.vct() == vct)
    }

    /// The credential types that satisfy this level as a minimum: its own and every higher one,
    /// for DCQL's `vct_values` (OpenID4VP 1.0 section B.3.5).
    pub fn accepted_vcts(self) -> Vec<&'static str> {
        Self::ALL.into_iter().filter(|level| *level >= self).map(Self::vct).collect()
    }
}

impl fmt::Display for AssuranceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no assurance level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an assurance level is `light` or `full`")]
pub struct UnknownLevel;

impl FromStr for AssuranceLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(UnknownLevel)
    }
}

#[cfg(test)]
mod tests {
    use super::AssuranceLevel::{Full, Light};
    use super::*;

    #[test]
    fn a_minimum_of_light_takes_both_cards_and_full_only_the_full_one() {
        assert_eq!(Light.accepted_vcts(), ["urn:tanda:card:light:1", "urn:tanda:card:full:1"]);
        assert_eq!(Full.accepted_vcts(), ["urn:tanda:card:full:1"]);
    }

    #[test]
    fn the_type_and_the_word_lead_back_to_the_level() {
        for level in AssuranceLevel::ALL {
            assert_eq!(AssuranceLevel::from_vct(level.vct()), Some(level));
            assert_eq!(level.as_str().parse(), Ok(level));
        }
        assert_eq!(AssuranceLevel::from_vct("urn:tanda:card:light:2"), None);
    }
}
