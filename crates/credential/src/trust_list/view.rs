//! What a trust list says, in Tanda's words.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::log::LogVerifier;
use crate::sd_jwt_vc::{TrustedIssuer, TrustedIssuers};
use crate::x509::Certificate;

/// A name in one or more languages: RFC 5646 tag to text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names(pub BTreeMap<String, String>);

impl Names {
    /// A name in one language.
    pub fn one(language: impl Into<String>, text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(language.into(), text.into())]))
    }

    /// The name in this language, else in English, else in any.
    pub fn text(&self, language: &str) -> Option<&str> {
        let named = self.0.get(language).or_else(|| self.0.get("en"));
        named.or_else(|| self.0.values().next()).map(String::as_str)
    }
}

/// A list of whom to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustList {
    /// Who keeps the list.
    pub operator: Names,
    /// Where the operator holds: two letters (ISO 3166-1).
    pub territory: Option<String>,
    /// Grows with each release; a smaller one is never accepted again.
    pub sequence: u64,
    /// When it was made, in whole seconds.
    pub issued_at: Timestamp,
    /// By when there is a newer one; afterwards this one says nothing.
    pub next_update: Timestamp,
    /// The entities.
    pub entities: Vec<Entity>,
}

/// An organisation and what it is trusted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its name.
    pub names: Names,
    /// A page about it.
    pub url: String,
    /// What it is trusted with.
    pub services: Vec<Service>,
}

/// One thing that an organisation is trusted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub names: Names,
    /// What it is.
    pub kind: ServiceKind,
    /// The authorities that certify its keys; for a verifier service or a log, none.
    pub certificates: Vec<Certificate>,
    /// Whether it is to be believed, or no longer.
    pub granted: bool,
    /// Since when that is so.
    pub since: Timestamp,
}

/// What a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceKind {
    /// Issues credentials and signs their status lists.
    CredentialIssuer {
        /// The credential issuer's identifier: its URL.
        id: String,
        /// The types that it may issue.
        vcts: Vec<String>,
    },
    /// Attests wallets.
    WalletProvider {
        /// The provider's identifier: its URL.
        id: String,
    },
    /// Certifies relying parties.
    AccessCertificateAuthority,
    /// Registers what relying parties may ask, and why.
    Registrar,
    /// The log of what an issuer of credentials does.
    Log {
        /// Its URL.
        url: String,
        /// The key that signs its checkpoints.
        key: LogVerifier,
    },
    /// Carries relying parties' requests; typed codes lead to it.
    VerifierService {
        /// Its URL.
        url: String,
        /// What its codes begin with.
        code_prefix: String,
    },
}

/// A provider of wallets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletProvider {
    /// Its identifier: its URL.
    pub id: String,
    /// The authorities that certify its attestation keys.
    pub anchors: Vec<Certificate>,
}

/// Where codes with a prefix lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierService {
    /// The service's URL.
    pub url: String,
    /// What its codes begin with.
    pub code_prefix: String,
}

impl TrustList {
    /// What is to be believed at `now`: granted, and since a moment that has come.
    pub fn granted(&self, now: Timestamp) -> impl Iterator<Item = &Service> {
        self.entities.iter().flat_map(move |entity| entity.granted(now))
    }

    /// The issuers of credentials.
    pub fn issuers(&self, now: Timestamp) -> Vec<TrustedIssuer> {
        self.entities.iter().flat_map(|entity| entity.issuers(now)).collect()
    }

    /// The issuers of credentials, ready to check tokens with.
    pub fn trusted_issuers(&self, now: Timestamp) -> TrustedIssuers {
        TrustedIssuers::new(self.issuers(now))
    }

    /// The providers of wallets.
    pub fn wallet_providers(&self, now: Timestamp) -> Vec<WalletProvider> {
        self.granted(now)
            .filter_map(|service| match &service.kind {
                ServiceKind::WalletProvider { id } => {
                    Some(WalletProvider { id: id.clone(), anchors: service.certificates.clone() })
                }
                _ => None,
            })
            .collect()
    }

    /// The authorities that certify relying parties.
    pub fn access_authorities(&self, now: Timestamp) -> Vec<Certificate> {
        self.certificates_of(&ServiceKind::AccessCertificateAuthority, now)
    }

    /// The authorities that certify registrars.
    pub fn registrars(&self, now: Timestamp) -> Vec<Certificate> {
        self.certificates_of(&ServiceKind::Registrar, now)
    }

    /// Where typed codes lead.
    pub fn verifier_services(&self, now: Timestamp) -> Vec<VerifierService> {
        self.granted(now)
            .filter_map(|service| match &service.kind {
                ServiceKind::VerifierService { url, code_prefix } => {
                    Some(VerifierService { url: url.clone(), code_prefix: code_prefix.clone() })
                }
                _ => None,
            })
            .collect()
    }

    /// The key of the log in which the issuer of this identifier answers for what it does: the log
    /// that the same entity is trusted with.
    pub fn log_of(&self, issuer: &str, now: Timestamp) -> Option<&LogVerifier> {
        let is_issuer = |service: &Service| matches!(&service.kind, ServiceKind::CredentialIssuer { id, .. } if id == issuer);
        let entity = self.entities.iter().find(|entity| entity.granted(now).any(is_issuer))?;
        entity.granted(now).find_map(|service| match &service.kind {
            ServiceKind::Log { key, .. } => Some(key),
            _ => None,
        })
    }

    fn certificates_of(&self, kind: &ServiceKind, now: Timestamp) -> Vec<Certificate> {
        self.granted(now)
            .filter(|service| service.kind == *kind)
            .flat_map(|service| service.certificates.clone())
            .collect()
    }
}

impl Entity {
    fn granted(&self, now: Timestamp) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(move |service| service.granted && service.since <= now)
    }

    /// What it issues, under the organisation's name and not the service's: it is the one people
    /// know.
    fn issuers(&self, now: Timestamp) -> impl Iterator<Item = TrustedIssuer> {
        let names = Arc::new(self.names.clone());
        self.granted(now).filter_map(move |service| match &service.kind {
            ServiceKind::CredentialIssuer { id, vcts } => Some(TrustedIssuer {
                id: id.clone(),
                names: Arc::clone(&names),
                anchors: service.certificates.clone(),
                vcts: vcts.clone(),
            }),
            _ => None,
        })
    }
}
