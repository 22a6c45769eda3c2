//! What becomes of a log when somebody who can write to the store lays a hand on it.

use jiff::SignedDuration;
use sqlx::{Connection as _, SqliteConnection};
use tanda_credential::log::{Checkpoint, CheckpointError, Frontier, Hash};

use super::{act, by_hand};
use crate::Fault;
use crate::log::nodes::bytes;
use crate::log::verify::Source;
use crate::log::{BadLog, VerifiedLog, VerifyLogError};
use crate::testing::City;

/// The hand of an attacker who knows how the tree is made, and makes it fit the entries again.
pub(super) async fn mend_tree(city: &City) {
    let path = city.authority.store().path().display().to_string();
    let mut store = SqliteConnection::connect(&path).await.unwrap();
    let entries: Vec<(i64, String)> = sqlx::query_as("SELECT seq, entry FROM acts ORDER BY seq")
        .fetch_all(&mut store)
        .await
        .unwrap();
    let mut frontier = Frontier::default();
    for (seq, entry) in entries {
        let hashes = frontier.push(Hash::of_leaf(entry.as_bytes()));
        sqlx::query("UPDATE acts SET hashes = $1 WHERE seq = $2")
            .bind(bytes(&hashes))
            .bind(seq)
            .execute(&mut store)
            .await
            .unwrap();
    }
    store.close().await.unwrap();
}

/// Twelve entries, checkpoints over five and nine of them. The newer one is handed out.
async fn city() -> (City, String) {
    let city = City::new().await;
    act(&city, 5).await;
    city.authority.sign_checkpoint(city.now).await.unwrap();
    act(&city, 4).await;
    let (_, kept) = city.authority.sign_checkpoint(city.now).await.unwrap();
    act(&city, 3).await;
    (city, kept)
}

async fn verify(city: &City, kept: Option<&str>) -> Result<VerifiedLog, VerifyLogError> {
    city.authority.verify_log(kept.map(str::as_bytes), &mut |_| ()).await
}

