//! The state's side over HTTP: enrolments, issuance, and what an authority publishes.

mod appointments;
mod attested;
mod cards;
mod chip;
mod console;
mod enrolments;
mod issuance;
mod log;
mod oauth_error;
mod published;
mod relying_parties;
mod reports;
pub(crate) mod sheets;
mod trust_list;

pub(crate) use chip::room as chip_relays;
pub use console::invitation_link;
pub use relying_parties::{CertificatesView, StandingView};
pub(crate) use trust_list::{TrustListPublisher, others};

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::routing::get;
use tanda_authority::Authority;
use tokio::sync::Semaphore;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use url::Url;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::{AuthorityConfig, identifier};
use crate::throttle::Throttle;
use crate::{layers, pages};

/// What the authority's handlers share.
pub(crate) struct State {
    pub(crate) authority: Arc<Authority>,
    pub(crate) trust_list: TrustListPublisher,
    /// Decisions are answered on a grid of this many milliseconds.
    pub(crate) decision_grid_ms: u64,
    /// Guesses at codes of sheets, by who asks.
    pub(crate) sheet_guesses: Throttle,
    /// Applications to be a relying party, by where they come from.
    pub(crate) applications: Throttle,
    /// Room for chips that are read at the same time.
    pub(crate) chip_relays: Arc<Semaphore>,
    /// The address of the console.
    pub(crate) url: Url,
}

/// Where `tanda reader --wait` takes links from the console's page (docs/integrating/chip-relay.md).
const COUNTER_READER: &str = "http://127.0.0.1:8610";

const ATTESTATION: HeaderName = HeaderName::from_static("oauth-client-attestation");
const POSSESSION: HeaderName = HeaderName::from_static("oauth-client-attestation-pop");
const CHALLENGE: HeaderName = HeaderName::from_static("oauth-client-attestation-challenge");
const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The role's routes and their description.
pub(crate) fn router(
    state: Arc<State>,
    config: &AuthorityConfig,
) -> (Router, utoipa::openapi::OpenApi) {
    let wallets: Vec<HeaderValue> = config
        .wallet_origins
        .iter()
        .filter_map(|url| HeaderValue::from_str(&identifier(url)).ok())
        .collect();
    // Evidence is taken from the pages of listed wallets only, and residents' records and cards are
    // for them alone; whatever else a wallet needs is guarded by proofs of possession and open to
    // all origins.
    let evidence = CorsLayer::new()
        .allow_origin(AllowOrigin::list(wallets))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, ATTESTATION, POSSESSION])
        .expose_headers([header::RETRY_AFTER]);
    let open = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            DPOP,
            ATTESTATION,
            POSSESSION,
        ])
        .expose_headers([DPOP_NONCE, header::WWW_AUTHENTICATE, CHALLENGE]);
    let enrolment = OpenApiRouter::new()
        .routes(routes!(enrolments::begin))
        .routes(routes!(enrolments::capture))
        .routes(routes!(enrolments::complete))
        .routes(routes!(enrolments::view))
        .routes(routes!(appointments::offices))
        .routes(routes!(appointments::appoint))
        .routes(routes!(appointments::cancel))
        .routes(routes!(chip::open))
        .routes(routes!(attested::question))
        .routes(routes!(attested::take))
        .routes(routes!(log::mine))
        .routes(routes!(cards::show))
        .routes(routes!(cards::lock))
        .routes(routes!(cards::unlock))
        .routes(routes!(cards::give_up))
        .routes(routes!(reports::report))
        .layer(evidence);
    let issuance = OpenApiRouter::new()
        .routes(routes!(issuance::issuer_metadata))
        .routes(routes!(issuance::server_metadata))
        .routes(routes!(issuance::token))
        .routes(routes!(issuance::nonce))
        .routes(routes!(issuance::credential))
        .routes(routes!(chip::relay))
        .routes(routes!(sheets::present))
        .routes(routes!(relying_parties::apply))
        .routes(routes!(relying_parties::standing))
        .routes(routes!(relying_parties::status))
        .routes(routes!(published::status_list))
        .routes(routes!(published::trust_list))
        .routes(routes!(published::type_metadata))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::tile))
        .layer(open);
    let console = console::routes(&state);
    let (api, description) =
        enrolment.merge(issuance).merge(console).with_state(state).split_for_parts();
    let policy = pages::policy(COUNTER_READER);
    let router = api.fallback(get(move |uri: Uri, headers: HeaderMap| async move {
        pages::serve_exactly::<pages::ConsolePages>(uri, headers, &policy).await
    }));
    (layers::wrap(router), description)
}
