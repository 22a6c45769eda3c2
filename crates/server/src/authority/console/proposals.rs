//! Acts that need two officers: what waits, what is in it, and its end.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::proposals::{
    CardsListing, Content, LineFault, LineFaultKind, MOST_LINES, ManyCards,
    ProposalView as Proposal, ProposeError, SettleProposalError,
};
use tanda_model::{ProposalId, ProposalKind, ProposalState};
use utoipa::ToSchema;

use super::State;
use super::records::{self, RecordsView};
use super::refusals::reason;
use super::residents::{CaseReason, acting};
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// A list of numbers, and what to do to the cards: room for the most lines with a name beside each.
pub(super) const MOST_BYTES: usize = 512 << 10;

/// What waits for a second officer, and what has ended lately.
#[derive(Serialize, ToSchema)]
pub(super) struct ProposalsView {
    proposals: Vec<ProposalView>,
    /// The time now, by the server's clock.
    #[schema(value_type = String)]
    now: Timestamp,
}

/// A proposal. Says nothing of whom it is about.
#[derive(Serialize, ToSchema)]
struct ProposalView {
    #[schema(value_type = String)]
    id: ProposalId,
    /// `suspend-cards`, `restore-cards`, `revoke-cards`, `import-residents`, `correct-record`,
    /// `merge-records` or `export-records`.
    #[schema(value_type = String)]
    kind: ProposalKind,
    /// What colleagues call whoever proposed it.
    proposer: Option<String>,
    /// Whether the officer who asks proposed it.
    own: bool,
    case: String,
    reason: String,
    /// How many cards or residents it would touch.
    size: u64,
    /// How many it did touch.
    done: Option<u64>,
    /// `open`, `confirmed`, `declined`, `withdrawn` or `lapsed`.
    state: &'static str,
    #[schema(value_type = String)]
    proposed_at: Timestamp,
    /// Until when it can be confirmed, while it is open.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    ended_at: Option<Timestamp>,
    /// What colleagues call whoever confirmed or declined it.
    decider: Option<String>,
    /// Until when the officer who asks can fetch what was exported.
    #[schema(value_type = Option<String>)]
    fetch_until: Option<Timestamp>,
}

/// What exactly is proposed.
#[derive(Serialize, ToSchema)]
pub(super) struct ContentView {
    /// The masked numbers of those whom it is about.
    numbers: Vec<String>,
    /// The file that they come from, if they are to be added.
    file: Option<FileView>,
    /// What a correction or a merger is about.
    records: Option<RecordsView>,
}

/// A register file.
#[derive(Serialize, ToSchema)]
struct FileView {
    name: String,
    /// Rows of it that are left out.
    refused: u64,
}

/// A list of resident numbers, and what to do to their cards.
#[derive(Deserialize, ToSchema)]
pub(super) struct CardList {
    /// `suspend`, `restore` or `revoke`.
    #[schema(value_type = String)]
    act: ManyCards,
    /// One a line; of a line with several columns the first.
    numbers: String,
    #[serde(flatten)]
    why: CaseReason,
}

/// What a list comes to.
#[derive(Serialize, ToSchema)]
pub(super) struct ListingView {
    /// How many cards it touches.
    cards: usize,
    /// The lines that are left out.
    faults: Vec<LineFaultView>,
    /// The proposal, if it was made.
    #[schema(value_type = Option<String>)]
    proposal: Option<ProposalId>,
}

