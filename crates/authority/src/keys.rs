//! The authority's keys and certificates, kept in one folder.
//!
//! Every private key is a PKCS#8 file of its own (mode 0600, in a folder of mode 0700) and is used
//! through [`Signer`] or [`LogSigner`] alone, so that a key in an HSM can take its place. In the sandbox one
//! authority holds the whole hierarchy; in a country the relying-party CA, the registrar and the
//! trust-list operator are other offices with folders of their own.

mod folder;

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_credential::jose::{KeyError, SignError, Signer, SigningKey};
use tanda_credential::log::{LogKey, LogSigner, LogVerifier};
use tanda_credential::x509::{self, LeafRequest, Subject, Validity};
use zeroize::Zeroizing;

use folder::Folder;

/// How long a certificate authority's certificate runs.
const CA_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365 * 10);
/// How long a signing leaf's certificate runs.
const LEAF_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365 * 2);
/// A leaf with less than this left is issued anew when the keys are loaded.
const LEAF_MARGIN: SignedDuration = SignedDuration::from_hours(24 * 60);
/// Certificates start a little early, for the sake of clocks that are slow.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

/// What the certificates say about the authority.
#[derive(Debug, Clone)]
pub struct KeyOwner {
    /// The name on the certificates, for instance `Guangzhou`.
    pub name: String,
    /// ISO 3166-1 alpha-2 code of the country.
    pub country: String,
    /// The issuer's URL: the credential issuer identifier, put into the signing leaf as a URI name.
    pub issuer: String,
}

/// A certificate authority: its key and its self-signed certificate.
#[derive(Debug, Clone)]
pub struct CertificateAuthority {
    /// Signs certificates.
    pub signer: Arc<SigningKey>,
    /// The self-signed certificate, DER.
    pub certificate: Vec<u8>,
}

/// Everything that the authority signs, seals and blinds with.
#[derive(Debug)]
pub struct Keys {
    /// Anchor of credentials and status lists; signs leaves only.
    pub issuer_ca: CertificateAuthority,
    /// Signs credentials; carries its chain without the anchor.
    pub issuer: Arc<dyn Signer>,
    /// Signs status lists, under the same anchor.
    pub status: Arc<dyn Signer>,
    /// Anchor of relying parties' access certificates.
    pub relying_party_ca: CertificateAuthority,
    /// Signs registration certificates of relying parties.
    pub registrar: Arc<dyn Signer>,
    /// Self-signed certificate of the registrar, DER.
    pub registrar_certificate: Vec<u8>,
    /// Signs the trust list.
    pub trust_list_operator: Arc<dyn Signer>,
    /// Self-signed certificate of the trust-list operator, DER: what everyone pins.
    pub trust_anchor: Vec<u8>,
    /// Signs checkpoints of the log of acts.
    pub log: Arc<dyn LogSigner>,
    /// The public key of `log` with the log's name: the issuer's address, and `/log`.
    pub log_verifier: LogVerifier,
    /// Blinds resident numbers, so that they are looked up and counted without being in the clear.
    pub numbers: hmac::Key,
    /// Derives pseudonyms.
    pub pseudonyms: hmac::Key,
    /// Derives the codes of offers, which therefore need not be stored.
    pub codes: hmac::Key,
    /// Makes nonces that prove themselves.
    pub nonces: Zeroizing<[u8; 32]>,
    /// Orders status indices.
    pub indices: hmac::Key,
    /// Wraps the keys that seal personal data at rest.
    pub master: Zeroizing<[u8; 32]>,
}

