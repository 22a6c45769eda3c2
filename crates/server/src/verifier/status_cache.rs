//! Status lists, fetched when a verdict needs one and kept for as long as their publisher allows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tanda_credential::sd_jwt_vc::TrustedIssuers;
use tanda_credential::status_list::{self, StatusListToken};
use tanda_verifier::StatusEvidence;
use tokio::sync::Mutex;

use crate::clock;
use crate::layers;

/// The largest list that is read: 2^20 entries of 8 bits, incompressible, in base64.
const MOST_BYTES: usize = 2 << 20;
/// The lists kept at most.
const MOST_LISTS: usize = 4096;

/// The lists seen last, by their address.
pub(super) struct StatusCache {
    http: reqwest::Client,
    /// How long a list may take to come.
    patience: Duration,
    lists: Mutex<HashMap<String, Arc<Mutex<Option<Kept>>>>>,
}

/// What is known of one list.
#[derive(Clone)]
pub(super) enum Known {
    /// The newest copy that could be had; the verifier judges whether it is fresh enough.
    List(Kept),
    /// No copy, and none to be had.
    Unreachable,
    /// Something came back that the credential's issuer didn't sign.
    NotGenuine,
}

/// A verified list and when it was fetched.
#[derive(Clone)]
pub(super) struct Kept {
    list: Arc<StatusListToken>,
    fetched_at: Timestamp,
}

impl Known {
    /// The same, as the verifier takes it.
    pub(super) fn evidence(&self) -> StatusEvidence<'_> {
        match self {
            Self::List(kept) => {
                StatusEvidence::List { token: &kept.list, fetched_at: kept.fetched_at }
            }
            Self::Unreachable => StatusEvidence::Unreachable,
            Self::NotGenuine => StatusEvidence::NotGenuine,
        }
    }
}

impl StatusCache {
    pub(super) fn new(http: reqwest::Client, patience: Duration) -> Self {
        Self { http, patience, lists: Mutex::default() }
    }

    /// The list at an address, from the cache while it is fresh. One fetch serves all who wait.
    pub(super) async fn list(&self, uri: &str, issuers: &TrustedIssuers) -> Known {
        let slot = {
            let mut lists = self.lists.lock().await;
            if lists.len() >= MOST_LISTS {
                lists.clear();
            }
            Arc::clone(lists.entry(uri.to_owned()).or_default())
        };
        let mut kept = slot.lock().await;
        if let Some(kept) = kept.as_ref()
            && kept.list.refetch_at(kept.fetched_at).is_some_and(|then| clock::now() < then)
        {
            return Known::List(kept.clone());
        }
        let Some(token) = self.fetch(uri).await else {
            // An old copy is still evidence: the verifier calls it stale, not unreachable.
            return kept.clone().map_or(Known::Unreachable, Known::List);
        };
        let now = clock::now();
        match status_list::verify(&token, uri, issuers, now) {
            Ok(list) => {
                let fresh = Kept { list: Arc::new(list), fetched_at: now };
                *kept = Some(fresh.clone());
                Known::List(fresh)
            }
            Err(cause) => {
                tracing::warn!(%cause, "a status list is not genuine");
                Known::NotGenuine
            }
        }
    }

