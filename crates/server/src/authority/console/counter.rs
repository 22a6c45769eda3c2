//! The counter: somebody who applies for the full card stands there with their card and their fingers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tanda_authority::enrolment::chip::{ChipFault, OnCard, OpenRelayError, ReadingMeans};
use tanda_authority::enrolment::{
    AttendError, AttendedApplication, FingerPicture, Gathered, Retake, RetakeCause,
    TakeFingersError,
};
use tanda_biometrics::finger::{
    FingerPosition, FingerReference, FingersError, ImpressionError, ImpressionRefusal,
};
use tanda_credential::b64;
use tanda_model::{EnrolmentId, EnrolmentTransitionError, EvidenceKind, OfficerVerdict};
use tanda_protocol::vci::CounterCode;
use utoipa::ToSchema;

use super::super::chip::{RelayView, open_problem};
use super::State;
use super::applications::{FrameView, PersonView, frame_view, person_view, picture};
use super::refusals::reason;
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// The most bytes that fingers may have: pictures of 6 MB in all, as base64. Ten fingers have 3 MB at
/// 500 dots an inch, two have as much at 1200.
const MOST_BYTES: usize = 8 << 20;

/// Whose application an officer looks at, and why.
#[derive(Deserialize, ToSchema)]
pub(super) struct CounterLook {
    /// What the applicant's wallet shows: `AB12-CD34`.
    code: String,
    reason: String,
}

/// An application that gathers evidence, beside the resident.
#[derive(Serialize, ToSchema)]
pub(super) struct CounterView {
    #[schema(value_type = String)]
    id: EnrolmentId,
    #[schema(value_type = String)]
    begun_at: Timestamp,
    /// The resident, as the register has them.
    resident: PersonView,
    frames: Vec<FrameView>,
    /// Which fingers the register knows: `right-thumb` to `left-little`.
    #[schema(value_type = Vec<String>)]
    enrolled_fingers: Vec<FingerPosition>,
    progress: ProgressView,
}

/// What holds, and what is missing.
#[derive(Serialize, ToSchema)]
pub(super) struct ProgressView {
    /// `live-face`, `chip`, `attested-chip`, `chip-face`, `fingers` or `officer`.
    #[schema(value_type = Vec<String>)]
    held: Vec<EvidenceKind>,
    /// Of each choice, one will do.
    #[schema(value_type = Vec<Vec<String>>)]
    missing: Vec<Vec<EvidenceKind>>,
    /// Until when the rest has to be there.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// What the last reading of the physical card came to.
    chip: Option<ChipOutcomeView>,
}

/// What a reading of the physical card came to.
#[derive(Serialize, ToSchema)]
pub(super) struct ChipOutcomeView {
    /// The fault's word, such as `tampered` or `copy`; none where the card was read.
    #[schema(value_type = Option<String>)]
    fault: Option<&'static str>,
    #[schema(value_type = String)]
    at: Timestamp,
}

/// Find the application of whoever stands at the counter. The look is recorded.
#[utoipa::path(post, path = "/console/counter/look", tag = "console: counter",
    request_body = CounterLook, responses(
        (status = 200, body = CounterView),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 404, description = "No application with this code gathers evidence", body = Problem),
        (status = 422, description = "No reason", body = Problem)))]
pub(super) async fn look(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<CounterLook>,
) -> Result<Json<CounterView>, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let code: CounterCode = body.code.parse().map_err(|_| no_application())?;
    let seen = state.authority.attend(&code, &officer, clock::now()).await;
    Ok(Json(counter_view(seen.map_err(attend_problem)?)))
}

/// What an application has gathered by now.
#[utoipa::path(get, path = "/console/counter/{id}", tag = "console: counter", responses(
    (status = 200, body = ProgressView),
    (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
    (status = 404, description = "It gathers no evidence, or no more", body = Problem),
    (status = 409, description = "Not found by its code by this officer, within two hours", body = Problem)))]
pub(super) async fn progress(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
) -> Result<Json<ProgressView>, Problem> {
    let gathered = state.authority.attended_progress(id, &session.signed_in(), clock::now()).await;
    Ok(Json(progress_view(gathered.map_err(attend_problem)?)))
}

/// What opens the chip of the applicant's card.
#[derive(Deserialize, ToSchema)]
pub(super) struct CounterCard {
    /// The six digits on the card's face.
    access_number: String,
    reason: String,
}

