//! Speed as ratios to a floor measured in the same run: `make bench` prints one table.
//!
//! Each figure stands beside what the same machine could do at best, measured a moment before or
//! after by the same clock, so that a busy or slow machine moves both. Where there is no floor, a
//! published figure of a like system is cited, and said to be cited.
//!
//! `tanda-bench <word>…` runs only the parts that have one of the words in their name;
//! `tanda-bench --fingers <folder> [<dots an inch>]` measures error rates beside the NBIS pair
//! (`make accuracy`).

#![expect(clippy::unwrap_used, reason = "what can't be measured stops the program, with the line")]

mod card;
mod chips;
mod commits;
mod cpu;
mod credentials;
mod faces;
mod fingers;
mod idle;
mod journeys;
mod machine;
mod nbis;
mod peers;
mod search;
mod table;

use std::io::Write as _;
use std::time::Instant;

use table::Row;

fn main() {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut rows: Vec<Row> = Vec::new();
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [option, folder, dots_an_inch @ ..] = &words[..]
        && option == "--fingers"
    {
        let dots_an_inch = dots_an_inch.first().map(|dots| dots.parse().unwrap());
        return fingers::accuracy(folder.as_ref(), dots_an_inch);
    }
    let mut part = |name: &str, measure: &dyn Fn() -> Vec<Row>| {
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            rows.extend(measure());
            let seconds = began.elapsed().as_secs_f64();
            let _ = writeln!(std::io::stderr(), "{seconds:>4.0} s  {name}");
        }
    };
    part("credentials", &credentials::measure);
    part("check-in, issuance and application over HTTP", &|| runtime.block_on(journeys::measure()));
    part("faces", &faces::measure);
    part("search", &search::measure);
    part("fingers", &fingers::measure);
    part("chips", &chips::measure);
    part("commits", &|| runtime.block_on(commits::measure()));
    part("an idle server", &idle::measure);
    let table = format!("{}\n\n{}", machine::description(), table::markdown(&rows));
    std::io::stdout().write_all(table.as_bytes()).unwrap();
}
