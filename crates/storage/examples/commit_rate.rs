//! How many acknowledged writes a second one and 64 clients get, beside the bare `fdatasync` of
//! the same disk: `cargo run --release -p tanda-storage --example commit_rate [folder] [seconds]`.

#![expect(clippy::print_stdout, reason = "prints a measurement")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_model::ResidentId;
use tanda_storage::authority::register::SealedResident;
use tanda_storage::{Authority, StorageError, Store, StoreOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let seconds: u64 = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let time = Duration::from_secs(seconds);
    let folder = Path::new(&folder).join("commit-rate");
    std::fs::create_dir_all(&folder)?;
    let floor = bare(&folder.join("bare"), time)?;
    println!("bare fdatasync after 4 KiB   {floor:>9.0}/s");
    for clients in [1, 64] {
        let store =
            Store::<Authority>::open(&folder.join("store.db"), &StoreOptions::default()).await?;
        let rate = commits(&store, clients, time).await?;
        println!("{clients:>2} clients, acknowledged     {rate:>9.0}/s   {:.2} x", rate / floor);
        store.close().await;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn bare(path: &Path, time: Duration) -> std::io::Result<f64> {
    let mut file = std::fs::File::create(path)?;
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < time {
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

async fn commits(
    store: &Store<Authority>,
    clients: u64,
    time: Duration,
) -> Result<f64, StorageError> {
    let count = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let clients: Vec<_> = (0..clients)
        .map(|client| {
            let (store, count) = (store.clone(), Arc::clone(&count));
            tokio::spawn(async move {
                let mut rng = StdRng::seed_from_u64((clients << 32) | client);
                while began.elapsed() < time {
                    let resident = row(&mut rng);
                    store
                        .write(|mut tx| {
                            Box::pin(async move {
                                tx.insert_resident(&resident, Timestamp::UNIX_EPOCH).await
                            })
                        })
                        .await?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, StorageError>(())
            })
        })
        .collect();
    for client in clients {
        client.await.map_err(|_| StorageError::Panicked)??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate of thousands")]
    let count = count.load(Ordering::Relaxed) as f64;
    Ok(count / began.elapsed().as_secs_f64())
}

/// A row about as large as an entry of the log.
fn row(rng: &mut StdRng) -> SealedResident {
    let mut number_tag = [0; 32];
    rand::Rng::fill_bytes(rng, &mut number_tag);
    SealedResident {
        id: ResidentId::new(Timestamp::UNIX_EPOCH, rng),
        number_tag,
        wrapped_key: vec![1; 60],
        sealed_record: vec![2; 100],
        sealed_portrait: Vec::new(),
        sealed_template: Vec::new(),
    }
}
