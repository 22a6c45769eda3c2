//! A browser that is signed in everywhere opens another site's page. Whatever that page sends comes
//! with the browser's cookies, and is refused before anything looks at it.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tanda_journeys::{City, relying_party};
use tanda_model::OfficerRole;
use tanda_server::config::{at, identifier};
use tanda_server::{Role, clock};
use tanda_wallet::passkey;

use super::the_committed_interfaces_are_current::operations;

/// What wallets and other servers call, wherever they come from, and what it goes by instead of a
/// cookie.
const WITHOUT_A_COOKIE: [(&str, &str); 20] = [
    ("/card/give-up", "the wallet's attestation, and a proof of its key"),
    ("/card/lock", "the wallet's attestation, and a proof of its key"),
    ("/card/unlock", "the wallet's attestation, and a proof of its key"),
    ("/enrolments", "the wallet's attestation, and a proof of its key"),
    ("/enrolments/{id}/appointment", "the application's token"),
    ("/enrolments/{id}/appointment/cancel", "the application's token"),
    ("/enrolments/{id}/chip", "the application's token"),
    ("/enrolments/{id}/chip/attested", "the application's token"),
    ("/enrolments/{id}/chip/question", "the application's token"),
    ("/enrolments/{id}/complete", "the application's token"),
    ("/enrolments/{id}/frames", "the application's token"),
    ("/oauth/token", "the offer's code, the wallet's attestation, and a proof of its key"),
    ("/openid4vci/credential", "an access token, and a proof of the key that it is bound to"),
    ("/openid4vci/nonce", "nothing: a nonce is for everybody"),
    ("/relying-parties", "the signature of the access key"),
    ("/relying-parties/standing", "the signature of the access key"),
    ("/reports", "the wallet's attestation, and a proof of its key"),
    ("/sheets/present", "a verifier's signed request, and a printed code"),
    ("/openid4vp/requests/{id}", "the request's address, which is a secret"),
    ("/openid4vp/responses/{id}", "an answer that only a wallet could make, taken once"),
];

/// Signed in at a wallet's provider, at a desk, and at the console.
async fn browser(city: &City) -> Client {
    let http = Client::builder().cookie_store(true).build().unwrap();
    let call = async |role: Role, path: &str, body: Value| {
        let request = http.post(at(city.config.url(role), path)).json(&body);
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json::<Value>().await.unwrap_or_default()
    };
    let register = |role: Role, challenge: &Value| {
        let made = passkey::register(challenge, city.config.url(role), &mut clock::seeded());
        json!({ "credential": made.unwrap().1 })
    };
    let name = json!({ "display_name": "Kenari" });
    let challenge = call(Role::Provider, "account/registration/start", name).await;
    let answer = register(Role::Provider, &challenge);
    call(Role::Provider, "account/registration/finish", answer).await;

    let link = city.officer_link(OfficerRole::Administrator);
    let token = json!({ "token": link.split_once("#invite=").unwrap().1 });
    let challenge = call(Role::Authority, "console/invitations/start", token).await;
    let answer = register(Role::Authority, &challenge);
    call(Role::Authority, "console/invitations/finish", answer).await;

    let party = relying_party("hotel-nansha");
    let desk = json!({ "relying_party": "hotel-nansha", "access_code": party.access_code });
    call(Role::Verifier, "desk/enrol", desk).await;
    let staff = json!({ "staff": party.staff.id.as_str(), "pin": party.staff.pin });
    call(Role::Verifier, "desk/sign-in", staff).await;
    http
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_can_do_nothing_with_a_browsers_cookies() {
    let city = City::start().await;
    let browser = browser(&city).await;
    let mut excepted = Vec::new();
    for role in [Role::Authority, Role::Provider, Role::Verifier] {
        let own = city.config.url(role);
        let neighbour = if role == Role::Provider { Role::Verifier } else { Role::Provider };
        for (method, template) in operations(role).into_iter().filter(|one| !one.0.is_safe()) {
            if WITHOUT_A_COOKIE.iter().any(|(path, _)| *path == template) {
                excepted.push(template);
                continue;
            }
            for (header, value) in [
                ("origin", "https://evil.example"),
                ("origin", "null"),
                ("origin", &identifier(city.config.url(neighbour))),
                ("sec-fetch-site", "same-site"),
                ("sec-fetch-site", "cross-site"),
            ] {
                let request = browser.request(method.clone(), at(own, &template[1..]));
                let answer = request.header(header, value).json(&json!({})).send().await.unwrap();
                let which = format!("{method} {template} with {header}: {value}");
                assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{which}");
                assert!(answer.headers().get("access-control-allow-origin").is_none(), "{which}");
                assert_eq!(answer.json::<Value>().await.unwrap()["code"], "forbidden", "{which}");
            }
        }
    }
    excepted.sort_unstable();
    excepted.dedup();
    assert_eq!(excepted.len(), WITHOUT_A_COOKIE.len(), "every exception is there: {excepted:?}");
    // The account, the desk and the officer are all still there, and their own pages go on.
    for (role, view, sign_out) in [
        (Role::Provider, "account", "account/sign-out"),
        (Role::Verifier, "desk/staff", "desk/sign-out"),
        (Role::Authority, "console/session", "console/sign-out"),
    ] {
        let url = city.config.url(role);
        let seen = browser.get(at(url, view)).send().await.unwrap();
        assert_eq!(seen.status(), StatusCode::OK, "{view}");
        let own = browser.post(at(url, sign_out)).header("origin", identifier(url));
        assert_eq!(own.send().await.unwrap().status(), StatusCode::NO_CONTENT, "{sign_out}");
    }
}
