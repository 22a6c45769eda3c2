//! Whom to believe: country signing CAs, with their links, document signers and revocations
//! (Doc 9303-12 sections 3 and 4).

use jiff::Timestamp;
use thiserror::Error;

use super::PassiveError;
use super::certificate::SignerCertificate;
use super::crl::RevocationList;

/// Why the store does not take something.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum StoreError {
    /// A certificate that may not sign certificates.
    #[error("a country signer's certificate may not sign certificates")]
    Usage,
    /// A certificate that says to be self-signed and is not.
    #[error("a country signer's certificate is not signed by itself")]
    NotSelfSigned,
    /// A state that isn't three letters.
    #[error("an issuing state is written with one to three capital letters")]
    State,
    /// Nobody in the store signed it.
    #[error("no country signer in the store signed it")]
    Untrusted,
    /// Not valid now.
    #[error("it is not valid now")]
    NotValid,
    /// Documents have one state, and so has whoever signs them.
    #[error("it is believed for the documents of another state")]
    AnotherState,
    /// A newer list of the same country signer is kept.
    #[error("a newer revocation list is kept")]
    Older,
}

#[derive(Clone, Debug)]
pub(super) struct CountrySigner {
    pub(super) certificate: SignerCertificate,
    pub(super) state: String,
}

impl CountrySigner {
    fn with_state(&self) -> (&SignerCertificate, &str) {
        (&self.certificate, &self.state)
    }
}

/// Country signers that are to be believed, and what they revoked.
#[derive(Clone, Debug, Default)]
pub struct CountrySigners {
    signers: Vec<CountrySigner>,
    document_signers: Vec<SignerCertificate>,
    lists: Vec<RevocationList>,
}

impl CountrySigners {
    /// Believes a country signer, on the word of whoever brings it, for the documents of `state` alone:
    /// what it stands as in their machine readable zone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn trust(&mut self, certificate: SignerCertificate, state: &str) -> Result<(), StoreError> {
        if !(1..=3).contains(&state.len()) || !state.bytes().all(|it| it.is_ascii_uppercase()) {
            return Err(StoreError::State);
        }
        if !certificate.signs_certificates() {
            return Err(StoreError::Usage);
        }
        if !certificate.may_be_anchor() {
            return Err(StoreError::NotSelfSigned);
        }
        self.insert(certificate, state.to_owned())
    }

    /// Believes a country signer's next key by a link certificate: the old key signed it
    /// (Doc 9303-12 section 4.1.2).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn link(
        &mut self,
        certificate: SignerCertificate,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !certificate.signs_certificates() {
            return Err(StoreError::Usage);
        }
        let old = self.issuer_of(&certificate).ok_or(StoreError::Untrusted)?;
        // Both have to hold now: nothing says when the link was signed.
        if !certificate.is_valid_at(now) || !old.certificate.is_valid_at(now) {
            return Err(StoreError::NotValid);
        }
        let state = old.state.clone();
        self.insert(certificate, state)
    }

    /// Keeps a document signer's certificate for the documents that don't carry it. It is not believed
    /// for that: it has to lead to a country signer as any other.
    pub fn keep_document_signer(&mut self, certificate: SignerCertificate) {
        if !self.document_signers.contains(&certificate) {
            self.document_signers.push(certificate);
        }
    }

    /// Keeps the newest revocation list of a country signer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn revoke(&mut self, list: RevocationList) -> Result<(), StoreError> {
        if self.issuer_of_list(&list).is_none() {
            return Err(StoreError::Untrusted);
        }
        let kept = self.lists.iter().position(|kept| kept.issuer() == list.issuer());
        match kept.and_then(|index| self.lists.get_mut(index)) {
            Some(kept) if kept.issued() > list.issued() => return Err(StoreError::Older),
            Some(kept) => *kept = list,
            None => self.lists.push(list),
        }
        Ok(())
    }

    /// Whether this very certificate is believed.
    pub fn believes(&self, certificate: &SignerCertificate) -> bool {
        self.state_of(certificate).is_some()
    }

    /// For which state's documents this very certificate is believed.
    pub fn state_of(&self, certificate: &SignerCertificate) -> Option<&str> {
        let kept = self.signers.iter().find(|signer| signer.certificate == *certificate)?;
        Some(&kept.state)
    }

    /// Whether anybody is believed for the documents of `state`.
    pub fn believes_any_of(&self, state: &str) -> bool {
        self.signers.iter().any(|signer| signer.state == state)
    }

    /// The believed country signer that issued `certificate`, and its state.
    pub fn issuer(&self, certificate: &SignerCertificate) -> Option<(&SignerCertificate, &str)> {
        self.issuer_of(certificate).map(CountrySigner::with_state)
    }

    /// The believed country signer whose revocation list this is, and its state.
    pub fn issuer_of_list(&self, list: &RevocationList) -> Option<(&SignerCertificate, &str)> {
        let issuer = self.signers.iter().find(|signer| list.is_issued_by(&signer.certificate));
        issuer.map(CountrySigner::with_state)
    }

    /// The certificate that `matches`, among those kept for documents without.
    pub(super) fn document_signer(
        &self,
        matches: impl Fn(&SignerCertificate) -> bool,
    ) -> Option<&SignerCertificate> {
        self.document_signers.iter().find(|certificate| matches(certificate))
    }

    /// Who in the store issued `certificate`.
    pub(super) fn issuer_of(&self, certificate: &SignerCertificate) -> Option<&CountrySigner> {
        self.signers.iter().find(|signer| certificate.is_issued_by(&signer.certificate))
    }

    /// The list of the country signer with this name, whichever of its keys signed it.
    /// Leads a document signer to a country signer, as things stand at `now`: for documents of which state
    /// it may sign.
    ///
    /// # Errors
    /// [`PassiveError`]
    pub fn vouch(&self, signer: &SignerCertificate, now: Timestamp) -> Result<&str, PassiveError> {
        let country = self.issuer_of(signer).ok_or(PassiveError::Untrusted)?;
        if !signer.signs_documents() {
            return Err(PassiveError::SignerUsage);
        }
        if !country.certificate.is_valid_at(now) {
            return Err(PassiveError::CountrySignerNotValid);
        }
        if !signer.is_valid_at(now) {
            return Err(PassiveError::SignerNotValid);
        }
        let list = self.list_of(signer.issuer()).ok_or(PassiveError::RevocationUnknown)?;
        // What a list revoked once stays revoked, however old the list has become.
        if list.revokes(signer.serial()) || list.revokes(country.certificate.serial()) {
            return Err(PassiveError::Revoked);
        }
        if !list.is_current_at(now) {
            return Err(PassiveError::RevocationUnknown);
        }
        Ok(&country.state)
    }

    pub(super) fn list_of(&self, issuer: &[u8]) -> Option<&RevocationList> {
        self.lists.iter().find(|list| list.issuer() == issuer)
    }

    fn insert(&mut self, certificate: SignerCertificate, state: String) -> Result<(), StoreError> {
        match self.state_of(&certificate) {
            Some(kept) if kept != state => return Err(StoreError::AnotherState),
            Some(_) => {}
            None => self.signers.push(CountrySigner { certificate, state }),
        }
        Ok(())
    }
}
