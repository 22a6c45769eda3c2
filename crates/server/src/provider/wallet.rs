//! What the wallet page needs of its provider: an attestation, and where to find the others.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::jose::Jwk;
use tanda_provider::CLIENT_ID;
use utoipa::ToSchema;

use super::State;
use super::accounts::current;
use crate::clock;
use crate::config::{Config, identifier};
use crate::extract::Body;
use crate::files;
use crate::problem::Problem;

/// What the wallet page is configured with.
pub(crate) struct WalletSettings {
    authorities: Vec<AuthorityView>,
    trust_list: String,
    trust_anchor: std::path::PathBuf,
}

impl WalletSettings {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            authorities: config
                .provider
                .authorities
                .iter()
                .map(|link| AuthorityView {
                    issuer: identifier(&link.issuer),
                    name: link.name.clone(),
                })
                .collect(),
            trust_list: config.trust_list.to_string(),
            trust_anchor: config.trust_anchor(),
        }
    }
}

/// An authority that this provider's users can apply to.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct AuthorityView {
    /// The credential issuer identifier.
    issuer: String,
    name: String,
}

/// The wallet page's configuration.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfigView {
    client_id: &'static str,
    authorities: Vec<AuthorityView>,
    /// Where the trust list is published.
    trust_list: String,
    /// The certificate of the list's operator (PEM), to be pinned.
    trust_anchor: String,
    languages: [&'static str; 3],
}

/// The wallet instance's key, and the authority it will be shown to.
#[derive(Deserialize, ToSchema)]
pub(super) struct AttestationRequest {
    #[schema(value_type = Object)]
    jwk: Jwk,
    /// One of the configured authorities.
    authority: String,
}

/// An attestation.
#[derive(Serialize, ToSchema)]
pub(super) struct AttestationView {
    /// `oauth-client-attestation+jwt`
    attestation: String,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// Vouch for this account's wallet towards an authority.
#[utoipa::path(post, path = "/wallet/attestation", tag = "wallet",
    request_body = AttestationRequest,
    responses((status = 200, body = AttestationView), (status = 401, body = Problem)))]
pub(super) async fn attestation(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Body(body): Body<AttestationRequest>,
) -> Result<Json<AttestationView>, Problem> {
    let account = current(&state, &headers).await?;
    if !state.settings.authorities.iter().any(|known| known.issuer == body.authority) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown-authority",
            "Unknown authority",
            "This provider has no such authority. Choose one that /wallet/config lists.",
        ));
    }
    let attestation = state
        .provider
        .attest_wallet(&account, &body.jwk, &body.authority, clock::now())
        .await
        .map_err(|cause| Problem::internal(&cause))?;
    Ok(Json(AttestationView { attestation: attestation.token, expires_at: attestation.expires_at }))
}

/// Where the wallet page finds authorities and trust.
#[utoipa::path(get, path = "/wallet/config", tag = "wallet",
    responses((status = 200, body = ConfigView)))]
pub(super) async fn config(Shared(state): Shared<Arc<State>>) -> Result<Json<ConfigView>, Problem> {
    let trust_anchor = files::read_text(&state.settings.trust_anchor)
        .map_err(|cause| Problem::internal(&cause))?;
    Ok(Json(ConfigView {
        client_id: CLIENT_ID,
        authorities: state.settings.authorities.clone(),
        trust_list: state.settings.trust_list.clone(),
        trust_anchor,
        languages: ["en", "id", "zh"],
    }))
}
