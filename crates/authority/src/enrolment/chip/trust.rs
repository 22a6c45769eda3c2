//! Whose physical cards an authority believes, as its operator says.
//!
//! A folder with one folder for each state, called as the machine readable zone has it (`IDN`). In it
//! lie, in DER or PEM, the state's country signers, link certificates to their next keys, document
//! signers whose documents don't carry them, and revocation lists; the order and the names don't
//! matter. The folder `readers` has a JSON file for each reader whose signed results are believed.

mod take;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tanda_chip::passive::{
    CertificateError, CountrySigners, CrlError, RevocationList, SignerCertificate, StoreError,
};
use tanda_credential::jose::VerifyingKey;

use super::{ChipReading, ReadingMeans};

pub use take::{Brought, Item, TakeError, Taken, Word};

/// Whose physical cards are believed: nobody's by default.
#[derive(Clone, Debug, Default)]
pub struct ChipTrust {
    signers: CountrySigners,
    sandbox: BTreeSet<String>,
    readers: BTreeMap<String, TrustedReader>,
}

/// A reader with a secure module of its own, whose word is taken for one state's cards.
#[derive(Clone, Debug)]
pub(super) struct TrustedReader {
    pub(super) key: VerifyingKey,
    pub(super) state: String,
    pub(super) sandbox: bool,
}

/// A reader's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReaderFile {
    /// Whose cards it reads.
    state: String,
    /// Its public key, a JWK on P-256.
    key: Value,
}

/// Why an operator's files are not taken.
#[derive(Debug, thiserror::Error)]
pub enum ChipTrustError {
    /// A folder or file can't be read.
    #[error("{0} can't be read: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// A file that is neither a certificate nor a revocation list.
    #[error(
        "{0} is neither a certificate ({1}) nor a revocation list ({2}) that is accepted for cards"
    )]
    Neither(PathBuf, CertificateError, CrlError),
    /// A file of a reader that is none.
    #[error(
        "{0} is no reader's file: it takes a JSON object with state (three letters) and key (a public JWK on P-256)"
    )]
    Reader(PathBuf),
    /// A file that is one, and can't be used.
    #[error("{0} can't be used: {1}")]
    Unusable(PathBuf, #[source] StoreError),
}

impl ChipTrust {
    /// Reads what lies in `folder`.
    ///
    /// # Errors
    /// [`ChipTrustError`] for the first file that is not taken: a country signer that is left out in
    /// silence would be missed at the counter.
    pub fn read(folder: &Path, now: Timestamp) -> Result<Self, ChipTrustError> {
        let mut trust = Self::default();
        for state in entries(folder)? {
            if state.ends_with(READERS) {
                trust.read_readers(&state, false)?;
            } else if state.is_dir() {
                let name = state.file_name().unwrap_or_default().to_string_lossy().into_owned();
                trust.read_state(&state, &name, now)?;
            }
        }
        Ok(trust)
    }

    /// Believes the sandbox's country as well, and knows that its cards prove nothing.
    ///
    /// # Errors
    /// [`ChipTrustError`]
    pub fn with_sandbox(
        mut self,
        folder: &Path,
        state: &str,
        now: Timestamp,
    ) -> Result<Self, ChipTrustError> {
        self.read_state(folder, state, now)?;
        self.sandbox.insert(state.to_owned());
        let readers = folder.join(READERS);
        if readers.is_dir() {
            self.read_readers(&readers, true)?;
        }
        Ok(self)
    }

    /// The country signers.
    pub const fn believed(&self) -> &CountrySigners {
        &self.signers
    }

    /// Whether the state is the sandbox's.
    pub(crate) fn is_sandbox(&self, state: &str) -> bool {
        self.sandbox.contains(state)
    }

    /// Whether whoever spoke for a card is believed now as when it was read.
    pub(super) fn still_believes(&self, read: &ChipReading, now: Timestamp) -> bool {
        if let ReadingMeans::Attested { reader } = &read.means {
            return self.reader(reader).is_some_and(|reader| reader.state == read.state);
        }
        let signer = read.signer.as_deref().and_then(|text| STANDARD.decode(text).ok());
        let signer = signer.and_then(|der| SignerCertificate::from_der(&der).ok());
        signer.is_some_and(|signer| {
            self.signers.vouch(&signer, now).is_ok_and(|state| state == read.state)
        })
    }

