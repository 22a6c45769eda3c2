//! A resident's enrolled fingers, the fingers that somebody shows, and whether they are the same.

use std::collections::BTreeMap;

use super::bytes::TemplateError;
use super::matcher::{Probe, Score};
use super::minutia::FingerTemplate;
use super::position::FingerPosition;
use crate::thresholds::{EACH_FINGER_THRESHOLD, FINGERS_MATCH_THRESHOLD, SAME_FINGER_THRESHOLD};

/// Fewer different fingers never match: one alone is not sure enough.
pub const LEAST_FINGERS: usize = 2;
/// The most impressions of a finger that are kept.
pub const MOST_IMPRESSIONS: usize = 3;

/// Enrolled fingers: two at least, of each up to three impressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FingerReference {
    fingers: BTreeMap<FingerPosition, Vec<FingerTemplate>>,
}

/// Fingers that somebody shows to be known by: two at least, of each one impression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedFingers {
    fingers: BTreeMap<FingerPosition, FingerTemplate>,
}

/// Why impressions make no reference and are not compared with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FingersError {
    /// Of fewer than two different fingers.
    #[error("two different fingers at least")]
    TooFewFingers,
    /// More than three of one at enrolment, more than one when they are compared.
    #[error("too many impressions of the finger {0}")]
    TooManyImpressions(FingerPosition),
    /// One finger, or one picture of it, under two names.
    #[error("{0} and {1} are the same finger: take one of them again, with the other finger")]
    SameFinger(FingerPosition, FingerPosition),
}

/// What came of comparing shown fingers with enrolled ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FingersComparison {
    /// The sum over the fingers of how alike each is.
    pub score: Score,
    /// How alike the finger is that is least so.
    pub least: Score,
    /// How many fingers were compared: those that are enrolled and were shown.
    pub fingers: usize,
}

/// How alike a shown finger is to the enrolled one of the same name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FingerLikeness {
    /// Which finger.
    pub position: FingerPosition,
    /// How alike it is to the enrolled impression that is most like it.
    pub score: Score,
}

impl FingerLikeness {
    /// Whether it is unlike by itself: one such finger is enough for no match.
    #[must_use]
    pub fn is_unlike(&self) -> bool {
        self.score.0 < EACH_FINGER_THRESHOLD
    }
}

impl FingersComparison {
    /// From how alike each finger is.
    pub(crate) fn of(fingers: impl IntoIterator<Item = f32>) -> Self {
        let none = Self { score: Score(0.0), least: Score(f32::INFINITY), fingers: 0 };
        fingers.into_iter().fold(none, |all, finger| Self {
            score: Score(all.score.0 + finger),
            least: Score(all.least.0.min(finger)),
            fingers: all.fingers + 1,
        })
    }

    /// The mean over the fingers of how alike each is.
    #[must_use]
    pub fn mean(&self) -> f32 {
        self.score.0 / self.fingers.max(1) as f32
    }

    /// Whether it is the same person: two fingers at least, alike enough in the mean, and none of them
    /// unlike. Without the last, one finger that is very much alike would make up for any other.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.is_match_by_mean() && self.least.0 >= EACH_FINGER_THRESHOLD
    }

    /// How far above both lines it is, as a factor: the smaller of what the mean has of its line and the
    /// least alike finger of its. [`FingersComparison::is_match`] is at 1 and above. Decides nothing.
    pub(crate) fn margin(&self) -> f32 {
        if self.fingers < LEAST_FINGERS {
            return 0.0;
        }
        (self.mean() / FINGERS_MATCH_THRESHOLD).min(self.least.0 / EACH_FINGER_THRESHOLD)
    }

    /// Without the line for each finger: what would match if there were none. Decides nothing.
    pub(crate) fn is_match_by_mean(&self) -> bool {
        self.fingers >= LEAST_FINGERS
            && self.score.0 >= FINGERS_MATCH_THRESHOLD * self.fingers as f32
    }
}

impl From<&[FingerLikeness]> for FingersComparison {
    fn from(fingers: &[FingerLikeness]) -> Self {
        Self::of(fingers.iter().map(|one| one.score.0))
    }
}

impl FingerReference {
    /// The first byte of what is written now.
    const VERSION: u8 = 1;

    /// Enrols impressions, of each finger as many as there are.
    ///
    /// # Errors
    /// [`FingersError`]
    pub fn enrol(
        impressions: impl IntoIterator<Item = (FingerPosition, FingerTemplate)>,
    ) -> Result<Self, FingersError> {
        let mut fingers: BTreeMap<FingerPosition, Vec<FingerTemplate>> = BTreeMap::new();
        for (position, template) in impressions {
            fingers.entry(position).or_default().push(template);
        }
        if fingers.len() < LEAST_FINGERS {
            return Err(FingersError::TooFewFingers);
        }
        if let Some((position, _)) = fingers.iter().find(|(_, all)| all.len() > MOST_IMPRESSIONS) {
            return Err(FingersError::TooManyImpressions(*position));
        }
        let all = fingers.iter().flat_map(|(at, all)| all.iter().map(|template| (*at, template)));
        refuse_one_finger_twice(&all.collect::<Vec<_>>())?;
        Ok(Self { fingers })
    }

