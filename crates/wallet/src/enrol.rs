//! Applying for a card: the messages of the authority's `/enrolments`.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_model::AssuranceLevel;
use url::Url;

use crate::{
    Attested,
    attested::AttestedError,
    http::{self, Failure, Request, Response, at},
};

/// What the applicant enters and agrees to.
#[derive(Serialize)]
pub struct Application<'a> {
    /// The resident number.
    pub number: &'a str,
    /// The full name.
    pub name: &'a str,
    /// The version of the consent text that was agreed to.
    pub consent: &'a str,
    /// The language of texts: `en` or `id`.
    pub locale: &'a str,
    /// The card that is applied for.
    pub level: AssuranceLevel,
}

/// Begins an application.
///
/// # Errors
/// When the wallet can't prove itself.
pub fn start(
    authority: &Url,
    application: &Application<'_>,
    attested: &Attested,
    now: Timestamp,
    rng: &mut impl rand::CryptoRng,
) -> Result<Request, AttestedError> {
    let body = serde_json::to_vec(application).unwrap_or_default();
    let request = Request::post(at(authority, &["enrolments"]), "application/json", body);
    attested.sign(request, http::identifier(authority), now, rng)
}

/// An application that has begun. Its token opens it: keep it as a secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct Enrolment {
    /// The identifier.
    pub enrolment_id: String,
    token: String,
    /// How many steps the live capture has.
    pub steps_total: u32,
    /// The first thing to do, such as `look_straight`.
    pub step: String,
    /// Until when.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Enrolment({})", self.enrolment_id)
    }
}

impl Enrolment {
    /// Reads the answer to [`start`].
    ///
    /// # Errors
    /// [`Failure`]: among others `too-many-attempts`, with the time to wait.
    pub fn read(response: &Response) -> Result<Self, Failure> {
        response.json()
    }

    /// A frame of the camera, for the step with this index.
    #[must_use]
    pub fn frame(&self, authority: &Url, step: u32, jpeg: Vec<u8>) -> Request {
        let mut url = at(authority, &["enrolments", &self.enrolment_id, "frames"]);
        url.query_pairs_mut().append_pair("step", &step.to_string());
        self.authorized(Request::post(url, "image/jpeg", jpeg))
    }

    /// All steps are done: have it decided.
    #[must_use]
    pub fn complete(&self, authority: &Url) -> Request {
        let url = at(authority, &["enrolments", &self.enrolment_id, "complete"]);
        self.authorized(Request::post(url, "application/json", b"{}".to_vec()))
    }

    /// Looks how it stands, waiting for up to `wait` seconds for a change.
    #[must_use]
    pub fn look(&self, authority: &Url, wait: u8) -> Request {
        let mut url = at(authority, &["enrolments", &self.enrolment_id]);
        url.query_pairs_mut().append_pair("wait", &wait.to_string());
        self.authorized(Request::get(url))
    }

    /// Asks for a relay to the physical card's chip, which the six digits on its face open.
    #[must_use]
    pub fn chip(&self, authority: &Url, access_number: &str) -> Request {
        let url = at(authority, &["enrolments", &self.enrolment_id, "chip"]);
        let body = serde_json::json!({ "access_number": access_number });
        self.authorized(Request::post(url, "application/json", body.to_string().into_bytes()))
    }

    /// Asks what a reader with a secure module is to sign, for a card whose chip is closed.
    #[must_use]
    pub fn chip_question(&self, authority: &Url) -> Request {
        let url = at(authority, &["enrolments", &self.enrolment_id, "chip", "question"]);
        self.authorized(Request::post(url, "application/json", b"{}".to_vec()))
    }

    /// Hands in what such a reader has signed.
    #[must_use]
    pub fn chip_attested(&self, authority: &Url, result: &str) -> Request {
        let url = at(authority, &["enrolments", &self.enrolment_id, "chip", "attested"]);
        self.authorized(Request::post(url, "application/jwt", result.as_bytes().to_vec()))
    }

    fn authorized(&self, request: Request) -> Request {
        request.with_header("authorization", format!("Bearer {}", self.token))
    }
}

/// A relay to the physical card's chip.
#[derive(Clone, Deserialize)]
pub struct Relay {
    /// The link for the reader: a secret that works once.
    pub relay: String,
    /// Until when.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relay(until {})", self.expires_at)
    }
}

impl Relay {
    /// Reads the answer to [`Enrolment::chip`].
    ///
    /// # Errors
    /// [`Failure`]: among others `too-many-attempts`, with the time to wait.
    pub fn read(response: &Response) -> Result<Self, Failure> {
        response.json()
    }
}

/// What the authority says to a frame.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Guidance {
    /// What to do better: `good`, `no_face`, `too_far`, …
    pub guidance: String,
    /// Whether the frame fulfils the step.
    pub accepted: bool,
    /// How many steps are done.
    pub done: u32,
    /// How many there are.
    pub total: u32,
    /// The next step; none when all are done.
    pub step: Option<String>,
}

impl Guidance {
    /// Reads the answer to a frame.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn read(response: &Response) -> Result<Self, Failure> {
        response.json()
    }
}

/// How an application stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Standing {
    /// In one word.
    pub state: State,
    /// When approved: what [`crate::receive`] starts from.
    #[serde(default)]
    pub credential_offer: Option<String>,
    /// When refused: from when on another application is taken.
    #[serde(default)]
    pub try_again_after: Option<Timestamp>,
    /// While evidence for the full card is gathered: what there is, and what is missing.
    #[serde(default)]
    pub gathered: Option<Gathered>,
}

/// What an application for the full card has, and what it still needs. Kinds of evidence are told by
/// the authority's words for them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Gathered {
    /// What to show at a counter.
    pub counter_code: String,
    /// Until when the rest has to be there.
    pub expires_at: Timestamp,
    /// What holds by now.
    pub held: Vec<String>,
    /// What is missing: of each choice, one will do.
    pub missing: Vec<Vec<String>>,
}

/// The states that an applicant sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Frames are awaited.
    Capturing,
    /// It is being decided.
    Deciding,
    /// An officer will decide.
    Referred,
    /// The face holds; the rest of the evidence for the full card is gathered.
    Gathering,
    /// There is a card.
    Approved,
    /// There is none; the reason is not told.
    Refused,
    /// It took too long.
    Expired,
}

impl Standing {
    /// Reads the answer to [`Enrolment::complete`] or [`Enrolment::look`].
    ///
    /// # Errors
    /// [`Failure`].
    pub fn read(response: &Response) -> Result<Self, Failure> {
        response.json()
    }
}
