//! Who asks: a wallet instance that a provider vouches for.

use jiff::Timestamp;
use tanda_protocol::oauth::client_attestation::{
    self, AttestationDraft, AttestationError, AttestedClient, ExpectedAttestation, Possession,
};
use tanda_protocol::oauth::{ErrorCode, ErrorResponse, Window};
use tanda_storage::StorageError;
use tanda_storage::Tx;
use tanda_storage::authority::spent::SpentKind;

use crate::Authority;
use crate::attempts::account_tag;

/// The one OAuth client of this authority: the wallet software, whichever provider offers it.
pub(crate) const CLIENT_ID: &str = "tanda-wallet";

/// The two headers by which a wallet says who it is (draft-ietf-oauth-attestation-based-client-auth
/// -07, section 6).
#[derive(Debug, Clone, Copy)]
pub struct ClientHeaders<'a> {
    /// `OAuth-Client-Attestation`
    pub attestation: &'a str,
    /// `OAuth-Client-Attestation-PoP`
    pub possession: &'a str,
}

/// Why a wallet is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The attestation or the proof of possession does not hold.
    #[error(transparent)]
    Attestation(#[from] AttestationError),
    /// The attestation names no account.
    #[error("the attestation names no account")]
    NoAccount,
    /// The proof of possession was used before.
    #[error("the proof of possession was used before")]
    Replayed,
}

impl ClientError {
    /// The answer to give.
    pub const fn response(&self) -> ErrorResponse {
        match self {
            Self::Attestation(error) => error.response(),
            Self::NoAccount => ErrorResponse::new(
                ErrorCode::InvalidClientAttestation,
                "the attestation names no account",
            ),
            Self::Replayed => ErrorResponse::new(
                ErrorCode::InvalidClientAttestation,
                "the proof of possession was used before: make a fresh one",
            ),
        }
    }
}

impl Authority {
    /// The wallet that the headers speak for, and the keyed tag of the account that it is attested
    /// for. Its proof of possession is still to be spent.
    pub(crate) fn attested_account(
        &self,
        headers: &ClientHeaders<'_>,
        now: Timestamp,
    ) -> Result<(AttestedClient, Vec<u8>), ClientError> {
        let client = self.attested_client(headers, None, now)?;
        let account = client.account.as_deref().ok_or(ClientError::NoAccount)?;
        let account = account_tag(&self.keys.numbers, &client.attester, account);
        Ok((client, account))
    }

    /// The wallet that the headers speak for. Its proof of possession is still to be spent.
    pub(crate) fn attested_client(
        &self,
        headers: &ClientHeaders<'_>,
        client_id: Option<&str>,
        now: Timestamp,
    ) -> Result<AttestedClient, AttestationError> {
        let expected = ExpectedAttestation {
            draft: AttestationDraft::Draft07,
            attesters: &self.attesters,
            audience: &self.config.issuer,
            client_id,
            window: Window::CLIENT_ATTESTATION_POP,
            now,
        };
        client_attestation::verify(
            headers.attestation,
            Possession::Jwt(headers.possession),
            &expected,
        )
    }
}

/// Spends the client's proof of possession. Says whether it was still unspent.
pub(crate) async fn spend_possession(
    tx: &mut Tx<'_, tanda_storage::Authority>,
    client: &AttestedClient,
) -> Result<bool, StorageError> {
    match &client.replay {
        None => Ok(true),
        Some(replay) => {
            let id = format!("{}.{}", client.instance_thumbprint, replay.jti);
            tx.spend(SpentKind::AttestationProof, id.as_bytes(), replay.until).await
        }
    }
}
