//! Checking an answer, in two steps: all that can be known from the answer itself, then the card's
//! status.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tanda_credential::{
    sd_jwt::{ClaimPath, ExpectedBinding, PathStep},
    sd_jwt_vc::{StatusReference, TrustedIssuers, VerifiedCredential, verify_presentation},
    status_list::{Age, Doubt, Outcome, StatusListToken},
};
use tanda_model::AssuranceLevel;
use tanda_protocol::vp::{
    dcql::Wanted,
    request::Nonce,
    response::{Answer, Form, ResponseError, decrypt},
};
use url::Url;

use crate::{
    Accepted, CannotTell, Entry, Issuer, NotValid, RecordError, SealedEntry, Session, Verdict,
    session::{Declined, Request},
};

/// A status list that was fetched longer ago than this is stale: "cannot tell".
pub const MAX_STATUS_AGE: SignedDuration = SignedDuration::from_secs(60);

/// The credential query of [`tanda_protocol::vp::dcql::DcqlQuery::card`].
const CARD: &str = "card";

/// What an answer came to.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made for each answer, and taken apart at once"
)]
pub enum Received {
    /// All is well so far; the status is to be looked up.
    NeedsStatus(Box<Pending>),
    /// There is nothing to look up.
    Closed(Closing),
}

/// How a session ends.
#[derive(Debug)]
pub struct Closing {
    /// Answered or declined. To replace the opened session, once.
    pub session: Session,
    /// Where the wallet is to take its holder.
    pub redirect_uri: Option<Url>,
    /// What is to be kept for the record, in the same write as the session.
    pub entry: Option<SealedEntry>,
    /// Where the wallet will find the receipt when that has been deleted.
    pub deletion_receipt_uri: Option<Url>,
}

/// A presentation that is in order but for its status.
#[derive(Debug)]
pub struct Pending {
    request: Request,
    response_code: Nonce,
    receipt: Nonce,
    credential: VerifiedCredential,
    level: AssuranceLevel,
    status: StatusReference,
}

/// What became of looking up the status.
#[derive(Clone, Copy, Debug)]
pub enum StatusEvidence<'a> {
    /// A list whose signature was checked against the trust list.
    List {
        /// The list.
        token: &'a StatusListToken,
        /// When it was fetched, by the verifier's own clock.
        fetched_at: Timestamp,
    },
    /// None could be fetched.
    Unreachable,
    /// What was fetched is no status list of a trusted issuer.
    NotGenuine,
}

/// Takes what a wallet posted to the session's `response_uri`.
///
/// # Errors
/// [`ReceiveError`] where it is no answer to this request: the session stays as it was. An answer
/// that fails a check is no error but a verdict.
pub fn receive(
    session: Session,
    form: &[u8],
    trusted: &TrustedIssuers,
    now: Timestamp,
    rng: &mut impl rand::CryptoRng,
) -> Result<Received, ReceiveError> {
    let Session::Opened(request) = session.expire(now) else {
        return Err(ReceiveError::NotOpen);
    };
    let token = match Form::parse(form)? {
        Form::Encrypted(token) => token,
        Form::Error { error, state } => {
            if state.as_deref() != Some(request.state.as_str()) {
                return Err(ReceiveError::State);
            }
            let session = Session::Declined(Declined { ticket: request.ticket, error });
            return Ok(Received::Closed(Closing {
                session,
                redirect_uri: None,
                entry: None,
                deletion_receipt_uri: None,
            }));
        }
    };
    let key = request.decryption_key.key().map_err(|_| ReceiveError::Damaged)?;
    let answer = decrypt(&token, &key, &request.nonce)?;
    if answer.state.as_ref() != Some(&request.state) {
        return Err(ReceiveError::State);
    }
    let (response_code, receipt) = (Nonce::mint(rng), Nonce::mint(rng));
    match check(&request, &answer, trusted, now) {
        Ok((credential, level, status)) => {
            let pending = Pending { request, response_code, receipt, credential, level, status };
            Ok(Received::NeedsStatus(Box::new(pending)))
        }
        Err(reason) => {
            let verdict = Verdict::NotValid { reason, checked_at: now };
            Ok(Received::Closed(request.answer(verdict, None, &response_code, receipt)))
        }
    }
}

/// Every check that needs nothing but the presentation, the request and the trust list.
fn check(
    request: &Request,
    answer: &Answer,
    trusted: &TrustedIssuers,
    now: Timestamp,
) -> Result<(VerifiedCredential, AssuranceLevel, StatusReference), NotValid> {
    let presentation = answer.vp_token.only(CARD).ok_or(NotValid::Malformed)?;
    let expected = ExpectedBinding {
        audience: &request.client_id.to_string(),
        nonce: request.nonce.as_str(),
        asked_at: request.asked_at,
        now,
        transaction_data: &[],
    };
    let credential = verify_presentation(presentation, trusted, &expected)?;
    let query = request.query.credential(CARD).ok_or(NotValid::Malformed)?;
    // What was asked for are the types of the level and of those above it.
    let asked =
        matches!(&query.wanted, Wanted::SdJwtVc { types } if types.contains(&credential.vct));
    let level = AssuranceLevel::from_vct(&credential.vct).filter(|_| asked);
    let level = level.ok_or(NotValid::LevelTooLow)?;
    query.check_disclosed(&credential.claims)?;
    // Not every issuer gives its credentials an end; ours do, and a copy without one would never
    // die.
    credential.exp.ok_or(NotValid::Malformed)?;
    let status = credential.status.clone().ok_or(NotValid::NoStatus)?;
    if request.result_only && !old_enough(query.claims.iter().map(|claim| &claim.path), &credential)
    {
        return Err(NotValid::AgeNotReached);
    }
    Ok((credential, level, status))
}

