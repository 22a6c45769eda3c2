use std::sync::Arc;

use jiff::SignedDuration;
use tanda_credential::jose::Signer as _;
use tanda_credential::sd_jwt_vc::verify_issued;
use tanda_credential::trust_list;
use tanda_credential::x509::{self, Certificate};
use tanda_model::{OfficerRole, PurposeId, RelyingPartyState, RelyingPartyTransitionError};
use tanda_protocol::registration::{Registration, RegistrationError};
use tanda_protocol::vp::client_id::ClientId;

use super::fixture::{Party, registered};
use super::*;
use crate::testing::{City, officer};
use crate::{Authority, NotAllowed, SignedIn};

/// What wallets make of a registration, with the list that is published now.
async fn stands(
    city: &City,
    certificates: &Certificates,
    token: &str,
) -> Result<(), RegistrationError> {
    let registrars = [Certificate::from_der(&certificates.registrar_certificate).unwrap()];
    let client = ClientId::of_der(&certificates.access_certificate);
    let registration = Registration::verify(token, &registrars, client, city.now)?;
    assert_eq!(registration.status_uri(), Some("http://localhost:8600/registration-status/0"));
    let list = city.authority.publish_registration_status(0, city.now).await.unwrap();
    registration.must_stand(Some(&list), &registrars, city.now)
}

#[tokio::test]
async fn what_is_certified_leads_to_the_trust_list_and_pseudonyms_to_the_card() {
    let mut city = City::new().await;
    let authority = Arc::clone(&city.authority);
    let cafe = registered(&mut city, "cafe-comet", &[PurposeId::CafeSignUp]).await;
    registered(&mut city, "cafe-orbit", &[PurposeId::CafeSignUp]).await;
    registered(&mut city, "hotel-nansha", &[PurposeId::HotelCheckIn]).await;
    let certificates = cafe.certificates(&mut city).await;

    let token = authority.publish_trust_list(Vec::new(), city.now).await.unwrap();
    let anchor = Certificate::from_der(&authority.keys().trust_anchor).unwrap();
    let list = trust_list::verify(&token, &[anchor], None, city.now).unwrap();
    assert_eq!(list.sequence, 1);
    let chain = [certificates.access_certificate.clone()];
    let access = x509::validate_chain(&chain, &list.access_authorities(city.now), city.now);
    let client = ClientId::of(&access.unwrap().leaf);
    let registrars = list.registrars(city.now);
    let token = &certificates.registrations[0];
    let registration = Registration::verify(token, &registrars, client, city.now).unwrap();
    assert_eq!(registration.relying_party, cafe.id);
    assert!(registration.result_only);

    city.resident("01", 10, "Li").await;
    let wallet = city.wallet("a");
    let (copies, _) = city.card(&wallet, 10, "Li", "01", 2).await;
    let trusted = list.trusted_issuers(city.now);
    let pseudonyms: Vec<_> = copies
        .iter()
        .map(|copy| verify_issued(copy, &trusted, city.now).unwrap().claims["pseudonyms"].clone())
        .collect();
    assert_eq!(pseudonyms[0], pseudonyms[1]);
    let names: Vec<_> = pseudonyms[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["cafe-comet", "cafe-orbit"]);
    assert_ne!(pseudonyms[0]["cafe-comet"], pseudonyms[0]["cafe-orbit"]);
    let again = authority.publish_trust_list(Vec::new(), city.now).await.unwrap();
    let anchor = Certificate::from_der(&authority.keys().trust_anchor).unwrap();
    let again = trust_list::verify(&again, &[anchor], Some(1), city.now).unwrap();
    assert_eq!(again.sequence, 2);
}

