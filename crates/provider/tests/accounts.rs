//! Accounts with passkeys, met by a software authenticator: made, signed in to, and not forged.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use tanda_credential::b64;
use tanda_credential::jose::SigningKey;
use tanda_credential::x509::{self, LeafRequest, Subject, Validity};
use tanda_protocol::oauth::OpaqueToken;
use tanda_provider::{CreateAccountError, Provider, SignInError};
use tanda_storage::{Store, StoreOptions};
use tanda_wallet::passkey::{self, SoftPasskey};
use url::Url;

struct App {
    provider: Provider,
    origin: Url,
    now: Timestamp,
    rng: StdRng,
    _folder: tempfile::TempDir,
}

impl App {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = StdRng::seed_from_u64(7);
        let now: Timestamp = "2026-11-23T12:34:56Z".parse().unwrap();
        let origin = Url::parse("http://localhost:8601").unwrap();
        let provider = Provider::new(
            store(folder.path()).await,
            &origin,
            "Test Wallet",
            Arc::new(attestation_key(now, &mut rng)),
            [9; 32],
        )
        .unwrap();
        Self { provider, origin, now, rng, _folder: folder }
    }

    async fn sign_up(&mut self) -> (SoftPasskey, OpaqueToken) {
        let (challenge, ceremony) =
            self.provider.start_registration("  Wati  ", self.now, &mut self.rng).await.unwrap();
        let (passkey, answer) =
            passkey::register(&json!(challenge), &self.origin, &mut self.rng).unwrap();
        let answer = serde_json::from_value(answer).unwrap();
        let session = self
            .provider
            .finish_registration(ceremony.expose(), &answer, self.now, &mut self.rng)
            .await
            .unwrap();
        (passkey, session)
    }

    async fn sign_in(&mut self, passkey: &SoftPasskey) -> Result<OpaqueToken, SignInError> {
        let (challenge, ceremony) =
            self.provider.start_sign_in(self.now, &mut self.rng).await.unwrap();
        let answer = passkey.authenticate(&json!(challenge), &self.origin).unwrap();
        let answer = serde_json::from_value(answer).unwrap();
        self.provider.finish_sign_in(ceremony.expose(), &answer, self.now, &mut self.rng).await
    }
}

async fn store(folder: &Path) -> Store<tanda_storage::Provider> {
    Store::open(&folder.join("store.db"), &StoreOptions::default()).await.unwrap()
}

fn attestation_key(now: Timestamp, rng: &mut StdRng) -> SigningKey {
    let validity = Validity { from: now - 1.hour(), until: now + 1000.hours() };
    let ca = SigningKey::generate(rng).unwrap();
    let ca_certificate = x509::issue_ca(&Subject::named("CA"), validity, &ca, rng).unwrap();
    let key = SigningKey::generate(rng).unwrap();
    let request = LeafRequest {
        subject: Subject::named("Attestation"),
        key: tanda_credential::jose::Signer::public(&key),
        dns_names: Vec::new(),
        uris: Vec::new(),
        validity,
    };
    let leaf = x509::issue_leaf(&request, &ca_certificate, &ca, rng).unwrap();
    key.with_x5c(vec![leaf])
}

#[tokio::test]
async fn an_account_is_made_and_signed_in_to() {
    let mut app = App::open().await;
    let (passkey, first) = app.sign_up().await;
    let made = app.provider.account(first.expose(), app.now).await.unwrap().unwrap();
    assert_eq!(made.display_name, "Wati");
    let second = app.sign_in(&passkey).await.unwrap();
    let same = app.provider.account(second.expose(), app.now).await.unwrap().unwrap();
    assert_eq!(made.id, same.id);
    app.provider.sign_out(first.expose()).await.unwrap();
    assert!(app.provider.account(first.expose(), app.now).await.unwrap().is_none());
    assert!(app.provider.account(second.expose(), app.now).await.unwrap().is_some());
    let later = app.now + 13.hours();
    assert!(app.provider.account(second.expose(), later).await.unwrap().is_none());
}

