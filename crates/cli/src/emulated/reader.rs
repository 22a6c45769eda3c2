use std::fs;
use std::path::Path;

use serde_json::json;
use tanda_credential::jose::{Signer as _, SigningKey};
use tanda_server::clock;

use super::country::{CountryError, write, write_secret};

/// What the sandbox's reader is called: it says what it is.
pub const SANDBOX_READER: &str = "sandbox-reader";

/// The key of the sandbox's reader with a secure module, which has none; kept beside the country of
/// `folder`, and made if it isn't there. Its public part is laid down for the authority.
///
/// # Errors
/// [`CountryError`].
pub fn reader_key(folder: &Path) -> Result<SigningKey, CountryError> {
    let path = folder.join("reader-key.p8");
    let unusable = || CountryError::Key(path.clone());
    if let Ok(bytes) = fs::read(&path) {
        return SigningKey::from_pkcs8(&bytes).map_err(|_| unusable());
    }
    let key = SigningKey::generate(&mut clock::seeded()).map_err(|_| unusable())?;
    let readers = folder.join("readers");
    fs::create_dir_all(&readers).map_err(|error| CountryError::Write(readers.clone(), error))?;
    write_secret(&path, &key.to_pkcs8().map_err(|_| unusable())?)?;
    let registered = json!({ "state": "UTO", "key": key.public() }).to_string();
    write(&readers.join(format!("{SANDBOX_READER}.json")), registered.as_bytes())?;
    Ok(key)
}
