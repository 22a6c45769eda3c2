//! docs/openapi/ holds each role's interface as the running server describes it, so that a change
//! of the interface is seen in the change that makes it.
//!
//! `TANDA_UPDATE=1 cargo test --workspace --test stories committed_interfaces` writes them anew.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tanda_cli::drive::Client;
use tanda_journeys::{City, root};
use tanda_server::Role;
use tanda_server::config::at;

const ROLES: [Role; 3] = [Role::Authority, Role::Provider, Role::Verifier];

/// Every operation of a role's committed interface: its method, and the template of its path.
pub(crate) fn operations(role: Role) -> Vec<(Method, String)> {
    let file = root().join("docs/openapi").join(format!("{}.json", role.name()));
    let described: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let paths = described["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        let named = item.as_object().unwrap().keys();
        let methods = named.filter_map(|name| name.to_uppercase().parse().ok());
        methods.map(|method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_interfaces_are_current() {
    let city = City::start().await;
    let client = Client::new().unwrap();
    for role in ROLES {
        let served = client.get_text(&at(city.config.url(role), "openapi.json")).await.unwrap();
        let file = root().join("docs/openapi").join(format!("{}.json", role.name()));
        if std::env::var_os("TANDA_UPDATE").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, served.trim_end().to_owned() + "\n").unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed.trim_end() == served.trim_end(),
            "{} is not what the server serves: write it anew with TANDA_UPDATE=1",
            file.display()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_interface_is_a_page_to_read() {
    let city = City::start().await;
    for role in ROLES {
        let page = reqwest::get(at(city.config.url(role), "docs")).await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let kind = page.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/html"), "{kind}");
        let text = page.text().await.unwrap();
        for (_, path) in operations(role) {
            assert!(text.contains(&format!("<code>{path}</code>")), "{path}");
        }
    }
}
