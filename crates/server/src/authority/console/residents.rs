//! A resident looked up for a case: masked, unmasked as a step of its own, their cards, and what is
//! noted about them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use tanda_authority::cards::{CardAct, CardActError, CardChoice, ChangedCard};
use tanda_authority::register::{AddError, Entry, Mark, NewResident, PortraitError, RegisterError};
use tanda_authority::{Fault, Officer};
use tanda_biometrics::DetectError;
use tanda_credential::{b64, json};
use tanda_model::{
    AssuranceLevel, CardId, CardState, CaseNumber, CaseNumberError, Country, Identification,
    IdentityCheck, Marks, NameError, NotIdentified, PersonName, Resident, ResidentId, Sex,
    Suspender,
};
use utoipa::ToSchema;

use super::State;
use super::applications::picture;
use super::officers::number;
use super::refusals::reason;
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// Why somebody is looked at, or something is done to them.
#[derive(Deserialize, ToSchema)]
pub(super) struct CaseReason {
    /// The number of the case that it belongs to.
    case: String,
    /// Why, in a sentence that the resident will read.
    reason: String,
}

/// Whom to look up, and why.
#[derive(Deserialize, ToSchema)]
pub(super) struct LookUp {
    /// The resident number.
    number: String,
    #[serde(flatten)]
    why: CaseReason,
}

/// A mark to set or to clear, and why.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewMark {
    /// `card_lost` or `deceased`.
    mark: MarkName,
    set: bool,
    #[serde(flatten)]
    why: CaseReason,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum MarkName {
    CardLost,
    Deceased,
}

/// What is done to a card.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CardActName {
    Suspend,
    Restore,
    Lock,
    Revoke,
}

/// Why something is done to a card, and how the officer knows who asks for it.
#[derive(Deserialize, ToSchema)]
pub(super) struct CardActRequest {
    /// To lock a card for its holder: one of `face_compared` and `document_seen`, or two of
    /// `number_named`, `birth_date_named` and `card_date_named`. Nothing for the other acts.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    identified_by: Vec<IdentityCheck>,
    #[serde(flatten)]
    why: CaseReason,
}

/// A resident, masked.
#[derive(Serialize, ToSchema)]
pub(super) struct ResidentView {
    #[schema(value_type = String)]
    id: ResidentId,
    /// The first letter of each part.
    name: String,
    /// The first three and the last two characters.
    number: String,
    birth_year: String,
    deceased: bool,
    card_lost: bool,
    /// Every card that they ever had, the newest first.
    cards: Vec<CardView>,
    /// The time now, by the server's clock.
    #[schema(value_type = String)]
    now: Timestamp,
}

/// A card.
#[derive(Serialize, ToSchema)]
struct CardView {
    #[schema(value_type = String)]
    id: CardId,
    /// `light` or `full`.
    #[schema(value_type = String)]
    level: AssuranceLevel,
    /// `intended`, `live`, `suspended`, `revoked`, `retired` or `expired`.
    state: &'static str,
    /// Who has suspended it, if it is: `authority`, `holder` or `both`.
    suspended_by: Option<&'static str>,
    /// Since when it stands there.
    #[schema(value_type = String)]
    since: Timestamp,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
}

/// A resident's whole record.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordView {
    name: String,
    number: String,
    #[schema(value_type = String)]
    birth_date: Date,
    /// `female`, `male` or `unknown`.
    sex: &'static str,
    #[schema(value_type = Vec<String>)]
    nationalities: Vec<Country>,
    /// A `data:` URL.
    pub(super) portrait: String,
}

/// The most bytes that somebody new may have: a photo of some 700 KB, as base64.
const MOST_BYTES: usize = json::MAX_BYTES;

/// Somebody to put into the register, and why.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPerson {
    number: String,
    /// The family name, or the only one.
    family_name: String,
    /// Empty for people with one name.
    given_name: String,
    /// As in the number.
    #[schema(value_type = String)]
    birth_date: Date,
    /// A JPEG, PNG or WebP picture that shows one face, in base64: 700 KB at most.
    photo: String,
    #[serde(flatten)]
    why: CaseReason,
}

/// Put somebody into the register by hand. Whoever does it decides none of their applications.
#[utoipa::path(post, path = "/console/residents", tag = "console: residents",
    request_body = NewPerson, responses(
        (status = 201, body = ResidentView),
        (status = 403, description = "Not permitted to this role, or the officer's own record", body = Problem),
        (status = 409, description = "Somebody has the number", body = Problem),
        (status = 422, description = "The number, the name, the date or the photo does not do", body = Problem)))]
