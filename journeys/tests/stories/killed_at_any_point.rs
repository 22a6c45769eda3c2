//! `kill -9` at any point: afterwards there is a card with a status, or none; everybody of a
//! register file is a resident, or nobody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::json;
use tanda_cli::drive::Wallet;
use tanda_credential::digest;
use tanda_journeys::{Citizen, Process, binary, config, ordinary};
use tanda_model::ResidentNumber;
use tanda_model::number::gb11643;
use tanda_server::{Config, clock, roles};
use tanda_wallet::enrol::State;
use tokio::task::JoinSet;

use super::a_hotel_verifies_a_guest::check_in;

/// How much later than the one before each wallet begins: one crash meets them at different points.
const APART: Duration = Duration::from_millis(7);

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_a_card_with_a_status_or_none() {
    let mut process = Process::start().await;
    let residents = ordinary(3);
    // With the wallets apart, a crash after 0, 7, 14 … 77 milliseconds.
    for delay_ms in [14_u64, 35, 56, 77] {
        let mut offered = Vec::new();
        for resident in residents.clone() {
            let mut wallet = process.wallet(&format!("{}-{delay_ms}", resident.number)).await;
            let offer = approved(&mut wallet, &resident).await;
            offered.push((wallet, resident, offer));
        }
        let mut receiving = JoinSet::new();
        for (at, (mut wallet, resident, offer)) in (0..).zip(offered) {
            receiving.spawn(async move {
                tokio::time::sleep(APART * at).await;
                let received = wallet.receive(&offer).await.is_ok();
                (wallet, resident, received)
            });
        }
        // The wallets fetch their cards while the power goes.
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        process.kill();
        let wallets = receiving.join_all().await;
        process.spawn().await;
        let desk = process.desk("hotel-nansha").await;
        for (mut wallet, resident, received) in wallets {
            if !received {
                // What the wallet didn't get is not alive either: nobody holds a card unknown to
                // them. They apply again, and have a card that works.
                nothing_is_left_open(&process, &resident).await;
                let offer = approved(&mut wallet, &resident).await;
                wallet.receive(&offer).await.unwrap();
            }
            assert_eq!(check_in(&desk, &mut wallet).await, "valid", "after {delay_ms} ms");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_copies_are_fetched_leaves_the_card_as_it_was() {
    let mut process = Process::start().await;
    let resident = &ordinary(1)[0];
    for delay_ms in [0, 15, 30] {
        let mut wallet = process.wallet(&format!("after-{delay_ms}")).await;
        let offer = approved(&mut wallet, resident).await;
        // So few that it wants others at once.
        wallet.fetch_at_once(2);
        wallet.receive(&offer).await.unwrap();
        wallet.fetch_at_once(3);
        let refilling = tokio::spawn(async move {
            let refilled = wallet.refill().await.is_ok();
            (wallet, refilled)
        });
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        process.kill();
        let (mut wallet, refilled) = refilling.await.unwrap();
        process.spawn().await;
        nothing_is_left_open(&process, resident).await;
        let copies = wallet.state().cards()[0].copies_left(clock::now());
        assert_eq!(copies, if refilled { 3 } else { 2 });
        let desk = process.desk("hotel-nansha").await;
        assert_eq!(check_in(&desk, &mut wallet).await, "valid", "after {delay_ms} ms");
    }
}

/// The wallet's own process: a card that was issued to it, it has in the end, without another
/// application.
#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_is_killed_while_it_fetches_its_card_has_it_in_the_end() {
    let process = Process::start().await;
    let receive = |file: &Path| {
        let mut command = Command::new(binary());
        command.args(["wallet", "receive", "--wallet"]).arg(file);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    for (resident, delay_ms) in ordinary(6).iter().zip([20_u64, 35, 50, 65, 80, 120]) {
        let mut wallet = process.wallet(&resident.number).await;
        approved(&mut wallet, resident).await;
        drop(wallet);
        let file = process.folder().join(format!("{}.wallet", resident.number));
        let mut fetching = receive(&file).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        fetching.kill().unwrap();
        fetching.wait().unwrap();
        receive(&file).status().unwrap();
        let mut wallet = Wallet::open(&file).await.unwrap();
        match wallet.state().cards() {
            // The code's answer was lost: whoever has no tokens was issued nothing.
            [] => assert_eq!(wallet.look(0).await.unwrap().state, State::Approved),
            [card] => assert_eq!(card.copies_left(clock::now()), 10, "after {delay_ms} ms"),
            several => panic!("{}", several.len()),
        }
    }
}

async fn nothing_is_left_open(process: &Process, resident: &Citizen) {
    let office = roles::open_authority(&process.config, clock::now()).await.unwrap();
    let entry = office.register().entry(&resident.number.parse().unwrap()).await.unwrap();
    let cards = office.cards_of(entry.unwrap().resident.id).await.unwrap();
    assert!(cards.iter().all(|card| card.state.name() != "intended"), "{cards:?}");
    let mut reader = office.store().reader().await.unwrap();
    let unsettled = reader.unsettled_batches(Timestamp::MAX, 10).await.unwrap();
    assert!(unsettled.is_empty(), "an intent was left open");
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
