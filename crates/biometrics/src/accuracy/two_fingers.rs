//! Two fingers, as they are enrolled and shown; what matches is decided by the code that ships.

use super::rates::Rates;
use crate::finger::{FingersComparison, MOST_IMPRESSIONS, best_of, is_one_finger};

/// What came of tries to be known by two fingers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// How many there were.
    pub made: usize,
    /// How many match by the shipped policy.
    pub matched: usize,
    /// How many would match if only the mean over the fingers counted.
    pub by_mean: usize,
    /// How many don't come to be compared: two impressions, enrolled or shown, are taken for one finger
    /// under two names.
    pub refused: usize,
}

impl Tries {
    /// How many don't match.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.made - self.matched
    }

    fn add(&mut self, comparison: &FingersComparison, is_refused: bool) {
        self.made += 1;
        self.refused += usize::from(is_refused);
        self.matched += usize::from(!is_refused && comparison.is_match());
        self.by_mean += usize::from(comparison.is_match_by_mean());
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            made: self.made + other.made,
            matched: self.matched + other.matched,
            by_mean: self.by_mean + other.by_mean,
            refused: self.refused + other.refused,
        }
    }
}

/// What came of two fingers with three impressions each enrolled. What matches is by the thresholds of
/// the matcher that ships, also where another was measured.
#[derive(Clone, Debug)]
pub struct TwoFingers {
    /// How far above both lines of the shipped policy they are, 1 being what ships, of people themselves
    /// and of strangers; nothing where they are taken for one finger under two names.
    pub shipped: Rates,
    /// The mean of both fingers' scores, of people themselves and of strangers.
    pub mean: Rates,
    /// People's own two fingers.
    pub own: Tries,
    /// Two fingers of others.
    pub strangers: Tries,
    /// One of their own, and one of somebody else's under the other's name.
    pub hybrids: Tries,
}

impl TwoFingers {
    /// All of them together.
    pub(super) fn of_all(all: &[&Self]) -> Self {
        let sum = |of: fn(&Self) -> Tries| {
            all.iter().map(|one| of(one)).fold(Tries::default(), Tries::and)
        };
        Self {
            shipped: Rates::of_all(all.iter().map(|one| &one.shipped)),
            mean: Rates::of_all(all.iter().map(|one| &one.mean)),
            own: sum(|one| one.own),
            strangers: sum(|one| one.strangers),
            hybrids: sum(|one| one.hybrids),
        }
    }
}

/// Two fingers of a set, taken for those of one person: every two that are at most nine apart in the
/// set's order, which are all where there are ten.
pub(super) struct People {
    /// Of each finger, where its impressions are among all.
    fingers: Vec<Vec<usize>>,
    people: Vec<[usize; 2]>,
}

impl People {
    const FARTHEST: usize = 9;

    /// Of impressions, of which each is of that finger.
    pub(super) fn of(impressions: impl Iterator<Item = usize>, count: usize) -> Self {
        let mut fingers = vec![Vec::new(); count];
        for (at, finger) in impressions.enumerate() {
            fingers[finger].push(at);
        }
        let people = (0..count).flat_map(|one| {
            (one + 1..count.min(one + 1 + Self::FARTHEST)).map(move |other| [one, other])
        });
        Self { fingers, people: people.collect() }
    }

    /// Enrols each person with impressions 1 to 3, then with 4 to 6, and compares with that each other
    /// impression of their own two fingers, of every two fingers of others under either name, and of one
    /// of theirs with every finger of others. `scores` are of each impression with each.
    pub(super) fn measured(
        &self,
        scores: &[Vec<f32>],
        is_usable: impl Fn(usize) -> bool,
    ) -> TwoFingers {
        let (mut genuine, mut impostor) = (Scores::default(), Scores::default());
        let (mut own_tries, mut strangers, mut hybrids) =
            (Tries::default(), Tries::default(), Tries::default());
        for begin in [0, MOST_IMPRESSIONS] {
            let enrolment = Enrolment::of(self, begin, scores, &is_usable);
            for own in &self.people {
                for (comparison, is_refused) in enrolment.compare(*own, *own) {
                    genuine.add(&comparison, is_refused);
                    own_tries.add(&comparison, is_refused);
                }
                for [one, other] in &self.people {
                    if own.contains(one) || own.contains(other) {
                        continue;
                    }
                    for shown in [[*one, *other], [*other, *one]] {
                        for (comparison, is_refused) in enrolment.compare(shown, *own) {
                            impostor.add(&comparison, is_refused);
                            strangers.add(&comparison, is_refused);
                        }
                    }
                }
                for other in (0..self.fingers.len()).filter(|finger| !own.contains(finger)) {
                    for shown in [[own[0], other], [other, own[1]]] {
                        for (comparison, is_refused) in enrolment.compare(shown, *own) {
                            hybrids.add(&comparison, is_refused);
                        }
                    }
                }
            }
        }
        TwoFingers {
            shipped: Rates::new(genuine.margins, impostor.margins),
            mean: Rates::new(genuine.means, impostor.means),
            own: own_tries,
            strangers,
            hybrids,
        }
    }
}

/// How alike fingers were, by the shipped policy and by the mean alone.
#[derive(Default)]
struct Scores {
    margins: Vec<f32>,
    means: Vec<f32>,
}

impl Scores {
    fn add(&mut self, comparison: &FingersComparison, is_refused: bool) {
        self.margins.push(if is_refused { 0.0 } else { comparison.margin() });
        self.means.push(comparison.mean());
    }
}

