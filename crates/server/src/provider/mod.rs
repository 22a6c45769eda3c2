//! The app's side over HTTP: accounts with passkeys, wallet attestation, and the wallet's pages.
//! Every call is for its own page alone; evidence never passes here.

mod accounts;
mod wallet;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::middleware;
use axum::routing::get;
use tanda_provider::Provider;
use url::Url;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::Config;
use crate::{cookies, layers, pages};

/// What the provider's handlers share.
pub(crate) struct State {
    pub(crate) provider: Provider,
    pub(crate) url: Url,
    pub(crate) settings: wallet::WalletSettings,
}

impl State {
    pub(crate) fn new(provider: Provider, config: &Config) -> Self {
        Self {
            provider,
            url: config.provider.url.clone(),
            settings: wallet::WalletSettings::new(config),
        }
    }
}

/// The role's routes: the described interface, and the router that also serves the pages.
pub(crate) fn router(state: &Arc<State>) -> (Router, utoipa::openapi::OpenApi) {
    let (api, description) = OpenApiRouter::new()
        .routes(routes!(accounts::start_registration))
        .routes(routes!(accounts::finish_registration))
        .routes(routes!(accounts::start_authentication))
        .routes(routes!(accounts::finish_authentication))
        .routes(routes!(accounts::account))
        .routes(routes!(accounts::sign_out))
        .routes(routes!(accounts::delete))
        .routes(routes!(wallet::attestation))
        .routes(routes!(wallet::config))
        .route_layer(middleware::from_fn_with_state(state.url.clone(), cookies::same_origin))
        .with_state(Arc::clone(state))
        .split_for_parts();
    // A wallet talks to its authorities and to every relying party that asks.
    let policy = if state.url.scheme() == "https" {
        pages::policy("https:")
    } else {
        pages::policy("https: http://localhost:*")
    };
    let router = api.fallback(get(move |uri: Uri, headers: HeaderMap| async move {
        pages::serve::<pages::WalletPages>(uri, headers, &policy).await
    }));
    (layers::wrap(router), description)
}
