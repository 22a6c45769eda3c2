//! What the desk sees.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tanda_credential::{
    jose::JwsError,
    sd_jwt::{KeyBindingError, SdJwtError},
    sd_jwt_vc::{CredentialError, IssuerIdentity},
    trust_list::Names,
};
use tanda_model::AssuranceLevel;
use tanda_protocol::vp::dcql::NotAsAsked;

/// Valid, not valid, or cannot tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Verdict {
    /// The card is genuine, in force, its holder's, and says what was asked.
    Valid(Accepted),
    /// It is not.
    NotValid {
        /// Why.
        reason: NotValid,
        /// When it was checked.
        checked_at: Timestamp,
    },
    /// Whether the card is in force can't be found out now.
    CannotTell {
        /// Why.
        reason: CannotTell,
        /// When it was checked.
        checked_at: Timestamp,
    },
}

/// What is known of a valid card.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// Exactly the claims that were asked.
    pub claims: Map<String, Value>,
    /// The card's level.
    pub level: AssuranceLevel,
    /// Who issued it; none where only a result was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Issuer>,
    /// Until when the copy that was shown holds; none where only a result was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was checked.
    pub checked_at: Timestamp,
    /// How old the status was then, in seconds.
    pub status_age_s: u64,
}

/// Who issued a card, as the trust list says: nothing of it comes from the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// The credential issuer's identifier: its URL.
    pub id: String,
    /// The organisation's name by language (RFC 5646 tags).
    pub name: Names,
}

/// Claims are personal: their number is shown.
impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let claims = self.claims.len();
        f.debug_struct("Accepted")
            .field("claims", &claims)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$reason:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$reason])* #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable code, under which the pages keep their texts.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// Why a card is not valid.
    NotValid {
        /// Not one presentation of the card that was asked, or one that can't be read.
        Malformed = "malformed",
        /// The issuer's signature is wrong: forged or altered.
        Forged = "forged",
        /// Nobody in the trust list issued it.
        IssuerNotTrusted = "issuer_not_trusted",
        /// Its issuer may not issue such cards.
        IssuerNotTrustedForLevel = "issuer_not_trusted_for_level",
        /// It does not come from its holder.
        HolderNotProven = "holder_not_proven",
        /// It was made for another relying party.
        OtherAudience = "other_audience",
        /// It was made for another request: a replay.
        OtherRequest = "other_request",
        /// It was changed after the holder signed.
        Altered = "altered",
        /// The holder signed at another time than now.
        OtherTime = "other_time",
        /// The holder agreed to something else.
        OtherTransaction = "other_transaction",
        /// The card is not of a level that was asked.
        LevelTooLow = "level_too_low",
        /// The card's time has not begun.
        NotYetValid = "not_yet_valid",
        /// The card has expired.
        Expired = "expired",
        /// Less was disclosed than was asked.
        Incomplete = "incomplete",
        /// A claim has none of the values that were asked.
        OtherValue = "other_value",
        /// More was disclosed than was asked. It is not kept.
        MoreThanAsked = "more_than_asked",
        /// The card names no status list.
        NoStatus = "no_status",
        /// The card is revoked.
        Revoked = "revoked",
        /// The card is suspended.
        Suspended = "suspended",
        /// The holder is not old enough.
        AgeNotReached = "age_not_reached",
    }
}

reasons! {
    /// Why nobody can tell whether a card is valid.
    CannotTell {
        /// The status list could not be fetched.
        StatusUnreachable = "status_unreachable",
        /// The newest status list to be had is too old.
        StatusStale = "status_stale",
        /// What was fetched is not signed by the card's issuer.
        StatusNotGenuine = "status_not_genuine",
        /// The status list does not say.
        StatusUnknown = "status_unknown",
    }
}

impl From<&IssuerIdentity> for Issuer {
    fn from(listed: &IssuerIdentity) -> Self {
        Self { id: listed.id.clone(), name: Names::clone(&listed.names) }
    }
}

impl From<CredentialError> for NotValid {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::SdJwt(SdJwtError::Issuer(JwsError::Signature)) => Self::Forged,
            CredentialError::SdJwt(_) | CredentialError::Claims => Self::Malformed,
            CredentialError::Untrusted(_) => Self::IssuerNotTrusted,
            CredentialError::Type => Self::IssuerNotTrustedForLevel,
            CredentialError::NotYetValid => Self::NotYetValid,
            CredentialError::Expired => Self::Expired,
            CredentialError::KeyBinding(binding) => match binding {
                KeyBindingError::Missing | KeyBindingError::Token(_) => Self::HolderNotProven,
                KeyBindingError::Audience => Self::OtherAudience,
                KeyBindingError::Nonce => Self::OtherRequest,
                KeyBindingError::Hash => Self::Altered,
                KeyBindingError::Time => Self::OtherTime,
                KeyBindingError::TransactionData => Self::OtherTransaction,
            },
        }
    }
}

impl From<NotAsAsked> for NotValid {
    fn from(difference: NotAsAsked) -> Self {
        match difference {
            NotAsAsked::Less => Self::Incomplete,
            NotAsAsked::OtherValue => Self::OtherValue,
            NotAsAsked::More => Self::MoreThanAsked,
        }
    }
}
