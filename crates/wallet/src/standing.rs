//! The card as the authority has it, from any device that is signed in to its account: locked,
//! unlocked, given up.

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use crate::Attested;
use crate::attested::AttestedError;
use crate::http::{Failure, Request, Response, at, identifier};

/// What to ask of the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Where the card stands.
    Show,
    /// Not to be accepted until it is unlocked.
    Lock,
    /// To be accepted again.
    Unlock,
    /// Never to be accepted again.
    GiveUp,
}

/// Where the account's card stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CardStanding {
    /// `light` or `full`.
    pub level: String,
    /// `live`, `suspended` (also when it is locked) or `revoked`.
    pub state: String,
    /// The holder has locked it.
    pub locked: bool,
    /// The authority has suspended it.
    pub suspended: bool,
    /// Whether this wallet has it.
    pub here: bool,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Puts the question.
///
/// # Errors
/// When the wallet's proof cannot be made.
pub fn ask(
    question: Question,
    authority: &Url,
    attested: &Attested,
    now: Timestamp,
    rng: &mut impl rand::CryptoRng,
) -> Result<Request, AttestedError> {
    let post = |what: &str| Request::post(at(authority, &["card", what]), "application/json", "");
    let request = match question {
        Question::Show => Request::get(at(authority, &["card"])),
        Question::Lock => post("lock"),
        Question::Unlock => post("unlock"),
        Question::GiveUp => post("give-up"),
    };
    attested.sign(request, identifier(authority), now, rng)
}

/// The answer to [`ask`].
///
/// # Errors
/// When the authority refuses: `no-card` where the account has none in use.
pub fn read(response: &Response) -> Result<CardStanding, Failure> {
    response.json()
}
