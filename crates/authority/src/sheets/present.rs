use jiff::Timestamp;
use rand::CryptoRng;
use tanda_credential::b64;
use tanda_credential::jose::SigningKey;
use tanda_credential::sd_jwt::{HeldSdJwt, KeyBinding};
use tanda_credential::x509::Certificate;
use tanda_model::AssuranceLevel;
use tanda_protocol::registration::{OverAsking, Registration, RegistrationError};
use tanda_protocol::vp::client_id::ClientId;
use tanda_protocol::vp::dcql::Candidate;
use tanda_protocol::vp::response::{self, VpToken};
use tanda_protocol::vp::sheet_code::SheetCode;
use tanda_protocol::vp::{Expected, RequestError, VerifiedRequest};
use tanda_storage::StorageError;
use tanda_storage::authority::sheets::SheetCodeRow;
use zeroize::Zeroizing;

use super::{SheetCopy, label};
use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault};

/// A relying party's request, checked as a wallet checks it, before anybody looks for a code.
pub struct SheetRequest {
    request: VerifiedRequest,
    /// Who asks: what guesses are counted by.
    pub client_id: ClientId,
}

/// Why a code shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum PresentSheetError {
    /// The request is not one that a wallet would answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The asker is not registered for what it asks.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// More is asked than is registered.
    #[error(transparent)]
    OverAsking(#[from] OverAsking),
    /// Nothing is registered that would have something signed.
    #[error("the request wants something signed, which a sheet does not do")]
    Transaction,
    /// No such code, or it was used, or has expired.
    #[error("no code of a sheet that is still good")]
    Unknown,
    /// A sheet's card does not have what is asked: the full card, say.
    #[error("the card of a sheet does not have what is asked")]
    Unsatisfied,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for PresentSheetError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Checks a signed request object (OpenID4VP 1.0, section 5) of whoever `client_id` names.
    ///
    /// # Errors
    /// [`PresentSheetError`]: a wallet would refuse it.
    pub fn sheet_request(
        &self,
        client_id: ClientId,
        request_object: &str,
        now: Timestamp,
    ) -> Result<SheetRequest, PresentSheetError> {
        let anchor = |der: &[u8]| {
            Certificate::from_der(der).map_err(|_| Fault::Contradiction("an anchor of its own"))
        };
        let access_anchors = [anchor(&self.keys.relying_party_ca.certificate)?];
        let registrars = [anchor(&self.keys.registrar_certificate)?];
        let expected =
            Expected { client_id, wallet_nonce: None, access_anchors: &access_anchors, now };
        let request = VerifiedRequest::parse(request_object, &expected)?;
        let registration = Registration::of_request(&request.request, &registrars, now)?;
        registration.permits(&request.request.dcql_query)?;
        if !request.transaction_data.is_empty() {
            return Err(PresentSheetError::Transaction);
        }
        Ok(SheetRequest { request, client_id })
    }

    /// Shows the copy that a code opens: the body of the POST to the request's `response_uri`,
    /// encrypted to the asker. The code and its copy are used up in the same write that says so in
    /// the log; the log has no word of who asked.
    ///
    /// # Errors
    /// [`PresentSheetError`]: then the code is as good as before.
    pub async fn present_sheet(
        &self,
        asked: &SheetRequest,
        code: &SheetCode,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<String, PresentSheetError> {
        let (tag, opens) = self.opened_by(code);
        let row = self.store.reader().await?.sheet_code(&tag, now).await?;
        let row = row.ok_or(PresentSheetError::Unknown)?;
        let copy = opens.open(label(), &row.sealed_copy).map_err(Fault::from)?;
        let copy: SheetCopy = serde_json::from_slice(&copy).map_err(|_| damaged())?;
        let request = &asked.request.request;
        let held = HeldSdJwt::parse(&copy.credential).map_err(|_| damaged())?;
        let vct = AssuranceLevel::Light.vct();
        let picks = request.dcql_query.answer(&[Candidate { vct, claims: held.claims() }]);
        let picks = picks.map_err(|_| PresentSheetError::Unsatisfied)?;
        let [pick] = picks.as_slice() else { return Err(PresentSheetError::Unsatisfied) };
        let key = Zeroizing::new(b64::decode(&copy.key).map_err(|_| damaged())?);
        let key = SigningKey::from_pkcs8(&key).map_err(|_| damaged())?;
        let audience = request.client_id.to_string();
        let binding = KeyBinding {
            audience: &audience,
            nonce: request.nonce.as_str(),
            now,
            transaction_data: &[],
        };
        let presentation = held.present(&pick.claims).map_err(|_| damaged())?;
        let presentation = presentation.with_key_binding(&binding, &key);
        let presentation = presentation.map_err(|_| Fault::Sign("a copy of a sheet"))?;
        let shown = VpToken::new(vec![(pick.query.as_str().to_owned(), presentation)]);
        let body = response::encrypt(request, shown, rng)
            .map_err(|_| Fault::Contradiction("a checked request that cannot be answered"))?;
        self.use_up(row, now).await?;
        Ok(body)
    }

    async fn use_up(&self, row: SheetCodeRow, now: Timestamp) -> Result<(), PresentSheetError> {
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !tx.use_sheet_code(&row.tag, now).await? {
                        return Err(PresentSheetError::Unknown);
                    }
                    let card = tx.find_card(row.card).await?;
                    let resident = card.map(|card| card.resident);
                    let (actor, deed) = (Actor::Policy, Deed::SheetCodeUsed { card: row.card });
                    Ok(Act { at: now, actor, resident, deed }.record(&mut tx).await?)
                })
            })
            .await
    }
}

