use tanda_chip::access::AccessError;
use tanda_chip::active::ActiveError;
use tanda_chip::chip_authentication::ChipAuthenticationError;
use tanda_chip::passive::{CertificateError, CmsError, PassiveError, SecurityObjectError};
use tanda_chip::{ChannelError, FileError, ReadError, TransportError};

/// Why there is no reading, as an officer is told it: each fault by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChipFault {
    /// Mistyped, or another card.
    WrongAccessNumber,
    /// Taken away in mid-read.
    CardRemoved,
    /// Unplugged, or the connection broke.
    ReaderGone,
    /// No answer in time.
    TimedOut,
    /// Answers that are not the chip's, or not in their place.
    Disturbed,
    /// No chip of an identity document, or one that refuses.
    NotReadable,
    /// The chip's offer before it opens is not what was signed.
    AccessChanged,
    /// A data group is not what was signed.
    Tampered,
    /// The chip lacks the genuine chip's key.
    Copy,
    /// The chip has no key to prove itself with.
    NoProof,
    /// Signed by nobody who is believed.
    UnknownCountry,
    /// The signer's time is over.
    SignerExpired,
    /// The signer was revoked.
    SignerRevoked,
    /// No current revocation list.
    RevocationUnknown,
    /// Signed in a way that proves nothing any more, or that is not known here.
    WeakSignature,
    /// A signature or certificate that does not hold.
    BadSignature,
    /// Signed by another state than the one that is named.
    OtherState,
    /// Data that does not follow the specification.
    Malformed,
    /// A reader's signed result that is not believed.
    NotAttested,
    /// A genuine card of somebody else.
    OtherPerson,
    /// The live face is not that of the portrait on the card.
    OtherFace,
    /// The card's last day has passed.
    CardExpired,
    /// The register says that this person's card is lost.
    CardLost,
}

/// What the resident is told: one answer for every fault of the card, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResidentOutcome {
    /// It was read.
    Read,
    /// It was not.
    NotRead,
    /// It was not, for a reason that has nothing to do with the card: lay it on again.
    Again,
}

impl ChipFault {
    /// Every fault.
    pub const ALL: [Self; 23] = [
        Self::WrongAccessNumber,
        Self::CardRemoved,
        Self::ReaderGone,
        Self::TimedOut,
        Self::Disturbed,
        Self::NotReadable,
        Self::AccessChanged,
        Self::Tampered,
        Self::Copy,
        Self::NoProof,
        Self::UnknownCountry,
        Self::SignerExpired,
        Self::SignerRevoked,
        Self::RevocationUnknown,
        Self::WeakSignature,
        Self::BadSignature,
        Self::OtherState,
        Self::Malformed,
        Self::NotAttested,
        Self::OtherPerson,
        Self::OtherFace,
        Self::CardExpired,
        Self::CardLost,
    ];

