//! Presenting what was agreed to, and nothing else.

use jiff::Timestamp;
use serde::Deserialize;
use tanda_credential::{
    jose::{KeyError, SignError},
    sd_jwt::{HeldSdJwt, KeyBinding, SdJwtError},
};
use tanda_protocol::{
    oauth::is_secure,
    vp::response::{self, ErrorCode, ResponseError, VpToken},
};
use url::{Origin, Url};

use crate::{
    Card, Consent, GuardError, KeepError, Verified, WalletState,
    consent::{FORM, decline_with},
    deletion::{Kept, delete_by},
    http::{Failure, Request, Response},
    keep::Shown,
};

/// An answer that is on its way.
#[derive(Debug)]
pub struct Sent {
    origin: Origin,
    delete_by: Timestamp,
}

/// Shows what the holder has agreed to. The copies are used up from this moment, whether the
/// request arrives or not: store the wallet before sending.
///
/// # Errors
/// [`PresentError`]: nothing was made that could be sent.
#[expect(clippy::needless_pass_by_value, reason = "what was agreed to is shown once")]
pub fn present(
    wallet: &mut WalletState,
    consent: Consent,
    now: Timestamp,
    rng: &mut impl rand::CryptoRng,
) -> Result<(Sent, Request), PresentError> {
    let request = &consent.request.request;
    let audience = request.client_id.to_string();
    let binding = KeyBinding {
        audience: &audience,
        nonce: request.nonce.as_str(),
        now,
        transaction_data: &[],
    };
    let verified = consent.verified.as_ref();
    for pick in &consent.picks {
        // Before a copy is used up.
        let card = wallet.card(&pick.card).ok_or(PresentError::CardGone)?;
        require_holder(card, verified)?;
    }
    let mut presentations = Vec::with_capacity(consent.picks.len());
    for pick in &consent.picks {
        let copy = wallet.card_mut(&pick.card).ok_or(PresentError::CardGone)?.take(now)?;
        let held = HeldSdJwt::parse(&copy.token)?;
        let key = copy.key.open(verified)?.signer()?;
        let presentation = held.present(&pick.claims)?.with_key_binding(&binding, &key)?;
        presentations.push((pick.query.clone(), presentation));
    }
    let body = response::encrypt(request, VpToken::new(presentations), rng)?;
    let to = request.response_uri.clone();
    wallet.remember(shown(&consent, now, true));
    let days = consent.registration().retention_days;
    let sent = Sent { origin: to.origin(), delete_by: delete_by(now, days) };
    Ok((sent, Request::post(to, FORM, body)))
}

/// A full card is shown by its holder alone, with keys that nobody else could have used.
fn require_holder(card: &Card, verified: Option<&Verified>) -> Result<(), PresentError> {
    if !card.needs_pin() {
        return Ok(());
    }
    if !card.is_sealed() {
        return Err(PresentError::Unsealed);
    }
    if verified.is_none() {
        return Err(GuardError::PinNeeded.into());
    }
    Ok(())
}

/// Says no, on the holder's behalf.
pub fn decline(wallet: &mut WalletState, consent: &Consent, now: Timestamp) -> Request {
    wallet.remember(shown(consent, now, false));
    decline_with(&consent.request, ErrorCode::AccessDenied)
}

fn shown(consent: &Consent, at: Timestamp, agreed: bool) -> Shown {
    let registration = consent.registration();
    Shown {
        at,
        relying_party: registration.name.en.clone(),
        purpose: registration.purpose.text.en.clone(),
        claims: consent.picks.iter().flat_map(|pick| pick.claims.clone()).collect(),
        retention_days: registration.retention_days,
        agreed,
        relying_party_id: Some(registration.relying_party.clone()),
        kept: None,
    }
}

impl Sent {
    /// What came of it: where to take the holder next, if anywhere. If something is kept of what was
    /// shown, the history says until when; store the wallet afterwards.
    ///
    /// # Errors
    /// When the relying party did not take the answer.
    pub fn outcome(
        self,
        response: &Response,
        wallet: &mut WalletState,
    ) -> Result<Option<Url>, Failure> {
        #[derive(Deserialize)]
        struct Body {
            redirect_uri: Option<Url>,
            deletion_receipt_uri: Option<Url>,
        }
        if response.is_success() && response.body.is_empty() {
            return Ok(None);
        }
        let body: Body = response.json()?;
        // Whoever took the answer says where its receipt will be, and sends the wallet nowhere else.
        let receipt = body.deletion_receipt_uri.filter(|uri| uri.origin() == self.origin);
        if let Some(uri) = receipt {
            wallet.newest_is_kept(Kept { uri, delete_by: self.delete_by, deleted: None });
        }
        Ok(body.redirect_uri.filter(is_secure))
    }
}

/// Why nothing is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresentError {
    /// The card is not in the wallet any more.
    #[error("the card is not in this wallet any more")]
    CardGone,
    /// A full card from before its keys were sealed.
    #[error("the full card's keys are not sealed: choose a PIN first")]
    Unsealed,
    /// The holder is not verified.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// No copy can be shown.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The stored copy can't be read, or lacks what was asked.
    #[error("the stored copy: {0}")]
    Copy(#[from] SdJwtError),
    /// The stored key can't be used.
    #[error("the copy's key: {0}")]
    Key(#[from] KeyError),
    /// The stored key can't sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The answer can't be encrypted.
    #[error(transparent)]
    Response(#[from] ResponseError),
}
