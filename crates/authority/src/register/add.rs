use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::CryptoRng;
use tanda_biometrics::finger::FingerReference;
use tanda_biometrics::{DetectError, Embedding, Frame, Guidance, ImageError, Models};
use tanda_model::{Action, Country, Marks, PersonName, ResidentId, ResidentNumber, Sex};
use tanda_storage::StorageError;
use zeroize::Zeroizing;

use super::{Plain, Register, RegisterError};
use crate::act::{Act, Actor, Deed};
use crate::{NotAllowed, Officer};

/// Size of a kept portrait, at most.
const PORTRAIT_BYTES: usize = 60_000;

/// A person to put into the register.
#[derive(Clone, Debug)]
pub struct NewResident {
    /// The number; not in the register yet.
    pub number: ResidentNumber,
    /// The name.
    pub name: PersonName,
    /// The date of birth; agrees with the number's, and is not in the future.
    pub birth_date: Date,
    /// Sex; agrees with the number's.
    pub sex: Sex,
    /// Nationalities; the number scheme's country when empty.
    pub nationalities: Vec<Country>,
    /// Marks from the start.
    pub marks: Marks,
}

/// A person who was put into the register.
#[derive(Clone, Copy, Debug)]
pub struct Added {
    /// Who it is.
    pub id: ResidentId,
    /// What is less than good about the portrait.
    pub warning: Option<Guidance>,
}

/// Why a person was not put into the register.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Somebody has the number.
    #[error("a resident has this number already")]
    NumberTaken,
    /// Not the date in the number.
    #[error("the birth date differs from the one in the number")]
    BirthDateDiffers,
    /// Not born yet.
    #[error("the birth date is in the future")]
    NotBorn,
    /// Not the sex in the number.
    #[error("the sex differs from the one in the number")]
    SexDiffers,
    /// The photo will not do.
    #[error(transparent)]
    Portrait(#[from] PortraitError),
    /// The register failed.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// Why a photo is no portrait.
#[derive(Debug, thiserror::Error)]
pub enum PortraitError {
    /// It is no picture that can be used.
    #[error(transparent)]
    Picture(#[from] ImageError),
    /// It does not show one face.
    #[error(transparent)]
    Face(#[from] DetectError),
}

/// A photo as the register keeps it.
pub(super) struct CheckedPortrait {
    pub(super) jpeg: Zeroizing<Vec<u8>>,
    pub(super) face: Embedding,
    pub(super) warning: Option<Guidance>,
}

/// Checks that `photo` shows one face, and cuts it to head and shoulders. Takes a while.
pub(super) fn check_portrait(
    models: &Models,
    photo: &[u8],
) -> Result<CheckedPortrait, PortraitError> {
    let frame = Frame::parse(photo)?;
    let portrait = models.enrol_portrait(&frame)?;
    let jpeg = Zeroizing::new(frame.portrait_jpeg(&portrait.face, PORTRAIT_BYTES)?);
    Ok(CheckedPortrait { jpeg, face: portrait.embedding, warning: portrait.warning })
}

impl NewResident {
    /// Checks what the parts say about each other on the day of `now`.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), AddError> {
        if !self.number.fits_birth_date(self.birth_date) {
            Err(AddError::BirthDateDiffers)
        } else if self.birth_date > today(now) {
            Err(AddError::NotBorn)
        } else if self.sex != self.number.sex() {
            Err(AddError::SexDiffers)
        } else {
            Ok(())
        }
    }

    pub(super) fn with(self, portrait: CheckedPortrait, fingers: Option<FingerReference>) -> Plain {
        let Self { number, name, birth_date, sex, mut nationalities, marks } = self;
        if nationalities.is_empty() {
            nationalities.push(number.scheme().country());
        }
        let CheckedPortrait { jpeg, face, .. } = portrait;
        let portrait = jpeg;
        Plain { number, name, birth_date, sex, nationalities, marks, portrait, face, fingers }
    }
}

/// The latest date that anywhere on earth it can be: nobody is refused for living far east.
fn today(now: Timestamp) -> Date {
    (now + jiff::SignedDuration::from_hours(14)).to_zoned_datetime(TimeZone::UTC).date()
}

impl Register {
    /// Puts one person into the register, with a photo that shows one face. The officer who did it
    /// does not decide on the resident's applications.
    ///
    /// # Errors
    /// [`AddError`]; nothing is kept then.
    pub async fn add(
        &self,
        new: NewResident,
        photo: Vec<u8>,
        models: &Arc<Models>,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Added, AddError> {
        officer.may(Action::AddResidents)?;
        officer.must_not_be(&self.number_tag(&new.number))?;
        new.check(now)?;
        let models = Arc::clone(models);
        let photo = Zeroizing::new(photo);
        let portrait = tokio::task::spawn_blocking(move || check_portrait(&models, &photo))
            .await
            .map_err(|_| RegisterError::from(StorageError::Panicked))??;
        let warning = portrait.warning;
        let id = ResidentId::new(now, rng);
        let sealed = self.seal(id, new.with(portrait, None), rng)?;
        let officer = officer.clone();
        let tag = sealed.number_tag;
        let added: Result<bool, StorageError> = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    if tx.resident_of_former_number(&tag).await?.is_some() {
                        return Ok(false);
                    }
                    tx.insert_resident(&sealed, now).await?;
                    let (actor, deed) = (Actor::Officer(&officer), Deed::RegisterAdded {});
                    Act { at: now, actor, resident: Some(id), deed }.record(&mut tx).await?;
                    officer.note_hand(&mut tx, id).await?;
                    Ok(true)
                })
            })
            .await;
        match added {
            Ok(true) => Ok(Added { id, warning }),
            Ok(false) => Err(AddError::NumberTaken),
            Err(error) if error.is_duplicate() => Err(AddError::NumberTaken),
            Err(error) => Err(RegisterError::from(error).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tanda_model::OfficerRole;

    use super::*;
    use crate::testing::{City, newcomer, photo};

    #[tokio::test]
    async fn nobody_adds_themselves() {
        let mut city = City::new().await;
        let own = city.officer_who_is(10, OfficerRole::Clerk);
        let City { authority, rng, now, .. } = &mut city;
        let (models, photo) = (authority.models().unwrap(), photo("01", "portrait"));
        let new = newcomer(10, "Li");
        let added = authority.register().add(new, photo, &models, &own, *now, rng).await;
        assert!(matches!(added, Err(AddError::NotAllowed(NotAllowed::OwnMatter))));
        assert_eq!(authority.register().count().await.unwrap(), 0);
        assert!(!city.acts_contain("register.added").await);
    }
}
