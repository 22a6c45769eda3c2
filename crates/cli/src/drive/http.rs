//! HTTP as the commands use it: cookies kept, problems turned into their sentences.

use std::time::Duration;

use serde_json::Value;
use tanda_server::tls;
use tanda_wallet::http;
use url::Url;

/// A client with a cookie jar of its own.
pub struct Client(reqwest::Client);

/// Why a call failed, in words for a person.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody answers.
    #[error("{host} doesn't answer; is the server running?", host = .0.as_deref().unwrap_or("the server"))]
    NoAnswer(Option<String>, #[source] reqwest::Error),
    /// Somebody answers, who can't show by TLS that it is the one asked.
    #[error("{} {}", .0.as_deref().unwrap_or("the server"), tls::NOT_BELIEVED)]
    NotBelieved(Option<String>, #[source] reqwest::Error),
    /// The server says no, in its own words.
    #[error("{detail} ({code}, trace id {trace_id})")]
    Problem {
        /// The problem's stable code, or the OAuth error.
        code: String,
        /// Cause and remedy.
        detail: String,
        /// Under which the operator finds the log line.
        trace_id: String,
    },
    /// The server says no, without words.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer can't be read.
    #[error("the server's answer is no JSON")]
    NotJson,
}

impl Client {
    /// A client with an empty jar.
    pub fn new() -> Result<Self, HttpError> {
        reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(60))
            .tls_backend_preconfigured(tls::client())
            .build()
            .map(Self)
            .map_err(no_answer)
    }

    /// Fetches JSON.
    pub async fn get_json(&self, url: &Url) -> Result<Value, HttpError> {
        json(self.0.get(url.clone()).send().await.map_err(no_answer)?).await
    }

    /// Posts JSON, and brings back the answer's; null where there is none.
    pub async fn post_json(&self, url: &Url, body: &Value) -> Result<Value, HttpError> {
        json(self.0.post(url.clone()).json(body).send().await.map_err(no_answer)?).await
    }

    /// Posts a JWT, and brings back the answer's JSON.
    pub async fn post_jwt(&self, url: &Url, token: String) -> Result<Value, HttpError> {
        let request = self.0.post(url.clone()).header("content-type", "application/jwt");
        json(request.body(token).send().await.map_err(no_answer)?).await
    }

    /// Posts JSON, and brings back the answer as it is.
    pub async fn post_for_text(&self, url: &Url, body: &Value) -> Result<String, HttpError> {
        let response = self.0.post(url.clone()).json(body).send().await.map_err(no_answer)?;
        or_problem(response).await?.text().await.map_err(no_answer)
    }

    /// A published document.
    pub async fn get_text(&self, url: &Url) -> Result<String, HttpError> {
        let response = self.0.get(url.clone()).send().await.map_err(no_answer)?;
        if !response.status().is_success() {
            return Err(HttpError::Status(response.status().as_u16()));
        }
        response.text().await.map_err(no_answer)
    }

    /// Sends what the wallet says and brings back what came, whatever its status.
    pub async fn send(&self, request: http::Request) -> Result<http::Response, HttpError> {
        let mut builder = match request.method {
            http::Method::Get => self.0.get(request.url),
            http::Method::Post => self.0.post(request.url).body(request.body),
        };
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let response = builder.send().await.map_err(no_answer)?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        let body = response.bytes().await.map_err(no_answer)?.to_vec();
        Ok(http::Response { status, headers, body })
    }
}

fn no_answer(cause: reqwest::Error) -> HttpError {
    let host = cause.url().map(|url| url.origin().ascii_serialization());
    let cause = cause.without_url();
    if tls::is_not_believed(&cause) {
        HttpError::NotBelieved(host, cause)
    } else {
        HttpError::NoAnswer(host, cause)
    }
}

async fn json(response: reqwest::Response) -> Result<Value, HttpError> {
    let bytes = or_problem(response).await?.bytes().await.map_err(no_answer)?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|_| HttpError::NotJson)
}

/// The response, if it is a success.
async fn or_problem(response: reqwest::Response) -> Result<reqwest::Response, HttpError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let bytes = response.bytes().await.map_err(no_answer)?;
    let problem: Value =
        serde_json::from_slice(&bytes).map_err(|_| HttpError::Status(status.as_u16()))?;
    let text = |name: &str| problem[name].as_str().map(str::to_owned);
    Err(HttpError::Problem {
        code: text("code").or(text("error")).unwrap_or_else(|| status.as_u16().to_string()),
        detail: text("detail").or(text("error_description")).unwrap_or_default(),
        trace_id: text("trace_id").unwrap_or_default(),
    })
}
