//! `tanda reader`: between a card and an authority, and nothing more.

mod card;
mod wait;

use std::error::Error;
use std::io;
use std::time::Duration;

use clap::Args;
use tanda_chip::Transport;
use tanda_cli::drive::forward;
use tokio::runtime::Runtime;
use url::Url;

use crate::output;
use card::Readers;

/// A card reader's side of a relay.
#[derive(Args)]
pub(crate) struct Reader {
    /// The link that the page shows; it can be used once
    #[arg(required_unless_present = "wait")]
    link: Option<String>,
    /// The reader to use; by default the one that has a card
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Stay, and take links from a page on this machine instead: for counters
    #[arg(long, conflicts_with = "link", requires = "origin")]
    wait: bool,
    /// The address of a page that may send links; others are refused
    #[arg(long, value_name = "URL", requires = "wait")]
    origin: Vec<Url>,
    /// Where the page finds the reader, on 127.0.0.1
    #[arg(long, default_value_t = 8610, value_name = "PORT")]
    port: u16,
}

/// How long somebody has to lay the card on: as long as a link lives.
const PATIENCE: Duration = Duration::from_secs(180);

impl Reader {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let Some(link) = self.link else {
            return runtime()?.block_on(wait::serve(self.port, &self.origin, self.reader));
        };
        let readers = Readers::open()?;
        let mut card = readers.wait_for_card(self.reader.as_deref(), PATIENCE)?;
        output::note(format!("The card on {} is being read: leave it there.", card.reader()));
        carry(&link, &mut card)
    }
}

/// Forwards until the authority says how it ended, and says so.
pub(crate) fn carry(link: &str, card: &mut impl Transport) -> Result<(), Box<dyn Error>> {
    let ended = runtime()?.block_on(forward(link, card))?;
    if ended.ended == "read" {
        output::line(ended.sentence);
        Ok(())
    } else {
        Err(ended.sentence.into())
    }
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