async fn found(city: &City, kept: Option<&str>) -> BadLog {
    match verify(city, kept).await {
        Err(VerifyLogError::Bad(bad)) => bad,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_log_that_nobody_touched_is_whole() {
    let (city, kept) = city().await;
    let whole = VerifiedLog { entries: 12, checkpoints: 2, signed: 9 };
    assert_eq!(verify(&city, None).await.unwrap(), whole);
    assert_eq!(verify(&city, Some(&kept)).await.unwrap(), whole);
    let empty = City::new().await;
    empty.authority.sign_checkpoint(empty.now).await.unwrap();
    let nothing = VerifiedLog { entries: 0, checkpoints: 1, signed: 0 };
    assert_eq!(verify(&empty, None).await.unwrap(), nothing);
}

#[tokio::test]
async fn a_deleted_row_is_found() {
    let (city, _) = city().await;
    by_hand(&city, "DELETE FROM acts WHERE seq = 6").await;
    assert_eq!(found(&city, None).await, BadLog::Missing(6));
    by_hand(&city, "UPDATE acts SET seq = seq - 1 WHERE seq > 6").await;
    let bad = BadLog::Misplaced { place: 6, found: 7 };
    assert_eq!(found(&city, None).await, bad);
    mend_tree(&city).await;
    assert_eq!(found(&city, None).await, bad);
}

#[tokio::test]
async fn a_deleted_first_row_is_found() {
    let (city, _) = city().await;
    by_hand(&city, "DELETE FROM acts WHERE seq = 1").await;
    assert_eq!(found(&city, None).await, BadLog::Missing(1));
}

#[tokio::test]
async fn a_changed_row_is_found() {
    let (city, _) = city().await;
    let change = "UPDATE acts SET entry = replace(entry, 'a test', 'no test') WHERE seq = 7";
    by_hand(&city, change).await;
    assert_eq!(found(&city, None).await, BadLog::Changed(7));
    by_hand(&city, "UPDATE acts SET entry = 'nothing' WHERE seq = 4").await;
    assert_eq!(found(&city, None).await, BadLog::Changed(4));
}

#[tokio::test]
async fn reordered_rows_are_found() {
    let (city, _) = city().await;
    by_hand(
        &city,
        "UPDATE acts SET seq = -3 WHERE seq = 3; UPDATE acts SET seq = 3 WHERE seq = 4; \
         UPDATE acts SET seq = 4 WHERE seq = -3",
    )
    .await;
    let bad = BadLog::Misplaced { place: 3, found: 4 };
    assert_eq!(found(&city, None).await, bad);
    mend_tree(&city).await;
    assert_eq!(found(&city, None).await, bad);
}

#[tokio::test]
async fn a_row_that_is_found_by_something_else_than_it_says_is_found() {
    for (sql, column) in [
        ("UPDATE acts SET subject = 'cafe-comet' WHERE seq = 2", "subject"),
        ("UPDATE acts SET resident_id = 'somebody' WHERE seq = 2", "resident_id"),
        ("UPDATE acts SET kind = 'card.live' WHERE seq = 2", "kind"),
        ("UPDATE acts SET at = at + 1 WHERE seq = 2", "at"),
    ] {
        let (city, _) = city().await;
        by_hand(&city, sql).await;
        assert_eq!(found(&city, None).await, BadLog::Contradicted { entry: 2, column });
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_or_stand_before_the_first_are_found() {
    let (city, _) = city().await;
    by_hand(&city, "UPDATE acts SET at = 'yesterday' WHERE seq = 8").await;
    assert_eq!(found(&city, None).await, BadLog::Unreadable(8));
    by_hand(&city, "UPDATE acts SET seq = 0 WHERE seq = 12").await;
    assert_eq!(found(&city, None).await, BadLog::Misplaced { place: 1, found: 0 });
    by_hand(&city, "UPDATE acts SET seq = -1 WHERE seq = 0").await;
    assert_eq!(found(&city, None).await, BadLog::Unreadable(1));
}

#[tokio::test]
async fn a_tree_that_does_not_fit_is_found() {
    let (city, _) = city().await;
    // The last eight entries' root, beside the eighth; its own leaf stays as it is.
    by_hand(
        &city,
        "UPDATE acts SET hashes = substr(hashes, 1, 96) || substr(hashes, 1, 32) WHERE seq = 8",
    )
    .await;
    assert_eq!(found(&city, None).await, BadLog::Tree(8));
    by_hand(&city, "UPDATE acts SET hashes = substr(hashes, 1, 32) WHERE seq = 2").await;
    assert_eq!(found(&city, None).await, BadLog::Tree(2));
}

#[tokio::test]
async fn what_was_changed_together_with_the_tree_contradicts_the_checkpoint() {
    for (sql, first, size) in [
        ("UPDATE acts SET entry = replace(entry, 'a test', 'no test') WHERE seq = 2", 1, 5),
        ("UPDATE acts SET entry = replace(entry, 'a test', 'no test') WHERE seq = 7", 6, 9),
    ] {
        let (city, _) = city().await;
        by_hand(&city, sql).await;
        mend_tree(&city).await;
        let which = Source::Stored;
        assert_eq!(found(&city, None).await, BadLog::Rewritten { which, first, size });
        // And nothing is signed on top of it.
        let signed = city.authority.sign_checkpoint(city.now).await;
        assert!(matches!(signed, Err(Fault::Log(_))), "{signed:?}");
    }
}

#[tokio::test]
async fn what_was_changed_together_with_tree_and_checkpoints_contradicts_the_one_that_was_kept() {
    let (city, kept) = city().await;
    by_hand(
        &city,
        "UPDATE acts SET entry = replace(entry, 'a test', 'no test') WHERE seq = 7; \
         DELETE FROM checkpoints",
    )
    .await;
    mend_tree(&city).await;
    assert!(verify(&city, None).await.is_ok());
    let bad = BadLog::Rewritten { which: Source::Kept, first: 1, size: 9 };
    assert_eq!(found(&city, Some(&kept)).await, bad);
}

#[tokio::test]
async fn a_truncated_tail_is_found() {
    let (city, kept) = city().await;
    by_hand(&city, "DELETE FROM acts WHERE seq > 7").await;
    let bad = BadLog::Shortened { which: Source::Stored, entries: 7, size: 9 };
    assert_eq!(found(&city, None).await, bad);
    assert!(matches!(city.authority.sign_checkpoint(city.now).await, Err(Fault::Log(_))));
    by_hand(&city, "DELETE FROM checkpoints WHERE size = 9").await;
    assert!(verify(&city, None).await.is_ok());
    let bad = BadLog::Shortened { which: Source::Kept, entries: 7, size: 9 };
    assert_eq!(found(&city, Some(&kept)).await, bad);
    // Filled up with other entries, it is still not the log that it was.
    city.authority.sign_checkpoint(city.now).await.unwrap();
    let mut later = city;
    later.later(SignedDuration::from_mins(1));
    act(&later, 5).await;
    later.authority.sign_checkpoint(later.now).await.unwrap();
    assert!(verify(&later, None).await.is_ok());
    let bad = BadLog::Rewritten { which: Source::Kept, first: 8, size: 9 };
    assert_eq!(found(&later, Some(&kept)).await, bad);
}

#[tokio::test]
async fn a_checkpoint_that_the_log_did_not_sign_is_found() {
    let (city, kept) = city().await;
    by_hand(&city, "UPDATE checkpoints SET note = replace(note, '9', '8') WHERE size = 9").await;
    let BadLog::Checkpoint { size: 9, .. } = found(&city, None).await else { panic!() };
    let signed = city.authority.sign_checkpoint(city.now).await;
    assert!(matches!(signed, Err(Fault::Log(_))), "{signed:?}");
    let strangers = City::with_seed(8).await;
    act(&strangers, 9).await;
    let (_, other) = strangers.authority.sign_checkpoint(city.now).await.unwrap();
    let kept_by_another = verify(&city, Some(&other)).await;
    assert!(matches!(kept_by_another, Err(VerifyLogError::Kept(CheckpointError::Unsigned))));
    let shifted = "UPDATE checkpoints SET size = 10 WHERE size = 9";
    let (fresh, _) = self::city().await;
    by_hand(&fresh, shifted).await;
    assert!(matches!(found(&fresh, Some(&kept)).await, BadLog::Rewritten { size: 9, .. }));
}

#[tokio::test]
async fn one_size_is_signed_in_the_same_words_and_each_checkpoint_continues_the_last() {
    let (city, kept) = city().await;
    let verifier = city.authority.log_verifier();
    let (newest, note) = city.authority.sign_checkpoint(city.now).await.unwrap();
    assert_eq!(city.authority.sign_checkpoint(city.now).await.unwrap().1, note);
    assert_eq!(city.authority.newest_checkpoint().await.unwrap().unwrap().note, note);
    assert_eq!(Checkpoint::open(note.as_bytes(), verifier), Ok(newest.clone()));
    assert_eq!(newest.size, 12);
    let kept = Checkpoint::open(kept.as_bytes(), verifier).unwrap();
    assert_eq!(kept.size, 9);
    // Tiles are what everybody can have; they lead to the same root.
    let tile = city.authority.log_tile("0/000.p/12".parse().unwrap()).await.unwrap();
    let mut frontier = Frontier::default();
    for leaf in tile.chunks(Hash::BYTES) {
        frontier.push(Hash::try_from(leaf).unwrap());
    }
    assert_eq!(frontier.root(), newest.root);
    act(&city, 1).await;
    assert!(city.authority.log_tile("0/000.p/13".parse().unwrap()).await.is_err(), "unsigned yet");
}

#[tokio::test]
async fn what_was_recorded_before_there_was_a_log_is_taken_into_it() {
    let (city, _) = city().await;
    by_hand(
        &city,
        r#"DELETE FROM checkpoints; DELETE FROM acts;
        INSERT INTO acts (seq, at, kind, subject, entry, resident_id) VALUES
        (1, 1795435200000, 'enrolment.refused', '0193a6d2-0000-7000-8000-000000000001',
         '{"kind":"enrolment.refused","at":"2026-11-23T12:00:00Z","by":"policy","details":{"enrolment":"0193a6d2-0000-7000-8000-000000000001","findings":["face_differs"]}}', NULL),
        (2, 1795435200000, 'register.looked-up', '0193a6d2-0000-7000-8000-000000000002',
         '{"kind":"register.looked-up","at":"2026-11-23T12:00:00Z","officer":"Wu Lan","reason":"asked at the counter","case_number":"17","details":{"resident":"0193a6d2-0000-7000-8000-000000000002"}}',
         '0193a6d2-0000-7000-8000-000000000002')"#,
    )
    .await;
    assert_eq!(city.authority.take_in_earlier_acts().await.unwrap(), 2);
    assert_eq!(city.authority.take_in_earlier_acts().await.unwrap(), 0);
    act(&city, 3).await;
    let whole = VerifiedLog { entries: 5, checkpoints: 0, signed: 0 };
    assert_eq!(verify(&city, None).await.unwrap(), whole);
    assert!(!city.acts_contain("Wu Lan").await);
    assert!(!city.acts_contain("face_differs").await);
    assert!(city.acts_contain(r#""case":"17""#).await);
}
