//! Takes country signers over into the folder of those that are believed.
//!
//! What a file says is a proposal until something speaks for it: a fingerprint that the operator has
//! compared, a country signer that is believed already, or a master list whose signer leads to one of
//! these (Doc 9303-12 sections 3 to 5). For the documents of which state a country signer is believed,
//! the operator says: a certificate names its country by two letters, documents by up to three, and not
//! always by those that one would guess.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tanda_chip::passive::{
    CertificateError, CountrySigners, CrlError, Fingerprint, MasterListError, RevocationList,
    SignerCertificate, StoreError, UnverifiedMasterList,
};

use super::{ChipTrust, ChipTrustError, from_pem};

/// Files that an operator brings, each read and none believed.
#[derive(Debug)]
pub struct Brought(Vec<(PathBuf, Item)>);

/// What is in a file.
#[derive(Debug)]
pub enum Item {
    /// The country signers that one state believes, signed.
    MasterList(UnverifiedMasterList),
    /// A country signer, a link to its next key, or a document signer.
    Certificate(SignerCertificate),
    /// A country signer's revocation list, with its DER.
    RevocationList(RevocationList, Vec<u8>),
}

/// What an operator stands in for.
#[derive(Clone, Debug, Default)]
pub struct Word {
    /// Country signers whose fingerprints were compared with what those who publish them name.
    pub trusted: BTreeSet<Fingerprint>,
    /// For the documents of which state a country's signers are to be believed: the two letters in
    /// certificates, and what the machine readable zone has.
    pub states: BTreeMap<String, String>,
}

/// What was laid into the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The file, within the folder.
    pub path: PathBuf,
    /// Whose it is.
    pub name: String,
}

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The folder as it is can't be read.
    #[error(transparent)]
    Folder(#[from] ChipTrustError),
    /// A file can't be read.
    #[error("{0} can't be read: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// The folder can't be written to.
    #[error("{0} can't be written: {1}")]
    Write(PathBuf, #[source] io::Error),
    /// A file of something else.
    #[error(
        "{0} is neither a certificate ({1}) nor a revocation list ({2}) nor a master list ({3}) that is accepted for cards"
    )]
    Neither(PathBuf, CertificateError, CrlError, MasterListError),
    /// A country signer that nobody speaks for.
    #[error(
        "nobody speaks for {file}: compare its fingerprint, {fingerprint}, with what its country names, and name it as trusted"
    )]
    NotTrusted {
        /// The file.
        file: PathBuf,
        /// Its fingerprint.
        fingerprint: Fingerprint,
    },
    /// A master list under a country signer that nobody speaks for.
    #[error(
        "nobody speaks for {file}: its signer was issued by the country signer with the fingerprint {fingerprint}; compare it with what that country names, and name it as trusted"
    )]
    ListNotTrusted {
        /// The file.
        file: PathBuf,
        /// The fingerprint of the country signer that it hangs from.
        fingerprint: Fingerprint,
    },
    /// A master list that is not believed.
    #[error("{0} is not believed: {1}")]
    List(PathBuf, #[source] MasterListError),
    /// A master list whose signer may be revoked.
    #[error(
        "{0} is not believed: {err}; bring the current revocation list of its signer's country along",
        err = MasterListError::Revoked
    )]
    ListRevoked(PathBuf),
    /// A country signer of a country that was not given a state.
    #[error(
        "{file} is of {country}: say for the documents of which state it is to be believed, as their machine readable zone has it"
    )]
    NoState {
        /// The file.
        file: PathBuf,
        /// The country or countries, in two letters; nothing where the certificate doesn't tell.
        country: String,
    },
    /// A fingerprint that fits nothing.
    #[error("no country signer with the fingerprint {0} is in these files")]
    NotThere(Fingerprint),
    /// A country that nothing is of.
    #[error("no country signer of {0} that is valid now is in these files")]
    NothingOf(String),
    /// A file that can't be used.
    #[error("{0} can't be used: {1}")]
    Unusable(PathBuf, #[source] StoreError),
}

