//! The receipt of a check: what was asked and what came of it, signed, without any value.

use jiff::Timestamp;
use tanda_protocol::receipt::{CheckOutcome, CheckReceipt};

use crate::{NotReleased, RelyingParty, Session, Verdict, session::Answered};

impl Session {
    /// The receipt, for the browser session that may see the verdict. Made anew each time it is
    /// asked for, with the same number and the same content.
    ///
    /// # Errors
    /// [`NoReceipt`].
    pub fn receipt(
        &self,
        relying_party: &RelyingParty,
        browser_session: &str,
        now: Timestamp,
    ) -> Result<String, NoReceipt> {
        let verdict = self.verdict(browser_session)?;
        let Self::Answered(Answered { ticket, checked, .. }) = self else {
            return Err(NotReleased::NoVerdict.into());
        };
        let registered = relying_party.registration(&checked.purpose);
        let (registration, _) = registered
            .filter(|_| ticket.relying_party == *relying_party.id())
            .ok_or(NoReceipt::OtherRelyingParty)?;
        let (outcome, reason, checked_at, status_age_s) = match verdict {
            Verdict::Valid(accepted) => {
                (CheckOutcome::Valid, None, accepted.checked_at, Some(accepted.status_age_s))
            }
            Verdict::NotValid { reason, checked_at } => {
                (CheckOutcome::NotValid, Some(reason.code()), *checked_at, None)
            }
            Verdict::CannotTell { reason, checked_at } => {
                (CheckOutcome::CannotTell, Some(reason.code()), *checked_at, None)
            }
        };
        let receipt = CheckReceipt {
            relying_party: ticket.relying_party.clone(),
            name: relying_party.name().clone(),
            id: checked.receipt.as_str().to_owned(),
            issued_at: now,
            purpose: registration.purpose.clone(),
            claims: checked.claims.clone(),
            level: checked.level,
            outcome,
            reason: reason.map(str::to_owned),
            checked_at,
            status_age_s,
            desk: ticket.desk.clone(),
        };
        receipt.sign(relying_party.access_key()).map_err(|_| NoReceipt::Sign)
    }
}

/// Why there is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReceipt {
    /// There is no verdict to be seen.
    #[error(transparent)]
    NotReleased(#[from] NotReleased),
    /// Another relying party's, or it is not registered for the purpose any more.
    #[error("the check is not this relying party's")]
    OtherRelyingParty,
    /// The access key can't sign.
    #[error("the receipt can't be signed")]
    Sign,
}
