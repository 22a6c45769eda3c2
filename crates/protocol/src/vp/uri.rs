//! How a request reaches a wallet: `openid4vp://` for any wallet, or an https link to a wallet's
//! page (OpenID4VP 1.0 §5.1, §10; RFC 9101 §5.2.1).

use url::Url;

use super::client_id::ClientId;
use crate::oauth::is_secure;

const MAX_LENGTH: usize = 4096;

/// Where the signed request is to be fetched, and whose it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestUri {
    /// Whose signature the request must have: the request object repeats it.
    pub client_id: ClientId,
    /// Where the request object is.
    pub request_uri: Url,
    /// How to fetch it.
    pub method: RequestUriMethod,
}

/// How a request object is fetched (OpenID4VP 1.0 §5.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestUriMethod {
    /// By GET.
    Get,
    /// By POST, with a nonce of the wallet that the request object must echo.
    Post,
}

impl RequestUri {
    /// Reads an `openid4vp:`, `haip-vp:` or https link.
    ///
    /// # Errors
    /// Each reason is a [`RequestUriError`].
    pub fn parse(text: &str) -> Result<Self, RequestUriError> {
        if text.len() > MAX_LENGTH {
            return Err(RequestUriError::TooLong);
        }
        let url = Url::parse(text.trim()).map_err(|_| RequestUriError::NotALink)?;
        if !matches!(url.scheme(), "openid4vp" | "haip-vp") && !is_secure(&url) {
            return Err(RequestUriError::NotALink);
        }
        let client_id = one(&url, "client_id")?.ok_or(RequestUriError::ClientId)?;
        let request_uri = one(&url, "request_uri")?.ok_or(RequestUriError::RequestUri)?;
        let method = match one(&url, "request_uri_method")?.as_deref() {
            None | Some("get") => RequestUriMethod::Get,
            Some("post") => RequestUriMethod::Post,
            Some(_) => return Err(RequestUriError::Method),
        };
        let request_uri = Url::parse(&request_uri).map_err(|_| RequestUriError::RequestUri)?;
        if !is_secure(&request_uri) || request_uri.fragment().is_some() {
            return Err(RequestUriError::RequestUri);
        }
        Ok(Self {
            client_id: client_id.parse().map_err(|_| RequestUriError::ClientId)?,
            request_uri,
            method,
        })
    }

    /// The link for any wallet that has registered the scheme.
    #[must_use]
    pub fn openid4vp(&self) -> String {
        format!("openid4vp://?{}", self.query())
    }

    /// The link to one wallet's page: `wallet` with the request in its query.
    #[must_use]
    pub fn wallet_link(&self, wallet: &Url) -> Url {
        let mut link = wallet.clone();
        link.set_query(Some(&self.query()));
        link
    }

    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &self.client_id.to_string());
        query.append_pair("request_uri", self.request_uri.as_str());
        if self.method == RequestUriMethod::Post {
            query.append_pair("request_uri_method", "post");
        }
        query.finish()
    }
}

/// The value of a parameter that may be there once at most: two readings of one link must not
/// differ.
fn one(url: &Url, name: &str) -> Result<Option<String>, RequestUriError> {
    let mut values =
        url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let first = values.next();
    if values.next().is_some() { Err(RequestUriError::Repeated) } else { Ok(first) }
}

/// Why a scanned or opened link is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestUriError {
    /// Longer than any request's link.
    #[error("the link is too long")]
    TooLong,
    /// Not an `openid4vp:` or https link.
    #[error("this is not a link to a request")]
    NotALink,
    /// No client identifier, or one that names no certificate.
    #[error("the link does not say who asks in a way that can be checked")]
    ClientId,
    /// No address of a request, or an insecure one.
    #[error("the link has no secure address of a request")]
    RequestUri,
    /// Neither `get` nor `post` (`invalid_request_uri_method`).
    #[error("the link asks for an unknown way of fetching the request")]
    Method,
    /// A parameter is there twice.
    #[error("the link says something twice")]
    Repeated,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{RequestUri, RequestUriError, RequestUriMethod};

    const CLIENT: &str = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";

    fn sample() -> RequestUri {
        RequestUri {
            client_id: CLIENT.parse().unwrap(),
            request_uri: "https://hotel.example/openid4vp/requests/1?a=b&c".parse().unwrap(),
            method: RequestUriMethod::Post,
        }
    }

    #[test]
    fn both_forms_read_back() {
        let uri = sample();
        assert_eq!(RequestUri::parse(&uri.openid4vp()).unwrap(), uri);
        let link = uri.wallet_link(&"https://wallet.example/present".parse().unwrap());
        assert!(link.as_str().starts_with("https://wallet.example/present?client_id=x509_hash%3A"));
        assert_eq!(RequestUri::parse(link.as_str()).unwrap(), uri);
        assert_eq!(RequestUri::parse(&uri.openid4vp().replace("://", ":")).unwrap(), uri);
    }

    #[test]
    fn refuses_what_cannot_be_trusted() {
        let good = sample().openid4vp();
        for (text, why) in [
            (good.replace("https", "http"), RequestUriError::RequestUri),
            (good.replace("x509_hash", "redirect_uri"), RequestUriError::ClientId),
            (good.replace("=post", "=POST"), RequestUriError::Method),
            (format!("{good}&client_id={CLIENT}"), RequestUriError::Repeated),
            (good.replace("openid4vp:", "mailto:"), RequestUriError::NotALink),
            (format!("{good}&x={}", "y".repeat(5000)), RequestUriError::TooLong),
            (format!("openid4vp://?client_id={CLIENT}&request=eyJ"), RequestUriError::RequestUri),
            ("hello".to_owned(), RequestUriError::NotALink),
        ] {
            assert_eq!(RequestUri::parse(&text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(openid4vp://)?.{0,200}") {
            if let Ok(uri) = RequestUri::parse(&text) {
                prop_assert_eq!(RequestUri::parse(&uri.openid4vp()).unwrap(), uri);
            }
        }
    }
}
