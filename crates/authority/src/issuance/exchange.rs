use jiff::Timestamp;
use rand::CryptoRng;
use tanda_model::{EnrolmentState, GrantId};
use tanda_protocol::oauth::client_attestation::{AttestationError, AttestedClient};
use tanda_protocol::oauth::{
    DpopError, DpopProof, ErrorCode, ErrorResponse, ExpectedDpop, Grant, OpaqueToken, TokenRequest,
    TokenRequestError, TokenResponse, Window, dpop,
};
use tanda_storage::authority::grants::GrantRow;
use tanda_storage::authority::spent::SpentKind;
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::{ACCESS_TOKEN_LIFE, BATCHES_A_TOKEN, REFRESH_TOKEN_LIFE};
use crate::act::{Act, Actor, Deed};
use crate::client::spend_possession;
use crate::tallies::Attack;
use crate::{Authority, ClientHeaders, Fault};

/// Why no token is handed out.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The request is malformed.
    #[error(transparent)]
    Request(#[from] TokenRequestError),
    /// The wallet is not believed.
    #[error(transparent)]
    Client(#[from] AttestationError),
    /// The DPoP proof does not hold.
    #[error(transparent)]
    Dpop(#[from] DpopError),
    /// A proof was used before.
    #[error("a proof was used before")]
    Replayed,
    /// The code or refresh token is unknown, used, expired, or another wallet's.
    #[error("the code or token is unknown, used, expired or another wallet's")]
    InvalidGrant,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for TokenError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl TokenError {
    /// The answer to give.
    pub const fn response(&self) -> ErrorResponse {
        match self {
            Self::Request(error) => error.response(),
            Self::Client(error) => error.response(),
            Self::Dpop(error) => error.response(),
            Self::Replayed => ErrorResponse::new(
                ErrorCode::InvalidDpopProof,
                "a proof was used before: make fresh ones for every request",
            ),
            Self::InvalidGrant => ErrorResponse::new(
                ErrorCode::InvalidGrant,
                "the code or token is unknown, used, expired or another wallet's",
            ),
            Self::Fault(_) => {
                ErrorResponse::new(ErrorCode::ServerError, "the request could not be served")
            }
        }
    }
}

/// What the wallet proved in its request.
struct Proved {
    client: AttestedClient,
    dpop: DpopProof,
}

/// The tokens to hand out.
struct Tokens {
    access: OpaqueToken,
    refresh: OpaqueToken,
}

enum Exchanged {
    Granted,
    Refused,
    Reused,
}

impl Authority {
    /// Exchanges a code, or a refresh token, for fresh tokens (OpenID4VCI 1.0 section 6, RFC 9449).
    /// A code works once, and for the wallet that applied; a refresh token works once, and a
    /// second use ends everything that it led to.
    ///
    /// `form` is the request's body, `dpop` its DPoP header.
    ///
    /// # Errors
    /// [`TokenError`]
    pub async fn exchange_token(
        &self,
        form: &[u8],
        dpop: &str,
        client: &ClientHeaders<'_>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<TokenResponse, TokenError> {
        let request = TokenRequest::parse(form)?;
        let client = self.attested_client(client, request.client_id.as_deref(), now)?;
        let url = self.url("/oauth/token");
        let expected = ExpectedDpop {
            method: "POST",
            url: &url,
            access_token: None,
            key_thumbprint: None,
            window: Window::DPOP,
            now,
        };
        let proved = Proved { client, dpop: dpop::verify(dpop, &expected)? };
        let tokens = Tokens { access: OpaqueToken::mint(rng), refresh: OpaqueToken::mint(rng) };
        let response = TokenResponse::dpop(
            tokens.access.clone(),
            ACCESS_TOKEN_LIFE.as_secs().unsigned_abs(),
            Some(tokens.refresh.clone()),
        );
        let grant = GrantId::new(now, rng);
        let exchanged = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    spend(&mut tx, &proved).await?;
                    match &request.grant {
                        Grant::PreAuthorizedCode { tx_code: Some(_), .. } => Ok(Exchanged::Refused),
                        Grant::PreAuthorizedCode { code, tx_code: None } => {
                            redeem_code(&mut tx, grant, code, &proved, &tokens, now).await
                        }
                        Grant::RefreshToken(token) => {
                            refresh(&mut tx, token, &proved, &tokens, now).await
                        }
                    }
                })
            })
            .await;
        match exchanged {
            Ok(Exchanged::Granted) => Ok(response),
            Ok(Exchanged::Refused) => Err(TokenError::InvalidGrant),
            Ok(Exchanged::Reused) => {
                tracing::warn!("a refresh token was used twice; its grant is ended");
                Err(TokenError::InvalidGrant)
            }
            Err(error) => {
                if let TokenError::Replayed = error {
                    self.tallies.turned_away(Attack::Replayed, now);
                }
                Err(error)
            }
        }
    }
}

