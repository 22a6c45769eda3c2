//! Cards whose chip is closed to the authority: a registered reader reads them, and signs what it read.

use jiff::Timestamp;
use rand::CryptoRng;
use tanda_model::EnrolmentId;
use tanda_protocol::attested_reading::{AttestedCard, AttestedReading};
use tanda_storage::StorageError;
use tanda_storage::authority::enrolment::EnrolmentRow;

use super::{
    Born, ChipFault, ChipPortrait, ChipReading, ChipRelay, NameOnCard, OnCard, OpenRelayError,
    ReadingMeans, ResidentOutcome, takes_chip,
};
use crate::{Authority, Fault, Officer};

impl Authority {
    /// A nonce for a registered reader to sign, for whoever holds the application's token. It is used
    /// once, and replaces a relay that was not opened.
    ///
    /// # Errors
    /// [`OpenRelayError`]
    pub async fn question_for_reader(
        &self,
        id: EnrolmentId,
        token: &str,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ChipRelay, OpenRelayError> {
        let row = self.opened(id, token).await?.ok_or(OpenRelayError::Unknown)?;
        self.open_dialogue(row, None, now, rng).await
    }

    /// The same at a counter, where such a reader stands.
    ///
    /// # Errors
    /// [`OpenRelayError`]
    pub async fn question_for_reader_at_counter(
        &self,
        id: EnrolmentId,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ChipRelay, OpenRelayError> {
        let row = self.attended(id, officer, now).await?;
        self.open_dialogue(row, None, now, rng).await
    }

    /// Takes what a registered reader has signed, for whoever holds the application's token.
    ///
    /// # Errors
    /// [`OpenRelayError`]; a result that is not believed is no error.
    pub async fn take_attested_reading(
        &self,
        id: EnrolmentId,
        token: &str,
        result: &str,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ResidentOutcome, OpenRelayError> {
        let row = self.opened(id, token).await?.ok_or(OpenRelayError::Unknown)?;
        self.take_result(row, result, None, now, rng).await
    }

    /// Takes what a registered reader at a counter has signed.
    ///
    /// # Errors
    /// [`OpenRelayError`]; a result that is not believed is no error.
    pub async fn take_attested_reading_at_counter(
        &self,
        id: EnrolmentId,
        result: &str,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ResidentOutcome, OpenRelayError> {
        let row = self.attended(id, officer, now).await?;
        self.take_result(row, result, Some(officer), now, rng).await
    }

    async fn take_result(
        &self,
        row: EnrolmentRow,
        result: &str,
        officer: Option<&Officer>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ResidentOutcome, OpenRelayError> {
        if !takes_chip(&row.state, now) || row.wrapped_key.is_none() {
            return Err(OpenRelayError::NotNow);
        }
        // Whatever is handed in meanwhile is not what a dialogue that runs came to.
        let relay = self.store.reader().await?.chip_relay(row.id).await?;
        if relay.is_some_and(|relay| relay.is_busy_at(now)) {
            return Err(OpenRelayError::Busy);
        }
        let weighed = match self.believed(&row, result, now).await? {
            Some(card) => self.weighed(&row, &card, now, rng).await?,
            None => Err(ChipFault::NotAttested),
        };
        Ok(self.end_reading(row, None, weighed, officer, now).await?)
    }

    /// What a result says, if a registered reader signed it for this application and its nonce, which is
    /// used up.
    async fn believed(
        &self,
        row: &EnrolmentRow,
        result: &str,
        now: Timestamp,
    ) -> Result<Option<OnCard>, Fault> {
        let chips = self.chips();
        let readers = |name: &str| chips.reader(name).map(|reader| &reader.key);
        let issuer = self.config.issuer.as_str();
        let Ok(read) = AttestedReading::verify(result, readers, issuer, now) else {
            return Ok(None);
        };
        let Some(reader) = chips.reader(&read.reader) else { return Ok(None) };
        // A reader speaks for the cards of its own state alone.
        if read.enrolment != row.id || read.card.state != reader.state {
            return Ok(None);
        }
        let (id, hash) = (row.id, *read.nonce.hash().as_bytes());
        let until = now + self.config.chip_dialogue;
        let spent = self.store.write(move |mut tx| {
            Box::pin(async move {
                let asked = tx.chip_relay_by_ticket(&hash).await?.is_some_and(|asked| {
                    asked.enrolment == id
                        && asked.sealed_access_number.is_none()
                        && now < asked.expires_at
                });
                if asked {
                    tx.begin_chip_reading(id, until).await?;
                }
                Ok::<_, StorageError>(asked)
            })
        });
        if !spent.await? {
            return Ok(None);
        }
        let (sandbox, mut card) = (reader.sandbox, read.card);
        let image = std::mem::take(&mut card.portrait);
        let portrait = self.workers.run(move || ChipPortrait::taken(image)).await?;
        let reading = of_card(card, read.reader, sandbox, now);
        Ok(Some(OnCard { reading, portrait, fingers: None }))
    }
}

fn of_card(card: AttestedCard, reader: String, sandbox: bool, now: Timestamp) -> ChipReading {
    ChipReading {
        means: ReadingMeans::Attested { reader },
        sandbox,
        state: card.state,
        document_number: card.document_number,
        numbers: vec![card.number],
        name: NameOnCard::Written { full: card.name },
        born: Born::On { date: card.birth_date },
        sex: card.sex,
        expiry: card.expiry,
        read_at: now,
        signer: None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use jiff::civil::date;
    use tanda_credential::jose::{Signer as _, SigningKey, VerifyingKey};
    use tanda_model::{EnrolmentState, EvidenceKind, OfficerRole, Sex};
    use tanda_protocol::attested_reading::Question;

    use super::*;
    use crate::enrolment::chip::{ChipTrust, TakeRelayError, trust::TrustedReader};
    use crate::enrolment::{AttendError, BegunEnrolment};
    use crate::testing::{City, ISSUER, number, officer, photo};

    struct Counter {
        city: City,
        key: SigningKey,
        begun: BegunEnrolment,
    }

    fn card() -> AttestedCard {
        AttestedCard {
            state: "CHN".to_owned(),
            number: number(10).as_str().to_owned(),
            document_number: None,
            name: "Zhou".to_owned(),
            birth_date: date(1975, 3, 9),
            sex: Sex::Female,
            expiry: None,
            portrait: photo("01", "portrait"),
        }
    }

    impl Counter {
        async fn new() -> Self {
            let mut city = City::new().await;
            let key = SigningKey::generate(&mut city.rng).unwrap();
            let mut trust = ChipTrust::default();
            let public = VerifyingKey::from_jwk(key.public()).unwrap();
            let reader = TrustedReader { key: public, state: "CHN".to_owned(), sandbox: false };
            trust.register_reader("counter-7", reader);
            city.authority.believe(trust);
            city.resident("01", 10, "Zhou").await;
            let wallet = city.wallet("alice");
            let (begun, _) = city.apply_for_full(&wallet, 10, "Zhou", "01").await;
            Self { city, key, begun }
        }

        async fn ask(&mut self) -> ChipRelay {
            let City { authority, rng, now, .. } = &mut self.city;
            let (id, token) = (self.begun.enrolment_id, self.begun.token.expose());
            authority.question_for_reader(id, token, *now, rng).await.unwrap()
        }

        fn sign(&self, card: &AttestedCard, asked: &ChipRelay, id: EnrolmentId) -> String {
            let question = Question { authority: ISSUER, enrolment: id, nonce: &asked.ticket };
            card.sign("counter-7", &question, &self.key, self.city.now).unwrap()
        }

        async fn hand_in(&mut self, result: &str) -> Option<ChipFault> {
            let City { authority, rng, now, .. } = &mut self.city;
            let (id, token) = (self.begun.enrolment_id, self.begun.token.expose());
            authority.take_attested_reading(id, token, result, *now, rng).await.unwrap();
            authority.chip_outcome(id).await.unwrap().unwrap().fault
        }

        async fn held(&self) -> Vec<EvidenceKind> {
            match self.city.authority.row(self.begun.enrolment_id).await.state {
                EnrolmentState::Gathering { held, .. } => held.into_iter().collect(),
                _ => Vec::new(),
            }
        }
    }

    #[tokio::test]
    async fn a_registered_readers_word_is_evidence_of_its_own_kind_once() {
        let mut counter = Counter::new().await;
        let asked = counter.ask().await;
        let result = counter.sign(&card(), &asked, counter.begun.enrolment_id);
        assert_eq!(counter.hand_in(&result).await, None);
        let kinds = [EvidenceKind::LiveFace, EvidenceKind::AttestedChip, EvidenceKind::ChipFace];
        assert_eq!(counter.held().await, kinds);
        let id = counter.begun.enrolment_id;
        let OnCard { reading, .. } =
            counter.city.authority.chip_reading(id).await.unwrap().unwrap();
        assert_eq!(reading.means, ReadingMeans::Attested { reader: "counter-7".to_owned() });
        // As long as the reader is registered.
        let trust = counter.city.authority.chips();
        assert!(trust.still_believes(&reading, counter.city.now));
        assert!(!ChipTrust::default().still_believes(&reading, counter.city.now));
        // Handed in again it is worth nothing: the nonce is used up.
        assert_eq!(counter.hand_in(&result).await, Some(ChipFault::NotAttested));
    }

    /// What the reader at a counter signs is handed in by the officer who attends to the applicant.
    #[tokio::test]
    async fn an_officer_asks_and_hands_in_for_the_applicant() {
        let mut counter = Counter::new().await;
        let id = counter.begun.enrolment_id;
        let authority = Arc::clone(&counter.city.authority);
        let now = counter.city.now;
        for (serial, role) in [(10, OfficerRole::Supervisor), (30, OfficerRole::Auditor)] {
            let by = counter.city.officer_who_is(serial, role);
            let rng = &mut counter.city.rng;
            let asked = authority.question_for_reader_at_counter(id, &by, now, rng).await;
            assert!(matches!(asked, Err(OpenRelayError::Attend(AttendError::NotAllowed(_)))));
            let told = authority.take_attested_reading_at_counter(id, "", &by, now, rng).await;
            assert!(matches!(told, Err(OpenRelayError::Attend(AttendError::NotAllowed(_)))));
        }
        let (by, rng) = (officer(), &mut counter.city.rng);
        let asked = authority.question_for_reader_at_counter(id, &by, now, rng).await.unwrap();
        let result = counter.sign(&card(), &asked, id);
        let rng = &mut counter.city.rng;
        let told = authority.take_attested_reading_at_counter(id, &result, &by, now, rng).await;
        assert_eq!(told.unwrap(), ResidentOutcome::Read);
        assert!(counter.held().await.contains(&EvidenceKind::AttestedChip));
    }

    /// A nonce is for one application, for a reader, and for as long as it was said to be.
    #[tokio::test]
    async fn what_answers_another_question_is_worth_nothing() {
        let mut counter = Counter::new().await;
        let refused = Some(ChipFault::NotAttested);
        let asked = counter.ask().await;
        // That of another application of the same account.
        let wallet = counter.city.wallet("alice");
        let (second, _) = counter.city.apply_for_full(&wallet, 10, "Zhou", "01").await;
        let first = std::mem::replace(&mut counter.begun, second);
        counter.ask().await;
        let result = counter.sign(&card(), &asked, counter.begun.enrolment_id);
        assert_eq!(counter.hand_in(&result).await, refused);
        // A relay's ticket.
        counter.begun = first;
        let id = counter.begun.enrolment_id;
        let City { authority, rng, now, .. } = &mut counter.city;
        let token = counter.begun.token.expose();
        let relay = authority.open_chip_relay(id, token, "271828", *now, rng).await.unwrap();
        let result = counter.sign(&card(), &relay, id);
        assert_eq!(counter.hand_in(&result).await, refused);
        // While a dialogue runs nothing is taken, and it stays the one that runs.
        let City { authority, rng, now, .. } = &mut counter.city;
        let token = counter.begun.token.expose();
        let relay = authority.open_chip_relay(id, token, "271828", *now, rng).await.unwrap();
        authority.take_chip_relay(relay.ticket.expose(), *now).await.unwrap();
        let beside = authority.take_attested_reading(id, token, "none", *now, rng).await;
        assert!(matches!(beside, Err(OpenRelayError::Busy)));
        let another = authority.open_chip_relay(id, token, "271828", *now, rng).await;
        assert!(matches!(another, Err(OpenRelayError::Busy)));
        counter.city.later(SignedDuration::from_mins(5));
        // Signed just now, to a question that is over.
        let asked = counter.ask().await;
        counter.city.now = asked.expires_at;
        let result = counter.sign(&card(), &asked, id);
        assert_eq!(counter.hand_in(&result).await, refused);
        counter.city.later(EnrolmentState::GATHERING_TIME);
        let City { authority, rng, now, .. } = &mut counter.city;
        let token = counter.begun.token.expose();
        let late = authority.take_attested_reading(id, token, &result, *now, rng).await;
        assert!(matches!(late, Err(OpenRelayError::NotNow)));
    }

    #[tokio::test]
    async fn what_was_signed_for_something_else_is_worth_nothing() {
        let mut counter = Counter::new().await;
        let id = counter.begun.enrolment_id;
        let refused = Some(ChipFault::NotAttested);
        // Another application's, an unknown nonce, another state's card, another key, an old one.
        let asked = counter.ask().await;
        let other = EnrolmentId::new(counter.city.now, &mut counter.city.rng);
        let result = counter.sign(&card(), &asked, other);
        assert_eq!(counter.hand_in(&result).await, refused);
        let asked = counter.ask().await;
        let made_up = ChipRelay {
            ticket: tanda_protocol::oauth::OpaqueToken::mint(&mut counter.city.rng),
            expires_at: asked.expires_at,
        };
        let result = counter.sign(&card(), &made_up, id);
        assert_eq!(counter.hand_in(&result).await, refused);
        let asked = counter.ask().await;
        let foreign = AttestedCard { state: "IDN".to_owned(), ..card() };
        let result = counter.sign(&foreign, &asked, id);
        assert_eq!(counter.hand_in(&result).await, refused);
        let asked = counter.ask().await;
        let result = counter.sign(&card(), &asked, id);
        let stranger = SigningKey::generate(&mut counter.city.rng).unwrap();
        let mine = std::mem::replace(&mut counter.key, stranger);
        let forged = counter.sign(&card(), &asked, id);
        assert_eq!(counter.hand_in(&forged).await, refused);
        counter.key = mine;
        counter.city.later(SignedDuration::from_mins(5));
        assert_eq!(counter.hand_in(&result).await, refused);
        // And a card of somebody else is what it is.
        let asked = counter.ask().await;
        let other = AttestedCard { number: number(12).as_str().to_owned(), ..card() };
        let result = counter.sign(&other, &asked, id);
        assert_eq!(counter.hand_in(&result).await, Some(ChipFault::OtherPerson));
        assert_eq!(counter.held().await, [EvidenceKind::LiveFace]);
        // A question for a reader opens no relay.
        let asked = counter.ask().await;
        let City { authority, now, .. } = &counter.city;
        let taken = authority.take_chip_relay(asked.ticket.expose(), *now).await;
        assert!(matches!(taken, Err(TakeRelayError::Spent)));
    }
}
