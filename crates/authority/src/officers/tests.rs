//! Officers come, sign in, and stay no longer than they should: met by a software authenticator.

use jiff::SignedDuration;
use serde_json::json;
use tanda_model::{OfficerId, OfficerRole, OfficerTransitionError};
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::StorageError;
use tanda_wallet::passkey::{self, SoftPasskey};
use url::Url;

use super::*;
use crate::testing::{City, ISSUER, officer};
use crate::{NotAllowed, Officer};

fn site() -> Url {
    Url::parse(ISSUER).unwrap()
}

async fn invite(city: &mut City, role: OfficerRole) -> Invitation {
    let invited = InvitedOfficer {
        name: "Wu Lan".parse().unwrap(),
        role,
        own_number: OwnNumber::NotAResident,
    };
    let by = officer();
    let authority = std::sync::Arc::clone(&city.authority);
    authority.invite_officer(&invited, &by, city.now, &mut city.rng).await.unwrap()
}

async fn join(
    city: &mut City,
    invitation: &Invitation,
) -> Result<(SoftPasskey, OpaqueToken), JoinError> {
    let authority = std::sync::Arc::clone(&city.authority);
    let token = invitation.token.expose();
    let (challenge, ceremony) = authority.start_joining(token, city.now, &mut city.rng).await?;
    let (passkey, answer) = passkey::register(&json!(challenge), &site(), &mut city.rng).unwrap();
    let answer = serde_json::from_value(answer).unwrap();
    let ceremony = ceremony.expose();
    let session = authority.finish_joining(ceremony, &answer, city.now, &mut city.rng).await?;
    Ok((passkey, session))
}

async fn sign_in(
    city: &mut City,
    passkey: &SoftPasskey,
) -> Result<OpaqueToken, OfficerSignInError> {
    sign_in_as(city, passkey, None).await
}

/// Signs in with an answer that says whose the passkey is, rightly or not.
async fn sign_in_as(
    city: &mut City,
    passkey: &SoftPasskey,
    user: Option<OfficerId>,
) -> Result<OpaqueToken, OfficerSignInError> {
    let authority = std::sync::Arc::clone(&city.authority);
    let (challenge, ceremony) =
        authority.start_officer_sign_in(city.now, &mut city.rng).await.unwrap();
    let mut answer = passkey.authenticate(&json!(challenge), &site()).unwrap();
    if let Some(user) = user {
        answer["response"]["userHandle"] = json!(b64::encode(user.as_bytes()));
    }
    let answer = serde_json::from_value(answer).unwrap();
    authority.finish_officer_sign_in(ceremony.expose(), &answer, city.now, &mut city.rng).await
}

async fn session(city: &City, token: &OpaqueToken, attended: bool) -> Option<OfficerSession> {
    city.authority.officer_session(token.expose(), attended, city.now).await.unwrap()
}

