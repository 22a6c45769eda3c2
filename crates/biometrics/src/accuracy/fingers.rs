//! Comparing all impressions of a set of fingers, one against one.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::faces::AccuracyError;
use super::finger_files::{Folders, SetOfFiles, Unreadable, file_name};
use super::finger_report::{FingerReport, FingerSet};
use super::rates::Rates;
use super::two_fingers::People;
use crate::finger::{FingerTemplate, Impression, Probe};

/// A matcher of fingers whose error rates are measured.
pub trait FingerMatcher: Sync {
    /// What it keeps of an impression.
    type Template: Send + Sync;

    /// What it keeps of this one, and whether it is good enough to be used.
    fn template(&self, impression: &Impression) -> (Self::Template, bool);

    /// How alike one is to each of the others; larger is more alike.
    fn compare(&self, probe: &Self::Template, candidates: &[&Self::Template]) -> Vec<f32>;
}

/// The matcher that ships.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanda;

impl FingerMatcher for Tanda {
    type Template = FingerTemplate;

    fn template(&self, impression: &Impression) -> (FingerTemplate, bool) {
        let (template, quality) = impression.examine();
        (template, quality.refusal().is_none())
    }

    fn compare(&self, probe: &FingerTemplate, candidates: &[&FingerTemplate]) -> Vec<f32> {
        let probe = Probe::new(probe);
        candidates.iter().map(|candidate| probe.compare(candidate).0).collect()
    }
}

/// Measures on every set under `folder`: a folder of files named `<finger>_<impression>`. Works on all
/// processors; `progress` is told (done, of). `dots_an_inch` goes before what the files say; where
/// neither says it, it is what the Fingerprint Verification Competitions published for a folder so
/// named, or else 500.
///
/// # Errors
/// [`AccuracyError`], when the folder can't be read or holds no such set.
pub fn measure_fingers<M: FingerMatcher>(
    matcher: &M,
    folder: &Path,
    dots_an_inch: Option<u32>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<FingerReport, AccuracyError> {
    let Folders { sets, left_out } = Folders::all_in(folder)?;
    if sets.is_empty() {
        return Err(AccuracyError::NoFingers(folder.to_owned()));
    }
    let files: usize = sets.iter().flat_map(|set| &set.fingers).map(Vec::len).sum();
    let mut done = 0;
    let measured = sets.iter().map(|set| {
        measure_set(matcher, set, dots_an_inch, &mut || {
            done += 1;
            // Each is looked at once and compared once.
            progress(done, 2 * files);
        })
    });
    Ok(FingerReport { sets: measured.collect(), left_out })
}

fn measure_set<M: FingerMatcher>(
    matcher: &M,
    set: &SetOfFiles,
    dots_an_inch: Option<u32>,
    step: &mut dyn FnMut(),
) -> FingerSet {
    let files: Vec<(usize, &Path)> = set
        .fingers
        .iter()
        .enumerate()
        .flat_map(|(finger, files)| files.iter().map(move |file| (finger, file.as_path())))
        .collect();
    let taken = on_all_processors(files.len(), step, |at| {
        Ok(matcher.template(&set.read(files[at].1, dots_an_inch)?))
    });
    let mut impressions: Vec<Taken<M::Template>> = Vec::new();
    let mut unreadable = Vec::new();
    let mut last = None;
    for ((finger, path), template) in files.iter().zip(taken) {
        let is_first = last.replace(*finger) != Some(*finger);
        match template {
            Ok((template, usable)) => {
                impressions.push(Taken { finger: *finger, is_first, usable, template });
            }
            Err(why) => unreadable.push(Unreadable { file: file_name(path), why }),
        }
    }
    let candidates: Vec<&M::Template> = impressions.iter().map(|one| &one.template).collect();
    let scores = on_all_processors(impressions.len(), step, |at| {
        matcher.compare(&impressions[at].template, &candidates)
    });
    let people = People::of(impressions.iter().map(|one| one.finger), set.fingers.len());
    FingerSet {
        name: set.name.clone(),
        fingers: set.fingers.len(),
        impressions: files.len(),
        dots_an_inch: dots_an_inch.unwrap_or(set.dots_an_inch),
        unreadable,
        refused: impressions.iter().filter(|one| !one.usable).count(),
        one: one_to_one(&impressions, &scores, |_| true),
        protocol: one_to_one(&impressions, &scores, |taken| taken.is_first),
        by_finger: (0..set.fingers.len())
            .map(|finger| genuine(&impressions, &scores, |taken| taken.finger == finger))
            .collect(),
        two: people.measured(&scores, |_| true),
        two_usable: people.measured(&scores, |at| impressions[at].usable),
    }
}

/// An impression that could be read.
struct Taken<T> {
    finger: usize,
    /// The first of its finger.
    is_first: bool,
    usable: bool,
    template: T,
}

/// Every two impressions of one finger, each pair once; of different fingers every two that `counts`.
fn one_to_one<T>(
    impressions: &[Taken<T>],
    scores: &[Vec<f32>],
    counts: impl Fn(&Taken<T>) -> bool,
) -> Rates {
    let mut impostor = Vec::new();
    for (at, one) in impressions.iter().enumerate() {
        for (offset, other) in impressions[at + 1..].iter().enumerate() {
            if one.finger != other.finger && counts(one) && counts(other) {
                impostor.push(scores[at][at + 1 + offset]);
            }
        }
    }
    Rates::new(genuine(impressions, scores, |_| true), impostor)
}

fn genuine<T>(
    impressions: &[Taken<T>],
    scores: &[Vec<f32>],
    counts: impl Fn(&Taken<T>) -> bool,
) -> Vec<f32> {
    let mut genuine = Vec::new();
    for (at, one) in impressions.iter().enumerate().filter(|(_, one)| counts(one)) {
        for (offset, other) in impressions[at + 1..].iter().enumerate() {
            if one.finger == other.finger {
                genuine.push(scores[at][at + 1 + offset]);
            }
        }
    }
    genuine
}

fn on_all_processors<T: Send>(
    count: usize,
    step: &mut dyn FnMut(),
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let (next, work) = (AtomicUsize::new(0), &work);
    let mut results: Vec<(usize, T)> = Vec::with_capacity(count);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..workers {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count || sender.send((at, work(at))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for result in receiver {
            results.push(result);
            step();
        }
    });
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten fingers of eight impressions; a score of 10 and the finger's number where they are the same.
    fn set() -> (Vec<Taken<()>>, Vec<Vec<f32>>) {
        let impressions: Vec<Taken<()>> = (0..80)
            .map(|at| Taken { finger: at / 8, is_first: at % 8 == 0, usable: true, template: () })
            .collect();
        let score = |one: usize, other: usize| if one / 8 == other / 8 { 10.0 } else { 1.0 };
        let scores = (0..80).map(|one| (0..80).map(|other| score(one, other)).collect()).collect();
        (impressions, scores)
    }

    #[test]
    fn pairs_are_those_of_the_competitions() {
        let (impressions, scores) = set();
        let protocol = one_to_one(&impressions, &scores, |taken| taken.is_first);
        assert_eq!((protocol.genuine_pairs(), protocol.impostor_pairs()), (280, 45));
        let all = one_to_one(&impressions, &scores, |_| true);
        assert_eq!((all.genuine_pairs(), all.impostor_pairs()), (280, 2880));
        let point = all.at_threshold(5.0);
        assert_eq!((point.fnmr, point.fmr), (0.0, 0.0));
    }
}
