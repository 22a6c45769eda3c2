//! A relying party's desk.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tanda_server::config::at;
use url::Url;

use super::http::{Client, HttpError};

/// An enrolled desk, with somebody on shift or not.
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
    /// Enrols with a relying party's access code.
    pub async fn enrol(
        url: &Url,
        relying_party: &str,
        access_code: &str,
    ) -> Result<Self, HttpError> {
        let desk = Self { client: Client::new()?, url: url.clone() };
        let body = json!({ "relying_party": relying_party, "access_code": access_code });
        desk.post("desk/enrol", &body).await?;
        Ok(desk)
    }

    /// Begins somebody's shift.
    pub async fn sign_in(&self, staff: &str, pin: &str) -> Result<Value, HttpError> {
        self.post("desk/sign-in", &json!({ "staff": staff, "pin": pin })).await
    }

    /// Ends the shift.
    pub async fn sign_out(&self) -> Result<(), HttpError> {
        self.post("desk/sign-out", &json!({})).await.map(drop)
    }

    /// Is no desk any more.
    pub async fn unenrol(self) -> Result<(), HttpError> {
        self.post("desk/unenrol", &json!({})).await.map(drop)
    }

    /// Takes somebody on; the first is a manager.
    pub async fn add_staff(&self, id: &str, pin: &str, role: &str) -> Result<(), HttpError> {
        let body = json!({ "id": id, "pin": pin, "role": role });
        self.post("desk/staff", &body).await.map(drop)
    }

    /// Who is on the staff.
    pub async fn staff(&self) -> Result<Value, HttpError> {
        self.client.get_json(&at(&self.url, "desk/staff")).await
    }

    /// Sets somebody's PIN; one's own by the one until now.
    pub async fn set_pin(
        &self,
        id: &str,
        pin: &str,
        current: Option<&str>,
    ) -> Result<(), HttpError> {
        let body = json!({ "pin": pin, "current": current });
        self.post(&format!("desk/staff/{id}/pin"), &body).await.map(drop)
    }

    /// Lets somebody go.
    pub async fn end_staff(&self, id: &str) -> Result<(), HttpError> {
        self.post(&format!("desk/staff/{id}/end"), &json!({})).await.map(drop)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, HttpError> {
        self.client.post_json(&at(&self.url, path), body).await
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
        let asked = self.post("desk/requests", &body).await?;
        serde_json::from_value(asked).map_err(|_| HttpError::NotJson)
    }

    /// Begins an order for several people; returns it as the desk sees it.
    pub async fn begin_order(&self, purpose: &str, people: u8) -> Result<Value, HttpError> {
        self.post("desk/orders", &json!({ "purpose": purpose, "people": people })).await
    }

    /// Asks the next of an order's people.
    pub async fn ask_next(&self, order: &str) -> Result<Asked, HttpError> {
        let asked = self.post(&format!("desk/orders/{order}/requests"), &json!({})).await?;
        serde_json::from_value(asked).map_err(|_| HttpError::NotJson)
    }

    /// Who is on an order.
    pub async fn order(&self, order: &str) -> Result<Value, HttpError> {
        self.client.get_json(&at(&self.url, &format!("desk/orders/{order}"))).await
    }

    /// Where a request stands now.
    pub async fn state(&self, id: &str) -> Result<State, HttpError> {
        let state = self.client.get_json(&at(&self.url, &format!("desk/requests/{id}"))).await?;
        serde_json::from_value(state).map_err(|_| HttpError::NotJson)
    }

    /// Answers a request with a code of a guest's printed sheet.
    pub async fn hand_over(&self, id: &str, code: &str) -> Result<State, HttpError> {
        let place = at(&self.url, &format!("desk/requests/{id}/sheet"));
        let state = self.client.post_json(&place, &json!({ "code": code })).await?;
        serde_json::from_value(state).map_err(|_| HttpError::NotJson)
    }

    /// The receipt of a request that has come to a verdict.
    pub async fn receipt(&self, id: &str) -> Result<String, HttpError> {
        self.client.get_text(&at(&self.url, &format!("desk/requests/{id}/receipt"))).await
    }

    /// Takes out what was kept for a purpose from one moment on and before another, as `csv` or
    /// `json`.
    pub async fn export(
        &self,
        purpose: &str,
        from: Timestamp,
        until: Timestamp,
        form: &str,
        reason: &str,
    ) -> Result<String, HttpError> {
        let body = json!({ "from": from, "until": until, "form": form, "reason": reason });
        let place = at(&self.url, &format!("desk/records/{purpose}/export"));
        self.client.post_for_text(&place, &body).await
    }

    /// Who has taken something out, when and why.
    pub async fn exports(&self) -> Result<Value, HttpError> {
        self.client.get_json(&at(&self.url, "desk/records/exports")).await
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
