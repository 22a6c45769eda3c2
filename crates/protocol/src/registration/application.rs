//! How somebody becomes a relying party: an application that its access key signs, and the question
//! what became of it.
//!
//! The signature proves that the applicant has the key that will be certified, and covers everything
//! that is applied for; the key travels in the header. That is the way of ACME (RFC 8555 section 6.2)
//! and of OpenID4VCI's key proofs, and unlike a certificate request (RFC 2986) it has a place for
//! purposes and names in several languages.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tanda_credential::jose::{self, Header, Jwk, Jws, JwsError, SignError, Signer, VerifyingKey};
use tanda_model::{PurposeId, RelyingPartyId};
use url::{Host, Url};

use super::LocalText;
use crate::claims::{Audience, NumericDate};
use crate::oauth::Window;

/// The `typ` of an application.
pub const APPLICATION_TYP: &str = "tanda-relying-party-application+jwt";
/// The `typ` of the question what became of it.
pub const QUERY_TYP: &str = "tanda-relying-party-query+jwt";
/// The media type under which either is sent (RFC 7519 section 10.3).
pub const MEDIA_TYPE: &str = "application/jwt";

/// Somebody may type the command minutes after the clock was last set.
const WINDOW: Window = Window::new(60, 120);
/// Names are read on a phone.
const LONGEST_NAME: usize = 80;
/// More hosts than anybody asks from.
const MOST_HOSTS: usize = 20;

/// What an organisation applies for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its identifier, to be: its name in claims and addresses.
    pub id: RelyingPartyId,
    /// The name under which people know it.
    pub name: LocalText,
    /// The host names under which its requests are fetched.
    pub hosts: Vec<String>,
    /// What it wants to ask for.
    pub purposes: Vec<PurposeId>,
    /// Where people can read what it does with their data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_policy: Option<Url>,
}

/// An application and the key that signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// What is applied for.
    pub application: Application,
    /// The access key, which the applicant has.
    pub key: Jwk,
}

/// Who asks what became of their application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// As whom.
    pub id: RelyingPartyId,
    /// With which key.
    pub key: Jwk,
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    /// For whom: the authority's identifier.
    aud: Audience,
    iat: NumericDate,
    #[serde(flatten)]
    content: T,
}

#[derive(Serialize, Deserialize)]
struct Query {
    id: RelyingPartyId,
}

impl Application {
    /// Signs the application with the access key that is to be certified.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn sign(
        &self,
        authority: &str,
        key: &dyn Signer,
        now: Timestamp,
    ) -> Result<String, SignError> {
        sign(APPLICATION_TYP, self, authority, key, now)
    }

    /// Takes an application that was sent to this authority just now.
    ///
    /// # Errors
    /// [`ApplicationError`]: the first thing that is wrong.
    pub fn verify(
        token: &str,
        authority: &str,
        now: Timestamp,
    ) -> Result<Applied, ApplicationError> {
        let (envelope, key) = open::<Self>(token, APPLICATION_TYP)?;
        envelope.must_be_for(authority, now)?;
        let application = envelope.content;
        application.must_be_in_order()?;
        Ok(Applied { application, key })
    }

    /// Reads an application that was taken earlier.
    ///
    /// # Errors
    /// [`ApplicationError`] when it is not what was taken.
    pub fn read(token: &str) -> Result<Applied, ApplicationError> {
        let (envelope, key) = open::<Self>(token, APPLICATION_TYP)?;
        Ok(Applied { application: envelope.content, key })
    }

    fn must_be_in_order(&self) -> Result<(), ApplicationError> {
        let mut purposes = self.purposes.clone();
        purposes.sort_unstable_by_key(|purpose| purpose.as_str());
        purposes.dedup();
        if self.purposes.is_empty() || purposes.len() != self.purposes.len() {
            return Err(ApplicationError::Purposes);
        }
        let LocalText { en, id, zh } = &self.name;
        if ![en, id, zh].into_iter().all(|name| is_name(name)) {
            return Err(ApplicationError::Name);
        }
        let hosts = &self.hosts;
        if hosts.is_empty() || hosts.len() > MOST_HOSTS || !hosts.iter().all(|host| is_host(host)) {
            return Err(ApplicationError::Hosts);
        }
        let web = |url: &Url| matches!(url.scheme(), "https" | "http") && url.as_str().len() <= 300;
        if !self.privacy_policy.as_ref().is_none_or(web) {
            return Err(ApplicationError::PrivacyPolicy);
        }
        Ok(())
    }
}