    /// The fingers that are enrolled, and how many impressions of each.
    pub fn fingers(&self) -> impl Iterator<Item = (FingerPosition, usize)> {
        self.fingers.iter().map(|(position, all)| (*position, all.len()))
    }

    /// The impressions, by finger.
    pub fn impressions(&self) -> impl Iterator<Item = (FingerPosition, &FingerTemplate)> {
        self.fingers.iter().flat_map(|(at, all)| all.iter().map(|template| (*at, template)))
    }

    /// Compares shown fingers with these: each with the impressions under its own name, of which the
    /// one that is most like it counts.
    #[must_use]
    pub fn compare(&self, presented: &PresentedFingers) -> FingersComparison {
        FingersComparison::from(&*self.likenesses(presented))
    }

    /// How alike each shown finger is that is enrolled, by finger: what a [`FingersComparison`] is made of.
    #[must_use]
    pub fn likenesses(&self, presented: &PresentedFingers) -> Vec<FingerLikeness> {
        let both = presented.fingers.iter().filter_map(|(position, template)| {
            let impressions = self.fingers.get(position)?;
            let probe = Probe::new(template);
            let best = best_of(impressions.iter().map(|one| probe.compare(one).0));
            Some(FingerLikeness { position: *position, score: Score(best) })
        });
        both.collect()
    }

    /// A shown finger whose impression is an enrolled one: no finger is put down twice alike, so it is a
    /// copy.
    #[must_use]
    pub fn copied(&self, presented: &PresentedFingers) -> Option<FingerPosition> {
        let mut shown = presented.fingers.iter();
        let copy = shown.find(|(_, shown)| self.impressions().any(|(_, known)| known == *shown));
        copy.map(|(position, _)| *position)
    }

    /// The reference as bytes, to be sealed: the version 1, how many fingers, and of each in their
    /// order its code, how many impressions, and those as [`FingerTemplate::to_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        let mut bytes = vec![Self::VERSION, count(self.fingers.len())];
        for (position, impressions) in &self.fingers {
            bytes.extend([position.code(), count(impressions.len())]);
            bytes.extend(impressions.iter().flat_map(FingerTemplate::to_bytes));
        }
        bytes
    }

    /// Reads what [`FingerReference::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`TemplateError`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TemplateError> {
        let [Self::VERSION, count, rest @ ..] = bytes else { return Err(TemplateError) };
        let mut rest = rest;
        let mut fingers: BTreeMap<FingerPosition, Vec<FingerTemplate>> = BTreeMap::new();
        for _ in 0..*count {
            let [code, impressions, templates @ ..] = rest else { return Err(TemplateError) };
            let position = FingerPosition::try_from(*code).map_err(|_| TemplateError)?;
            let in_order = fingers.last_key_value().is_none_or(|(last, _)| *last < position);
            if !in_order || !(1..=MOST_IMPRESSIONS).contains(&usize::from(*impressions)) {
                return Err(TemplateError);
            }
            rest = templates;
            for _ in 0..*impressions {
                let (template, after) = FingerTemplate::first_of(rest)?;
                fingers.entry(position).or_default().push(template);
                rest = after;
            }
        }
        if fingers.len() < LEAST_FINGERS || !rest.is_empty() {
            return Err(TemplateError);
        }
        Ok(Self { fingers })
    }
}

impl PresentedFingers {
    /// Takes one impression each of two fingers or more.
    ///
    /// # Errors
    /// [`FingersError`]
    pub fn new(
        impressions: impl IntoIterator<Item = (FingerPosition, FingerTemplate)>,
    ) -> Result<Self, FingersError> {
        let mut fingers = BTreeMap::new();
        for (position, template) in impressions {
            if fingers.insert(position, template).is_some() {
                return Err(FingersError::TooManyImpressions(position));
            }
        }
        if fingers.len() < LEAST_FINGERS {
            return Err(FingersError::TooFewFingers);
        }
        let all = fingers.iter().map(|(position, template)| (*position, template));
        refuse_one_finger_twice(&all.collect::<Vec<_>>())?;
        Ok(Self { fingers })
    }
}

/// What a finger's enrolled impressions say together: as much as the one that is most like it. The sum
/// or mean of all separates no better, and would not be of one scale for one, two and three.
pub(crate) fn best_of(scores: impl Iterator<Item = f32>) -> f32 {
    scores.fold(0.0, f32::max)
}

/// Whether two impressions under different names are taken for one finger.
pub(crate) fn is_one_finger(score: f32) -> bool {
    score >= SAME_FINGER_THRESHOLD
}

/// One finger under two names would count twice: whoever has one finger of somebody would have two.
fn refuse_one_finger_twice(
    impressions: &[(FingerPosition, &FingerTemplate)],
) -> Result<(), FingersError> {
    for (at, (position, template)) in impressions.iter().enumerate() {
        let mut others =
            impressions[at + 1..].iter().filter(|other| other.0 != *position).peekable();
        if others.peek().is_none() {
            continue;
        }
        let probe = Probe::new(template);
        for (other, other_template) in others {
            if template == other_template || is_one_finger(probe.compare(other_template).0) {
                return Err(FingersError::SameFinger(*position, *other));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
