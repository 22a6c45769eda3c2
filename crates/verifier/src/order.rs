//! Several people on one order: a group's tickets. Each shows their own card to a request of its own;
//! what the order comes to is read off those requests, so that nothing can be counted twice.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tanda_model::RelyingPartyId;
use tanda_protocol::{receipt::AtDesk, vp::request::Nonce};

use crate::{
    Accepted, AskError, Flow, Question, RelyingParty, Session, Verdict, ask::browser_hash,
};

/// How long a group may take.
const LIFE: SignedDuration = SignedDuration::from_mins(30);

/// One order for several people. To be stored as JSON; it holds nothing of anybody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    id: String,
    relying_party: RelyingPartyId,
    purpose: String,
    people: u8,
    browser: String,
    expires_at: Timestamp,
}

/// What an order has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing<'a> {
    /// Everybody whose card was valid, in the order in which it was checked.
    pub travellers: Vec<Traveller<'a>>,
    /// How many places are left.
    pub places_left: u8,
}

/// Somebody whose card was valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Traveller<'a> {
    /// The request that they answered.
    pub request: &'a str,
    /// What they showed.
    pub accepted: &'a Accepted,
    /// Whether they have a place.
    pub place: Place,
}

/// Whether a traveller has a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// They have.
    Taken,
    /// Somebody who showed the very same has it already: probably the same card again.
    Twice,
    /// All places were taken before.
    Full,
}

impl Order {
    /// Begins an order for so many people.
    ///
    /// # Errors
    /// [`OrderError`], above all when the purpose is not registered for such a group.
    pub fn begin(
        relying_party: &RelyingParty,
        purpose: &str,
        people: u8,
        browser_session: &str,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Self, OrderError> {
        let (registration, _) =
            relying_party.registration(purpose).ok_or(AskError::NotRegistered)?;
        let most = registration.group;
        if !(1..=most).contains(&people) {
            return Err(OrderError::GroupSize { people, most });
        }
        Ok(Self {
            id: Nonce::mint(rng).as_str().to_owned(),
            relying_party: relying_party.id().clone(),
            purpose: purpose.to_owned(),
            people,
            browser: browser_hash(browser_session),
            expires_at: now + LIFE,
        })
    }

    /// The identifier: 128 random bits, base64url.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// For how many people.
    #[must_use]
    pub fn people(&self) -> u8 {
        self.people
    }

    /// Until when people may be added.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether this browser session began it.
    #[must_use]
    pub fn belongs_to(&self, browser_session: &str) -> bool {
        self.browser == browser_hash(browser_session)
    }

    /// What the order has come to by these sessions; those of other orders, and those without a
    /// verdict that this browser session may see, don't count.
    #[must_use]
    pub fn standing<'a>(&self, sessions: &'a [Session], browser_session: &str) -> Standing<'a> {
        let mut valid: Vec<(&str, &Accepted)> = sessions
            .iter()
            .filter(|session| session.order() == Some(self.id.as_str()))
            .filter_map(|session| match session.verdict(browser_session) {
                Ok(Verdict::Valid(accepted)) => Some((session.id(), accepted)),
                _ => None,
            })
            .collect();
        valid.sort_by_key(|(id, accepted)| (accepted.checked_at, *id));
        let mut places_left = self.people;
        let mut travellers: Vec<Traveller<'_>> = Vec::with_capacity(valid.len());
        for (request, accepted) in valid {
            let same = |one: &Traveller<'_>| one.accepted.claims == accepted.claims;
            let place = if travellers.iter().any(same) {
                Place::Twice
            } else if places_left == 0 {
                Place::Full
            } else {
                places_left -= 1;
                Place::Taken
            };
            travellers.push(Traveller { request, accepted, place });
        }
        Standing { travellers, places_left }
    }

    /// What the next of the group is to be asked.
    ///
    /// # Errors
    /// [`OrderError`]: when every place is taken, or the order is over or another's.
    pub fn next_question<'a>(
        &'a self,
        relying_party: &RelyingPartyId,
        sessions: &[Session],
        browser_session: &'a str,
        desk: AtDesk,
        now: Timestamp,
    ) -> Result<Question<'a>, OrderError> {
        if !self.belongs_to(browser_session) || self.relying_party != *relying_party {
            return Err(OrderError::Another);
        }
        if now >= self.expires_at {
            return Err(OrderError::Over);
        }
        if self.standing(sessions, browser_session).places_left == 0 {
            return Err(OrderError::Full);
        }
        Ok(Question {
            purpose: &self.purpose,
            claims: None,
            level: None,
            flow: Flow::CrossDevice,
            order: Some(&self.id),
            browser_session,
            desk,
            status_list: None,
        })
    }
}

/// Why there is no order, or nobody more is asked for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// More people than the purpose is registered for, or none.
    #[error("an order for this purpose is for 1 to {most} people, not for {people}")]
    GroupSize {
        /// How many were wanted.
        people: u8,
        /// How many may be.
        most: u8,
    },
    /// Everybody is there.
    #[error("every place of this order is taken")]
    Full,
    /// Its time is over.
    #[error("the order's time is over")]
    Over,
    /// Another browser session's, or another relying party's.
    #[error("the order is another desk's")]
    Another,
    /// It may not be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
}

impl OrderError {
    /// The stable code of the problem.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::GroupSize { .. } => "group-size",
            Self::Full => "order-full",
            Self::Over => "order-over",
            Self::Another => "not-found",
            Self::Ask(refusal) => refusal.code(),
        }
    }
}
