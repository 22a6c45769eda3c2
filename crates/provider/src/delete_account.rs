use tanda_storage::StorageError;

use crate::{Account, Provider};

impl Provider {
    /// Deletes an account: its name, its passkeys, its sessions in every browser, and the wallet
    /// keys that were attested for it. Nobody signs in to it again.
    ///
    /// Attestations that are out are believed until they end, at most a day later; the authority
    /// has to be told first that the card is given up.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_account(&self, account: &Account) -> Result<(), StorageError> {
        let id = account.id;
        self.store.write(move |mut tx| Box::pin(async move { tx.delete_account(id).await })).await
    }
}
