//! What is wrong with a record is corrected; two records of one person become one. Both are
//! proposed by one officer and done when another confirms ([`crate::proposals`]).

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tanda_biometrics::Models;
use tanda_biometrics::finger::FingerReference;
use tanda_credential::b64;
use tanda_model::{Country, PersonName, Resident, ResidentId, ResidentNumber};
use tanda_storage::authority::register::SealedResident;
use tanda_storage::{Authority as Role, StorageError, Tx};
use zeroize::Zeroizing;

use super::add::{AddError, NewResident, check_portrait};
use super::{
    Entry, FINGERS, PORTRAIT, Register, RegisterError, TEMPLATE, open, seal_fingers, seal_record,
};
use crate::sealing::Label;

/// What is to be other than it is; what is not stated stays.
#[derive(Clone, Debug, Default)]
pub struct Correction {
    /// The number.
    pub number: Option<ResidentNumber>,
    /// The name.
    pub name: Option<PersonName>,
    /// The date of birth; agrees with the number's.
    pub birth_date: Option<Date>,
    /// Nationalities, at least one.
    pub nationalities: Option<Vec<Country>>,
    /// Another photo, which shows one face.
    pub photo: Option<Vec<u8>>,
    /// Other fingers, in place of those that are enrolled.
    pub fingers: Option<FingerReference>,
}

/// A record as it is and as it would be. Sealed with the proposal.
#[derive(Clone, Serialize, Deserialize)]
pub struct CorrectedRecord {
    /// As it is.
    pub before: Resident,
    /// As it would be.
    pub after: Resident,
    portrait: Option<CheckedPhoto>,
    /// A [`FingerReference`], base64.
    #[serde(default)]
    fingers: Option<String>,
}

/// A photo that was checked and cut.
#[derive(Clone, Serialize, Deserialize)]
struct CheckedPhoto {
    /// JPEG, base64.
    jpeg: String,
    /// What is compared of its face, base64.
    template: String,
}

impl core::fmt::Debug for CheckedPhoto {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CheckedPhoto(…)")
    }
}

impl core::fmt::Debug for CorrectedRecord {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CorrectedRecord(…)")
    }
}

impl CorrectedRecord {
    /// Whether the fingers are others.
    pub const fn has_other_fingers(&self) -> bool {
        self.fingers.is_some()
    }

    /// The new portrait, if there is one: a JPEG.
    pub fn portrait(&self) -> Option<Vec<u8>> {
        self.portrait.as_ref().and_then(|photo| b64::decode_standard(&photo.jpeg).ok())
    }
}

impl Register {
    /// What a correction would make of a record; nothing is changed. Takes a while where there is a
    /// photo.
    ///
    /// # Errors
    /// [`AddError`]: what would be refused of a new resident is refused here.
    pub(crate) async fn corrected(
        &self,
        entry: &Entry,
        correction: Correction,
        models: Option<Arc<Models>>,
        now: Timestamp,
    ) -> Result<CorrectedRecord, AddError> {
        let before = entry.resident.clone();
        let Correction { number, name, birth_date, nationalities, photo, fingers } = correction;
        let number = number.unwrap_or_else(|| before.number.clone());
        let new = NewResident {
            sex: number.sex(),
            number,
            name: name.unwrap_or_else(|| before.name.clone()),
            birth_date: birth_date.unwrap_or(before.birth_date),
            nationalities: nationalities.unwrap_or_else(|| before.nationalities.clone()),
            marks: before.marks,
        };
        new.check(now)?;
        let tag = self.number_tag(&new.number);
        if new.number != before.number && self.is_taken(&tag).await? {
            return Err(AddError::NumberTaken);
        }
        let portrait = match (photo, models) {
            (Some(photo), Some(models)) => {
                let photo = Zeroizing::new(photo);
                let checked = tokio::task::spawn_blocking(move || check_portrait(&models, &photo))
                    .await
                    .map_err(|_| RegisterError::from(StorageError::Panicked))??;
                Some(CheckedPhoto {
                    jpeg: b64::encode_standard(checked.jpeg.as_slice()),
                    template: b64::encode_standard(checked.face.to_bytes()),
                })
            }
            _ => None,
        };
        let NewResident { number, name, birth_date, sex, nationalities, marks } = new;
        let id = before.id;
        let after = Resident { id, number, name, birth_date, sex, nationalities, marks };
        let fingers = fingers.map(|fingers| b64::encode_standard(fingers.to_bytes()));
        Ok(CorrectedRecord { before, after, portrait, fingers })
    }

