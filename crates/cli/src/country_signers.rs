//! `tanda country-signers`: whose physical cards an authority believes.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::{Timestamp, tz::Offset};
use tanda_authority::enrolment::chip::{Brought, ChipTrust, Item, Word};
use tanda_chip::passive::{
    CountrySigners as Believed, Fingerprint, RevocationList, SignerCertificate,
    UnverifiedMasterList,
};
use tanda_server::clock;

use crate::output;
use crate::settings::Settings;

/// Whose physical cards an authority believes.
#[derive(Subcommand)]
pub(crate) enum CountrySigners {
    /// Say what is in master lists, certificates and revocation lists, and whether it is believed
    Show(Show),
    /// Take country signers over into the authority's folder (country_signers in tanda.toml)
    ///
    /// Takes ICAO master lists, certificates of country signers (CSCA), links to their next keys,
    /// document signers and revocation lists, in DER or PEM; everything that is named, or nothing. A
    /// country signer by itself needs your word, --trust, for its fingerprint; so does a master list, for
    /// that of the country signer that issued its signer, unless that one is believed already. A master
    /// list's signer has to be in a current revocation list's country: bring that list along. A running
    /// authority takes it up within seconds.
    Take(Take),
}

#[derive(Args)]
pub(crate) struct Show {
    /// Master lists, certificates, revocation lists
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
pub(crate) struct Take {
    /// Master lists, certificates, revocation lists
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The SHA-256 of a country signer's certificate, after you compared it with what its country names
    #[arg(long, value_name = "FINGERPRINT")]
    trust: Vec<Fingerprint>,
    /// For which state's documents: the country in certificates, and what the machine readable zone
    /// has, such as ID=IDN or DE=D
    #[arg(long, value_parser = pair, value_name = "COUNTRY=STATE")]
    state: Vec<(String, String)>,
    #[command(flatten)]
    settings: Settings,
}

impl CountrySigners {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Show(command) => command.run(),
            Self::Take(command) => command.run(),
        }
    }
}

impl Show {
    fn run(self) -> Result<(), Box<dyn Error>> {
        let now = clock::now();
        let trust = match self.settings.config()?.authority.country_signers {
            Some(folder) => ChipTrust::read(&folder, now)?,
            None => ChipTrust::default(),
        };
        let brought = Brought::read(self.files)?;
        for (path, item) in brought.items() {
            match item {
                Item::MasterList(list) => master_list(path, list, trust.believed(), now),
                Item::Certificate(it) => {
                    output::line(format!("{}: {}", path.display(), kind(it)));
                    output::line(certificate(it, trust.believed()));
                }
                Item::RevocationList(list, _) => {
                    output::line(format!("{}: {}", path.display(), revocations(list, &trust, now)));
                }
            }
        }
        Ok(())
    }
}

impl Take {
    fn run(self) -> Result<(), Box<dyn Error>> {
        let folder = self.settings.config()?.authority.country_signers.ok_or(
            "no folder of country signers is configured: set country_signers under [authority] in tanda.toml",
        )?;
        std::fs::create_dir_all(&folder)
            .map_err(|cause| format!("{} can't be made: {cause}", folder.display()))?;
        let word = Word {
            trusted: self.trust.into_iter().collect(),
            states: self.state.into_iter().collect(),
        };
        let taken = Brought::read(self.files)?.take(&folder, &word, clock::now())?;
        for one in &taken {
            output::line(format!("{}  {}", folder.join(&one.path).display(), one.name));
        }
        if taken.is_empty() {
            output::note("Nothing is new: all of it is believed already.");
        }
        Ok(())
    }
}

fn master_list(path: &Path, list: &UnverifiedMasterList, believed: &Believed, now: Timestamp) {
    let proposed = list.unverified();
    output::line(format!(
        "{}: a master list of {} country signers' certificates; {} more can't be used",
        path.display(),
        proposed.certificates.len(),
        proposed.left_out
    ));
    match list.issuer() {
        Some(issuer) => {
            output::line("  its signer was issued by");
            output::line(certificate(issuer, believed));
        }
        None => output::line("  its signer's country signer did not come along"),
    }
    match list.verify(believed, now) {
        Ok(_) => output::line("  it is believed"),
        Err(cause) => output::line(format!("  it is not believed: {cause}")),
    }
    for one in &proposed.certificates {
        output::line(certificate(one, believed));
    }
}

fn kind(certificate: &SignerCertificate) -> &'static str {
    match (certificate.signs_certificates(), certificate.may_be_anchor()) {
        (true, true) => "a country signer",
        (true, false) => "a link to a country signer's next key",
        _ => "a document signer",
    }
}

/// Two lines of a certificate.
fn certificate(certificate: &SignerCertificate, believed: &Believed) -> String {
    let [from, to] = certificate.validity().map(|at| Offset::UTC.to_datetime(at).date());
    let standing = if believed.believes(certificate) {
        "believed"
    } else if !certificate.may_be_anchor() && believed.issuer(certificate).is_some() {
        "issued by a country signer that is believed"
    } else {
        "not believed"
    };
    format!(
        "  {}, {from} to {to}, {standing}\n    {}",
        certificate.name(),
        certificate.fingerprint()
    )
}

fn revocations(list: &RevocationList, trust: &ChipTrust, now: Timestamp) -> String {
    let current = if list.is_current_at(now) { "current" } else { "not current" };
    let issued = Offset::UTC.to_datetime(list.issued()).date();
    match trust.believed().issuer_of_list(list) {
        Some((issuer, state)) => {
            format!(
                "a revocation list of {} for {state}, issued {issued}, {current}",
                issuer.name()
            )
        }
        None => format!("a revocation list of nobody who is believed, issued {issued}, {current}"),
    }
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (country, state) = text.split_once('=').ok_or("write it as ID=IDN")?;
    let capitals = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_uppercase());
    if country.len() == 2 && state.len() <= 3 && capitals(country) && capitals(state) {
        Ok((country.to_owned(), state.to_owned()))
    } else {
        Err("a country has two capital letters, a state up to three, as in ID=IDN or DE=D")
    }
}
