//! The notification endpoint: what became of the credentials (OpenID4VCI 1.0 §11).

use serde::{Deserialize, Serialize};
use tanda_credential::json;
use thiserror::Error;

use crate::oauth::{ErrorCode, ErrorResponse};

/// What became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationEvent {
    /// They are in the wallet.
    CredentialAccepted,
    /// They could not be kept, for another reason than the holder's will.
    CredentialFailure,
    /// The holder declined them.
    CredentialDeleted,
}

/// A wallet's word on the credentials of one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationRequest {
    /// Which answer.
    pub notification_id: String,
    /// What became of it.
    pub event: NotificationEvent,
    /// Anything more, for developers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_description: Option<String>,
}

/// The notification cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the notification is malformed")]
pub struct NotificationError;

impl NotificationError {
    /// What the wallet is told.
    #[must_use]
    pub const fn response(&self) -> ErrorResponse {
        ErrorResponse::new(
            ErrorCode::InvalidNotificationRequest,
            "Send notification_id and an event of OpenID4VCI.",
        )
    }
}

impl NotificationRequest {
    /// Reads a notification.
    ///
    /// # Errors
    /// [`NotificationError`] where it is none.
    pub fn parse(body: &[u8]) -> Result<Self, NotificationError> {
        json::parse_as(body).map_err(|_| NotificationError)
    }
}