    async fn is_taken(&self, tag: &[u8; 32]) -> Result<bool, RegisterError> {
        let mut reader = self.store.reader().await?;
        Ok(reader.resident_id_by_number(tag).await?.is_some()
            || reader.resident_of_former_number(tag).await?.is_some())
    }

    /// Opens a resident within a write.
    pub(crate) async fn entry_in(
        &self,
        tx: &mut Tx<'_, Role>,
        id: ResidentId,
    ) -> Result<Option<Entry>, RegisterError> {
        tx.resident(id).await?.map(|sealed| open(&self.sealing, sealed)).transpose()
    }

    /// Puts a corrected record into the place of the one that it was made from; says whether that
    /// one was still there.
    pub(crate) async fn put_corrected(
        &self,
        tx: &mut Tx<'_, Role>,
        record: &CorrectedRecord,
        rng: &mut impl CryptoRng,
    ) -> Result<bool, RegisterError> {
        let Some(entry) = self.entry_in(tx, record.before.id).await? else { return Ok(false) };
        if entry.resident != record.before {
            return Ok(false);
        }
        let owner = *record.after.id.as_bytes();
        let (key, old) = (entry.key, entry.sealed);
        let plain = |text: &str| {
            b64::decode_standard(text).map(Zeroizing::new).map_err(|_| RegisterError::Damaged)
        };
        let (sealed_portrait, sealed_template) = match &record.portrait {
            None => (old.sealed_portrait.clone(), old.sealed_template.clone()),
            Some(photo) => (
                key.seal(Label::new(PORTRAIT, &owner), &plain(&photo.jpeg)?, rng),
                key.seal(Label::new(TEMPLATE, &owner), &plain(&photo.template)?, rng),
            ),
        };
        let sealed_fingers = match &record.fingers {
            None => old.sealed_fingers.clone(),
            Some(fingers) => Some(key.seal(Label::new(FINGERS, &owner), &plain(fingers)?, rng)),
        };
        let new = SealedResident {
            id: record.after.id,
            number_tag: self.number_tag(&record.after.number),
            wrapped_key: old.wrapped_key.clone(),
            sealed_record: seal_record(&key, &record.after, rng)?,
            sealed_portrait,
            sealed_template,
            sealed_fingers,
        };
        let former = tx.resident_of_former_number(&new.number_tag).await?;
        if former.is_some() {
            return Ok(false);
        }
        match tx.correct_resident(&old.sealed_record, &new).await {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) if error.is_duplicate() => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if new.number_tag != old.number_tag {
            tx.change_own_number(&old.number_tag, &new.number_tag).await?;
        }
        Ok(true)
    }

    /// Takes the second record of a person out; its numbers lead to the one that stays, and its fingers
    /// are that one's where it has none.
    pub(crate) async fn merge(
        tx: &mut Tx<'_, Role>,
        goes: &Entry,
        stays: &Entry,
        rng: &mut impl CryptoRng,
    ) -> Result<(), RegisterError> {
        let (gone, stayed) = (&goes.sealed, &stays.sealed);
        if stayed.sealed_fingers.is_none()
            && let Some(fingers) = goes.fingers()?
        {
            let fingers = seal_fingers(&stays.key, stayed.id.as_bytes(), &fingers, rng);
            let with_fingers = SealedResident { sealed_fingers: Some(fingers), ..stayed.clone() };
            tx.correct_resident(&stayed.sealed_record, &with_fingers).await?;
        }
        tx.hand_numbers_over(gone, stayed.id).await?;
        tx.change_own_number(&gone.number_tag, &stayed.number_tag).await?;
        tx.remove_resident(gone.id).await?;
        Ok(())
    }
}

impl Entry {
    /// The record as it is stored.
    pub(crate) const fn sealed(&self) -> &SealedResident {
        &self.sealed
    }
}
