//! Records leave the register as a file: whoever needs them proposes it, a second officer confirms,
//! and then the first one fetches them, once.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use serde::{Deserialize, Serialize};
use tanda_model::{Action, ProposalId, ProposalKind, Resident, ResidentId};
use tanda_storage::authority::exports::ExportRow;
use tanda_storage::authority::proposals::ProposalRow;
use tanda_storage::{Authority as Role, Tx};

use super::lines::{LineFault, Named, lines, note_list, residents_of};
use super::settle::SettleProposalError;
use super::{Content, ProposeError, case_of, keep_about};
use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault, NotAllowed, Officer};

/// How long an export waits to be fetched once it is confirmed.
const FETCHED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Somebody whose record would leave the register.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportTarget {
    /// Who.
    pub resident: ResidentId,
    /// Their number, masked, so that a second officer can compare it with the case.
    pub masked_number: String,
}

/// What a list of numbers comes to.
#[derive(Clone, Debug)]
pub struct RecordsListing {
    /// Whose records would be in the file.
    pub targets: Vec<ExportTarget>,
    /// The lines that are left out.
    pub faults: Vec<LineFault>,
}

impl Authority {
    /// Says whose records an export would have. It is a look at everybody who is found, recorded as
    /// one; that nobody has a number shows in the count alone.
    ///
    /// # Errors
    /// [`ProposeError`]
    pub async fn preview_export(
        &self,
        numbers: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<RecordsListing, ProposeError> {
        officer.may(Action::ProposeExports)?;
        case_of(officer)?;
        let lines = lines(numbers)?;
        let (register, officer) = (self.register.clone(), officer.clone());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let found = residents_of(&mut tx, &register, &lines, &officer).await?;
                    let listing = RecordsListing::from(found);
                    let (lines, found) = (lines.len(), listing.targets.len());
                    let deed = Deed::ResidentsListed { lines, found };
                    note_list(&mut tx, &listing.residents(), deed, &officer, now).await?;
                    Ok(listing)
                })
            })
            .await
    }

    /// Proposes that the records under a list of numbers, one a line, leave the register. Lines
    /// that do not fit are left out, and named.
    ///
    /// # Errors
    /// [`ProposeError`]
    pub async fn propose_export(
        &self,
        numbers: &str,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(ProposalId, RecordsListing), ProposeError> {
        officer.may(Action::ProposeExports)?;
        let lines = lines(numbers)?;
        let (register, officer) = (self.register.clone(), officer.clone());
        let sealing = Arc::clone(&self.sealing);
        let mut rng = StdRng::from_rng(rng);
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let found = residents_of(&mut tx, &register, &lines, &officer).await?;
                    let listing = RecordsListing::from(found);
                    if listing.targets.is_empty() {
                        return Err(ProposeError::NothingFits);
                    }
                    let content = Content::Export { targets: listing.targets.clone() };
                    let residents = listing.residents();
                    let proposed = (ProposalKind::ExportRecords, &content, &residents[..]);
                    let deed = |id| Deed::ExportProposed { proposal: id };
                    let (tx, rng) = (&mut tx, &mut rng);
                    let id = keep_about(tx, &sealing, proposed, deed, &officer, now, rng).await?;
                    Ok((id, listing))
                })
            })
            .await
    }

    /// The records of an export that a second officer confirmed, as they are now, for whoever
    /// proposed it: once, within a day. Each of them is in the log, for the resident to read, before
    /// any is shown.
    ///
    /// # Errors
    /// [`SettleProposalError::Ended`] when it was fetched already or its time is over, and as the
    /// variants say.
    pub async fn fetch_export(
        &self,
        id: ProposalId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Vec<Resident>, SettleProposalError> {
        officer.may(Action::FetchExports)?;
        let (sealing, officer) = (Arc::clone(&self.sealing), officer.clone());
        let register = self.register.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_proposal(id).await?.ok_or(SettleProposalError::Unknown)?;
                    if row.proposer != officer.id() {
                        return Err(NotAllowed::NotOwnExport.into());
                    }
                    let content =
                        tx.take_export(id, now).await?.ok_or(SettleProposalError::Ended)?;
                    let Content::Export { targets } = Content::open(id, Some(&content), &sealing)?
                    else {
                        return Err(Fault::Contradiction("an export of something else").into());
                    };
                    let seen = officer.acting_for(row.reason, row.case_number);
                    let mut records = Vec::new();
                    for ExportTarget { resident, .. } in targets {
                        // Whoever was merged or erased meanwhile has no record of their own.
                        let Some(entry) = register.entry_in(&mut tx, resident).await? else {
                            continue;
                        };
                        officer.must_not_be(&entry.sealed().number_tag)?;
                        let (actor, deed) =
                            (Actor::Officer(&seen), Deed::RegisterExported { proposal: id });
                        Act { at: now, actor, resident: Some(resident), deed }
                            .record(&mut tx)
                            .await?;
                        records.push(entry.resident);
                    }
                    let (actor, count) = (Actor::Officer(&seen), records.len());
                    let deed = Deed::ExportFetched { proposal: id, records: count };
                    Act { at: now, actor, resident: None, deed }.record(&mut tx).await?;
                    Ok(records)
                })
            })
            .await
    }
}

impl RecordsListing {
    fn residents(&self) -> Vec<ResidentId> {
        self.targets.iter().map(|target| target.resident).collect()
    }
}

impl From<(Vec<Named>, Vec<LineFault>)> for RecordsListing {
    fn from((named, faults): (Vec<Named>, Vec<LineFault>)) -> Self {
        let target =
            |one: Named| ExportTarget { resident: one.resident, masked_number: one.masked_number };
        Self { targets: named.into_iter().map(target).collect(), faults }
    }
}

/// Lets whoever proposed it fetch the records; says how many there are.
pub(super) async fn carry_out(
    tx: &mut Tx<'_, Role>,
    row: &ProposalRow,
    targets: &[ExportTarget],
    officer: &Officer,
    now: Timestamp,
) -> Result<u64, SettleProposalError> {
    let mut found = 0;
    for target in targets {
        if let Some(tag) = tx.number_tag_of(target.resident).await? {
            officer.must_not_be(&tag)?;
            found += 1;
        }
    }
    let content = row.content.clone();
    let content = content.ok_or(Fault::Contradiction("an open proposal without content"))?;
    let (proposal, proposer, until) = (row.id, row.proposer, now + FETCHED_WITHIN);
    tx.insert_export(&ExportRow { proposal, proposer, until, content }).await?;
    Ok(found)
}
