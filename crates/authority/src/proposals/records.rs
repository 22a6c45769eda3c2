//! A record is corrected, or two records of one person are merged, when a second officer confirms.

use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use serde::{Deserialize, Serialize};
use tanda_model::{
    Action, AssuranceLevel, CardId, ProposalId, ProposalKind, ResidentId, ResidentNumber,
};
use tanda_storage::authority::proposals::ProposalRow;
use tanda_storage::{Authority as Role, Tx};

use super::{Content, ProposeError, SettleProposalError, case_of, keep_about};
use crate::act::{Act, Actor, Deed};
use crate::enrolment::end_of_resident;
use crate::register::{CorrectedRecord, Correction, Register, RegisterError};
use crate::{Authority, Fault, NotAllowed, Officer, cards};

/// Two records of one person.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TwinRecords {
    /// The one that stays.
    pub stays: ResidentId,
    /// The one that goes, with its card.
    pub goes: ResidentId,
}

impl Authority {
    /// Proposes to correct the record of whoever has this number.
    ///
    /// # Errors
    /// [`ProposeError`]
    pub async fn propose_correction(
        &self,
        number: &ResidentNumber,
        correction: Correction,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ProposalId, ProposeError> {
        officer.may(Action::ProposeCorrections)?;
        case_of(officer)?;
        officer.must_not_be(&self.register.number_tag(number))?;
        let entry = self.register.entry(number).await.map_err(Fault::from)?;
        let entry = entry.ok_or(ProposeError::Nobody)?;
        let models = correction.photo.is_some().then(|| self.models()).transpose()?;
        let has_more = correction.photo.is_some() || correction.fingers.is_some();
        let record = self.register.corrected(&entry, correction, models, now).await?;
        if record.before == record.after && !has_more {
            return Err(ProposeError::NothingFits);
        }
        let content = Content::Correction(Box::new(record));
        let residents = vec![entry.resident.id];
        let kind = ProposalKind::CorrectRecord;
        self.propose_for(kind, content, residents, officer, now, rng).await
    }

    /// Proposes to merge two records of one person: the one under `goes` is taken out of the
    /// register and its card revoked; whoever looks its number up finds the one under `stays`.
    ///
    /// # Errors
    /// [`ProposeError`]
    pub async fn propose_merge(
        &self,
        stays: &ResidentNumber,
        goes: &ResidentNumber,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ProposalId, ProposeError> {
        officer.may(Action::ProposeCorrections)?;
        case_of(officer)?;
        let mut found = Vec::new();
        for number in [stays, goes] {
            let tag = self.register.number_tag(number);
            officer.must_not_be(&tag)?;
            let id = self.store.reader().await?.resident_id_by_number(&tag).await?;
            found.push(id.ok_or(ProposeError::Nobody)?);
        }
        let twins = TwinRecords { stays: found[0], goes: found[1] };
        if twins.stays == twins.goes {
            return Err(ProposeError::NothingFits);
        }
        let (kind, content) = (ProposalKind::MergeRecords, Content::Merge(twins));
        self.propose_for(kind, content, found, officer, now, rng).await
    }

    async fn propose_for(
        &self,
        kind: ProposalKind,
        content: Content,
        residents: Vec<ResidentId>,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ProposalId, ProposeError> {
        let (sealing, officer) = (Arc::clone(&self.sealing), officer.clone());
        let mut rng = StdRng::from_rng(rng);
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let deed = |id| Deed::RecordChangeProposed { proposal: id, proposed: kind };
                    let proposed = (kind, &content, &residents[..]);
                    keep_about(&mut tx, &sealing, proposed, deed, &officer, now, &mut rng).await
                })
            })
            .await
    }
}

