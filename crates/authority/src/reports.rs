//! Residents report relying parties; officers read the reports and settle them.

use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_model::{Action, Complaint, RelyingPartyId, ReportId};
use tanda_storage::StorageError;
use tanda_storage::authority::reports::{ReportRow, SealedWords};

use crate::act::{Act, Actor, Deed};
use crate::client::spend_possession;
use crate::sealing::{DataKey, Label};
use crate::{
    Authority, ClientError, ClientHeaders, Fault, NotAllowed, Officer, ReadError, SignedIn,
};

/// What the words are sealed as.
const WORDS: &str = "report.words";
/// The longest words, in characters.
const LONGEST: usize = 1000;
/// Reports that a resident can make in a day.
const A_DAY: u64 = 20;
/// How long a report is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);
/// Reports that are shown at once.
const AT_ONCE: u32 = 200;

/// What a resident reports.
#[derive(Clone)]
pub struct NewReport {
    /// Whom.
    pub relying_party: RelyingPartyId,
    /// For what.
    pub complaint: Complaint,
    /// When the card was shown or asked for, by the wallet's history.
    pub shown_at: Timestamp,
    /// In their own words; may be empty.
    pub words: String,
}

/// A report, for an officer.
#[derive(Clone)]
pub struct Report {
    /// Which one.
    pub id: ReportId,
    /// About whom.
    pub relying_party: RelyingPartyId,
    /// For what.
    pub complaint: Complaint,
    /// When the card was shown, by the wallet's word.
    pub shown_at: Timestamp,
    /// When it was made.
    pub reported_at: Timestamp,
    /// In the resident's own words.
    pub words: Option<String>,
}

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The wallet is not believed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No card in use was given to the account.
    #[error("the account has no card in use")]
    NoCard,
    /// Nobody of this name was ever certified here.
    #[error("no relying party of this name was certified here")]
    UnknownRelyingParty,
    /// The words are too long.
    #[error("the words are longer than {LONGEST} characters")]
    TooLong,
    /// The words hold control characters other than line breaks.
    #[error("the words are no plain text")]
    Unprintable,
    /// Enough for today.
    #[error("too many reports in a day")]
    TooMany {
        /// When to try again at the latest.
        try_again_after: Timestamp,
    },
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why a report is not settled.
#[derive(Debug, thiserror::Error)]
pub enum SettleReportError {
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such report, or somebody has settled it.
    #[error("there is no such report, or it is settled already")]
    NotOpen,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for ReportError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<StorageError> for SettleReportError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Takes a report by the holder of the card that was given to the account for which the wallet
    /// is attested. The words are sealed; the log has whom it is about, and no word of it.
    ///
    /// # Errors
    /// [`ReportError`]
    pub async fn report_relying_party(
        &self,
        report: &NewReport,
        client: &ClientHeaders<'_>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ReportId, ReportError> {
        let (client, account) = self.attested_account(client, now)?;
        let words = report.words.trim();
        if words.chars().count() > LONGEST {
            return Err(ReportError::TooLong);
        }
        if words.chars().any(|c| c.is_control() && c != '\n') {
            return Err(ReportError::Unprintable);
        }
        let id = ReportId::new(now, rng);
        let words = (!words.is_empty()).then(|| {
            let key = DataKey::generate(rng);
            let wrapped_key = self.sealing.wrap(&key, id.as_bytes(), rng);
            let sealed = key.seal(Label::new(WORDS, id.as_bytes()), words.as_bytes(), rng);
            SealedWords { wrapped_key, sealed }
        });
        let NewReport { relying_party, complaint, shown_at, .. } = report.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !spend_possession(&mut tx, &client).await? {
                        return Err(ClientError::Replayed.into());
                    }
                    let card = tx.card_of_account(&account).await?.ok_or(ReportError::NoCard)?;
                    if !tx.is_certified(&relying_party).await? {
                        return Err(ReportError::UnknownRelyingParty);
                    }
                    let day = SignedDuration::from_hours(24);
                    if tx.reports_of_resident(card.resident, now - day).await? >= A_DAY {
                        return Err(ReportError::TooMany { try_again_after: now + day });
                    }
                    let deed = Deed::RelyingPartyReported {
                        report: id,
                        relying_party: relying_party.as_str(),
                    };
                    let (actor, resident) = (Actor::Wallet, Some(card.resident));
                    Act { at: now, actor, resident, deed }.record(&mut tx).await?;
                    tx.insert_report(&ReportRow {
                        id,
                        resident: card.resident,
                        relying_party,
                        complaint,
                        shown_at,
                        reported_at: now,
                        words,
                        forget_at: now + KEPT,
                    })
                    .await?;
                    Ok(id)
                })
            })
            .await
    }

    /// The reports that nobody has settled, oldest first. Whose they are is not told.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn open_reports(&self) -> Result<Vec<Report>, Fault> {
        let rows = self.store.reader().await?.open_reports(AT_ONCE).await?;
        rows.into_iter().map(|row| self.opened_report(row)).collect()
    }

    /// The same, for an officer at the console.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn reports_for(&self, officer: &SignedIn) -> Result<Vec<Report>, ReadError> {
        officer.may(Action::SettleReports)?;
        Ok(self.open_reports().await?)
    }

    fn opened_report(&self, row: ReportRow) -> Result<Report, Fault> {
        let id = row.id;
        let open = |words: SealedWords| {
            let key = self.sealing.unwrap_key(&words.wrapped_key, id.as_bytes())?;
            let words = key.open(Label::new(WORDS, id.as_bytes()), &words.sealed)?;
            let text = std::str::from_utf8(&words);
            text.map(str::to_owned).map_err(|_| Fault::Contradiction("a report that is no text"))
        };
        Ok(Report {
            id,
            relying_party: row.relying_party,
            complaint: row.complaint,
            shown_at: row.shown_at,
            reported_at: row.reported_at,
            words: row.words.map(open).transpose()?,
        })
    }

    /// Notes that an officer has dealt with a report. Whoever made it is shown the reason.
    ///
    /// # Errors
    /// [`SettleReportError`]
    pub async fn settle_report(
        &self,
        id: ReportId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(), SettleReportError> {
        officer.may(Action::SettleReports)?;
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let settled = tx.settle_report(id, now).await?;
                    let (resident, about) = settled.ok_or(SettleReportError::NotOpen)?;
                    let deed = Deed::ReportSettled { report: id, relying_party: about.as_str() };
                    let (actor, resident) = (Actor::Officer(&officer), Some(resident));
                    Ok(Act { at: now, actor, resident, deed }.record(&mut tx).await?)
                })
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{City, Wallet, officer};

    fn about(relying_party: &str, words: &str) -> NewReport {
        NewReport {
            relying_party: relying_party.parse().unwrap(),
            complaint: Complaint::AskedTooMuch,
            shown_at: "2026-11-23T09:00:00Z".parse().unwrap(),
            words: words.to_owned(),
        }
    }

    async fn made(
        city: &mut City,
        wallet: &Wallet,
        report: &NewReport,
    ) -> Result<ReportId, ReportError> {
        let possession = city.possession(wallet);
        let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
        city.authority.report_relying_party(report, &client, city.now, &mut city.rng).await
    }

    async fn hotel(city: &City) {
        let hotel = "hotel".parse().unwrap();
        let now = city.now;
        let noted: Result<(), StorageError> = city
            .authority
            .store
            .write(move |mut tx| {
                Box::pin(async move { tx.certify_relying_party(&hotel, false, now).await })
            })
            .await;
        noted.unwrap();
    }

    #[tokio::test]
    async fn a_report_reaches_officers_sealed_and_its_end_the_resident() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        city.card(&wallet, 10, "Li", "01", 1).await;
        hotel(&city).await;
        let words = "They wanted my daughter's number too";
        let id = made(&mut city, &wallet, &about("hotel", words)).await.unwrap();
        let open = city.authority.open_reports().await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].id, open[0].words.as_deref()), (id, Some(words)));
        assert_eq!(open[0].relying_party.as_str(), "hotel");
        assert!(!city.store_contains(b"daughter"));
        city.authority.settle_report(id, &officer(), city.now).await.unwrap();
        let again = city.authority.settle_report(id, &officer(), city.now).await;
        assert!(matches!(again, Err(SettleReportError::NotOpen)));
        assert!(city.authority.open_reports().await.unwrap().is_empty());
        let acts = city.acts(&id.to_string()).await;
        assert_eq!(acts, ["relying-party.reported", "report.settled"]);
        assert!(!city.acts_contain("daughter").await);
        city.later(KEPT + SignedDuration::from_hours(1));
        city.authority.sweep(city.now).await.unwrap();
        let since = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut reader = city.authority.store.reader().await.unwrap();
        assert_eq!(reader.reports_of_resident(resident, since).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_is_no_report_changes_nothing() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let (wallet, stranger) = (city.wallet("a"), city.wallet("b"));
        city.card(&wallet, 10, "Li", "01", 1).await;
        hotel(&city).await;
        let refused = made(&mut city, &stranger, &about("hotel", "")).await;
        assert!(matches!(refused, Err(ReportError::NoCard)));
        let refused = made(&mut city, &wallet, &about("motel", "")).await;
        assert!(matches!(refused, Err(ReportError::UnknownRelyingParty)));
        let refused = made(&mut city, &wallet, &about("hotel", &"a".repeat(LONGEST + 1))).await;
        assert!(matches!(refused, Err(ReportError::TooLong)));
        let refused = made(&mut city, &wallet, &about("hotel", "a\u{1b}[2Jb")).await;
        assert!(matches!(refused, Err(ReportError::Unprintable)));
        assert!(city.authority.open_reports().await.unwrap().is_empty());
        for _ in 0..A_DAY {
            made(&mut city, &wallet, &about("hotel", "")).await.unwrap();
        }
        let refused = made(&mut city, &wallet, &about("hotel", "")).await;
        assert!(matches!(refused, Err(ReportError::TooMany { .. })));
        city.later(SignedDuration::from_hours(23));
        let refused = made(&mut city, &wallet, &about("hotel", "")).await;
        assert!(matches!(refused, Err(ReportError::TooMany { .. })));
    }
}
