//! The trust list that this authority's process publishes: itself, and whom it is configured with.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use tanda_authority::{Authority, Fault};
use tanda_credential::trust_list::{Entity, Names, Service, ServiceKind};
use tanda_credential::x509::Certificate;
use tokio::sync::Mutex;

use crate::clock;
use crate::config::{Config, identifier};

/// A release is signed anew after this long; each has a sequence number of its own.
const RELEASE_EVERY_S: i64 = 3600;

/// Signs the list when it is asked for and the last release is old.
pub(crate) struct TrustListPublisher {
    authority: Arc<Authority>,
    others: Vec<Entity>,
    last: Mutex<Option<(Timestamp, String)>>,
}

impl TrustListPublisher {
    pub(crate) fn new(authority: Arc<Authority>, others: Vec<Entity>) -> Self {
        Self { authority, others, last: Mutex::default() }
    }

    /// The list as a compact JWS.
    pub(super) async fn token(&self) -> Result<String, Fault> {
        let now = clock::now();
        let mut last = self.last.lock().await;
        if let Some((signed_at, token)) = last.as_ref()
            && now < *signed_at + RELEASE_EVERY_S.seconds()
        {
            return Ok(token.clone());
        }
        let token = self.authority.publish_trust_list(self.others.clone(), now).await?;
        *last = Some((now, token.clone()));
        Ok(token)
    }
}

/// The wallet providers and the verifier service beside the authority itself.
pub(crate) fn others(config: &Config, providers: &[(String, Certificate)]) -> Vec<Entity> {
    let mut entities: Vec<Entity> = providers
        .iter()
        .map(|(issuer, certificate)| Entity {
            names: Names::one("en", &config.provider.name),
            url: issuer.clone(),
            services: vec![Service {
                names: Names::one("en", "Wallet attestation"),
                kind: ServiceKind::WalletProvider { id: issuer.clone() },
                certificates: vec![certificate.clone()],
                granted: true,
                since: certificate.not_before(),
            }],
        })
        .collect();
    let url = identifier(&config.verifier.url);
    entities.push(Entity {
        names: Names::one("en", "Tanda verifier service"),
        url: url.clone(),
        services: vec![Service {
            names: Names::one("en", "Requests of relying parties"),
            kind: ServiceKind::VerifierService {
                url,
                code_prefix: config.verifier.code_prefix.clone(),
            },
            certificates: Vec::new(),
            granted: true,
            since: Timestamp::UNIX_EPOCH,
        }],
    });
    entities
}