impl Applicant {
    /// Signs the question what became of an application.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn ask(
        id: &RelyingPartyId,
        authority: &str,
        key: &dyn Signer,
        now: Timestamp,
    ) -> Result<String, SignError> {
        sign(QUERY_TYP, &Query { id: id.clone() }, authority, key, now)
    }

    /// Takes the question.
    ///
    /// # Errors
    /// [`ApplicationError`]
    pub fn verify(token: &str, authority: &str, now: Timestamp) -> Result<Self, ApplicationError> {
        let (envelope, key) = open::<Query>(token, QUERY_TYP)?;
        envelope.must_be_for(authority, now)?;
        Ok(Self { id: envelope.content.id, key })
    }
}

impl<T> Envelope<T> {
    fn must_be_for(&self, authority: &str, now: Timestamp) -> Result<(), ApplicationError> {
        if !self.aud.is_only(authority) {
            return Err(ApplicationError::Audience);
        }
        WINDOW.check(self.iat.0, now).map_err(|_| ApplicationError::Time)
    }
}

fn sign(
    typ: &str,
    content: &impl Serialize,
    authority: &str,
    key: &dyn Signer,
    now: Timestamp,
) -> Result<String, SignError> {
    let header = Header::typ(typ).with_jwk(key.public().bare());
    let aud = Audience::One(authority.to_owned());
    jose::sign(&header, &Envelope { aud, iat: NumericDate(now), content }, key)
}

/// Opens a token whose header brings the key that signed it.
fn open<T: DeserializeOwned>(
    token: &str,
    typ: &str,
) -> Result<(Envelope<T>, Jwk), ApplicationError> {
    let jws = Jws::parse(token)?;
    jws.expect_typ(typ)?;
    let key = jws.header().jwk.as_ref().ok_or(ApplicationError::Key)?.bare();
    let verifying_key = VerifyingKey::from_jwk(&key).map_err(|_| ApplicationError::Key)?;
    Ok((jws.verify(&verifying_key)?.claims()?, key))
}

fn is_name(text: &str) -> bool {
    let length = text.chars().count();
    (1..=LONGEST_NAME).contains(&length)
        && text.trim() == text
        && !text.chars().any(|symbol| symbol.is_control() || is_invisible(symbol))
}