/// Ask for a relay to the chip of the card that lies on the counter's reader.
#[utoipa::path(post, path = "/console/counter/{id}/chip", tag = "console: counter",
    request_body = CounterCard, responses(
        (status = 201, body = RelayView),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 404, description = "It gathers no evidence, or no more", body = Problem),
        (status = 409, description = "The chip is being read just now, or the application was not found by its code", body = Problem),
        (status = 422, description = "Not an access number, or no reason", body = Problem),
        (status = 429, description = "Too many wrong access numbers", body = Problem)))]
pub(super) async fn read_chip(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
    Body(body): Body<CounterCard>,
) -> Result<(StatusCode, Json<RelayView>), Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let (number, now, mut rng) = (&body.access_number, clock::now(), clock::seeded());
    let relay = state.authority.open_chip_relay_at_counter(id, number, &officer, now, &mut rng);
    let relay = relay.await.map_err(card_problem)?;
    Ok((StatusCode::CREATED, Json(RelayView::of(&relay, &state.url))))
}

/// What the chip of the applicant's card says.
#[derive(Serialize, ToSchema)]
pub(super) struct ChipView {
    /// The portrait, as a `data:` URL; none where no browser shows its format.
    portrait: Option<String>,
    /// Which fingers on the chip can be compared with; most chips give none away.
    #[schema(value_type = Vec<String>)]
    fingers: Vec<FingerPosition>,
    /// The state that issued the card.
    state: String,
    /// The card's last day; none where it is valid without end.
    #[schema(value_type = Option<String>)]
    expiry: Option<Date>,
    /// The country or the reader is the sandbox's: such a card proves nothing.
    sandbox: bool,
    /// A registered reader read it; the authority did not by itself.
    attested: bool,
}

/// The chip of the applicant's card, once it was read and holds.
#[utoipa::path(get, path = "/console/counter/{id}/chip", tag = "console: counter", responses(
    (status = 200, body = ChipView),
    (status = 204, description = "No card was read, or it does not hold"),
    (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
    (status = 404, description = "It gathers no evidence, or no more", body = Problem),
    (status = 409, description = "Not found by its code by this officer, within two hours", body = Problem)))]
pub(super) async fn chip(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
) -> Result<Response, Problem> {
    let read = state.authority.attended_chip(id, &session.signed_in(), clock::now()).await;
    let Some(OnCard { reading, portrait, fingers }) = read.map_err(attend_problem)? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let view = ChipView {
        portrait: portrait.is_jpeg.then(|| picture(&portrait.image)),
        fingers: fingers.iter().flat_map(FingerReference::fingers).map(|one| one.0).collect(),
        state: reading.state,
        expiry: reading.expiry,
        sandbox: reading.sandbox,
        attested: matches!(reading.means, ReadingMeans::Attested { .. }),
    };
    Ok(Json(view).into_response())
}

/// Fingers, as the counter's scanner took them.
#[derive(Deserialize, ToSchema)]
pub(super) struct ScannedFingers {
    /// Two different ones at least, of each one picture.
    fingers: Vec<ScannedFinger>,
    reason: String,
}

/// One finger.
#[derive(Deserialize, ToSchema)]
struct ScannedFinger {
    /// `right-thumb` to `left-little`.
    #[schema(value_type = String)]
    finger: FingerPosition,
    /// PNG, BMP, TIFF or PGM, in base64; 6 MB for all fingers together.
    picture: String,
    /// What the scanner has; left out where the file says it.
    dots_an_inch: Option<u32>,
}

/// What came of fingers.
#[derive(Serialize, ToSchema)]
pub(super) struct FingersView {
    /// `alike`: the evidence holds. `different`: they were compared, and are not the resident's.
    /// `again`: pictures are of no use, and nothing was compared.
    outcome: &'static str,
    /// How alike, in the mean of a finger.
    score: Option<f32>,
    /// From where on it is the resident.
    line: Option<f32>,
    /// How many fingers were compared.
    fingers: usize,
    /// Which of them are unlike by themselves: to be wiped and laid down again. None where all are
    /// alike, or are a little too little so together.
    #[schema(value_type = Vec<String>)]
    unlike: Vec<FingerPosition>,
    /// How many comparisons the application has left, after one.
    left: Option<u32>,
    /// Which pictures have to be taken again.
    again: Vec<RetakeView>,
}

