use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_credential::b64;
use tanda_model::OfferId;
use tanda_protocol::oauth::OpaqueToken;
use tanda_protocol::vci::CredentialOffer;
use tanda_storage::StorageError;
use tanda_storage::authority::enrolment::EnrolmentRow;
use tanda_storage::authority::offers::OfferRow;

use super::OFFER_LIFE;
use crate::{Authority, Fault};

/// An offer with less time left than this is not shown again; a fresh one is made.
const WORTH_SHOWING: SignedDuration = SignedDuration::from_mins(2);

impl Authority {
    /// The offer of the card for an approved application, as a URI. Asked again, it is the same
    /// offer while that is good.
    pub(crate) async fn offer_card(
        &self,
        enrolment: &EnrolmentRow,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<String, Fault> {
        let open = self.store.reader().await?.open_offer(enrolment.id, now).await?;
        let id = match open {
            Some(offer) if offer.expires_at > now + WORTH_SHOWING => offer.id,
            _ => {
                let id = OfferId::new(now, rng);
                let offer = OfferRow {
                    id,
                    code_hash: self.code(id)?.hash().as_bytes().to_vec(),
                    enrolment: enrolment.id,
                    wallet_thumbprint: enrolment.wallet_thumbprint.clone(),
                    offered_at: now,
                    expires_at: now + OFFER_LIFE,
                };
                self.store
                    .write(move |mut tx| {
                        Box::pin(async move {
                            tx.insert_offer(&offer).await?;
                            Ok::<_, StorageError>(())
                        })
                    })
                    .await?;
                id
            }
        };
        let configuration = enrolment.level.credential_configuration_id().to_owned();
        let code = self.code(id)?;
        let issuer = self.config.issuer.clone();
        Ok(CredentialOffer::pre_authorized(issuer, vec![configuration], code).to_uri())
    }

    /// The code of an offer follows from its identifier and a key, so that the store, which keeps
    /// only the hash, is no place to steal it from, and an offer can be shown twice.
    fn code(&self, id: OfferId) -> Result<OpaqueToken, Fault> {
        let mut context = hmac::Context::with_key(&self.keys.codes);
        context.update(b"tanda offer ");
        context.update(id.as_bytes());
        OpaqueToken::parse(&b64::encode(context.sign()))
            .map_err(|_| Fault::Contradiction("a code that is no token"))
    }
}