/// A line that is left out.
#[derive(Serialize, ToSchema)]
pub(super) struct LineFaultView {
    /// Which line, from 1.
    line: usize,
    /// `not_a_number`, `repeated`, `nobody`, `no_card`, `not_now` or `own_matter`.
    #[schema(value_type = String)]
    fault: LineFaultKind,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct OutcomeView {
    /// How many cards or residents it was done to.
    done: u64,
    /// How many had changed meanwhile.
    left_out: u64,
}

/// Why it is confirmed, declined or withdrawn.
#[derive(Deserialize, ToSchema)]
pub(super) struct Decision {
    reason: String,
}

/// What waits for a second officer, and what has ended within the last days.
#[utoipa::path(get, path = "/console/proposals", tag = "console: two officers", responses(
    (status = 200, body = ProposalsView),
    (status = 403, description = "Not permitted to this role", body = Problem)))]
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Result<Json<ProposalsView>, Problem> {
    let proposals = state.authority.proposals(&session.signed_in(), clock::now()).await?;
    let view = |one: Proposal| {
        let (until, ended_at) = match one.state {
            ProposalState::Open { until, .. } => (Some(until), None),
            ProposalState::Confirmed { at, .. }
            | ProposalState::Declined { at, .. }
            | ProposalState::Withdrawn { at }
            | ProposalState::Lapsed { at } => (None, Some(at)),
        };
        ProposalView {
            id: one.id,
            kind: one.kind,
            proposer: one.proposer_name.map(String::from),
            own: one.proposer == session.id(),
            case: one.case_number.as_str().to_owned(),
            reason: one.reason.as_str().to_owned(),
            size: one.size,
            done: one.done,
            state: one.state.name(),
            proposed_at: one.proposed_at,
            until,
            ended_at,
            decider: one.decider_name.map(String::from),
            fetch_until: one.fetch_until,
        }
    };
    let proposals = proposals.into_iter().map(view).collect();
    Ok(Json(ProposalsView { proposals, now: clock::now() }))
}

/// See what a list of numbers would come to. It is a look at everybody who is found.
#[utoipa::path(post, path = "/console/proposals/cards/preview", tag = "console: two officers",
    request_body = CardList, responses(
        (status = 200, body = ListingView),
        (status = 403, description = "Not permitted to this role", body = Problem),
        (status = 422, description = "No case, no reason, or too many lines", body = Problem)))]
pub(super) async fn preview_cards(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<CardList, MOST_BYTES>,
) -> Result<Json<ListingView>, Problem> {
    let officer = acting(&session, &body.why)?;
    let (act, now) = (body.act, clock::now());
    let listing = state.authority.preview_card_acts(act, &body.numbers, &officer, now).await;
    Ok(Json(listing_view(&listing.map_err(propose_problem)?, None)))
}

/// Propose an act on many cards. A second officer confirms it within a day, or nothing is done.
#[utoipa::path(post, path = "/console/proposals/cards", tag = "console: two officers",
    request_body = CardList, responses(
        (status = 201, body = ListingView),
        (status = 403, description = "Not permitted to this role", body = Problem),
        (status = 422, description = "No case, no reason, too many lines, or no line fits", body = Problem)))]
pub(super) async fn propose_cards(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<CardList, MOST_BYTES>,
) -> Result<(StatusCode, Json<ListingView>), Problem> {
    let officer = acting(&session, &body.why)?;
    let (id, listing) = state
        .authority
        .propose_card_acts(body.act, &body.numbers, &officer, clock::now(), &mut clock::seeded())
        .await
        .map_err(propose_problem)?;
    Ok((StatusCode::CREATED, Json(listing_view(&listing, Some(id)))))
}

/// See what exactly is proposed. The look is recorded.
#[utoipa::path(post, path = "/console/proposals/{id}/look", tag = "console: two officers",
    responses(
        (status = 200, body = ContentView),
        (status = 403, description = "Not permitted to this role", body = Problem),
        (status = 409, description = "It has ended", body = Problem)))]
pub(super) async fn look(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ProposalId>,
) -> Result<Json<ContentView>, Problem> {
    let officer = session.signed_in().acting(reason("opened at the console")?, None);
    let opened = state.authority.look_at_proposal(id, &officer, clock::now()).await;
    let opened = opened.map_err(settle_problem)?;
    let mut view = ContentView { numbers: Vec::new(), file: None, records: None };
    match &opened.content {
        Content::Cards { targets, .. } => {
            view.numbers = targets.iter().map(|target| target.masked_number.clone()).collect();
        }
        Content::Import(import) => {
            view.numbers.clone_from(&import.masked_numbers);
            view.file = Some(FileView { name: import.name.clone(), refused: import.refused });
        }
        Content::Export { targets } => {
            view.numbers = targets.iter().map(|target| target.masked_number.clone()).collect();
        }
        Content::Correction(change) => {
            view.records = records::corrected(change, &opened.records)?;
        }
        Content::Merge(_) => view.records = records::merged(&opened)?,
    }
    Ok(Json(view))
}

/// Confirm what a colleague proposed: it is done in the same step.
#[utoipa::path(post, path = "/console/proposals/{id}/confirmation", tag = "console: two officers",
    request_body = Decision, responses(
        (status = 200, body = OutcomeView),
        (status = 403, description = "Not permitted, one's own, or the passkey is asked for again", body = Problem),
        (status = 409, description = "It has ended", body = Problem),
        (status = 422, description = "No reason", body = Problem)))]