/// Whether the store still has a sign-in, be it over or not.
async fn is_kept(city: &City, token: &OpaqueToken) -> bool {
    let mut reader = city.authority.store().reader().await.unwrap();
    reader.officer_session(token.hash().as_bytes()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_link_makes_one_officer_once_and_in_time() {
    let mut city = City::new().await;
    let invitation = invite(&mut city, OfficerRole::Clerk).await;
    let open = city.authority.open_invitation(invitation.token.expose(), city.now).await.unwrap();
    assert_eq!((open.name.as_str(), open.role), ("Wu Lan", OfficerRole::Clerk));
    let (passkey, first) = join(&mut city, &invitation).await.unwrap();
    assert!(session(&city, &first, true).await.is_some());
    assert!(matches!(join(&mut city, &invitation).await, Err(JoinError::Unknown)));
    assert!(sign_in(&mut city, &passkey).await.is_ok());
    let acts = city.acts(&invitation.officer.to_string()).await;
    assert_eq!(acts, ["officer.invited", "officer.joined"]);
    assert!(
        city.store_contains(b"Wu Lan")
            && !city.store_contains(invitation.token.expose().as_bytes())
    );

    let late = invite(&mut city, OfficerRole::Clerk).await;
    city.later(SignedDuration::from_hours(24));
    let late = join(&mut city, &late).await;
    assert!(matches!(late, Err(JoinError::NotNow(OfficerTransitionError::Expired))));
}

#[tokio::test]
async fn a_link_that_two_have_makes_one_officer() {
    let mut city = City::new().await;
    let invitation = invite(&mut city, OfficerRole::Clerk).await;
    let authority = std::sync::Arc::clone(&city.authority);
    let token = invitation.token.expose();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let (challenge, ceremony) =
            authority.start_joining(token, city.now, &mut city.rng).await.unwrap();
        let (_, answer) = passkey::register(&json!(challenge), &site(), &mut city.rng).unwrap();
        answers.push((ceremony, serde_json::from_value(answer).unwrap()));
    }
    let mut joined = Vec::new();
    for (ceremony, answer) in answers {
        let ceremony = ceremony.expose();
        joined.push(authority.finish_joining(ceremony, &answer, city.now, &mut city.rng).await);
    }
    assert!(joined[0].is_ok());
    assert!(matches!(joined[1], Err(JoinError::Unknown)));
}

#[tokio::test]
async fn a_new_link_ends_the_old_passkey_and_every_sign_in() {
    let mut city = City::new().await;
    let invitation = invite(&mut city, OfficerRole::Clerk).await;
    let (lost, signed_in) = join(&mut city, &invitation).await.unwrap();
    let authority = std::sync::Arc::clone(&city.authority);
    let by = officer();
    let renewed = authority
        .invite_officer_again(invitation.officer, &by, city.now, &mut city.rng)
        .await
        .unwrap();
    assert!(!is_kept(&city, &signed_in).await);
    assert!(session(&city, &signed_in, true).await.is_none());
    assert!(matches!(sign_in(&mut city, &lost).await, Err(OfficerSignInError::Refused(_))));
    let (passkey, _) = join(&mut city, &renewed).await.unwrap();
    assert!(sign_in(&mut city, &passkey).await.is_ok());
}

#[tokio::test]
async fn a_sign_in_ends_when_nothing_is_done_and_after_a_working_day() {
    let mut city = City::new().await;
    let invitation = invite(&mut city, OfficerRole::Clerk).await;
    let (passkey, token) = join(&mut city, &invitation).await.unwrap();
    // What the page does by itself keeps nobody signed in.
    city.later(SignedDuration::from_mins(14));
    assert!(session(&city, &token, false).await.is_some());
    city.later(SignedDuration::from_mins(1));
    assert!(session(&city, &token, false).await.is_none());

    let token = sign_in(&mut city, &passkey).await.unwrap();
    let began = city.now;
    while city.now + SignedDuration::from_mins(14) < began + SESSION_LIFE {
        city.later(SignedDuration::from_mins(14));
        assert!(session(&city, &token, true).await.is_some(), "after {}", city.now - began);
    }
    city.now = began + SESSION_LIFE;
    assert!(session(&city, &token, true).await.is_none());

    let token = sign_in(&mut city, &passkey).await.unwrap();
    city.later(IDLE_FOR + SignedDuration::from_secs(1));
    city.authority.sweep(city.now).await.unwrap();
    assert!(!is_kept(&city, &token).await, "an ended sign-in is forgotten");
}

#[tokio::test]
async fn what_gives_power_away_wants_the_passkey_again() {
    let mut city = City::new().await;
    let invitation = invite(&mut city, OfficerRole::Administrator).await;
    let (passkey, token) = join(&mut city, &invitation).await.unwrap();
    let other = invite(&mut city, OfficerRole::Administrator).await;
    let (others, _) = join(&mut city, &other).await.unwrap();
    city.later(FRESH_FOR);
    let signed_in = session(&city, &token, true).await.unwrap();
    let why = || "a test of the passkey".parse().unwrap();
    let by: Officer = signed_in.signed_in().acting(why(), None);
    let authority = std::sync::Arc::clone(&city.authority);
    let refused =
        authority.invite_officer_again(other.officer, &by, city.now, &mut city.rng).await.map(drop);
    assert!(matches!(refused, Err(InviteError::NotAllowed(NotAllowed::NotFresh { .. }))));

    // Another officer's passkey does not do; one's own does.
    for (key, does) in [(&others, false), (&passkey, true)] {
        let (challenge, ceremony) =
            authority.start_officer_sign_in(city.now, &mut city.rng).await.unwrap();
        let answer = key.authenticate(&json!(challenge), &site()).unwrap();
        let answer = serde_json::from_value(answer).unwrap();
        let stepped =
            authority.finish_step_up(&signed_in, ceremony.expose(), &answer, city.now).await;
        assert_eq!(stepped.is_ok(), does);
    }
    let by = session(&city, &token, true).await.unwrap().signed_in().acting(why(), None);
    authority.invite_officer_again(other.officer, &by, city.now, &mut city.rng).await.unwrap();
}

#[tokio::test]
async fn a_dialogue_is_good_once_and_for_its_own_kind() {
    let mut city = City::new().await;
    let invitation = invite(&mut city, OfficerRole::Clerk).await;
    let (passkey, _) = join(&mut city, &invitation).await.unwrap();
    let authority = std::sync::Arc::clone(&city.authority);
    let (challenge, ceremony) =
        authority.start_officer_sign_in(city.now, &mut city.rng).await.unwrap();
    let answer = passkey.authenticate(&json!(challenge), &site()).unwrap();
    let answer = serde_json::from_value(answer).unwrap();
    let late = city.now + SignedDuration::from_mins(6);
    for (now, again) in [(late, "late"), (city.now, "twice")] {
        let refused =
            authority.finish_officer_sign_in(ceremony.expose(), &answer, now, &mut city.rng).await;
        assert!(matches!(refused, Err(OfficerSignInError::NoCeremony)), "{again}");
    }
}

#[tokio::test]
async fn a_passkey_is_its_own_users_and_no_one_elses() {
    let mut city = City::new().await;
    let clerk = invite(&mut city, OfficerRole::Clerk).await;
    let (passkey, _) = join(&mut city, &clerk).await.unwrap();
    let supervisor = invite(&mut city, OfficerRole::Supervisor).await;
    join(&mut city, &supervisor).await.unwrap();
    // Whose it is stands beside the signature, not under it.
    let swapped = sign_in_as(&mut city, &passkey, Some(supervisor.officer)).await;
    assert!(matches!(swapped, Err(OfficerSignInError::Refused(_))));
    let token = sign_in_as(&mut city, &passkey, Some(clerk.officer)).await.unwrap();
    assert_eq!(session(&city, &token, true).await.unwrap().id(), clerk.officer);
}

#[tokio::test]
async fn who_is_retired_since_the_passkey_was_looked_up_is_not_signed_in() {
    let mut city = City::new().await;
    let clerk = invite(&mut city, OfficerRole::Clerk).await;
    let (passkey, before) = join(&mut city, &clerk).await.unwrap();
    // Retired, and the passkey still there to be found.
    let (id, now) = (clerk.officer, city.now);
    let retired: Result<(), StorageError> = city
        .authority
        .store()
        .write(move |mut tx| {
            Box::pin(async move {
                let row = tx.find_officer(id).await?.unwrap();
                let state = row.state.retire(now).unwrap();
                tx.change_officer(id, row.revision, row.role, &state).await.map(drop)
            })
        })
        .await;
    retired.unwrap();
    assert!(matches!(sign_in(&mut city, &passkey).await, Err(OfficerSignInError::Refused(_))));
    // Nor does what is left of an earlier sign-in go on.
    assert!(session(&city, &before, true).await.is_none());
}

#[tokio::test]
async fn who_is_retired_is_out_at_once_and_one_administrator_stays() {
    let mut city = City::new().await;
    let invitation = invite(&mut city, OfficerRole::Administrator).await;
    let (_, token) = join(&mut city, &invitation).await.unwrap();
    let clerk = invite(&mut city, OfficerRole::Clerk).await;
    let (clerks, clerk_token) = join(&mut city, &clerk).await.unwrap();
    let why = "a test of the way out".parse().unwrap();
    let by = session(&city, &token, true).await.unwrap().signed_in().acting(why, None);
    let authority = std::sync::Arc::clone(&city.authority);

    let own = authority.retire_officer(invitation.officer, &by, city.now).await;
    assert!(matches!(own, Err(ChangeOfficerError::OwnAccount)));
    let role = OfficerRole::Auditor;
    let last = authority.change_officer_role(invitation.officer, role, &officer(), city.now).await;
    assert!(matches!(last, Err(ChangeOfficerError::LastAdministrator)));
    let last = authority.retire_officer(invitation.officer, &officer(), city.now).await;
    assert!(matches!(last, Err(ChangeOfficerError::LastAdministrator)));

    authority.change_officer_role(clerk.officer, role, &by, city.now).await.unwrap();
    let now_auditor = session(&city, &clerk_token, true).await.unwrap();
    assert_eq!(now_auditor.role(), role);
    authority.retire_officer(clerk.officer, &by, city.now).await.unwrap();
    assert!(!is_kept(&city, &clerk_token).await);
    assert!(session(&city, &clerk_token, true).await.is_none());
    assert!(matches!(sign_in(&mut city, &clerks).await, Err(OfficerSignInError::Refused(_))));
    let again = authority.invite_officer_again(clerk.officer, &by, city.now, &mut city.rng).await;
    assert!(matches!(again, Err(InviteError::NotNow(OfficerTransitionError::Retired))));
    let acts = city.acts(&clerk.officer.to_string()).await;
    let all = ["officer.invited", "officer.joined", "officer.role-changed", "officer.retired"];
    assert_eq!(acts, all);
}
