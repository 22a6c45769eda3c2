//! The identifier of an authorization server or credential issuer.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;
use url::{Host, Url};

/// A URL that must be an `https` one is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the URL is not an https URL with a host, and without query, fragment or credentials")]
pub struct InsecureUrl;

/// An issuer identifier (RFC 8414 §2, OpenID4VCI 1.0 §12.2.1): an `https` URL without query and
/// fragment, kept as it was written because issuers are compared character by character.
///
/// Plain `http` passes for the machine itself only (`localhost`, 127.0.0.0/8, `::1`), as browsers
/// have it for secure contexts, so that the sandbox needs no certificate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct IssuerUrl(String);

impl IssuerUrl {
    /// Reads an issuer identifier.
    ///
    /// # Errors
    /// [`InsecureUrl`] where it is not such a URL.
    pub fn parse(text: &str) -> Result<Self, InsecureUrl> {
        let url = Url::parse(text).map_err(|_| InsecureUrl)?;
        if is_secure(&url) && url.query().is_none() && url.fragment().is_none() {
            Ok(Self(text.to_owned()))
        } else {
            Err(InsecureUrl)
        }
    }

    /// The identifier as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the issuer's metadata of one kind lies: `/.well-known/<kind>` between host and path
    /// (RFC 8414 §3.1, OpenID4VCI 1.0 §12.2.2). `kind` is `oauth-authorization-server` or
    /// `openid-credential-issuer`.
    ///
    /// # Panics
    /// Never: the text was a URL with a host when it was read.
    #[must_use]
    pub fn well_known(&self, kind: &str) -> Url {
        #[expect(clippy::expect_used, reason = "checked when the value was made")]
        let mut url = Url::parse(&self.0).expect("an issuer is a URL");
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("/.well-known/{kind}{path}"));
        url
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for IssuerUrl {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl<'de> Deserialize<'de> for IssuerUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Whether a URL may be asked at all: `https`, or `http` to the machine itself; no user and
/// password inside.
#[must_use]
pub fn is_secure(url: &Url) -> bool {
    let host_is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let no_credentials = url.username().is_empty() && url.password().is_none();
    no_credentials && (url.scheme() == "https" || (url.scheme() == "http" && host_is_here))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_goes_between_host_and_path() {
        // OpenID4VCI 1.0 §12.2.2.
        let at = |issuer: &str| {
            IssuerUrl::parse(issuer).unwrap().well_known("openid-credential-issuer").to_string()
        };
        assert_eq!(
            at("https://issuer.example.com/tenant"),
            "https://issuer.example.com/.well-known/openid-credential-issuer/tenant"
        );
        assert_eq!(
            at("https://tenant.issuer.example.com"),
            "https://tenant.issuer.example.com/.well-known/openid-credential-issuer"
        );
        assert_eq!(
            at("http://localhost:8600"),
            "http://localhost:8600/.well-known/openid-credential-issuer"
        );
    }

    #[test]
    fn refusals() {
        for bad in [
            "",
            "issuer.example",
            "http://issuer.example",
            "http://localhost.evil.example",
            "https://u:p@issuer.example",
            "https://issuer.example?x",
            "https://issuer.example#x",
            "ftp://localhost",
            "javascript:alert(1)",
            "http://128.0.0.1",
        ] {
            assert_eq!(IssuerUrl::parse(bad), Err(InsecureUrl), "{bad}");
        }
        for good in ["http://127.0.0.1:8600", "http://[::1]:8600", "https://issuer.example/a"] {
            assert_eq!(IssuerUrl::parse(good).unwrap().as_str(), good);
        }
    }
}
