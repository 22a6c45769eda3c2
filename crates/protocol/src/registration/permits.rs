//! The policy check: does a query stay within what is registered?

use tanda_credential::sd_jwt::{ClaimPath, PathStep};
use tanda_model::{AssuranceLevel, Claim};

use super::Registration;
use crate::vp::dcql::{DcqlQuery, Wanted};

/// What a query asks beyond the registration. Names what is asked, so that the holder or the
/// integrator can be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverAsking {
    /// A claim that is not registered for this purpose.
    #[error("a claim is asked that is not registered for this purpose: {0}")]
    Claim(ClaimPath),
    /// A pseudonym that another relying party knows, or all of them: they'd link the holder.
    #[error("another relying party's pseudonym is asked: {0}")]
    Pseudonym(ClaimPath),
    /// A higher level than is registered.
    #[error("the {asked} card is demanded, while {registered} is registered for this purpose")]
    Level {
        /// The lowest level that the query accepts.
        asked: AssuranceLevel,
        /// The level that is registered.
        registered: AssuranceLevel,
    },
    /// A credential that is no Tanda card.
    #[error("a credential is asked that is not registered for this purpose")]
    OtherCredential,
}

impl OverAsking {
    /// The stable code of the problem.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Level { .. } => "over-asking-level",
            Self::Claim(_) | Self::Pseudonym(_) | Self::OtherCredential => "over-asking-data",
        }
    }
}

impl Registration {
    /// Whether the query asks no more than is registered: no other claim, no other credential, no
    /// higher level, no other's pseudonym. Every alternative within the query counts, whether it
    /// would be chosen or not.
    ///
    /// # Errors
    /// The first thing that is asked beyond it.
    pub fn permits(&self, query: &DcqlQuery) -> Result<(), OverAsking> {
        for credential in query.credentials() {
            let Wanted::SdJwtVc { types } = &credential.wanted else {
                return Err(OverAsking::OtherCredential);
            };
            let levels = types
                .iter()
                .map(|vct| AssuranceLevel::from_vct(vct).ok_or(OverAsking::OtherCredential));
            let levels = levels.collect::<Result<Vec<_>, _>>()?;
            let asked = levels.into_iter().min().ok_or(OverAsking::OtherCredential)?;
            if asked > self.level {
                return Err(OverAsking::Level { asked, registered: self.level });
            }
            for claim in &credential.claims {
                self.permits_claim(&claim.path)?;
            }
        }
        Ok(())
    }

    fn permits_claim(&self, path: &ClaimPath) -> Result<(), OverAsking> {
        let own = ClaimPath::names(Claim::Pseudonym.path(&self.relying_party));
        // Whatever is registered: a pseudonym is for the one whose name it bears.
        if path.0.first() == own.0.first() && *path != own {
            return Err(OverAsking::Pseudonym(path.clone()));
        }
        let registered = self.claims.iter().any(|registered| reaches(&registered.0, &path.0));
        if registered { Ok(()) } else { Err(OverAsking::Claim(path.clone())) }
    }
}

/// Whether what lies at `asked` is, or is part of, what lies at `registered`.
fn reaches(registered: &[PathStep], asked: &[PathStep]) -> bool {
    registered.len() <= asked.len()
        && registered.iter().zip(asked).all(|(registered, asked)| {
            registered == asked
                || (*registered == PathStep::EVERY && matches!(asked, PathStep::Index(_)))
        })
}
