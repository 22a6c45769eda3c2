//! The description of every role's interface (OpenAPI 3.1), and a page to read it.

use std::fmt::Write;

use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Info, License, OpenApi};

use crate::config::Role;

/// The reading page needs its own style sheet and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Adds `/openapi.json` and `/docs` to a role's routes.
pub(crate) fn mount(router: Router, role: Role, description: OpenApi) -> Router {
    let description = described(description, role);
    let json = description.to_pretty_json().unwrap_or_default();
    let page = page(&description);
    let as_json = [(header::CONTENT_TYPE, "application/json")];
    let as_css = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    router
        .route("/openapi.json", get(async move || (as_json, json)))
        .route(
            "/docs",
            get(async move || ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page))),
        )
        .route("/docs/style.css", get(async move || (as_css, include_str!("openapi.css"))))
}

/// The description with its title, licence and purpose.
pub(crate) fn described(mut description: OpenApi, role: Role) -> OpenApi {
    describe(&mut description, role);
    description
}

fn describe(description: &mut OpenApi, role: Role) {
    let mut info =
        Info::new(format!("Tanda: {}", role.name()), env!("CARGO_PKG_VERSION").to_owned());
    info.description = Some(
        match role {
            Role::Authority => {
                "The state's side: enrolment, issuance by OpenID4VCI 1.0, status, log."
            }
            Role::Provider => "The app's side, for its own wallet page: accounts, attestation.",
            Role::Verifier => "The relying parties' side: ask, and see verdicts; OpenID4VP 1.0.",
        }
        .to_owned(),
    );
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    info.license = Some(license);
    description.info = info;
    // A parameter over several segments is the router's word; OpenAPI has templates without it.
    let paths = std::mem::take(&mut description.paths.paths);
    description.paths.paths =
        paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
}

/// The reading page: one section an operation, the schemas at the end.
fn page(description: &OpenApi) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <link rel=\"stylesheet\" href=\"/docs/style.css\">",
    );
    let title = escaped(&description.info.title);
    let purpose = escaped(description.info.description.as_deref().unwrap_or_default());
    let _ = write!(
        html,
        "<title>{title}</title><h1>{title}</h1><p>{purpose}</p>\
         <p>For tools: <a href=\"/openapi.json\">openapi.json</a> (OpenAPI 3.1). Errors are problem \
         documents (RFC 9457), or the error form of the specification that an endpoint follows.</p>"
    );
    for (path, item) in &description.paths.paths {
        for (method, operation) in
            [("get", &item.get), ("post", &item.post), ("put", &item.put), ("delete", &item.delete)]
        {
            if let Some(operation) = operation {
                section(&mut html, method, path, operation);
            }
        }
    }
    if let Some(components) = &description.components {
        html.push_str("<h2>Schemas</h2>");
        for (name, schema) in &components.schemas {
            let name = escaped(name);
            let schema = escaped(&serde_json::to_string_pretty(schema).unwrap_or_default());
            let _ = write!(
                html,
                "<details id=\"{name}\"><summary>{name}</summary><pre>{schema}</pre></details>"
            );
        }
    }
    html
}

fn section(html: &mut String, method: &str, path: &str, operation: &Operation) {
    let path = escaped(path);
    let summary = escaped(operation.summary.as_deref().unwrap_or_default());
    let _ = write!(html, "<section><h2><b>{method}</b> <code>{path}</code></h2><p>{summary}</p>");
    if let Some(text) = operation.description.as_deref() {
        let _ = write!(html, "<p>{}</p>", escaped(text));
    }
    html.push_str("<dl>");
    for (status, response) in &operation.responses.responses {
        let status = escaped(status);
        let text = serde_json::to_value(response).unwrap_or_default();
        let text = escaped(text["description"].as_str().unwrap_or_default());
        let _ = write!(html, "<dt>{status}</dt><dd>{text}</dd>");
    }
    html.push_str("</dl></section>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
