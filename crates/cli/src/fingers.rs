//! `tanda fingers`: what Tanda makes of the pictures of a scanner and of others' records, without an
//! authority.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tanda_biometrics::finger::{
    FingerPosition, FingerRecord, FingerReference, FingerTemplate, FingersComparison, Impression,
    ImpressionQuality, LEAST_FINGERS, PresentedFingers,
};
use tanda_biometrics::{EACH_FINGER_THRESHOLD, FINGERS_MATCH_THRESHOLD};
use tanda_server::files;
use zeroize::Zeroizing;

use crate::output;

/// Make records of fingers, and compare them.
#[derive(Subcommand)]
pub(crate) enum Fingers {
    /// Make an ISO/IEC 19794-2:2005 record of pictures, and say how good each is
    ///
    /// The record is what the register imports. It holds minutiae; no picture is kept.
    Record(Record),
    /// Compare two records, or folders of pictures, as an authority does
    ///
    /// Exits with 1 where they are not alike.
    Compare(Compare),
}

#[derive(Args)]
pub(crate) struct Record {
    /// Pictures (PNG, BMP, TIFF, PGM) or folders of them, each named as its finger is:
    /// right-index.png, right-index-2.png
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// Where the record goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The scanner's dots an inch; left out, the pictures have to state it
    #[arg(long, value_name = "DOTS")]
    dots_an_inch: Option<u32>,
}

#[derive(Args)]
pub(crate) struct Compare {
    /// What is known: a record, or a folder of pictures; up to three impressions of each finger
    #[arg(value_name = "ENROLLED")]
    enrolled: PathBuf,
    /// What is shown: a record, or a folder of pictures; one impression of each finger
    #[arg(value_name = "SHOWN")]
    shown: PathBuf,
    /// The scanner's dots an inch; left out, the pictures have to state it
    #[arg(long, value_name = "DOTS")]
    dots_an_inch: Option<u32>,
}

impl Fingers {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Record(command) => command.run(),
            Self::Compare(command) => command.run(),
        }
    }
}

impl Record {
    fn run(self) -> Result<(), Box<dyn Error>> {
        let mut files = Vec::new();
        for path in &self.pictures {
            if path.is_dir() { files.extend(within(path)?) } else { files.push(path.clone()) }
        }
        let impressions = impressions(&files, self.dots_an_inch, |file, position, quality| {
            output::line(format!("{}  {position}: {}", file.display(), measured(quality)));
        })?;
        let record = FingerRecord::from(&FingerReference::enrol(impressions)?);
        let bytes = Zeroizing::new(record.to_bytes());
        files::write_private(&self.out, &bytes)?;
        let count = record.views.len();
        output::note(format!("written: {}, {count} impressions", self.out.display()));
        Ok(())
    }
}

impl Compare {
    fn run(self) -> Result<(), Box<dyn Error>> {
        let enrolled = FingerReference::enrol(self.read(&self.enrolled)?)?;
        let shown = self.read(&self.shown)?;
        for (position, _) in &shown {
            if enrolled.fingers().all(|(known, _)| known != *position) {
                output::note(format!("{position} is not in {}", self.enrolled.display()));
            }
        }
        let shown = PresentedFingers::new(shown)?;
        let likenesses = enrolled.likenesses(&shown);
        for one in &likenesses {
            let unlike = if one.is_unlike() { "  unlike" } else { "" };
            output::line(format!("{:<12}  {:>6.1}{unlike}", one.position.as_str(), one.score.0));
        }
        let comparison = FingersComparison::from(&*likenesses);
        if comparison.fingers < LEAST_FINGERS {
            return Err("fewer than two fingers are in both: nobody is known by that".into());
        }
        output::line(format!("{:<12}  {:>6.1}", "mean", comparison.mean()));
        if let Some(position) = enrolled.copied(&shown) {
            return Err(format!(
                "{position} is the same picture in both: an authority takes no copy for a finger"
            )
            .into());
        }
        let (mean, each) = (FINGERS_MATCH_THRESHOLD, EACH_FINGER_THRESHOLD);
        let needed = format!("a mean of {mean} is needed, and {each} of each finger");
        if comparison.is_match() {
            output::line(format!("Alike: {needed}."));
            return Ok(());
        }
        Err(format!("not alike: {needed}").into())
    }

    fn read(&self, path: &Path) -> Result<Vec<(FingerPosition, FingerTemplate)>, Box<dyn Error>> {
        if path.is_dir() {
            return impressions(&within(path)?, self.dots_an_inch, |_, _, _| {});
        }
        let bytes = read(path)?;
        if let Ok(reference) = FingerReference::from_bytes(&bytes) {
            return Ok(reference.impressions().map(|(at, one)| (at, one.clone())).collect());
        }
        let record = FingerRecord::from_bytes(&bytes)
            .map_err(|cause| format!("{}: {cause}", path.display()))?;
        let nameless = record.views.iter().filter(|view| view.position.is_none()).count();
        if nameless > 0 {
            let path = path.display();
            output::note(format!("{path}: {nameless} impressions of no known finger left out"));
        }
        Ok(record.into_impressions().collect())
    }
}

/// The files of a folder, by their names.
pub(crate) fn within(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = folder.read_dir().map_err(|cause| unread(folder, &cause))?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(|cause| unread(folder, &cause)))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}

/// The minutiae of pictures that are good enough, all of them; otherwise each that is not is said, and
/// what to do about it.
fn impressions(
    files: &[PathBuf],
    dots_an_inch: Option<u32>,
    mut examined: impl FnMut(&Path, FingerPosition, &ImpressionQuality),
) -> Result<Vec<(FingerPosition, FingerTemplate)>, Box<dyn Error>> {
    let mut impressions = Vec::new();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let refused = |why: &dyn Error| output::line(format!("{}  {why}", file.display()));
        let position = match FingerPosition::of_file(name) {
            Ok(position) => position,
            Err(why) => {
                refused(&why);
                continue;
            }
        };
        let (template, quality) = match Impression::decode(&read(file)?, dots_an_inch) {
            Ok(impression) => impression.examine(),
            Err(why) => {
                refused(&why);
                continue;
            }
        };
        examined(file, position, &quality);
        match quality.refusal() {
            Some(why) => refused(&why),
            None => impressions.push((position, template)),
        }
    }
    if impressions.len() == files.len() {
        Ok(impressions)
    } else {
        Err("pictures are of no use; nothing was made of the others".into())
    }
}

fn measured(quality: &ImpressionQuality) -> String {
    let ImpressionQuality { printed, ridged, contrast, minutiae, .. } = quality;
    format!(
        "{printed:.0} mm², {ridged:.0} mm² of ridges, contrast {contrast:.0}, {minutiae} minutiae"
    )
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    std::fs::read(path).map(Zeroizing::new).map_err(|cause| unread(path, &cause))
}

fn unread(path: &Path, cause: &std::io::Error) -> String {
    format!("{} can't be read: {cause}", path.display())
}
