//! The app's side: accounts, passkeys, and vouching for a wallet.
//!
//! A provider knows its users as accounts. It never sees register data or biometrics: a wallet
//! takes its evidence straight to the authority, and shows there an attestation that names the
//! account by an identifier made for that authority alone.

mod attest_wallet;
mod create_account;
mod delete_account;
mod session;
mod sign_in;

pub use attest_wallet::{AttestError, Attestation};
pub use create_account::{CreateAccountError, MAX_DISPLAY_NAME};
pub use session::{Account, SESSION_LIFE};
pub use sign_in::SignInError;

use std::sync::Arc;

use tanda_credential::jose::Signer;
use tanda_passkey::Passkeys;
use tanda_storage::{StorageError, Store};
use url::Url;

/// The client identifier of the wallets that this provider attests.
pub const CLIENT_ID: &str = "tanda-wallet";

/// A provider, on its own store.
pub struct Provider {
    store: Store<tanda_storage::Provider>,
    passkeys: Passkeys,
    /// The provider's address without a slash at its end, as `iss` of attestations.
    issuer: String,
    signer: Arc<dyn Signer>,
    pairwise_key: [u8; 32],
}

/// Why a provider can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Passkeys need an address with a host name.
    #[error("the wallet page: {0}")]
    Address(#[from] tanda_passkey::AddressError),
}

impl Provider {
    /// A provider at an address. `signer` carries the certificate that trust lists name it by;
    /// `pairwise_key` keeps one account from being recognised by two authorities.
    pub fn new(
        store: Store<tanda_storage::Provider>,
        url: &Url,
        name: &str,
        signer: Arc<dyn Signer>,
        pairwise_key: [u8; 32],
    ) -> Result<Self, ProviderError> {
        let passkeys = Passkeys::new(url, name)?;
        let issuer = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { store, passkeys, issuer, signer, pairwise_key })
    }

    /// Deletes sessions and ceremonies that have ended.
    pub async fn sweep(&self, now: jiff::Timestamp) -> Result<(), StorageError> {
        self.store.write(move |mut tx| Box::pin(async move { tx.sweep(now).await })).await?;
        self.store.forget().await
    }
}
