//! Who acts on an authority's data, and why: no act is without it.

use clap::Args;
use tanda_authority::{Authority, Officer};
use tanda_model::{CaseNumber, Reason, ResidentNumber};
use tanda_server::clock;

use crate::output;

/// The acting officer.
#[derive(Args)]
pub(crate) struct Acting {
    /// Who you are: whoever works at this machine acts as a custodian, in their own name
    #[arg(long, env = "TANDA_OFFICER", value_name = "NAME")]
    officer: String,
    /// Why, in at least eight characters; the resident whom it is about will read it
    #[arg(long, value_parser = reason, value_name = "TEXT")]
    reason: Reason,
    /// The case that this belongs to
    #[arg(long, value_parser = case_number, value_name = "NUMBER")]
    case: Option<CaseNumber>,
}

impl Acting {
    pub(crate) fn officer(self) -> Officer {
        Officer::custodian(&self.officer, self.reason, self.case)
    }
}

/// Signs the log's head over what was just done, so that it cannot be taken back unseen.
pub(crate) async fn sign_log(authority: &Authority) {
    if let Err(cause) = authority.sign_checkpoint(clock::now()).await {
        output::note(format!("It is done and recorded, but {cause}."));
    }
}

/// Parses a resident number for clap.
pub(crate) fn number(text: &str) -> Result<ResidentNumber, String> {
    text.parse().map_err(|error: tanda_model::NumberError| error.to_string())
}

fn case_number(text: &str) -> Result<CaseNumber, String> {
    text.parse().map_err(|error: tanda_model::CaseNumberError| error.to_string())
}

fn reason(text: &str) -> Result<Reason, String> {
    text.parse().map_err(|error: tanda_model::ReasonError| error.to_string())
}
