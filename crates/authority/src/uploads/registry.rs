use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_model::{Action, OfficerId, UploadId};
use tanda_storage::StorageError;
use zeroize::Zeroizing;

use crate::register::{Format, ImportError, ImportProgress, RegisterError, RowFault};
use crate::{Authority, Fault, NotAllowed, SignedIn};

/// The largest register file that is taken at the console, in bytes.
pub const MOST_FILE: usize = 32 << 20;
/// The most that pictures beside it may have together, in bytes.
pub const MOST_PICTURES: usize = 64 << 20;
/// The longest name of a file or picture, in bytes.
const LONGEST_NAME: usize = 200;
/// Uploads at the same time; an officer has one.
const AT_ONCE: usize = 4;
/// How long an upload that nobody touches is kept.
const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// The uploads of this process.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Mutex<HashMap<UploadId, Upload>>);

/// What an officer is about to bring.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// The file's name, which says its format.
    pub name: String,
    /// Its size, in bytes.
    pub size: usize,
}

pub(crate) struct Upload {
    officer: OfficerId,
    pub(crate) name: String,
    pub(super) format: Format,
    size: usize,
    pub(super) file: Zeroizing<Vec<u8>>,
    pub(super) pictures: HashMap<String, Zeroizing<Vec<u8>>>,
    picture_bytes: usize,
    pub(crate) stage: UploadStage,
    /// SHA-256, once the file is complete.
    pub(crate) hash: Option<[u8; 32]>,
    touched: Timestamp,
}

/// How far an upload has come.
#[derive(Debug, Clone)]
pub enum UploadStage {
    /// The file and its pictures are on their way.
    Arriving,
    /// Its rows are being looked at.
    Checking(ImportProgress),
    /// Every row was looked at, and what is good is staged.
    Checked {
        /// Rows found good.
        good: u64,
        /// Rows refused.
        refused: u64,
        /// The first of them.
        faults: Vec<RowFault>,
    },
    /// Something broke while the rows were looked at; nothing is kept.
    Broken,
}

/// An upload, for the officer whose it is.
#[derive(Debug, Clone)]
pub struct UploadView {
    /// Bytes of the file that have arrived.
    pub arrived: usize,
    /// Bytes of the file.
    pub size: usize,
    /// Pictures that have arrived.
    pub pictures: usize,
    /// How far it has come.
    pub stage: UploadStage,
}

/// Why an upload was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such upload of this officer's, or it was left alone for too long.
    #[error("there is no such upload; begin anew")]
    Unknown,
    /// The file is larger than what is taken here.
    #[error("the file has more than {MOST_FILE} bytes")]
    FileTooLarge,
    /// The pictures are larger together than what is taken here.
    #[error("the pictures have more than {MOST_PICTURES} bytes")]
    PicturesTooLarge,
    /// Others are at it.
    #[error("{AT_ONCE} uploads are under way already")]
    TooMany,
    /// The piece does not follow the one before, or something is missing.
    #[error("the upload has a gap; begin anew")]
    Gap,
    /// It is being checked, or was.
    #[error("the upload is complete already")]
    Complete,
    /// The same file waits for a second officer.
    #[error("the same file waits for a second officer already")]
    Proposed,
    /// The file cannot be used as a whole.
    #[error(transparent)]
    File(ImportError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for UploadError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<ImportError> for UploadError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Proposed => Self::Proposed,
            ImportError::Register(RegisterError::NotAllowed(refused)) => refused.into(),
            ImportError::Register(cause) => Self::Fault(cause.into()),
            other => Self::File(other),
        }
    }
}

impl core::fmt::Debug for Upload {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Upload({:?})", self.stage)
    }
}

