//! Trust lists: what is written is read, and nothing else is believed.

use proptest::prelude::*;
use serde_json::{Value, json};
use tanda_credential::jose::{Header, Jws, JwsError, Signer, SigningKey, sign as sign_jws};
use tanda_credential::log::LogVerifier;
use tanda_credential::trust_list::{
    Entity, Names, Service, ServiceKind, TrustList, TrustListError, VerifierService, sign, verify,
};
use tanda_credential::x509::{Certificate, ChainError};

use crate::fixture::{Authority, NOW, VCT, at};

fn certificate(seed: u64) -> Certificate {
    Certificate::from_der(&Authority::new(seed).ca).unwrap()
}

fn service(kind: ServiceKind, certificates: Vec<Certificate>) -> Service {
    Service {
        names: Names::one("en", "Service"),
        kind,
        certificates,
        granted: true,
        since: at(NOW - 10),
    }
}

fn log_key() -> LogVerifier {
    LogVerifier::new("authority.example/log", [5; 32]).unwrap()
}

fn list() -> TrustList {
    let issuer = ServiceKind::CredentialIssuer {
        id: "https://authority.example".into(),
        vcts: vec![VCT.into()],
    };
    let verifier = ServiceKind::VerifierService {
        url: "https://verifier.example".into(),
        code_prefix: "AB".into(),
    };
    let log = ServiceKind::Log { url: "https://authority.example/log".into(), key: log_key() };
    TrustList {
        operator: Names::one("en", "Operator"),
        territory: Some("XX".into()),
        sequence: 7,
        issued_at: at(NOW),
        next_update: at(NOW + 1000),
        entities: vec![Entity {
            names: Names([("en".into(), "City".into()), ("id".into(), "Kota".into())].into()),
            url: "https://city.example".into(),
            services: vec![
                service(issuer, vec![certificate(1)]),
                service(
                    ServiceKind::WalletProvider { id: "https://provider.example".into() },
                    vec![certificate(2)],
                ),
                service(ServiceKind::AccessCertificateAuthority, vec![certificate(3)]),
                service(ServiceKind::Registrar, vec![certificate(4)]),
                service(verifier, vec![]),
                service(log, vec![]),
            ],
        }],
    }
}

fn operator() -> Authority {
    Authority::new(9)
}

fn key(operator: &Authority) -> &SigningKey {
    &operator.leaf_key
}

fn check(token: &str, known: Option<u64>, now: i64) -> Result<TrustList, TrustListError> {
    verify(token, &[certificate(9)], known, at(now))
}

#[test]
fn what_is_written_is_read() {
    let written = list();
    let token = sign(&written, key(&operator())).unwrap();
    let read = check(&token, None, NOW).unwrap();
    assert_eq!(read, written);
    assert_eq!(read.entities[0].names.text("id"), Some("Kota"));
    assert_eq!(read.entities[0].names.text("zh"), Some("City"));
    let services = &written.entities[0].services;
    let issuers = read.issuers(at(NOW));
    assert_eq!(issuers[0].id, "https://authority.example");
    assert_eq!(*issuers[0].names, written.entities[0].names);
    assert_eq!(issuers[0].vcts, [VCT]);
    assert_eq!(issuers[0].anchors, services[0].certificates);
    assert_eq!(read.wallet_providers(at(NOW))[0].anchors, services[1].certificates);
    assert_eq!(read.access_authorities(at(NOW)), services[2].certificates);
    assert_eq!(read.registrars(at(NOW)), services[3].certificates);
    assert_eq!(
        read.verifier_services(at(NOW)),
        [VerifierService { url: "https://verifier.example".into(), code_prefix: "AB".into() }]
    );
    assert_eq!(read.log_of("https://authority.example", at(NOW)), Some(&log_key()));
    assert_eq!(read.log_of("https://other.example", at(NOW)), None);
}

#[test]
fn nothing_is_believed_before_its_time_or_after_its_withdrawal() {
    let mut list = list();
    assert_eq!(list.issuers(at(NOW - 11)), []);
    list.entities[0].services[0].granted = false;
    let read = check(&sign(&list, key(&operator())).unwrap(), None, NOW).unwrap();
    assert_eq!(read.issuers(at(NOW)), []);
    assert_eq!(read.log_of("https://authority.example", at(NOW)), None);
    assert_eq!(read.wallet_providers(at(NOW)).len(), 1);
}

