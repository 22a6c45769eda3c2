//! `tanda wallet`: a resident's wallet without a browser.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tanda_cli::drive::{self, Frames};
use tanda_model::{AssuranceLevel, Complaint, RelyingPartyId};
use tanda_server::clock;
use tanda_wallet::enrol::{self, Standing};
use tanda_wallet::report;
use tanda_wallet::standing::Question;
use url::Url;

use crate::output;
use crate::pin::{ChoosePin, PinFile};

/// Carry a wallet.
#[derive(Subcommand)]
pub(crate) enum Wallet {
    /// Make an account with a passkey at a provider, and a new wallet
    SignUp(SignUp),
    /// Make a wallet on the account of another one, as on a second device with the same passkey
    ///
    /// It can lock the card and unlock it. `tanda wallet apply` moves the card here; the old wallet's
    /// is dead in the same moment.
    SignIn(SignIn),
    /// Apply for a card with a number, a name, and a folder of camera frames
    ///
    /// The light card needs no more. For the full card the rest of the evidence is brought to a
    /// counter, under a code that is shown then.
    ///
    /// If the application is approved the card is fetched at once. If it is referred to an officer,
    /// go on with `tanda wallet receive` when they have decided.
    Apply(Apply),
    /// Wait for an officer's decision, and fetch the card
    Receive(Receive),
    /// Ask for a relay to the physical card's chip: a link for `tanda reader`, which works once
    Chip(Chip),
    /// Ask what a reader with a secure module is to sign, for a card whose chip is closed to others
    ChipQuestion(Show),
    /// Hand in what such a reader has signed
    ChipAttested(ChipAttested),
    /// Show the cards in this wallet
    Show(Show),
    /// Answer a relying party: show what it asks, and agree or decline
    ///
    /// A full card takes its PIN each time.
    Present(Present),
    /// Fetch new one-time copies where few are left
    ///
    /// Where the full card has fallen back, since the physical one is lost or has expired, the light
    /// card is fetched.
    Refill(Refill),
    /// Choose the PIN that the full card is shown with, or another one
    ///
    /// It is chosen when the full card is applied for, and typed at each showing. Nobody can tell you
    /// a forgotten one: apply for the card anew, with a new wallet.
    Pin(ChoosePin),
    /// Show where the account's card stands with the authority
    Status(Show),
    /// Lock the card: nobody accepts it until it is unlocked
    Lock(Show),
    /// Unlock the card
    Unlock(Show),
    /// Give the card up for good: it is revoked, and the enrolled face forgotten
    GiveUp(Show),
    /// Report a relying party to the authority
    Report(Report),
    /// Give the card up, and delete the account at the provider
    ///
    /// The record in the register stays, and so does the log of what was done about it.
    DeleteAccount(Show),
    /// Show what was shown to whom, without values, and what of it is kept until when
    ///
    /// Where the time is over, the relying party's deletion receipt is fetched and checked.
    History(Show),
    /// Show who looked at your record, each act proved to stand in the authority's log
    Looks(Show),
}

/// The wallet's file.
#[derive(Args)]
pub(crate) struct File {
    /// The wallet's file; whoever has it has the light card, and with the PIN the full one
    #[arg(long, env = "TANDA_WALLET", default_value = "wallet.json", value_name = "FILE")]
    pub(crate) wallet: PathBuf,
}

