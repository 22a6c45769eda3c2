//! The PIN of a wallet's full card: typed at the terminal, which does not show it, or read from a file.
//! Never an argument: those stand in the shell's history, and everybody on the machine sees them.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;
use console::Term;
use tanda_cli::drive;
use tanda_model::Pin;
use zeroize::Zeroizing;

use crate::output;
use crate::wallet::File;

/// For scripts: where the PIN is, in place of typing it.
#[derive(Args)]
pub(crate) struct PinFile {
    /// A file whose first line is the full card's PIN, in place of typing it
    #[arg(long, env = "TANDA_WALLET_PIN_FILE", value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ChoosePin {
    #[command(flatten)]
    current: PinFile,
    /// A file whose first line is the PIN to choose, in place of typing it
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
    #[command(flatten)]
    file: File,
}

impl PinFile {
    /// The PIN that was chosen before.
    pub(crate) fn typed(&self) -> Result<Pin, Box<dyn Error>> {
        match &self.pin_file {
            Some(file) => read(file),
            None => ask("The full card\u{2019}s PIN:"),
        }
    }

    /// A PIN to be chosen: typed twice.
    pub(crate) fn chosen(&self) -> Result<Pin, Box<dyn Error>> {
        chosen(self.pin_file.as_deref())
    }
}

impl ChoosePin {
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        let mut wallet = drive::Wallet::open(&self.file.wallet).await?;
        let verified = match wallet.state().guard() {
            None => None,
            Some(_) => Some(wallet.verify(&self.current.typed()?)?),
        };
        let pin = chosen(self.new_pin_file.as_deref())?;
        wallet.choose_pin(&pin, verified.as_ref())?;
        output::line("The full card is shown with this PIN from now on.");
        Ok(())
    }
}

fn chosen(file: Option<&Path>) -> Result<Pin, Box<dyn Error>> {
    let Some(file) = file else {
        output::note("The full card is shown with a PIN. Choose six to twelve digits.");
        let pin = ask("PIN:")?;
        if pin != ask("Again:")? {
            return Err("these were two different PINs; nothing has changed".into());
        }
        return Ok(pin);
    };
    read(file)
}

fn ask(what: &str) -> Result<Pin, Box<dyn Error>> {
    let terminal = Term::stderr();
    if !terminal.is_term() {
        return Err("the full card takes its PIN, and there is no terminal to type it at; \
            name a file that holds it with --pin-file"
            .into());
    }
    output::note(what);
    let line = Zeroizing::new(terminal.read_secure_line()?);
    Ok(line.trim().parse()?)
}

fn read(file: &Path) -> Result<Pin, Box<dyn Error>> {
    let text = std::fs::read_to_string(file).map_err(|cause| {
        format!("the PIN\u{2019}s file {} can\u{2019}t be read: {cause}", file.display())
    })?;
    let text = Zeroizing::new(text);
    Ok(text.lines().next().unwrap_or_default().trim().parse()?)
}