    /// The fault's word in answers and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WrongAccessNumber => "wrong-access-number",
            Self::CardRemoved => "card-removed",
            Self::ReaderGone => "reader-gone",
            Self::TimedOut => "timed-out",
            Self::Disturbed => "disturbed",
            Self::NotReadable => "not-readable",
            Self::AccessChanged => "access-changed",
            Self::Tampered => "tampered",
            Self::Copy => "copy",
            Self::NoProof => "no-proof",
            Self::UnknownCountry => "unknown-country",
            Self::SignerExpired => "signer-expired",
            Self::SignerRevoked => "signer-revoked",
            Self::RevocationUnknown => "revocation-unknown",
            Self::WeakSignature => "weak-signature",
            Self::BadSignature => "bad-signature",
            Self::OtherState => "other-state",
            Self::Malformed => "malformed",
            Self::NotAttested => "not-attested",
            Self::OtherPerson => "other-person",
            Self::OtherFace => "other-face",
            Self::CardExpired => "card-expired",
            Self::CardLost => "card-lost",
        }
    }

    /// What an officer is told.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::WrongAccessNumber => {
                "The card does not open with this access number: compare the six digits with the card's face."
            }
            Self::CardRemoved => "The card was taken off the reader before it was read to the end.",
            Self::ReaderGone => {
                "The reader was unplugged, or the connection to it broke, before the card was read to the end."
            }
            Self::TimedOut => "The card, or the connection to it, did not answer in time.",
            Self::Disturbed => {
                "Somebody between the card and the authority changed, repeated or swapped what they said to each other."
            }
            Self::NotReadable => "This is no chip of an identity document that can be read here.",
            Self::AccessChanged => {
                "The chip offers another access protocol than its issuer gave it: somebody wants a weaker one."
            }
            Self::Tampered => "What is on the chip was changed after its issuer signed it.",
            Self::Copy => {
                "The chip is a copy: it lacks the key that its issuer put into the genuine one."
            }
            Self::NoProof => {
                "The chip proves no key of its own in a way that is known here, so it can't be told from a copy."
            }
            Self::UnknownCountry => "The card is signed by nobody whom this authority believes.",
            Self::SignerExpired => {
                "The certificate of who signed the card is not valid any more, or not yet."
            }
            Self::SignerRevoked => {
                "The country has revoked the certificate of who signed the card."
            }
            Self::RevocationUnknown => {
                "Whether the card's signer was revoked can't be told: there is no current revocation list of its country."
            }
            Self::WeakSignature => {
                "The card is signed in a way that is too weak, or not known here: whether it is genuine can't be told."
            }
            Self::BadSignature => "The signature on the card does not hold.",
            Self::OtherState => "The card is signed by another state than the one it names.",
            Self::Malformed => "What is on the chip does not follow the specification.",
            Self::NotAttested => {
                "The reader's signed result is not believed: it is of no registered reader, not for this application, used before, or too old."
            }
            Self::OtherPerson => {
                "The card is genuine and not known to be this person's: number, birth, sex or name differ from the register's, or no number is on it."
            }
            Self::OtherFace => "The live face is not that of the portrait on the card.",
            Self::CardExpired => "The card is genuine and has expired.",
            Self::CardLost => "The register says that this person's physical card is lost.",
        }
    }

    /// Whether it is the card, as it was read, that is not the applicant's or nobody's: not that it could
    /// not be read, or that whether it is genuine can't be told.
    pub(super) const fn speaks_against_the_card(self) -> bool {
        match self {
            Self::WrongAccessNumber
            | Self::CardRemoved
            | Self::ReaderGone
            | Self::TimedOut
            | Self::Disturbed
            | Self::NotReadable
            | Self::NoProof
            | Self::RevocationUnknown
            | Self::WeakSignature
            | Self::NotAttested => false,
            Self::AccessChanged
            | Self::Tampered
            | Self::Copy
            | Self::UnknownCountry
            | Self::SignerExpired
            | Self::SignerRevoked
            | Self::BadSignature
            | Self::OtherState
            | Self::Malformed
            | Self::OtherPerson
            | Self::OtherFace
            | Self::CardExpired
            | Self::CardLost => true,
        }
    }

    /// What the resident may know of it.
    pub const fn for_resident(self) -> ResidentOutcome {
        match self {
            Self::CardRemoved | Self::ReaderGone | Self::TimedOut => ResidentOutcome::Again,
            _ => ResidentOutcome::NotRead,
        }
    }
}

impl std::str::FromStr for ChipFault {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == text).ok_or(())
    }
}

impl ResidentOutcome {
    /// The outcome's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::NotRead => "not-read",
            Self::Again => "again",
        }
    }

    /// What the resident is told.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Read => "The card was read.",
            Self::NotRead => {
                "The card could not be taken: check the six digits of its access number and try again, or go to a counter."
            }
            Self::Again => {
                "The card was away before it was read to the end: lay it on the reader again and leave it there."
            }
        }
    }
}

impl From<TransportError> for ChipFault {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::CardRemoved => Self::CardRemoved,
            TransportError::ReaderGone => Self::ReaderGone,
            TransportError::TimedOut => Self::TimedOut,
        }
    }
}

impl From<ChannelError> for ChipFault {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Transport(error) => error.into(),
            ChannelError::NotAResponse | ChannelError::Messaging(_) | ChannelError::Over => {
                Self::Disturbed
            }
            ChannelError::Refused(_) => Self::NotReadable,
        }
    }
}

