//! Organisations that apply, for the tests.

use std::sync::Arc;

use tanda_credential::jose::SigningKey;
use tanda_model::{PurposeId, RelyingPartyId};
use tanda_protocol::registration::{Applicant, Application, LocalText};

use super::{ApplyError, Certificates, ChangeRelyingPartyError, Standing, StandingError, Step};
use crate::testing::{City, ISSUER, officer};

/// Somebody who applies.
pub(crate) struct Party {
    pub(crate) id: RelyingPartyId,
    pub(crate) key: SigningKey,
}

impl Party {
    pub(crate) fn new(city: &mut City, id: &str) -> Self {
        Self { id: id.parse().unwrap(), key: SigningKey::generate(&mut city.rng).unwrap() }
    }

    pub(crate) async fn apply(
        &self,
        city: &City,
        purposes: &[PurposeId],
    ) -> Result<(), ApplyError> {
        let name = self.id.to_string();
        let application = Application {
            id: self.id.clone(),
            name: LocalText { en: name.clone(), id: name.clone(), zh: name },
            hosts: vec!["localhost".to_owned()],
            purposes: purposes.to_vec(),
            privacy_policy: None,
        };
        let token = application.sign(ISSUER, &self.key, city.now).unwrap();
        city.authority.apply_as_relying_party(&token, city.now).await.map(drop)
    }

    pub(crate) async fn register(
        &self,
        city: &mut City,
        seen: i64,
        purposes: &[PurposeId],
    ) -> Result<(), ChangeRelyingPartyError> {
        let authority = Arc::clone(&city.authority);
        let (now, by) = (city.now, officer());
        authority.register_relying_party(&self.id, seen, purposes, &by, now, &mut city.rng).await
    }

    pub(crate) async fn standing(&self, city: &mut City) -> Result<Standing, StandingError> {
        let question = Applicant::ask(&self.id, ISSUER, &self.key, city.now).unwrap();
        let authority = Arc::clone(&city.authority);
        authority.standing_of_relying_party(&question, city.now, &mut city.rng).await
    }

    pub(crate) async fn certificates(&self, city: &mut City) -> Certificates {
        self.standing(city).await.unwrap().certificates.unwrap()
    }

    pub(crate) async fn step(
        &self,
        city: &City,
        step: Step,
    ) -> Result<(), ChangeRelyingPartyError> {
        city.authority.step_relying_party(&self.id, step, &officer(), city.now).await
    }
}

/// Somebody who has applied, and is registered for what they applied for.
pub(crate) async fn registered(city: &mut City, id: &str, purposes: &[PurposeId]) -> Party {
    let party = Party::new(city, id);
    party.apply(city, purposes).await.unwrap();
    party.register(city, 0, purposes).await.unwrap();
    party
}
