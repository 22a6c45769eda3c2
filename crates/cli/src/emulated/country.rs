use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};
use tanda_chip::crypto::Curve;
use tanda_sandbox_chip::SandboxCountry;
use tanda_server::clock;

/// Why there is no country.
#[derive(Debug, thiserror::Error)]
pub enum CountryError {
    /// A file can't be read.
    #[error("{0} can't be read")]
    Read(PathBuf, #[source] std::io::Error),
    /// A file can't be written.
    #[error("{0} can't be written")]
    Write(PathBuf, #[source] std::io::Error),
    /// A reader's key is none.
    #[error("{0} holds no key of a reader's")]
    Key(PathBuf),
    /// The seed is none.
    #[error("{0} is malformed")]
    Malformed(PathBuf, #[source] serde_json::Error),
}

/// What makes the same keys again.
#[derive(Serialize, Deserialize)]
struct Seed {
    made: Timestamp,
    seed: [u8; 32],
}

impl Seed {
    /// The country as it is at `now`: it revokes anew each month, and in between it is the same for
    /// whoever asks, as several processes share its folder.
    fn country(&self, now: Timestamp) -> SandboxCountry {
        const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);
        let mut rng = StdRng::from_seed(self.seed);
        let mut country = SandboxCountry::new(Curve::BrainpoolP256r1, self.made, &mut rng);
        let months = now.duration_since(self.made).as_secs() / MONTH.as_secs();
        if let Some(since) = i32::try_from(months).ok().filter(|months| *months > 0) {
            // Each list's randomness is its own: two signatures with the same would give the key away.
            let mut own = self.seed;
            own.iter_mut().zip(since.to_be_bytes()).for_each(|(byte, month)| *byte ^= month);
            country.revoke(self.made + MONTH * since, &mut StdRng::from_seed(own));
        }
        country
    }
}

/// The country of `folder`, with its certificate and revocation list in files beside its seed; it is
/// made if it isn't there.
///
/// # Errors
/// [`CountryError`].
pub fn country(folder: &Path) -> Result<SandboxCountry, CountryError> {
    let path = folder.join("seed.json");
    let seed = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| CountryError::Malformed(path.clone(), error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut seed = Seed { made: clock::now(), seed: [0; 32] };
            clock::rng().fill_bytes(&mut seed.seed);
            fs::create_dir_all(folder)
                .map_err(|error| CountryError::Write(folder.to_owned(), error))?;
            let json = serde_json::to_vec(&seed)
                .map_err(|error| CountryError::Malformed(path.clone(), error))?;
            write_secret(&path, &json)?;
            seed
        }
        Err(error) => return Err(CountryError::Read(path, error)),
    };
    let country = seed.country(clock::now());
    write(&folder.join("country.der"), country.certificate())?;
    write(&folder.join("country.crl"), country.revocations())?;
    Ok(country)
}

/// What is there already stays untouched: an authority that follows the folder may be reading.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CountryError> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).map_err(|error| CountryError::Write(path.to_owned(), error))
}

/// For the owner's eyes alone, and only where nothing is.
pub(super) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), CountryError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| CountryError::Write(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use tanda_chip::passive::RevocationList;

    use super::*;

    #[test]
    fn a_country_of_last_year_has_a_list_that_holds() {
        let seed = Seed { made: "2026-01-01T00:00:00Z".parse().unwrap(), seed: [7; 32] };
        let mut lists = Vec::new();
        for days in [0, 29, 31, 89, 400] {
            let now = seed.made + SignedDuration::from_hours(days * 24);
            let country = seed.country(now);
            let list = RevocationList::from_der(country.revocations()).unwrap();
            assert!(list.is_current_at(now), "after {days} days");
            assert_eq!(country.certificate(), seed.country(seed.made).certificate());
            lists.push(country.revocations().to_vec());
        }
        assert_eq!(lists[0], lists[1], "whoever asks in the same month gets the same");
        assert_ne!(lists[1], lists[2]);
    }
}
