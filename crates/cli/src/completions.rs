//! Shell completions.

use std::error::Error;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::output;

/// Print completions for a shell.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell; for bash, put the output into a file that ~/.bashrc sources
    shell: Shell,
}

impl Completions {
    pub(crate) fn run<C: CommandFactory>(self) -> Result<(), Box<dyn Error>> {
        output::line(script::<C>(self.shell)?.trim_end());
        Ok(())
    }
}

fn script<C: CommandFactory>(shell: Shell) -> Result<String, std::string::FromUtf8Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut C::command(), "tanda", &mut script);
    String::from_utf8(script)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_completes_the_commands() {
        for shell in Shell::value_variants() {
            let script = script::<crate::Tanda>(*shell).unwrap();
            for word in ["register", "look-up", "unmask"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
