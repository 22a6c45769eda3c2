//! The relying parties' side over HTTP: desks ask and see verdicts, wallets fetch requests and
//! answer. It has its own store and works from published trust and status lists alone.

mod changes;
mod codes;
mod desk;
mod enrol;
mod orders;
mod pins;
mod records;
mod relying_parties;
mod requests;
mod sheets;
mod shift;
mod staff;
pub(crate) mod standing;
mod status_cache;
mod store;
mod trust_cache;
mod wallet;

pub use relying_parties::RelyingPartyFolder;
pub(crate) use relying_parties::RelyingPartyFolderError;
pub(crate) use staff::settle as settle_staff;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::middleware;
use axum::routing::get;
use jiff::Timestamp;
use tanda_storage::{StorageError, Store};
use tanda_verifier::Service;
use tower_http::cors::{Any, CorsLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::Config;
use crate::throttle::Throttle;
use crate::{cookies, layers, pages};
use changes::Changes;
use pins::Pins;
use relying_parties::Desk;
use standing::Standings;
use status_cache::StatusCache;
use store::Kept;
use trust_cache::TrustCache;

/// What the verifier's handlers share.
pub(crate) struct Verifier {
    store: Kept,
    service: Service,
    desks: BTreeMap<String, Desk>,
    trust: TrustCache,
    statuses: StatusCache,
    standings: Standings,
    http: reqwest::Client,
    changes: Changes,
    pins: Pins,
    /// Guesses at access codes, by relying party.
    enrolments: Throttle,
    /// Failed sign-ins, by device; guesses at a PIN are counted with whoever's it is as well.
    sign_ins: Throttle,
    /// Guesses at typed codes, by source.
    code_guesses: Throttle,
}

/// Why the role can't start.
#[derive(Debug, thiserror::Error)]
pub enum VerifierStartError {
    /// The verifier's address can't be used in links.
    #[error("the code prefix must be two characters of the typed-code alphabet")]
    CodePrefix,
    /// The key of the staff's PINs can't be used.
    #[error("the key of the staff's PINs is damaged; restore it from a backup")]
    PinKey,
    /// A file can't be used.
    #[error(transparent)]
    File(#[from] crate::files::FileError),
    /// A relying party's folder can't be read.
    #[error(transparent)]
    RelyingParty(#[from] RelyingPartyFolderError),
    /// The pinned certificate can't be read.
    #[error(transparent)]
    Trust(#[from] crate::pem::PemError),
}

impl Verifier {
    /// Sets the role up on its store; nothing is fetched before the first request needs it.
    pub(crate) fn new(
        config: &Config,
        store: Store<tanda_storage::Verifier>,
    ) -> Result<Self, VerifierStartError> {
        let settings = &config.verifier;
        let http = layers::client();
        let patience = Duration::from_millis(settings.list_patience_ms);
        let folder = config.folder(crate::config::Role::Verifier);
        Ok(Self {
            store: Kept::new(store),
            pins: Pins::open(&config.keys(crate::config::Role::Verifier).join("pin.key"))?,
            service: Service {
                public_url: settings.url.clone(),
                wallet_url: settings.wallet_url.clone(),
                code_prefix: settings
                    .code_prefix
                    .parse()
                    .map_err(|_| VerifierStartError::CodePrefix)?,
            },
            desks: relying_parties::load(&folder)?,
            trust: TrustCache::new(config, &folder, http.clone())?,
            statuses: StatusCache::new(http.clone(), patience),
            standings: Standings::new(http.clone(), patience),
            http,
            changes: Changes::default(),
            enrolments: Throttle::new(10, 60),
            sign_ins: Throttle::new(30, 60),
            code_guesses: Throttle::new(30, 60),
        })
    }

    /// Deletes what has ended; called by the sweeping job.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<(), StorageError> {
        self.delete_due_records(now).await?;
        self.store.sweep(now).await
    }
}

/// The role's routes: the described interface, and the router that also serves the pages.
pub(crate) fn router(verifier: Arc<Verifier>) -> (Router, utoipa::openapi::OpenApi) {
    // Wallets are pages of other origins; they carry no cookie here.
    let open = CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(Any);
    let for_wallets = OpenApiRouter::new()
        .routes(routes!(wallet::request_object, wallet::request_object_posted))
        .routes(routes!(wallet::response))
        .routes(routes!(codes::resolve))
        .routes(routes!(records::deletion))
        .layer(open);
    let own = verifier.service.public_url.clone();
    let for_desks = OpenApiRouter::new()
        .routes(routes!(enrol::enrol))
        .routes(routes!(enrol::unenrol))
        .routes(routes!(shift::sign_in))
        .routes(routes!(shift::sign_out))
        .routes(routes!(staff::list, staff::add))
        .routes(routes!(staff::set_pin))
        .routes(routes!(staff::end))
        .routes(routes!(desk::desk))
        .routes(routes!(requests::create))
        .routes(routes!(requests::state))
        .routes(routes!(requests::events))
        .routes(routes!(orders::begin))
        .routes(routes!(orders::state))
        .routes(routes!(orders::ask))
        .routes(routes!(records::export))
        .routes(routes!(records::exports))
        .routes(routes!(requests::receipt))
        .routes(routes!(requests::same_device))
        .routes(routes!(sheets::hand_over))
        .routes(routes!(requests::return_from_wallet))
        .route_layer(middleware::from_fn_with_state(own, cookies::same_origin));
    let (api, description) = for_wallets.merge(for_desks).with_state(verifier).split_for_parts();
    let policy = pages::policy("");
    let router = api.fallback(get(move |uri: Uri, headers: HeaderMap| async move {
        pages::serve::<pages::DeskPages>(uri, headers, &policy).await
    }));
    (layers::wrap(router), description)
}
