//! `tanda sandbox finger`: a print of somebody who doesn't exist.

use std::path::PathBuf;
use std::str::FromStr as _;

use clap::Args;
use clap::builder::PossibleValuesParser;
use tanda_sandbox_finger::{PrintFault, SimulatedFinger};

use super::{SandboxError, write};

/// A simulated print.
#[derive(Args)]
pub(crate) struct Finger {
    /// The number of a resident of the sandbox city; any other number has fingers too, that nobody
    /// knows
    #[arg(long, value_name = "NUMBER")]
    resident: String,
    /// Which finger
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(SimulatedFinger::NAMES),
        default_value = "right-index",
        value_name = "FINGER"
    )]
    finger: String,
    /// Which time it is put on the scanner; the register knows the first three
    #[arg(long, default_value_t = 4, value_name = "COUNT")]
    impression: u32,
    /// What is wrong with the print: other-finger, partial, blank, desk
    #[arg(long, value_parser = PrintFault::from_str, value_name = "FAULT")]
    fault: Option<PrintFault>,
    /// Where the picture goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Finger {
    pub(super) fn run(self) -> Result<(), SandboxError> {
        let finger = SimulatedFinger::of(&self.resident, &self.finger);
        let print = match self.fault {
            Some(fault) => finger.faulty_print(self.impression, fault),
            None => finger.print(self.impression),
        };
        write(&self.out, &print.png())
    }
}
