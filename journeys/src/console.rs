//! An officer at the console, without a browser: a passkey in software, and cookies kept by hand, so
//! that a story can also steal them.

use std::sync::Mutex;

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tanda_server::clock;
use tanda_server::config::at;
use tanda_wallet::passkey::{self, SoftPasskey};
use url::Url;

/// An officer, signed in.
pub struct Console {
    url: Url,
    http: reqwest::Client,
    passkey: SoftPasskey,
    cookies: Mutex<Vec<(String, String)>>,
}

impl Console {
    /// Makes an officer's passkey with their one-time link.
    pub async fn join(link: &str) -> Self {
        let (url, token) = link.split_once("#invite=").unwrap();
        let url = Url::parse(url).unwrap();
        let http = reqwest::Client::new();
        let cookies = Mutex::default();
        let (status, challenge) = call(
            &http,
            &url,
            &cookies,
            Method::POST,
            "console/invitations/start",
            json!({ "token": token }),
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{challenge}");
        let (passkey, credential) =
            passkey::register(&challenge, &url, &mut clock::seeded()).unwrap();
        let answer = json!({ "credential": credential });
        let (status, session) =
            call(&http, &url, &cookies, Method::POST, "console/invitations/finish", answer).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        Self { url, http, passkey, cookies }
    }

    /// The same officer at another browser, not signed in.
    pub fn elsewhere(&self) -> Self {
        Self {
            url: self.url.clone(),
            http: reqwest::Client::new(),
            passkey: self.passkey.clone(),
            cookies: Mutex::default(),
        }
    }

    /// Signs in.
    pub async fn sign_in(&self) -> (StatusCode, Value) {
        self.use_passkey("console/sign-in/finish").await
    }

    /// Uses the passkey once more.
    pub async fn step_up(&self) -> (StatusCode, Value) {
        self.use_passkey("console/step-up/finish").await
    }

    /// Fetches something.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call(Method::GET, path, Value::Null).await
    }

    /// Does something.
    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.call(Method::POST, path, body).await
    }

    /// Brings some bytes.
    pub async fn send(&self, path: &str, bytes: Vec<u8>) -> StatusCode {
        let request =
            self.http.post(address(&self.url, path)).header(header::COOKIE, self.cookie());
        request.body(bytes).send().await.unwrap().status()
    }

    /// Fetches a file that is made when it is asked for.
    pub async fn file(&self, path: &str) -> (StatusCode, String) {
        let request =
            self.http.post(address(&self.url, path)).header(header::COOKIE, self.cookie());
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// What the browser keeps, as a `Cookie` header has it.
    pub fn cookie(&self) -> String {
        cookie(&self.cookies)
    }

    /// Has other cookies from now on.
    pub fn steal(&self, cookie: &str) {
        *self.cookies.lock().unwrap() = cookie
            .split("; ")
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
    }

    async fn use_passkey(&self, finish: &str) -> (StatusCode, Value) {
        let (_, challenge) = self.post("console/sign-in/start", json!({})).await;
        let credential = self.passkey.authenticate(&challenge, &self.url).unwrap();
        self.post(finish, json!({ "credential": credential })).await
    }

    /// Asks for anything.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        call(&self.http, &self.url, &self.cookies, method, path, body).await
    }
}

/// The address of a path, with its query if it has one.
pub fn address(base: &Url, path: &str) -> Url {
    let (path, query) =
        path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut url = at(base, path);
    url.set_query(query);
    url
}

fn cookie(kept: &Mutex<Vec<(String, String)>>) -> String {
    let kept = kept.lock().unwrap();
    kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

async fn call(
    http: &reqwest::Client,
    url: &Url,
    cookies: &Mutex<Vec<(String, String)>>,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let mut request =
        http.request(method, address(url, path)).header(header::COOKIE, cookie(cookies));
    if !body.is_null() {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    for line in response.headers().get_all(header::SET_COOKIE) {
        let pair = line.to_str().unwrap().split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        let mut kept = cookies.lock().unwrap();
        kept.retain(|(known, _)| known != name);
        if !value.is_empty() {
            kept.push((name.to_owned(), value.to_owned()));
        }
    }
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}
