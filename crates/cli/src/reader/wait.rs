//! A reader at a counter: it takes relays' links from a page on the same machine, so that an officer
//! needs no terminal.
//!
//! Whatever runs on this machine can reach the port, and so can every page that is open in a browser on
//! it: only pages of the listed origins are listened to (`Origin`, which a page can't choose), under no
//! other name than this machine's own (`Host`, against names that are rebound).

use std::error::Error;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tanda_authority::enrolment::chip::Ended;
use tanda_cli::drive::forward;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Url;

use super::PATIENCE;
use super::card::Readers;
use crate::output;

/// What the handlers share.
struct Counter {
    origins: Vec<HeaderValue>,
    hosts: [String; 2],
    reader: Option<String>,
    /// One card at a time.
    turn: Mutex<()>,
}

impl Counter {
    fn listens_to(&self, headers: &HeaderMap) -> bool {
        let page = headers.get(header::ORIGIN).is_some_and(|it| self.origins.contains(it));
        let host = headers
            .get(header::HOST)
            .is_some_and(|host| self.hosts.iter().any(|own| own.as_bytes() == host.as_bytes()));
        page && host
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    relay: String,
}

/// Serves on this machine's loopback until the process ends.
pub(super) async fn serve(
    port: u16,
    origins: &[Url],
    reader: Option<String>,
) -> Result<(), Box<dyn Error>> {
    let origin = |url: &Url| HeaderValue::from_str(&url.origin().ascii_serialization());
    let origins: Vec<HeaderValue> = origins.iter().map(origin).collect::<Result<_, _>>()?;
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.clone()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE])
        .allow_private_network(true);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let hosts = ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}"));
    let counter = Arc::new(Counter { origins, hosts, reader, turn: Mutex::default() });
    let router = Router::new()
        .route("/", get(async || StatusCode::NO_CONTENT))
        .route("/read", post(read))
        .layer(middleware::from_fn_with_state(Arc::clone(&counter), only_listed_pages))
        .layer(cors)
        .with_state(counter);
    output::note("The reader waits for links from the page. Ctrl-C ends it.");
    Ok(axum::serve(listener, router).await?)
}

async fn only_listed_pages(
    State(counter): State<Arc<Counter>>,
    request: Request,
    next: Next,
) -> Response {
    if counter.listens_to(request.headers()) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

/// Reads the card for the relay of a link; the answer comes when it is done.
async fn read(
    State(counter): State<Arc<Counter>>,
    Json(link): Json<Link>,
) -> Result<Json<Ended>, (StatusCode, Json<Ended>)> {
    let failed = |sentence: String| {
        (StatusCode::CONFLICT, Json(Ended { ended: "failed".to_owned(), sentence }))
    };
    let Ok(_turn) = counter.turn.try_lock() else {
        return Err(failed("a card is being read just now".to_owned()));
    };
    let wanted = counter.reader.clone();
    let waiting = tokio::task::spawn_blocking(move || {
        Readers::open()?.wait_for_card(wanted.as_deref(), PATIENCE)
    });
    let card = waiting.await.map_err(|error| failed(error.to_string()))?;
    let mut card = card.map_err(|error| failed(error.to_string()))?;
    let ended = forward(&link.relay, &mut card).await.map_err(|error| failed(error.to_string()))?;
    output::note(&ended.sentence);
    Ok(Json(ended))
}
