//! The relying parties that this verifier serves: a folder each, as the authority's registrar and
//! the operator leave it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tanda_authority::relying_parties::Certificates;
use tanda_credential::jose::{KeyError, SigningKey};
use tanda_credential::x509::Certificate;
use tanda_verifier::{RecordKey, RelyingParty};

use crate::clock;
use crate::files::{self, FileError};

/// Where one relying party's key, certificates and access code lie.
#[derive(Clone, Debug)]
pub struct RelyingPartyFolder(PathBuf);

impl RelyingPartyFolder {
    /// The folder of a relying party under the verifier's own folder.
    pub fn new(verifier: &Path, id: &str) -> Self {
        Self(verifier.join("relying-parties").join(id))
    }

    /// The private key of the access certificate (PKCS#8 DER).
    pub fn access_key(&self) -> PathBuf {
        self.0.join("access.p8")
    }

    /// The access key; a fresh one where there is none.
    ///
    /// # Errors
    /// When the file can't be used, or the key in it.
    pub fn access_key_or_new(&self) -> Result<SigningKey, AccessKeyError> {
        let file = self.access_key();
        if file.exists() {
            return Ok(SigningKey::from_pkcs8(&files::read(&file)?)?);
        }
        let key = SigningKey::generate(&mut clock::rng())?;
        files::write_private(&file, &key.to_pkcs8()?)?;
        Ok(key)
    }

    /// Keeps the certificates that an authority has issued; the verifier reads them when it starts.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn put_certificates(&self, certificates: &Certificates) -> Result<(), FileError> {
        files::write_private(&self.registrar(), &certificates.registrar_certificate)?;
        files::write_private(
            &self.registrations(),
            certificates.registrations.join("\n").as_bytes(),
        )?;
        files::write_private(&self.access_certificate(), &certificates.access_certificate)
    }

    /// The access certificate (DER).
    pub fn access_certificate(&self) -> PathBuf {
        self.0.join("access.der")
    }

    /// The registration certificates, one JWT a line.
    pub fn registrations(&self) -> PathBuf {
        self.0.join("registrations.jwt")
    }

    /// The registrar's certificate (DER) that the registrations chain to.
    pub fn registrar(&self) -> PathBuf {
        self.0.join("registrar.der")
    }

    /// The key that opens the relying party's record (32 bytes). Made when it is missing.
    pub fn record_key(&self) -> PathBuf {
        self.0.join("record.key")
    }

    /// The code with which devices become desks.
    pub fn access_code(&self) -> PathBuf {
        self.0.join("access-code")
    }
}

/// Why there is no access key.
#[derive(Debug, thiserror::Error)]
pub enum AccessKeyError {
    /// The file can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key in it can't be used.
    #[error("the access key is damaged: {0}")]
    Key(#[from] KeyError),
}

/// Why a relying party's folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RelyingPartyFolderError {
    /// A file is missing or unreadable.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file doesn't hold what it should.
    #[error("the folder of relying party {id} has a damaged {what}: have it certified again")]
    Damaged {
        /// The relying party.
        id: String,
        /// Which file.
        what: &'static str,
    },
}

/// A relying party, its record's key, and its devices' way in.
pub(super) struct Desk {
    pub(super) relying_party: RelyingParty,
    pub(super) record_key: Arc<RecordKey>,
    pub(super) access_code: String,
}

/// Loads every relying party under the verifier's folder, by id.
pub(super) fn load(verifier: &Path) -> Result<BTreeMap<String, Desk>, RelyingPartyFolderError> {
    let parent = verifier.join("relying-parties");
    let mut desks = BTreeMap::new();
    for id in files::folders(&parent)? {
        let folder = RelyingPartyFolder::new(verifier, &id);
        // It has applied, and its certificates were not fetched yet.
        if !folder.access_certificate().exists() {
            continue;
        }
        let desk = load_one(&id, &folder)?;
        desks.insert(id, desk);
    }
    Ok(desks)
}

fn load_one(id: &str, folder: &RelyingPartyFolder) -> Result<Desk, RelyingPartyFolderError> {
    let damaged = |what| RelyingPartyFolderError::Damaged { id: id.to_owned(), what };
    let key = SigningKey::from_pkcs8(&files::read(&folder.access_key())?)
        .map_err(|_| damaged("key"))?
        .with_x5c(vec![files::read(&folder.access_certificate())?]);
    let registrar = Certificate::from_der(&files::read(&folder.registrar())?)
        .map_err(|_| damaged("registrar certificate"))?;
    let registrations = files::read_text(&folder.registrations())?;
    let registrations: Vec<String> = registrations.lines().map(str::to_owned).collect();
    let record_key = record_key(&folder.record_key())?.map_err(|_| damaged("record key"))?;
    let relying_party =
        RelyingParty::new(id, Arc::new(key), &registrations, &[registrar], clock::now())
            .map_err(|_| damaged("registration"))?
            .with_record_key(record_key.public().clone());
    let access_code = files::read_text(&folder.access_code())?.trim().to_owned();
    Ok(Desk { relying_party, record_key: Arc::new(record_key), access_code })
}

/// The record key in its file; a fresh one where there is none.
fn record_key(file: &Path) -> Result<Result<RecordKey, KeyError>, FileError> {
    if file.exists() {
        return Ok(RecordKey::from_bytes(&files::read(file)?));
    }
    let key = match RecordKey::generate(&mut clock::rng()) {
        Ok(key) => key,
        Err(error) => return Ok(Err(error)),
    };
    files::write_private(file, key.to_bytes().as_slice())?;
    Ok(Ok(key))
}
