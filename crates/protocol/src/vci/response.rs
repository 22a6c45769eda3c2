//! Credential responses (OpenID4VCI 1.0 §8.3).

use serde::{Deserialize, Serialize};
use tanda_credential::json;

use crate::oauth::MessageError;

/// The answer to a credential request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Wire")]
pub enum CredentialResponse {
    /// The credentials, status 200.
    Issued(IssuedCredentials),
    /// Not ready yet, status 202. Tanda's authorities decide before they offer, and never answer
    /// so.
    Deferred {
        /// What to ask for later.
        transaction_id: String,
        /// After how many seconds.
        interval: u64,
    },
}

/// The credentials of one answer, each for another key of the request, in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Wire")]
pub struct IssuedCredentials {
    /// The credentials in their serialised form.
    pub credentials: Vec<String>,
    /// What a notification about them names.
    pub notification_id: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credentials: Option<Vec<Entry>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notification_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    credential: String,
}

impl CredentialResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`MessageError`] where it is none: no credential, one that is no string, or credentials
    /// and a promise of them at once.
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let wire: Wire = json::parse_as(body)?;
        match (wire.credentials, wire.transaction_id, wire.interval) {
            (Some(entries), None, None) if !entries.is_empty() => {
                Ok(Self::Issued(IssuedCredentials {
                    credentials: entries.into_iter().map(|entry| entry.credential).collect(),
                    notification_id: wire.notification_id,
                }))
            }
            (None, Some(transaction_id), Some(interval))
                if interval > 0 && wire.notification_id.is_none() =>
            {
                Ok(Self::Deferred { transaction_id, interval })
            }
            _ => Err(MessageError::Member("credentials")),
        }
    }
}

impl From<IssuedCredentials> for Wire {
    fn from(issued: IssuedCredentials) -> Self {
        let entries = issued.credentials.into_iter().map(|credential| Entry { credential });
        Self {
            credentials: Some(entries.collect()),
            notification_id: issued.notification_id,
            ..Self::default()
        }
    }
}

impl From<CredentialResponse> for Wire {
    fn from(response: CredentialResponse) -> Self {
        match response {
            CredentialResponse::Issued(issued) => issued.into(),
            CredentialResponse::Deferred { transaction_id, interval } => Self {
                transaction_id: Some(transaction_id),
                interval: Some(interval),
                ..Self::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_read() {
        let issued = IssuedCredentials {
            credentials: vec!["a~".into(), "b~".into()],
            notification_id: Some("n".into()),
        };
        let deferred = CredentialResponse::Deferred { transaction_id: "t".into(), interval: 5 };
        for response in [CredentialResponse::Issued(issued.clone()), deferred] {
            let body = serde_json::to_vec(&response).unwrap();
            assert_eq!(CredentialResponse::parse(&body).unwrap(), response);
        }
        assert_eq!(
            serde_json::to_string(&issued).unwrap(),
            r#"{"credentials":[{"credential":"a~"},{"credential":"b~"}],"notification_id":"n"}"#
        );
    }

    #[test]
    fn refusals() {
        for bad in [
            "{}",
            r#"{"credentials":[]}"#,
            r#"{"credentials":["a"]}"#,
            r#"{"credentials":[{"credential":{"a":1}}]}"#,
            r#"{"credential":"a"}"#,
            r#"{"credentials":[{"credential":"a"}],"transaction_id":"t"}"#,
            r#"{"transaction_id":"t"}"#,
            r#"{"transaction_id":"t","interval":0}"#,
            r#"{"transaction_id":"t","interval":5,"notification_id":"n"}"#,
            r#"{"credentials":[{"credential":"a"}],"interval":5}"#,
        ] {
            assert!(CredentialResponse::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