/// Turns the direction of what is read, or cannot be seen: a name with it could pose as another.
const fn is_invisible(symbol: char) -> bool {
    matches!(symbol, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_host(text: &str) -> bool {
    matches!(Host::parse(text), Ok(Host::Domain(domain)) if domain == text) && text.len() <= 253
}

/// Why an application is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationError {
    /// No such token, a wrong signature, or malformed content.
    #[error(
        "the application is no JWT of the form that docs/integrating describes, signed with ES256: {0}"
    )]
    Token(#[from] JwsError),
    /// No key in the header.
    #[error("the header of the application must carry the access key (jwk, P-256)")]
    Key,
    /// For another authority.
    #[error("the application is for another authority (aud)")]
    Audience,
    /// Too old, or from the future.
    #[error("the application was not signed just now (iat); sign it anew, and check the clock")]
    Time,
    /// No purposes, or one twice.
    #[error("name at least one purpose, and none twice")]
    Purposes,
    /// A name is missing or not printable.
    #[error(
        "give a name of at most 80 printable characters in each of the languages en, id and zh"
    )]
    Name,
    /// A host is none.
    #[error("give 1 to 20 hosts, each a host name in lower case without scheme and port")]
    Hosts,
    /// The address of the privacy policy is none.
    #[error("the privacy policy must be a web address of at most 300 characters")]
    PrivacyPolicy,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{key, later, now};

    const AUTHORITY: &str = "https://authority.example";

    fn hotel() -> Application {
        Application {
            id: "hotel-delta".parse().unwrap(),
            name: LocalText {
                en: "Delta Inn".into(),
                id: "Wisma Delta".into(),
                zh: "三角洲旅馆".into(),
            },
            hosts: vec!["delta.example".into()],
            purposes: vec![PurposeId::HotelCheckIn],
            privacy_policy: Some("https://delta.example/privacy".parse().unwrap()),
        }
    }

    #[test]
    fn an_application_proves_its_key_and_is_for_one_authority_now() {
        let key = key(1);
        let token = hotel().sign(AUTHORITY, &key, now()).unwrap();
        let applied = Application::verify(&token, AUTHORITY, later(30)).unwrap();
        assert_eq!(applied.application, hotel());
        assert!(applied.key.same_key(key.public()));
        assert_eq!(Application::read(&token), Ok(applied));
        let verify = |authority, at| Application::verify(&token, authority, later(at)).unwrap_err();
        assert_eq!(verify("https://other.example", 0), ApplicationError::Audience);
        assert_eq!(verify(AUTHORITY, 181), ApplicationError::Time);
        assert_eq!(verify(AUTHORITY, -61), ApplicationError::Time);
        let asked = Applicant::ask(&hotel().id, AUTHORITY, &key, now()).unwrap();
        assert!(matches!(
            Application::verify(&asked, AUTHORITY, now()),
            Err(ApplicationError::Token(JwsError::Type))
        ));
        assert_eq!(Applicant::verify(&asked, AUTHORITY, now()).unwrap().id, hotel().id);
    }

    #[test]
    fn anothers_key_in_the_header_is_no_proof() {
        let (own, anothers) = (key(1), key(2));
        let header = Header::typ(APPLICATION_TYP).with_jwk(anothers.public().bare());
        let aud = Audience::One(AUTHORITY.to_owned());
        let envelope = Envelope { aud, iat: NumericDate(now()), content: hotel() };
        let forged = jose::sign(&header, &envelope, &own).unwrap();
        let refused = Application::verify(&forged, AUTHORITY, now()).unwrap_err();
        assert_eq!(refused, ApplicationError::Token(JwsError::Signature));
        let bare = jose::sign(&Header::typ(APPLICATION_TYP), &envelope, &own).unwrap();
        assert_eq!(Application::verify(&bare, AUTHORITY, now()), Err(ApplicationError::Key));
    }

    #[test]
    fn what_nobody_could_be_registered_with_is_refused() {
        let refused = |change: fn(&mut Application)| {
            let mut application = hotel();
            change(&mut application);
            let token = application.sign(AUTHORITY, &key(1), now()).unwrap();
            Application::verify(&token, AUTHORITY, now()).unwrap_err()
        };
        assert_eq!(refused(|a| a.purposes.clear()), ApplicationError::Purposes);
        let twice = |a: &mut Application| a.purposes.push(PurposeId::HotelCheckIn);
        assert_eq!(refused(twice), ApplicationError::Purposes);
        assert_eq!(refused(|a| a.name.zh.clear()), ApplicationError::Name);
        assert_eq!(refused(|a| a.name.en = "Police\u{202e}".into()), ApplicationError::Name);
        assert_eq!(refused(|a| a.name.en = "x".repeat(81)), ApplicationError::Name);
        for host in
            ["", "https://delta.example", "Delta.example", "delta.example:1", "10.0.0.1", "a b"]
        {
            let token = Application { hosts: vec![host.into()], ..hotel() };
            let token = token.sign(AUTHORITY, &key(1), now()).unwrap();
            let refused = Application::verify(&token, AUTHORITY, now());
            assert_eq!(refused, Err(ApplicationError::Hosts), "{host}");
        }
        let script = |a: &mut Application| a.privacy_policy = "javascript:alert(1)".parse().ok();
        assert_eq!(refused(script), ApplicationError::PrivacyPolicy);
    }
}
