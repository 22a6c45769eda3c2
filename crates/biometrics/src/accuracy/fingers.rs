//! Comparing all impressions of a set of fingers: one against one, and two fingers as the policy does.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::faces::AccuracyError;
use super::finger_files::SetOfFiles;
use super::finger_report::{FingerReport, FingerSet};
use super::rates::Rates;
use crate::finger::{FingerTemplate, Impression, MOST_IMPRESSIONS, Probe, best_of};

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
    let sets = SetOfFiles::all_in(folder)?;
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
    Ok(FingerReport { sets: measured.collect() })
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
        Some(matcher.template(&set.read(files[at].1, dots_an_inch)?))
    });
    let mut impressions: Vec<Taken<M::Template>> = Vec::new();
    let mut last = None;
    for ((finger, _), template) in files.iter().zip(taken) {
        let is_first = last.replace(*finger) != Some(*finger);
        if let Some((template, usable)) = template {
            impressions.push(Taken { finger: *finger, is_first, usable, template });
        }
    }
    let candidates: Vec<&M::Template> = impressions.iter().map(|one| &one.template).collect();
    let scores = on_all_processors(impressions.len(), step, |at| {
        matcher.compare(&impressions[at].template, &candidates)
    });
    let people = People::of(&impressions);
    FingerSet {
        name: set.name.clone(),
        fingers: set.fingers.len(),
        impressions: files.len(),
        unreadable: files.len() - impressions.len(),
        refused: impressions.iter().filter(|one| !one.usable).count(),
        one: one_to_one(&impressions, &scores, |_| true),
        protocol: one_to_one(&impressions, &scores, |taken| taken.is_first),
        by_finger: (0..set.fingers.len())
            .map(|finger| genuine(&impressions, &scores, |taken| taken.finger == finger))
            .collect(),
        two: people.rates(&scores, |_| true),
        two_usable: people.rates(&scores, |at| impressions[at].usable),
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

/// Two fingers of a set, taken for those of one person: every two that are at most nine apart in the
/// set's order, which are all where there are ten.
struct People {
    /// Of each finger, where its impressions are among all.
    fingers: Vec<Vec<usize>>,
    people: Vec<[usize; 2]>,
}

impl People {
    const FARTHEST: usize = 9;

    fn of<T>(impressions: &[Taken<T>]) -> Self {
        let count = impressions.iter().map(|one| one.finger + 1).max().unwrap_or_default();
        let mut fingers = vec![Vec::new(); count];
        for (at, one) in impressions.iter().enumerate() {
            fingers[one.finger].push(at);
        }
        let people = (0..count).flat_map(|one| {
            (one + 1..count.min(one + 1 + Self::FARTHEST)).map(move |other| [one, other])
        });
        Self { fingers, people: people.collect() }
    }

    /// Enrols each person with impressions 1 to 3, then with 4 to 6, and compares with that: each other
    /// impression of their own two fingers, and of every two fingers of others, under either name.
    fn rates(&self, scores: &[Vec<f32>], is_usable: impl Fn(usize) -> bool) -> Rates {
        let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
        for begin in [0, MOST_IMPRESSIONS] {
            // How alike each impression is to the enrolled ones of each finger.
            let enrolled = |finger: usize| {
                let chosen = self.fingers[finger].iter().skip(begin).take(MOST_IMPRESSIONS);
                chosen.copied().filter(|at| is_usable(*at)).collect::<Vec<_>>()
            };
            let enrolled: Vec<Vec<usize>> = (0..self.fingers.len()).map(enrolled).collect();
            let score = |shown: usize, finger: usize| -> Option<f32> {
                let all = &enrolled[finger];
                let usable = !all.is_empty() && is_usable(shown);
                usable.then(|| best_of(all.iter().map(|enrolled| scores[shown][*enrolled])))
            };
            let best: Vec<Vec<Option<f32>>> = (0..scores.len())
                .map(|shown| (0..self.fingers.len()).map(|finger| score(shown, finger)).collect())
                .collect();
            let mean = |shown: [usize; 2], own: [usize; 2], into: &mut Vec<f32>| {
                let places = self.fingers[shown[0]].iter().zip(&self.fingers[shown[1]]).enumerate();
                for (number, (one, other)) in places {
                    if (begin..begin + MOST_IMPRESSIONS).contains(&number) {
                        continue;
                    }
                    if let (Some(one), Some(other)) = (best[*one][own[0]], best[*other][own[1]]) {
                        into.push(f32::midpoint(one, other));
                    }
                }
            };
            for own in &self.people {
                mean(*own, *own, &mut genuine);
                for [one, other] in &self.people {
                    if !own.contains(one) && !own.contains(other) {
                        mean([*one, *other], *own, &mut impostor);
                        mean([*other, *one], *own, &mut impostor);
                    }
                }
            }
        }
        Rates::new(genuine, impostor)
    }
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
            .map(|at| Taken {
                finger: at / 8,
                is_first: at % 8 == 0,
                usable: at != 2,
                template: (),
            })
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

    #[test]
    fn people_are_every_two_fingers_against_those_who_share_none() {
        let (impressions, scores) = set();
        let people = People::of(&impressions);
        assert_eq!(people.people.len(), 45);
        let rates = people.rates(&scores, |_| true);
        // Twice enrolled, five impressions left; 28 others of eight fingers, under either name.
        assert_eq!(rates.genuine_pairs(), 45 * 2 * 5);
        assert_eq!(rates.impostor_pairs(), 45 * 2 * 5 * 28 * 2);
        let point = rates.at_threshold(5.0);
        assert_eq!((point.fnmr, point.fmr), (0.0, 0.0));
        // One impression less to show for the nine who have that finger, once.
        let usable = people.rates(&scores, |at| impressions[at].usable);
        assert_eq!(usable.genuine_pairs(), 45 * 2 * 5 - 9);
    }
}
