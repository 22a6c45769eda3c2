use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_model::{OfficerRole, ProposalId, UploadId};
use tanda_storage::StorageError;

use super::{MOST_FILE, NewUpload, UploadError, UploadStage};
use crate::officer::SignedIn;
use crate::proposals::{Content, Outcome, ProposeError, ProposedImport, SettleProposalError};
use crate::register::{FaultCode, ImportError};
use crate::testing::{City, number, photo};
use crate::{NotAllowed, Officer};

fn signed_in(role: OfficerRole) -> SignedIn {
    SignedIn::just_now(role, None)
}

fn chance() -> StdRng {
    StdRng::seed_from_u64(3)
}

fn clerk() -> SignedIn {
    signed_in(OfficerRole::Clerk)
}

fn acting(by: SignedIn) -> Officer {
    by.acting("new people of the district".parse().unwrap(), Some("2026-50".parse().unwrap()))
}

fn row(serial: u16, name: &str, portrait: &str) -> String {
    let number = number(serial);
    format!(
        r#"{{"number":"{}","family_name":"{name}","birth_date":"1975-03-09","sex":{},{portrait}}}"#,
        number.as_str(),
        1 + (serial + 1) % 2,
    )
}

fn inside(person: &str) -> String {
    format!(r#""portrait_base64":"{}""#, STANDARD.encode(photo(person, "portrait")))
}

/// Two good rows, and one whose picture was not brought.
fn people() -> String {
    [
        row(20, "Li", &inside("01")),
        row(21, "Wu", r#""portrait":"people/02.jpg""#),
        row(22, "He", r#""portrait":"people/03.jpg""#),
    ]
    .join("\n")
}

async fn begin(city: &mut City, text: &str) -> UploadId {
    let new = NewUpload { name: "people.jsonl".to_owned(), size: text.len() };
    let City { authority, rng, now, .. } = city;
    let id = authority.begin_upload(&new, &clerk(), *now, rng).await.unwrap();
    authority.add_picture_to_upload(id, "02.jpg", photo("02", "portrait"), &clerk(), *now).unwrap();
    id
}

/// Brings a file in two pieces and waits until its rows were looked at.
async fn checked(city: &mut City, text: &str) -> (UploadId, UploadStage) {
    let id = begin(city, text).await;
    let City { authority, rng, now, .. } = city;
    let half = text.len() / 2;
    for (at, piece) in [(0, &text[..half]), (half, &text[half..])] {
        authority.add_to_upload(id, at, piece.as_bytes(), &clerk(), *now).unwrap();
    }
    authority.check_upload(id, &clerk(), *now, rng).await.unwrap();
    loop {
        let stage = authority.upload(id, &clerk(), *now).unwrap().stage;
        if !matches!(stage, UploadStage::Checking(_)) {
            return (id, stage);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn proposed(city: &mut City, text: &str) -> ProposalId {
    let (id, _) = checked(city, text).await;
    let City { authority, rng, now, .. } = city;
    authority.propose_import(id, &clerk(), &acting(clerk()), *now, rng).await.unwrap()
}

#[tokio::test]
async fn a_file_is_checked_proposed_confirmed_and_only_then_in_the_register() {
    let mut city = City::new().await;
    let (id, stage) = checked(&mut city, &people()).await;
    let UploadStage::Checked { good, refused, faults } = stage else { panic!("{stage:?}") };
    assert_eq!((good, refused), (2, 1));
    assert_eq!((faults[0].line, faults[0].code), (3, FaultCode::PortraitUnreadable));
    assert_eq!(city.authority.register.count().await.unwrap(), 0);
    assert!(!city.store_contains(number(20).as_str().as_bytes()));

    let City { authority, rng, now, .. } = &mut city;
    let id = authority.propose_import(id, &clerk(), &acting(clerk()), *now, rng).await.unwrap();
    let supervisor = acting(signed_in(OfficerRole::Supervisor));
    let opened = authority.look_at_proposal(id, &supervisor, *now).await.unwrap();
    let Content::Import(import) = opened.content else { panic!() };
    assert_eq!((import.name.as_str(), import.refused), ("people.jsonl", 1));
    assert_eq!(import.masked_numbers, [number(20).masked(), number(21).masked()]);
    assert_eq!(authority.register.count().await.unwrap(), 0);
    // Nobody else takes the file over while it waits.
    let outcome = authority.confirm_proposal(id, &supervisor, *now, &mut chance()).await.unwrap();
    assert_eq!(outcome, Outcome { done: 2, left_out: 0, at: *now });
    let entry = authority.register.entry(&number(20)).await.unwrap().unwrap();
    assert_eq!(entry.resident.name.full(), "Li");
    let mut reader = authority.store.reader().await.unwrap();
    assert!(reader.had_a_hand(clerk().id(), entry.resident.id).await.unwrap());
    assert_eq!(reader.import_position(&import.file).await.unwrap(), None);
    drop(reader);
    assert_eq!(city.acts(&entry.resident.id.to_string()).await, ["register.added"]);
}

#[tokio::test]
async fn what_is_cut_off_or_declined_leaves_nothing() {
    let mut city = City::new().await;
    let text = people();
    let id = begin(&mut city, &text).await;
    let City { authority, rng, now, .. } = &mut city;
    authority.add_to_upload(id, 0, &text.as_bytes()[..100], &clerk(), *now).unwrap();
    let gap = authority.add_to_upload(id, 101, b"x", &clerk(), *now);
    assert!(matches!(gap, Err(UploadError::Gap)));
    let incomplete = authority.check_upload(id, &clerk(), *now, rng).await;
    assert!(matches!(incomplete, Err(UploadError::Gap)));
    let others = authority.upload(id, &signed_in(OfficerRole::Supervisor), *now);
    assert!(matches!(others, Err(UploadError::Unknown)));
    let proposing = authority.propose_import(id, &clerk(), &acting(clerk()), *now, rng).await;
    assert!(matches!(proposing, Err(ProposeError::Upload(UploadError::Gap))));
    city.later(SignedDuration::from_mins(31));
    city.authority.sweep(city.now).await.unwrap();
    let forgotten = city.authority.upload(id, &clerk(), city.now);
    assert!(matches!(forgotten, Err(UploadError::Unknown)));

    let id = proposed(&mut city, &text).await;
    let supervisor = acting(signed_in(OfficerRole::Supervisor));
    let hash = {
        let opened = city.authority.look_at_proposal(id, &supervisor, city.now).await.unwrap();
        let Content::Import(import) = opened.content else { panic!() };
        import.file
    };
    city.authority.decline_proposal(id, &supervisor, city.now).await.unwrap();
    let mut reader = city.authority.store.reader().await.unwrap();
    assert_eq!(reader.count_staged(&hash).await.unwrap(), 0);
    assert_eq!(city.authority.register.count().await.unwrap(), 0);
    // Discarded before it is proposed, it leaves nothing either.
    let (upload, _) = checked(&mut city, &text).await;
    city.authority.discard_upload(upload, &clerk(), city.now).await.unwrap();
    let mut reader = city.authority.store.reader().await.unwrap();
    assert_eq!(reader.import_position(&hash).await.unwrap(), None);
}

#[tokio::test]
async fn a_file_waits_once_and_what_came_meanwhile_is_left_out() {
    let mut city = City::new().await;
    let text = people();
    let id = proposed(&mut city, &text).await;
    let again = begin(&mut city, &text).await;
    {
        let City { authority, rng, now, .. } = &mut city;
        authority.add_to_upload(again, 0, text.as_bytes(), &clerk(), *now).unwrap();
        let refused = authority.check_upload(again, &clerk(), *now, rng).await;
        assert!(matches!(refused, Err(UploadError::Proposed)));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.jsonl");
    std::fs::write(&file, &text).unwrap();
    let request = crate::register::ImportRequest {
        file,
        portraits: None,
        format: None,
        skip_bad: true,
        threads: 1,
    };
    {
        let City { authority, rng, now, .. } = &mut city;
        let models = authority.models().unwrap();
        let (officer, mut progress) = (crate::testing::officer(), |_| ());
        let register = authority.register();
        let at_the_machine =
            register.import(&request, &models, &officer, &mut progress, *now, rng).await;
        assert!(matches!(at_the_machine, Err(ImportError::Proposed)));
    }
    // Whose own row it is confirms nothing.
    let tag = city.authority.register.number_tag(&number(21)).to_vec();
    let own = acting(SignedIn::just_now(OfficerRole::Supervisor, Some(tag)));
    let refused = city.authority.confirm_proposal(id, &own, city.now, &mut chance()).await;
    let why = NotAllowed::OwnMatter;
    assert!(matches!(refused, Err(SettleProposalError::NotAllowed(found)) if found == why));
    city.resident("04", 20, "Li").await;
    let supervisor = acting(signed_in(OfficerRole::Supervisor));
    let outcome =
        city.authority.confirm_proposal(id, &supervisor, city.now, &mut chance()).await.unwrap();
    assert_eq!(outcome, Outcome { done: 1, left_out: 1, at: city.now });
    assert_eq!(city.authority.register.count().await.unwrap(), 2);
}

#[tokio::test]
async fn nobody_proposes_a_file_that_they_are_in_and_none_is_confirmed_that_is_gone() {
    let mut city = City::new().await;
    let (upload, _) = checked(&mut city, &people()).await;
    let own = city.signed_in_who_is(21, OfficerRole::Clerk);
    let City { authority, rng, now, .. } = &mut city;
    let refused = authority.propose_import(upload, &own, &acting(own.clone()), *now, rng).await;
    let why = NotAllowed::OwnMatter;
    assert!(matches!(refused, Err(ProposeError::NotAllowed(found)) if found == why));
    let id = authority.propose_import(upload, &clerk(), &acting(clerk()), *now, rng).await.unwrap();
    let supervisor = acting(signed_in(OfficerRole::Supervisor));
    let opened = authority.look_at_proposal(id, &supervisor, *now).await.unwrap();
    let Content::Import(ProposedImport { file, .. }) = opened.content else { panic!() };
    // Its staged rows are gone, and with them what was proposed.
    let gone =
        authority.store.write(move |mut tx| Box::pin(async move { tx.end_import(&file).await }));
    let gone: Result<(), StorageError> = gone.await;
    gone.unwrap();
    let refused = authority.confirm_proposal(id, &supervisor, *now, &mut chance()).await;
    assert!(matches!(refused, Err(SettleProposalError::Ended)));
    assert!(!city.acts_contain("register.imported").await);
}

#[tokio::test]
async fn what_is_no_register_file_is_said_at_once() {
    let mut city = City::new().await;
    let mut refused = Vec::new();
    for (name, size) in [("people.xls", 10), ("people.csv", 0), ("people.csv", MOST_FILE + 1)] {
        let City { authority, rng, now, .. } = &mut city;
        let new = NewUpload { name: name.to_owned(), size };
        refused.push(authority.begin_upload(&new, &clerk(), *now, rng).await.unwrap_err());
    }
    assert!(matches!(
        &refused[..],
        [
            UploadError::File(ImportError::UnknownFormat),
            UploadError::File(ImportError::Empty),
            UploadError::FileTooLarge,
        ]
    ));
    let text = b"number,name\n1,2\n";
    let new = NewUpload { name: "people.csv".to_owned(), size: text.len() };
    let authority = Arc::clone(&city.authority);
    let id = authority.begin_upload(&new, &clerk(), city.now, &mut city.rng).await.unwrap();
    authority.add_to_upload(id, 0, text, &clerk(), city.now).unwrap();
    let refused = authority.check_upload(id, &clerk(), city.now, &mut city.rng).await;
    assert!(matches!(refused, Err(UploadError::File(ImportError::ColumnUnknown { position: 2 }))));
    assert!(matches!(authority.upload(id, &clerk(), city.now), Err(UploadError::Unknown)));
}
