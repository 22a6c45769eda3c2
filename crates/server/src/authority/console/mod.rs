//! The officers' console over HTTP: for its own page alone. Nothing here decides who may do what:
//! the use cases do, whoever calls them.

mod applications;
mod appointments;
mod counter;
mod counter_reader;
mod exports;
mod figures;
mod imports;
mod invitations;
mod officers;
mod proposals;
mod records;
mod refusals;
mod relying_parties;
mod reports;
mod residents;
mod session;
mod sheets;

use std::sync::Arc;

use axum::middleware;
use tanda_protocol::oauth::OpaqueToken;
use url::Url;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::State;
use crate::config::identifier;
use crate::cookies;

/// The one-time link of an invitation. The secret is in the fragment, which no browser sends
/// anywhere and no log holds.
pub fn invitation_link(console: &Url, token: &OpaqueToken) -> String {
    format!("{}/#invite={}", identifier(console), token.expose())
}

/// The console's routes.
pub(super) fn routes(state: &Arc<State>) -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new()
        .routes(routes!(invitations::open))
        .routes(routes!(invitations::start_joining))
        .routes(routes!(invitations::finish_joining))
        .routes(routes!(session::start_sign_in))
        .routes(routes!(session::finish_sign_in))
        .routes(routes!(session::finish_step_up))
        .routes(routes!(session::view))
        .routes(routes!(session::sign_out))
        .routes(routes!(applications::list))
        .routes(routes!(applications::look))
        .routes(routes!(applications::decide))
        .routes(routes!(applications::freeze))
        .routes(routes!(applications::release))
        .routes(routes!(appointments::expected))
        .routes(routes!(counter::look))
        .routes(routes!(counter::progress))
        .routes(routes!(counter::read_chip, counter::chip))
        .routes(routes!(counter_reader::question))
        .routes(routes!(counter_reader::take))
        .routes(routes!(counter::take_fingers))
        .routes(routes!(counter::attest))
        .routes(routes!(residents::look))
        .routes(routes!(residents::unmask))
        .routes(routes!(residents::mark))
        .routes(routes!(residents::act_on_card))
        .routes(routes!(residents::add))
        .routes(routes!(sheets::issue))
        .routes(routes!(imports::begin))
        .routes(routes!(imports::add_piece))
        .routes(routes!(imports::add_picture))
        .routes(routes!(imports::check))
        .routes(routes!(imports::view))
        .routes(routes!(imports::propose))
        .routes(routes!(imports::discard))
        .routes(routes!(proposals::list))
        .routes(routes!(proposals::preview_cards))
        .routes(routes!(proposals::propose_cards))
        .routes(routes!(exports::preview))
        .routes(routes!(exports::propose))
        .routes(routes!(exports::fetch))
        .routes(routes!(records::correct))
        .routes(routes!(records::merge))
        .routes(routes!(proposals::look))
        .routes(routes!(proposals::confirm))
        .routes(routes!(proposals::decline))
        .routes(routes!(proposals::withdraw))
        .routes(routes!(reports::list))
        .routes(routes!(reports::settle))
        .routes(routes!(relying_parties::list))
        .routes(routes!(relying_parties::register))
        .routes(routes!(relying_parties::change_purposes))
        .routes(routes!(relying_parties::step))
        .routes(routes!(figures::view))
        .routes(routes!(officers::list))
        .routes(routes!(officers::invite))
        .routes(routes!(officers::invite_again))
        .routes(routes!(officers::retire))
        .routes(routes!(officers::change_role))
        .route_layer(middleware::from_fn_with_state(state.url.clone(), cookies::same_origin))
}
