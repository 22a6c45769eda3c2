//! The rows of an uploaded register file become residents when a second officer confirms.

use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use serde::{Deserialize, Serialize};
use tanda_model::{Action, ProposalId, ProposalKind, UploadId};
use tanda_storage::authority::proposals::ProposalRow;
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::{Content, ProposeError, SettleProposalError, keep};
use crate::act::{Act, Actor, Deed};
use crate::register::{FaultCode, hex, masked_number};
use crate::uploads::{UploadError, UploadStage};
use crate::{Authority, Fault, NotAllowed, Officer, SignedIn};

/// A register file that waits for a second officer: what they compare with the case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProposedImport {
    /// The file's name.
    pub name: String,
    /// SHA-256.
    pub file: [u8; 32],
    /// Rows that are left out.
    pub refused: u64,
    /// The masked numbers of those who would be added.
    pub masked_numbers: Vec<String>,
}

impl Authority {
    /// Proposes to add everybody whose row of an upload was found good.
    ///
    /// # Errors
    /// [`ProposeError`]
    pub async fn propose_import(
        &self,
        upload: UploadId,
        by: &SignedIn,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ProposalId, ProposeError> {
        officer.may(Action::ProposeImports)?;
        let (name, hash) = self.uploads.with(upload, by.id(), now, |upload| {
            match (&upload.stage, upload.hash) {
                (UploadStage::Checked { .. }, Some(hash)) => Ok((upload.name.clone(), hash)),
                _ => Err(UploadError::Gap),
            }
        })?;
        let (sealing, officer) = (Arc::clone(&self.sealing), officer.clone());
        let mut rng = StdRng::from_rng(rng);
        let proposed = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    if has_own_row(&mut tx, &hash, &officer).await? {
                        return Err(NotAllowed::OwnMatter.into());
                    }
                    let mut masked_numbers = Vec::new();
                    for sealed in tx.staged_records(&hash).await? {
                        let number = masked_number(&sealing, &sealed).map_err(Fault::from)?;
                        masked_numbers.push(number);
                    }
                    if masked_numbers.is_empty() {
                        return Err(ProposeError::NothingFits);
                    }
                    let (id, size) = (ProposalId::new(now, &mut rng), masked_numbers.len() as u64);
                    let refused = tx.count_refused(&hash).await?;
                    let content = Content::Import(ProposedImport {
                        name,
                        file: hash,
                        refused,
                        masked_numbers,
                    });
                    let proposed = (id, ProposalKind::ImportResidents, size, &content);
                    keep(&mut tx, &sealing, proposed, &officer, now, &mut rng).await?;
                    if !tx.tie_import(&hash, id).await? {
                        return Err(UploadError::Proposed.into());
                    }
                    Ok(id)
                })
            })
            .await?;
        self.uploads.forget(upload);
        Ok(proposed)
    }
}

/// Makes the staged rows residents; says how many. Whoever proposed them decides none of their
/// applications.
pub(super) async fn carry_out(
    tx: &mut Tx<'_, Role>,
    row: &ProposalRow,
    import: &ProposedImport,
    officer: &Officer,
    now: Timestamp,
) -> Result<u64, SettleProposalError> {
    let file = &import.file;
    if tx.import_proposal(file).await? != Some(row.id) {
        return Err(SettleProposalError::Ended);
    }
    if has_own_row(tx, file, officer).await? {
        return Err(NotAllowed::OwnMatter.into());
    }
    tx.refuse_overtaken(file, "number", FaultCode::NumberTaken.as_str()).await?;
    let (residents, refused) = (tx.staged_residents(file).await?, tx.count_refused(file).await?);
    let added = tx.admit_staged(file, now).await?;
    tx.end_import(file).await?;
    let actor = Actor::Officer(officer);
    let deed = Deed::RegisterImported { file_sha256: &hex(file), added, refused };
    Act { at: now, actor, resident: None, deed }.record(tx).await?;
    for id in residents {
        tx.note_hand(row.proposer, id).await?;
        let (resident, deed) = (Some(id), Deed::RegisterAdded {});
        Act { at: now, actor, resident, deed }.record(tx).await?;
    }
    Ok(added)
}

/// Whether the officer's own row is in the file.
async fn has_own_row(
    tx: &mut Tx<'_, Role>,
    file: &[u8; 32],
    officer: &Officer,
) -> Result<bool, StorageError> {
    match officer.own_number_tag() {
        Some(tag) => tx.number_is_staged(file, tag).await,
        None => Ok(false),
    }
}
