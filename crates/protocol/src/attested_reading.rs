//! What a card reader with a secure module of its own read, signed by it (docs/integrating/
//! attested-reader.md): for physical cards whose chip is closed to everybody else.
//!
//! The signature covers for which application, at which authority and for which question it was read.
//! A result is worth nothing anywhere else, or a second time.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tanda_credential::b64;
use tanda_credential::jose::{self, Header, Jws, JwsError, SignError, Signer, VerifyingKey};
use tanda_model::{EnrolmentId, Sex};

use crate::claims::{Audience, NumericDate};
use crate::oauth::{OpaqueToken, Window};

/// The `typ` of a result.
pub const TYP: &str = "tanda-attested-reading+jwt";

/// A reader's result is a few tens of kilobytes: the portrait.
pub const MAX_BYTES: usize = 256 * 1024;

/// Somebody lays a card on and it is read within the minute.
const WINDOW: Window = Window::new(60, 180);

/// What stands on the card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestedCard {
    /// The state that issued it: three letters (Doc 9303-3 section 5).
    pub state: String,
    /// The resident number.
    pub number: String,
    /// The document's number, where there is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_number: Option<String>,
    /// The full name, as it is written there.
    pub name: String,
    /// The date of birth.
    pub birth_date: Date,
    /// The sex, as ISO/IEC 5218 codes it.
    pub sex: Sex,
    /// The last day on which the card is valid; left out where it is valid without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Date>,
    /// The portrait: a JPEG.
    #[serde(with = "base64url")]
    pub portrait: Vec<u8>,
}

impl fmt::Debug for AttestedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttestedCard(…)")
    }
}

/// What a result is for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The authority's identifier.
    pub authority: &'a str,
    /// The application.
    pub enrolment: EnrolmentId,
    /// The authority's nonce, which is used once.
    pub nonce: &'a OpaqueToken,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: NumericDate,
    enrolment: EnrolmentId,
    nonce: OpaqueToken,
    reading: AttestedCard,
}

/// A result whose signature holds; its nonce is still to be spent.
#[derive(Clone, Debug)]
pub struct AttestedReading {
    /// The reader.
    pub reader: String,
    /// The application that it was read for.
    pub enrolment: EnrolmentId,
    /// The authority's nonce.
    pub nonce: OpaqueToken,
    /// What stands on the card.
    pub card: AttestedCard,
}

/// Why a result is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestedReadingError {
    /// No such token, a wrong signature, or malformed content.
    #[error("the result is no signed reading: {0}")]
    Token(#[from] JwsError),
    /// Of a reader that isn't registered.
    #[error("the result is of no registered reader")]
    Reader,
    /// For another authority.
    #[error("the result is for another authority")]
    Audience,
    /// Too old, or from the future.
    #[error("the result was not signed just now")]
    Time,
}

impl AttestedCard {
    /// Signs the result as the reader `reader`.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn sign(
        &self,
        reader: &str,
        question: &Question<'_>,
        key: &dyn Signer,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let claims = Claims {
            iss: reader.to_owned(),
            aud: Audience::One(question.authority.to_owned()),
            iat: NumericDate(now),
            enrolment: question.enrolment,
            nonce: question.nonce.clone(),
            reading: self.clone(),
        };
        jose::sign(&Header::typ(TYP).with_kid(reader), &claims, key)
    }
}

impl AttestedReading {
    /// Believes a result that one of the `readers` signed for this authority just now.
    ///
    /// # Errors
    /// [`AttestedReadingError`]: the first thing that is wrong.
    pub fn verify<'k>(
        token: &str,
        readers: impl Fn(&str) -> Option<&'k VerifyingKey>,
        authority: &str,
        now: Timestamp,
    ) -> Result<Self, AttestedReadingError> {
        let jws = Jws::parse_up_to(token, MAX_BYTES)?;
        jws.expect_typ(TYP)?;
        let reader = jws.header().kid.clone().ok_or(AttestedReadingError::Reader)?;
        let key = readers(&reader).ok_or(AttestedReadingError::Reader)?;
        let claims: Claims = jws.verify(key)?.claims()?;
        if claims.iss != reader {
            return Err(AttestedReadingError::Reader);
        }
        if !claims.aud.is_only(authority) {
            return Err(AttestedReadingError::Audience);
        }
        WINDOW.check(claims.iat.0, now).map_err(|_| AttestedReadingError::Time)?;
        let Claims { enrolment, nonce, reading: card, .. } = claims;
        Ok(Self { reader, enrolment, nonce, card })
    }
}

