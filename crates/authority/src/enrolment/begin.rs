use std::net::IpAddr;

use jiff::Timestamp;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tanda_biometrics::{Step, draw_challenge};
use tanda_model::{
    Admission, AssuranceLevel, EnrolmentId, EnrolmentState, NumberError, ResidentNumber,
};
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::StorageError;
use tanda_storage::authority::enrolment::{AttemptTags, EnrolmentRow};

use super::evidence::{APPLICATION, EvidenceKey};
use super::retention;
use crate::attempts::{admission, source_tag};
use crate::client::spend_possession;
use crate::tallies::{Attack, Tally};
use crate::{Authority, ClientError, ClientHeaders, Fault};

/// The version of the text that applicants agree to. A wallet that shows another is refused.
pub const CONSENT: &str = "2026-11";
/// Applications that an account may have running at once.
const RUNNING: usize = 5;
/// The longest name that is looked at, in bytes.
const LONGEST_NAME: usize = 400;
/// The longest language tag.
const LONGEST_LOCALE: usize = 35;

/// What an applicant sends.
#[derive(Clone, Deserialize)]
pub struct Application {
    /// The resident number as typed.
    pub number: String,
    /// The name as typed.
    pub name: String,
    /// The version of the text that was agreed to: [`CONSENT`].
    pub consent: String,
    /// The wallet's language (BCP 47).
    pub locale: String,
    /// The card that is applied for.
    pub level: AssuranceLevel,
}

/// An application that has begun: what the wallet needs to go on.
#[derive(Debug, Serialize)]
pub struct BegunEnrolment {
    /// Which one.
    pub enrolment_id: EnrolmentId,
    /// The secret that speaks for it.
    pub token: OpaqueToken,
    /// How many steps the challenge has.
    pub steps_total: u8,
    /// The first step.
    pub step: Step,
    /// Until when it must be completed.
    pub expires_at: Timestamp,
}

/// Why an application cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The number is none of the authority's schemes; says nothing about the register.
    #[error("not a resident number: {0}")]
    Number(#[from] NumberError),
    /// The number is of a scheme that this authority does not take.
    #[error("this authority takes no numbers of this scheme")]
    OtherScheme,
    /// There is no name, or an overlong one.
    #[error("the name is missing or too long")]
    Name,
    /// The language tag is overlong.
    #[error("the language tag is too long")]
    Locale,
    /// The text agreed to is not the present one.
    #[error("the applicant must agree to the present text")]
    Consent,
    /// The wallet is not believed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Too many failures, or too many applications at once.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When to try again.
        try_again_after: Timestamp,
    },
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for BeginError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct TypedApplication {
    pub(super) number: ResidentNumber,
    pub(super) name: String,
}

