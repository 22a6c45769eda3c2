//! docs/openapi/ holds each role's interface as the running server describes it, so that a change
//! of the interface is seen in the change that makes it.
//!
//! `TANDA_UPDATE=1 cargo test --workspace --test stories committed_interfaces` writes them anew.

use tanda_cli::drive::Client;
use tanda_journeys::{City, root};
use tanda_server::Role;
use tanda_server::config::at;

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_interfaces_are_current() {
    let city = City::start().await;
    let client = Client::new().unwrap();
    for role in [Role::Authority, Role::Provider, Role::Verifier] {
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