mod base64url {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    use super::b64;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&b64::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        b64::decode(text).map_err(|_| D::Error::custom("not base64url"))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::testing::{key, later, now};

    const AUTHORITY: &str = "https://authority.example";

    fn card() -> AttestedCard {
        AttestedCard {
            state: "CHN".into(),
            number: "440115199001019903".into(),
            document_number: None,
            name: "沙河梅".into(),
            birth_date: date(1990, 1, 1),
            sex: Sex::Female,
            expiry: None,
            portrait: vec![0xff, 0xd8, 0xff],
        }
    }

    fn token(reader: &str, signer: u64) -> String {
        let mut rng = StdRng::seed_from_u64(1);
        let nonce = OpaqueToken::mint(&mut rng);
        let enrolment = EnrolmentId::new(now(), &mut rng);
        let question = Question { authority: AUTHORITY, enrolment, nonce: &nonce };
        card().sign(reader, &question, &key(signer), now()).unwrap()
    }

    fn verify(
        token: &str,
        authority: &str,
        at: i64,
    ) -> Result<AttestedReading, AttestedReadingError> {
        let registered = VerifyingKey::from_jwk(key(1).public()).unwrap();
        let readers = |name: &str| (name == "counter-7").then_some(&registered);
        AttestedReading::verify(token, readers, authority, later(at))
    }

    #[test]
    fn a_registered_reader_is_believed_just_now_and_here() {
        let good = token("counter-7", 1);
        let read = verify(&good, AUTHORITY, 30).unwrap();
        assert_eq!((read.card, read.reader.as_str()), (card(), "counter-7"));
        let refused = |token: &str, authority, at| verify(token, authority, at).unwrap_err();
        assert_eq!(refused(&good, "https://other.example", 0), AttestedReadingError::Audience);
        assert_eq!(refused(&good, AUTHORITY, 241), AttestedReadingError::Time);
        assert_eq!(refused(&good, AUTHORITY, -61), AttestedReadingError::Time);
        assert_eq!(refused(&token("counter-8", 1), AUTHORITY, 0), AttestedReadingError::Reader);
        let forged = AttestedReadingError::Token(JwsError::Signature);
        assert_eq!(refused(&token("counter-7", 2), AUTHORITY, 0), forged);
        assert!(matches!(refused("a.b.c", AUTHORITY, 0), AttestedReadingError::Token(_)));
    }

    /// What the reader's key signed for another use, or under another's name.
    #[test]
    fn a_result_says_that_it_is_one_and_whose() {
        let good = token("counter-7", 1);
        let claims = |token: &str| {
            let claims = b64::decode(token.split('.').nth(1).unwrap()).unwrap();
            serde_json::from_slice::<serde_json::Value>(&claims).unwrap()
        };
        let signed = |typ, claims: &serde_json::Value| {
            let header = Header::typ(typ).with_kid("counter-7");
            let token = jose::sign(&header, claims, &key(1)).unwrap();
            verify(&token, AUTHORITY, 0)
        };
        assert!(signed(TYP, &claims(&good)).is_ok());
        let other_use = signed("jwt", &claims(&good)).unwrap_err();
        assert!(matches!(other_use, AttestedReadingError::Token(_)));
        let other_name = signed(TYP, &claims(&token("counter-8", 1))).unwrap_err();
        assert_eq!(other_name, AttestedReadingError::Reader);
    }
}
