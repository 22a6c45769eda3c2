//! `tanda sandbox attested-reader`: a reader with a secure module, without the module.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use tanda_cli::emulated::{self, ACCESS_NUMBER, SANDBOX_READER};
use tanda_model::{EnrolmentId, Sex};
use tanda_protocol::attested_reading::{AttestedCard, Question};
use tanda_protocol::oauth::OpaqueToken;
use tanda_server::clock;

use super::SandboxError;
use crate::output;

/// A reader that signs.
#[derive(Args)]
pub(crate) struct AttestedReader {
    /// The number of a resident of the sandbox city, whose card lies on it
    #[arg(long, value_name = "NUMBER")]
    resident: String,
    /// What the authority asks: the JSON that `tanda wallet chip-question` prints
    #[arg(long, value_name = "JSON")]
    question: String,
    /// The sandbox city's folder
    #[arg(long, default_value = "sandbox", value_name = "FOLDER")]
    city: PathBuf,
    /// Where the sandbox's country and its reader are kept; they are made if they aren't there
    #[arg(long, default_value = "data/sandbox-country", value_name = "FOLDER")]
    country: PathBuf,
}

#[derive(Deserialize)]
struct Asked {
    authority: String,
    enrolment: EnrolmentId,
    nonce: OpaqueToken,
}

impl AttestedReader {
    pub(super) fn run(self) -> Result<(), SandboxError> {
        let asked: Asked =
            serde_json::from_str(&self.question).map_err(|_| SandboxError::Question)?;
        let person = emulated::person(&self.city, &self.resident, ACCESS_NUMBER)?;
        let key = emulated::reader_key(&self.country)?;
        let card = AttestedCard {
            state: "UTO".to_owned(),
            number: self.resident,
            document_number: Some(person.document_number),
            name: format!("{} {}", person.primary_name, person.secondary_name).replace('<', " "),
            birth_date: person.birth,
            sex: match person.sex {
                'M' => Sex::Male,
                'F' => Sex::Female,
                _ => Sex::NotKnown,
            },
            expiry: Some(person.expiry),
            portrait: person.portrait,
        };
        let question = Question {
            authority: &asked.authority,
            enrolment: asked.enrolment,
            nonce: &asked.nonce,
        };
        let signed = card.sign(SANDBOX_READER, &question, &key, clock::now());
        output::note("A sandbox's reader, without a secure module: its word proves nothing.");
        output::line(signed.map_err(|_| SandboxError::Sign)?);
        Ok(())
    }
}