#[derive(Args)]
pub(crate) struct SignUp {
    /// The provider's address
    #[arg(
        long,
        env = "TANDA_PROVIDER_URL",
        default_value = "http://localhost:8601",
        value_name = "URL"
    )]
    url: Url,
    /// What to call the account
    #[arg(long, default_value = "Command line", value_name = "NAME")]
    name: String,
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct SignIn {
    /// The file of the wallet whose account this is
    #[arg(long, value_name = "FILE")]
    with: PathBuf,
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct Chip {
    /// The six digits on the card's face
    #[arg(long, value_name = "DIGITS")]
    access_number: String,
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct ChipAttested {
    /// The signed result
    result: String,
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct Apply {
    /// The resident number
    #[arg(long, value_name = "NUMBER")]
    number: String,
    /// The full name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The folder of frames: front.jpg, left.jpg, right.jpg, closed.jpg; or one picture for all
    #[arg(long, value_name = "FOLDER")]
    frames: PathBuf,
    /// The card to apply for: light or full
    #[arg(long, default_value_t = AssuranceLevel::Light, value_name = "LEVEL")]
    level: AssuranceLevel,
    #[command(flatten)]
    pin: PinFile,
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct Receive {
    /// How many seconds to wait for an officer
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    wait: u64,
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct Present {
    /// The request's link (openid4vp://… or the wallet page's), or the code on the desk's screen
    request: String,
    /// Agree without asking
    #[arg(long, conflicts_with = "decline")]
    agree: bool,
    /// Decline
    #[arg(long)]
    decline: bool,
    #[command(flatten)]
    pin: PinFile,
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct Refill {
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
pub(crate) struct Report {
    /// Whom, by the name in its registration, such as `hotel-nansha`
    relying_party: RelyingPartyId,
    /// asked-too-much, not-recognised, kept-or-passed-on, turned-away or other
    complaint: Complaint,
    /// In your own words; only the authority's officers read them
    #[arg(long, default_value = "", value_name = "TEXT")]
    words: String,
    #[command(flatten)]
    file: File,
}

impl Wallet {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match self {
                Self::SignUp(command) => command.run().await,
                Self::SignIn(command) => command.run().await,
                Self::Apply(command) => command.run().await,
                Self::Receive(command) => command.run().await,
                Self::Chip(command) => command.run().await,
                Self::ChipQuestion(command) => command.chip_question().await,
                Self::ChipAttested(command) => command.run().await,
                Self::Show(command) => command.cards().await,
                Self::Present(command) => command.run().await,
                Self::Refill(command) => command.run().await,
                Self::Pin(command) => command.run().await,
                Self::Status(command) => command.standing(Question::Show).await,
                Self::Lock(command) => command.standing(Question::Lock).await,
                Self::Unlock(command) => command.standing(Question::Unlock).await,
                Self::GiveUp(command) => command.standing(Question::GiveUp).await,
                Self::Report(command) => command.run().await,
                Self::DeleteAccount(command) => command.delete_account().await,
                Self::History(command) => command.history().await,
                Self::Looks(command) => command.looks().await,
            }
        })
    }
}

impl File {
    /// A file that is not there yet.
    fn fresh(&self) -> Result<&Path, Box<dyn Error>> {
        if self.wallet.exists() {
            let file = self.wallet.display();
            return Err(format!("{file} is there already; choose another with --wallet").into());
        }
        Ok(&self.wallet)
    }
}

impl SignIn {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let file = self.file.fresh()?;
        let other = drive::Wallet::open(&self.with).await?;
        drive::Wallet::beside(file, &other).await?;
        output::line(format!("A wallet on the same account is in {}.", file.display()));
        Ok(())
    }
}

impl SignUp {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let file = self.file.fresh()?;
        drive::Wallet::sign_up(file, &self.url, &self.name).await?;
        output::line(format!("A new wallet is in {}.", file.display()));
        Ok(())
    }
}

impl Chip {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        output::line(wallet.relay(&self.access_number).await?);
        Ok(())
    }
}

impl ChipAttested {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        let ended = wallet.hand_in_attested(&self.result).await?;
        if ended.ended != "read" {
            return Err(ended.sentence.into());
        }
        output::line(ended.sentence);
        Ok(())
    }
}

impl Apply {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let frames = if self.frames.is_dir() {
            Frames::open(&self.frames)?
        } else {
            Frames::always(&self.frames)
        };
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        if self.level == AssuranceLevel::Full && wallet.state().guard().is_none() {
            wallet.choose_pin(&self.pin.chosen()?, None)?;
        }
        let standing = wallet.apply_at(self.level, &self.number, &self.name, &frames).await?;
        conclude(&mut wallet, &standing).await
    }
}