/// Corrects the record. Whoever proposed it has had a hand in it from now on.
pub(super) async fn correct(
    tx: &mut Tx<'_, Role>,
    register: &Register,
    row: &ProposalRow,
    record: &CorrectedRecord,
    officer: &Officer,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<u64, SettleProposalError> {
    let id = record.before.id;
    for number in [&record.before.number, &record.after.number] {
        officer.must_not_be(&register.number_tag(number))?;
    }
    if officer.has_entered(tx, id).await? {
        return Err(NotAllowed::OwnEntry.into());
    }
    if !register.put_corrected(tx, record, rng).await? {
        return Err(SettleProposalError::Stale);
    }
    tx.note_hand(row.proposer, id).await?;
    let (actor, deed) = (Actor::Officer(officer), Deed::RegisterCorrected { proposal: row.id });
    Act { at: now, actor, resident: Some(id), deed }.record(tx).await?;
    end_of_resident(tx, id, AssuranceLevel::Light, actor, now).await?;
    Ok(1)
}

/// Merges two records; says which card was revoked with the one that goes.
pub(super) async fn merge(
    tx: &mut Tx<'_, Role>,
    register: &Register,
    row: &ProposalRow,
    twins: TwinRecords,
    officer: &Officer,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Option<CardId>, SettleProposalError> {
    let stays = register.entry_in(tx, twins.stays).await?;
    let goes = register.entry_in(tx, twins.goes).await?;
    let (Some(stays), Some(goes)) = (stays, goes) else {
        return Err(SettleProposalError::Stale);
    };
    for record in [stays.sealed(), goes.sealed()] {
        officer.must_not_be(&record.number_tag)?;
        if officer.has_entered(tx, record.id).await? {
            return Err(NotAllowed::OwnEntry.into());
        }
    }
    let actor = Actor::Officer(officer);
    let revoked = cards::end(tx, twins.goes, actor, now).await?;
    Register::merge(tx, &goes, &stays, rng).await?;
    tx.note_hand(row.proposer, twins.stays).await?;
    for resident in [twins.stays, twins.goes] {
        let deed = Deed::RegisterMerged { proposal: row.id, into: twins.stays };
        Act { at: now, actor, resident: Some(resident), deed }.record(tx).await?;
        end_of_resident(tx, resident, AssuranceLevel::Light, actor, now).await?;
    }
    Ok(revoked)
}

impl From<RegisterError> for SettleProposalError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::NotAllowed(refused) => refused.into(),
            other => Self::Fault(other.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tanda_biometrics::finger::{FingerPosition, FingerReference, Impression};
    use tanda_model::{OfficerRole, PersonName};
    use tanda_sandbox_finger::SimulatedFinger;

    use super::*;
    use crate::officer::SignedIn;
    use crate::register::AddError;
    use crate::testing::{City, newcomer, number, photo};

    fn acting(role: OfficerRole) -> Officer {
        let (reason, case) = ("the registry office wrote".parse().unwrap(), "2026-60".parse());
        SignedIn::just_now(role, None).acting(reason, Some(case.unwrap()))
    }

    fn clerk() -> Officer {
        acting(OfficerRole::Clerk)
    }

    fn supervisor() -> Officer {
        acting(OfficerRole::Supervisor)
    }

    fn called(name: &str) -> Correction {
        Correction { name: Some(PersonName::new(name, "").unwrap()), ..Correction::default() }
    }

    async fn proposed(city: &mut City, serial: u16, correction: Correction) -> ProposalId {
        let City { authority, rng, now, .. } = city;
        authority
            .propose_correction(&number(serial), correction, &clerk(), *now, rng)
            .await
            .unwrap()
    }

    async fn confirmed(
        city: &mut City,
        id: ProposalId,
        by: &Officer,
    ) -> Result<u64, SettleProposalError> {
        let City { authority, rng, now, .. } = city;
        authority.confirm_proposal(id, by, *now, rng).await.map(|outcome| outcome.done)
    }

    async fn name(city: &City, serial: u16) -> Option<String> {
        let entry = city.authority.register.entry(&number(serial)).await.unwrap();
        entry.map(|entry| entry.resident.name.full())
    }

    #[tokio::test]
    async fn a_record_is_corrected_when_a_second_officer_confirms() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let correction = Correction {
            number: Some(number(12)),
            photo: Some(photo("02", "portrait")),
            ..called("Liemarsono")
        };
        let id = proposed(&mut city, 10, correction).await;
        assert_eq!(name(&city, 10).await.as_deref(), Some("Li"));
        assert!(!city.store_contains(b"Liemarsono"));
        let opened = city.authority.look_at_proposal(id, &supervisor(), city.now).await.unwrap();
        let Content::Correction(change) = opened.content else { panic!() };
        assert_eq!(change.after.name.full(), "Liemarsono");
        assert!(change.portrait().is_some());
        assert_eq!(opened.records[0].resident.name.full(), "Li");
        let before = opened.records[0].portrait().unwrap();

        assert_eq!(confirmed(&mut city, id, &supervisor()).await.unwrap(), 1);
        assert_eq!(name(&city, 10).await, None);
        assert_eq!(name(&city, 12).await.as_deref(), Some("Liemarsono"));
        let entry = city.authority.register.entry(&number(12)).await.unwrap().unwrap();
        assert_eq!(entry.resident.id, resident);
        assert_ne!(entry.portrait().unwrap(), before);
        let acts = city.acts(&resident.to_string()).await;
        let wanted = ["register.change-proposed", "register.unmasked", "register.corrected"];
        assert_eq!(&acts[acts.len() - 3..], wanted);
        let mut reader = city.authority.store.reader().await.unwrap();
        assert!(reader.had_a_hand(clerk().id(), resident).await.unwrap());
    }

    /// What was compared with the record as it was proves nothing of the record as it is.
    #[tokio::test]
    async fn a_correction_ends_the_residents_applications() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (full, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        let (light, _) = city.apply(&wallet, 10, "Li", "01").await;
        let id = proposed(&mut city, 10, called("Lie")).await;
        confirmed(&mut city, id, &supervisor()).await.unwrap();
        for begun in [&full, &light] {
            assert_eq!(city.view(begun).await.state, crate::enrolment::PublicState::Expired);
        }
    }

    #[tokio::test]
    async fn nobody_decides_on_what_they_entered_or_on_themselves_or_on_what_has_changed() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let id = proposed(&mut city, 10, called("Lie")).await;
        let own = city.officer_who_is(10, OfficerRole::Supervisor);
        let refused = confirmed(&mut city, id, &own).await;
        let why = NotAllowed::OwnMatter;
        assert!(matches!(refused, Err(SettleProposalError::NotAllowed(found)) if found == why));
        // Whoever corrected it once leaves it to somebody else.
        let by = supervisor().id();
        let noted: Result<(), tanda_storage::StorageError> = city
            .authority
            .store
            .write(move |mut tx| Box::pin(async move { tx.note_hand(by, resident).await }))
            .await;
        noted.unwrap();
        let refused = confirmed(&mut city, id, &supervisor()).await;
        let why = NotAllowed::OwnEntry;
        assert!(matches!(refused, Err(SettleProposalError::NotAllowed(found)) if found == why));
        // Of two corrections of one record, the second was made for what is no more.
        let other = proposed(&mut city, 10, called("Lee")).await;
        let custodian = crate::testing::officer();
        assert_eq!(confirmed(&mut city, id, &custodian).await.unwrap(), 1);
        let stale = confirmed(&mut city, other, &custodian).await;
        assert!(matches!(stale, Err(SettleProposalError::Stale)));
        assert_eq!(name(&city, 10).await.as_deref(), Some("Lie"));
        let City { authority, rng, now, .. } = &mut city;
        let same =
            authority.propose_correction(&number(10), called("Lie"), &clerk(), *now, rng).await;
        assert!(matches!(same, Err(ProposeError::NothingFits)));
    }

    #[tokio::test]
    async fn nobody_proposes_sees_or_confirms_what_is_about_themselves() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        city.resident("02", 12, "Li Li").await;
        let City { authority, rng, now, .. } = &mut city;
        let correction = authority
            .propose_correction(&number(10), called("Lie"), &clerk(), *now, rng)
            .await
            .unwrap();
        let merger =
            authority.propose_merge(&number(10), &number(12), &clerk(), *now, rng).await.unwrap();
        let own_matter = |refused: SettleProposalError| {
            matches!(refused, SettleProposalError::NotAllowed(NotAllowed::OwnMatter))
        };
        for (serial, ids) in [(10, vec![correction, merger]), (12, vec![merger])] {
            let own = city.officer_who_is(serial, OfficerRole::Supervisor);
            let City { authority, rng, now, .. } = &mut city;
            for refused in [
                authority.propose_correction(&number(serial), called("Lo"), &own, *now, rng).await,
                authority.propose_merge(&number(10), &number(12), &own, *now, rng).await,
            ] {
                let why = NotAllowed::OwnMatter;
                assert!(matches!(refused, Err(ProposeError::NotAllowed(found)) if found == why));
            }
            for id in ids {
                let seen = authority.look_at_proposal(id, &own, *now).await.unwrap_err();
                assert!(own_matter(seen));
                let done = authority.confirm_proposal(id, &own, *now, rng).await.unwrap_err();
                assert!(own_matter(done));
            }
        }
        for id in [correction, merger] {
            assert_eq!(city.acts(&id.to_string()).await, ["proposal.made"]);
        }
        assert_eq!(city.authority.register.count().await.unwrap(), 2);
        assert_eq!(name(&city, 10).await.as_deref(), Some("Li"));
    }

    #[tokio::test]
    async fn whoever_entered_the_record_that_goes_confirms_no_merger() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let goes = city.resident("02", 12, "Li Li").await;
        let City { authority, rng, now, .. } = &mut city;
        let id =
            authority.propose_merge(&number(10), &number(12), &clerk(), *now, rng).await.unwrap();
        let by = supervisor().id();
        let noted: Result<(), tanda_storage::StorageError> = city
            .authority
            .store
            .write(move |mut tx| Box::pin(async move { tx.note_hand(by, goes).await }))
            .await;
        noted.unwrap();
        let refused = confirmed(&mut city, id, &supervisor()).await;
        let why = NotAllowed::OwnEntry;
        assert!(matches!(refused, Err(SettleProposalError::NotAllowed(found)) if found == why));
        assert_eq!(city.authority.register.count().await.unwrap(), 2);
    }

    /// Two index fingers of somebody.
    fn fingers(whose: &str) -> FingerReference {
        let print = |position: FingerPosition| {
            let png = SimulatedFinger::of(whose, position.as_str()).print(1).png();
            (position, Impression::decode(&png, Some(500)).unwrap().usable_template().unwrap())
        };
        FingerReference::enrol([FingerPosition::RightIndex, FingerPosition::LeftIndex].map(print))
            .unwrap()
    }

    async fn enrolled(city: &City, serial: u16) -> Option<FingerReference> {
        let entry = city.authority.register.entry(&number(serial)).await.unwrap();
        entry.unwrap().fingers().unwrap()
    }

    #[tokio::test]
    async fn a_correction_without_fingers_leaves_them() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        city.enrol_fingers(10, fingers("Li")).await;
        let photo = Some(photo("02", "portrait"));
        let correction = Correction { number: Some(number(12)), photo, ..called("Lie") };
        let id = proposed(&mut city, 10, correction).await;
        assert_eq!(confirmed(&mut city, id, &supervisor()).await.unwrap(), 1);
        assert_eq!(enrolled(&city, 12).await, Some(fingers("Li")));
    }

    #[tokio::test]
    async fn a_merger_keeps_the_fingers_that_either_record_has() {
        for (on_stays, on_goes, after) in [
            (None, Some("Li"), Some("Li")),
            (Some("Li"), None, Some("Li")),
            (Some("Li"), Some("Wu"), Some("Li")),
            (None, None, None),
        ] {
            let mut city = City::new().await;
            city.resident("01", 10, "Li").await;
            city.resident("02", 12, "Li Li").await;
            for (serial, whose) in [(10, on_stays), (12, on_goes)] {
                if let Some(whose) = whose {
                    city.enrol_fingers(serial, fingers(whose)).await;
                }
            }
            let City { authority, rng, now, .. } = &mut city;
            let (stays, goes) = (number(10), number(12));
            let id = authority.propose_merge(&stays, &goes, &clerk(), *now, rng).await.unwrap();
            assert_eq!(confirmed(&mut city, id, &supervisor()).await.unwrap(), 2);
            assert_eq!(enrolled(&city, 10).await, after.map(fingers), "{on_stays:?} {on_goes:?}");
            assert_eq!(name(&city, 10).await.as_deref(), Some("Li"));
        }
    }

    #[tokio::test]
    async fn two_records_become_one_and_the_number_leads_there() {
        let mut city = City::new().await;
        let stays = city.resident("01", 10, "Li").await;
        let goes = city.resident("02", 12, "Li Li").await;
        let wallet = city.wallet("a");
        city.card(&wallet, 12, "Li Li", "02", 1).await;
        let City { authority, rng, now, .. } = &mut city;
        let id =
            authority.propose_merge(&number(10), &number(12), &clerk(), *now, rng).await.unwrap();
        assert_eq!(confirmed(&mut city, id, &supervisor()).await.unwrap(), 2);
        assert_eq!(city.authority.register.count().await.unwrap(), 1);
        let mut reader = city.authority.store.reader().await.unwrap();
        assert!(reader.had_a_hand(clerk().id(), stays).await.unwrap());
        drop(reader);
        let cards = city.authority.cards_of(goes).await.unwrap();
        assert!(cards.iter().all(|card| card.state.name() == "revoked"));
        // Looked up it leads to the one that stayed; to apply with it is as with any unknown number.
        let found = city.authority.register.look_up(&number(12), &clerk(), city.now).await;
        assert_eq!(found.unwrap().unwrap().id, stays);
        assert!(city.authority.register.entry(&number(12)).await.unwrap().is_none());
        // Not to whoever it is: under the number that they have now, or had when they signed in.
        for serial in [10, 12] {
            let own = city.officer_who_is(serial, OfficerRole::Supervisor);
            let found = city.authority.register.look_up(&number(12), &own, city.now).await;
            let refused = matches!(found, Err(RegisterError::NotAllowed(NotAllowed::OwnMatter)));
            assert!(refused, "{serial}: {found:?}");
        }
        // Nobody gets the number again.
        let City { authority, rng, now, .. } = &mut city;
        let new = newcomer(12, "Wu");
        let (models, picture) = (authority.models().unwrap(), photo("03", "portrait"));
        let again = authority.register.add(new, picture, &models, &clerk(), *now, rng).await;
        assert!(matches!(again, Err(AddError::NumberTaken)));
        for resident in [stays, goes] {
            let acts = city.acts(&resident.to_string()).await;
            assert!(acts.contains(&"register.merged".to_owned()));
        }
    }
}
