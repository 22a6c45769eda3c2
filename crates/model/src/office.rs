use jiff::civil::{Date, Time, Weekday};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// When a counter is open, and for how many people at once: what appointments are cut from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeHours {
    weekdays: Vec<Weekday>,
    opens: Time,
    closes: Time,
    slot: SignedDuration,
    offset: Offset,
    places: u32,
}

/// Why hours are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfficeHoursError {
    /// No appointment fits between opening and closing.
    #[error("no appointment fits between opening and closing")]
    TooShort,
    /// Nobody could come.
    #[error("an office has at least one day and one place")]
    NeverOpen,
    /// The clock is set to no time zone on Earth.
    #[error("a time zone is at most 14 hours from UTC")]
    Offset,
}

impl OfficeHours {
    /// Open on `weekdays` from `opens` to `closes` by a clock `utc_offset_minutes` ahead of UTC;
    /// appointments take `slot_minutes`, for `places` people at once.
    ///
    /// # Errors
    /// [`OfficeHoursError`]
    pub fn new(
        weekdays: Vec<Weekday>,
        (opens, closes): (Time, Time),
        slot_minutes: u16,
        places: u32,
        utc_offset_minutes: i16,
    ) -> Result<Self, OfficeHoursError> {
        let slot = SignedDuration::from_mins(i64::from(slot_minutes));
        if weekdays.is_empty() || places == 0 {
            return Err(OfficeHoursError::NeverOpen);
        }
        if slot.is_zero() || opens.duration_until(closes) < slot {
            return Err(OfficeHoursError::TooShort);
        }
        if utc_offset_minutes.abs() > 14 * 60 {
            return Err(OfficeHoursError::Offset);
        }
        let offset = Offset::from_seconds(i32::from(utc_offset_minutes) * 60)
            .map_err(|_| OfficeHoursError::Offset)?;
        Ok(Self { weekdays, opens, closes, slot, offset, places })
    }

    /// How many people one appointment's time is for.
    pub const fn places(&self) -> u32 {
        self.places
    }

    /// The beginnings of all appointments after `from` and before `until`, the earliest first.
    pub fn slots(&self, from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let mut slots = Vec::new();
        let mut day = self.offset.to_datetime(from).date();
        let last = self.offset.to_datetime(until).date();
        while day <= last {
            if self.weekdays.contains(&day.weekday()) {
                slots.extend(self.of_day(day).filter(|at| from < *at && *at < until));
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        slots
    }

    /// Whether an appointment begins at `at`.
    pub fn has_slot(&self, at: Timestamp) -> bool {
        let day = self.offset.to_datetime(at).date();
        self.weekdays.contains(&day.weekday()) && self.of_day(day).any(|slot| slot == at)
    }

    fn of_day(&self, day: Date) -> impl Iterator<Item = Timestamp> {
        let open = self.opens.duration_until(self.closes);
        let opens = self.offset.to_timestamp(day.to_datetime(self.opens)).ok();
        let count = open.as_secs().checked_div(self.slot.as_secs()).unwrap_or(0);
        let slot = self.slot.as_secs();
        opens.into_iter().flat_map(move |opens| {
            (0..count).map(move |number| opens + SignedDuration::from_secs(number * slot))
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use proptest::prelude::*;

    use super::*;

    fn nansha() -> OfficeHours {
        let days = vec![Weekday::Monday, Weekday::Tuesday];
        let hours = (time(9, 0, 0, 0), time(10, 10, 0, 0));
        OfficeHours::new(days, hours, 20, 2, 8 * 60).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn appointments_are_cut_from_the_days_on_which_it_is_open() {
        // 27 November 2026 is a Friday.
        let slots = nansha().slots(at("2026-11-27T00:00:00Z"), at("2026-12-01T01:10:00Z"));
        let expected = [
            "2026-11-30T01:00:00Z",
            "2026-11-30T01:20:00Z",
            "2026-11-30T01:40:00Z",
            "2026-12-01T01:00:00Z",
        ];
        assert_eq!(slots, expected.map(at));
        assert!(nansha().slots(at("2026-12-01T01:40:00Z"), at("2026-12-02T00:00:00Z")).is_empty());
    }

    #[test]
    fn hours_in_which_nobody_can_come_are_none() {
        let week = || vec![Weekday::Monday];
        let hours = (time(9, 0, 0, 0), time(9, 10, 0, 0));
        let new = |days, hours, slot, places, offset| {
            OfficeHours::new(days, hours, slot, places, offset).map(drop)
        };
        assert_eq!(new(week(), hours, 20, 1, 0), Err(OfficeHoursError::TooShort));
        assert_eq!(new(week(), hours, 0, 1, 0), Err(OfficeHoursError::TooShort));
        assert_eq!(new(week(), (hours.1, hours.0), 5, 1, 0), Err(OfficeHoursError::TooShort));
        assert_eq!(new(vec![], hours, 5, 1, 0), Err(OfficeHoursError::NeverOpen));
        assert_eq!(new(week(), hours, 5, 0, 0), Err(OfficeHoursError::NeverOpen));
        assert_eq!(new(week(), hours, 5, 1, 900), Err(OfficeHoursError::Offset));
    }

    proptest! {
        #[test]
        fn what_is_offered_can_be_taken_and_nothing_else(minutes in 0_i64..60 * 24 * 14) {
            let from = at("2026-11-27T00:00:00Z");
            let until = from + SignedDuration::from_hours(24 * 15);
            let some = from + SignedDuration::from_mins(minutes);
            let offered = nansha().slots(from, until);
            prop_assert!(offered.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(nansha().has_slot(some), offered.contains(&some));
        }
    }
}
