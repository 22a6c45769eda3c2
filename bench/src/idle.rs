//! What the server takes when nobody asks anything: a second process, all three roles, no sandbox.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cpu::median;
use crate::table::{Goal, Row};

const RUNS: usize = 3;
/// The ports of the roles before the offset.
const PORTS: std::ops::RangeInclusive<u16> = 8600..=8602;

/// Measures the program `tanda` that lies beside this one; says so where it isn't built.
pub(crate) fn measure() -> Vec<Row> {
    let program = std::env::current_exe().unwrap().with_file_name("tanda");
    let data = tempfile::tempdir().unwrap();
    let row = |figure, goal| Row {
        what: "idle server, three roles, without models: ready after, resident set".to_owned(),
        figure,
        beside: String::new(),
        ratio: None,
        goal,
    };
    if !program.exists() {
        return vec![row("not built: make bench builds it".to_owned(), None)];
    }
    // The first start makes keys and stores; a later one is what an operator waits for.
    let runs: Vec<(f64, f64)> = (0..=RUNS).map(|_| start(&program, data.path())).collect();
    let middle = |of: fn(&(f64, f64)) -> f64| median(&runs[1..].iter().map(of).collect::<Vec<_>>());
    let (ready, resident) = (middle(|run| run.0), middle(|run| run.1));
    vec![row(
        format!("{ready:.2} s, {resident:.1} MB"),
        Goal::both("≤ 1 s, ≤ 30 MB", ready <= 1.0, resident <= 30.0),
    )]
}

/// Seconds until it says that it is ready, and MB that it holds a second later.
fn start(program: &Path, data: &Path) -> (f64, f64) {
    let began = Instant::now();
    let child = Command::new(program)
        .args(["serve", "--port-offset", &free_offset().to_string(), "--data"])
        .arg(data)
        .current_dir(data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut server = Running(child);
    let mut said = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let is_ready = |line: std::io::Result<String>| line.is_ok_and(|line| line.starts_with("Ready"));
    assert!(said.any(is_ready), "the server says that it is ready");
    let ready = began.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_secs(1));
    (ready, resident_mb(server.0.id()))
}

fn resident_mb(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes * 1024.0 / 1e6
}

/// An offset at which the ports of all roles are free.
fn free_offset() -> u16 {
    let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
    (1000..20_000).step_by(10).find(|offset| PORTS.clone().all(|port| free(port + offset))).unwrap()
}

/// Ends with the measurement, whatever comes of that.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