async fn spend(tx: &mut Tx<'_, Role>, proved: &Proved) -> Result<(), TokenError> {
    if !spend_possession(tx, &proved.client).await? || !spend_dpop(tx, &proved.dpop).await? {
        return Err(TokenError::Replayed);
    }
    Ok(())
}

/// Spends a DPoP proof. Says whether it was still unspent.
pub(super) async fn spend_dpop(
    tx: &mut Tx<'_, Role>,
    proof: &DpopProof,
) -> Result<bool, StorageError> {
    let id = format!("{}.{}", proof.thumbprint, proof.jti);
    tx.spend(SpentKind::DpopProof, id.as_bytes(), proof.replay_until).await
}

async fn redeem_code(
    tx: &mut Tx<'_, Role>,
    id: GrantId,
    code: &OpaqueToken,
    proved: &Proved,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<Exchanged, TokenError> {
    let wallet = &proved.client.instance_thumbprint;
    let Some(offer) = tx.redeem_offer(code.hash().as_bytes(), wallet, now).await? else {
        return Ok(Exchanged::Refused);
    };
    let enrolment = tx.find_enrolment(offer.enrolment).await?;
    let approved = enrolment.is_some_and(
        |row| matches!(row.state, EnrolmentState::Approved { expires_at, .. } if now < expires_at),
    );
    if !approved {
        return Ok(Exchanged::Refused);
    }
    let grant = GrantRow {
        id,
        enrolment: offer.enrolment,
        wallet_thumbprint: wallet.clone(),
        dpop_thumbprint: proved.dpop.thumbprint.clone(),
        card: None,
        ended_at: None,
    };
    tx.insert_grant(&grant, now).await?;
    hand_out(tx, id, tokens, now).await?;
    Ok(Exchanged::Granted)
}

async fn refresh(
    tx: &mut Tx<'_, Role>,
    token: &OpaqueToken,
    proved: &Proved,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<Exchanged, TokenError> {
    let hash = token.hash();
    let Some(presented) = tx.find_refresh_token(hash.as_bytes(), now).await? else {
        return Ok(Exchanged::Refused);
    };
    let Some(grant) = tx.find_grant(presented.grant).await? else {
        return Ok(Exchanged::Refused);
    };
    // Before anything is used up: a thief without the wallet's keys cannot even end the grant.
    if grant.wallet_thumbprint != proved.client.instance_thumbprint
        || grant.dpop_thumbprint != proved.dpop.thumbprint
        || grant.ended_at.is_some()
    {
        return Ok(Exchanged::Refused);
    }
    if presented.used {
        tx.end_grant(grant.id, now).await?;
        let deed = Deed::ReuseDetected { enrolment: grant.enrolment };
        let resident = tx.find_enrolment(grant.enrolment).await?.and_then(|row| row.resident);
        Act { at: now, actor: Actor::Housekeeping, resident, deed }.record(tx).await?;
        return Ok(Exchanged::Reused);
    }
    tx.use_refresh_token(hash.as_bytes(), now).await?;
    hand_out(tx, grant.id, tokens, now).await?;
    Ok(Exchanged::Granted)
}

async fn hand_out(
    tx: &mut Tx<'_, Role>,
    grant: GrantId,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<(), StorageError> {
    let access = tokens.access.hash();
    tx.insert_access_token(access.as_bytes(), grant, BATCHES_A_TOKEN, now + ACCESS_TOKEN_LIFE)
        .await?;
    let refresh = tokens.refresh.hash();
    tx.insert_refresh_token(refresh.as_bytes(), grant, now + REFRESH_TOKEN_LIFE).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use tanda_credential::jose::SigningKey;

    use super::*;
    use crate::testing::{City, Wallet, code, form};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_a_hundred_who_redeem_a_code_at_once_exactly_one_succeeds() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
        let grant = code(&completion);
        let mut calls = Vec::new();
        for seed in 0..100 {
            let possession = city.possession(&wallet);
            let dpop = city.dpop(&wallet, "/oauth/token", None);
            let (authority, now) = (Arc::clone(&city.authority), city.now);
            let (attestation, form) = (wallet.attestation.clone(), form(grant.clone()));
            calls.push(tokio::spawn(async move {
                let client = ClientHeaders { attestation: &attestation, possession: &possession };
                let mut rng = StdRng::seed_from_u64(seed);
                authority.exchange_token(form.as_bytes(), &dpop, &client, now, &mut rng).await
            }));
        }
        let mut good = 0;
        for call in calls {
            match call.await.unwrap() {
                Ok(_) => good += 1,
                Err(TokenError::InvalidGrant) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(good, 1);
    }

    #[tokio::test]
    async fn a_stolen_or_old_code_is_worth_nothing() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let (wallet, thief) = (city.wallet("a"), city.wallet("b"));
        let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
        let grant = code(&completion);
        let stolen = city.exchange(&thief, grant.clone()).await;
        assert!(matches!(stolen, Err(TokenError::InvalidGrant)));
        let Grant::PreAuthorizedCode { code, .. } = grant.clone() else { panic!() };
        let with_pin = Grant::PreAuthorizedCode { code, tx_code: Some("1234".to_owned()) };
        assert!(matches!(city.exchange(&wallet, with_pin).await, Err(TokenError::InvalidGrant)));
        city.later(SignedDuration::from_mins(10));
        let late = city.exchange(&wallet, grant).await;
        assert!(matches!(late, Err(TokenError::InvalidGrant)));
    }

    #[tokio::test]
    async fn a_refresh_token_is_of_one_wallet_with_one_key() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let (wallet, thief) = (city.wallet("a"), city.wallet("b"));
        let (_, tokens) = city.card(&wallet, 10, "Li", "01", 1).await;
        let copied = |key: &SigningKey| SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        let with = |instance: &Wallet, dpop: &Wallet| Wallet {
            instance: copied(&instance.instance),
            attestation: instance.attestation.clone(),
            dpop: copied(&dpop.dpop),
        };
        let grant = Grant::RefreshToken(tokens.refresh);
        for other in [with(&wallet, &thief), with(&thief, &wallet)] {
            let refused = city.exchange(&other, grant.clone()).await;
            assert!(matches!(refused, Err(TokenError::InvalidGrant)));
        }
        assert!(city.exchange(&wallet, grant).await.is_ok(), "and it is not used up");
    }

    #[tokio::test]
    async fn a_refresh_token_used_twice_ends_the_grant() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, first) = city.card(&wallet, 10, "Li", "01", 1).await;
        let old = Grant::RefreshToken(first.refresh);
        let second = city.exchange(&wallet, old.clone()).await.unwrap();
        let (body, _) = city.request(2);
        assert_eq!(city.fetch(&wallet, &second.access, &body).await.unwrap().len(), 2);
        let thief = city.wallet("b");
        assert!(city.exchange(&thief, old.clone()).await.is_err());
        assert!(city.exchange(&wallet, old).await.is_err());
        let latest = Grant::RefreshToken(second.refresh);
        assert!(city.exchange(&wallet, latest).await.is_err());
        let (body, _) = city.request(1);
        assert!(city.fetch(&wallet, &second.access, &body).await.is_err());
    }

    #[tokio::test]
    async fn proofs_are_used_once() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
        let possession = city.possession(&wallet);
        let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
        let form = form(code(&completion));
        let dpop = city.dpop(&wallet, "/oauth/token", None);
        let (authority, now) = (&city.authority, city.now);
        let first =
            authority.exchange_token(form.as_bytes(), &dpop, &client, now, &mut city.rng).await;
        assert!(first.is_ok());
        let again =
            authority.exchange_token(form.as_bytes(), &dpop, &client, now, &mut city.rng).await;
        assert!(matches!(again, Err(TokenError::Replayed)));
    }
}
