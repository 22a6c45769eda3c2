//! When an applicant for the full card comes to a counter. An appointment is a courtesy: whoever comes
//! without one is served as well.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tanda_credential::trust_list::Names;
use tanda_model::{Action, EnrolmentId, EnrolmentState, EvidenceSet, OfficeHours};
use tanda_protocol::vci::CounterCode;
use tanda_storage::StorageError;
use tanda_storage::authority::appointments::AppointmentRow;
use tanda_storage::authority::enrolment::EnrolmentRow;

use crate::{Authority, Fault, ReadError, SignedIn};

/// How far ahead appointments are given.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How late somebody may come and still be expected.
const LATE: SignedDuration = SignedDuration::from_hours(1);
/// How long a counter's day is: who comes later than this after the first is not listed yet.
const DAY: SignedDuration = SignedDuration::from_hours(12);

/// A place with a counter.
#[derive(Debug, Clone)]
pub struct Office {
    /// Its name in addresses and messages.
    pub id: String,
    /// What it is called.
    pub names: Names,
    /// Where it is.
    pub address: Names,
    /// When it is open.
    pub hours: OfficeHours,
}

/// An office, and when one can come.
#[derive(Debug, Clone)]
pub struct OfficeSlots {
    /// Which one.
    pub office: Office,
    /// Beginnings of the appointments that are still free.
    pub free: Vec<Timestamp>,
}

/// When and where an applicant comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appointment {
    /// The office's name in addresses and messages.
    pub office: String,
    /// When it begins.
    pub starts_at: Timestamp,
}

/// An office, and who is expected there.
#[derive(Debug, Clone)]
pub struct OfficeVisits {
    /// Which one.
    pub office: Office,
    /// Who comes, the earliest first.
    pub expected: Vec<Expected>,
}

/// Somebody who is expected at a counter. Says nothing of who it is.
#[derive(Debug, Clone)]
pub struct Expected {
    /// When.
    pub starts_at: Timestamp,
    /// By which code they will be found.
    pub counter_code: CounterCode,
    /// What holds by now.
    pub held: EvidenceSet,
}

/// Why no appointment was made.
#[derive(Debug, thiserror::Error)]
pub enum AppointError {
    /// No such application, or not this token: which of the two is not told.
    #[error("no such application, or not its token")]
    Unknown,
    /// It does not gather evidence.
    #[error("the application needs no counter now")]
    NotGathering,
    /// The office has no appointment at that time.
    #[error("there is no appointment at this time")]
    NoSuchSlot,
    /// All its places are taken.
    #[error("the appointment is taken")]
    Taken,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for AppointError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// The offices, and when one can come.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn offices(&self, now: Timestamp) -> Result<Vec<OfficeSlots>, Fault> {
        let until = now + AHEAD;
        let mut reader = self.store.reader().await?;
        let mut offices = Vec::with_capacity(self.config.offices.len());
        for office in &self.config.offices {
            let mut taken = BTreeMap::<Timestamp, u32>::new();
            for one in reader.appointments_at(&office.id, now, until).await? {
                *taken.entry(one.starts_at).or_default() += 1;
            }
            let mut free = office.hours.slots(now, until);
            free.retain(|at| taken.get(at).is_none_or(|count| *count < office.hours.places()));
            offices.push(OfficeSlots { office: office.clone(), free });
        }
        Ok(offices)
    }

    /// Makes an appointment for an application that gathers evidence, in the place of the one that it
    /// had.
    ///
    /// # Errors
    /// [`AppointError`]; the earlier appointment stands then.
    pub async fn appoint(
        &self,
        id: EnrolmentId,
        token: &str,
        appointment: Appointment,
        now: Timestamp,
    ) -> Result<(), AppointError> {
        let row = self.opened(id, token).await?.ok_or(AppointError::Unknown)?;
        let until = gathering_until(&row, now).ok_or(AppointError::NotGathering)?;
        let Appointment { office, starts_at } = appointment;
        let found = self.config.offices.iter().find(|one| one.id == office);
        let hours = &found.ok_or(AppointError::NoSuchSlot)?.hours;
        let latest = until.min(now + AHEAD);
        if !(now < starts_at && starts_at < latest && hours.has_slot(starts_at)) {
            return Err(AppointError::NoSuchSlot);
        }
        let places = hours.places();
        let booked = AppointmentRow { enrolment: id, office, starts_at };
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if tx.book(&booked, places).await? { Ok(()) } else { Err(AppointError::Taken) }
                })
            })
            .await
    }

    /// Gives an application's appointment up. The application stands.
    ///
    /// # Errors
    /// [`AppointError::Unknown`], or when the store fails.
    pub async fn cancel_appointment(
        &self,
        id: EnrolmentId,
        token: &str,
    ) -> Result<(), AppointError> {
        self.opened(id, token).await?.ok_or(AppointError::Unknown)?;
        let cancelled = self
            .store
            .write(move |mut tx| Box::pin(async move { tx.cancel_appointment(id).await }));
        Ok(cancelled.await?)
    }

    /// Who is expected next at each office: half a day from the first who comes, or who may still
    /// come an hour late.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn expected(
        &self,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<Vec<OfficeVisits>, ReadError> {
        officer.may(Action::SeeApplications)?;
        let (from, until) = (now - LATE, now + AHEAD);
        let mut reader = self.store.reader().await?;
        let mut visits = Vec::with_capacity(self.config.offices.len());
        for office in &self.config.offices {
            let mut expected: Vec<Expected> = Vec::new();
            for one in reader.appointments_at(&office.id, from, until).await? {
                if expected.first().is_some_and(|first| first.starts_at + DAY <= one.starts_at) {
                    break;
                }
                let row = reader.find_enrolment(one.enrolment).await?;
                if let Some(EnrolmentState::Gathering { held, .. }) = row.map(|row| row.state) {
                    let counter_code = self.counter_code(one.enrolment);
                    expected.push(Expected { starts_at: one.starts_at, counter_code, held });
                }
            }
            visits.push(OfficeVisits { office: office.clone(), expected });
        }
        Ok(visits)
    }
}