    /// The reader of this name, if it is registered.
    pub(super) fn reader(&self, name: &str) -> Option<&TrustedReader> {
        self.readers.get(name)
    }

    #[cfg(test)]
    pub(super) fn register_reader(&mut self, name: &str, reader: TrustedReader) {
        self.readers.insert(name.to_owned(), reader);
    }

    /// Readers: a file each, called as the reader is.
    fn read_readers(&mut self, folder: &Path, sandbox: bool) -> Result<(), ChipTrustError> {
        for path in entries(folder)? {
            if path.extension().is_none_or(|it| it != "json") {
                continue;
            }
            let bytes =
                fs::read(&path).map_err(|cause| ChipTrustError::Read(path.clone(), cause))?;
            let malformed = || ChipTrustError::Reader(path.clone());
            let file: ReaderFile = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
            let key = VerifyingKey::from_json(&file.key).map_err(|_| malformed())?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            self.readers.insert(name, TrustedReader { key, state: file.state, sandbox });
        }
        Ok(())
    }

    fn read_state(
        &mut self,
        folder: &Path,
        state: &str,
        now: Timestamp,
    ) -> Result<(), ChipTrustError> {
        let (mut links, mut lists) = (Vec::new(), Vec::new());
        for path in entries(folder)? {
            // A folder may hold notes and keys beside them.
            if !path.extension().is_some_and(|it| EXTENSIONS.iter().any(|known| it == *known)) {
                continue;
            }
            let bytes =
                fs::read(&path).map_err(|cause| ChipTrustError::Read(path.clone(), cause))?;
            let der = from_pem(&bytes).unwrap_or(bytes);
            match (SignerCertificate::from_der(&der), RevocationList::from_der(&der)) {
                (Ok(certificate), _) if !certificate.signs_certificates() => {
                    self.signers.keep_document_signer(certificate);
                }
                (Ok(certificate), _) if certificate.may_be_anchor() => {
                    let taken = self.signers.trust(certificate, state);
                    taken.map_err(|cause| ChipTrustError::Unusable(path, cause))?;
                }
                (Ok(certificate), _) => links.push((path, certificate)),
                (_, Ok(list)) => lists.push((path, list)),
                (Err(one), Err(other)) => return Err(ChipTrustError::Neither(path, one, other)),
            }
        }
        let lapsed = self.link(links, now)?;
        for (path, list) in lists {
            let is_lapsed = lapsed.iter().any(|link| list.is_issued_by(link));
            match self.signers.revoke(list) {
                // An older list beside a newer one does no harm, nor that of a key to which nothing leads
                // any more.
                Ok(()) | Err(StoreError::Older) => {}
                Err(StoreError::Untrusted) if is_lapsed => {}
                Err(cause) => return Err(ChipTrustError::Unusable(path, cause)),
            }
        }
        Ok(())
    }

    /// Links may stand on one another: those that hold are taken until none is left, or none holds. Those
    /// whose time is over, or whose old key's is, come back: they do no harm, and lead nowhere.
    fn link(
        &mut self,
        mut links: Vec<(PathBuf, SignerCertificate)>,
        now: Timestamp,
    ) -> Result<Vec<SignerCertificate>, ChipTrustError> {
        let mut lapsed = Vec::new();
        while !links.is_empty() {
            let before = links.len();
            let mut refused = None;
            links.retain(|(path, link)| match self.signers.link(link.clone(), now) {
                Ok(()) => false,
                Err(StoreError::NotValid) => {
                    lapsed.push(link.clone());
                    false
                }
                Err(cause) => {
                    refused = Some(ChipTrustError::Unusable(path.clone(), cause));
                    true
                }
            });
            match refused {
                Some(error) if links.len() == before => return Err(error),
                _ => {}
            }
        }
        Ok(lapsed)
    }
}

/// The folder of readers.
const READERS: &str = "readers";

/// The usual endings of certificates and revocation lists.
const EXTENSIONS: [&str; 5] = ["cer", "crt", "der", "pem", "crl"];

/// What lies in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ChipTrustError> {
    let read = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    let entries: Result<Vec<PathBuf>, io::Error> = read();
    let mut entries = entries.map_err(|cause| ChipTrustError::Read(folder.to_owned(), cause))?;
    entries.sort();
    Ok(entries)
}

/// The bytes between the lines of PEM, whatever they say it is; `None` if it is no PEM.
fn from_pem(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (_, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