pub(super) async fn confirm(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ProposalId>,
    Body(body): Body<Decision>,
) -> Result<Json<OutcomeView>, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let outcome =
        state.authority.confirm_proposal(id, &officer, clock::now(), &mut clock::seeded()).await;
    let outcome = outcome.map_err(settle_problem)?;
    Ok(Json(OutcomeView { done: outcome.done, left_out: outcome.left_out }))
}

/// Decline what a colleague proposed: nothing is done.
#[utoipa::path(post, path = "/console/proposals/{id}/refusal", tag = "console: two officers",
    request_body = Decision, responses(
        (status = 204, description = "Declined"),
        (status = 403, description = "Not permitted, or one's own", body = Problem),
        (status = 409, description = "It has ended", body = Problem),
        (status = 422, description = "No reason", body = Problem)))]
pub(super) async fn decline(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ProposalId>,
    Body(body): Body<Decision>,
) -> Result<StatusCode, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let declined = state.authority.decline_proposal(id, &officer, clock::now()).await;
    declined.map_err(settle_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take back what one proposed oneself.
#[utoipa::path(post, path = "/console/proposals/{id}/withdrawal", tag = "console: two officers",
    request_body = Decision, responses(
        (status = 204, description = "Withdrawn"),
        (status = 403, description = "Somebody else's", body = Problem),
        (status = 409, description = "It has ended", body = Problem),
        (status = 422, description = "No reason", body = Problem)))]
pub(super) async fn withdraw(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ProposalId>,
    Body(body): Body<Decision>,
) -> Result<StatusCode, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let withdrawn = state.authority.withdraw_proposal(id, &officer, clock::now()).await;
    withdrawn.map_err(settle_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn listing_view(listing: &CardsListing, proposal: Option<ProposalId>) -> ListingView {
    ListingView {
        cards: listing.targets.len(),
        faults: LineFaultView::all(&listing.faults),
        proposal,
    }
}

impl LineFaultView {
    pub(super) fn all(faults: &[LineFault]) -> Vec<Self> {
        faults.iter().map(|fault| Self { line: fault.line, fault: fault.kind }).collect()
    }
}

pub(super) fn propose_problem(error: ProposeError) -> Problem {
    let refused = |code, title, detail: String| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail)
    };
    match error {
        ProposeError::NotAllowed(refused) => refused.into(),
        ProposeError::CaseMissing => super::residents::case_missing(),
        ProposeError::NothingFits => refused(
            "nothing-fits",
            "Nothing to propose",
            "No line of the list fits, so nothing would be done. Look at the lines that are left \
             out."
                .to_owned(),
        ),
        ProposeError::TooManyLines => refused(
            "too-many-lines",
            "Too many lines",
            format!("At most {MOST_LINES} lines are taken at once. Cut the list in parts."),
        ),
        ProposeError::TooManyOpen => Problem::new(
            StatusCode::CONFLICT,
            "too-many-proposals",
            "Too many proposals wait",
            "Many proposals of yours wait already. Ask a colleague to decide on them, or withdraw \
             some.",
        ),
        ProposeError::Nobody => super::residents::nobody(),
        ProposeError::Record(cause) => super::residents::add_problem(cause),
        ProposeError::Upload(cause) => super::imports::upload_problem(cause),
        ProposeError::Fault(cause) => cause.into(),
    }
}

pub(super) fn settle_problem(error: SettleProposalError) -> Problem {
    match error {
        SettleProposalError::Unknown => Problem::not_found(),
        SettleProposalError::NotAllowed(refused) => refused.into(),
        SettleProposalError::Ended => Problem::new(
            StatusCode::CONFLICT,
            "proposal-ended",
            "Ended already",
            "A colleague has confirmed, declined or withdrawn this proposal meanwhile, or its day \
             is over. Nothing of yours was kept.",
        ),
        SettleProposalError::Stale => Problem::new(
            StatusCode::CONFLICT,
            "proposal-stale",
            "It has changed meanwhile",
            "What the proposal is about has changed since it was made, so it cannot be done any \
             more. Decline it; it can be proposed anew.",
        ),
        SettleProposalError::Fault(cause) => cause.into(),
    }
}