/// Fetches the card of an approved application, or says what to do next.
async fn conclude(wallet: &mut drive::Wallet, standing: &Standing) -> Result<(), Box<dyn Error>> {
    match (standing.state, &standing.credential_offer) {
        (enrol::State::Approved, Some(offer)) => {
            wallet.receive(offer).await?;
            let level = wallet
                .state()
                .cards()
                .last()
                .map_or(AssuranceLevel::Light, tanda_wallet::Card::level);
            output::line(format!("Approved. The {level} card is in the wallet."));
            Ok(())
        }
        (enrol::State::Referred, _) => {
            output::line("Referred: an officer will decide. Go on with `tanda wallet receive`.");
            Ok(())
        }
        (enrol::State::Gathering, _) => {
            if let Some(gathered) = &standing.gathered {
                show_gathered(gathered);
            }
            Ok(())
        }
        (enrol::State::Refused, _) => Err("refused: the details and the face could not be \
            confirmed. Check number and name, use better light, or visit a counter"
            .into()),
        (enrol::State::Expired, _) => {
            Err("the application took too long and has ended; start again".into())
        }
        _ => Err("the application is not decided yet; try `tanda wallet receive`".into()),
    }
}

/// What the full card still needs, and the code for the counter.
fn show_gathered(gathered: &enrol::Gathered) {
    output::line(format!("Counter code  {}", gathered.counter_code));
    let until = gathered.expires_at.strftime("%Y-%m-%d %H:%M UTC");
    output::line(format!("Good until    {until}"));
    output::line(format!("It holds      {}", gathered.held.join(", ")));
    let missing: Vec<String> = gathered.missing.iter().map(|choice| choice.join(" or ")).collect();
    output::line(format!("It needs      {}", missing.join(", ")));
    output::note("Show the code at a counter. Go on with `tanda wallet receive`.");
}

impl Receive {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        // One that was on its way when this was broken off. Where it can't be had, what stands says why.
        if let Ok(Some(level)) = wallet.finish().await {
            output::line(format!("Approved. The {level} card is in the wallet."));
            return Ok(());
        }
        let until = clock::now().as_second().saturating_add_unsigned(self.wait);
        let mut standing = wallet.look(0).await?;
        let waits = |state| matches!(state, enrol::State::Referred | enrol::State::Gathering);
        while waits(standing.state) && clock::now().as_second() < until {
            standing = wallet.look(25).await?;
        }
        conclude(&mut wallet, &standing).await
    }
}

impl Show {
    async fn chip_question(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        output::line(wallet.question_for_reader().await?.to_string());
        Ok(())
    }

    async fn cards(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        match wallet.follow().await {
            Ok(followed) => say_followed(followed),
            Err(error) => output::note(format!("Whether this still stands is not known: {error}")),
        }
        if wallet.state().cards().is_empty() {
            output::line("There is no card in this wallet. Get one with `tanda wallet apply`.");
        }
        for card in wallet.state().cards() {
            let claims = card.claims()?;
            let text = |name: &str| claims.get(name).and_then(|value| value.as_str()).unwrap_or("");
            output::line(format!("{} {}", text("family_name"), text("given_name")));
            output::line(format!("level      {}", card.level()));
            output::line(format!("issued by  {}", card.issuer()));
            output::line(format!("copies     {} left", card.copies_left(clock::now())));
            if let Some(expires) = card.expires() {
                output::line(format!("good until {expires}"));
            }
        }
        Ok(())
    }

    async fn delete_account(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        wallet.delete_account().await?;
        output::line("The card is given up, and the account deleted.");
        Ok(())
    }