pub(super) async fn add(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<NewPerson, MOST_BYTES>,
) -> Result<(StatusCode, Json<ResidentView>), Problem> {
    let officer = acting(&session, &body.why)?;
    let number = number(&body.number)?;
    let new = NewResident {
        sex: number.sex(),
        number,
        name: PersonName::new(&body.family_name, &body.given_name).map_err(name_problem)?,
        birth_date: body.birth_date,
        nationalities: Vec::new(),
        marks: Marks::default(),
    };
    let photo =
        b64::decode_standard(&body.photo).map_err(|_| photo_problem("portrait-unusable"))?;
    let authority = &state.authority;
    let (models, now) = (authority.models()?, clock::now());
    let added =
        authority.register().add(new, photo, &models, &officer, now, &mut clock::seeded()).await;
    let Json(view) = masked(&state, added.map_err(add_problem)?.id).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Look somebody up by number. Every look is recorded, also one that finds nobody.
#[utoipa::path(post, path = "/console/residents/look", tag = "console: residents",
    request_body = LookUp, responses(
        (status = 200, body = ResidentView),
        (status = 403, description = "Not permitted to this role, or the officer's own record", body = Problem),
        (status = 404, description = "Nobody has the number", body = Problem),
        (status = 422, description = "No case, no reason, or no resident number", body = Problem)))]
pub(super) async fn look(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<LookUp>,
) -> Result<Json<ResidentView>, Problem> {
    let officer = acting(&session, &body.why)?;
    let number = number(&body.number)?;
    let found = state.authority.register().look_up(&number, &officer, clock::now()).await;
    let resident = found.map_err(register_problem)?.ok_or_else(nobody)?;
    view(&state, &resident).await
}

/// See the whole record of somebody who was looked up. It is a look of its own.
#[utoipa::path(post, path = "/console/residents/{id}/unmask", tag = "console: residents",
    request_body = CaseReason, responses(
        (status = 200, body = RecordView),
        (status = 403, description = "Not permitted to this role, or the officer's own record", body = Problem),
        (status = 422, description = "No case, or no reason", body = Problem)))]
pub(super) async fn unmask(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ResidentId>,
    Body(why): Body<CaseReason>,
) -> Result<Json<RecordView>, Problem> {
    let officer = acting(&session, &why)?;
    let entry = state.authority.register().unmask(id, &officer, clock::now()).await;
    Ok(Json(record(&entry.map_err(register_problem)?)?))
}

/// Note that a physical card is lost or a person has died, or that it is not so. With a death the
/// card is revoked.
#[utoipa::path(post, path = "/console/residents/{id}/marks", tag = "console: residents",
    request_body = NewMark, responses(
        (status = 200, body = ResidentView),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 422, description = "No case, or no reason", body = Problem)))]
pub(super) async fn mark(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ResidentId>,
    Body(body): Body<NewMark>,
) -> Result<Json<ResidentView>, Problem> {
    let officer = acting(&session, &body.why)?;
    let mark = match body.mark {
        MarkName::CardLost => Mark::CardLost,
        MarkName::Deceased => Mark::Deceased,
    };
    let mut rng: StdRng = clock::seeded();
    state
        .authority
        .mark_resident(&id.into(), mark, body.set, &officer, clock::now(), &mut rng)
        .await
        .map_err(register_problem)?;
    masked(&state, id).await
}

/// Suspend, restore, lock for its holder, or revoke a card. Every copy of it has another status at once.
#[utoipa::path(post, path = "/console/cards/{id}/{act}", tag = "console: residents",
    request_body = CardActRequest, responses(
        (status = 200, body = ResidentView),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 409, description = "The card has changed meanwhile", body = Problem),
        (status = 422, description = "No case, or no reason", body = Problem)))]
pub(super) async fn act_on_card(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment((id, act)): Segment<(CardId, CardActName)>,
    Body(body): Body<CardActRequest>,
) -> Result<Json<ResidentView>, Problem> {
    let officer = acting(&session, &body.why)?;
    let act = match act {
        CardActName::Suspend => CardAct::Suspend,
        CardActName::Restore => CardAct::Restore,
        CardActName::Lock => CardAct::Lock(identification(body.identified_by)?),
        CardActName::Revoke => CardAct::Revoke,
    };
    let changed = state
        .authority
        .act_on_card(&CardChoice::Card(id), act, &officer, clock::now())
        .await
        .map_err(card_problem)?;
    masked(&state, changed.resident).await
}

/// How an officer knew who asks.
pub(super) fn identification(checks: Vec<IdentityCheck>) -> Result<Identification, Problem> {
    Identification::new(checks).map_err(|NotIdentified| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not-identified",
            "Make sure of who it is",
            "Compare the face with the register's portrait, look at a document, or ask at least two \
             questions; then mark what you did.",
        )
    })
}

/// The officer, acting for a case: nothing here is done without one.
pub(super) fn acting(
    session: &tanda_authority::officers::OfficerSession,
    why: &CaseReason,
) -> Result<Officer, Problem> {
    let case: CaseNumber = why.case.parse().map_err(|CaseNumberError| case_missing())?;
    Ok(session.signed_in().acting(reason(&why.reason)?, Some(case)))
}

pub(super) fn case_missing() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "case-missing",
        "A case is needed",
        "Enter the number of the case that this belongs to: at most 40 letters, digits and signs, \
         without spaces.",
    )
}

