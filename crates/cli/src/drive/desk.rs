//! A relying party's desk.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tanda_server::config::at;
use url::Url;

use super::http::{Client, HttpError};

/// A signed-in desk.
pub struct Desk {
    client: Client,
    url: Url,
}

/// A request that waits for a wallet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The request's identifier at the verifier.
    pub id: String,
    /// For any wallet.
    pub openid4vp_uri: String,
    /// For the wallet page.
    pub wallet_link: String,
    /// For typing.
    pub code: String,
}

/// Where a request stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// `waiting`, `opened`, `verdict`, `declined` or `expired`.
    pub state: String,
    /// The verdict, once there is one.
    #[serde(default)]
    pub verdict: Value,
}

impl State {
    /// The verdict's outcome, or the state if there is no verdict.
    pub fn outcome(&self) -> &str {
        self.verdict["outcome"].as_str().unwrap_or(&self.state)
    }

    /// Nothing more will happen.
    pub fn is_final(&self) -> bool {
        !matches!(self.state.as_str(), "waiting" | "opened")
    }
}

impl Desk {
    /// Signs in with a relying party's access code.
    pub async fn sign_in(
        url: &Url,
        relying_party: &str,
        access_code: &str,
    ) -> Result<Self, HttpError> {
        let client = Client::new()?;
        let body = json!({ "relying_party": relying_party, "access_code": access_code });
        client.post_json(&at(url, "desk/sign-in"), &body).await?;
        Ok(Self { client, url: url.clone() })
    }

    /// Who this is, and what it is registered to ask.
    pub async fn view(&self) -> Result<Value, HttpError> {
        self.client.get_json(&at(&self.url, "desk")).await
    }

    /// Asks for a purpose: all that it is registered for, or less.
    pub async fn ask(
        &self,
        purpose: &str,
        claims: Option<&[Vec<String>]>,
        level: Option<&str>,
    ) -> Result<Asked, HttpError> {
        let body = json!({ "purpose": purpose, "claims": claims, "level": level });
        let asked = self.client.post_json(&at(&self.url, "desk/requests"), &body).await?;
        serde_json::from_value(asked).map_err(|_| HttpError::NotJson)
    }

    /// Where a request stands now.
    pub async fn state(&self, id: &str) -> Result<State, HttpError> {
        let state = self.client.get_json(&at(&self.url, &format!("desk/requests/{id}"))).await?;
        serde_json::from_value(state).map_err(|_| HttpError::NotJson)
    }

    /// Where a request ends.
    pub async fn wait(&self, id: &str) -> Result<State, HttpError> {
        loop {
            let state = self.state(id).await?;
            if state.is_final() {
                return Ok(state);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