impl Brought {
    /// Reads master lists, certificates and revocation lists, in DER or PEM.
    ///
    /// # Errors
    /// [`TakeError::Read`], [`TakeError::Neither`].
    pub fn read(files: Vec<PathBuf>) -> Result<Self, TakeError> {
        let read = |path: PathBuf| {
            let bytes = fs::read(&path).map_err(|cause| TakeError::Read(path.clone(), cause))?;
            let item = Item::parse(from_pem(&bytes).unwrap_or(bytes))
                .map_err(|(one, two, three)| TakeError::Neither(path.clone(), one, two, three))?;
            Ok((path, item))
        };
        files.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// What there is, file by file.
    pub fn items(&self) -> impl Iterator<Item = (&Path, &Item)> {
        self.0.iter().map(|(path, item)| (path.as_path(), item))
    }

    /// Lays into `folder` what can be believed by the operator's word, or by what lies there already:
    /// everything, or nothing where something can't.
    ///
    /// # Errors
    /// [`TakeError`].
    pub fn take(self, folder: &Path, word: &Word, now: Timestamp) -> Result<Vec<Taken>, TakeError> {
        let believed = ChipTrust::read(folder, now)?.signers;
        let mut taking =
            Taking { word, now, believed, laid: Vec::new(), spoken_for: BTreeSet::new() };
        let (mut lists, mut others, mut revocations) = (Vec::new(), Vec::new(), Vec::new());
        for (path, item) in self.0 {
            match item {
                Item::MasterList(list) => lists.push((path, list)),
                Item::RevocationList(list, der) => revocations.push((path, list, der)),
                Item::Certificate(certificate) if certificate.may_be_anchor() => {
                    taking.country_signer(&path, &certificate)?;
                }
                Item::Certificate(certificate) => others.push((path, certificate)),
            }
        }
        let mut of_lists = BTreeSet::new();
        for (path, list) in &lists {
            taking.master_list(path, list, &revocations, &mut of_lists)?;
        }
        taking.issued(others)?;
        for (path, list, der) in revocations {
            match taking.revocations(list, der) {
                // It was for the signer of a master list, whose own country is not taken over.
                Err(StoreError::Untrusted) if of_lists.contains(&path) => {}
                Err(cause) => return Err(TakeError::Unusable(path, cause)),
                Ok(()) => {}
            }
        }
        taking.nothing_was_said_in_vain()?;
        taking.lay(folder)
    }
}

impl Item {
    fn parse(der: Vec<u8>) -> Result<Self, (CertificateError, CrlError, MasterListError)> {
        let one = match SignerCertificate::from_der(&der) {
            Ok(certificate) => return Ok(Self::Certificate(certificate)),
            Err(error) => error,
        };
        let two = match RevocationList::from_der(&der) {
            Ok(list) => return Ok(Self::RevocationList(list, der)),
            Err(error) => error,
        };
        match UnverifiedMasterList::parse(&der) {
            Ok(list) => Ok(Self::MasterList(list)),
            Err(three) => Err((one, two, three)),
        }
    }
}

/// What will be believed, step by step.
struct Taking<'a> {
    word: &'a Word,
    now: Timestamp,
    believed: CountrySigners,
    laid: Vec<(Taken, Vec<u8>)>,
    /// The trusted fingerprints that were found.
    spoken_for: BTreeSet<Fingerprint>,
}

/// A state that no document is of: for the country signer of a master list, while the list is checked.
const NO_STATE: &str = "X";