/// The resident of an act that was just recorded.
pub(super) async fn masked(state: &State, id: ResidentId) -> Result<Json<ResidentView>, Problem> {
    let entry = state.authority.register().entry_of(id).await.map_err(register_problem)?;
    view(state, &entry.ok_or_else(Problem::not_found)?.resident).await
}

async fn view(state: &State, resident: &Resident) -> Result<Json<ResidentView>, Problem> {
    let cards = state.authority.cards_of(resident.id).await?;
    Ok(Json(ResidentView {
        id: resident.id,
        name: resident.name.masked(),
        number: resident.number.masked(),
        birth_year: resident.birth_date.year().to_string(),
        deceased: resident.marks.deceased,
        card_lost: resident.marks.card_lost,
        cards: cards.iter().rev().map(card).collect(),
        now: clock::now(),
    }))
}

fn card(card: &ChangedCard) -> CardView {
    let (since, expires_at) = match &card.state {
        CardState::Intended { since, expires_at }
        | CardState::Live { since, expires_at }
        | CardState::Suspended { since, expires_at, .. } => (*since, Some(*expires_at)),
        CardState::Revoked { at } | CardState::Retired { at, .. } | CardState::Expired { at } => {
            (*at, None)
        }
    };
    let suspended_by = card.state.suspended_by().map(|by| match by {
        Suspender::Authority => "authority",
        Suspender::Holder => "holder",
        Suspender::Both => "both",
    });
    let (id, level, state) = (card.id, card.level, card.state.name());
    CardView { id, level, state, suspended_by, since, expires_at }
}

pub(super) fn record(entry: &Entry) -> Result<RecordView, Problem> {
    let portrait = picture(&entry.portrait().map_err(register_problem)?);
    Ok(record_of(&entry.resident, portrait))
}

/// A record with this portrait, a `data:` URL.
pub(super) fn record_of(resident: &Resident, portrait: String) -> RecordView {
    RecordView {
        name: resident.name.full(),
        number: resident.number.as_str().to_owned(),
        birth_date: resident.birth_date,
        sex: match resident.sex {
            Sex::Female => "female",
            Sex::Male => "male",
            Sex::NotKnown | Sex::NotApplicable => "unknown",
        },
        nationalities: resident.nationalities.clone(),
        portrait,
    }
}

pub(super) fn nobody() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "resident-unknown",
        "Nobody has this number",
        "No resident of this register has this number. The look is recorded all the same. Compare \
         the number with the document.",
    )
}

fn register_problem(error: RegisterError) -> Problem {
    match error {
        RegisterError::NotAllowed(refused) => refused.into(),
        RegisterError::Unknown => nobody(),
        other => Fault::from(other).into(),
    }
}

pub(super) fn name_problem(error: NameError) -> Problem {
    let mut detail = error.to_string();
    if let Some(first) = detail.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Problem::new(status, "person-name", "This name cannot be used", format!("{detail}."))
}

pub(super) fn add_problem(error: AddError) -> Problem {
    let refused = |code, title, detail: &str| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail)
    };
    match error {
        AddError::NotAllowed(refused) => refused.into(),
        AddError::NumberTaken => Problem::new(
            StatusCode::CONFLICT,
            "number-taken",
            "Somebody has this number",
            "A resident with this number is in the register already. Look them up instead.",
        ),
        AddError::BirthDateDiffers => refused(
            "birth-date-differs",
            "The birth date differs from the number's",
            "The number says another date of birth. Correct the one that is wrong.",
        ),
        AddError::NotBorn => {
            refused("not-born", "Not born yet", "The date of birth is in the future. Correct it.")
        }
        // It is taken from the number.
        AddError::SexDiffers => Fault::Contradiction("a sex that the number has not").into(),
        AddError::Portrait(PortraitError::Face(DetectError::NoFace)) => {
            photo_problem("portrait-no-face")
        }
        AddError::Portrait(PortraitError::Face(DetectError::TooManyFaces)) => {
            photo_problem("portrait-two-faces")
        }
        AddError::Portrait(_) => photo_problem("portrait-unusable"),
        AddError::Register(cause) => register_problem(cause),
    }
}

pub(super) fn photo_problem(code: &'static str) -> Problem {
    let (title, detail) = match code {
        "portrait-no-face" => (
            "No face on the photo",
            "No face is to be seen on the photo. Take one of the person's face, from the front.",
        ),
        "portrait-two-faces" => (
            "More than one face on the photo",
            "More than one face is to be seen on the photo. Take one of the person alone.",
        ),
        _ => (
            "This photo cannot be used",
            "It is no JPEG, PNG or WebP picture, it is damaged, too big, or the face on it is too \
             small. Take another one, from nearer.",
        ),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail)
}

fn card_problem(error: CardActError) -> Problem {
    match error {
        CardActError::NotAllowed(refused) => refused.into(),
        CardActError::Unknown => Problem::not_found(),
        CardActError::NotNow(_) => Problem::new(
            StatusCode::CONFLICT,
            "card-changed",
            "The card has changed meanwhile",
            "The card does not stand any more where this could be done. Look the resident up anew.",
        ),
        CardActError::Fault(cause) => cause.into(),
    }
}
