//! Fingers beside the NBIS pair, on the same impressions by turns: extraction, one against one, and
//! two fingers searched for among a hundred thousand.

use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tanda_biometrics::FINGERS_MATCH_THRESHOLD;
use tanda_biometrics::accuracy::{FingerMatcher, FingerReport, Tanda, measure_fingers};
use tanda_biometrics::finger::{FingerTemplate, Impression, Probe};
use tanda_sandbox_finger::{SimulatedFinger, SimulatedPrint};

use crate::cpu::{self, by_turns, median, median_ratio, turn};
use crate::nbis::Nbis;
use crate::table::{Goal, Row};

const ROUNDS: usize = 7;
/// Fingers that are drawn, and impressions of each.
const FINGERS: usize = 12;
const IMPRESSIONS: u32 = 2;
/// People that two fingers are searched for among.
const ENROLLED: usize = 100_000;

/// Simulated fingers: they say how fast, not how accurate.
pub(crate) fn measure() -> Vec<Row> {
    let impressions: Vec<Impression> = (0..FINGERS)
        .flat_map(|at| {
            let finger = SimulatedFinger::of("bench", &at.to_string());
            (1..=IMPRESSIONS).map(move |number| impression(&finger.print(number)))
        })
        .collect();
    let [extracted, compared] = speeds(&impressions);
    vec![extracted, compared, search(&impressions)]
}

fn impression(print: &SimulatedPrint) -> Impression {
    let (width, height) = (SimulatedPrint::WIDTH, SimulatedPrint::HEIGHT);
    Impression::new(width, height, print.pixels(), SimulatedPrint::RESOLUTION).unwrap()
}

/// Extraction, and every two impressions compared, ours and theirs.
fn speeds(impressions: &[Impression]) -> [Row; 2] {
    let count = impressions.len() as f64;
    let mut ours = turn(cpu::thread, 1, || extract(&Tanda, impressions));
    let mut theirs = turn(cpu::thread, 1, || extract(&Nbis, impressions));
    let [ours, theirs] = by_turns(ROUNDS, [&mut ours, &mut theirs]);
    let each = |seconds: &[f64]| format!("{:.1} CPU-ms", median(seconds) / count * 1e3);
    let extracted = Row {
        what: format!(
            "fingerprint, {} × {}, to its minutiae",
            SimulatedPrint::WIDTH,
            SimulatedPrint::HEIGHT
        ),
        figure: each(&ours),
        beside: format!("{} mindtct (NBIS, fprint-mindtct)", each(&theirs)),
        ratio: Some(median_ratio(&theirs, &ours)),
        goal: None,
    };
    let mut ours = compare_all(&Tanda, impressions);
    let mut theirs = compare_all(&Nbis, impressions);
    let [ours, theirs] = by_turns(ROUNDS, [&mut ours, &mut theirs]);
    let rate = |seconds: &[f64]| count * count / median(seconds);
    let ratio = median_ratio(&theirs, &ours);
    let compared = Row {
        what: "fingerprint templates compared, every two".to_owned(),
        figure: format!("{:.0} /CPU-s", rate(&ours)),
        beside: format!("{:.0} /CPU-s bozorth3 (NBIS, fprint-bozorth3)", rate(&theirs)),
        ratio: Some(ratio),
        goal: Goal::at_least(ratio, 5.0, "≥ 5 × the NBIS pair"),
    };
    [extracted, compared]
}

fn extract<M: FingerMatcher>(matcher: &M, impressions: &[Impression]) {
    for impression in impressions {
        black_box(matcher.template(impression));
    }
}

fn compare_all<M: FingerMatcher>(matcher: &M, impressions: &[Impression]) -> impl FnMut() -> f64 {
    let templates: Vec<M::Template> =
        impressions.iter().map(|impression| matcher.template(impression).0).collect();
    turn(cpu::thread, 1, move || {
        let candidates: Vec<&M::Template> = templates.iter().collect();
        for probe in &templates {
            black_box(matcher.compare(probe, &candidates));
        }
    })
}

/// Two fingers of one person among so many: the first is compared with everybody's, the second where
/// the first leaves it possible.
fn search(impressions: &[Impression]) -> Row {
    let mut rng = StdRng::seed_from_u64(17);
    let templates: Vec<FingerTemplate> = impressions.iter().map(Impression::template).collect();
    let enrolled: Vec<[FingerTemplate; 2]> = (0..ENROLLED)
        .map(|_| [0, 1].map(|_| varied(&templates[rng.random_range(2..templates.len())], &mut rng)))
        .collect();
    let owner = ENROLLED / 3;
    let mut enrolled = enrolled;
    enrolled[owner] = [templates[0].clone(), templates[2].clone()];
    let probes = [Probe::new(&templates[1]), Probe::new(&templates[3])];
    let began = cpu::thread();
    let found: Vec<usize> = enrolled
        .iter()
        .enumerate()
        .filter(|(_, [one, other])| {
            let sum = probes[0].compare(one).0 + probes[1].compare(other).0;
            sum >= 2.0 * FINGERS_MATCH_THRESHOLD
        })
        .map(|(at, _)| at)
        .collect();
    let seconds = cpu::thread() - began;
    assert!(found.contains(&owner), "who is enrolled is found");
    Row {
        what: format!(
            "1:N, two fingers among {ENROLLED} people (variations of simulated templates)"
        ),
        figure: format!("{seconds:.1} CPU-s, {:.0} people /CPU-s", ENROLLED as f64 / seconds),
        beside: String::new(),
        ratio: None,
        goal: None,
    }
}

/// A template of nobody: of another's, a fifth left out, the rest moved and turned about.
fn varied(template: &FingerTemplate, rng: &mut StdRng) -> FingerTemplate {
    let mut bytes = template.to_bytes();
    let mut minutiae: Vec<[u8; 5]> = bytes.split_off(2).as_chunks::<5>().0.to_vec();
    minutiae.retain(|_| rng.random_range(0..5) > 0);
    for [forks, x, below, y, direction] in &mut minutiae {
        (*forks, *below) = (*forks & 0x80 | u8::from(rng.random::<bool>()), 0);
        (*x, *y, *direction) = (rng.random(), rng.random(), direction.wrapping_add(rng.random()));
    }
    minutiae.sort_by_key(|[forks, x, below, y, direction]| {
        (*below, *y, *forks & 0x7f, *x, *direction, *forks & 0x80)
    });
    minutiae.dedup();
    let count = u8::try_from(minutiae.len()).unwrap();
    FingerTemplate::from_bytes(&[&[1, count], minutiae.concat().as_slice()].concat()).unwrap()
}

/// Both pairs of error rates on the impressions of a folder, as Markdown; `dots_an_inch` goes before
/// what the files say.
pub(crate) fn accuracy(folder: &Path, dots_an_inch: Option<u32>) {
    let ours = measure_fingers(&Tanda, folder, dots_an_inch, &mut |_, _| {}).unwrap();
    let theirs = measure_fingers(&Nbis, folder, dots_an_inch, &mut |_, _| {}).unwrap();
    let fnmr = |report: &FingerReport| report.pooled(|set| &set.one).at_fmr(1e-3);
    let mut text = format!(
        "Ours:\n\n{}\nNBIS (fprint-mindtct, fprint-bozorth3 0.1.0):\n\n{}\n",
        ours.one_to_one_table(),
        theirs.one_to_one_table()
    );
    if let (Some(ours), Some(theirs)) = (fnmr(&ours), fnmr(&theirs)) {
        text += &format!("Pooled FNMR at FMR 0.1 %: {:.2} of theirs.\n", ours.fnmr / theirs.fnmr);
    }
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}
