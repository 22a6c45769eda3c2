//! The built pages, carried in the binary, served under a strict content security policy.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::Problem;

/// The wallet's pages, built from web/wallet.
#[derive(RustEmbed)]
#[folder = "../../web/dist/wallet"]
pub(crate) struct WalletPages;

/// The desk's pages, built from web/desk.
#[derive(RustEmbed)]
#[folder = "../../web/dist/desk"]
pub(crate) struct DeskPages;

/// The console's pages, built from web/console.
#[derive(RustEmbed)]
#[folder = "../../web/dist/console"]
pub(crate) struct ConsolePages;

/// Serves a file of `Pages`, its start page at `/`, and nothing else: beside an interface that
/// others call, a wrong address has to be told.
pub(crate) async fn serve_exactly<Pages: RustEmbed>(
    uri: Uri,
    headers: HeaderMap,
    policy: &str,
) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.is_empty() || Pages::get(path).is_some() {
        serve::<Pages>(uri, headers, policy).await
    } else {
        Problem::not_found().into_response()
    }
}

/// Serves a file of `Pages`, or its start page for a path that the page's own router knows.
pub(crate) async fn serve<Pages: RustEmbed>(
    uri: Uri,
    headers: HeaderMap,
    policy: &str,
) -> Response {
    let path = uri.path().trim_start_matches('/');
    let (name, file) = match Pages::get(path).filter(|_| !path.is_empty()) {
        Some(file) => (path, file),
        // A path with a dot is a missing file; one without is a place within the page.
        None if path.contains('.') => return Problem::not_found().into_response(),
        None => match Pages::get("index.html") {
            Some(file) => ("index.html", file),
            None => return not_built(),
        },
    };
    respond(name, &file, &headers, policy)
}

fn respond(name: &str, file: &EmbeddedFile, headers: &HeaderMap, policy: &str) -> Response {
    let etag = etag(file);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == etag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    // Vite names the files under assets/ by their content: they never change under one name.
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::new(Body::from(file.data.clone()));
    let out = response.headers_mut();
    let set = |out: &mut HeaderMap, name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    };
    set(out, header::CONTENT_TYPE, media_type(name));
    set(out, header::ETAG, &etag);
    set(out, header::CACHE_CONTROL, caching);
    set(out, header::CONTENT_SECURITY_POLICY, policy);
    set(
        out,
        header::HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(), geolocation=(), publickey-credentials-get=(self), \
         publickey-credentials-create=(self)",
    );
    set(out, header::REFERRER_POLICY, "no-referrer");
    set(out, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(out, header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    response
}

/// A content security policy without inline script or style, and with no host but ours.
///
/// `connect` lists further places that scripts may talk to: a wallet talks to the authorities and
/// to any relying party that asks.
pub(crate) fn policy(connect: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         font-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; \
         connect-src 'self' {connect}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    hash.iter().take(12).fold(String::from("\""), |text, byte| text + &format!("{byte:02x}")) + "\""
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn not_built() -> Response {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "pages-not-built",
        "The pages are not built",
        "This binary was built without its pages. Run `make run`, which builds them first.",
    )
    .into_response()
}
