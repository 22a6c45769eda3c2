//! An officer looks somebody up, with a case number and a reason; the resident sees it, proved; and
//! whoever lays a hand on the store afterwards is found out.

use sqlx::{Connection as _, SqliteConnection};
use tanda_cli::drive::{Client, WalletError};
use tanda_credential::log::{Checkpoint, Frontier, Hash, LogVerifier};
use tanda_journeys::{Process, ordinary};
use tanda_server::Role;
use tanda_server::config::at;
use tanda_wallet::looks::LooksError;

const REASON: &str = "asked at the counter about an address";

#[tokio::test(flavor = "multi_thread")]
async fn the_resident_sees_every_look_and_a_hand_in_the_store_is_found() {
    let mut process = Process::start().await;
    let [resident, other] = &ordinary(2)[..] else { panic!() };
    let mut wallet = process.wallet("a").await;
    let standing =
        wallet.apply(&resident.number, &resident.name, &resident.frames()).await.unwrap();
    wallet.receive(&standing.credential_offer.unwrap()).await.unwrap();
    let before = wallet.looks().await.unwrap();
    assert!(before.iter().all(|look| look.by != "officer"), "{before:?}");

    // Nobody is shown anything without a case and a reason.
    let look = |number: &str, more: &[&str]| {
        let words = ["register", "look-up", "--officer", "Wu Lan", "--number", number];
        process.tanda(&[&words, more].concat())
    };
    let (shown, said) = look(&resident.number, &["--reason", REASON]);
    assert!(!shown && !said.contains("name  "), "{said}");
    let (shown, said) = look(&resident.number, &["--case", "2026-17"]);
    assert!(!shown && said.contains("--reason"), "{said}");
    let proper = ["--reason", REASON, "--case", "2026-17"];
    let (shown, said) = look(&resident.number, &proper);
    let names = || resident.name.split(' ');
    assert!(shown && said.contains("name"), "{said}");
    assert!(!names().any(|name| said.contains(name)), "masked: {said}");
    assert!(look(&other.number, &proper).0);

    let after = wallet.looks().await.unwrap();
    assert_eq!(after.len(), before.len() + 1, "their own, and not the other resident's");
    let seen = &after[0];
    assert_eq!((seen.kind.as_str(), seen.by.as_str()), ("register.looked-up", "officer"));
    assert_eq!(seen.reason.as_deref(), Some(REASON));
    assert_eq!(seen.case.as_deref(), Some("2026-17"));
    assert_eq!(seen.role.as_deref(), Some("custodian"));
    assert!(seen.officer.as_deref().is_some_and(|officer| !officer.contains("Wu")));

    // The whole record is a look of its own.
    let (shown, said) = look(&resident.number, &[&proper[..], &["--unmask"]].concat());
    assert!(shown && said.contains(&resident.number), "{said}");
    assert!(names().all(|name| said.contains(name)), "{said}");
    let after = wallet.looks().await.unwrap();
    let kinds: Vec<&str> = after[..3].iter().map(|look| look.kind.as_str()).collect();
    assert_eq!(kinds, ["register.unmasked", "register.looked-up", "register.looked-up"]);
    assert_eq!(after[0].case.as_deref(), Some("2026-17"));

    // Everybody can have the checkpoint and the hashes, and they fit.
    let client = Client::new().unwrap();
    let authority = &process.config.authority.url;
    let note = client.get_text(&at(authority, "log/checkpoint")).await.unwrap();
    let (_, said) = process.tanda(&["log", "checkpoint"]);
    let key: LogVerifier = said.trim_end().rsplit(' ').next().unwrap().parse().unwrap();
    let head = Checkpoint::open(note.as_bytes(), &key).unwrap();
    let tile = at(authority, &format!("log/tile/0/000.p/{}", head.size));
    let mut frontier = Frontier::default();
    for leaf in reqwest::get(tile).await.unwrap().bytes().await.unwrap().chunks(Hash::BYTES) {
        frontier.push(Hash::try_from(leaf).unwrap());
    }
    assert_eq!((frontier.size(), frontier.root()), head.head());
    let beyond = at(authority, &format!("log/tile/0/000.p/{}", head.size + 1));
    assert_eq!(reqwest::get(beyond).await.unwrap().status(), 404);
    assert_eq!(reqwest::get(at(authority, "log/mine")).await.unwrap().status(), 401);

    let (whole, said) = process.tanda(&["log", "verify"]);
    assert!(whole && said.contains("The log is whole"), "{said}");
    let kept = process.folder().join("kept");
    std::fs::write(&kept, &note).unwrap();
    let kept = kept.to_str().unwrap();

    // The officer's friend takes the look out, makes the tree fit, and lets the authority sign anew.
    process.kill();
    let seq = take_out_the_look(&process).await;
    let (whole, said) = process.tanda(&["log", "verify"]);
    assert!(!whole && said.contains(&format!("place of entry {seq}")), "{said}");
    forget_what_was_signed(&process).await;
    process.spawn().await;
    let (whole, said) = process.tanda(&["log", "verify", "--checkpoint", kept]);
    assert!(!whole && said.contains("kept checkpoint"), "{said}");
    let read = wallet.looks().await;
    assert!(matches!(read, Err(WalletError::Looks(LooksError::History(_)))), "{read:?}");
}

