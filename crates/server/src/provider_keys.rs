//! The provider's keys: made at the first start, kept in its folder with mode 0600.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use rand::{CryptoRng, Rng};
use tanda_credential::jose::{KeyError, Signer, SigningKey};
use tanda_credential::x509::{self, LeafRequest, Subject, Validity};

use crate::files::{self, FileError};
use crate::pem;

/// Why a provider has no keys.
#[derive(Debug, thiserror::Error)]
pub enum ProviderKeysError {
    /// A file can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file holds no key.
    #[error("{0} is damaged: restore it from a backup, or delete it to have a new one made")]
    Damaged(PathBuf),
    /// A key could not be made.
    #[error("a key could not be made")]
    Key(#[from] KeyError),
    /// A certificate could not be made.
    #[error("a certificate could not be made")]
    Certificate(#[from] x509::IssueError),
}

/// What a provider signs and blinds with.
pub struct ProviderKeys {
    /// Signs attestations; its certificate chains to the file that trust lists carry.
    pub attestation: Arc<dyn Signer>,
    /// Keeps one account from being recognised by two authorities.
    pub pairwise: [u8; 32],
}

/// The certificate (PEM) under which the provider's attestations are believed.
pub fn certificate_path(keys: &Path) -> PathBuf {
    keys.join("attestation-ca.pem")
}

impl ProviderKeys {
    /// The keys in a folder; what is missing is made.
    pub fn load_or_create(
        folder: &Path,
        name: &str,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, ProviderKeysError> {
        files::make_private_folder(folder)?;
        let ca = key(&folder.join("attestation-ca.p8"), rng)?;
        let signer = key(&folder.join("attestation.p8"), rng)?;
        let ca_path = certificate_path(folder);
        let certificate = match pem::read(&ca_path) {
            Ok(certificate) => certificate.der().to_vec(),
            Err(_) => {
                let subject = Subject::named(format!("{name} Attestation CA"));
                let der = x509::issue_ca(&subject, years(now, 10), &ca, rng)?;
                files::write_private(&ca_path, pem::encode(&der).as_bytes())?;
                der
            }
        };
        // The leaf is issued anew at every start: it needs no file, and never runs out.
        let request = LeafRequest {
            subject: Subject::named(format!("{name} Wallet Attestation")),
            key: signer.public(),
            dns_names: Vec::new(),
            uris: Vec::new(),
            validity: years(now, 1),
        };
        let leaf = x509::issue_leaf(&request, &certificate, &ca, rng)?;
        let pairwise = secret(&folder.join("pairwise.key"), rng)?;
        Ok(Self { attestation: Arc::new(signer.with_x5c(vec![leaf])), pairwise })
    }
}

fn key(path: &Path, rng: &mut impl CryptoRng) -> Result<SigningKey, ProviderKeysError> {
    if path.exists() {
        return SigningKey::from_pkcs8(&files::read(path)?)
            .map_err(|_| ProviderKeysError::Damaged(path.to_owned()));
    }
    let key = SigningKey::generate(rng)?;
    files::write_private(path, &key.to_pkcs8()?)?;
    Ok(key)
}

fn secret(path: &Path, rng: &mut impl Rng) -> Result<[u8; 32], ProviderKeysError> {
    if path.exists() {
        return files::read(path)?
            .try_into()
            .map_err(|_| ProviderKeysError::Damaged(path.to_owned()));
    }
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    files::write_private(path, &bytes)?;
    Ok(bytes)
}

/// From a minute ago, for clocks that differ, until so many years from now.
pub(crate) fn years(now: Timestamp, years: i64) -> Validity {
    Validity { from: now - 1.minute(), until: now + (years * 365 * 24).hours() }
}
