//! Whose physical cards the authority believes, as the folders of its configuration say, also when they
//! change while it runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use std::{fs, io};

use jiff::Timestamp;
use tanda_authority::Authority;
use tanda_authority::enrolment::chip::{ChipTrust, ChipTrustError};

use crate::config::Config;

/// The state of the sandbox's cards: Utopia, for which no register issues.
const SANDBOX_STATE: &str = "UTO";

/// Reads whose cards are believed; in a sandbox its own country's as well, if cards of it were made.
fn read(config: &Config, is_sandbox: bool, now: Timestamp) -> Result<ChipTrust, ChipTrustError> {
    let trust = match &config.authority.country_signers {
        Some(folder) => ChipTrust::read(folder, now)?,
        None => ChipTrust::default(),
    };
    let sandbox = config.sandbox_country();
    if !is_sandbox || !sandbox.exists() {
        return Ok(trust);
    }
    tracing::info!("identity cards of the sandbox's country are believed; never for real use");
    trust.with_sandbox(&sandbox, SANDBOX_STATE, now)
}

/// Whose cards an officer's command goes on believing: what the authority that serves believes. Whether
/// that one serves a sandbox a command isn't told, but such an authority has made a country beside its
/// data, and the command takes no card in that the other one hasn't.
pub(crate) fn read_for_commands(
    config: &Config,
    now: Timestamp,
) -> Result<ChipTrust, ChipTrustError> {
    read(config, true, now)
}

/// The folders, looked at again and again.
pub(crate) struct Followed {
    authority: Arc<Authority>,
    config: Config,
    last: Mutex<Last>,
}

/// What a file was like: its length, and when it was changed.
type Files = BTreeMap<PathBuf, (u64, SystemTime)>;

#[derive(Default)]
struct Last {
    files: Option<Files>,
    refused: Option<String>,
}

impl Followed {
    /// Has the authority believe what lies in the folders at its start.
    ///
    /// # Errors
    /// [`ChipTrustError`]: an authority doesn't start on files that can't be used.
    pub(crate) fn open(
        authority: Arc<Authority>,
        config: &Config,
        now: Timestamp,
    ) -> Result<Self, ChipTrustError> {
        let followed = Self { authority, config: config.clone(), last: Mutex::default() };
        // Listed first: what changes while it is read differs the next time.
        let files = followed.files().ok();
        followed.authority.believe(read(config, config.sandbox.is_some(), now)?);
        Ok(Self { last: Mutex::new(Last { files, refused: None }), ..followed })
    }

    /// Has the authority believe what lies in the folders, if that is something else than before. While a
    /// file can't be used, what was believed stays: nobody's cards are refused, and nobody's taken, for
    /// a slip of the operator's.
    pub(crate) fn look(&self, now: Timestamp) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let files = self.files().ok();
        if files.is_some() && last.files == files {
            return;
        }
        match read(&self.config, self.config.sandbox.is_some(), now) {
            Ok(trust) => {
                self.authority.believe(trust);
                tracing::info!("the country signers' folder was read anew");
                *last = Last { files, refused: None };
            }
            // Time may mend it: it is tried again, and told once.
            Err(cause) => {
                let cause = cause.to_string();
                if last.refused.as_ref() != Some(&cause) {
                    tracing::warn!(%cause, "country signers are not read anew; those before stay");
                }
                last.refused = Some(cause);
            }
        }
    }

    fn files(&self) -> io::Result<Files> {
        let mut files = Files::new();
        if let Some(folder) = &self.config.authority.country_signers {
            list(folder, &mut files)?;
        }
        let sandbox = self.config.sandbox_country();
        if self.config.sandbox.is_some() && sandbox.exists() {
            list(&sandbox, &mut files)?;
        }
        Ok(files)
    }
}

/// What lies in a folder and in its folders, which have none.
fn list(folder: &Path, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let about = fs::metadata(&path)?;
        if about.is_dir() {
            for entry in fs::read_dir(&path)? {
                let path = entry?.path();
                let about = fs::metadata(&path)?;
                files.insert(path, (about.len(), about.modified()?));
            }
        }
        files.insert(path, (about.len(), about.modified()?));
    }
    Ok(())
}
