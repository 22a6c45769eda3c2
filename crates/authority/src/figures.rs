//! The live picture: how many applications, what came of them, how long they waited, and what was
//! refused or turned away. Counts alone, so that whoever sees them learns of nobody.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tanda_biometrics::Guidance;
use tanda_model::{Action, EnrolmentState, Finding};
use tanda_storage::authority::figures::HourlyCount;

use crate::tallies::{self, Tally};
use crate::{Authority, ReadError, SignedIn};

pub use crate::tallies::Attack;

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
    /// What was turned away before there was anything to weigh.
    pub attacks: Vec<(Attack, u64)>,
    /// What was said of the pictures that wallets sent, the most frequent first.
    pub pictures: Vec<(Picture, u64)>,
}

/// What was said of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Picture {
    /// What the applicant was told.
    Seen(Guidance),
    /// It was none.
    None,
}

/// What came of applications in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourFigures {
    /// When the hour began.
    pub begins: Timestamp,
    /// Applications that were begun.
    pub begun: u64,
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
        let this_hour = tallies::hour(now);
        let first = this_hour - HOURS + 1;
        let hour = |hour: i64| Timestamp::from_second(hour * 3600).unwrap_or(now);
        self.tallies.store(&self.store).await?;
        let mut reader = self.store.reader().await?;
        let tallies = reader.tallies_from(first).await?;
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
                begun: tallies
                    .iter()
                    .find(|tally| tally.hour == number && tally.kind == Tally::Begun.words())
                    .map_or(0, |tally| tally.count),
                approved: of("enrolment.approved"),
                referred: of("enrolment.referred"),
                refused: of("enrolment.refused"),
            }
        });
        let counted = |what: Tally| total(&tallies, &what.words());
        let reused = total(&counts, "grant.reuse-detected");
        let attacks = Attack::ALL.map(|attack| match attack {
            Attack::TokenReused => (attack, reused),
            other => (other, counted(Tally::Attack(other))),
        });
        let attacks = attacks.into_iter().filter(|(_, count)| *count > 0).collect();
        let seen = Guidance::ALL
            .map(|guidance| (Picture::Seen(guidance), counted(Tally::Picture(guidance))));
        let none = (Picture::None, counted(Tally::NotAPicture));
        let mut pictures: Vec<_> =
            seen.into_iter().chain([none]).filter(|(_, count)| *count > 0).collect();
        pictures.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(Figures {
            hours: hours.collect(),
            waiting: waiting.len() as u64,
            oldest: waiting.first().map(|one| one.since),
            median_wait: median(&waits),
            refused_for: reasons(&refused),
            attacks,
            pictures,
        })
    }
}

/// How often something was so in all hours.
fn total(counts: &[HourlyCount], kind: &str) -> u64 {
    counts.iter().filter(|count| count.kind == kind).map(|count| count.count).sum()
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
    use crate::testing::{City, number, officer, photo};

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
        assert_eq!(total(|hour| hour.begun), 2);
        assert_eq!((figures.pictures.len(), figures.attacks.len()), (0, 0));
        // What was counted is in the store, and goes in time.
        city.restart().await;
        let again = city.authority.figures(&auditor, city.now).await.unwrap();
        assert_eq!(again, figures);
        city.later(SignedDuration::from_hours(49));
        city.authority.sweep(city.now).await.unwrap();
        let mut reader = city.authority.store.reader().await.unwrap();
        assert_eq!(reader.tallies_from(0).await.unwrap(), []);
    }

    #[tokio::test]
    async fn pictures_and_what_is_turned_away_are_counted() {
        let mut city = City::new().await;
        let wallet = city.wallet("a");
        let begun = city.begin(&wallet, number(10).as_str(), "Li").await.unwrap();
        for image in [photo("01", "left"), b"GIF89a".to_vec(), photo("01", "left")] {
            let (id, token) = (begun.enrolment_id, begun.token.expose());
            let City { authority, rng, now, .. } = &mut city;
            let _ = authority.capture_frame(id, token, 0, image, *now, rng).await;
        }
        for _ in 0..7 {
            if let Ok(begun) = city.begin(&wallet, number(10).as_str(), "Li").await {
                city.capture(&begun, "01").await;
                city.complete(&begun).await;
            }
        }
        let auditor = SignedIn::just_now(OfficerRole::Auditor, None);
        let figures = city.authority.figures(&auditor, city.now).await.unwrap();
        let begun: u64 = figures.hours.iter().map(|hour| hour.begun).sum();
        assert_eq!(figures.attacks, [(Attack::Slowed, 8 - begun)]);
        assert!(begun < 8);
        let seen = Picture::Seen(Guidance::LookStraight);
        assert_eq!(figures.pictures, [(seen, 2), (Picture::None, 1)]);
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