/// Whether every age that was asked for is reached.
fn old_enough<'a>(
    mut asked: impl Iterator<Item = &'a ClaimPath>,
    credential: &VerifiedCredential,
) -> bool {
    let is_age = |path: &ClaimPath| matches!(path.0.first(), Some(PathStep::Name(name)) if name == "age_equal_or_over");
    asked.all(|path| {
        !is_age(path)
            || path.select(&credential.claims).iter().all(|value| **value == Value::Bool(true))
    })
}

impl Pending {
    /// Where the card's status is.
    #[must_use]
    pub fn status(&self) -> &StatusReference {
        &self.status
    }

    /// Who issued the card, and must have signed its status list.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.credential.issuer.id
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When what is to be kept can't be sealed: the session stays as it was.
    pub fn decide(
        mut self,
        evidence: StatusEvidence<'_>,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Closing, RecordError> {
        let (verdict, kept) = match self.standing(evidence, now) {
            Ok(age) => {
                let (accepted, kept) = self.accept(age, now, rng)?;
                (Verdict::Valid(accepted), kept)
            }
            Err(Standing::NotValid(reason)) => {
                (Verdict::NotValid { reason, checked_at: now }, None)
            }
            Err(Standing::CannotTell(reason)) => {
                (Verdict::CannotTell { reason, checked_at: now }, None)
            }
        };
        Ok(self.request.answer(verdict, kept, &self.response_code, self.receipt))
    }

    /// How old the status is that says that the card is in force.
    fn standing(
        &self,
        evidence: StatusEvidence<'_>,
        now: Timestamp,
    ) -> Result<SignedDuration, Standing> {
        let (list, fetched_at) = match evidence {
            StatusEvidence::List { token, fetched_at } => (token, fetched_at),
            StatusEvidence::Unreachable => return Err(CannotTell::StatusUnreachable.into()),
            StatusEvidence::NotGenuine => return Err(CannotTell::StatusNotGenuine.into()),
        };
        match list.outcome(&self.credential, &Age { fetched_at, now, limit: MAX_STATUS_AGE }) {
            Outcome::Valid => {
                let signed = now.duration_since(list.claims.issued_at);
                Ok(signed.max(now.duration_since(fetched_at)).max(SignedDuration::ZERO))
            }
            Outcome::Revoked => Err(NotValid::Revoked.into()),
            Outcome::Suspended => Err(NotValid::Suspended.into()),
            Outcome::CannotTell(doubt) => Err(match doubt {
                Doubt::NoStatus => NotValid::NoStatus.into(),
                Doubt::OtherList | Doubt::OtherIssuer => CannotTell::StatusNotGenuine.into(),
                Doubt::Stale => CannotTell::StatusStale.into(),
                Doubt::OutOfRange | Doubt::UnknownStatus => CannotTell::StatusUnknown.into(),
            }),
        }
    }

    /// What the desk sees, and what is kept. Where a desk is to see a result alone, it does not see
    /// what is kept.
    fn accept(
        &mut self,
        age: SignedDuration,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<(Accepted, Option<(SealedEntry, Nonce)>), RecordError> {
        // Who issued the card, and until when it holds, say something of its holder.
        let more = !self.request.result_only;
        let mut claims = disclosed(&self.credential.claims);
        let kept = match self.request.keeping.take() {
            None => None,
            Some(keeping) => {
                let (kept, rest) = keeping.split(claims.clone());
                if !more {
                    claims = rest;
                }
                let ticket = &self.request.ticket;
                let desk = ticket.desk.clone();
                let entry = Entry { at: now, level: self.level, desk, claims: kept };
                Some(keeping.seal(&self.request.purpose, &ticket.relying_party, &entry, rng)?)
            }
        };
        let accepted = Accepted {
            claims,
            level: self.level,
            issuer: more.then(|| Issuer::from(&self.credential.issuer)),
            expires: self.credential.exp.filter(|_| more),
            checked_at: now,
            status_age_s: age.as_secs().unsigned_abs(),
        };
        Ok((accepted, kept))
    }
}

/// The claims that were disclosed, which are the asked ones, without the empty containers of those
/// that were not: an object whose members are disclosable one by one is always there itself.
fn disclosed(claims: &Map<String, Value>) -> Map<String, Value> {
    let full = claims.iter().filter_map(|(name, value)| match value {
        Value::Object(members) => {
            let members = disclosed(members);
            (!members.is_empty()).then(|| (name.clone(), Value::Object(members)))
        }
        other => Some((name.clone(), other.clone())),
    });
    full.collect()
}

enum Standing {
    NotValid(NotValid),
    CannotTell(CannotTell),
}

impl From<NotValid> for Standing {
    fn from(reason: NotValid) -> Self {
        Self::NotValid(reason)
    }
}

impl From<CannotTell> for Standing {
    fn from(reason: CannotTell) -> Self {
        Self::CannotTell(reason)
    }
}

/// Why what a wallet posted is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// No wallet has opened the request, or it is over.
    #[error("the request is not waiting for an answer")]
    NotOpen,
    /// The form or what it holds.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// It repeats another request's state, or none.
    #[error("the response does not repeat the request's state")]
    State,
    /// The stored session holds no key.
    #[error("the stored request is damaged")]
    Damaged,
}
