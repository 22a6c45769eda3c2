//! What a write promises: kept whole or not at all, on the disk when acknowledged, and not in the
//! way of others.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_model::ResidentId;
use tanda_storage::authority::register::SealedResident;
use tanda_storage::{Authority, StorageError, Store, StoreOptions};
use tokio::sync::oneshot;

fn resident(n: u8) -> SealedResident {
    let mut rng = StdRng::seed_from_u64(u64::from(n));
    SealedResident {
        id: ResidentId::new(Timestamp::UNIX_EPOCH, &mut rng),
        number_tag: [n; 32],
        wrapped_key: vec![n; 60],
        sealed_record: vec![n; 100],
        sealed_portrait: vec![n; 100],
        sealed_template: vec![n; 100],
        sealed_fingers: Some(vec![n; 100]),
    }
}

async fn open(folder: &Path) -> Store<Authority> {
    Store::open(&folder.join("a/store.db"), &StoreOptions::default()).await.unwrap()
}

async fn add(store: &Store<Authority>, n: u8) -> Result<(), StorageError> {
    store
        .write(move |mut tx| {
            Box::pin(async move { tx.insert_resident(&resident(n), Timestamp::UNIX_EPOCH).await })
        })
        .await
}

async fn count(store: &Store<Authority>) -> u64 {
    store.reader().await.unwrap().count_residents().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_is_there_when_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    add(&store, 1).await.unwrap();
    store.close().await;
    assert!(matches!(add(&store, 2).await, Err(StorageError::Closed)));
    let store = open(folder.path()).await;
    assert_eq!(count(&store).await, 1);
    let found = store.reader().await.unwrap().resident_by_number(&[1; 32]).await.unwrap();
    assert_eq!(found.unwrap().sealed_record, vec![1; 100]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_group_only_the_faulty_writes_are_undone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    add(&store, 200).await.unwrap();
    let writes = (0..60_u8).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let result: Result<(), StorageError> = store
                .write(move |mut tx| {
                    Box::pin(async move {
                        tx.insert_resident(&resident(n), Timestamp::UNIX_EPOCH).await?;
                        match n % 3 {
                            0 => Ok(()),
                            // The row of this very write must go with it.
                            1 => tx.insert_resident(&resident(200), Timestamp::UNIX_EPOCH).await,
                            _ => panic!("a fault of the program"),
                        }
                    })
                })
                .await;
            (n, result)
        })
    });
    for write in writes.collect::<Vec<_>>() {
        let (n, result) = write.await.unwrap();
        match n % 3 {
            0 => result.unwrap(),
            1 => assert!(result.unwrap_err().is_duplicate()),
            _ => assert!(matches!(result, Err(StorageError::Panicked))),
        }
        let mut reader = store.reader().await.unwrap();
        let there = reader.resident_by_number(&[n; 32]).await.unwrap().is_some();
        assert_eq!(there, n % 3 == 0, "{n}");
    }
    assert_eq!(count(&store).await, 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_and_forgotten_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let row = SealedResident { sealed_record: b"a record to be deleted".to_vec(), ..resident(1) };
    let (id, needle) = (row.id, row.sealed_record.clone());
    let added: Result<(), StorageError> = store
        .write(move |mut tx| {
            Box::pin(async move { tx.insert_resident(&row, Timestamp::UNIX_EPOCH).await })
        })
        .await;
    added.unwrap();
    let found = || {
        let files = std::fs::read_dir(folder.path().join("a")).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
    };
    assert!(found());
    store.write(move |mut tx| Box::pin(async move { tx.remove_resident(id).await })).await.unwrap();
    assert!(found(), "the log of writes still has it");
    store.forget().await.unwrap();
    assert!(!found());
    add(&store, 2).await.unwrap();
    assert_eq!(count(&store).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_done_even_if_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    {
        let write = add(&store, 1);
        tokio::pin!(write);
        // Polled once: handed over, then dropped.
        let _ = tokio::time::timeout(Duration::ZERO, &mut write).await;
    }
    add(&store, 2).await.unwrap();
    assert_eq!(count(&store).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_write_in_turn_and_notice_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()).await, open(folder.path()).await);
    let before = one.foreign_changes().await.unwrap();
    let writes = (0..40_u8).map(|n| {
        let store = if n % 2 == 0 { one.clone() } else { other.clone() };
        tokio::spawn(async move { add(&store, n).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    assert_eq!(count(&one).await, 40);
    assert_ne!(one.foreign_changes().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_stays_is_said_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { busy_timeout: Duration::from_millis(50), ..Default::default() };
    let path = folder.path().join("store.db");
    let one = Store::<Authority>::open(&path, &options).await.unwrap();
    let other = Store::<Authority>::open(&path, &options).await.unwrap();
    let (holds, held) = oneshot::channel::<()>();
    let (let_go, may_go) = oneshot::channel::<()>();
    let holder = tokio::spawn(async move {
        one.write(move |mut tx| {
            Box::pin(async move {
                tx.insert_resident(&resident(1), Timestamp::UNIX_EPOCH).await?;
                holds.send(()).unwrap();
                may_go.await.unwrap();
                Ok::<_, StorageError>(())
            })
        })
        .await
    });
    held.await.unwrap();
    assert!(matches!(add(&other, 2).await, Err(StorageError::Locked)));
    let_go.send(()).unwrap();
    holder.await.unwrap().unwrap();
    add(&other, 2).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_store_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::write(&path, "This is no database, but it is long enough to be read. ".repeat(100))
        .unwrap();
    let error = Store::<Authority>::open(&path, &StoreOptions::default()).await.unwrap_err();
    assert!(matches!(error, StorageError::Corrupt), "{error:?}");

    let error =
        Store::<Authority>::open(folder.path(), &StoreOptions::default()).await.unwrap_err();
    assert!(matches!(error, StorageError::CannotOpen { .. }), "{error:?}");

    let under_a_file = path.join("store.db");
    let error =
        Store::<Authority>::open(&under_a_file, &StoreOptions::default()).await.unwrap_err();
    assert!(matches!(error, StorageError::CannotOpen { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_roles_or_a_newer_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    Store::<Authority>::open(&path, &StoreOptions::default()).await.unwrap().close().await;
    let newer = sqlx::SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', true, x'00', 0)",
    )
    .execute(&newer)
    .await
    .unwrap();
    newer.close().await;
    let error = Store::<Authority>::open(&path, &StoreOptions::default()).await.unwrap_err();
    assert!(matches!(error, StorageError::TooNew), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_and_removals_come_in_the_order_of_their_changes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for n in 1..=5 {
        add(&store, n).await.unwrap();
    }
    let gone = resident(2).id;
    let removed: Result<bool, StorageError> =
        store.write(move |mut tx| Box::pin(async move { tx.remove_resident(gone).await })).await;
    assert!(removed.unwrap());
    let mut reader = store.reader().await.unwrap();
    let first = reader.templates_after(None, 2).await.unwrap();
    let last = first.last().unwrap();
    let rest = reader.templates_after(Some((last.changed, last.id)), 10).await.unwrap();
    let ids: Vec<_> = first.iter().chain(&rest).map(|t| t.id).collect();
    assert_eq!(ids, [1, 3, 4, 5].map(|n| resident(n).id));
    let latest = rest.last().unwrap().changed;
    assert_eq!(reader.removals_after(latest).await.unwrap(), [(latest + 1, gone)]);
}
