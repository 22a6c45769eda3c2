//! Organisations apply to be relying parties, fetch their certificates, and everybody can see which
//! registrations hold.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::relying_parties::{ApplyError, Certificates, Standing, StandingError};
use tanda_authority::status::StatusListError;
use tanda_credential::b64;
use tanda_model::RelyingPartyId;
use utoipa::ToSchema;

use super::State;
use super::published::published;
use crate::clock;
use crate::extract::{Jwt, Segment};
use crate::problem::Problem;
use crate::source::Source;

/// An application that waits for an officer.
#[derive(Serialize, ToSchema)]
pub(super) struct ApplicationView {
    #[schema(value_type = String)]
    id: RelyingPartyId,
    /// `applied`
    state: &'static str,
}

/// Where a relying party stands, for itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StandingView {
    /// `applied`, `refused`, `registered`, `suspended` or `ended`.
    pub state: String,
    /// Since when.
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// Why an officer decided so, in their words.
    pub reason: Option<String>,
    /// What it needs to ask, once it is registered.
    pub certificates: Option<CertificatesView>,
}

/// What a relying party needs to ask.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificatesView {
    /// The access certificate, base64url of its DER: `x5c` of request objects.
    pub access_certificate: String,
    /// The certificate that the registrations chain to, base64url of its DER.
    pub registrar_certificate: String,
    /// A registration certificate (`rc-rp+jwt`) a purpose, for `verifier_info`.
    pub registrations: Vec<String>,
}

impl CertificatesView {
    fn of(certificates: &Certificates) -> Self {
        Self {
            access_certificate: b64::encode(&certificates.access_certificate),
            registrar_certificate: b64::encode(&certificates.registrar_certificate),
            registrations: certificates.registrations.clone(),
        }
    }

    /// The certificates, decoded; nothing where one is not base64url.
    #[must_use]
    pub fn decoded(self) -> Option<Certificates> {
        Some(Certificates {
            access_certificate: b64::decode(&self.access_certificate).ok()?,
            registrar_certificate: b64::decode(&self.registrar_certificate).ok()?,
            registrations: self.registrations,
        })
    }
}

/// Apply to be a relying party.
///
/// The body is a JWT (`tanda-relying-party-application+jwt`), signed with the access key that is to
/// be certified and with that key as `jwk` in its header. An officer decides.
#[utoipa::path(post, path = "/relying-parties", tag = "relying parties",
    request_body(content = String, content_type = "application/jwt"), responses(
        (status = 202, description = "An officer will decide", body = ApplicationView),
        (status = 409, description = "The name is taken", body = Problem),
        (status = 422, description = "The application is not in order", body = Problem),
        (status = 429, description = "Too many applications", body = Problem)))]
pub(super) async fn apply(
    Shared(state): Shared<Arc<State>>,
    source: Source,
    Jwt(token): Jwt,
) -> Result<(StatusCode, Json<ApplicationView>), Problem> {
    let (now, source) = (clock::now(), source.key());
    state.applications.check(&source, now).map_err(too_many)?;
    state.applications.failed(&source, now);
    let applied = state.authority.apply_as_relying_party(&token, now).await;
    let id = applied.map_err(|error| match error {
        ApplyError::Application(cause) => not_in_order(&cause),
        ApplyError::Taken(cause) => Problem::new(
            StatusCode::CONFLICT,
            "relying-party-taken",
            "The name is taken",
            format!("Not possible: {cause}. Apply under another identifier, or with the key that you applied with before."),
        ),
        ApplyError::TooMany => too_many(3600),
        ApplyError::Fault(cause) => cause.into(),
    })?;
    Ok((StatusCode::ACCEPTED, Json(ApplicationView { id, state: "applied" })))
}

/// Ask what became of an application, and fetch the certificates.
///
/// The body is a JWT (`tanda-relying-party-query+jwt`), signed with the access key. Certificates
/// that are not of today are renewed.
#[utoipa::path(post, path = "/relying-parties/standing", tag = "relying parties",
    request_body(content = String, content_type = "application/jwt"), responses(
        (status = 200, body = StandingView),
        (status = 404, description = "Nobody with this key has applied under this name", body = Problem),
        (status = 422, description = "The question is not in order", body = Problem)))]
pub(super) async fn standing(
    Shared(state): Shared<Arc<State>>,
    Jwt(token): Jwt,
) -> Result<Json<StandingView>, Problem> {
    let now = clock::now();
    let standing =
        state.authority.standing_of_relying_party(&token, now, &mut clock::seeded()).await;
    let Standing { state, reason, certificates } = standing.map_err(|error| match error {
        StandingError::Application(cause) => not_in_order(&cause),
        StandingError::Unknown => Problem::new(
            StatusCode::NOT_FOUND,
            "application-unknown",
            "No such application",
            "Nobody with this key has applied under this name. Use the key that signed the \
             application, or apply.",
        ),
        StandingError::Certificate(cause) => Problem::internal(&cause),
        StandingError::Fault(cause) => cause.into(),
    })?;
    Ok(Json(StandingView {
        state: state.name().to_owned(),
        since: state.since(),
        reason,
        certificates: certificates.as_ref().map(CertificatesView::of),
    }))
}

/// Which registrations hold (draft-ietf-oauth-status-list). Relying parties bring it along with
/// every request; it is good for a minute.
#[utoipa::path(get, path = "/registration-status/{list}", tag = "published", responses(
    (status = 200, description = "Status List Token", content_type = "application/statuslist+jwt"),
    (status = 404, body = Problem)))]
pub(super) async fn status(
    Shared(state): Shared<Arc<State>>,
    Segment(list): Segment<u64>,
) -> Result<Response, Problem> {
    let signed = state.authority.publish_registration_status(list, clock::now()).await;
    let token = signed.map_err(|error| match error {
        StatusListError::Unknown => Problem::not_found(),
        StatusListError::Fault(cause) => cause.into(),
    })?;
    Ok(published("application/statuslist+jwt", "public, max-age=15", token.to_string()))
}

fn not_in_order(cause: &dyn std::error::Error) -> Problem {
    let mut detail = cause.to_string();
    if let Some(first) = detail.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "application-not-in-order",
        "Not in order",
        format!("{detail}."),
    )
}

fn too_many(seconds: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-applications",
        "Too many applications",
        "Too many applications came or wait to be decided. Apply again later.",
    )
    .retry_after(seconds)
}
