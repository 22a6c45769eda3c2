use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_credential::jose::Jwk;
use tanda_credential::x509::{self, LeafRequest, Subject, Validity};
use tanda_model::{Claim, PurposeId, RelyingPartyId};
use tanda_protocol::registration::{LocalText, Registration};
use tanda_protocol::vp::client_id::ClientId;
use tanda_storage::StorageError;
use url::Url;

use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault, Officer};

/// How long access certificates run.
const ACCESS_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How long registration certificates run: until then a registration that is withdrawn is believed
/// (docs/decisions/0004-registration-certificates.md).
const REGISTRATION_LIFE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// They start a little early, for the sake of clocks that are slow.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

/// An organisation that wants to ask.
#[derive(Debug, Clone)]
pub struct RelyingPartyApplication {
    /// Its identifier.
    pub id: RelyingPartyId,
    /// The name under which people know it.
    pub name: LocalText,
    /// Its access key, whose private half it keeps.
    pub key: Jwk,
    /// The host names under which its requests are fetched.
    pub hosts: Vec<String>,
    /// The purposes for which it asks.
    pub purposes: Vec<PurposeId>,
    /// Where people can read what it does with their data.
    pub privacy_policy: Option<Url>,
}

/// What a relying party needs to ask.
#[derive(Debug, Clone)]
pub struct CertifiedRelyingParty {
    /// The access certificate, DER; its anchor is the relying-party CA.
    pub access_certificate: Vec<u8>,
    /// A registration certificate (`rc-rp+jwt`) a purpose, in the order asked for.
    pub registrations: Vec<String>,
}

/// Why a relying party is not certified.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// It names no purpose.
    #[error("name at least one purpose")]
    NoPurpose,
    /// A certificate cannot be issued.
    #[error("a certificate cannot be issued: {0}")]
    Certificate(#[from] x509::IssueError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for CertifyError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Certifies a relying party: an access certificate for its key, and for every purpose a
    /// registration certificate, bound to it, with exactly what the purpose's catalogue entry
    /// allows. Cards issued from now on carry a pseudonym for it if a purpose asks for one.
    ///
    /// # Errors
    /// [`CertifyError`]
    pub async fn certify_relying_party(
        &self,
        application: &RelyingPartyApplication,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<CertifiedRelyingParty, CertifyError> {
        if application.purposes.is_empty() {
            return Err(CertifyError::NoPurpose);
        }
        let ca = &self.keys.relying_party_ca;
        let request = LeafRequest {
            subject: Subject {
                common_name: application.name.en.clone(),
                organization: Some(application.id.to_string()),
                country: Some(self.config.country.as_str().to_owned()),
            },
            key: &application.key,
            dns_names: application.hosts.clone(),
            uris: Vec::new(),
            validity: Validity { from: now - EARLY, until: now + ACCESS_LIFE },
        };
        let access_certificate =
            x509::issue_leaf(&request, &ca.certificate, ca.signer.as_ref(), rng)?;
        let client = ClientId::of_der(&access_certificate);
        let registrations = application
            .purposes
            .iter()
            .map(|purpose| self.register_purpose(application, *purpose, client, now))
            .collect::<Result<_, _>>()?;
        let pseudonymous = application
            .purposes
            .iter()
            .any(|purpose| purpose.purpose().claims.contains(&Claim::Pseudonym));
        let (id, officer) = (application.id.clone(), officer.clone());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    tx.certify_relying_party(&id, pseudonymous, now).await?;
                    let deed = Deed::RelyingPartyCertified { relying_party: id.as_str() };
                    let actor = Actor::Officer(&officer);
                    Act { at: now, actor, resident: None, deed }.record(&mut tx).await?;
                    Ok::<_, StorageError>(())
                })
            })
            .await?;
        Ok(CertifiedRelyingParty { access_certificate, registrations })
    }

    fn register_purpose(
        &self,
        application: &RelyingPartyApplication,
        purpose: PurposeId,
        client: ClientId,
        now: Timestamp,
    ) -> Result<String, CertifyError> {
        let registration = Registration {
            privacy_policy: application.privacy_policy.clone(),
            ..Registration::for_purpose(
                purpose,
                application.id.clone(),
                application.name.clone(),
                client,
                self.config.issuer.as_str(),
                (now, now + REGISTRATION_LIFE),
            )
        };
        registration
            .sign(self.keys.registrar.as_ref())
            .map_err(|_| Fault::Sign("a registration certificate").into())
    }
}

