//! `tanda desk`: ask a guest, and see the verdict.

mod export;
mod order;
mod receipt;
mod staff;

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;
use tanda_cli::drive;
use url::Url;

use crate::output;
use export::Export;
use order::Order;
use receipt::VerifyReceipt;
use staff::Staff;

/// Run a relying party's desk.
#[derive(Subcommand)]
pub(crate) enum Desk {
    /// Show what this relying party is registered to ask
    Purposes(Purposes),
    /// Ask a guest, print the code to type in the wallet, and wait for the verdict
    ///
    /// The exit code is 0 when the verdict is valid, 1 when it is not valid or the guest declined,
    /// and 2 when the desk cannot tell.
    Ask(Ask),
    /// Ask several people for one order, such as a group's tickets
    Order(Order),
    /// Check a receipt: who signed it, and what it says was checked
    VerifyReceipt(VerifyReceipt),
    /// Take out what was kept for a purpose, such as the stay register
    Export(Export),
    /// Keep the staff: take people on, set PINs, let people go
    #[command(subcommand)]
    Staff(Staff),
}

/// Which desk. It is enrolled for this one command.
#[derive(Args)]
pub(crate) struct Place {
    /// The verifier's address
    #[arg(
        long,
        env = "TANDA_DESK_URL",
        default_value = "http://localhost:8602",
        value_name = "URL"
    )]
    url: Url,
    /// The relying party's id, such as hotel-nansha
    #[arg(long, env = "TANDA_RELYING_PARTY", value_name = "ID")]
    relying_party: String,
    /// The relying party's access code
    #[arg(long, env = "TANDA_ACCESS_CODE", hide_env_values = true, value_name = "CODE")]
    access_code: String,
}

/// Which desk, and who is at it.
#[derive(Args)]
pub(crate) struct Shift {
    #[command(flatten)]
    place: Place,
    /// Who is at the desk
    #[arg(long, env = "TANDA_STAFF", value_name = "NAME")]
    staff: String,
    /// Their PIN
    #[arg(long, env = "TANDA_PIN", hide_env_values = true, value_name = "PIN")]
    pin: String,
}

/// Show the purposes.
#[derive(Args)]
pub(crate) struct Purposes {
    #[command(flatten)]
    place: Place,
}

/// Ask a guest.
#[derive(Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    shift: Shift,
    /// The purpose, such as hotel-check-in
    #[arg(long, value_name = "ID")]
    purpose: String,
    /// Ask for these claims alone, such as given_name or age_equal_or_over.18
    #[arg(long, value_delimiter = ',', value_name = "CLAIMS")]
    claims: Option<Vec<String>>,
    /// Ask for at least this level: light or full
    #[arg(long, value_name = "LEVEL")]
    level: Option<String>,
    /// Answer with a code of the guest's printed sheet, in place of a wallet
    #[arg(long, value_name = "CODE")]
    sheet: Option<String>,
    /// Write the receipt into this file
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Print the request and the verdict as JSON lines
    #[arg(long)]
    json: bool,
}

/// The verdict wasn't "valid"; the process ends with a code that says which.
const NOT_VALID: i32 = 1;
const CANNOT_TELL: i32 = 2;

impl Desk {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        match self {
            Self::Purposes(command) => runtime.block_on(command.run()),
            Self::VerifyReceipt(command) => runtime.block_on(command.run()),
            Self::Export(command) => runtime.block_on(command.run()),
            Self::Staff(command) => runtime.block_on(command.run()),
            Self::Ask(command) => ended(runtime.block_on(command.run())?),
            Self::Order(command) => ended(runtime.block_on(command.run())?),
        }
    }
}

/// Ends the process with this code, if it is none of success.
fn ended(code: i32) -> Result<(), Box<dyn Error>> {
    if code == 0 { Ok(()) } else { std::process::exit(code) }
}

impl Place {
    /// Runs `work` at the desk, which is none again afterwards.
    pub(crate) async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&drive::Desk) -> Result<T, Box<dyn Error>>,
    ) -> Result<T, Box<dyn Error>> {
        let desk = drive::Desk::enrol(&self.url, &self.relying_party, &self.access_code).await?;
        let done = work(&desk).await;
        desk.unenrol().await?;
        done
    }
}

impl Shift {
    /// Runs `work` at the desk on shift.
    pub(crate) async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&drive::Desk) -> Result<T, Box<dyn Error>>,
    ) -> Result<T, Box<dyn Error>> {
        self.place
            .with(async |desk| {
                desk.sign_in(&self.staff, &self.pin).await?;
                work(desk).await
            })
            .await
    }
}

impl Purposes {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let desk = self.place.with(async |desk| Ok(desk.view().await?)).await?;
        for purpose in desk["purposes"].as_array().into_iter().flatten() {
            let claims: Vec<String> =
                purpose["claims"].as_array().into_iter().flatten().map(dotted).collect();
            output::line(format!(
                "{:<22} {:<6} {}",
                purpose["id"].as_str().unwrap_or_default(),
                purpose["level"].as_str().unwrap_or_default(),
                claims.join(", ")
            ));
        }
        Ok(())
    }
}

impl Ask {
    async fn run(self) -> Result<i32, Box<dyn Error>> {
        self.shift.with(async |desk| self.ask(desk).await).await
    }

    async fn ask(&self, desk: &drive::Desk) -> Result<i32, Box<dyn Error>> {
        let claims: Option<Vec<Vec<String>>> = self.claims.as_ref().map(|claims| {
            claims.iter().map(|claim| claim.split('.').map(str::to_owned).collect()).collect()
        });
        let asked = desk.ask(&self.purpose, claims.as_deref(), self.level.as_deref()).await?;
        if self.json {
            output::line(serde_json::to_string(&asked)?);
        } else {
            output::line(format!("code    {}", asked.code));
            output::line(format!("link    {}", asked.wallet_link));
            if self.sheet.is_none() {
                output::note("Waiting for the guest's wallet, five minutes at most.");
            }
        }
        let state = match &self.sheet {
            Some(code) => desk.hand_over(&asked.id, code).await?,
            None => desk.wait(&asked.id).await?,
        };
        if let Some(file) = self.receipt.as_ref().filter(|_| state.state == "verdict") {
            std::fs::write(file, desk.receipt(&asked.id).await?)?;
        }
        Ok(self.show(&state)?)
    }

    fn show(&self, state: &drive::State) -> Result<i32, serde_json::Error> {
        if self.json {
            output::line(serde_json::to_string(state)?);
        } else {
            output::line(state.outcome().replace('_', " ").to_uppercase());
            if let Some(reason) = state.verdict["reason"].as_str() {
                output::line(format!("reason  {}", reason.replace('_', " ")));
            }
            if let Some(issuer) = state.verdict["issuer"]["name"]["en"].as_str() {
                output::line(format!("issuer  {issuer}"));
            }
            for (name, value) in state.verdict["claims"].as_object().into_iter().flatten() {
                output::line(format!("{name:<32} {}", shown(value)));
            }
        }
        Ok(match state.outcome() {
            "valid" => 0,
            "cannot_tell" => CANNOT_TELL,
            _ => NOT_VALID,
        })
    }
}

/// A claims path as a person types it.
fn dotted(path: &Value) -> String {
    let steps = path.as_array().into_iter().flatten();
    steps.map(|step| step.as_str().unwrap_or("*")).collect::<Vec<_>>().join(".")
}

/// A claim's value on one line; a portrait only by its size.
fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) if text.starts_with("data:") => format!("(a picture, {} KB)", text.len() / 1024),
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}