#[test]
fn an_older_list_is_never_accepted_again() {
    let token = sign(&list(), key(&operator())).unwrap();
    assert!(check(&token, Some(6), NOW).is_ok());
    assert!(check(&token, Some(7), NOW).is_ok());
    assert_eq!(check(&token, Some(8), NOW), Err(TrustListError::Rollback));
}

#[test]
fn a_list_has_its_time() {
    let token = sign(&list(), key(&operator())).unwrap();
    assert!(check(&token, None, NOW - 60).is_ok());
    assert_eq!(check(&token, None, NOW - 61), Err(TrustListError::NotYetValid));
    assert!(check(&token, None, NOW + 1060).is_ok());
    assert_eq!(check(&token, None, NOW + 1061), Err(TrustListError::Stale));
}

#[test]
fn only_the_operator_signs() {
    let token = sign(&list(), key(&Authority::new(8))).unwrap();
    let untrusted = Err(TrustListError::Chain(ChainError::Untrusted));
    assert_eq!(check(&token, None, NOW), untrusted);
}

fn changed(change: impl FnOnce(&mut Value)) -> Result<TrustList, TrustListError> {
    let operator = operator();
    let token = sign(&list(), key(&operator)).unwrap();
    let mut document: Value =
        serde_json::from_slice(Jws::parse(&token).unwrap().unverified_payload()).unwrap();
    change(&mut document);
    let header = Header::typ("lote+jwt").with_x5c(key(&operator).x5c());
    check(&sign_jws(&header, &document, key(&operator)).unwrap(), None, NOW)
}

const SERVICE: &str = "/LoTE/TrustedEntitiesList/0/TrustedEntityServices/0/ServiceInformation";

fn set(document: &mut Value, pointer: &str, value: Value) {
    *document.pointer_mut(pointer).unwrap() = value;
}

#[test]
fn a_list_of_another_kind_or_shape_is_refused() {
    let scheme = "/LoTE/ListAndSchemeInformation";
    for (place, value) in [
        (
            format!("{scheme}/LoTEType"),
            json!("http://uri.etsi.org/19602/LoTEType/EUPIDProvidersList"),
        ),
        (format!("{scheme}/LoTEVersionIdentifier"), json!(2)),
        (format!("{scheme}/LoTESequenceNumber"), json!(0)),
        (format!("{scheme}/NextUpdate"), json!("tomorrow")),
        (format!("{SERVICE}/StatusStartingTime"), json!("x")),
        (format!("{SERVICE}/ServiceSupplyPoints"), json!([])),
        (format!("{SERVICE}/ServiceDigitalIdentity/X509Certificates/0/val"), json!("AAAA")),
    ] {
        let outcome = changed(|document| set(document, &place, value));
        assert_eq!(outcome, Err(TrustListError::Malformed), "{place}");
    }
    let outcome = changed(|document| *document = json!({}));
    assert_eq!(outcome, Err(TrustListError::Token(JwsError::Claims)));
}

#[test]
fn an_unknown_service_is_left_out_and_an_unknown_status_grants_nothing() {
    let kind = format!("{SERVICE}/ServiceTypeIdentifier");
    let read = changed(|document| set(document, &kind, json!("urn:new"))).unwrap();
    assert_eq!(read.entities[0].services.len(), 5);
    let status = format!("{SERVICE}/ServiceStatus");
    let read = changed(|document| set(document, &status, json!("urn:maybe"))).unwrap();
    assert_eq!(read.issuers(at(NOW)), []);
}

#[test]
fn another_token_of_the_operator_is_no_list() {
    let operator = operator();
    let header = Header::typ("jwt").with_x5c(key(&operator).x5c());
    let token = sign_jws(&header, &json!({}), key(&operator)).unwrap();
    assert_eq!(check(&token, None, NOW), Err(TrustListError::Token(JwsError::Type)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn verification_never_panics(token in "\\PC{0,100}") {
        prop_assert!(check(&token, None, NOW).is_err());
    }

    #[test]
    fn any_changed_bit_is_refused(bit in 0_usize..8, place in any::<prop::sample::Index>()) {
        let mut bytes = sign(&list(), key(&operator())).unwrap().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(changed) = std::str::from_utf8(&bytes) {
            prop_assert!(check(changed, None, NOW).is_err());
        }
    }
}
