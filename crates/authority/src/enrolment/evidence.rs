//! The key of one application: seals the number and name as typed, frames and templates. Erasing
//! its wrapped form erases them all.

use rand::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tanda_model::EnrolmentId;
use tanda_storage::authority::enrolment::EnrolmentRow;
use zeroize::Zeroizing;

use crate::Fault;
use crate::sealing::{DataKey, Label, Sealing};

pub(super) const APPLICATION: &str = "evidence.application";
pub(super) const FRAME: &str = "evidence.frame";
pub(super) const SHOT: &str = "evidence.shot";

pub(super) struct EvidenceKey {
    key: DataKey,
    id: EnrolmentId,
}

impl EvidenceKey {
    pub(super) fn generate(
        sealing: &Sealing,
        id: EnrolmentId,
        rng: &mut impl CryptoRng,
    ) -> (Self, Vec<u8>) {
        let key = DataKey::generate(rng);
        let wrapped = sealing.wrap(&key, id.as_bytes(), rng);
        (Self { key, id }, wrapped)
    }

    pub(super) fn of(sealing: &Sealing, row: &EnrolmentRow) -> Result<Self, Fault> {
        let wrapped = row.wrapped_key.as_deref().ok_or(Fault::Contradiction("erased evidence"))?;
        Ok(Self { key: sealing.unwrap_key(wrapped, row.id.as_bytes())?, id: row.id })
    }

    pub(super) fn seal(
        &self,
        kind: &'static str,
        part: u32,
        plaintext: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Vec<u8> {
        self.key.seal(Label::new(kind, self.id.as_bytes()).part(part), plaintext, rng)
    }

    pub(super) fn seal_json(
        &self,
        kind: &'static str,
        part: u32,
        value: &impl Serialize,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Fault> {
        let json =
            serde_json::to_vec(value).map_err(|_| Fault::Contradiction("evidence without JSON"))?;
        Ok(self.seal(kind, part, &Zeroizing::new(json), rng))
    }

    pub(super) fn open(
        &self,
        kind: &'static str,
        part: u32,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        Ok(self.key.open(Label::new(kind, self.id.as_bytes()).part(part), sealed)?)
    }

    pub(super) fn open_json<T: DeserializeOwned>(
        &self,
        kind: &'static str,
        part: u32,
        sealed: &[u8],
    ) -> Result<T, Fault> {
        let json = self.open(kind, part, sealed)?;
        serde_json::from_slice(&json).map_err(|_| Fault::Contradiction("damaged evidence"))
    }
}
