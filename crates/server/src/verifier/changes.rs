//! Tells waiting desks at once that a request has moved on.

use tokio::sync::broadcast;

/// The requests that changed, by their ids.
pub(super) struct Changes(broadcast::Sender<String>);

impl Default for Changes {
    fn default() -> Self {
        // A desk that lags behind re-reads the store, so a small buffer loses nothing.
        Self(broadcast::channel(256).0)
    }
}

impl Changes {
    /// Wakes whoever waits for this request.
    pub(super) fn announce(&self, id: &str) {
        // No desk waiting is no error.
        let _ = self.0.send(id.to_owned());
    }

    /// A subscription that sees every change announced from now on.
    pub(super) fn subscribe(&self) -> Subscription {
        Subscription(self.0.subscribe())
    }
}

/// One desk's ear.
pub(super) struct Subscription(broadcast::Receiver<String>);

impl Subscription {
    /// Returns when the request may have changed.
    pub(super) async fn changed(&mut self, id: &str) {
        loop {
            match self.0.recv().await {
                Ok(changed) if changed == id => return,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
            }
        }
    }
}
