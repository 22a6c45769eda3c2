//! `tanda log`: check the log of what the authority did, and print what was signed of it.

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use tanda_server::{clock, roles};

use crate::output;
use crate::settings::Settings;

/// The log of acts.
#[derive(Subcommand)]
pub(crate) enum Log {
    /// Check the whole log against its store and its signed checkpoints
    ///
    /// Every entry is hashed anew and compared with its place in the tree, the tree with every
    /// checkpoint that was signed. The first entry that is wrong is named, and what is wrong with it:
    /// changed, missing, out of order, or a hash or a checkpoint that does not fit.
    Verify(Verify),
    /// Print the newest signed checkpoint: keep it elsewhere to check the log against it later
    Checkpoint(Checkpoint),
}

#[derive(Args)]
pub(crate) struct Verify {
    /// A checkpoint that was kept elsewhere: the log must still begin with it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
pub(crate) struct Checkpoint {
    #[command(flatten)]
    settings: Settings,
}

impl Log {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match self {
                Self::Verify(command) => command.run().await,
                Self::Checkpoint(command) => command.run().await,
            }
        })
    }
}

impl Verify {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let kept = self
            .checkpoint
            .map(|file| {
                std::fs::read(&file)
                    .map_err(|cause| format!("{} can't be read: {cause}", file.display()))
            })
            .transpose()?;
        let authority = roles::open_authority(&self.settings.config()?, clock::now()).await?;
        let bar = ProgressBar::new_spinner();
        bar.set_style(ProgressStyle::with_template("{pos} entries checked  {per_sec}")?);
        let verified =
            authority.verify_log(kept.as_deref(), &mut |done| bar.set_position(done)).await;
        bar.finish_and_clear();
        let verified = verified?;
        output::line(format!(
            "The log is whole: {} entries, {} signed checkpoints.",
            verified.entries, verified.checkpoints
        ));
        let unsigned = verified.entries - verified.signed;
        if unsigned > 0 {
            output::note(match unsigned {
                1 => "The last entry is under no checkpoint yet.".to_owned(),
                _ => format!("The last {unsigned} entries are under no checkpoint yet."),
            });
        }
        Ok(())
    }
}

impl Checkpoint {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let authority = roles::open_authority(&self.settings.config()?, clock::now()).await?;
        let newest = authority.newest_checkpoint().await?;
        let newest = newest.ok_or("nothing was signed yet: the authority signs while it runs")?;
        output::line(newest.note.trim_end());
        output::note(format!("Signed {} with {}", newest.signed_at, authority.log_verifier()));
        Ok(())
    }
}