    async fn fetch(&self, uri: &str) -> Option<String> {
        let request = layers::status_list(&self.http, uri, self.patience);
        match layers::text(request, MOST_BYTES).await {
            Ok(token) => Some(token),
            Err(cause) => {
                tracing::warn!(%cause, "a status list is unreachable");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Lock;

    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::get;
    use jiff::ToSpan as _;
    use tanda_credential::jose::{Signer as _, SigningKey};
    use tanda_credential::sd_jwt_vc::TrustedIssuer;
    use tanda_credential::status_list::{Bits, StatusList, StatusListClaims};
    use tanda_credential::trust_list::Names;
    use tanda_credential::x509::{
        Certificate, LeafRequest, Subject, Validity, issue_ca, issue_leaf,
    };

    use super::*;

    const ISSUER: &str = "https://authority.example";

    /// An issuer of status lists: its key with its certificate, and who certified it.
    fn issuer() -> (SigningKey, Certificate) {
        let (mut rng, now) = (clock::rng(), clock::now());
        let (ca_key, key) =
            (SigningKey::generate(&mut rng).unwrap(), SigningKey::generate(&mut rng).unwrap());
        let validity = Validity { from: now - 1.hour(), until: now + 1.hour() };
        let ca = issue_ca(&Subject::named("CA"), validity, &ca_key, &mut rng).unwrap();
        let leaf = LeafRequest {
            subject: Subject::named("Issuer"),
            key: key.public(),
            dns_names: Vec::new(),
            uris: vec![ISSUER.to_owned()],
            validity,
        };
        let leaf = issue_leaf(&leaf, &ca, &ca_key, &mut rng).unwrap();
        (key.with_x5c(vec![leaf]), Certificate::from_der(&ca).unwrap())
    }

    fn trusting(anchor: Certificate) -> TrustedIssuers {
        TrustedIssuers::new(vec![TrustedIssuer {
            id: ISSUER.to_owned(),
            names: Names::one("en", "Authority").into(),
            anchors: vec![anchor],
            vcts: vec!["urn:tanda:card:light:1".to_owned()],
        }])
    }

    /// Where a list is published, and what is answered there.
    struct Publisher {
        uri: String,
        answer: Arc<Lock<(StatusCode, String)>>,
    }

    impl Publisher {
        async fn start() -> Self {
            let answer = Arc::new(Lock::new((StatusCode::INTERNAL_SERVER_ERROR, String::new())));
            let said = Arc::clone(&answer);
            let router = Router::new().route("/", get(async move || said.lock().unwrap().clone()));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let uri = format!("http://{}/", listener.local_addr().unwrap());
            tokio::spawn(async move { axum::serve(listener, router).await });
            Self { uri, answer }
        }

        fn answers(&self, status: StatusCode, text: &str) {
            *self.answer.lock().unwrap() = (status, text.to_owned());
        }

        /// A list of this address that may be kept for so many seconds.
        fn list(&self, ttl: u64, signer: &SigningKey) -> String {
            let claims = StatusListClaims {
                uri: self.uri.clone(),
                issued_at: clock::now(),
                expires_at: None,
                ttl: Some(ttl),
            };
            let list = StatusList::new(Bits::Two, 64).encode().unwrap();
            status_list::sign(&claims, &list, signer).unwrap()
        }
    }

    #[tokio::test]
    async fn only_what_the_issuer_signed_is_a_list_and_an_old_one_is_known_as_old() {
        let (issuer_key, anchor) = issuer();
        let (stranger, _) = issuer();
        let trusted = trusting(anchor);
        let (publisher, elsewhere) = (Publisher::start().await, Publisher::start().await);
        let cache = StatusCache::new(layers::client(), Duration::from_secs(10));
        let known = async || cache.list(&publisher.uri, &trusted).await;
        assert!(matches!(known().await, Known::Unreachable));

        let good = publisher.list(0, &issuer_key);
        publisher.answers(StatusCode::OK, &good);
        let Known::List(first) = known().await else { panic!("it is the issuer's") };
        // It may not be kept at all, and still it is all that is known while nothing newer comes.
        publisher.answers(StatusCode::INTERNAL_SERVER_ERROR, &good);
        let Known::List(old) = known().await else { panic!("an old list is known") };
        assert_eq!(old.fetched_at, first.fetched_at, "and how old it is");

        let mut tampered = good.clone().into_bytes();
        let at = tampered.len() - 20;
        tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).unwrap();
        for (what, answer) in [
            ("tampered with", tampered),
            ("another's", publisher.list(0, &stranger)),
            ("another address's", elsewhere.list(0, &issuer_key)),
            ("no token at all", "<html>".to_owned()),
        ] {
            publisher.answers(StatusCode::OK, &answer);
            assert!(matches!(known().await, Known::NotGenuine), "{what}");
        }

        publisher.answers(StatusCode::OK, &publisher.list(60, &issuer_key));
        let Known::List(kept) = known().await else { panic!("it is genuine again") };
        publisher.answers(StatusCode::OK, "<html>");
        let Known::List(same) = known().await else { panic!("it is fresh for a minute") };
        assert!(kept.fetched_at > first.fetched_at && same.fetched_at == kept.fetched_at);
    }
}
