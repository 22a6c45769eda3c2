//! The population register: who there is, sealed; found by number, marked, looked up, filled.

mod add;
mod correct;
mod faces;
mod import;
mod look_up;
mod mark;
mod remove;
mod unmask;

use std::sync::Arc;

use aws_lc_rs::hmac;
use jiff::civil::Date;
use rand::CryptoRng;
use tanda_biometrics::Embedding;
use tanda_biometrics::finger::FingerReference;
use tanda_model::{Country, Fate, Marks, PersonName, Resident, ResidentId, ResidentNumber, Sex};
use tanda_storage::authority::import::StagedRecord;
use tanda_storage::authority::register::SealedResident;
use tanda_storage::{Authority, StorageError, Store};
use zeroize::Zeroizing;

use crate::NotAllowed;
use crate::sealing::{DataKey, Label, SealError, Sealing};

pub use add::{AddError, Added, NewResident, PortraitError};
pub use correct::{CorrectedRecord, Correction};
pub use faces::RegisteredFace;
pub use import::{
    FaultCode, Format, ImportError, ImportProgress, ImportReport, ImportRequest, RowCheck,
    RowFault, check_rows, read_fingers,
};
pub(crate) use import::{Import, STAGED_FOR, hex};
pub use mark::{Mark, MarkChange, Whom};

const RECORD: &str = "resident.record";
const PORTRAIT: &str = "resident.portrait";
const TEMPLATE: &str = "resident.template";
const FINGERS: &str = "resident.fingers";

/// The register of one authority. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Register {
    store: Store<Authority>,
    sealing: Arc<Sealing>,
    numbers: hmac::Key,
    /// What becomes of a full card whose physical card is lost.
    lost: Fate,
}

/// Why the register did not do it. Names nobody.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What is stored does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What is stored is not what was written there.
    #[error("a resident's record is damaged; restore the store from a backup")]
    Damaged,
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Nobody has this number.
    #[error("no resident has this number")]
    Unknown,
    /// A look into the register belongs to a case.
    #[error("state the number of the case that the look belongs to")]
    CaseMissing,
}

/// A resident with the key to what is sealed for them.
#[derive(Debug)]
pub struct Entry {
    /// The record.
    pub resident: Resident,
    /// The key under which everything of this resident's is sealed.
    pub key: DataKey,
    sealed: SealedResident,
}

/// A resident's parts before they are sealed.
struct Plain {
    number: ResidentNumber,
    name: PersonName,
    birth_date: Date,
    sex: Sex,
    nationalities: Vec<Country>,
    marks: Marks,
    /// JPEG.
    portrait: Zeroizing<Vec<u8>>,
    face: Embedding,
    fingers: Option<FingerReference>,
}

impl Register {
    /// The register in `store`, sealed by `sealing`, its numbers blinded by `numbers`. A full card
    /// whose physical card is `lost` meets that fate.
    pub const fn new(
        store: Store<Authority>,
        sealing: Arc<Sealing>,
        numbers: hmac::Key,
        lost: Fate,
    ) -> Self {
        Self { store, sealing, numbers, lost }
    }

    /// The keyed tag by which a number is found.
    pub fn number_tag(&self, number: &ResidentNumber) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.numbers);
        context.update(b"tanda register number ");
        context.update(number.as_str().as_bytes());
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// The resident with this number. For the authority's own proofing; officers go through
    /// [`Register::look_up`].
    ///
    /// # Errors
    /// When the store fails, or what is stored does not open.
    pub async fn entry(&self, number: &ResidentNumber) -> Result<Option<Entry>, RegisterError> {
        let tag = self.number_tag(number);
        let sealed = self.store.reader().await?.resident_by_number(&tag).await?;
        sealed.map(|sealed| open(&self.sealing, sealed)).transpose()
    }

    /// The resident of this identifier, likewise.
    ///
    /// # Errors
    /// When the store fails, or what is stored does not open.
    pub async fn entry_of(&self, id: ResidentId) -> Result<Option<Entry>, RegisterError> {
        let sealed = self.store.reader().await?.resident(id).await?;
        sealed.map(|sealed| open(&self.sealing, sealed)).transpose()
    }

    /// How many residents there are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count(&self) -> Result<u64, RegisterError> {
        Ok(self.store.reader().await?.count_residents().await?)
    }

    fn seal(
        &self,
        id: ResidentId,
        plain: Plain,
        rng: &mut impl CryptoRng,
    ) -> Result<SealedResident, RegisterError> {
        let key = DataKey::generate(rng);
        let owner = *id.as_bytes();
        let number_tag = self.number_tag(&plain.number);
        let Plain { number, name, birth_date, sex, nationalities, marks, .. } = plain;
        let resident = Resident { id, number, name, birth_date, sex, nationalities, marks };
        let template = Zeroizing::new(plain.face.to_bytes());
        Ok(SealedResident {
            id,
            number_tag,
            wrapped_key: self.sealing.wrap(&key, &owner, rng),
            sealed_record: seal_record(&key, &resident, rng)?,
            sealed_portrait: key.seal(Label::new(PORTRAIT, &owner), &plain.portrait, rng),
            sealed_template: key.seal(Label::new(TEMPLATE, &owner), template.as_ref(), rng),
            sealed_fingers: plain.fingers.map(|fingers| seal_fingers(&key, &owner, &fingers, rng)),
        })
    }
}

