//! Bad input gets a clear problem (RFC 9457), changes nothing, and loses nothing.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tanda_cli::drive::Frames;
use tanda_journeys::{City, ordinary};
use tanda_server::config::at;
use url::Url;

async fn post(url: Url, media_type: &str, body: Vec<u8>) -> (StatusCode, Value) {
    let response = reqwest::Client::new()
        .post(url)
        .header("content-type", media_type)
        .body(body)
        .send()
        .await
        .unwrap();
    let status = response.status();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_a_problem_with_a_remedy() {
    let city = City::start().await;
    let authority = &city.config.authority.url;
    let verifier = &city.config.verifier.url;
    let provider = &city.config.provider.url;
    let json_type = "application/json";
    let tries = [
        (at(authority, "enrolments"), json_type, b"{".to_vec()),
        (at(authority, "enrolments"), json_type, br#"{"number":"1","number":"2"}"#.to_vec()),
        (at(authority, "enrolments"), "text/plain", b"{}".to_vec()),
        (at(verifier, "desk/enrol"), json_type, vec![b'['; 100_000]),
        (
            at(verifier, "desk/enrol"),
            json_type,
            br#"{"relying_party":"x","access_code":"y"}"#.to_vec(),
        ),
        (at(verifier, "desk/requests"), json_type, br#"{"purpose":"x"}"#.to_vec()),
        (
            at(provider, "account/registration/start"),
            json_type,
            br#"{"display_name":" "}"#.to_vec(),
        ),
        (at(provider, "wallet/attestation"), json_type, b"{}".to_vec()),
    ];
    for (url, media_type, body) in tries {
        let (status, problem) = post(url.clone(), media_type, body).await;
        assert!(status.is_client_error(), "{url}: {status}");
        for member in ["type", "title", "status", "detail", "code", "trace_id"] {
            assert!(!problem[member].is_null(), "{url}: {member} in {problem}");
        }
        assert!(problem["detail"].as_str().unwrap().ends_with('.'), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth_errors_are_in_oauths_own_form() {
    let city = City::start().await;
    let authority = &city.config.authority.url;
    let form = "application/x-www-form-urlencoded";
    let (status, error) = post(at(authority, "oauth/token"), form, b"grant_type=x".to_vec()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(error["error"].is_string() && error["trace_id"].is_string(), "{error}");
    let (status, error) =
        post(at(authority, "openid4vci/credential"), "application/json", b"{}".to_vec()).await;
    assert!(status.is_client_error());
    assert!(error["error"].is_string(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_no_pictures_leave_the_application_as_it_was() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut wallet = city.wallet("frames").await;
    let authority = wallet.begin(&resident.number, &resident.name).await.unwrap();
    let jpeg = std::fs::read(resident.pictures.join("front.jpg")).unwrap();
    let folder = city.folder().join("bad");
    std::fs::create_dir(&folder).unwrap();
    for (name, bytes) in [
        ("front-text.jpg", b"this is no picture".to_vec()),
        ("front-cut.jpg", jpeg[..jpeg.len() / 3].to_vec()),
        ("front-huge.jpg", huge_png()),
        ("front-empty.jpg", Vec::new()),
    ] {
        std::fs::write(folder.join("front.jpg"), bytes).unwrap();
        let frames = Frames::open(&folder).unwrap();
        let refused = wallet.capture(&authority, &frames).await.unwrap_err().to_string();
        assert!(refused.contains("picture"), "{name}: {refused}");
    }
    wallet.capture(&authority, &resident.frames()).await.unwrap();
    assert!(wallet.complete().await.unwrap().credential_offer.is_some());
}

/// A PNG whose header says 10,000 × 10,000 pixels.
fn huge_png() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend_from_slice(&10_000_u32.to_be_bytes());
    png.extend_from_slice(&10_000_u32.to_be_bytes());
    png.extend_from_slice(&[8, 2, 0, 0, 0, 0, 0, 0, 0]);
    png.extend_from_slice(&[0; 64]);
    png
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_can_do_nothing_in_a_desks_name() {
    let city = City::start().await;
    let url = at(&city.config.verifier.url, "desk/enrol");
    let response = reqwest::Client::new()
        .post(url)
        .header("origin", "https://evil.example")
        .json(&json!({ "relying_party": "hotel-nansha", "access_code": "sandbox-hotel" }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.headers().get("set-cookie").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desks_access_code_can_not_be_guessed_for_long() {
    let city = City::start().await;
    let url = at(&city.config.verifier.url, "desk/enrol");
    let mut last = StatusCode::OK;
    for guess in 0..12 {
        let body = json!({ "relying_party": "hotel-nansha", "access_code": guess.to_string() });
        let (status, _) = post(url.clone(), "application/json", body.to_string().into()).await;
        last = status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}