#[tokio::test]
async fn suspending_restoring_and_ending_show_in_the_published_list_at_once() {
    let mut city = City::new().await;
    let hotel = registered(&mut city, "hotel-delta", &[PurposeId::HotelCheckIn]).await;
    let other = registered(&mut city, "hotel-nansha", &[PurposeId::HotelCheckIn]).await;
    let certificates = hotel.certificates(&mut city).await;
    let others = other.certificates(&mut city).await;
    let token = &certificates.registrations[0];
    assert_eq!(stands(&city, &certificates, token).await, Ok(()));
    hotel.step(&city, Step::Suspend).await.unwrap();
    let who = || "hotel-delta".to_owned();
    let suspended = Err(RegistrationError::Suspended { who: who() });
    assert_eq!(stands(&city, &certificates, token).await, suspended);
    assert_eq!(stands(&city, &others, &others.registrations[0]).await, Ok(()));
    let standing = hotel.standing(&mut city).await.unwrap();
    assert_eq!(standing.state.name(), "suspended");
    assert_eq!(standing.reason.as_deref(), Some("a test of the authority"));
    // Fetching certificates and another purpose help as little as waiting.
    city.later(SignedDuration::from_hours(25));
    let renewed = hotel.certificates(&mut city).await;
    assert_eq!(stands(&city, &renewed, &renewed.registrations[0]).await, suspended);
    let more = [PurposeId::HotelCheckIn, PurposeId::Ticket];
    city.authority.change_purposes(&hotel.id, &more, &officer(), city.now).await.unwrap();
    for token in &hotel.certificates(&mut city).await.registrations {
        assert_eq!(stands(&city, &renewed, token).await, suspended);
    }
    hotel.step(&city, Step::Restore).await.unwrap();
    assert_eq!(stands(&city, &certificates, token).await, Ok(()));
    hotel.step(&city, Step::End).await.unwrap();
    let withdrawn = Err(RegistrationError::Withdrawn { who: who() });
    assert_eq!(stands(&city, &certificates, token).await, withdrawn);
    assert!(hotel.standing(&mut city).await.unwrap().certificates.is_none());
    let again = hotel.apply(&city, &[PurposeId::HotelCheckIn]).await;
    assert!(matches!(again, Err(ApplyError::Taken(_))));
    assert_eq!(
        city.acts("hotel-delta").await,
        [
            "relying-party.applied",
            "relying-party.registered",
            "relying-party.suspended",
            "relying-party.purposes-changed",
            "relying-party.restored",
            "relying-party.ended",
        ]
    );
}

#[tokio::test]
async fn a_purpose_that_is_taken_away_can_not_be_asked_for_with_the_old_certificate() {
    let mut city = City::new().await;
    let both = [PurposeId::HotelCheckIn, PurposeId::Ticket];
    let hotel = registered(&mut city, "hotel-delta", &both).await;
    let before = hotel.certificates(&mut city).await;
    let ticket = [PurposeId::Ticket];
    city.authority.change_purposes(&hotel.id, &ticket, &officer(), city.now).await.unwrap();
    let withdrawn = Err(RegistrationError::Withdrawn { who: "hotel-delta".to_owned() });
    assert_eq!(stands(&city, &before, &before.registrations[0]).await, withdrawn);
    assert_eq!(stands(&city, &before, &before.registrations[1]).await, Ok(()));
    let after = hotel.certificates(&mut city).await;
    assert_eq!(after.registrations.len(), 1);
    // Given back, it is another registration: the old certificate stays withdrawn.
    city.authority.change_purposes(&hotel.id, &both, &officer(), city.now).await.unwrap();
    assert_eq!(stands(&city, &before, &before.registrations[0]).await, withdrawn);
    let after = hotel.certificates(&mut city).await;
    for token in &after.registrations {
        assert_eq!(stands(&city, &after, token).await, Ok(()));
    }
    let none = city.authority.change_purposes(&hotel.id, &[], &officer(), city.now).await;
    assert!(matches!(none, Err(ChangeRelyingPartyError::Purposes)));
}

