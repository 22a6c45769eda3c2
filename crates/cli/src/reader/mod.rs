//! `tanda reader`: between a card and an authority, and nothing more.

mod card;

use std::error::Error;
use std::time::Duration;

use clap::Args;
use tanda_chip::Transport;
use tanda_cli::drive::forward;

use crate::output;
use card::Readers;

/// A card reader's side of a relay.
#[derive(Args)]
pub(crate) struct Reader {
    /// The link that the page shows; it can be used once
    link: String,
    /// The reader to use; by default the one that has a card
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
}

/// How long somebody has to lay the card on: as long as a link lives.
const PATIENCE: Duration = Duration::from_secs(180);

impl Reader {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let readers = Readers::open()?;
        let mut card = readers.wait_for_card(self.reader.as_deref(), PATIENCE)?;
        output::note(format!("The card on {} is being read: leave it there.", card.reader()));
        carry(&self.link, &mut card)
    }
}

/// Forwards until the authority says how it ended, and says so.
pub(crate) fn carry(link: &str, card: &mut impl Transport) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(forward(link, card))?;
    if ended.ended == "read" {
        output::line(ended.sentence);
        Ok(())
    } else {
        Err(ended.sentence.into())
    }
}
