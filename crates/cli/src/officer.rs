//! `tanda officer`: decide applications; suspend, restore, lock and revoke cards; settle residents'
//! reports; invite officers. Every act has a reason.

mod fingers;

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use tanda_authority::Authority;
use tanda_authority::cards::{CardAct, CardChoice};
use tanda_authority::officers::{InvitedOfficer, OwnNumber};
use tanda_model::{
    CardId, EnrolmentId, EvidenceKind, Identification, IdentityCheck, NotIdentified, OfficerName,
    OfficerRole, OfficerVerdict, ReportId, ResidentNumber,
};
use tanda_protocol::vci::CounterCode;
use tanda_server::{clock, files, roles};

use crate::acting::{Acting, number, sign_log};
use crate::output;
use crate::settings::Settings;
use crate::sheet::{SheetLanguage, page};

/// Act as an officer.
#[derive(Subcommand)]
pub(crate) enum Officer {
    /// List the applications that wait for an officer
    Referred(Referred),
    /// Decide a referred application
    Decide(Decide),
    /// Find the application for the full card of whoever stands at the counter, by its code
    Attend(Attend),
    /// Compare fingers with the resident's, for an application for the full card
    TakeFingers(fingers::TakeFingers),
    /// Stand for an application for the full card, or refuse it, once all its evidence is there
    Attest(Decide),
    /// Suspend a card: desks refuse it until it is restored
    Suspend(Card),
    /// Restore a suspended card
    Restore(Card),
    /// Lock a card for its holder, who has no device at hand; they unlock it themself
    ///
    /// What was asked or seen is recorded with it, without the answers.
    Lock(Lock),
    /// Revoke a card for good
    Revoke(Card),
    /// Issue a printed sheet of one-time codes to somebody without a smartphone
    ///
    /// The person stands at the counter, and is identified there. The sheet takes the place of the
    /// card that they had, and is revoked as every card.
    IssueSheet(IssueSheet),
    /// List residents' reports of relying parties
    Reports(Referred),
    /// Settle a report; whoever made it reads the reason
    SettleReport(SettleReport),
    /// Invite an officer to the console: prints a link with which they make their passkey, once
    Invite(Invite),
}

#[derive(Args)]
pub(crate) struct Referred {
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
pub(crate) struct Decide {
    /// The application's id, as `tanda officer referred` or `tanda officer attend` says it
    application: EnrolmentId,
    /// The decision
    verdict: Verdict,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
pub(crate) struct Attend {
    /// The code on the applicant's phone, such as AB12-CD34
    code: CounterCode,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Verdict {
    Approve,
    Refuse,
}

#[derive(Args)]
pub(crate) struct Card {
    /// The resident number of the card's holder
    #[arg(long, value_parser = number, required_unless_present = "card", value_name = "NUMBER")]
    number: Option<ResidentNumber>,
    /// The card's id, in place of a number
    #[arg(long, conflicts_with = "number", value_name = "ID")]
    card: Option<CardId>,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
pub(crate) struct Lock {
    #[command(flatten)]
    identified: IdentifiedBy,
    #[command(flatten)]
    card: Card,
}

/// How the officer knows who asks.
#[derive(Args)]
pub(crate) struct IdentifiedBy {
    /// What was checked: face_compared, document_seen, number_named, birth_date_named,
    /// card_date_named; one of the first two, or two questions
    #[arg(long, value_delimiter = ',', required = true, value_name = "CHECKS")]
    identified_by: Vec<IdentityCheck>,
}

impl IdentifiedBy {
    fn identification(&self) -> Result<Identification, NotIdentified> {
        Identification::new(self.identified_by.iter().copied())
    }
}

#[derive(Args)]
pub(crate) struct IssueSheet {
    /// The resident number of whoever stands at the counter
    #[arg(long, value_parser = number, value_name = "NUMBER")]
    number: ResidentNumber,
    /// Where to write the sheet: a page to print, for you alone to read; delete it afterwards
    #[arg(long, default_value = "sheet.html", value_name = "FILE")]
    out: PathBuf,
    /// The language of the sheet: en, id or zh
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    language: SheetLanguage,
    #[command(flatten)]
    identified: IdentifiedBy,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
pub(crate) struct SettleReport {
    /// The report's id, as `tanda officer reports` lists it
    report: ReportId,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
pub(crate) struct Invite {
    /// What the officer is there for: clerk, supervisor, auditor or administrator
    #[arg(long, value_name = "ROLE")]
    role: OfficerRole,
    /// What colleagues will call them
    #[arg(long, value_name = "NAME")]
    name: OfficerName,
    /// Their own resident number, so that they never act in their own matter
    #[arg(long, value_parser = number, required_unless_present = "not_a_resident", value_name = "NUMBER")]
    number: Option<ResidentNumber>,
    /// They are in no register that this authority keeps
    #[arg(long, conflicts_with = "number")]
    not_a_resident: bool,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

impl Officer {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match self {
                Self::Referred(command) => command.run().await,
                Self::Decide(command) => command.run().await,
                Self::Suspend(command) => command.run(CardAct::Suspend).await,
                Self::Restore(command) => command.run(CardAct::Restore).await,
                Self::Lock(command) => {
                    let identified = command.identified.identification()?;
                    command.card.run(CardAct::Lock(identified)).await
                }
                Self::Attend(command) => command.run().await,
                Self::TakeFingers(command) => command.run().await,
                Self::Attest(command) => command.attest().await,
                Self::Revoke(command) => command.run(CardAct::Revoke).await,
                Self::IssueSheet(command) => command.run().await,
                Self::Reports(command) => command.reports().await,
                Self::SettleReport(command) => command.run().await,
                Self::Invite(command) => command.run().await,
            }
        })
    }
}

async fn authority(settings: &Settings) -> Result<Authority, Box<dyn Error>> {
    Ok(roles::open_authority(&settings.config()?, clock::now()).await?)
}

impl Referred {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let waiting = authority(&self.settings).await?.referred_enrolments().await?;
        if waiting.is_empty() {
            output::line("No application waits for an officer.");
        }
        for one in waiting {
            let findings: Vec<String> =
                one.findings.iter().map(|finding| format!("{finding:?}")).collect();
            output::line(format!(
                "{}  since {}  {}",
                one.id,
                one.since.strftime("%Y-%m-%d %H:%M"),
                findings.join(", ")
            ));
        }
        Ok(())
    }
}

impl Referred {
    async fn reports(self) -> Result<(), Box<dyn Error>> {
        let open = authority(&self.settings).await?.open_reports().await?;
        if open.is_empty() {
            output::line("No report waits for an officer.");
        }
        for one in open {
            let words = one.words.map(|words| words.replace('\n', " "));
            output::line(format!(
                "{}  {}  {}  {}  {}",
                one.id,
                one.reported_at.strftime("%Y-%m-%d %H:%M"),
                one.relying_party,
                one.complaint,
                words.unwrap_or_default()
            ));
        }
        Ok(())
    }
}

impl IssueSheet {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        if self.out.exists() {
            let file = self.out.display();
            return Err(format!("{file} is there already; choose another with --out").into());
        }
        let authority = authority(&self.settings).await?;
        let officer = self.acting.officer();
        let sheet = authority
            .issue_sheet(
                &self.number.into(),
                self.identified.identification()?,
                &officer,
                clock::now(),
                &mut clock::seeded(),
            )
            .await?;
        sign_log(&authority).await;
        let issuer = authority.config().name().to_owned();
        files::write_private(&self.out, page(&sheet, &issuer, self.language).as_bytes())?;
        output::line(format!(
            "A sheet of {} codes is in {}. Print it, hand it over, and delete the file.",
            sheet.codes.len(),
            self.out.display()
        ));
        output::note("The card or the sheet that they had until now is no longer valid.");
        Ok(())
    }
}

impl SettleReport {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let authority = authority(&self.settings).await?;
        authority.settle_report(self.report, &self.acting.officer(), clock::now()).await?;
        sign_log(&authority).await;
        output::line("Settled. Whoever made the report reads the reason in their wallet.");
        Ok(())
    }
}

impl From<Verdict> for OfficerVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Approve,
            Verdict::Refuse => Self::Refuse,
        }
    }
}