/// A picture to take again.
#[derive(Serialize, ToSchema)]
struct RetakeView {
    #[schema(value_type = String)]
    finger: FingerPosition,
    /// `blank`, `no-ridges`, `too-little`, `too-faint`, `not-a-finger`, `too-few-minutiae`; or, of the
    /// file, `not-a-picture`, `damaged`, `resolution-unknown`, `resolution`, `size`.
    why: &'static str,
}

/// Compare fingers with those that the register has of the applicant.
#[utoipa::path(post, path = "/console/counter/{id}/fingers", tag = "console: counter",
    request_body = ScannedFingers, responses(
        (status = 200, body = FingersView),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 404, description = "It gathers no evidence, or no more", body = Problem),
        (status = 409, description = "Changed meanwhile, compared too often, or not found by its code", body = Problem),
        (status = 422, description = "Not two fingers that the register knows", body = Problem)))]
pub(super) async fn take_fingers(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
    Body(body): Body<ScannedFingers, MOST_BYTES>,
) -> Result<Json<FingersView>, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let pictures = body.fingers.into_iter().map(|one| {
        let picture = b64::decode_standard(&one.picture).map_err(|_| {
            Problem::malformed("A picture isn't base64. Encode the scanner's file as it is.")
        })?;
        Ok(FingerPicture::new(one.finger, picture, one.dots_an_inch))
    });
    let pictures = pictures.collect::<Result<Vec<_>, Problem>>()?;
    match state.authority.take_fingers(id, pictures, &officer, clock::now()).await {
        Ok(taken) => Ok(Json(FingersView {
            outcome: if taken.alike { "alike" } else { "different" },
            score: Some(taken.score),
            line: Some(taken.line),
            fingers: taken.fingers,
            unlike: taken.unlike,
            left: Some(taken.left),
            again: Vec::new(),
        })),
        Err(TakeFingersError::Retake(again)) => Ok(Json(FingersView {
            outcome: "again",
            score: None,
            line: None,
            fingers: 0,
            unlike: Vec::new(),
            left: None,
            again: again.into_iter().map(retake_view).collect(),
        })),
        Err(refused) => Err(fingers_problem(refused)),
    }
}

/// What the officer says in the end.
#[derive(Deserialize, ToSchema)]
pub(super) struct Attestation {
    /// `approve` or `refuse`.
    #[schema(value_type = String)]
    verdict: OfficerVerdict,
    /// Why, in a sentence that somebody else can judge later.
    reason: String,
}

/// Stand for the person at the counter, or refuse: the last word on an application.
#[utoipa::path(post, path = "/console/counter/{id}/attestation", tag = "console: counter",
    request_body = Attestation, responses(
        (status = 204, description = "Decided; the wallet learns it within a second"),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 404, description = "It gathers no evidence, or no more", body = Problem),
        (status = 409, description = "Evidence is missing, or it changed meanwhile", body = Problem),
        (status = 422, description = "No reason", body = Problem)))]
pub(super) async fn attest(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
    Body(body): Body<Attestation>,
) -> Result<StatusCode, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let (now, mut rng) = (clock::now(), clock::seeded());
    let attested = state.authority.attest(id, body.verdict, &officer, now, &mut rng).await;
    attested.map_err(attend_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn counter_view(seen: AttendedApplication) -> CounterView {
    CounterView {
        id: seen.id,
        begun_at: seen.begun_at,
        resident: person_view(&seen.resident),
        frames: seen.frames.iter().map(frame_view).collect(),
        enrolled_fingers: seen.enrolled_fingers,
        progress: progress_view(seen.gathered),
    }
}

fn progress_view(gathered: Gathered) -> ProgressView {
    ProgressView {
        held: gathered.held.into_iter().collect(),
        missing: gathered.missing,
        expires_at: gathered.expires_at,
        chip: gathered
            .chip
            .map(|chip| ChipOutcomeView { fault: chip.fault.map(ChipFault::as_str), at: chip.at }),
    }
}

fn retake_view(retake: Retake) -> RetakeView {
    let why = match retake.why {
        RetakeCause::Impression(ImpressionRefusal::Blank) => "blank",
        RetakeCause::Impression(ImpressionRefusal::NoRidges) => "no-ridges",
        RetakeCause::Impression(ImpressionRefusal::TooLittle) => "too-little",
        RetakeCause::Impression(ImpressionRefusal::TooFaint) => "too-faint",
        RetakeCause::Impression(ImpressionRefusal::NotAFinger) => "not-a-finger",
        RetakeCause::Impression(ImpressionRefusal::TooFewMinutiae) => "too-few-minutiae",
        RetakeCause::Picture(ImpressionError::NotAPicture) => "not-a-picture",
        RetakeCause::Picture(ImpressionError::Damaged) => "damaged",
        RetakeCause::Picture(ImpressionError::ResolutionUnknown) => "resolution-unknown",
        RetakeCause::Picture(ImpressionError::Resolution) => "resolution",
        RetakeCause::Picture(ImpressionError::Size | ImpressionError::TooManyBytes) => "size",
    };
    RetakeView { finger: retake.position, why }
}

fn no_application() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-application",
        "No application with this code",
        "No application with this code waits for evidence: it may be decided, or its time over. \
         Compare the code with the applicant's screen.",
    )
}

