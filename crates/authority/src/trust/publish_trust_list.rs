use jiff::{SignedDuration, Timestamp};
use tanda_credential::trust_list::{self, Entity, Names, Service, ServiceKind, TrustList};
use tanda_credential::x509::Certificate;
use tanda_model::AssuranceLevel;
use tanda_storage::StorageError;

use crate::{Authority, Fault};

/// How long a trust list says anything.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

impl Authority {
    /// Signs a trust list (`application/jose`) with this authority's own entry (issuer of cards,
    /// relying-party CA, registrar, log) and `others`: providers, verifier services, other authorities.
    /// Each call makes a newer list: sign once, and again when something changes or a day has
    /// passed.
    ///
    /// # Errors
    /// [`Fault`] when the store or the signer fails.
    pub async fn publish_trust_list(
        &self,
        others: Vec<Entity>,
        now: Timestamp,
    ) -> Result<String, Fault> {
        let sequence = self
            .store
            .write(|mut tx| {
                Box::pin(async move {
                    let sequence = tx.next_trust_list_sequence().await?;
                    Ok::<_, StorageError>(sequence)
                })
            })
            .await?;
        let mut entities = vec![self.entity()?];
        entities.extend(others);
        let list = TrustList {
            operator: Names::one("en", format!("{} Trust List Operator", self.config.name())),
            territory: Some(self.config.country.as_str().to_owned()),
            sequence,
            issued_at: now,
            next_update: now + LIFE,
            entities,
        };
        trust_list::sign(&list, self.keys.trust_list_operator.as_ref())
            .map_err(|_| Fault::Sign("the trust list"))
    }

    /// This authority, as a trust list has it.
    ///
    /// # Errors
    /// [`Fault`] when one of its own certificates cannot be read.
    pub fn entity(&self) -> Result<Entity, Fault> {
        let service = |name: &str, kind, der: &[u8]| {
            let certificate = Certificate::from_der(der)
                .map_err(|_| Fault::Contradiction("a certificate of the authority"))?;
            Ok::<_, Fault>(Service {
                names: Names::one("en", name),
                kind,
                since: certificate.not_before(),
                certificates: vec![certificate],
                granted: true,
            })
        };
        let id = self.config.issuer.as_str().to_owned();
        let vcts = AssuranceLevel::ALL.map(|level| level.vct().to_owned()).to_vec();
        let keys = &self.keys;
        let issuing = service(
            "Card issuing",
            ServiceKind::CredentialIssuer { id: id.clone(), vcts },
            &keys.issuer_ca.certificate,
        )?;
        let log = Service {
            names: Names::one("en", "Log of what the authority does"),
            kind: ServiceKind::Log { url: self.url("/log"), key: self.log_verifier().clone() },
            certificates: Vec::new(),
            granted: true,
            since: issuing.since,
        };
        Ok(Entity {
            names: self.config.names.clone(),
            url: id,
            services: vec![
                issuing,
                service(
                    "Access certificates of relying parties",
                    ServiceKind::AccessCertificateAuthority,
                    &keys.relying_party_ca.certificate,
                )?,
                service(
                    "Registration of relying parties",
                    ServiceKind::Registrar,
                    &keys.registrar_certificate,
                )?,
                log,
            ],
        })
    }
}
