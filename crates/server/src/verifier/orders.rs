//! Several people on one order, such as a group's tickets.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tanda_verifier::{Order, OrderError, Place, Session};
use utoipa::ToSchema;

use super::requests::{self, RequestView};
use super::shift::signed_in;
use super::{Verifier, standing};
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// An order to begin.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewOrder {
    /// A purpose that is registered for groups.
    purpose: String,
    /// For how many people, up to the number that is registered.
    people: u8,
}

/// An order, and who is on it.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderView {
    id: String,
    people: u8,
    places_left: u8,
    /// When nobody can be added any more, RFC 3339.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// Everybody whose card was valid, in the order in which it was checked.
    travellers: Vec<TravellerView>,
}

/// Somebody whose card was valid.
#[derive(Serialize, ToSchema)]
pub(super) struct TravellerView {
    /// The request that they answered.
    request: String,
    /// The claims that they showed.
    #[schema(value_type = Object)]
    claims: Value,
    /// `taken`, or `twice` where the same was shown before, or `full` where all places were taken.
    #[schema(value_type = String)]
    place: Place,
}

/// Begin an order for several people.
#[utoipa::path(post, path = "/desk/orders", tag = "desk", request_body = NewOrder, responses(
    (status = 201, body = OrderView),
    (status = 401, body = Problem),
    (status = 422, description = "Not so many people, or not this purpose", body = Problem),
))]
pub(super) async fn begin(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Body(body): Body<NewOrder>,
) -> Result<(StatusCode, Json<OrderView>), Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let order = Order::begin(
        &signed_in.desk.relying_party,
        &body.purpose,
        body.people,
        &signed_in.browser_session,
        clock::now(),
        &mut clock::rng(),
    )?;
    verifier.store.add_order(&order).await?;
    Ok((StatusCode::CREATED, Json(view(&order, &[], &signed_in.browser_session))))
}

/// Who is on an order.
#[utoipa::path(get, path = "/desk/orders/{id}", tag = "desk", responses(
    (status = 200, body = OrderView),
    (status = 404, description = "No such order of this desk session", body = Problem),
))]
pub(super) async fn state(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
) -> Result<Json<OrderView>, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let (order, sessions) = own_order(&verifier, &signed_in.browser_session, &id).await?;
    Ok(Json(view(&order, &sessions, &signed_in.browser_session)))
}

/// Ask the next of the group. Their request is then watched like any other.
#[utoipa::path(post, path = "/desk/orders/{id}/requests", tag = "desk", responses(
    (status = 201, body = RequestView),
    (status = 404, description = "No such order of this desk session", body = Problem),
    (status = 409, description = "Every place is taken, or the order is over", body = Problem),
))]
pub(super) async fn ask(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
) -> Result<(StatusCode, Json<RequestView>), Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let (order, sessions) = own_order(&verifier, &signed_in.browser_session, &id).await?;
    let (relying_party, now) = (&signed_in.desk.relying_party, clock::now());
    let mut next = order.next_question(
        relying_party.id(),
        &sessions,
        &signed_in.browser_session,
        signed_in.at_desk(),
        now,
    )?;
    let list = standing::status_list(&verifier, relying_party, next.purpose).await;
    next.status_list = list.as_deref();
    let asked =
        tanda_verifier::ask(relying_party, &next, &verifier.service, now, &mut clock::rng())
            .map_err(OrderError::from)?;
    verifier.store.add_request(&asked.session).await?;
    Ok((StatusCode::CREATED, Json(requests::view(&asked.invitation))))
}

async fn own_order(
    verifier: &Verifier,
    browser_session: &str,
    id: &str,
) -> Result<(Order, Vec<Session>), Problem> {
    let found = verifier.store.order(id).await?;
    found.filter(|(order, _)| order.belongs_to(browser_session)).ok_or_else(Problem::not_found)
}

fn view(order: &Order, sessions: &[Session], browser_session: &str) -> OrderView {
    let standing = order.standing(sessions, browser_session);
    OrderView {
        id: order.id().to_owned(),
        people: order.people(),
        places_left: standing.places_left,
        expires_at: order.expires_at(),
        travellers: standing
            .travellers
            .into_iter()
            .map(|traveller| TravellerView {
                request: traveller.request.to_owned(),
                claims: Value::Object(traveller.accepted.claims.clone()),
                place: traveller.place,
            })
            .collect(),
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let (status, remedy) = match &error {
            OrderError::Another => return Self::not_found(),
            OrderError::Ask(refusal) => return requests::refused(refusal),
            OrderError::GroupSize { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Begin an order for as many, or several orders.")
            }
            OrderError::Full | OrderError::Over => {
                (StatusCode::CONFLICT, "Begin another order for whoever is left.")
            }
        };
        Self::new(status, error.code(), "Not on this order", format!("{error}. {remedy}"))
    }
}
