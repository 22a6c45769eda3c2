//! `tanda register`: keep the population register.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use tanda_authority::register::{Entry, ImportRequest, Mark as RegisterMark, NewResident};
use tanda_biometrics::Models;
use tanda_biometrics::finger::FingerRecord;
use tanda_model::{Country, Marks, PersonName, ResidentNumber, Sex};
use tanda_server::{clock, files, roles};
use zeroize::Zeroizing;

use crate::acting::{Acting, number, sign_log};
use crate::output;
use crate::settings::Settings;

/// Keep the population register.
#[derive(Subcommand)]
pub(crate) enum Register {
    /// Import residents from a CSV or JSON Lines file with portraits
    ///
    /// Columns: number, family_name, given_name, birth_date (YYYY-MM-DD), sex (0 1 2 9),
    /// nationalities, portrait (a path relative to the file) or portrait_base64, fingers (the path of a
    /// folder of pictures, or of a file) or fingers_base64, deceased, card_lost.
    /// Every row is checked first; if one is bad, nothing is imported and each fault is named.
    Import(Import),
    /// Add one resident with a photograph
    Add(Add),
    /// Mark a resident as deceased or their physical card as lost, or clear the mark
    Mark(Mark),
    /// Look a resident up; the look is recorded with its case number and reason
    LookUp(LookUp),
}

/// Import a file.
#[derive(Args)]
pub(crate) struct Import {
    /// The CSV (.csv) or JSON Lines (.jsonl, .ndjson) file
    file: PathBuf,
    /// The folder that portrait paths start from; the file's own folder if left out
    #[arg(long, value_name = "FOLDER")]
    portraits: Option<PathBuf>,
    /// Import the good rows although there are bad ones
    #[arg(long)]
    skip_bad: bool,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

/// Add a resident.
#[derive(Args)]
pub(crate) struct Add {
    /// The resident number (GB 11643 or NIK)
    #[arg(long, value_parser = number, value_name = "NUMBER")]
    number: ResidentNumber,
    /// The family name
    #[arg(long, value_name = "NAME")]
    family_name: String,
    /// The given name; some people have one name only
    #[arg(long, default_value = "", value_name = "NAME")]
    given_name: String,
    /// The date of birth, YYYY-MM-DD; taken from the number if left out
    #[arg(long, value_name = "DATE")]
    birth_date: Option<Date>,
    /// The sex as ISO/IEC 5218 has it (0, 1, 2, 9); taken from the number if left out
    #[arg(long, value_name = "CODE")]
    sex: Option<u8>,
    /// A photograph: JPEG, PNG or WebP, one face, looking straight
    #[arg(long, value_name = "FILE")]
    photo: PathBuf,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

/// Mark a resident.
#[derive(Args)]
pub(crate) struct Mark {
    /// The mark
    mark: MarkName,
    /// The resident number
    #[arg(long, value_parser = number, value_name = "NUMBER")]
    number: ResidentNumber,
    /// Clear the mark instead
    #[arg(long)]
    clear: bool,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

/// The marks of a resident.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum MarkName {
    /// The resident has died; a live card is revoked
    Deceased,
    /// The physical card is lost
    CardLost,
}

/// Look a resident up.
#[derive(Args)]
pub(crate) struct LookUp {
    /// The resident number
    #[arg(long, value_parser = number, value_name = "NUMBER")]
    number: ResidentNumber,
    /// Show names and numbers in full
    #[arg(long)]
    unmask: bool,
    /// Write the fingers that the register has to this file: an ISO/IEC 19794-2:2005 record
    #[arg(long, requires = "unmask", value_name = "FILE")]
    fingers: Option<PathBuf>,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

impl Register {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            match self {
                Self::Import(command) => command.run().await,
                Self::Add(command) => command.run().await,
                Self::Mark(command) => command.run().await,
                Self::LookUp(command) => command.run().await,
            }
        })
    }
}

