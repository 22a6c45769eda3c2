//! Who is believed, and the keys that have already been led to an anchor.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use thiserror::Error;
use url::Url;

use crate::jose::{Header, JwsError, VerifyingKey};
use crate::trust_list::Names;
use crate::x509::{Certificate, ChainError, ValidChain, validate_chain, within};

/// An issuer from the trust list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// How the trust list identifies it.
    pub id: String,
    /// What the trust list calls it.
    pub names: Arc<Names>,
    /// The authorities that certify its keys.
    pub anchors: Vec<Certificate>,
    /// The credential types that it may issue.
    pub vcts: Vec<String>,
}

/// Which trusted issuer signed, with which certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerIdentity {
    /// How the trust list identifies it.
    pub id: String,
    /// What the trust list calls it: the name to show, whatever a credential says of its issuer.
    pub names: Arc<Names>,
    /// The `iss` of the token; it is among the certificate's names.
    pub iss: Option<String>,
    /// The SHA-256 of the signing certificate.
    pub leaf_hash: [u8; 32],
}

/// Why a signature's key is not believed.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum UntrustedError {
    /// The header is refused, or of another type.
    #[error(transparent)]
    Header(#[from] JwsError),
    /// The header's certificates do not lead to an anchor.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The token's `iss` is not among the certificate's names.
    #[error("the token's issuer is not the certificate's subject")]
    Issuer,
}

/// All trusted issuers: build it from the trust list once, and share it.
///
/// It remembers which headers have led to an anchor, so that a certificate chain is checked once
/// and not for each token. Only headers of correctly signed tokens are remembered, at most 1,024.
#[derive(Debug, Default)]
pub struct TrustedIssuers {
    issuers: Vec<TrustedIssuer>,
    anchors: Vec<Certificate>,
    /// To which issuer each anchor belongs.
    owners: Vec<usize>,
    known: RwLock<HashMap<Box<str>, Arc<Signatory>>>,
}

/// A key that was led to an anchor.
#[derive(Debug)]
pub(crate) struct Signatory {
    key: VerifyingKey,
    typ: &'static str,
    issuer: usize,
    leaf: Certificate,
    leaf_hash: [u8; 32],
    not_before: Timestamp,
    not_after: Timestamp,
}

impl TrustedIssuers {
    /// Trusts these issuers.
    pub fn new(issuers: Vec<TrustedIssuer>) -> Self {
        let (anchors, owners) = issuers
            .iter()
            .enumerate()
            .flat_map(|(index, issuer)| issuer.anchors.iter().map(move |one| (one.clone(), index)))
            .unzip();
        Self { issuers, anchors, owners, known: RwLock::default() }
    }

    /// The issuers.
    pub fn issuers(&self) -> &[TrustedIssuer] {
        &self.issuers
    }

    /// Leads an encoded header of type `typ` to an anchor and has its key `check` the token.
    ///
    /// The header is remembered only after that: else anyone could fill the memory with headers
    /// that cost them nothing.
    pub(crate) fn signed<T, E: From<UntrustedError>>(
        &self,
        encoded_header: &str,
        typ: &'static str,
        now: Timestamp,
        check: impl FnOnce(&VerifyingKey) -> Result<T, E>,
    ) -> Result<(Arc<Signatory>, T), E> {
        if let Some(signatory) = self.recall(encoded_header, typ, now) {
            let checked = check(&signatory.key)?;
            return Ok((signatory, checked));
        }
        let signatory = Arc::new(self.lead(encoded_header, typ, now)?);
        let checked = check(&signatory.key)?;
        self.remember(encoded_header, Arc::clone(&signatory));
        Ok((signatory, checked))
    }

    fn recall(
        &self,
        encoded_header: &str,
        typ: &'static str,
        now: Timestamp,
    ) -> Option<Arc<Signatory>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let signatory = known.get(encoded_header)?;
        let holds = signatory.typ == typ && within(signatory.not_before, signatory.not_after, now);
        holds.then(|| Arc::clone(signatory))
    }

    fn lead(
        &self,
        encoded_header: &str,
        typ: &'static str,
        now: Timestamp,
    ) -> Result<Signatory, UntrustedError> {
        let header = Header::decode(encoded_header)?;
        if header.typ.as_deref() != Some(typ) {
            return Err(JwsError::Type.into());
        }
        let ValidChain { leaf, anchor, not_before, not_after } =
            validate_chain(&header.x5c, &self.anchors, now)?;
        Ok(Signatory {
            key: leaf.verifying_key().clone(),
            typ,
            issuer: self.owners[anchor],
            leaf_hash: leaf.sha256(),
            leaf,
            not_before,
            not_after,
        })
    }

    fn remember(&self, encoded_header: &str, signatory: Arc<Signatory>) {
        const MOST: usize = 1024;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(encoded_header.into(), signatory);
    }

    /// The trusted issuer behind a signatory.
    pub(crate) fn issuer(&self, signatory: &Signatory) -> &TrustedIssuer {
        &self.issuers[signatory.issuer]
    }

    /// Names the issuer, once `iss` is known to be among the certificate's names.
    pub(crate) fn identify(
        &self,
        signatory: &Signatory,
        iss: Option<String>,
    ) -> Result<IssuerIdentity, UntrustedError> {
        if iss.as_deref().is_some_and(|iss| !names(&signatory.leaf, iss)) {
            return Err(UntrustedError::Issuer);
        }
        let TrustedIssuer { id, names, .. } = self.issuer(signatory);
        let (id, names) = (id.clone(), Arc::clone(names));
        Ok(IssuerIdentity { id, names, iss, leaf_hash: signatory.leaf_hash })
    }
}

/// Whether the certificate names this issuer: by the URI itself, or by the URI's host.
fn names(leaf: &Certificate, iss: &str) -> bool {
    leaf.uris().iter().any(|uri| uri == iss)
        || Url::parse(iss).ok().and_then(|url| url.host_str().map(str::to_owned)).is_some_and(
            |host| leaf.dns_names().iter().any(|name| name.eq_ignore_ascii_case(&host)),
        )
}
