//! ETSI TS 119 602's words for a trust list: the JSON binding's members that Tanda uses.

use serde::{Deserialize, Serialize};

use super::view::{Entity, Names, Service, ServiceKind, TrustList};
use crate::b64;
use crate::x509::Certificate;

/// The version of the binding (clause 6.3.1).
const VERSION: u32 = 1;
const LIST_TYPE: &str = "urn:tanda:lote-type:1";
/// The service types of TS 119 602 annexes D to G; a verifier service and a log have none there.
const ISSUER: &str = "http://uri.etsi.org/19602/SvcType/PID/Issuance";
const WALLET: &str = "http://uri.etsi.org/19602/SvcType/WalletSolution/Issuance";
const ACCESS: &str = "http://uri.etsi.org/19602/SvcType/WRPAC/Issuance";
const REGISTRAR: &str = "http://uri.etsi.org/19602/SvcType/WRPRC/Issuance";
const VERIFIER: &str = "urn:tanda:svc-type:verifier";
const LOG: &str = "urn:tanda:svc-type:log";
/// The statuses of TS 119 612 clause 5.5.4.
const GRANTED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted";
const WITHDRAWN: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Document {
    #[serde(rename = "LoTE")]
    list: List,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    list_and_scheme_information: Scheme,
    #[serde(default)]
    trusted_entities_list: Vec<TrustedEntity>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scheme {
    #[serde(rename = "LoTEVersionIdentifier")]
    version: u32,
    #[serde(rename = "LoTESequenceNumber")]
    sequence: u64,
    #[serde(rename = "LoTEType")]
    list_type: String,
    scheme_operator_name: Vec<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scheme_territory: Option<String>,
    list_issue_date_time: String,
    next_update: String,
}

#[derive(Serialize, Deserialize)]
struct Text {
    lang: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
struct LocalizedUri {
    lang: String,
    #[serde(rename = "uriValue")]
    uri: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrustedEntity {
    trusted_entity_information: EntityInformation,
    trusted_entity_services: Vec<EntityService>,
}

#[derive(Serialize, Deserialize)]
struct EntityInformation {
    #[serde(rename = "TEName")]
    name: Vec<Text>,
    #[serde(rename = "TEInformationURI")]
    uri: Vec<LocalizedUri>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntityService {
    service_information: ServiceInformation,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceInformation {
    service_name: Vec<Text>,
    service_type_identifier: String,
    service_digital_identity: DigitalIdentity,
    service_status: String,
    status_starting_time: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    service_supply_points: Vec<SupplyPoint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    service_information_extensions: Vec<Extension>,
}

#[derive(Serialize, Deserialize)]
struct DigitalIdentity {
    #[serde(rename = "X509Certificates", default, skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<PkiObject>,
}

#[derive(Serialize, Deserialize)]
struct PkiObject {
    val: String,
}

#[derive(Serialize, Deserialize)]
struct SupplyPoint {
    #[serde(rename = "uriValue")]
    uri: String,
}

/// Tanda's own: which types an issuer issues, what a verifier service's codes begin with, and a
/// log's verifier key (C2SP signed-note).
#[derive(Default, Serialize, Deserialize)]
struct Extension {
    #[serde(rename = "CredentialTypes", default, skip_serializing_if = "Vec::is_empty")]
    credential_types: Vec<String>,
    #[serde(rename = "CodePrefix", default, skip_serializing_if = "Option::is_none")]
    code_prefix: Option<String>,
    #[serde(rename = "LogKey", default, skip_serializing_if = "Option::is_none")]
    log_key: Option<String>,
}

impl From<&TrustList> for Document {
    fn from(list: &TrustList) -> Self {
        Self {
            list: List {
                list_and_scheme_information: Scheme {
                    version: VERSION,
                    sequence: list.sequence,
                    list_type: LIST_TYPE.into(),
                    scheme_operator_name: texts(&list.operator),
                    scheme_territory: list.territory.clone(),
                    list_issue_date_time: list.issued_at.to_string(),
                    next_update: list.next_update.to_string(),
                },
                trusted_entities_list: list.entities.iter().map(entity).collect(),
            },
        }
    }
}

fn texts(names: &Names) -> Vec<Text> {
    let text =
        |(lang, value): (&String, &String)| Text { lang: lang.clone(), value: value.clone() };
    names.0.iter().map(text).collect()
}

fn entity(entity: &Entity) -> TrustedEntity {
    TrustedEntity {
        trusted_entity_information: EntityInformation {
            name: texts(&entity.names),
            uri: vec![LocalizedUri { lang: "en".into(), uri: entity.url.clone() }],
        },
        trusted_entity_services: entity.services.iter().map(service).collect(),
    }
}

fn service(service: &Service) -> EntityService {
    let (kind, uri, extension) = match &service.kind {
        ServiceKind::CredentialIssuer { id, vcts } => (
            ISSUER,
            Some(id),
            Some(Extension { credential_types: vcts.clone(), ..Extension::default() }),
        ),
        ServiceKind::WalletProvider { id } => (WALLET, Some(id), None),
        ServiceKind::AccessCertificateAuthority => (ACCESS, None, None),
        ServiceKind::Registrar => (REGISTRAR, None, None),
        ServiceKind::VerifierService { url, code_prefix } => (
            VERIFIER,
            Some(url),
            Some(Extension { code_prefix: Some(code_prefix.clone()), ..Extension::default() }),
        ),
        ServiceKind::Log { url, key } => (
            LOG,
            Some(url),
            Some(Extension { log_key: Some(key.to_string()), ..Extension::default() }),
        ),
    };
    let certificate = |one: &Certificate| PkiObject { val: b64::encode_standard(one.der()) };
    EntityService {
        service_information: ServiceInformation {
            service_name: texts(&service.names),
            service_type_identifier: kind.into(),
            service_digital_identity: DigitalIdentity {
                certificates: service.certificates.iter().map(certificate).collect(),
            },
            service_status: if service.granted { GRANTED } else { WITHDRAWN }.into(),
            status_starting_time: service.since.to_string(),
            service_supply_points: uri
                .map(|uri| SupplyPoint { uri: uri.clone() })
                .into_iter()
                .collect(),
            service_information_extensions: extension.into_iter().collect(),
        },
    }
}

impl Document {
    /// Reads the list; `None` where a member that is needed is missing or makes no sense. A
    /// service of a type that is not known is left out: a newer list may have newer services.
    pub(super) fn read(self) -> Option<TrustList> {
        let scheme = self.list.list_and_scheme_information;
        if scheme.version != VERSION || scheme.list_type != LIST_TYPE || scheme.sequence == 0 {
            return None;
        }
        Some(TrustList {
            operator: names(scheme.scheme_operator_name),
            territory: scheme.scheme_territory,
            sequence: scheme.sequence,
            issued_at: scheme.list_issue_date_time.parse().ok()?,
            next_update: scheme.next_update.parse().ok()?,
            entities: self
                .list
                .trusted_entities_list
                .into_iter()
                .map(TrustedEntity::read)
                .collect::<Option<_>>()?,
        })
    }
}

fn names(texts: Vec<Text>) -> Names {
    Names(texts.into_iter().map(|text| (text.lang, text.value)).collect())
}

impl TrustedEntity {
    fn read(self) -> Option<Entity> {
        let information = self.trusted_entity_information;
        let services = self.trusted_entity_services.into_iter();
        Some(Entity {
            names: names(information.name),
            url: information.uri.into_iter().next()?.uri,
            services: services
                .filter_map(|service| service.service_information.read().transpose())
                .collect::<Result<_, Malformed>>()
                .ok()?,
        })
    }
}

/// A service of a known type that makes no sense.
struct Malformed;

impl ServiceInformation {
    /// `None` where the type is not known.
    fn read(self) -> Result<Option<Service>, Malformed> {
        let uri = self.service_supply_points.into_iter().next().map(|point| point.uri);
        let uri = uri.ok_or(Malformed);
        let extension = self.service_information_extensions.into_iter().next().unwrap_or_default();
        let kind = match self.service_type_identifier.as_str() {
            ISSUER => ServiceKind::CredentialIssuer { id: uri?, vcts: extension.credential_types },
            WALLET => ServiceKind::WalletProvider { id: uri? },
            ACCESS => ServiceKind::AccessCertificateAuthority,
            REGISTRAR => ServiceKind::Registrar,
            VERIFIER => ServiceKind::VerifierService {
                url: uri?,
                code_prefix: extension.code_prefix.ok_or(Malformed)?,
            },
            LOG => ServiceKind::Log {
                url: uri?,
                key: extension.log_key.and_then(|key| key.parse().ok()).ok_or(Malformed)?,
            },
            _ => return Ok(None),
        };
        let certificates = self.service_digital_identity.certificates.into_iter();
        Ok(Some(Service {
            names: names(self.service_name),
            kind,
            certificates: certificates.map(PkiObject::read).collect::<Result<_, _>>()?,
            // Only the word itself grants anything.
            granted: self.service_status == GRANTED,
            since: self.status_starting_time.parse().map_err(|_| Malformed)?,
        }))
    }
}

impl PkiObject {
    fn read(self) -> Result<Certificate, Malformed> {
        b64::decode_standard(self.val)
            .ok()
            .and_then(|der| Certificate::from_der(&der).ok())
            .ok_or(Malformed)
    }
}
