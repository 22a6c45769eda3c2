//! `tanda wallet`: a resident's wallet without a browser.

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use tanda_cli::drive::{self, Frames};
use tanda_credential::sd_jwt::{ClaimPath, PathStep};
use tanda_server::clock;
use tanda_wallet::enrol::{self, Standing};
use url::Url;

use crate::output;

/// Carry a wallet.
#[derive(Subcommand)]
pub(crate) enum Wallet {
    /// Make an account with a passkey at a provider, and a new wallet
    SignUp(SignUp),
    /// Apply for the light card with a number, a name, and a folder of camera frames
    ///
    /// If the application is approved the card is fetched at once. If it is referred to an officer,
    /// go on with `tanda wallet receive` when they have decided.
    Apply(Apply),
    /// Wait for an officer's decision, and fetch the card
    Receive(Receive),
    /// Show the cards in this wallet
    Show(Show),
    /// Answer a relying party: show what it asks, and agree or decline
    Present(Present),
    /// Fetch new one-time copies where few are left
    Refill(Refill),
    /// Show what was shown to whom, without values
    History(Show),
    /// Show who looked at your record, each act proved to stand in the authority's log
    Looks(Show),
}

/// The wallet's file.
#[derive(Args)]
struct File {
    /// The wallet's file; whoever has it has the card
    #[arg(long, env = "TANDA_WALLET", default_value = "wallet.json", value_name = "FILE")]
    wallet: PathBuf,
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
    file: File,
}

#[derive(Args)]
pub(crate) struct Refill {
    #[command(flatten)]
    file: File,
}

impl Wallet {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match self {
                Self::SignUp(command) => command.run().await,
                Self::Apply(command) => command.run().await,
                Self::Receive(command) => command.run().await,
                Self::Show(command) => command.cards().await,
                Self::Present(command) => command.run().await,
                Self::Refill(command) => command.run().await,
                Self::History(command) => command.history().await,
                Self::Looks(command) => command.looks().await,
            }
        })
    }
}

impl SignUp {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        if self.file.wallet.exists() {
            return Err(format!(
                "{} is there already; choose another file with --wallet",
                self.file.wallet.display()
            )
            .into());
        }
        drive::Wallet::sign_up(&self.file.wallet, &self.url, &self.name).await?;
        output::line(format!("A new wallet is in {}.", self.file.wallet.display()));
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
        let standing = wallet.apply(&self.number, &self.name, &frames).await?;
        conclude(&mut wallet, &standing).await
    }
}

/// Fetches the card of an approved application, or says what to do next.
async fn conclude(wallet: &mut drive::Wallet, standing: &Standing) -> Result<(), Box<dyn Error>> {
    match (standing.state, &standing.credential_offer) {
        (enrol::State::Approved, Some(offer)) => {
            wallet.receive(offer).await?;
            output::line("Approved. The light card is in the wallet.");
            Ok(())
        }
        (enrol::State::Referred, _) => {
            output::line("Referred: an officer will decide. Go on with `tanda wallet receive`.");
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

impl Receive {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        let until = clock::now().as_second().saturating_add_unsigned(self.wait);
        let mut standing = wallet.look(0).await?;
        while standing.state == enrol::State::Referred && clock::now().as_second() < until {
            standing = wallet.look(25).await?;
        }
        conclude(&mut wallet, &standing).await
    }
}

impl Show {
    async fn cards(self) -> Result<(), Box<dyn Error>> {
        let wallet = drive::Wallet::open(&self.file.wallet).await?;
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

    async fn history(self) -> Result<(), Box<dyn Error>> {
        let wallet = drive::Wallet::open(&self.file.wallet).await?;
        for shown in wallet.state().history() {
            let what: Vec<String> = shown.claims.iter().map(dotted).collect();
            output::line(format!(
                "{}  {}  {}  {}  {}",
                shown.at.strftime("%Y-%m-%d %H:%M"),
                if shown.agreed { "shown   " } else { "declined" },
                shown.relying_party,
                shown.purpose,
                what.join(", ")
            ));
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

impl Present {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        let consent = wallet.look_at(&self.request).await?;
        let asker = consent.registration();
        output::line(format!("{} asks: {}", asker.name.en, asker.purpose.text.en));
        for (path, value) in consent.items(wallet.state()) {
            let value = value.to_string();
            let value = if value.len() > 80 { "(a picture)" } else { &value };
            output::line(format!("  {:<34} {value}", dotted(&path)));
        }
        output::line(format!("kept for {} days", asker.retention_days));
        let agreed = self.agree || (!self.decline && ask("Agree?")?);
        if !agreed {
            wallet.decline(&consent).await?;
            output::line("Declined. Nothing was shown.");
            return Ok(());
        }
        match wallet.agree(consent).await? {
            Some(link) => output::line(format!("Shown. Go on at {link}")),
            None => output::line("Shown."),
        }
        Ok(())
    }
}

/// A claims path as a person reads it.
fn dotted(path: &ClaimPath) -> String {
    let step = |step: &PathStep| match step {
        PathStep::Name(name) => name.clone(),
        PathStep::Index(index) => index.to_string(),
        PathStep::All(()) => "*".to_owned(),
    };
    path.0.iter().map(step).collect::<Vec<_>>().join(".")
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
        let refilled = wallet.refill().await?;
        output::line(format!("{refilled} cards refilled."));
        Ok(())
    }
}
