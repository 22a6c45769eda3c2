//! `tanda desk export`: what was kept for a purpose, such as the stay register.

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::Shift;
use crate::output;

/// Take out what was kept for a purpose; a manager's work, and remembered with the reason.
#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    shift: Shift,
    /// The purpose, such as hotel-check-in
    #[arg(long, value_name = "ID")]
    purpose: String,
    /// The first day, YYYY-MM-DD, in this machine's time zone
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The last day
    #[arg(long, value_name = "DATE")]
    to: Date,
    /// A table or an array
    #[arg(long, value_enum, default_value = "csv")]
    form: Form,
    /// Why it is taken out, such as the number of the police's request
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Where to write it; to standard output if left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Which form.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// Lines of comma-separated values
    Csv,
    /// A JSON array
    Json,
}

impl Export {
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        let (from, until) = (start_of(self.from)?, start_of(self.to.checked_add(1.day())?)?);
        let form = match self.form {
            Form::Csv => "csv",
            Form::Json => "json",
        };
        let (purpose, reason) = (&self.purpose, &self.reason);
        let work = async |desk: &super::drive::Desk| {
            Ok(desk.export(purpose, from, until, form, reason).await?)
        };
        let content = self.shift.with(work).await?;
        match &self.out {
            Some(file) => tanda_server::files::write_private(file, content.as_bytes())?,
            None => output::line(content.trim_end()),
        }
        Ok(())
    }
}

fn start_of(day: Date) -> Result<Timestamp, jiff::Error> {
    Ok(day.to_zoned_datetime(TimeZone::system())?.timestamp())
}