impl Authority {
    /// Begins an application: believes the wallet, slows down whoever failed too often, and draws
    /// the challenge. The register is not looked at: what comes back cannot depend on it.
    ///
    /// # Errors
    /// [`BeginError`]
    pub async fn begin_enrolment(
        &self,
        application: &Application,
        client: &ClientHeaders<'_>,
        source: IpAddr,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<BegunEnrolment, BeginError> {
        let (client, account) = self.attested_account(client, now)?;
        let number = self.checked(application)?;
        let tags = AttemptTags {
            account,
            number: self.register.number_tag(&number).to_vec(),
            source: source_tag(&self.keys.numbers, source),
        };
        let challenge = draw_challenge(rng);
        let steps_total = u8::try_from(challenge.len()).unwrap_or(u8::MAX);
        let first = *challenge.first().ok_or(Fault::Contradiction("an empty challenge"))?;
        let id = EnrolmentId::new(now, rng);
        let token = OpaqueToken::mint(rng);
        let state = EnrolmentState::start(steps_total, now);
        let (key, wrapped_key) = EvidenceKey::generate(&self.sealing, id, rng);
        let typed = TypedApplication { number, name: application.name.trim().to_owned() };
        let (erase_evidence_at, forget_at) = retention(&state, false, now);
        let row = EnrolmentRow {
            id,
            revision: 0,
            token_hash: token.hash().as_bytes().to_vec(),
            tags,
            wallet_thumbprint: client.instance_thumbprint.clone(),
            locale: application.locale.clone(),
            consent: application.consent.clone(),
            wrapped_key: Some(wrapped_key),
            sealed_application: Some(key.seal_json(APPLICATION, 0, &typed, rng)?),
            challenge: serde_json::to_string(&challenge)
                .map_err(|_| Fault::Contradiction("a challenge without JSON"))?,
            frames_seen: 0,
            state,
            resident: None,
            level: application.level,
            counter_tag: match application.level {
                AssuranceLevel::Light => None,
                AssuranceLevel::Full => Some(self.counter_tag(&self.counter_code(id))),
            },
            document_expires_at: None,
            begun_at: now,
            erase_evidence_at,
            forget_at,
        };
        let policy = self.config.throttle;
        let begun = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !spend_possession(&mut tx, &client).await? {
                        return Err(BeginError::Client(ClientError::Replayed));
                    }
                    if let Admission::WaitUntil(try_again_after) =
                        admission(&mut tx, &policy, &row.tags, now).await?
                    {
                        return Err(BeginError::TooManyAttempts { try_again_after });
                    }
                    let running = tx.capturing_enrolments_of(&row.tags.account, now).await?;
                    if running.len() >= RUNNING {
                        let free = running.into_iter().min().unwrap_or(now);
                        return Err(BeginError::TooManyAttempts { try_again_after: free });
                    }
                    Ok(tx.insert_enrolment(&row).await?)
                })
            })
            .await;
        match &begun {
            Ok(()) => self.tallies.count(Tally::Begun, now),
            Err(BeginError::TooManyAttempts { .. }) => {
                self.tallies.turned_away(Attack::Slowed, now);
            }
            Err(BeginError::Client(ClientError::Replayed)) => {
                self.tallies.turned_away(Attack::Replayed, now);
            }
            Err(_) => {}
        }
        begun?;
        Ok(BegunEnrolment {
            enrolment_id: id,
            token,
            steps_total,
            step: first,
            expires_at: now + EnrolmentState::CAPTURE_TIME,
        })
    }

    fn checked(&self, application: &Application) -> Result<ResidentNumber, BeginError> {
        if application.consent != CONSENT {
            return Err(BeginError::Consent);
        }
        if application.name.trim().is_empty() || application.name.len() > LONGEST_NAME {
            return Err(BeginError::Name);
        }
        if application.locale.len() > LONGEST_LOCALE {
            return Err(BeginError::Locale);
        }
        let number: ResidentNumber = application.number.parse()?;
        if self.config.number_schemes.contains(&number.scheme()) {
            Ok(number)
        } else {
            Err(BeginError::OtherScheme)
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::testing::{City, number};

    #[tokio::test]
    async fn an_unknown_number_begins_like_a_known_one() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let (one, other) = (city.wallet("a"), city.wallet("b"));
        let known = city.begin(&one, number(10).as_str(), "Li").await.unwrap();
        let unknown = city.begin(&other, number(30).as_str(), "Li").await.unwrap();
        let shape = |begun: &BegunEnrolment| {
            let json = serde_json::to_value(begun).unwrap();
            let members = json.as_object().unwrap().clone();
            members
                .into_iter()
                .map(|(name, value)| (name, value.to_string().len()))
                .collect::<Vec<_>>()
        };
        assert_eq!(shape(&known), shape(&unknown));
    }

    #[tokio::test]
    async fn what_is_no_application_is_refused() {
        let mut city = City::new().await;
        let wallet = city.wallet("a");
        let good = number(10);
        let no_number = city.begin(&wallet, "11010519491231002", "Li").await;
        assert!(matches!(no_number, Err(BeginError::Number(_))));
        let no_name = city.begin(&wallet, good.as_str(), "  ").await;
        assert!(matches!(no_name, Err(BeginError::Name)));
        let possession = city.possession(&wallet);
        let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
        let mut application = Application {
            level: AssuranceLevel::Light,
            number: good.as_str().to_owned(),
            name: "Li".to_owned(),
            consent: "1999-01".to_owned(),
            locale: "en".to_owned(),
        };
        let source = "192.0.2.1".parse().unwrap();
        let authority = std::sync::Arc::clone(&city.authority);
        let begin =
            authority.begin_enrolment(&application, &client, source, city.now, &mut city.rng);
        assert!(matches!(begin.await, Err(BeginError::Consent)));
        application.consent = CONSENT.to_owned();
        let begin =
            authority.begin_enrolment(&application, &client, source, city.now, &mut city.rng);
        assert!(begin.await.is_ok());
        let replayed =
            authority.begin_enrolment(&application, &client, source, city.now, &mut city.rng);
        assert!(matches!(replayed.await, Err(BeginError::Client(ClientError::Replayed))));
    }

    #[tokio::test]
    async fn a_wallet_that_nobody_vouches_for_is_not_believed() {
        let mut city = City::new().await;
        let (one, other) = (city.wallet("a"), city.wallet("b"));
        let mixed = crate::testing::Wallet { attestation: other.attestation, ..one };
        let refused = city.begin(&mixed, number(10).as_str(), "Li").await;
        assert!(matches!(refused, Err(BeginError::Client(_))), "another wallet's attestation");
        let wallet = city.wallet("c");
        city.later(SignedDuration::from_hours(25));
        let refused = city.begin(&wallet, number(10).as_str(), "Li").await;
        assert!(matches!(refused, Err(BeginError::Client(_))), "an old attestation");
    }

    #[tokio::test]
    async fn failures_count_by_account_number_and_source_across_restarts() {
        let mut city = City::new().await;
        let source = |last: u8| IpAddr::from([198, 51, 100, last]);
        let wallet = city.wallet("a");
        for attempt in 0..4 {
            let begun =
                city.begin_from(&wallet, number(10).as_str(), "Li", source(attempt)).await.unwrap();
            city.capture(&begun, "01").await;
            city.complete(&begun).await;
        }
        city.restart().await;
        // Another number, another source: it is the account that is slowed.
        let slowed = city.begin_from(&wallet, number(30).as_str(), "Li", source(9)).await;
        assert!(matches!(slowed, Err(BeginError::TooManyAttempts { .. })));
        // Another account: the number has had four failures of five.
        for account in ["b", "c"] {
            let wallet = city.wallet(account);
            let begun =
                city.begin_from(&wallet, number(10).as_str(), "Li", source(9)).await.unwrap();
            city.capture(&begun, "01").await;
            city.complete(&begun).await;
        }
        let stranger = city.wallet("d");
        let slowed = city.begin_from(&stranger, number(10).as_str(), "Li", source(8)).await;
        let Err(BeginError::TooManyAttempts { try_again_after }) = slowed else {
            panic!("{slowed:?}")
        };
        assert!(try_again_after <= city.now + SignedDuration::from_mins(15));
        assert!(city.begin_from(&stranger, number(30).as_str(), "Li", source(8)).await.is_ok());
    }
    #[tokio::test]
    async fn strangers_keep_nobody_from_the_number_of_their_own_card() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let owner = city.wallet("owner");
        city.card(&owner, 10, "Li", "01", 1).await;
        let from = |last: u8| IpAddr::from([198, 51, 100, last]);
        let (own, other) = (number(10), number(30));
        for attempt in 0..12 {
            let stranger = city.wallet(&format!("stranger-{attempt}"));
            let at = if attempt % 2 == 0 { &own } else { &other };
            let begun = city.begin_from(&stranger, at.as_str(), "Wu", from(attempt)).await.unwrap();
            city.capture(&begun, "01").await;
            city.complete(&begun).await;
        }
        let stranger = city.wallet("stranger");
        for (wallet, number) in [(&stranger, &own), (&owner, &other)] {
            let slowed = city.begin_from(wallet, number.as_str(), "Li", from(99)).await;
            assert!(matches!(slowed, Err(BeginError::TooManyAttempts { .. })));
        }
        assert!(city.begin_from(&owner, own.as_str(), "Li", from(99)).await.is_ok());
    }
}
