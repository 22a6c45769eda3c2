use jiff::Timestamp;
use tanda_credential::log::{Checkpoint, Hash, Span, consistency, inclusion};
use tanda_storage::StorageError;
use tanda_storage::authority::acts::ActRow;

use super::prove::Prover;
use crate::client::spend_possession;
use crate::{Authority, ClientError, ClientHeaders, Fault};

/// Acts that are shown at once.
const AT_ONCE: u32 = 100;

/// What was done about a resident, for their own wallet, with what it takes to check it.
#[derive(Debug, Clone)]
pub struct HolderActs {
    /// The newest checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// That the log which the wallet knew is the beginning of this one; empty when it knew none, or
    /// the same.
    pub consistency: Vec<Hash>,
    /// The acts, newest first.
    pub acts: Vec<ProvenAct>,
    /// Whether there are earlier ones than these.
    pub more: bool,
}

/// An act, and the proof that the log has it.
#[derive(Debug, Clone)]
pub struct ProvenAct {
    /// Which entry it is, from 0.
    pub index: u64,
    /// The entry, byte for byte as it was hashed.
    pub entry: String,
    /// From the entry to the checkpoint's root (RFC 6962 section 2.1.1).
    pub inclusion: Vec<Hash>,
}

/// Why a wallet is not shown any acts.
#[derive(Debug, thiserror::Error)]
pub enum HolderActsError {
    /// The wallet is not believed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The wallet holds no card that is live: it may be anybody's by now.
    #[error("the wallet holds no live card of this authority")]
    NoLiveCard,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for HolderActsError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// What was done about the resident whose live card the wallet holds: looks, decisions, what
    /// became of their cards. The wallet is known by its attested key, to which the card was issued.
    ///
    /// `kept` is the size of the checkpoint that the wallet has kept, 0 if none; `before` the index
    /// of the earliest act that it has already, to be shown those before it.
    ///
    /// # Errors
    /// [`HolderActsError`]
    pub async fn show_holder(
        &self,
        client: &ClientHeaders<'_>,
        kept: u64,
        before: Option<u64>,
        now: Timestamp,
    ) -> Result<HolderActs, HolderActsError> {
        let client = self.attested_client(client, None, now).map_err(ClientError::from)?;
        let wallet = client.instance_thumbprint.clone();
        let unspent = self
            .store
            .write(move |mut tx| Box::pin(async move { spend_possession(&mut tx, &client).await }));
        if !unspent.await? {
            return Err(ClientError::Replayed.into());
        }
        let card = self.store.reader().await?.live_card_of_wallet(&wallet).await?;
        let card = card.ok_or(HolderActsError::NoLiveCard)?;
        // Over what was done until now, so that all of it is proved.
        let (checkpoint, note) = match self.sign_checkpoint(now).await {
            // What was tampered with is shown under what was signed before, and does not fit it: the
            // wallet says so, and nobody is told that the service is out of order.
            Err(Fault::Log(cause)) => {
                tracing::error!(cause, "the log cannot be signed; run `tanda log verify`");
                self.last_signed().await?
            }
            signed => signed?,
        };
        let size = checkpoint.size;
        let mut reader = self.store.reader().await?;
        let before = before.map_or(size, |before| before.min(size));
        let mut rows = reader.acts_about_resident(card.resident, before + 1, AT_ONCE + 1).await?;
        let more = rows.len() > AT_ONCE as usize;
        rows.truncate(AT_ONCE as usize);
        let paths: Vec<Vec<Span>> =
            rows.iter().map(|row| inclusion::spans(row.seq - 1, size)).collect();
        let steps = consistency::spans(kept, size);
        let prover = Prover::read(&mut reader, [paths.concat(), steps.clone()].concat()).await?;
        let proven = |(row, path): (ActRow, &Vec<Span>)| ProvenAct {
            index: row.seq - 1,
            entry: row.entry,
            inclusion: prover.proof(path),
        };
        Ok(HolderActs {
            checkpoint: note,
            consistency: prover.proof(&steps),
            acts: rows.into_iter().zip(&paths).map(proven).collect(),
            more,
        })
    }

    async fn last_signed(&self) -> Result<(Checkpoint, String), Fault> {
        let row = self.newest_checkpoint().await?.ok_or(Fault::Log("nothing of it was signed"))?;
        Ok((self.signed_head(&row)?, row.note))
    }
}
