//! The command line `tanda`: serve the roles, keep the register, act as an officer, drive a wallet
//! or a desk.

mod accuracy;
mod acting;
mod completions;
mod country_signers;
mod desk;
mod fingers;
mod log;
mod officer;
mod output;
mod pin;
mod reader;
mod register;
mod relying_party;
mod sandbox;
mod serve;
mod settings;
mod sheet;
mod wallet;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tanda, the open digital ID card.
#[derive(Parser)]
#[command(
    name = "tanda",
    version,
    about = "Tanda, the open digital ID card",
    propagate_version = true,
    max_term_width = 100
)]
#[command(
    after_help = "Start with `tanda serve --sandbox sandbox`, then open the wallet's address.\n\
    Every command explains itself with --help."
)]
struct Tanda {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the authority, the provider and the verifier, or some of them
    Serve(serve::Serve),
    /// Keep the population register: import, add, mark
    #[command(subcommand)]
    Register(register::Register),
    /// Act as an officer: decide applications; suspend, restore, revoke cards
    #[command(subcommand)]
    Officer(officer::Officer),
    /// Say whose physical cards are believed: take over master lists, certificates, revocation lists
    #[command(subcommand)]
    CountrySigners(country_signers::CountrySigners),
    /// Check the log of what the authority did; print its newest signed checkpoint
    #[command(subcommand)]
    Log(log::Log),
    /// Carry a wallet on the command line: apply, receive, present
    #[command(subcommand)]
    Wallet(wallet::Wallet),
    /// Run a relying party's desk on the command line: ask, and see the verdict
    #[command(subcommand)]
    Desk(desk::Desk),
    /// Become a relying party: apply to an authority, fetch the certificates
    #[command(subcommand)]
    RelyingParty(relying_party::RelyingParty),
    /// Read a physical card for an authority: this machine's reader forwards, and learns nothing
    Reader(reader::Reader),
    /// Play the sandbox's part: an emulated identity card on a virtual reader
    #[command(subcommand)]
    Sandbox(sandbox::Sandbox),
    /// Make records of fingers out of pictures, and compare them as an authority does
    #[command(subcommand)]
    Fingers(fingers::Fingers),
    /// Measure the face matcher's error rates on a folder of photographs
    Accuracy(accuracy::Accuracy),
    /// Print completions for a shell
    Completions(completions::Completions),
}

fn main() -> ExitCode {
    let tanda = Tanda::parse();
    let done = match tanda.command {
        Command::Serve(command) => command.run(),
        Command::Register(command) => command.run(),
        Command::Officer(command) => command.run(),
        Command::CountrySigners(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Wallet(command) => command.run(),
        Command::Desk(command) => command.run(),
        Command::RelyingParty(command) => command.run(),
        Command::Reader(command) => command.run(),
        Command::Sandbox(command) => command.run(),
        Command::Fingers(command) => command.run(),
        Command::Accuracy(command) => command.run(),
        Command::Completions(command) => command.run::<Tanda>(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::failure(&*error);
            ExitCode::FAILURE
        }
    }
}
