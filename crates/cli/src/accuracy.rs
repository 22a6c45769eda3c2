//! `tanda accuracy`: how often the matchers err, measured on your photographs or fingerprints.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tanda_biometrics::Models;
use tanda_biometrics::accuracy::{self, AccuracyError};

use crate::output;

/// Measure the face matcher or the finger matcher.
#[derive(Args)]
pub(crate) struct Accuracy {
    /// A folder with a folder of photographs for each person; LFW's pairs.txt is used if it is there
    #[arg(long, value_name = "FOLDER", required_unless_present = "fingers")]
    faces: Option<PathBuf>,
    /// A folder of sets of fingerprints, of any depth: in each files named <finger>_<impression>
    #[arg(long, value_name = "FOLDER")]
    fingers: Option<PathBuf>,
    /// The fingerprints' dots an inch, where the files don't say or are wrong
    #[arg(long, value_name = "DPI", requires = "fingers")]
    dpi: Option<u32>,
    /// The folder of the recognition models
    #[arg(long, env = "TANDA_MODELS", default_value = "models", value_name = "FOLDER")]
    models: PathBuf,
    /// Where to write the tables (faces.md, fingers.md) and DET plots (faces-det.svg, fingers-det.svg)
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    out: PathBuf,
}

impl Accuracy {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        if let Some(folder) = &self.faces {
            let models = Models::load(&self.models)?;
            let report = with_bar("photographs", |progress| {
                accuracy::measure_faces(&models, folder, progress)
            })?;
            self.write("faces", &report.table(), &report.det_svg())?;
        }
        if let Some(folder) = &self.fingers {
            let report = with_bar("steps", |progress| {
                accuracy::measure_fingers(&accuracy::Tanda, folder, self.dpi, progress)
            })?;
            self.write("fingers", &report.tables(), &report.det_svg())?;
        }
        Ok(())
    }

    fn write(&self, name: &str, tables: &str, plot: &str) -> Result<(), Box<dyn Error>> {
        output::line(tables);
        std::fs::create_dir_all(&self.out)?;
        std::fs::write(self.out.join(format!("{name}.md")), tables)?;
        std::fs::write(self.out.join(format!("{name}-det.svg")), plot)?;
        output::note(format!("written: {}/{name}.md, {name}-det.svg", self.out.display()));
        Ok(())
    }
}

/// Shows how far it is.
fn with_bar<T>(
    what: &str,
    measure: impl FnOnce(&mut dyn FnMut(usize, usize)) -> Result<T, AccuracyError>,
) -> Result<T, Box<dyn Error>> {
    let bar = ProgressBar::no_length();
    let template = format!("{{bar:40}} {{pos}}/{{len}} {what}, {{eta}} left");
    bar.set_style(ProgressStyle::with_template(&template)?);
    let measured = measure(&mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(measured)
}
