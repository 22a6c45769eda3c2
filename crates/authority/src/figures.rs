//! The live picture: how many applications, what came of them, how long they waited, and what was
//! refused. Counts alone, so that whoever sees them learns of nobody.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tanda_model::{Action, EnrolmentState, Finding};

use crate::{Authority, ReadError, SignedIn};

/// Hours that the picture shows.
pub const HOURS: i64 = 24;
/// Refused applications whose reasons are looked at; the others are counted all the same.
const LOOKED_AT: u32 = 20_000;

/// What an authority did in the last hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// One an hour, the oldest first; the last one has just begun.
    pub hours: Vec<HourFigures>,
    /// How many applications wait for an officer now.
    pub waiting: u64,
    /// Since when the one that waits longest does.
    pub oldest: Option<Timestamp>,
    /// How long half of the applications that officers decided had waited at most; nothing when
    /// none was decided.
    pub median_wait: Option<SignedDuration>,
    /// How often each reason to refuse was found. One application can have several.
    pub refused_for: Vec<(Finding, u64)>,
}

/// What came of applications in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourFigures {
    /// When the hour began.
    pub begins: Timestamp,
    /// Approved, by the policy or by an officer.
    pub approved: u64,
    /// Put before an officer.
    pub referred: u64,
    /// Refused, by the policy or by an officer.
    pub refused: u64,
}

impl Authority {
    /// The live picture, for officers.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn figures(&self, officer: &SignedIn, now: Timestamp) -> Result<Figures, ReadError> {
        officer.may(Action::SeeFigures)?;
        let this_hour = now.as_second().div_euclid(3600);
        let first = this_hour - HOURS + 1;
        let hour = |hour: i64| Timestamp::from_second(hour * 3600).unwrap_or(now);
        let mut reader = self.store.reader().await?;
        let after = reader.last_act_before(hour(first)).await?;
        let counts = reader.outcomes_after(after).await?;
        let waits = reader.waits_after(after).await?;
        let refused = reader.refusals_after(after, LOOKED_AT).await?;
        drop(reader);
        let waiting = self.referred_enrolments().await?;
        let hours = (first..=this_hour).map(|number| {
            let of = |kind: &str| {
                counts
                    .iter()
                    .find(|count| count.hour == number && count.kind == kind)
                    .map_or(0, |count| count.count)
            };
            HourFigures {
                begins: hour(number),
                approved: of("enrolment.approved"),
                referred: of("enrolment.referred"),
                refused: of("enrolment.refused"),
            }
        });
        Ok(Figures {
            hours: hours.collect(),
            waiting: waiting.len() as u64,
            oldest: waiting.first().map(|one| one.since),
            median_wait: median(&waits),
            refused_for: reasons(&refused),
        })
    }
}

/// The middle of what is in order.
fn median(millis: &[u64]) -> Option<SignedDuration> {
    let middle = *millis.get(millis.len().checked_sub(1)? / 2)?;
    Some(SignedDuration::from_millis(i64::try_from(middle).unwrap_or(i64::MAX)))
}

/// How often each finding stands in refusals, the most frequent first.
fn reasons(refused: &[EnrolmentState]) -> Vec<(Finding, u64)> {
    let mut counts = BTreeMap::<Finding, u64>::new();
    for state in refused {
        if let EnrolmentState::Refused { findings, .. } = state {
            for finding in findings {
                *counts.entry(*finding).or_default() += 1;
            }
        }
    }
    let mut reasons: Vec<_> = counts.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    reasons
}

#[cfg(test)]
mod tests {
    use tanda_model::{Marks, OfficerRole, OfficerVerdict};

    use super::*;
    use crate::testing::{City, officer};

    #[tokio::test]
    async fn outcomes_waits_and_reasons_are_counted_and_old_ones_are_not() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let lost = Marks { card_lost: true, ..Marks::default() };
        city.marked_resident("01", 12, "Wang", lost).await;
        let long_ago = city.wallet("a");
        city.apply(&long_ago, 10, "Zhao", "01").await;
        city.later(SignedDuration::from_hours(30));
        let wrong = city.wallet("b");
        city.apply(&wrong, 10, "Zhao", "01").await;
        let waits = city.wallet("c");
        let (begun, _) = city.apply(&waits, 12, "Wang", "01").await;
        city.later(SignedDuration::from_mins(7));
        let auditor = SignedIn::just_now(OfficerRole::Auditor, None);
        let figures = city.authority.figures(&auditor, city.now).await.unwrap();
        assert_eq!((figures.waiting, figures.median_wait), (1, None));
        let authority = std::sync::Arc::clone(&city.authority);
        let (id, verdict) = (begun.enrolment_id, OfficerVerdict::Refuse);
        authority.decide_referred(id, verdict, &officer(), city.now, &mut city.rng).await.unwrap();
        let figures = authority.figures(&auditor, city.now).await.unwrap();
        assert_eq!(figures.hours.len(), 24);
        let total = |count: fn(&HourFigures) -> u64| figures.hours.iter().map(count).sum::<u64>();
        assert_eq!(total(|hour| hour.refused), 2);
        assert_eq!(total(|hour| hour.referred), 1);
        assert_eq!(total(|hour| hour.approved), 0);
        assert_eq!((figures.waiting, figures.oldest), (0, None));
        assert_eq!(figures.median_wait, Some(SignedDuration::from_mins(7)));
        assert!(figures.refused_for.contains(&(Finding::NameDiffers, 1)), "{figures:?}");
    }

    #[test]
    fn the_middle_of_nothing_is_nothing() {
        let wait = |millis: &[u64]| median(millis).map(|wait| wait.as_millis());
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[5]), Some(5));
        assert_eq!(wait(&[1, 2, 9]), Some(2));
        assert_eq!(wait(&[1, 2, 8, 9]), Some(2));
    }
}
