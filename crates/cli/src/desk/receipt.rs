//! `tanda desk verify-receipt`: is it genuine, and what does it say?

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use tanda_cli::drive::Client;
use tanda_credential::trust_list;
use tanda_credential::x509::Certificate;
use tanda_protocol::receipt::{CheckOutcome, CheckReceipt};
use tanda_server::clock;

use crate::output;
use crate::settings::Settings;

/// Check a receipt against the trust list.
#[derive(Args)]
pub(crate) struct VerifyReceipt {
    /// The receipt's file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the receipt's content as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

impl VerifyReceipt {
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        let config = self.settings.config()?;
        let name = self.file.display();
        let token = std::fs::read_to_string(&self.file)
            .map_err(|cause| format!("{name} can't be read: {cause}"))?;
        let anchor = config.trust_anchor();
        let anchor = std::fs::read_to_string(&anchor).map_err(|cause| {
            format!("the trust list's certificate {} can't be read: {cause}", anchor.display())
        })?;
        let list = Client::new()?.get_text(&config.trust_list).await?;
        let now = clock::now();
        let list = trust_list::verify(list.trim(), &[Certificate::from_pem(&anchor)?], None, now)?;
        let receipt = CheckReceipt::verify(token.trim(), &list.access_authorities(now), now)
            .map_err(|refusal| format!("{name} is no genuine receipt: {refusal}"))?;
        if self.json {
            output::line(serde_json::to_string(&receipt)?);
        } else {
            show(&receipt);
        }
        Ok(())
    }
}

fn show(receipt: &CheckReceipt) {
    let outcome = match receipt.outcome {
        CheckOutcome::Valid => "VALID",
        CheckOutcome::NotValid => "NOT VALID",
        CheckOutcome::CannotTell => "CANNOT TELL",
    };
    output::line(format!("A genuine receipt of {}.", receipt.name.en));
    output::line(format!("verdict    {outcome}"));
    if let Some(reason) = &receipt.reason {
        output::line(format!("reason     {}", reason.replace('_', " ")));
    }
    output::line(format!("purpose    {}", receipt.purpose.text.en));
    let claims: Vec<String> = receipt.claims.iter().map(ToString::to_string).collect();
    output::line(format!("checked    {}", claims.join(", ")));
    output::line(format!("level      at least {}", receipt.level));
    output::line(format!("at         {}", receipt.checked_at));
    if let Some(age) = receipt.status_age_s {
        output::line(format!("status     {age} s old then"));
    }
    output::line(format!("desk       {}, {}", receipt.desk.device, receipt.desk.staff));
    output::line(format!("number     {}", receipt.id));
}