/// Why the keys could not be loaded or made.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The folder or a file in it cannot be read or written.
    #[error("the key folder cannot be used at {path}: {source}")]
    Folder {
        /// The file or folder.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file is there and is no key of the kind that belongs there.
    #[error("{path} is not a usable key: restore it from a backup")]
    Damaged {
        /// The file.
        path: String,
    },
    /// A file may be read by others than its owner.
    #[error("{path} can be read by others: run chmod 600 on it")]
    Exposed {
        /// The file.
        path: String,
    },
    /// A key could not be exported or imported.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The issuer's address cannot be a log's name.
    #[error("the log cannot be named {0}: an address has no spaces or plus signs")]
    LogName(String),
    /// A certificate could not be issued.
    #[error("a certificate could not be issued: {0}")]
    Certificate(#[from] x509::IssueError),
    /// A certificate could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Keys {
    /// Loads the keys from `folder`, making whatever is not there yet.
    ///
    /// Running it twice yields the same keys; a leaf certificate that is about to end is issued
    /// anew for the same key.
    ///
    /// # Errors
    /// [`KeysError`] when the folder cannot be used, or a file in it is damaged or exposed.
    pub fn load_or_create(
        folder: &Path,
        owner: &KeyOwner,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, KeysError> {
        let folder = Folder::open(folder)?;
        let mut maker = Maker { folder: &folder, owner, now, rng };
        let issuer_ca = maker.authority("issuer-ca", "Card Issuing CA")?;
        let issuer = maker.leaf("issuer", "Card Issuer", &issuer_ca)?;
        let status = maker.leaf("status", "Status List Issuer", &issuer_ca)?;
        let relying_party_ca = maker.authority("relying-party-ca", "Relying Party Access CA")?;
        let registrar_ca = maker.authority("registrar-ca", "Relying Party Registrar CA")?;
        let registrar = maker.leaf("registrar", "Relying Party Registrar", &registrar_ca)?;
        let operator_ca = maker.authority("trust-list-ca", "Trust List CA")?;
        let operator = maker.leaf("trust-list", "Trust List Operator", &operator_ca)?;
        let log = maker.log_key()?;
        let log_name = log_name(&owner.issuer);
        let log_verifier =
            LogVerifier::new(&log_name, log.public()).map_err(|_| KeysError::LogName(log_name))?;
        Ok(Self {
            log: Arc::new(log),
            log_verifier,
            issuer_ca,
            issuer,
            status,
            relying_party_ca,
            registrar,
            registrar_certificate: registrar_ca.certificate,
            trust_list_operator: operator,
            trust_anchor: operator_ca.certificate,
            numbers: maker.hmac("numbers")?,
            pseudonyms: maker.hmac("pseudonyms")?,
            codes: maker.hmac("codes")?,
            nonces: maker.secret("nonces")?,
            indices: maker.hmac("indices")?,
            master: maker.secret("master")?,
        })
    }
}

/// What C2SP asks for: where the log is served, without the scheme.
fn log_name(issuer: &str) -> String {
    let address = issuer.split_once("://").map_or(issuer, |(_, address)| address);
    format!("{}/log", address.trim_end_matches('/'))
}

struct Maker<'a, R> {
    folder: &'a Folder,
    owner: &'a KeyOwner,
    now: Timestamp,
    rng: &'a mut R,
}

impl<R: CryptoRng> Maker<'_, R> {
    fn key(&mut self, name: &str) -> Result<SigningKey, KeysError> {
        self.private_key(name, SigningKey::from_pkcs8, SigningKey::generate, SigningKey::to_pkcs8)
    }

    fn log_key(&mut self) -> Result<LogKey, KeysError> {
        self.private_key("log", LogKey::from_pkcs8, LogKey::generate, LogKey::to_pkcs8)
    }

    /// The private key in the file of this name; where there is none, a new one, kept there.
    fn private_key<K>(
        &mut self,
        name: &str,
        read: impl FnOnce(&[u8]) -> Result<K, KeyError>,
        generate: impl FnOnce(&mut R) -> Result<K, KeyError>,
        to_pkcs8: impl FnOnce(&K) -> Result<Zeroizing<Vec<u8>>, KeyError>,
    ) -> Result<K, KeysError> {
        let file = format!("{name}.p8");
        if let Some(bytes) = self.folder.read(&file)? {
            return read(&bytes).map_err(|_| self.folder.damaged(&file));
        }
        let key = generate(self.rng)?;
        self.folder.write(&file, &to_pkcs8(&key)?)?;
        Ok(key)
    }

    fn authority(&mut self, name: &str, role: &str) -> Result<CertificateAuthority, KeysError> {
        let signer = self.key(name)?;
        let file = format!("{name}.der");
        let certificate = match self.folder.read(&file)? {
            Some(der) => {
                self.certificate(&file, &der, &signer)?;
                der.to_vec()
            }
            None => {
                let subject = self.subject(role);
                let der = x509::issue_ca(&subject, self.validity(CA_LIFE), &signer, self.rng)?;
                self.folder.write(&file, &der)?;
                der
            }
        };
        Ok(CertificateAuthority { signer: Arc::new(signer), certificate })
    }

    fn leaf(
        &mut self,
        name: &str,
        role: &str,
        ca: &CertificateAuthority,
    ) -> Result<Arc<dyn Signer>, KeysError> {
        let key = self.key(name)?;
        let file = format!("{name}.der");
        if let Some(der) = self.folder.read(&file)? {
            let certificate = self.certificate(&file, &der, &key)?;
            if certificate.not_after() > self.now + LEAF_MARGIN {
                return Ok(Arc::new(key.with_x5c(vec![der.to_vec()])));
            }
        }
        let request = LeafRequest {
            subject: self.subject(role),
            key: key.public(),
            dns_names: Vec::new(),
            uris: vec![self.owner.issuer.clone()],
            validity: self.validity(LEAF_LIFE),
        };
        let der = x509::issue_leaf(&request, &ca.certificate, ca.signer.as_ref(), self.rng)?;
        self.folder.write(&file, &der)?;
        Ok(Arc::new(key.with_x5c(vec![der])))
    }

    fn certificate(
        &self,
        file: &str,
        der: &[u8],
        key: &SigningKey,
    ) -> Result<x509::Certificate, KeysError> {
        let damaged = || self.folder.damaged(file);
        let certificate = x509::Certificate::from_der(der).map_err(|_| damaged())?;
        if certificate.verifying_key().jwk().same_key(key.public()) {
            Ok(certificate)
        } else {
            Err(damaged())
        }
    }

    fn subject(&self, role: &str) -> Subject {
        Subject {
            common_name: format!("{} {role}", self.owner.name),
            organization: Some(self.owner.name.clone()),
            country: Some(self.owner.country.clone()),
        }
    }

    fn validity(&self, life: SignedDuration) -> Validity {
        Validity { from: self.now - EARLY, until: self.now + life }
    }

    fn secret(&mut self, name: &str) -> Result<Zeroizing<[u8; 32]>, KeysError> {
        let file = format!("{name}.key");
        if let Some(bytes) = self.folder.read(&file)? {
            let bytes: [u8; 32] = bytes[..].try_into().map_err(|_| self.folder.damaged(&file))?;
            return Ok(Zeroizing::new(bytes));
        }
        let mut bytes = Zeroizing::new([0; 32]);
        self.rng.fill_bytes(bytes.as_mut());
        self.folder.write(&file, bytes.as_ref())?;
        Ok(bytes)
    }

    fn hmac(&mut self, name: &str) -> Result<hmac::Key, KeysError> {
        Ok(hmac::Key::new(hmac::HMAC_SHA256, self.secret(name)?.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn owner() -> KeyOwner {
        KeyOwner {
            name: "Sandbox City".into(),
            country: "ID".into(),
            issuer: "http://localhost:8600".into(),
        }
    }

    fn load(folder: &Path, seed: u64, now: &str) -> Result<Keys, KeysError> {
        let mut rng = StdRng::seed_from_u64(seed);
        Keys::load_or_create(folder, &owner(), now.parse().unwrap(), &mut rng)
    }

    #[test]
    fn loaded_again_they_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let first = load(folder.path(), 1, "2026-11-01T00:00:00Z").unwrap();
        let second = load(folder.path(), 2, "2026-11-02T00:00:00Z").unwrap();
        assert!(first.issuer.public().same_key(second.issuer.public()));
        assert_eq!(first.issuer.x5c(), second.issuer.x5c());
        assert_eq!(first.trust_anchor, second.trust_anchor);
        assert_eq!(*first.master, *second.master);
        assert_eq!(first.log_verifier, second.log_verifier);
        assert_eq!(first.log_verifier.name(), "localhost:8600/log");
    }

    #[test]
    fn a_leaf_about_to_end_is_issued_anew_for_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let first = load(folder.path(), 1, "2026-11-01T00:00:00Z").unwrap();
        let later = load(folder.path(), 2, "2028-10-15T00:00:00Z").unwrap();
        assert!(first.issuer.public().same_key(later.issuer.public()));
        assert_ne!(first.issuer.x5c(), later.issuer.x5c());
        assert_eq!(first.issuer_ca.certificate, later.issuer_ca.certificate);
    }

    #[cfg(unix)]
    #[test]
    fn an_exposed_or_damaged_key_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        load(folder.path(), 1, "2026-11-01T00:00:00Z").unwrap();
        for name in ["issuer.p8", "log.p8"] {
            let file = folder.path().join(name);
            let good = std::fs::read(&file).unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
            let exposed = load(folder.path(), 1, "2026-11-01T00:00:00Z");
            assert!(matches!(exposed, Err(KeysError::Exposed { .. })), "{name}");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            std::fs::write(&file, b"no key").unwrap();
            let damaged = load(folder.path(), 1, "2026-11-01T00:00:00Z");
            assert!(matches!(damaged, Err(KeysError::Damaged { .. })), "{name}");
            std::fs::write(&file, good).unwrap();
        }
    }
}
