//! Acknowledged writes of many clients, beside the bare `fdatasync` of the same disk.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tanda_authority::Officer;
use tanda_authority::register::Register;
use tanda_authority::sealing::Sealing;
use tanda_model::{Fate, ResidentId, ResidentNumber};
use tanda_storage::authority::register::SealedResident;
use tanda_storage::{Authority, Store, StoreOptions};

use crate::cpu::{median, median_ratio};
use crate::table::{Goal, Row};

const CLIENTS: u64 = 64;
const ROUNDS: u64 = 5;
const TIME: Duration = Duration::from_millis(600);

/// By the clock on the wall, as a disk has no other: the table's most restless line.
pub(crate) async fn measure() -> Vec<Row> {
    // The build's folder lies on a real disk, which the folder of temporary files may not.
    let beside = std::env::current_exe().unwrap();
    let folder = tempfile::tempdir_in(beside.parent().unwrap()).unwrap();
    let store = Store::<Authority>::open(&folder.path().join("store.db"), &StoreOptions::default())
        .await
        .unwrap();
    let register = Register::new(
        store.clone(),
        Arc::new(Sealing::new(&[1; 32])),
        hmac::Key::new(hmac::HMAC_SHA256, &[2; 32]),
        Fate::Dies,
    );
    let (mut floor, mut acknowledged, mut logged) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        floor.push(bare(&folder.path().join("bare")));
        acknowledged.push(commits(&store, round).await);
        logged.push(looks(&register).await);
    }
    store.close().await;
    let row = |what: &str, figures: &[f64]| {
        let ratio = median_ratio(figures, &floor);
        Row {
            what: format!("{what}, {CLIENTS} clients"),
            figure: format!("{:.0} /s", median(figures)),
            beside: format!("{:.0} fdatasync/s", median(&floor)),
            ratio: Some(ratio),
            goal: Goal::at_least(ratio, 1.0, "≥ 1 commit a fdatasync"),
        }
    };
    vec![row("durable commits", &acknowledged), row("durable looks, in the log", &logged)]
}

fn bare(path: &Path) -> f64 {
    let mut file = std::fs::File::create(path).unwrap();
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < TIME {
        file.write_all(&[0x5a; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

async fn commits(store: &Store<Authority>, round: u64) -> f64 {
    of_all_clients(|client| {
        let store = store.clone();
        let mut rng = StdRng::seed_from_u64((round << 32) | client);
        move || {
            let (store, resident) = (store.clone(), row(&mut rng));
            async move {
                store
                    .write(|mut tx| {
                        Box::pin(async move {
                            tx.insert_resident(&resident, Timestamp::UNIX_EPOCH).await
                        })
                    })
                    .await
                    .unwrap();
            }
        }
    })
    .await
}

/// Looks for somebody whom the register does not have: found nothing, logged all the same.
async fn looks(register: &Register) -> f64 {
    let reason = "how fast is a look".parse().unwrap();
    let officer = Officer::custodian("bench", reason, Some("1".parse().unwrap()));
    let number: ResidentNumber = "11010519491231002X".parse().unwrap();
    of_all_clients(|_| {
        let (register, officer, number) = (register.clone(), officer.clone(), number.clone());
        move || {
            let (register, officer, number) = (register.clone(), officer.clone(), number.clone());
            async move {
                register.look_up(&number, &officer, Timestamp::UNIX_EPOCH).await.unwrap();
            }
        }
    })
    .await
}

/// How often a second all clients together do what each does over and over.
async fn of_all_clients<W, F>(client: impl Fn(u64) -> W) -> f64
where
    W: FnMut() -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let count = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        let (mut work, count) = (client(number), Arc::clone(&count));
        clients.spawn(async move {
            while began.elapsed() < TIME {
                work().await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let count = count.load(Ordering::Relaxed) as f64;
    count / began.elapsed().as_secs_f64()
}

/// A row about as large as an entry of the log.
fn row(rng: &mut StdRng) -> SealedResident {
    let mut number_tag = [0; 32];
    rng.fill_bytes(&mut number_tag);
    SealedResident {
        id: ResidentId::new(Timestamp::UNIX_EPOCH, rng),
        number_tag,
        wrapped_key: vec![1; 60],
        sealed_record: vec![2; 100],
        sealed_portrait: Vec::new(),
        sealed_template: Vec::new(),
        sealed_fingers: None,
    }
}
