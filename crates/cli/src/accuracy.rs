//! `tanda accuracy`: how often the face matcher errs, measured on your photographs.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tanda_biometrics::{Models, accuracy};

use crate::output;

/// Measure the face matcher.
#[derive(Args)]
pub(crate) struct Accuracy {
    /// A folder with a folder of photographs for each person; LFW's pairs.txt is used if it is there
    #[arg(long, value_name = "FOLDER")]
    faces: PathBuf,
    /// The folder of the recognition models
    #[arg(long, env = "TANDA_MODELS", default_value = "models", value_name = "FOLDER")]
    models: PathBuf,
    /// Where to write the table (faces.md) and the DET plot (faces-det.svg)
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    out: PathBuf,
}

impl Accuracy {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let models = Models::load(&self.models)?;
        let bar = ProgressBar::no_length();
        bar.set_style(ProgressStyle::with_template(
            "{bar:40} {pos}/{len} photographs, {eta} left",
        )?);
        let report = accuracy::measure_faces(&models, &self.faces, &mut |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        output::line(report.table());
        std::fs::create_dir_all(&self.out)?;
        std::fs::write(self.out.join("faces.md"), report.table())?;
        std::fs::write(self.out.join("faces-det.svg"), report.det_svg())?;
        output::note(format!("written: {}/faces.md, faces-det.svg", self.out.display()));
        Ok(())
    }
}