impl Taking<'_> {
    /// A country signer by itself: by its fingerprint, for the state that was named.
    fn country_signer(
        &mut self,
        path: &Path,
        certificate: &SignerCertificate,
    ) -> Result<(), TakeError> {
        let fingerprint = certificate.fingerprint();
        let trusted = self.word.trusted.contains(&fingerprint);
        self.spoken_for.extend(trusted.then_some(fingerprint));
        let unusable = |cause| TakeError::Unusable(path.to_owned(), cause);
        if self.is_believed(certificate).map_err(unusable)? {
            return Ok(());
        }
        if !trusted {
            return Err(TakeError::NotTrusted { file: path.to_owned(), fingerprint });
        }
        if !certificate.is_valid_at(self.now) {
            return Err(unusable(StoreError::NotValid));
        }
        let country = certificate.country().unwrap_or_default().to_owned();
        let Some(state) = self.word.states.get(&country) else {
            return Err(TakeError::NoState { file: path.to_owned(), country });
        };
        self.believed.trust(certificate.clone(), state).map_err(unusable)?;
        self.keep(state, certificate);
        Ok(())
    }

    /// Whether a certificate is believed already: for the state that the operator names, where one is named.
    fn is_believed(&self, certificate: &SignerCertificate) -> Result<bool, StoreError> {
        let named = certificate.country().and_then(|country| self.word.states.get(country));
        match self.believed.state_of(certificate) {
            Some(kept) if named.is_some_and(|named| named != kept) => Err(StoreError::AnotherState),
            kept => Ok(kept.is_some()),
        }
    }

    /// A master list, and of what it proposes the signers of the countries that were named.
    fn master_list(
        &mut self,
        path: &Path,
        list: &UnverifiedMasterList,
        revocations: &[(PathBuf, RevocationList, Vec<u8>)],
        of_lists: &mut BTreeSet<PathBuf>,
    ) -> Result<(), TakeError> {
        let mut believed = self.believed.clone();
        let mut unknown = None;
        if let Some(issuer) = list.issuer() {
            let fingerprint = issuer.fingerprint();
            let trusted = self.word.trusted.contains(&fingerprint);
            self.spoken_for.extend(trusted.then_some(fingerprint));
            match (believed.believes(issuer), trusted) {
                (true, _) => {}
                (false, true) => {
                    let trusted = believed.trust(issuer.clone(), NO_STATE);
                    trusted.map_err(|cause| TakeError::Unusable(path.to_owned(), cause))?;
                }
                (false, false) => unknown = Some(fingerprint),
            }
        }
        for (path, list, _) in revocations {
            if believed.revoke(list.clone()).is_ok() {
                of_lists.insert(path.clone());
            }
        }
        let file = || path.to_owned();
        let list = list.verify(&believed, self.now).map_err(|cause| match (cause, unknown) {
            (MasterListError::Untrusted, Some(fingerprint)) => {
                TakeError::ListNotTrusted { file: file(), fingerprint }
            }
            (MasterListError::Revoked, _) => TakeError::ListRevoked(file()),
            (cause, _) => TakeError::List(file(), cause),
        })?;
        if self.word.states.is_empty() {
            let countries = list.certificates.iter().filter_map(SignerCertificate::country);
            let countries: BTreeSet<&str> = countries.collect();
            let country = countries.into_iter().collect::<Vec<_>>().join(", ");
            return Err(TakeError::NoState { file: file(), country });
        }
        let mut links = Vec::new();
        for certificate in list.certificates {
            let country = certificate.country().unwrap_or_default();
            let Some(state) = self.word.states.get(country) else { continue };
            let unusable = |cause| TakeError::Unusable(path.to_owned(), cause);
            if !certificate.is_valid_at(self.now)
                || self.is_believed(&certificate).map_err(unusable)?
            {
                continue;
            }
            if certificate.may_be_anchor() {
                self.believed.trust(certificate.clone(), state).map_err(unusable)?;
                self.keep(state, &certificate);
            } else {
                links.push(certificate);
            }
        }
        // Beside most links stands the key that they lead to; one that leads nowhere is not missed.
        for link in links {
            if self.believed.link(link.clone(), self.now).is_ok() {
                self.keep_issued(&link);
            }
        }
        Ok(())
    }

    /// Links and document signers, in whichever order they stand on one another.
    fn issued(&mut self, mut others: Vec<(PathBuf, SignerCertificate)>) -> Result<(), TakeError> {
        while !others.is_empty() {
            let before = others.len();
            let mut refused = None;
            let mut left = Vec::new();
            for (path, certificate) in others {
                let taken = if certificate.signs_certificates() {
                    self.believed.link(certificate.clone(), self.now)
                } else {
                    self.believed.issuer(&certificate).map(drop).ok_or(StoreError::Untrusted)
                };
                match taken {
                    Ok(()) => self.keep_issued(&certificate),
                    Err(cause) => {
                        refused = Some(TakeError::Unusable(path.clone(), cause));
                        left.push((path, certificate));
                    }
                }
            }
            match refused {
                Some(error) if left.len() == before => return Err(error),
                _ => others = left,
            }
        }
        Ok(())
    }

    /// A revocation list, in the place of the one before.
    fn revocations(&mut self, list: RevocationList, der: Vec<u8>) -> Result<(), StoreError> {
        let (issuer, state) = self.believed.issuer_of_list(&list).ok_or(StoreError::Untrusted)?;
        let path = Path::new(state).join(file_name(issuer)).with_extension("crl");
        let name = format!("revocation list of {}", issuer.name());
        self.believed.revoke(list)?;
        self.laid.push((Taken { path, name }, der));
        Ok(())
    }

    fn keep_issued(&mut self, certificate: &SignerCertificate) {
        if let Some((_, state)) = self.believed.issuer(certificate) {
            let state = state.to_owned();
            self.keep(&state, certificate);
        }
    }

    fn keep(&mut self, state: &str, certificate: &SignerCertificate) {
        let path = Path::new(state).join(file_name(certificate)).with_extension("cer");
        let taken = Taken { path, name: certificate.name().to_owned() };
        self.laid.push((taken, certificate.der().to_vec()));
    }

    /// A fingerprint or a country that fits nothing is a slip of the pen.
    fn nothing_was_said_in_vain(&self) -> Result<(), TakeError> {
        if let Some(lost) = self.word.trusted.difference(&self.spoken_for).next() {
            return Err(TakeError::NotThere(*lost));
        }
        match self.word.states.iter().find(|(_, state)| !self.believed.believes_any_of(state)) {
            Some((country, _)) => Err(TakeError::NothingOf(country.clone())),
            None => Ok(()),
        }
    }

    fn lay(self, folder: &Path) -> Result<Vec<Taken>, TakeError> {
        for (taken, der) in &self.laid {
            let path = folder.join(&taken.path);
            write(&path, der).map_err(|cause| TakeError::Write(path, cause))?;
        }
        // As the authority will read it.
        ChipTrust::read(folder, self.now)?;
        Ok(self.laid.into_iter().map(|(taken, _)| taken).collect())
    }
}

/// Enough of a fingerprint to tell files apart.
fn file_name(certificate: &SignerCertificate) -> String {
    certificate.fingerprint().to_string().chars().take(16).collect()
}

/// Whole or not at all: an authority may be reading the folder.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or(OsStr::new("file")).to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(part, path)
}

#[cfg(test)]
mod tests;
