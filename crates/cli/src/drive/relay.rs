//! The reader's side of a relay: what the authority says goes to the chip, what the chip answers goes
//! back. Nothing is read on the way, and there is no key to read it with.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use tanda_authority::enrolment::chip::{Ended, Notice};
use tanda_chip::Transport;
use tanda_server::tls;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, connect_async_tls_with_config};

/// Why a relay brought no end.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// Not a relay's link.
    #[error("this is no link of a relay: it begins with ws:// or wss://")]
    Link,
    /// Somebody answers, who can't show by TLS that it is the authority.
    #[error("the authority {}", tls::NOT_BELIEVED)]
    NotBelieved(#[source] Box<Error>),
    /// Nobody answers.
    #[error("the authority doesn't answer")]
    NoAnswer(#[source] Box<Error>),
    /// The authority says no, in its own words.
    #[error("{0}")]
    Refused(String),
    /// The connection broke, or ended without a word.
    #[error("the connection to the authority broke")]
    Broken,
}

/// Forwards between the authority at `link` and the card behind `transport`, until the authority says how
/// it ended.
///
/// # Errors
/// [`RelayError`]. What goes wrong with the card is told to the authority, and comes back as its word.
pub async fn forward(link: &str, card: &mut impl Transport) -> Result<Ended, RelayError> {
    let tls = Some(Connector::Rustls(Arc::new(tls::client())));
    let (mut socket, _) =
        connect_async_tls_with_config(link, None, false, tls).await.map_err(refused)?;
    while let Some(message) = socket.next().await {
        let reply = match message.map_err(|_| RelayError::Broken)? {
            Message::Binary(command) => match card.transmit(&command).await {
                Ok(answer) => Message::binary(answer),
                Err(error) => Message::text(Notice::from(error).to_text()),
            },
            Message::Text(text) => {
                let Some(ended) = Ended::parse(&text) else { continue };
                let _ = socket.close(None).await;
                return Ok(ended);
            }
            Message::Close(_) => break,
            _ => continue,
        };
        socket.send(reply).await.map_err(|_| RelayError::Broken)?;
    }
    Err(RelayError::Broken)
}

fn refused(error: Error) -> RelayError {
    match error {
        Error::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
            let detail = problem["detail"].as_str().map(str::to_owned);
            RelayError::Refused(detail.unwrap_or_else(|| {
                format!("the authority answered with status {}", response.status().as_u16())
            }))
        }
        Error::Url(_) | Error::HttpFormat(_) => RelayError::Link,
        error if tls::is_not_believed(&error) => RelayError::NotBelieved(Box::new(error)),
        error => RelayError::NoAnswer(Box::new(error)),
    }
}