#[tokio::test]
async fn a_ceremony_is_good_once_and_for_a_while() {
    let mut app = App::open().await;
    for (late, used) in [(false, true), (true, false)] {
        let (challenge, ceremony) =
            app.provider.start_registration("Wati", app.now, &mut app.rng).await.unwrap();
        let (_, answer) = passkey::register(&json!(challenge), &app.origin, &mut app.rng).unwrap();
        let answer = serde_json::from_value(answer).unwrap();
        let now = if late { app.now + 6.minutes() } else { app.now };
        let finish =
            app.provider.finish_registration(ceremony.expose(), &answer, now, &mut app.rng);
        assert_eq!(finish.await.is_ok(), used);
        let again =
            app.provider.finish_registration(ceremony.expose(), &answer, now, &mut app.rng).await;
        assert!(matches!(again, Err(CreateAccountError::NoCeremony)));
    }
}

#[tokio::test]
async fn a_passkey_of_nobody_and_an_answer_to_another_challenge_are_refused() {
    let mut app = App::open().await;
    let (passkey, _) = app.sign_up().await;
    // Another provider's account, at the same address.
    let mut elsewhere = App::open().await;
    assert!(matches!(elsewhere.sign_in(&passkey).await, Err(SignInError::Refused(_))));
    // An answer to the challenge before.
    let (old, _) = app.provider.start_sign_in(app.now, &mut app.rng).await.unwrap();
    let answer = passkey.authenticate(&json!(old), &app.origin).unwrap();
    let answer = serde_json::from_value(answer).unwrap();
    let (_, ceremony) = app.provider.start_sign_in(app.now, &mut app.rng).await.unwrap();
    let refused =
        app.provider.finish_sign_in(ceremony.expose(), &answer, app.now, &mut app.rng).await;
    assert!(matches!(refused, Err(SignInError::Refused(_))));
}

#[tokio::test]
async fn a_passkey_opens_its_own_account_whosever_the_answer_says_it_is() {
    let mut app = App::open().await;
    let (_, session) = app.sign_up().await;
    let other = app.provider.account(session.expose(), app.now).await.unwrap().unwrap();
    let (passkey, _) = app.sign_up().await;
    let (challenge, ceremony) = app.provider.start_sign_in(app.now, &mut app.rng).await.unwrap();
    let mut answer = passkey.authenticate(&json!(challenge), &app.origin).unwrap();
    // Whose it is stands beside the signature, not under it.
    answer["response"]["userHandle"] = json!(b64::encode(other.id.as_bytes()));
    let answer = serde_json::from_value(answer).unwrap();
    let refused =
        app.provider.finish_sign_in(ceremony.expose(), &answer, app.now, &mut app.rng).await;
    assert!(matches!(refused, Err(SignInError::Refused(_))));
}

#[tokio::test]
async fn two_authorities_can_not_compare_the_accounts_they_are_told() {
    let mut app = App::open().await;
    let (_, session) = app.sign_up().await;
    let account = app.provider.account(session.expose(), app.now).await.unwrap().unwrap();
    let key = SigningKey::generate(&mut app.rng).unwrap();
    let key = tanda_credential::jose::Signer::public(&key);
    let mut named = Vec::new();
    for authority in ["https://a.example", "https://b.example", "https://a.example"] {
        let attestation =
            app.provider.attest_wallet(&account, key, authority, app.now).await.unwrap();
        let token = tanda_credential::jose::Jws::parse(&attestation.token).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(token.unverified_payload()).unwrap();
        assert!(!claims.to_string().contains("Wati"), "the attestation names nobody");
        assert_eq!(claims["iat"].as_i64().unwrap() % 3600, 0, "whole hours can't be linked");
        named.push(claims["account"].clone());
    }
    assert_ne!(named[0], named[1]);
    assert_eq!(named[0], named[2]);
}

#[tokio::test]
async fn a_display_name_has_bounds() {
    let mut app = App::open().await;
    for name in ["", "   ", &"x".repeat(65)] {
        let refused = app.provider.start_registration(name, app.now, &mut app.rng).await;
        assert!(matches!(refused, Err(CreateAccountError::DisplayName)));
    }
}

#[tokio::test]
async fn a_deleted_account_is_signed_in_nowhere_and_by_nothing() {
    let mut app = App::open().await;
    let (passkey, first) = app.sign_up().await;
    let (_, other) = app.sign_up().await;
    let second = app.sign_in(&passkey).await.unwrap();
    let account = app.provider.account(first.expose(), app.now).await.unwrap().unwrap();
    app.provider.delete_account(&account).await.unwrap();
    for session in [first, second] {
        assert!(app.provider.account(session.expose(), app.now).await.unwrap().is_none());
    }
    assert!(matches!(app.sign_in(&passkey).await, Err(SignInError::Refused(_))));
    assert!(app.provider.account(other.expose(), app.now).await.unwrap().is_some());
}