/// Three impressions of every finger, enrolled, and all others compared with them.
struct Enrolment<'a> {
    people: &'a People,
    scores: &'a [Vec<f32>],
    /// The first of the three.
    begin: usize,
    /// Of each finger those of the three that are usable.
    enrolled: Vec<Vec<usize>>,
    /// How alike each impression is to each enrolled finger, if both are usable.
    best: Vec<Vec<Option<f32>>>,
}

impl<'a> Enrolment<'a> {
    fn of(
        people: &'a People,
        begin: usize,
        scores: &'a [Vec<f32>],
        is_usable: &impl Fn(usize) -> bool,
    ) -> Self {
        let enrolled: Vec<Vec<usize>> = people
            .fingers
            .iter()
            .map(|all| all.iter().skip(begin).take(MOST_IMPRESSIONS).copied())
            .map(|three| three.filter(|at| is_usable(*at)).collect())
            .collect();
        let best = |shown: usize, finger: &Vec<usize>| {
            (!finger.is_empty() && is_usable(shown))
                .then(|| best_of(finger.iter().map(|enrolled| scores[shown][*enrolled])))
        };
        let best = (0..scores.len())
            .map(|shown| enrolled.iter().map(|finger| best(shown, finger)).collect())
            .collect();
        Self { people, scores, begin, enrolled, best }
    }

    /// Two fingers shown, against two that are enrolled: a comparison for each number of an impression
    /// that isn't enrolled, and whether it is refused as one finger under two names.
    fn compare(
        &self,
        shown: [usize; 2],
        own: [usize; 2],
    ) -> impl Iterator<Item = (FingersComparison, bool)> {
        let one_finger = |one: usize, other: usize| is_one_finger(self.scores[one][other]);
        let [first, second] = own.map(|finger| &self.enrolled[finger]);
        let refused = first.iter().any(|one| second.iter().any(|other| one_finger(*one, *other)));
        let [first, second] = shown.map(|finger| &self.people.fingers[finger]);
        let enrolled = self.begin..self.begin + MOST_IMPRESSIONS;
        let all = first.iter().zip(second).enumerate();
        all.filter(move |(number, _)| !enrolled.contains(number)).filter_map(
            move |(_, (one, other))| {
                let fingers = [self.best[*one][own[0]]?, self.best[*other][own[1]]?];
                Some((FingersComparison::of(fingers), refused || one_finger(*one, *other)))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten fingers of eight impressions.
    fn people() -> People {
        People::of((0..80).map(|at| at / 8), 10)
    }

    fn scores(score: impl Fn(usize, usize) -> f32) -> Vec<Vec<f32>> {
        (0..80).map(|one| (0..80).map(|other| score(one, other)).collect()).collect()
    }

    fn alike(one: usize, other: usize) -> f32 {
        if one / 8 == other / 8 { 50.0 } else { 1.0 }
    }

    #[test]
    fn people_are_every_two_fingers_against_those_who_share_none() {
        let people = people();
        assert_eq!(people.people.len(), 45);
        let all = people.measured(&scores(alike), |_| true);
        // Twice enrolled, five impressions left; 28 others of eight fingers, under either name.
        let own = 45 * 2 * 5;
        assert_eq!(all.own, Tries { made: own, matched: own, by_mean: own, refused: 0 });
        assert_eq!(all.strangers, Tries { made: own * 28 * 2, ..Tries::default() });
        assert_eq!(all.mean.genuine_pairs(), all.own.made);
        assert_eq!(all.mean.impostor_pairs(), all.strangers.made);
        // One impression less to show for the nine who have that finger, once.
        let usable = people.measured(&scores(alike), |at| at != 2);
        assert_eq!(usable.own.made, own - 9);
    }

    #[test]
    fn one_finger_of_somebody_passes_by_the_mean_and_not_as_shipped() {
        let hybrids = people().measured(&scores(alike), |_| true).hybrids;
        // One of two fingers, the other of eight.
        let made = 45 * 2 * 5 * 2 * 8;
        assert_eq!(hybrids, Tries { made, matched: 0, by_mean: made, refused: 0 });
    }

    /// What is told of other lines is told of the shipped ones as well.
    #[test]
    fn the_shipped_policy_is_the_margin_of_one() {
        let uneven = |one: usize, other: usize| {
            let steps = (one * 31 + other * 17) % 24;
            if one / 8 == other / 8 { steps as f32 } else { steps as f32 / 3.0 }
        };
        let two = people().measured(&scores(uneven), |_| true);
        let (own, strangers) = (two.own, two.strangers);
        assert!(own.missed() > 0 && own.matched > 0 && own.refused == 0);
        let point = two.shipped.at_threshold(1.0);
        let part = |count: usize, of: usize| count as f64 / of as f64;
        assert!((point.fnmr - part(own.missed(), own.made)).abs() < 1e-9, "{point:?}");
        assert!((point.fmr - part(strangers.matched, strangers.made)).abs() < 1e-9, "{point:?}");
    }

    #[test]
    fn what_is_taken_for_one_finger_under_two_names_is_no_match() {
        // The first two fingers look like one, in all their impressions or in the eighth.
        let all = |one: usize, other: usize| {
            if one < 16 && other < 16 { 50.0 } else { alike(one, other) }
        };
        let own = people().measured(&scores(all), |_| true).own;
        assert_eq!((own.refused, own.missed(), own.by_mean), (10, 10, own.made));
        let eighth = |one: usize, other: usize| {
            if [one, other] == [7, 15] { 50.0 } else { alike(one, other) }
        };
        let own = people().measured(&scores(eighth), |_| true).own;
        assert_eq!((own.refused, own.missed(), own.by_mean), (2, 2, own.made));
    }
}
