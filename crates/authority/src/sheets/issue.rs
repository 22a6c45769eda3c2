use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use tanda_credential::b64;
use tanda_credential::jose::{Jwk, Signer as _, SigningKey};
use tanda_model::{Action, BatchId, CardId, EnrolmentId, GrantId, Identification, ResidentId};
use tanda_protocol::vp::sheet_code::SheetCode;
use tanda_storage::authority::sheets::SheetCodeRow;
use tanda_storage::{Authority as Role, StorageError, Tx};
use zeroize::Zeroizing;

use super::{CODES, DAYS, SheetCopy, label};
use crate::act::{Act, Actor, Deed};
use crate::issuance::{Entitlement, Planning, retire_earlier};
use crate::register::{Register, Whom};
use crate::{Authority, Fault, NotAllowed, Officer};

/// A sheet to be printed, and then forgotten: the codes are kept nowhere.
pub struct Sheet {
    /// The card behind it: suspended, restored and revoked as every card.
    pub card: CardId,
    /// The codes.
    pub codes: Vec<SheetCode>,
    /// Until when they are good.
    pub expires_at: Timestamp,
    /// The holder's name, to find the sheet by.
    pub name: String,
    /// The last characters of their number.
    pub number_tail: String,
}

/// Why no sheet is issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueSheetError {
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Nobody stood at the counter: a sheet is handed over, and to nobody who only answers questions.
    #[error("a sheet is for somebody at the counter: compare the face, or look at a document")]
    NotInPerson,
    /// The register does not know the number.
    #[error("nobody in the register has this number")]
    Unknown,
    /// The register has the person as deceased.
    #[error("the register has this person as deceased")]
    Deceased,
    /// The card that the sheet would replace is suspended by the authority.
    #[error("the person's card is suspended by the authority: restore or revoke it first")]
    Suspended,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for IssueSheetError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// Whether a resident may have a sheet, asked in the writes: their card may be suspended meanwhile, and a
/// death noted.
async fn may_have_a_sheet(
    tx: &mut Tx<'_, Role>,
    register: &Register,
    resident: ResidentId,
) -> Result<(), IssueSheetError> {
    let entry = register.entry_in(tx, resident).await.map_err(Fault::from)?;
    if entry.ok_or(IssueSheetError::Unknown)?.resident.marks.deceased {
        return Err(IssueSheetError::Deceased);
    }
    let earlier = tx.card_in_use(resident).await?;
    if earlier.is_some_and(|card| card.state.is_suspended_by_authority()) {
        return Err(IssueSheetError::Suspended);
    }
    Ok(())
}

impl Authority {
    /// Issues a sheet to somebody who stands at the counter, whom the officer has identified there.
    /// It takes the place of the card or the sheet that they had.
    ///
    /// # Errors
    /// [`IssueSheetError`]
    pub async fn issue_sheet(
        &self,
        whom: &Whom,
        identified: Identification,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Sheet, IssueSheetError> {
        officer.may(Action::IssueSheets)?;
        if !identified.is_in_person() {
            return Err(IssueSheetError::NotInPerson);
        }
        let entry = match whom {
            Whom::Number(number) => self.register.entry(number).await,
            Whom::Resident(id) => self.register.entry_of(*id).await,
        };
        let entry = entry.map_err(Fault::from)?.ok_or(IssueSheetError::Unknown)?;
        officer.must_not_be(&self.register.number_tag(&entry.resident.number))?;
        let picture = self.picture_of(&entry).await?;
        let keys: Result<Vec<SigningKey>, _> =
            (0..CODES).map(|_| SigningKey::generate(rng)).collect();
        let keys = keys.map_err(|_| Fault::Sign("a key of a sheet"))?;
        let public: Vec<Jwk> = keys.iter().map(|key| key.public().clone()).collect();
        // No application and no grant stand behind it.
        let (enrolment, grant) = (EnrolmentId::new(now, rng), GrantId::new(now, rng));
        let card = Self::new_card(
            &entry,
            &picture,
            enrolment,
            Entitlement::LIGHT,
            String::new(),
            now,
            rng,
        );
        let batch = BatchId::new(now, rng);
        let (indices, acting) = (self.keys.indices.clone(), officer.clone());
        let register = self.register.clone();
        let plan = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    may_have_a_sheet(&mut tx, &register, card.resident).await?;
                    tx.insert_card(&card).await?;
                    let plan = Planning {
                        card,
                        batch,
                        grant,
                        copies: CODES,
                        days: DAYS,
                        actor: Actor::Officer(&acting),
                        indices: &indices,
                    };
                    Ok::<_, IssueSheetError>(plan.record(&mut tx, now).await?)
                })
            })
            .await?;
        let signing = self.signing(&plan, &entry, &picture, public, now)?;
        let mut salts = StdRng::from_rng(rng);
        let signed = self.workers.run(move || signing.sign(&mut salts)).await??;
        let (card, expires_at) = (plan.card.id, plan.copies_expire_at);
        let (codes, rows) = self.sealed(signed, &keys, card, expires_at, rng)?;
        let (acting, register) = (officer.clone(), self.register.clone());
        let settled: Result<(), IssueSheetError> = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    let (actor, resident) = (Actor::Officer(&acting), Some(plan.card.resident));
                    may_have_a_sheet(&mut tx, &register, plan.card.resident).await?;
                    if !tx.settle_batch(plan.batch, now).await? {
                        return Err(Fault::Contradiction("a sheet that was given up").into());
                    }
                    retire_earlier(&mut tx, &plan.card, actor, now).await?;
                    let live = plan.card.state.clone().go_live(now);
                    let live =
                        live.map_err(|_| Fault::Contradiction("a sheet that cannot begin"))?;
                    tx.change_card(card, plan.card.revision, &live).await?;
                    for row in &rows {
                        tx.insert_sheet_code(row).await?;
                    }
                    let deed = Deed::SheetIssued { card, codes: rows.len(), identified };
                    Ok(Act { at: now, actor, resident, deed }.record(&mut tx).await?)
                })
            })
            .await;
        settled?;
        let name = entry.resident.name.full();
        let number_tail = entry.resident.number.tail().to_owned();
        Ok(Sheet { card, codes, expires_at, name, number_tail })
    }

    /// A code for every copy, and the copy sealed under it.
    fn sealed(
        &self,
        credentials: Vec<String>,
        keys: &[SigningKey],
        card: CardId,
        expires_at: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(Vec<SheetCode>, Vec<SheetCodeRow>), Fault> {
        let mut sealed = Vec::with_capacity(keys.len());
        for (credential, key) in credentials.into_iter().zip(keys) {
            let code = SheetCode::mint(rng);
            let (tag, opens) = self.opened_by(&code);
            let key = key.to_pkcs8().map_err(|_| Fault::Sign("a key of a sheet"))?;
            let copy = SheetCopy { credential, key: b64::encode(key.as_slice()) };
            let copy = serde_json::to_vec(&copy).map(Zeroizing::new);
            let copy = copy.map_err(|_| Fault::Contradiction("a copy without JSON"))?;
            let sealed_copy = opens.seal(label(), &copy, rng);
            sealed.push((code, SheetCodeRow { tag, card, sealed_copy, expires_at }));
        }
        Ok(sealed.into_iter().unzip())
    }
}