/// Why the applicant's card is not read now.
pub(super) fn card_problem(refused: OpenRelayError) -> Problem {
    match refused {
        OpenRelayError::Attend(cause) => attend_problem(cause),
        refused => open_problem(refused),
    }
}

fn attend_problem(error: AttendError) -> Problem {
    match error {
        AttendError::Unknown => no_application(),
        AttendError::NotAllowed(refused) => refused.into(),
        AttendError::NotNow(EnrolmentTransitionError::EvidenceMissing) => Problem::new(
            StatusCode::CONFLICT,
            "evidence-missing",
            "Evidence is missing",
            "The full card needs more evidence than this application has. Take what is missing, \
             then approve it.",
        ),
        AttendError::NotAttended => Problem::new(
            StatusCode::CONFLICT,
            "not-attended",
            "The application was not found by its code",
            "Find the application by the code that the applicant shows, and say why you look at it.",
        ),
        AttendError::CardLapsed => Problem::new(
            StatusCode::CONFLICT,
            "card-lapsed",
            "The physical card counts no longer",
            "The card that was read has expired or was reported lost, or whoever signed it, or read it, \
             is not believed any more. Read another card, then approve the application.",
        ),
        AttendError::NotNow(_) | AttendError::Changed => Problem::new(
            StatusCode::CONFLICT,
            "application-changed",
            "The application has changed",
            "Something else happened to this application meanwhile. Look at it again.",
        ),
        AttendError::Fault(cause) => cause.into(),
    }
}

fn fingers_problem(error: TakeFingersError) -> Problem {
    let unprocessable = |code, title, detail: String| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail)
    };
    match error {
        TakeFingersError::Attend(cause) => attend_problem(cause),
        TakeFingersError::NotEnrolled { enrolled } if enrolled.is_empty() => unprocessable(
            "no-fingers-enrolled",
            "No fingers in the register",
            "Neither the register nor the card's chip has fingers of this resident. They are enrolled \
             by a correction of the record, which a second officer confirms."
                .to_owned(),
        ),
        TakeFingersError::NotEnrolled { enrolled } => {
            let names: Vec<_> = enrolled.iter().map(|finger| finger.as_str()).collect();
            let names = names.join(", ");
            unprocessable(
                "fingers-not-enrolled",
                "Not these fingers",
                format!("Two fingers that the register or the chip knows are needed: {names}."),
            )
        }
        TakeFingersError::Fingers(FingersError::TooFewFingers) => unprocessable(
            "fingers-too-few",
            "Two fingers are needed",
            "Take two different fingers at least.".to_owned(),
        ),
        TakeFingersError::Fingers(FingersError::TooManyImpressions(finger)) => unprocessable(
            "fingers-too-many",
            "One finger twice",
            format!("There are several pictures of {finger}. Hand in one of each finger."),
        ),
        TakeFingersError::Fingers(FingersError::SameFinger(one, other)) => unprocessable(
            "fingers-same",
            "One finger under two names",
            format!("{one} and {other} are the same finger. Take one of them again."),
        ),
        TakeFingersError::Copy(finger) => unprocessable(
            "finger-copied",
            "A copy of the enrolled picture",
            format!(
                "The picture of {finger} is the one in the register, and no finger that was just put \
                 on the scanner. Take it again, and tell a supervisor if nobody knows how it came."
            ),
        ),
        TakeFingersError::Retake(_) => unprocessable(
            "fingers-again",
            "Take the fingers again",
            "The pictures are not good enough.".to_owned(),
        ),
        TakeFingersError::TooMany => Problem::new(
            StatusCode::CONFLICT,
            "too-many-comparisons",
            "Compared too often",
            "This application's fingers were compared as often as one's may be. Refuse it; the \
             resident can apply again.",
        ),
    }
}