impl From<ReadError> for ChipFault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Access(AccessError::WrongKey) => Self::WrongAccessNumber,
            ReadError::Access(AccessError::Channel(error))
            | ReadError::File(FileError::Channel(error))
            | ReadError::ChipAuthentication(ChipAuthenticationError::Channel(error))
            | ReadError::Active(ActiveError::Channel(error)) => error.into(),
            ReadError::Access(AccessError::Protocol) => Self::Disturbed,
            ReadError::Access(AccessError::NoProtocol) | ReadError::File(FileError::Missing) => {
                Self::NotReadable
            }
            ReadError::AccessChanged => Self::AccessChanged,
            ReadError::ChipAuthentication(ChipAuthenticationError::NotGenuine)
            | ReadError::Active(ActiveError::NotGenuine) => Self::Copy,
            ReadError::NoProof
            | ReadError::ChipAuthentication(ChipAuthenticationError::NotOffered) => Self::NoProof,
            ReadError::Passive(error) => error.into(),
            ReadError::SecurityObject(
                SecurityObjectError::Hash | SecurityObjectError::Cms(CmsError::Algorithm),
            ) => Self::WeakSignature,
            ReadError::OtherState => Self::OtherState,
            ReadError::File(_)
            | ReadError::SecurityInfos(_)
            | ReadError::SecurityObject(_)
            | ReadError::Active(_)
            | ReadError::Mrz(_)
            | ReadError::Face(_) => Self::Malformed,
        }
    }
}

impl From<PassiveError> for ChipFault {
    fn from(error: PassiveError) -> Self {
        match error {
            PassiveError::Untrusted | PassiveError::SignerMissing => Self::UnknownCountry,
            PassiveError::SignerNotValid
            | PassiveError::CountrySignerNotValid
            | PassiveError::SigningTime => Self::SignerExpired,
            PassiveError::Revoked => Self::SignerRevoked,
            PassiveError::RevocationUnknown => Self::RevocationUnknown,
            PassiveError::Tampered(_) => Self::Tampered,
            PassiveError::Certificate(
                CertificateError::Algorithm | CertificateError::PublicKey(_),
            ) => Self::WeakSignature,
            PassiveError::Certificate(_) | PassiveError::SignerUsage | PassiveError::Signature => {
                Self::BadSignature
            }
            PassiveError::NotSigned(_) => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_fault_has_a_word_and_a_sentence_of_its_own() {
        let words: BTreeSet<_> = ChipFault::ALL.map(ChipFault::as_str).into();
        let sentences: BTreeSet<_> = ChipFault::ALL.map(ChipFault::sentence).into();
        assert_eq!((words.len(), sentences.len()), (ChipFault::ALL.len(), ChipFault::ALL.len()));
        for fault in ChipFault::ALL {
            assert_eq!(fault.as_str().parse(), Ok(fault));
        }
        assert!("read".parse::<ChipFault>().is_err());
    }

    /// An old card's issuer is no forger.
    #[test]
    fn what_is_too_weak_is_not_said_to_be_wrong() {
        let weak = [
            ReadError::SecurityObject(SecurityObjectError::Hash),
            ReadError::SecurityObject(SecurityObjectError::Cms(CmsError::Algorithm)),
            ReadError::Passive(PassiveError::Certificate(CertificateError::Algorithm)),
        ];
        assert_eq!(weak.map(ChipFault::from), [ChipFault::WeakSignature; 3]);
        let malformed = ReadError::SecurityObject(SecurityObjectError::Cms(CmsError::Malformed));
        assert_eq!(ChipFault::from(malformed), ChipFault::Malformed);
        let wrong = [PassiveError::Signature, CertificateError::Critical.into()];
        assert_eq!(wrong.map(ChipFault::from), [ChipFault::BadSignature; 2]);
    }

    #[test]
    fn the_resident_hears_one_sentence_unless_the_card_was_only_away() {
        let away = [ChipFault::CardRemoved, ChipFault::ReaderGone, ChipFault::TimedOut];
        for fault in ChipFault::ALL {
            let expected = if away.contains(&fault) {
                ResidentOutcome::Again
            } else {
                ResidentOutcome::NotRead
            };
            assert_eq!(fault.for_resident(), expected, "{fault:?}");
        }
    }
}
