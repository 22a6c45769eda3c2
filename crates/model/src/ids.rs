use core::fmt;
use core::str::FromStr;

use jiff::Timestamp;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text or the bytes are no identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed identifier")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$meaning:meta])* $name:ident) => {
        $(#[$meaning])*
        ///
        /// A UUID of version 7 (RFC 9562 section 5.7): sorts by the moment at which it was made.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh identifier: the millisecond of `now` and 74 random bits.
            pub fn new(now: Timestamp, rng: &mut impl CryptoRng) -> Self {
                Self(uuid_v7(now, rng))
            }

            /// The sixteen bytes, to bind the identifier into a key or a signature.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The identifier of these sixteen bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The identifier whose sixteen bytes these are.
            ///
            /// # Errors
            /// When there are not sixteen.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, NotAnId> {
                Uuid::from_slice(bytes).map(Self).map_err(|_| NotAnId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Takes the 36 lower-case characters that `Display` writes, and nothing else.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let id = Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)?;
                if id.to_string() == text { Ok(id) } else { Err(NotAnId) }
            }
        }
    };
}

id! {
    /// A resident in the register. Leaves the authority towards the resident's own wallet alone, in
    /// the log entries about them: what relying parties see is a
    /// pseudonym of their own.
    ResidentId
}
id! {
    /// One application from start to decision.
    EnrolmentId
}
id! {
    /// One report of a relying party by a resident.
    ReportId
}
id! {
    /// One card: one level, one status, many copies.
    CardId
}
id! {
    /// One copy of a card, bound to one key of the wallet.
    CopyId
}
id! {
    /// One credential offer.
    OfferId
}
id! {
    /// What a redeemed offer allows one wallet to fetch.
    GrantId
}
id! {
    /// Several copies of a card, signed at once.
    BatchId
}
id! {
    /// One recorded act on the register.
    ActId
}
id! {
    /// A person who acts for an authority.
    OfficerId
}
id! {
    /// One act that an officer proposes and another confirms.
    ProposalId
}
id! {
    /// One register file on its way to the console.
    UploadId
}
id! {
    /// An account at a provider.
    AccountId
}
id! {
    /// A signed-in browser session.
    SessionId
}
id! {
    /// One request of a relying party's desk.
    DeskRequestId
}

fn uuid_v7(now: Timestamp, rng: &mut impl CryptoRng) -> Uuid {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    // Before 1970 there is no version 7; such a clock is broken, and zero still gives a unique id.
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// A name that people give and type.
macro_rules! label {
    ($(#[$meaning:meta])* $name:ident) => {
        $(#[$meaning])*
        ///
        /// 1 to 63 lower-case letters, digits and inner hyphens, as in a host name.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if is_label(text) { Ok(Self(text.to_owned())) } else { Err(NotAnId) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

label! {
    /// A relying party's name in files, claims and addresses: `hotel-nansha`.
    RelyingPartyId
}
label! {
    /// What one of a relying party's staff signs in with, and stands for them on receipts. Whose it
    /// is, the relying party knows: it need not be a name.
    StaffId
}

fn is_label(text: &str) -> bool {
    let inside = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let ends = !text.starts_with('-') && !text.ends_with('-');
    inside && ends && (1..=63).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn ids_sort_by_time_differ_and_come_back_from_text_and_bytes() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let early = CardId::new("2026-01-01T00:00:00Z".parse().unwrap(), &mut rng);
        let late = CardId::new("2026-01-01T00:00:01Z".parse().unwrap(), &mut rng);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(CardId::from_slice(early.as_bytes()), Ok(early));
        assert_eq!(early.to_string().to_uppercase().parse::<CardId>(), Err(NotAnId));
    }

    #[test]
    fn a_relying_party_is_named_like_a_host() {
        for good in ["hotel-nansha", "a", "cafe2"] {
            assert_eq!(good.parse::<RelyingPartyId>().unwrap().as_str(), good);
        }
        let long = "a".repeat(64);
        for bad in ["", "-a", "a-", "Hotel", "a.b", "a b", "é", long.as_str()] {
            assert_eq!(bad.parse::<RelyingPartyId>(), Err(NotAnId), "{bad}");
            assert_eq!(bad.parse::<StaffId>(), Err(NotAnId), "{bad}");
        }
    }
}
