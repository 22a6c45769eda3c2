//! When an applicant for the full card comes to a counter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::enrolment::{AppointError, Appointment, OfficeSlots};
use tanda_credential::trust_list::Names;
use tanda_model::EnrolmentId;
use utoipa::ToSchema;

use super::State;
use super::enrolments::{bearer, unknown};
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// A place with a counter, and when one can come.
#[derive(Serialize, ToSchema)]
pub(super) struct OfficeView {
    id: String,
    /// What it is called, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    name: Names,
    /// Where it is, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    address: Names,
    /// Beginnings of the appointments that are free, the earliest first.
    #[schema(value_type = Vec<String>)]
    free: Vec<Timestamp>,
}

/// When and where an applicant comes.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct AppointmentView {
    /// The office's id.
    office: String,
    /// When it begins.
    #[schema(value_type = String)]
    starts_at: Timestamp,
}

impl From<Appointment> for AppointmentView {
    fn from(appointment: Appointment) -> Self {
        Self { office: appointment.office, starts_at: appointment.starts_at }
    }
}

impl From<OfficeSlots> for OfficeView {
    fn from(OfficeSlots { office, free }: OfficeSlots) -> Self {
        Self { id: office.id, name: office.names, address: office.address, free }
    }
}

/// The offices with a counter, and the appointments of the next days that are free.
#[utoipa::path(get, path = "/offices", tag = "enrolment",
    responses((status = 200, body = Vec<OfficeView>)))]
pub(super) async fn offices(
    Shared(state): Shared<Arc<State>>,
) -> Result<Json<Vec<OfficeView>>, Problem> {
    let offices = state.authority.offices(clock::now()).await.map_err(Problem::from)?;
    Ok(Json(offices.into_iter().map(OfficeView::from).collect()))
}

/// Make an appointment, in the place of the one that the application had. One can also come without.
#[utoipa::path(post, path = "/enrolments/{id}/appointment", tag = "enrolment",
    request_body = AppointmentView, responses(
    (status = 204, description = "It is booked"),
    (status = 401, body = Problem),
    (status = 409, description = "The application needs no counter now (not-gathering), or the time \
     is taken (slot-taken)", body = Problem),
    (status = 422, description = "There is no appointment at this time", body = Problem),
))]
pub(super) async fn appoint(
    Shared(state): Shared<Arc<State>>,
    Segment(id): Segment<EnrolmentId>,
    headers: HeaderMap,
    Body(body): Body<AppointmentView>,
) -> Result<StatusCode, Problem> {
    let token = bearer(&headers)?;
    let wanted = Appointment { office: body.office, starts_at: body.starts_at };
    state.authority.appoint(id, token, wanted, clock::now()).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give the appointment up; the application stands.
#[utoipa::path(post, path = "/enrolments/{id}/appointment/cancel", tag = "enrolment", responses(
    (status = 204, description = "There is none any more"),
    (status = 401, body = Problem),
))]
pub(super) async fn cancel(
    Shared(state): Shared<Arc<State>>,
    Segment(id): Segment<EnrolmentId>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let token = bearer(&headers)?;
    state.authority.cancel_appointment(id, token).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: AppointError) -> Problem {
    match error {
        AppointError::Unknown => unknown(),
        AppointError::NotGathering => Problem::new(
            StatusCode::CONFLICT,
            "not-gathering",
            "No counter is needed",
            "This application needs no counter now. Ask where it stands.",
        ),
        AppointError::NoSuchSlot => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no-such-slot",
            "No appointment at this time",
            "The office has no appointment at this time. Choose one of those that it offers.",
        ),
        AppointError::Taken => Problem::new(
            StatusCode::CONFLICT,
            "slot-taken",
            "The time is taken",
            "Somebody else took this time a moment ago. Choose another one.",
        ),
        AppointError::Fault(cause) => cause.into(),
    }
}
