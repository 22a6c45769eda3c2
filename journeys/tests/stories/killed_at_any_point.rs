//! `kill -9` at any point: afterwards there is a card with a status, or none; everybody of a
//! register file is a resident, or nobody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::civil::date;
use serde_json::json;
use tanda_cli::drive::{Desk, Wallet};
use tanda_credential::digest;
use tanda_journeys::{Citizen, Process, binary, config, ordinary};
use tanda_model::ResidentNumber;
use tanda_model::number::gb11643;
use tanda_server::{Config, clock, roles};
use tanda_wallet::enrol::State;

use super::a_hotel_verifies_a_guest::check_in;

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_a_card_with_a_status_or_none() {
    let mut process = Process::start().await;
    let residents = ordinary(3);
    for (round, delay_ms) in [0_u64, 4, 12].into_iter().enumerate() {
        let resident = &residents[round];
        let name = format!("round-{round}");
        let mut wallet = process.wallet(&name).await;
        let offer = approved(&mut wallet, resident).await;
        // The wallet fetches its card while the power goes.
        let receiving = tokio::spawn(async move {
            let result = wallet.receive(&offer).await;
            (wallet, result.is_ok())
        });
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        process.kill();
        let (mut wallet, received) = receiving.await.unwrap();
        process.spawn().await;
        if !received {
            // What the wallet didn't get is not alive either: nobody holds a card unknown to them.
            let office = roles::open_authority(&process.config, clock::now()).await.unwrap();
            let entry = office.register().entry(&resident.number.parse().unwrap()).await.unwrap();
            let cards = office.cards_of(entry.unwrap().resident.id).await.unwrap();
            assert!(
                cards.iter().all(|card| card.state.name() != "intended"),
                "an intent was left open: {cards:?}"
            );
            drop(office);
            // They apply again, and have a card that works.
            let offer = approved(&mut wallet, resident).await;
            wallet.receive(&offer).await.unwrap();
        }
        let desk: Desk = process.desk("hotel-nansha").await;
        assert_eq!(check_in(&desk, &mut wallet).await, "valid", "after {delay_ms} ms");
    }
}

async fn approved(wallet: &mut Wallet, resident: &Citizen) -> String {
    let standing =
        wallet.apply(&resident.number, &resident.name, &resident.frames()).await.unwrap();
    assert_eq!(standing.state, State::Approved);
    standing.credential_offer.unwrap()
}

/// Rows of a register file that are written at once.
const BATCH: u16 = 64;
/// Of so many rows one is good. The others are refused without a look at a picture, which is what
/// takes time.
const GOOD: u16 = 8;

/// The number in a row of the register file, from 1.
fn row_number(row: u16) -> ResidentNumber {
    gb11643::compose(440_106, date(1980, 5, 17), 2 * row).unwrap()
}

/// A register file of so many rows, with a picture that those of the first batch share and one for
/// the others.
fn register_file(folder: &Path, rows: u16) -> PathBuf {
    let portrait = ordinary(1)[0].pictures.join("portrait.jpg");
    for name in ["first.jpg", "others.jpg"] {
        fs::copy(&portrait, folder.join(name)).unwrap();
    }
    let row = |row| {
        let portrait = if row <= BATCH { "first.jpg" } else { "others.jpg" };
        let row = json!({
            "number": row_number(row).as_str(), "family_name": if row % GOOD == 0 { "Baru" } else { "" },
            "birth_date": "1980-05-17", "sex": 2, "portrait": portrait,
        });
        format!("{row}\n")
    };
    let file = folder.join("people.jsonl");
    fs::write(&file, (1..=rows).map(row).collect::<String>()).unwrap();
    file
}

fn import(config: &Config, file: &Path) -> Command {
    let mut command = Command::new(binary());
    command.args(["register", "import", "--skip-bad"]);
    command.args(["--officer", "Wu Lan", "--reason", "the census of the year"]);
    command.arg("--data").arg(&config.data).arg("--models").arg(&config.models).arg(file);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_cut_off_adds_nobody_and_goes_on_when_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let office = roles::open_authority(&config, clock::now()).await.unwrap();
    let (rows, good) = (4 * BATCH, 4 * BATCH / GOOD);
    let file = register_file(folder.path(), rows);
    let hash = digest::sha256(fs::read(&file).unwrap());
    let mut cut_off = import(&config, &file).stdout(Stdio::null()).spawn().unwrap();
    let mut reader = office.store().reader().await.unwrap();
    while reader.count_staged(&hash).await.unwrap() == 0 {
        assert!(cut_off.try_wait().unwrap().is_none(), "it ended by itself");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cut_off.kill().unwrap();
    cut_off.wait().unwrap();
    let staged = reader.count_staged(&hash).await.unwrap();
    assert!((1..u64::from(good)).contains(&staged), "{staged}: it was in the middle of the file");
    drop(reader);
    assert_eq!(office.register().count().await.unwrap(), 0);

    // What was staged is not looked at again: its picture is no longer needed.
    fs::remove_file(folder.path().join("first.jpg")).unwrap();
    let done = import(&config, &file).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let refused = rows - good;
    let all = format!("{good} imported, {good} good rows, {refused} refused.");
    assert!(done.status.success() && said.contains(&all), "{said}");
    assert_eq!(office.register().count().await.unwrap(), u64::from(good));
    for row in [GOOD, BATCH, BATCH + GOOD, rows] {
        assert!(office.register().entry(&row_number(row)).await.unwrap().is_some(), "row {row}");
    }
}
