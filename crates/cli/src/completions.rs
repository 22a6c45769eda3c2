//! Shell completions.

use std::error::Error;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print completions for a shell.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell; for bash, put the output into a file that ~/.bashrc sources
    shell: Shell,
}

impl Completions {
    pub(crate) fn run<C: CommandFactory>(self) -> Result<(), Box<dyn Error>> {
        clap_complete::generate(self.shell, &mut C::command(), "tanda", &mut std::io::stdout());
        Ok(())
    }
}