impl Uploads {
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<UploadId, Upload>> {
        // A panic leaves no upload half-changed: each change is one assignment or one append.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with an upload of this officer's.
    pub(crate) fn with<T>(
        &self,
        id: UploadId,
        officer: OfficerId,
        now: Timestamp,
        act: impl FnOnce(&mut Upload) -> Result<T, UploadError>,
    ) -> Result<T, UploadError> {
        let mut all = self.lock();
        let upload = all.get_mut(&id).filter(|upload| upload.officer == officer);
        let upload = upload.ok_or(UploadError::Unknown)?;
        upload.touched = now;
        act(upload)
    }

    /// Forgets an upload that has become a proposal.
    pub(crate) fn forget(&self, id: UploadId) {
        self.lock().remove(&id);
    }

    /// Takes out what nobody has touched for a while, or what else `over` says; and says which
    /// files may be staged of it.
    pub(super) fn take_out(
        &self,
        now: Timestamp,
        over: impl Fn(OfficerId) -> bool,
    ) -> Vec<[u8; 32]> {
        let mut all = self.lock();
        let ended =
            all.extract_if(|_, upload| now >= upload.touched + IDLE || over(upload.officer));
        ended.filter_map(|(_, upload)| upload.hash).collect()
    }
}

impl Upload {
    fn arriving(&mut self) -> Result<&mut Self, UploadError> {
        match self.stage {
            UploadStage::Arriving => Ok(self),
            _ => Err(UploadError::Complete),
        }
    }
}

impl Authority {
    /// An officer begins to bring a register file. An earlier upload of theirs is forgotten.
    ///
    /// # Errors
    /// [`UploadError`]
    pub async fn begin_upload(
        &self,
        new: &NewUpload,
        officer: &SignedIn,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<UploadId, UploadError> {
        officer.may(Action::ProposeImports)?;
        let format = Format::of(new.name.as_ref()).ok_or(ImportError::UnknownFormat)?;
        if new.size == 0 {
            return Err(ImportError::Empty.into());
        }
        if new.size > MOST_FILE || new.name.len() > LONGEST_NAME {
            return Err(UploadError::FileTooLarge);
        }
        for hash in self.uploads.take_out(now, |other| other == officer.id()) {
            self.forget_staged(hash).await?;
        }
        let mut all = self.uploads.lock();
        if all.len() >= AT_ONCE {
            return Err(UploadError::TooMany);
        }
        let id = UploadId::new(now, rng);
        let upload = Upload {
            officer: officer.id(),
            name: new.name.clone(),
            format,
            size: new.size,
            file: Zeroizing::new(Vec::new()),
            pictures: HashMap::new(),
            picture_bytes: 0,
            stage: UploadStage::Arriving,
            hash: None,
            touched: now,
        };
        all.insert(id, upload);
        Ok(id)
    }

    /// The next piece of the file, which begins at byte `at`.
    ///
    /// # Errors
    /// [`UploadError`]
    pub fn add_to_upload(
        &self,
        id: UploadId,
        at: usize,
        piece: &[u8],
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<(), UploadError> {
        officer.may(Action::ProposeImports)?;
        self.uploads.with(id, officer.id(), now, |upload| {
            let upload = upload.arriving()?;
            if at != upload.file.len() || at + piece.len() > upload.size {
                return Err(UploadError::Gap);
            }
            upload.file.extend_from_slice(piece);
            Ok(())
        })
    }

    /// A picture that the file's `portrait` column names.
    ///
    /// # Errors
    /// [`UploadError`]
    pub fn add_picture_to_upload(
        &self,
        id: UploadId,
        name: &str,
        picture: Vec<u8>,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<(), UploadError> {
        officer.may(Action::ProposeImports)?;
        self.uploads.with(id, officer.id(), now, |upload| {
            let upload = upload.arriving()?;
            upload.picture_bytes += picture.len();
            if upload.picture_bytes > MOST_PICTURES || name.len() > LONGEST_NAME {
                return Err(UploadError::PicturesTooLarge);
            }
            upload.pictures.insert(name.to_owned(), Zeroizing::new(picture));
            Ok(())
        })
    }

    /// How far an upload has come.
    ///
    /// # Errors
    /// [`UploadError`]
    pub fn upload(
        &self,
        id: UploadId,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<UploadView, UploadError> {
        officer.may(Action::ProposeImports)?;
        self.uploads.with(id, officer.id(), now, |upload| {
            Ok(UploadView {
                arrived: upload.file.len(),
                size: upload.size,
                pictures: upload.pictures.len(),
                stage: upload.stage.clone(),
            })
        })
    }

    /// The complete file, taken out to be checked.
    pub(super) fn complete_upload(
        &self,
        id: UploadId,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<Complete, UploadError> {
        self.uploads.with(id, officer.id(), now, |upload| {
            let upload = upload.arriving()?;
            if upload.file.len() != upload.size {
                return Err(UploadError::Gap);
            }
            Ok(Complete {
                format: upload.format,
                file: Arc::new(core::mem::take(&mut upload.file)),
                pictures: core::mem::take(&mut upload.pictures),
            })
        })
    }
}

/// A file that has arrived as a whole.
pub(super) struct Complete {
    pub(super) format: Format,
    pub(super) file: Arc<Zeroizing<Vec<u8>>>,
    pub(super) pictures: HashMap<String, Zeroizing<Vec<u8>>>,
}
