//! Measures whether the time of a refusal says anything about its reason: unknown number, wrong
//! name, wrong face, deceased, over HTTP. Prints milliseconds; asserts nothing.
//!
//! `cargo run --release -p tanda-journeys --example refusal_times`

#![expect(clippy::unwrap_used, reason = "a measurement that can't run says so")]
#![expect(clippy::print_stdout, reason = "a measurement prints")]

use std::time::Instant;

use tanda_cli::drive::Frames;
use tanda_journeys::{City, marked, ordinary};

/// Tries of each kind: fewer than the policy's free ones for one number and one source.
const TRIES: usize = 5;

#[tokio::main]
async fn main() {
    let city = City::start().await;
    let people = ordinary(3);
    let birth = "1991-07-13".parse().unwrap();
    let unknown = tanda_model::number::gb11643::compose(440_115, birth, 999).unwrap();
    let deceased = marked("deceased");
    let kinds = [
        ("unknown number", unknown.as_str(), people[0].name.as_str(), people[0].frames()),
        ("wrong name", people[1].number.as_str(), people[0].name.as_str(), people[1].frames()),
        ("wrong face", people[2].number.as_str(), people[2].name.as_str(), people[0].frames()),
        ("deceased", deceased.number.as_str(), deceased.name.as_str(), deceased.frames()),
    ];
    let mut times = vec![Vec::new(); kinds.len()];
    // The kinds take turns, so that a slow moment of the machine falls on all of them.
    for round in 0..TRIES {
        for (kind, (what, number, name, frames)) in kinds.iter().enumerate() {
            times[kind].push(refuse(&city, &format!("{what}-{round}"), number, name, frames).await);
        }
    }
    println!("| refused for | least ms | median ms | most ms |\n|---|---|---|---|");
    for ((what, ..), mut times) in kinds.iter().zip(times) {
        times.sort_unstable();
        println!("| {what} | {} | {} | {} |", times[0], times[TRIES / 2], times[TRIES - 1]);
    }
}

async fn refuse(city: &City, account: &str, number: &str, name: &str, frames: &Frames) -> u128 {
    let mut wallet = city.wallet(account).await;
    let authority = wallet.begin(number, name).await.unwrap();
    wallet.capture(&authority, frames).await.unwrap();
    let began = Instant::now();
    let standing = wallet.complete().await.unwrap();
    assert!(standing.credential_offer.is_none());
    began.elapsed().as_millis()
}
