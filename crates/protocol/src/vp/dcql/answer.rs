//! The wallet's side: which credentials, and which of their claims, answer a query (OpenID4VP 1.0
//! §6.4, §7.1).

use serde_json::{Map, Value};
use tanda_credential::sd_jwt::ClaimPath;

use super::{ClaimQuery, CredentialQuery, DcqlQuery, QueryId, Wanted};

/// A credential that could be shown: an SD-JWT VC with all that it can disclose.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its type.
    pub vct: &'a str,
    /// All of its claims.
    pub claims: &'a Map<String, Value>,
}

/// One credential of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The credential query that it answers.
    pub query: QueryId,
    /// Which of the candidates.
    pub candidate: usize,
    /// The claims to disclose, and no others.
    pub claims: Vec<ClaimPath>,
}

/// Why a credential does not answer a credential query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another format.
    #[error("a credential of another format is asked")]
    Format,
    /// Another type.
    #[error("a credential of another type is asked")]
    Type,
    /// It lacks a claim.
    #[error("the credential lacks a claim")]
    Claim(ClaimPath),
    /// A claim has none of the values asked.
    #[error("a claim has another value than asked")]
    Value(ClaimPath),
}

/// No set of credentials answers the query; the reason is that of the nearest credential, if there
/// is any.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no credential answers the query")]
pub struct Unsatisfied {
    /// The credential query without an answer.
    pub query: Option<QueryId>,
    /// Why the last candidate that came near did not do.
    pub nearest: Option<Mismatch>,
}

impl DcqlQuery {
    /// Chooses the credentials that answer the query, the first candidate that fits for each, and
    /// the least claims. Optional credentials are left out: nobody is asked for less than they'd
    /// otherwise give.
    ///
    /// # Errors
    /// When a required credential isn't there.
    pub fn answer(&self, candidates: &[Candidate<'_>]) -> Result<Vec<Pick>, Unsatisfied> {
        if self.sets.is_empty() {
            return self.credentials.iter().map(|query| query.pick(candidates)).collect();
        }
        let mut picks: Vec<Pick> = Vec::new();
        for set in self.sets.iter().filter(|set| set.required) {
            let mut missing = Unsatisfied { query: None, nearest: None };
            let option = set.options.iter().find_map(|option| {
                let found = option.iter().map(|id| match self.credential(id.as_str()) {
                    Some(query) => query.pick(candidates),
                    None => Err(Unsatisfied { query: Some(id.clone()), nearest: None }),
                });
                found.collect::<Result<Vec<_>, _>>().map_err(|why| missing = why).ok()
            });
            for pick in option.ok_or(missing)? {
                if !picks.iter().any(|there| there.query == pick.query) {
                    picks.push(pick);
                }
            }
        }
        Ok(picks)
    }
}

impl CredentialQuery {
    fn pick(&self, candidates: &[Candidate<'_>]) -> Result<Pick, Unsatisfied> {
        let mut nearest = None;
        for (index, candidate) in candidates.iter().enumerate() {
            match self.choose(candidate) {
                Ok(claims) => return Ok(Pick { query: self.id.clone(), candidate: index, claims }),
                // A card of the right type that lacks something says more than a card of another
                // type.
                Err(why @ (Mismatch::Claim(_) | Mismatch::Value(_))) => nearest = Some(why),
                Err(why) => nearest = nearest.or(Some(why)),
            }
        }
        Err(Unsatisfied { query: Some(self.id.clone()), nearest })
    }

    /// The claims of this credential to disclose.
    ///
    /// # Errors
    /// Why the credential is no answer.
    pub fn choose(&self, candidate: &Candidate<'_>) -> Result<Vec<ClaimPath>, Mismatch> {
        match &self.wanted {
            Wanted::SdJwtVc { types } if types.iter().any(|vct| vct == candidate.vct) => {}
            Wanted::SdJwtVc { .. } => return Err(Mismatch::Type),
            Wanted::Mdoc { .. } | Wanted::Other { .. } => return Err(Mismatch::Format),
        }
        let mut first_mismatch = None;
        for claims in self.alternatives() {
            match claims.iter().find_map(|claim| claim.mismatch(candidate.claims)) {
                None => return Ok(claims.into_iter().map(|claim| claim.path.clone()).collect()),
                Some(why) => first_mismatch = first_mismatch.or(Some(why)),
            }
        }
        Err(first_mismatch.unwrap_or(Mismatch::Format))
    }

    /// The combinations of claims that would do, best first; never none.
    pub(super) fn alternatives(&self) -> Vec<Vec<&ClaimQuery>> {
        if self.claim_sets.is_empty() {
            return vec![self.claims.iter().collect()];
        }
        let claim = |id: &QueryId| self.claims.iter().find(|claim| claim.id.as_ref() == Some(id));
        self.claim_sets.iter().map(|set| set.iter().filter_map(claim).collect()).collect()
    }
}

impl ClaimQuery {
    pub(super) fn mismatch(&self, claims: &Map<String, Value>) -> Option<Mismatch> {
        let found = self.path.select(claims);
        if found.is_empty() {
            return Some(Mismatch::Claim(self.path.clone()));
        }
        let fits = self.values.is_empty()
            || found.iter().any(|value| self.values.iter().any(|want| want.equals(value)));
        (!fits).then(|| Mismatch::Value(self.path.clone()))
    }
}
