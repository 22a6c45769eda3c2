//! HTTP as data: the wallet says what to send and is told what came back. Whoever calls does the
//! sending.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tanda_credential::json;
use url::Url;

/// A place under a server's address, whether or not that ends in a slash.
pub(crate) fn at(server: &Url, path: &[&str]) -> Url {
    let mut url = server.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// A server's address as an identifier: without the slash that a bare host's URL ends in.
pub(crate) fn identifier(server: &Url) -> &str {
    server.as_str().trim_end_matches('/')
}

/// The two methods that wallets use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
}

impl Method {
    /// As it is written in HTTP.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to send.
#[derive(Clone)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers, `content-type` among them.
    pub headers: Vec<(String, String)>,
    /// The body; empty with GET.
    pub body: Vec<u8>,
}

impl Request {
    pub(crate) fn get(url: Url) -> Self {
        Self { method: Method::Get, url, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn post(url: Url, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { method: Method::Post, url, headers, body: body.into() }
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Headers and body hold secrets and personal data, and so may the query.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}{}",
            self.method.as_str(),
            self.url.origin().ascii_serialization(),
            self.url.path()
        )
    }
}

/// What came back.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header that is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// That the answer is a successful one, whatever it says.
    ///
    /// # Errors
    /// What an unsuccessful one says of itself.
    pub fn accepted(&self) -> Result<(), Failure> {
        if self.is_success() { Ok(()) } else { Err(self.failure()) }
    }

    /// The body as JSON of a successful answer.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        if !self.is_success() {
            return Err(self.failure());
        }
        json::parse_as(&self.body).map_err(|_| Failure { code: None, ..self.failure() })
    }

    /// What an unsuccessful answer says of itself (RFC 9457, RFC 6749 §5.2).
    pub(crate) fn failure(&self) -> Failure {
        let problem = json::parse(&self.body).unwrap_or(Value::Null);
        let text = |name: &str| problem.get(name).and_then(Value::as_str).map(str::to_owned);
        Failure {
            status: self.status,
            code: text("code").or_else(|| text("error")),
            detail: text("detail").or_else(|| text("error_description")),
            retry_after: self.header("retry-after").and_then(|seconds| seconds.parse().ok()),
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

/// A server said no, or something that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server answered with status {status}{}", .code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
pub struct Failure {
    /// The status code.
    pub status: u16,
    /// The problem's code, or the OAuth error; none where the answer can't be read.
    pub code: Option<String>,
    /// Cause and remedy, in the server's words.
    pub detail: Option<String>,
    /// After how many seconds it may be tried again.
    pub retry_after: Option<u64>,
}