#[cfg(test)]
mod tests {
    use tanda_credential::jose::{Signer as _, SigningKey};
    use tanda_credential::sd_jwt_vc::verify_issued;
    use tanda_credential::trust_list;
    use tanda_credential::x509::Certificate;

    use super::*;
    use crate::testing::{City, officer};

    fn application(id: &str, key: &SigningKey, purpose: PurposeId) -> RelyingPartyApplication {
        RelyingPartyApplication {
            id: id.parse().unwrap(),
            name: LocalText { en: id.to_owned(), id: id.to_owned(), zh: id.to_owned() },
            key: key.public().clone(),
            hosts: vec!["localhost".to_owned()],
            purposes: vec![purpose],
            privacy_policy: None,
        }
    }

    #[tokio::test]
    async fn what_is_certified_leads_to_the_trust_list_and_pseudonyms_to_the_card() {
        let mut city = City::new().await;
        let authority = std::sync::Arc::clone(&city.authority);
        let key = SigningKey::generate(&mut city.rng).unwrap();
        let cafe = application("cafe-comet", &key, PurposeId::CafeSignUp);
        let certified =
            authority.certify_relying_party(&cafe, &officer(), city.now, &mut city.rng).await;
        let certified = certified.unwrap();
        let orbit = application("cafe-orbit", &key, PurposeId::CafeSignUp);
        authority.certify_relying_party(&orbit, &officer(), city.now, &mut city.rng).await.unwrap();
        let hotel = application("hotel-nansha", &key, PurposeId::HotelCheckIn);
        authority.certify_relying_party(&hotel, &officer(), city.now, &mut city.rng).await.unwrap();

        let token = authority.publish_trust_list(Vec::new(), city.now).await.unwrap();
        let anchor = Certificate::from_der(&authority.keys().trust_anchor).unwrap();
        let list = trust_list::verify(&token, &[anchor], None, city.now).unwrap();
        assert_eq!(list.sequence, 1);
        let chain = [certified.access_certificate.clone()];
        let access = x509::validate_chain(&chain, &list.access_authorities(city.now), city.now);
        let client = ClientId::of(&access.unwrap().leaf);
        let registrars = list.registrars(city.now);
        let registration =
            Registration::verify(&certified.registrations[0], &registrars, client, city.now)
                .unwrap();
        assert_eq!(registration.relying_party.as_str(), "cafe-comet");
        assert!(registration.result_only);

        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (copies, _) = city.card(&wallet, 10, "Li", "01", 2).await;
        let trusted = list.trusted_issuers(city.now);
        let pseudonyms: Vec<_> = copies
            .iter()
            .map(|copy| {
                verify_issued(copy, &trusted, city.now).unwrap().claims["pseudonyms"].clone()
            })
            .collect();
        assert_eq!(pseudonyms[0], pseudonyms[1]);
        let names: Vec<_> = pseudonyms[0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["cafe-comet", "cafe-orbit"]);
        assert_ne!(pseudonyms[0]["cafe-comet"], pseudonyms[0]["cafe-orbit"]);
        let again = authority.publish_trust_list(Vec::new(), city.now).await.unwrap();
        assert_eq!(
            trust_list::verify(
                &again,
                &[Certificate::from_der(&authority.keys().trust_anchor).unwrap()],
                Some(1),
                city.now
            )
            .unwrap()
            .sequence,
            2
        );
    }
}