async fn store(process: &Process) -> SqliteConnection {
    let path = process.config.store(Role::Authority);
    SqliteConnection::connect(path.to_str().unwrap()).await.unwrap()
}

/// Deletes the row and closes the gap, with a tree that fits; says which number it had.
async fn take_out_the_look(process: &Process) -> i64 {
    let mut store = store(process).await;
    let seq: i64 = sqlx::query_scalar(
        "DELETE FROM acts WHERE seq = (SELECT MIN(seq) FROM acts WHERE kind = 'register.looked-up') \
         RETURNING seq",
    )
    .fetch_one(&mut store)
    .await
    .unwrap();
    sqlx::query("UPDATE acts SET seq = seq - 1 WHERE seq > $1")
        .bind(seq)
        .execute(&mut store)
        .await
        .unwrap();
    make_the_tree_fit(&mut store).await;
    store.close().await.unwrap();
    seq
}

/// Writes the numbers into the entries anew, too, and forgets the checkpoints: within the store,
/// nothing is left that tells.
async fn forget_what_was_signed(process: &Process) {
    let mut store = store(process).await;
    for (seq, entry) in entries(&mut store).await {
        let (_, rest) = entry.split_once(',').unwrap();
        sqlx::query("UPDATE acts SET entry = $1 WHERE seq = $2")
            .bind(format!("{{\"seq\":{seq},{rest}"))
            .bind(seq)
            .execute(&mut store)
            .await
            .unwrap();
    }
    make_the_tree_fit(&mut store).await;
    sqlx::query("DELETE FROM checkpoints").execute(&mut store).await.unwrap();
    store.close().await.unwrap();
    let (whole, said) = process.tanda(&["log", "verify"]);
    assert!(whole, "{said}");
}

async fn make_the_tree_fit(store: &mut SqliteConnection) {
    let mut frontier = Frontier::default();
    for (seq, entry) in entries(store).await {
        let hashes = frontier.push(Hash::of_leaf(entry.as_bytes()));
        let bytes: Vec<u8> = hashes.iter().flat_map(Hash::as_bytes).copied().collect();
        sqlx::query("UPDATE acts SET hashes = $1 WHERE seq = $2")
            .bind(bytes)
            .bind(seq)
            .execute(&mut *store)
            .await
            .unwrap();
    }
}

async fn entries(store: &mut SqliteConnection) -> Vec<(i64, String)> {
    sqlx::query_as("SELECT seq, entry FROM acts ORDER BY seq").fetch_all(store).await.unwrap()
}