    async fn standing(self, question: Question) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        let card = wallet.card(question).await?;
        let state = match (card.locked, card.suspended) {
            (true, true) => "locked by you, and suspended by the authority",
            (true, false) => "locked by you",
            (false, true) => "suspended by the authority",
            (false, false) => &card.state,
        };
        let place = if card.here { "in this wallet" } else { "in another wallet of the account" };
        output::line(format!("The {} card {place} is {state}.", card.level));
        if question != Question::Show {
            output::note("Desks see it within a minute.");
        }
        Ok(())
    }

    async fn history(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        // Whether what was kept is deleted by now: asked once its time is over, and not before.
        let (_, troubles) = wallet.fetch_deletions(clock::now()).await?;
        for trouble in troubles {
            output::note(format!("No deletion receipt: {trouble}"));
        }
        for shown in wallet.state().history() {
            let what: Vec<String> = shown.claims.iter().map(ToString::to_string).collect();
            output::line(format!(
                "{}  {}  {}  {}  {}",
                shown.at.strftime("%Y-%m-%d %H:%M"),
                if shown.agreed { "shown   " } else { "declined" },
                shown.relying_party,
                shown.purpose,
                what.join(", ")
            ));
            if let Some(kept) = &shown.kept {
                output::line(match &kept.deleted {
                    Some(deleted) => format!(
                        "                  deleted {}, with a receipt",
                        deleted.at.strftime("%Y-%m-%d")
                    ),
                    None => format!(
                        "                  kept until {}",
                        kept.delete_by.strftime("%Y-%m-%d")
                    ),
                });
            }
        }
        Ok(())
    }
}

impl Show {
    async fn looks(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        let looks = wallet.looks().await?;
        for look in &looks {
            let who = match (&look.role, &look.officer) {
                (Some(role), Some(officer)) => format!("{role} {officer}"),
                _ => look.by.clone(),
            };
            let why = look.reason.iter().map(|reason| format!("  \u{201c}{reason}\u{201d}"));
            let case = look.case.iter().map(|case| format!("  case {case}"));
            output::line(format!(
                "{}  {:<24}  {who}{}",
                look.at.strftime("%Y-%m-%d %H:%M"),
                look.kind,
                why.chain(case).collect::<String>()
            ));
        }
        output::note(format!(
            "{} acts, each proved to stand in the authority's log, which continues the one that \
             this wallet knew.",
            looks.len()
        ));
        Ok(())
    }
}

impl Report {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        let report = report::Report {
            relying_party: self.relying_party,
            complaint: self.complaint,
            shown_at: clock::now(),
            words: self.words,
        };
        wallet.report(&report).await?;
        output::line("Reported. What becomes of it stands in `tanda wallet looks`.");
        Ok(())
    }
}

impl Present {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        let consent = wallet.look_at(&self.request).await?;
        let asker = consent.registration();
        output::line(format!("{} asks: {}", asker.name.en, asker.purpose.text.en));
        for (path, value) in consent.items(wallet.state()) {
            let value = value.to_string();
            let value = if value.len() > 80 { "(a picture)" } else { &value };
            output::line(format!("  {:<34} {value}", path.to_string()));
        }
        output::line(format!("kept for {} days", asker.retention_days));
        let agreed = self.agree || (!self.decline && ask("Agree?")?);
        if !agreed {
            wallet.decline(&consent).await?;
            output::line("Declined. Nothing was shown.");
            return Ok(());
        }
        let consent = if consent.needs_pin() {
            let verified = wallet.verify(&self.pin.typed()?)?;
            consent.verified(verified)
        } else {
            consent
        };
        match wallet.agree(consent).await? {
            Some(link) => output::line(format!("Shown. Go on at {link}")),
            None => output::line("Shown."),
        }
        Ok(())
    }
}

/// Tells the holder that their full card has become another.
fn say_followed(followed: Option<AssuranceLevel>) {
    if let Some(level) = followed {
        output::line(format!(
            "The full card is over, since the physical card is lost or has expired. A {level} card \
             has taken its place, and is in this wallet now."
        ));
    }
}

/// Asks a yes-or-no question at the terminal; no terminal is a no.
fn ask(question: &str) -> std::io::Result<bool> {
    output::note(format!("{question} [y/N]"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

impl Refill {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        say_followed(wallet.follow().await?);
        let refilled = wallet.refill().await?;
        output::line(format!("{refilled} cards refilled."));
        Ok(())
    }
}
