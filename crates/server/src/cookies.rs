//! Session cookies, and the check that a state-changing call comes from our own page.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::problem::Problem;

/// A cookie of ours. The `__Host-` prefix of its name (RFC 6265bis, section 4.1.3) ties it to this
/// host, to secure origins and to the whole path. Names differ by role, since ports don't divide
/// cookies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookie {
    name: &'static str,
    same_site: &'static str,
}

/// The wallet page's session with the provider.
pub(crate) const PROVIDER: Cookie = Cookie::lax("__Host-tanda-provider");
/// A passkey ceremony of the provider's between its start and its finish.
pub(crate) const CEREMONY: Cookie = Cookie::lax("__Host-tanda-ceremony");
/// A device that is a relying party's desk.
pub(crate) const DESK: Cookie = Cookie::lax("__Host-tanda-desk");
/// Who is at a desk, for a shift.
pub(crate) const SHIFT: Cookie = Cookie::lax("__Host-tanda-shift");
/// The console page's session with the authority.
pub(crate) const CONSOLE: Cookie = Cookie::strict("__Host-tanda-console");
/// A passkey ceremony of the console's between its start and its finish.
pub(crate) const CONSOLE_CEREMONY: Cookie = Cookie::strict("__Host-tanda-console-ceremony");

impl Cookie {
    /// One that comes along when a link of another site leads here.
    const fn lax(name: &'static str) -> Self {
        Self { name, same_site: "Lax" }
    }

    /// One that comes along from our own pages alone.
    const fn strict(name: &'static str) -> Self {
        Self { name, same_site: "Strict" }
    }

    /// The cookie's value in a request, if it is there.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<&str> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name)
            .map(|(_, value)| value)
    }

    /// The `Set-Cookie` value that stores `value` for `max_age` seconds.
    pub(crate) fn store(self, value: &str, max_age: i64) -> HeaderValue {
        let Self { name, same_site } = self;
        let line = format!(
            "{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}; Max-Age={max_age}"
        );
        // Values are our own base64url tokens, so this never fails.
        HeaderValue::from_str(&line).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The `Set-Cookie` value that deletes the cookie.
    pub(crate) fn clear(self) -> HeaderValue {
        self.store("", 0)
    }
}

/// Refuses whatever another site's page asks to be changed, before anything looks at it. A layer
/// around every route that goes by a cookie; its state is the role's own address.
pub(crate) async fn same_origin(State(own): State<Url>, request: Request, next: Next) -> Response {
    match require_same_origin(request.method(), request.headers(), &own) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Refuses a state-changing request that another site's page made (cross-site request forgery).
///
/// Browsers send `Origin` with every such request; a request without one comes from no page at all
/// (a command line, a test) and carries no cookie that a browser added by itself.
fn require_same_origin(method: &Method, headers: &HeaderMap, own: &Url) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let refuse = || {
        Problem::forbidden(
            "This request was made by a page of another site. Open Tanda's own page and try again.",
        )
    };
    if let Some(site) = headers.get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return Err(refuse());
    }
    match headers.get(header::ORIGIN) {
        None => Ok(()),
        Some(origin) if origin.as_bytes() == own.origin().ascii_serialization().as_bytes() => {
            Ok(())
        }
        Some(_) => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn reads_the_named_cookie_among_others() {
        let sent = headers(&[("cookie", "a=1; __Host-tanda-desk=token; b=2")]);
        assert_eq!(DESK.read(&sent), Some("token"));
        assert_eq!(PROVIDER.read(&sent), None);
    }

    #[test]
    fn cookies_stay_with_this_host_and_out_of_scripts() {
        let line = CONSOLE.store("token", 60);
        assert_eq!(
            line,
            "__Host-tanda-console=token; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=60"
        );
        assert!(DESK.clear().to_str().unwrap().ends_with("SameSite=Lax; Max-Age=0"));
    }

    #[test]
    fn another_sites_page_is_refused() {
        let own = Url::parse("http://localhost:8602").unwrap();
        let check = |pairs: &[_]| require_same_origin(&Method::POST, &headers(pairs), &own).is_ok();
        assert!(check(&[("origin", "http://localhost:8602"), ("sec-fetch-site", "same-origin")]));
        assert!(check(&[]), "a command line sends no origin");
        assert!(!check(&[("origin", "https://evil.example")]));
        assert!(!check(&[("origin", "http://localhost:8601")]), "a port is part of an origin");
        assert!(!check(&[("sec-fetch-site", "same-site")]));
        assert!(!check(&[("sec-fetch-site", "cross-site")]));
    }
}