const fn damaged() -> Fault {
    Fault::Contradiction("a damaged copy of a sheet")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use tanda_credential::jose::DecryptionKey;
    use tanda_credential::sd_jwt::ClaimPath;
    use tanda_model::{Identification, IdentityCheck, PurposeId};
    use tanda_protocol::vp::dcql::DcqlQuery;
    use tanda_protocol::vp::request::{
        ANY_WALLET, AuthorizationRequest, ClientMetadata, Nonce, ResponseMode, ResponseType,
        VerifierInfo,
    };
    use tanda_protocol::vp::transaction::{Transaction, TransactionData};

    use super::*;
    use crate::relying_parties::Step;
    use crate::relying_parties::fixture::{Party, registered};
    use crate::sheets::Sheet;
    use crate::testing::{City, number, officer};

    /// A request of a hotel that signs whatever it likes, past every check of a verifier's.
    async fn asked(
        city: &mut City,
        hotel: &Party,
        change: impl FnOnce(&mut AuthorizationRequest),
    ) -> Result<SheetRequest, PresentSheetError> {
        let certificates = hotel.certificates(city).await;
        let standing = city.authority.publish_registration_status(0, city.now).await.unwrap();
        let client_id = ClientId::of_der(&certificates.access_certificate);
        let key = DecryptionKey::generate(&mut city.rng).unwrap();
        let mut request = AuthorizationRequest {
            response_type: ResponseType::VpToken,
            response_mode: ResponseMode::DirectPostJwt,
            client_id,
            response_uri: "https://localhost/openid4vp/responses/1".parse().unwrap(),
            nonce: Nonce::mint(&mut city.rng),
            state: Some(Nonce::mint(&mut city.rng)),
            aud: ANY_WALLET.to_owned(),
            dcql_query: query("given_name"),
            client_metadata: ClientMetadata::encrypting_to(key.public()).unwrap(),
            verifier_info: vec![
                VerifierInfo::registration(&certificates.registrations[0]),
                VerifierInfo::registration_status(&standing),
            ],
            transaction_data: None,
            wallet_nonce: None,
            iat: city.now,
            exp: city.now + jiff::SignedDuration::from_mins(5),
        };
        change(&mut request);
        let key = SigningKey::from_pkcs8(&hotel.key.to_pkcs8().unwrap()).unwrap();
        let access_key = key.with_x5c(vec![certificates.access_certificate]);
        let object = request.sign(&access_key).unwrap();
        city.authority.sheet_request(client_id, &object, city.now)
    }

    fn query(claim: &str) -> DcqlQuery {
        DcqlQuery::card(&[AssuranceLevel::Light.vct()], &[ClaimPath::name(claim)]).unwrap()
    }

    async fn sheet(city: &mut City) -> Sheet {
        city.resident("01", 10, "Li").await;
        let seen = Identification::new([IdentityCheck::FaceCompared]).unwrap();
        let City { authority, rng, now, .. } = city;
        authority.issue_sheet(&number(10).into(), seen, &officer(), *now, rng).await.unwrap()
    }

    #[tokio::test]
    async fn a_sheet_answers_what_a_wallet_would_and_nothing_else() {
        let mut city = City::new().await;
        let hotel = registered(&mut city, "hotel-delta", &[PurposeId::HotelCheckIn]).await;
        assert!(asked(&mut city, &hotel, |_| ()).await.is_ok());
        let more = asked(&mut city, &hotel, |request| request.dcql_query = query("birthdate"));
        assert!(matches!(more.await, Err(PresentSheetError::OverAsking(_))));
        let agreement = Transaction::Agreement { title: "A sale".into(), text: "I sell.".into() };
        let agreement = TransactionData::new(agreement, vec!["card".into()]).unwrap();
        let signed = asked(&mut city, &hotel, |request| {
            request.transaction_data = Some(vec![agreement.encoded]);
        });
        assert!(matches!(signed.await, Err(PresentSheetError::Transaction)));
        hotel.step(&city, Step::Suspend).await.unwrap();
        let suspended = asked(&mut city, &hotel, |_| ()).await;
        let why = RegistrationError::Suspended { who: "hotel-delta".to_owned() };
        assert!(matches!(suspended, Err(PresentSheetError::Registration(found)) if found == why));
    }

    #[tokio::test]
    async fn of_two_who_have_one_code_one_is_answered() {
        let mut city = City::new().await;
        let hotel = registered(&mut city, "hotel-delta", &[PurposeId::HotelCheckIn]).await;
        let sheet = sheet(&mut city).await;
        let asked = asked(&mut city, &hotel, |_| ()).await.unwrap();
        let City { authority, now, .. } = &city;
        let (mut heads, mut tails) = (StdRng::seed_from_u64(1), StdRng::seed_from_u64(2));
        for code in &sheet.codes {
            let (one, other) = tokio::join!(
                authority.present_sheet(&asked, code, *now, &mut heads),
                authority.present_sheet(&asked, code, *now, &mut tails),
            );
            assert_ne!(one.is_ok(), other.is_ok());
        }
        let used = city.acts(&sheet.card.to_string()).await;
        let used = used.iter().filter(|kind| *kind == "sheet.code-used").count();
        assert_eq!(used, sheet.codes.len());
    }
}