impl Import {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let config = self.settings.config()?;
        let now = clock::now();
        let authority = roles::open_authority(&config, now).await?;
        let models = Arc::new(Models::load(&config.models)?);
        let bar = ProgressBar::new(0);
        bar.set_style(ProgressStyle::with_template(
            "{bar:40} {bytes}/{total_bytes}  {msg}  {eta} left",
        )?);
        let request = ImportRequest {
            file: self.file,
            portraits: self.portraits,
            format: None,
            skip_bad: self.skip_bad,
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        };
        let mut progress = |step: tanda_authority::register::ImportProgress| {
            bar.set_length(step.bytes_total);
            bar.set_position(step.bytes_done);
            bar.set_message(format!("{} good, {} refused", step.good, step.refused));
        };
        let report = authority
            .register()
            .import(
                &request,
                &models,
                &self.acting.officer(),
                &mut progress,
                now,
                &mut clock::seeded(),
            )
            .await?;
        bar.finish_and_clear();
        sign_log(&authority).await;
        for fault in &report.faults {
            output::line(fault.to_string());
        }
        let untold = report.refused.saturating_sub(report.faults.len() as u64);
        if untold > 0 {
            output::line(format!("... and {untold} more refused rows"));
        }
        output::line(format!(
            "{} imported, {} good rows, {} refused.",
            report.added, report.good, report.refused
        ));
        if report.added == 0 && report.refused > 0 {
            return Err("nothing was imported: mend the rows above and import the file again, \
                        or import the good rows alone with --skip-bad"
                .into());
        }
        Ok(())
    }
}

impl Add {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let config = self.settings.config()?;
        let now = clock::now();
        let today = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let photo = std::fs::read(&self.photo)
            .map_err(|cause| format!("{} can't be read: {cause}", self.photo.display()))?;
        let birth_date = self
            .birth_date
            .or_else(|| self.number.birth_date(today))
            .ok_or("the number holds no date of birth; give one with --birth-date")?;
        let sex = match self.sex {
            Some(code) => Sex::try_from(code)?,
            None => self.number.sex(),
        };
        let resident = NewResident {
            name: PersonName::new(&self.family_name, &self.given_name)?,
            birth_date,
            sex,
            nationalities: vec![nationality(&self.number)],
            marks: Marks::default(),
            number: self.number,
        };
        let authority = roles::open_authority(&config, now).await?;
        let models = Arc::new(Models::load(&config.models)?);
        let added = authority
            .register()
            .add(resident, photo, &models, &self.acting.officer(), now, &mut clock::seeded())
            .await?;
        sign_log(&authority).await;
        output::line("Added. The resident can apply now.");
        if added.warning.is_some() {
            output::note("The photograph is not a good one; a live face may not match it.");
        }
        Ok(())
    }
}

impl Mark {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let config = self.settings.config()?;
        let now = clock::now();
        let authority = roles::open_authority(&config, now).await?;
        let mark = match self.mark {
            MarkName::Deceased => RegisterMark::Deceased,
            MarkName::CardLost => RegisterMark::CardLost,
        };
        let officer = self.acting.officer();
        let whom = self.number.into();
        let change = authority
            .mark_resident(&whom, mark, !self.clear, &officer, now, &mut clock::seeded())
            .await?;
        if change.revoked.is_some() {
            output::line("Their card is revoked.");
        }
        if change.fell_back.is_some() {
            output::line("Their full card has become a light card.");
        }
        sign_log(&authority).await;
        output::line(if self.clear { "Cleared." } else { "Marked." });
        Ok(())
    }
}

impl LookUp {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let config = self.settings.config()?;
        let now = clock::now();
        let authority = roles::open_authority(&config, now).await?;
        let (register, officer) = (authority.register(), self.acting.officer());
        let found = register.look_up(&self.number, &officer, now).await?;
        // The whole record is a look of its own, which its resident reads.
        let whole = match &found {
            Some(resident) if self.unmask => {
                Some(register.unmask(resident.id, &officer, now).await?)
            }
            _ => None,
        };
        sign_log(&authority).await;
        let resident = found.ok_or("the register has no such number; the look is recorded")?;
        let (number, name) = match &whole {
            Some(Entry { resident: whole, .. }) => {
                (whole.number.as_str().to_owned(), whole.name.full())
            }
            None => (resident.number.masked(), masked(&resident.name.full())),
        };
        output::line(format!("number     {number}"));
        output::line(format!("name       {name}"));
        output::line(format!("deceased   {}", resident.marks.deceased));
        output::line(format!("card lost  {}", resident.marks.card_lost));
        if let Some((file, whole)) = self.fingers.zip(whole) {
            let fingers = whole.fingers()?.ok_or("the register has no fingers of this resident")?;
            let record = Zeroizing::new(FingerRecord::from(&fingers).to_bytes());
            files::write_private(&file, &record)?;
            output::note(format!("written: {}", file.display()));
        }
        Ok(())
    }
}

/// A name with all but its first letter hidden.
fn masked(name: &str) -> String {
    name.chars().enumerate().map(|(at, letter)| if at == 0 { letter } else { '*' }).collect()
}

fn nationality(number: &ResidentNumber) -> Country {
    number.scheme().country()
}