#[tokio::test]
async fn an_application_is_its_keys_and_approved_as_it_was_seen() {
    let mut city = City::new().await;
    let hotel = Party::new(&mut city, "hotel-delta");
    let stranger = Party { id: hotel.id.clone(), ..Party::new(&mut city, "x") };
    let check_in = [PurposeId::HotelCheckIn];
    hotel.apply(&city, &check_in).await.unwrap();
    assert!(matches!(stranger.apply(&city, &check_in).await, Err(ApplyError::Taken(_))));
    assert!(matches!(stranger.standing(&mut city).await, Err(StandingError::Unknown)));
    let standing = hotel.standing(&mut city).await.unwrap();
    assert!(matches!(standing.state, RelyingPartyState::Applied { .. }));
    assert!(standing.certificates.is_none());
    // Replaced behind the officer's back.
    hotel.apply(&city, &[PurposeId::BankAccount]).await.unwrap();
    let unseen = hotel.register(&mut city, 0, &check_in).await;
    assert!(matches!(unseen, Err(ChangeRelyingPartyError::Changed)));
    hotel.step(&city, Step::Refuse).await.unwrap();
    let refused = hotel.register(&mut city, 2, &check_in).await;
    let not_applied = RelyingPartyTransitionError::NotApplied;
    assert!(matches!(refused, Err(ChangeRelyingPartyError::NotNow(why)) if why == not_applied));
    // After a refusal the name is free again.
    stranger.apply(&city, &check_in).await.unwrap();
    stranger.register(&mut city, 3, &check_in).await.unwrap();
    assert!(matches!(hotel.standing(&mut city).await, Err(StandingError::Unknown)));
}

#[tokio::test]
async fn certificates_are_renewed_when_they_are_fetched() {
    let mut city = City::new().await;
    let hotel = registered(&mut city, "hotel-delta", &[PurposeId::HotelCheckIn]).await;
    let first = hotel.certificates(&mut city).await;
    assert_eq!(hotel.certificates(&mut city).await.registrations, first.registrations);
    city.later(SignedDuration::from_hours(24));
    let second = hotel.certificates(&mut city).await;
    assert_ne!(second.registrations, first.registrations);
    assert_eq!(second.access_certificate, first.access_certificate, "the same client identifier");
    city.later(SignedDuration::from_hours(24 * 340));
    let third = hotel.certificates(&mut city).await;
    assert_ne!(third.access_certificate, first.access_certificate);
    assert_eq!(stands(&city, &third, &third.registrations[0]).await, Ok(()));
}

#[tokio::test]
async fn who_may_not_changes_nothing() {
    let mut city = City::new().await;
    let hotel = Party::new(&mut city, "hotel-delta");
    hotel.apply(&city, &[PurposeId::HotelCheckIn]).await.unwrap();
    let authority: Arc<Authority> = Arc::clone(&city.authority);
    let clerk = SignedIn::just_now(OfficerRole::Clerk, None);
    let seen = authority.relying_parties(&clerk).await.unwrap();
    assert_eq!((seen[0].state.name(), seen[0].asked.len()), ("applied", 1));
    assert_eq!(seen[0].key_thumbprint, hotel.key.public().thumbprint());
    let by = clerk.acting("a test of the table".parse().unwrap(), None);
    let refused = authority
        .register_relying_party(
            &hotel.id,
            0,
            &[PurposeId::HotelCheckIn],
            &by,
            city.now,
            &mut city.rng,
        )
        .await;
    assert!(matches!(refused, Err(ChangeRelyingPartyError::NotAllowed(NotAllowed::Role { .. }))));
    hotel.register(&mut city, 0, &[PurposeId::HotelCheckIn]).await.unwrap();
    for step in [Step::Suspend, Step::End, Step::Restore, Step::Refuse] {
        let refused = authority.step_relying_party(&hotel.id, step, &by, city.now).await;
        assert!(matches!(refused, Err(ChangeRelyingPartyError::NotAllowed(_))), "{step:?}");
    }
    let refused = authority.change_purposes(&hotel.id, &[PurposeId::Ticket], &by, city.now).await;
    assert!(matches!(refused, Err(ChangeRelyingPartyError::NotAllowed(_))));
    assert_eq!(
        city.acts("hotel-delta").await,
        ["relying-party.applied", "relying-party.registered"]
    );
}