impl Entry {
    /// The portrait, a JPEG of head and shoulders.
    ///
    /// # Errors
    /// When what is stored does not open.
    pub fn portrait(&self) -> Result<Zeroizing<Vec<u8>>, RegisterError> {
        let label = Label::new(PORTRAIT, self.resident.id.as_bytes());
        Ok(self.key.open(label, &self.sealed.sealed_portrait)?)
    }

    /// What is compared of the portrait's face.
    ///
    /// # Errors
    /// When what is stored does not open.
    pub fn embedding(&self) -> Result<Embedding, RegisterError> {
        open_template(&self.key, self.resident.id, &self.sealed.sealed_template)
    }

    /// The fingers that are enrolled, if any are.
    ///
    /// # Errors
    /// When what is stored does not open.
    pub fn fingers(&self) -> Result<Option<FingerReference>, RegisterError> {
        let Some(sealed) = &self.sealed.sealed_fingers else { return Ok(None) };
        let bytes = self.key.open(Label::new(FINGERS, self.resident.id.as_bytes()), sealed)?;
        FingerReference::from_bytes(&bytes).map(Some).map_err(|_| RegisterError::Damaged)
    }
}

/// Opens a resident's record.
pub(crate) fn open(sealing: &Sealing, sealed: SealedResident) -> Result<Entry, RegisterError> {
    let owner = *sealed.id.as_bytes();
    let key = sealing.unwrap_key(&sealed.wrapped_key, &owner)?;
    let record = key.open(Label::new(RECORD, &owner), &sealed.sealed_record)?;
    let resident: Resident = serde_json::from_slice(&record).map_err(|_| RegisterError::Damaged)?;
    if resident.id == sealed.id {
        Ok(Entry { resident, key, sealed })
    } else {
        Err(RegisterError::Damaged)
    }
}

/// The number of a staged record, masked.
pub(crate) fn masked_number(
    sealing: &Sealing,
    staged: &StagedRecord,
) -> Result<String, RegisterError> {
    let owner = staged.id.as_bytes();
    let key = sealing.unwrap_key(&staged.wrapped_key, owner)?;
    let record = key.open(Label::new(RECORD, owner), &staged.sealed_record)?;
    let resident: Resident = serde_json::from_slice(&record).map_err(|_| RegisterError::Damaged)?;
    Ok(resident.number.masked())
}

fn seal_record(
    key: &DataKey,
    resident: &Resident,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, RegisterError> {
    let record = Zeroizing::new(serde_json::to_vec(resident).map_err(|_| RegisterError::Damaged)?);
    Ok(key.seal(Label::new(RECORD, resident.id.as_bytes()), &record, rng))
}

fn seal_fingers(
    key: &DataKey,
    owner: &[u8; 16],
    fingers: &FingerReference,
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    key.seal(Label::new(FINGERS, owner), &Zeroizing::new(fingers.to_bytes()), rng)
}

fn open_template(key: &DataKey, id: ResidentId, sealed: &[u8]) -> Result<Embedding, RegisterError> {
    let bytes = key.open(Label::new(TEMPLATE, id.as_bytes()), sealed)?;
    Embedding::from_bytes(&bytes).map_err(|_| RegisterError::Damaged)
}