impl Attend {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let authority = authority(&self.settings).await?;
        let seen = authority.attend(&self.code, &self.acting.officer(), clock::now()).await?;
        sign_log(&authority).await;
        let words = |kinds: &[EvidenceKind], between: &str| {
            kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(between)
        };
        let held: Vec<EvidenceKind> = seen.gathered.held.iter().copied().collect();
        let missing: Vec<String> =
            seen.gathered.missing.iter().map(|choice| words(choice, " or ")).collect();
        output::line(format!("Application  {}", seen.id));
        output::line(format!(
            "Resident     {}  {}",
            seen.resident.name, seen.resident.masked_number
        ));
        output::line(format!("It holds     {}", words(&held, ", ")));
        output::line(format!("It needs     {}", missing.join(", ")));
        if let Some(fault) = seen.gathered.chip.and_then(|chip| chip.fault) {
            output::line(format!("The card     {}", fault.sentence()));
        }
        Ok(())
    }
}

impl Decide {
    async fn attest(self) -> Result<(), Box<dyn Error>> {
        let authority = authority(&self.settings).await?;
        let (officer, verdict) = (self.acting.officer(), self.verdict.into());
        let (now, mut rng) = (clock::now(), clock::seeded());
        authority.attest(self.application, verdict, &officer, now, &mut rng).await?;
        sign_log(&authority).await;
        output::line("Decided. The wallet learns it within a second.");
        Ok(())
    }

    async fn run(self) -> Result<(), Box<dyn Error>> {
        let verdict = self.verdict.into();
        let authority = authority(&self.settings).await?;
        let now = clock::now();
        let officer = self.acting.officer();
        authority
            .decide_referred(self.application, verdict, &officer, now, &mut clock::seeded())
            .await?;
        sign_log(&authority).await;
        output::line("Decided. The wallet learns it within a second.");
        Ok(())
    }
}

impl Invite {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let authority = authority(&self.settings).await?;
        let console = self.settings.config()?.authority.url;
        let invited = InvitedOfficer {
            name: self.name,
            role: self.role,
            own_number: self.number.map_or(OwnNumber::NotAResident, OwnNumber::Is),
        };
        let by = self.acting.officer();
        let now = clock::now();
        let invitation = authority.invite_officer(&invited, &by, now, &mut clock::seeded()).await?;
        output::line(tanda_server::invitation_link(&console, &invitation.token));
        output::note("The link works once, within a day. Hand it to nobody but the officer.");
        Ok(())
    }
}

impl Card {
    async fn run(self, act: CardAct) -> Result<(), Box<dyn Error>> {
        let choice = match (self.number, self.card) {
            (_, Some(card)) => CardChoice::Card(card),
            (Some(number), None) => CardChoice::OfNumber(number),
            (None, None) => return Err("say whose card with --number, or which with --card".into()),
        };
        let authority = authority(&self.settings).await?;
        let changed =
            authority.act_on_card(&choice, act, &self.acting.officer(), clock::now()).await?;
        sign_log(&authority).await;
        output::line(format!("Card {} is {} now.", changed.id, changed.state.name()));
        output::note("Desks see it within a minute.");
        Ok(())
    }
}