fn gathering_until(row: &EnrolmentRow, now: Timestamp) -> Option<Timestamp> {
    match row.state {
        EnrolmentState::Gathering { expires_at, .. } if now < expires_at => Some(expires_at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tanda_model::OfficerRole;

    use super::*;
    use crate::testing::City;

    fn first_free(offices: &[OfficeSlots]) -> Appointment {
        let OfficeSlots { office, free } = &offices[0];
        Appointment { office: office.id.clone(), starts_at: free[0] }
    }

    #[tokio::test]
    async fn an_appointment_is_made_moved_and_given_up_and_the_counter_expects_somebody() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (begun, completion) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        let (id, token) = (begun.enrolment_id, begun.token.expose());
        let authority = Arc::clone(&city.authority);
        let offices = authority.offices(city.now).await.unwrap();
        let first = first_free(&offices);
        let second = Appointment { starts_at: offices[0].free[1], ..first.clone() };
        for wanted in [&first, &second] {
            authority.appoint(id, token, wanted.clone(), city.now).await.unwrap();
            let view = city.view(&begun).await;
            assert_eq!(view.gathered.unwrap().appointment.as_ref(), Some(wanted));
        }
        let clerk = city.signed_in_who_is(30, OfficerRole::Clerk);
        let late = second.starts_at + LATE;
        for (now, count) in [(city.now, 1), (late, 1), (late + LATE, 0)] {
            let visits = authority.expected(&clerk, now).await.unwrap();
            let here = visits.iter().find(|one| one.office.id == first.office).unwrap();
            assert_eq!(here.expected.len(), count, "{now}");
        }
        let visits = authority.expected(&clerk, second.starts_at).await.unwrap();
        let [only] = visits.iter().flat_map(|one| &one.expected).collect::<Vec<_>>()[..] else {
            panic!("{visits:?}");
        };
        assert_eq!(only.starts_at, second.starts_at);
        assert_eq!(only.counter_code, completion.view.gathered.unwrap().counter_code);
        authority.cancel_appointment(id, token).await.unwrap();
        assert!(city.view(&begun).await.gathered.unwrap().appointment.is_none());
        let administrator = city.signed_in_who_is(30, OfficerRole::Administrator);
        authority.expected(&administrator, second.starts_at).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_time_that_is_taken_past_or_made_up_is_refused_and_changes_nothing() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        city.resident("02", 12, "Wang").await;
        let authority = Arc::clone(&city.authority);
        let wanted = first_free(&authority.offices(city.now).await.unwrap());
        let (one, other) = (city.wallet("a"), city.wallet("b"));
        let (first, _) = city.apply_for_full(&one, 10, "Li", "01").await;
        let (second, _) = city.apply_for_full(&other, 12, "Wang", "02").await;
        let appoint = async |begun: &super::super::BegunEnrolment, at: &Appointment| {
            let token = begun.token.expose();
            authority.appoint(begun.enrolment_id, token, at.clone(), city.now).await
        };
        appoint(&first, &wanted).await.unwrap();
        assert!(matches!(appoint(&second, &wanted).await, Err(AppointError::Taken)));
        // Asked for again by whoever has it, it is theirs.
        appoint(&first, &wanted).await.unwrap();
        let offices = authority.offices(city.now).await.unwrap();
        assert!(!offices[0].free.contains(&wanted.starts_at));
        let minute = SignedDuration::from_mins(1);
        for none in [
            Appointment { starts_at: wanted.starts_at + minute, ..wanted.clone() },
            Appointment { starts_at: city.now - minute, ..wanted.clone() },
            Appointment { office: "elsewhere".to_owned(), ..wanted.clone() },
            Appointment { starts_at: wanted.starts_at + AHEAD + AHEAD, ..wanted.clone() },
        ] {
            let refused = appoint(&second, &none).await;
            assert!(matches!(refused, Err(AppointError::NoSuchSlot)), "{none:?}");
        }
        let stranger = first.token.expose();
        let refused = authority.appoint(second.enrolment_id, stranger, wanted, city.now).await;
        assert!(matches!(refused, Err(AppointError::Unknown)));
    }
}
