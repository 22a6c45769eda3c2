//! A guest without a smartphone checks in with a code of a printed sheet, issued at a counter.

use tanda_authority::cards::{CardAct, CardChoice};
use tanda_authority::sheets::{CODES, IssueSheetError, Sheet};
use tanda_authority::{Authority, Officer};
use tanda_cli::drive::{Desk, HttpError, State};
use tanda_journeys::{Citizen, City, marked, ordinary};
use tanda_model::{Identification, IdentityCheck, ResidentNumber};
use tanda_server::{clock, roles};

use super::a_hotel_verifies_a_guest::check_in;

fn officer() -> Officer {
    let reason = "identified at the counter by the plastic card";
    Officer::custodian("counter 3", reason.parse().unwrap(), None)
}

async fn issued(office: &Authority, citizen: &Citizen) -> Result<Sheet, IssueSheetError> {
    let number: ResidentNumber = citizen.number.parse().unwrap();
    let seen = Identification::new([IdentityCheck::FaceCompared]).unwrap();
    office.issue_sheet(&number.into(), seen, &officer(), clock::now(), &mut clock::seeded()).await
}

async fn handed(desk: &Desk, purpose: &str, code: &str) -> Result<State, HttpError> {
    let asked = desk.ask(purpose, None, None).await.unwrap();
    desk.hand_over(&asked.id, code).await
}

/// The code of the problem with which a desk is refused.
fn refused(answer: Result<State, HttpError>) -> String {
    match answer {
        Err(HttpError::Problem { code, .. }) => code,
        other => panic!("{:?}", other.map(|state| state.state)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_code_checks_in_once_and_shows_what_is_registered() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let sheet = issued(&office, resident).await.unwrap();
    assert_eq!(sheet.codes.len(), CODES);
    let desk = city.desk("hotel-nansha").await;
    let code = sheet.codes[0].to_string();
    let typed = code.to_lowercase().replace('-', " ");
    let state = handed(&desk, "hotel-check-in", &typed).await.unwrap();
    assert_eq!(state.outcome(), "valid", "{:?}", state.verdict["reason"]);
    let claims = state.verdict["claims"].as_object().unwrap();
    assert_eq!(claims["personal_administrative_number"], resident.number);
    assert!(claims.contains_key("picture") && !claims.contains_key("birthdate"));
    assert_eq!(refused(handed(&desk, "hotel-check-in", &code).await), "no-such-code");
    // The next code is good at a café, which learns a result alone.
    let cafe = city.desk("cafe-comet").await;
    let state = handed(&cafe, "cafe-sign-up", &sheet.codes[1].to_string()).await.unwrap();
    assert_eq!(state.outcome(), "valid");
    assert!(!state.verdict["claims"].as_object().unwrap().contains_key("family_name"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_the_hand_uses_nothing_up() {
    let city = City::start().await;
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let sheet = issued(&office, &ordinary(1)[0]).await.unwrap();
    let desk = city.desk("hotel-nansha").await;
    let code = sheet.codes[0].to_string();
    let last = if code.ends_with('7') { "8" } else { "7" };
    let slip = format!("{}{last}", &code[..code.len() - 1]);
    assert_eq!(refused(handed(&desk, "hotel-check-in", &slip).await), "mistyped-code");
    assert_eq!(refused(handed(&desk, "hotel-check-in", "AB12").await), "mistyped-code");
    // The full card is asked: a sheet is not enough, and the code is as good as before.
    let bank = city.desk("bank-harbour").await;
    assert_eq!(refused(handed(&bank, "bank-account", &code).await), "sheet-not-enough");
    let state = handed(&desk, "hotel-check-in", &code).await.unwrap();
    assert_eq!(state.outcome(), "valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_desks_with_one_code_exactly_one_learns_anything() {
    let city = City::start().await;
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let sheet = issued(&office, &ordinary(1)[0]).await.unwrap();
    let (one, two) = (city.desk("hotel-nansha").await, city.desk("hotel-nansha").await);
    for code in &sheet.codes[..5] {
        let code = code.to_string();
        let (one, two) = tokio::join!(
            handed(&one, "hotel-check-in", &code),
            handed(&two, "hotel-check-in", &code)
        );
        assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_takes_the_cards_place_and_is_revoked_like_one() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut phone = city.wallet_with_card(resident).await;
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let sheet = issued(&office, resident).await.unwrap();
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut phone).await, "not_valid");
    let choice = CardChoice::OfNumber(resident.number.parse().unwrap());
    let changed = office.act_on_card(&choice, CardAct::Suspend, &officer(), clock::now()).await;
    assert_eq!(changed.unwrap().id, sheet.card);
    // Nobody gets rid of a suspension by a fresh sheet.
    assert!(matches!(issued(&office, resident).await, Err(IssueSheetError::Suspended)));
    office.act_on_card(&choice, CardAct::Revoke, &officer(), clock::now()).await.unwrap();
    let state = handed(&desk, "hotel-check-in", &sheet.codes[0].to_string()).await;
    let mut outcome = state.unwrap().outcome().to_owned();
    for code in &sheet.codes[1..] {
        // The desk may still hold a status list of some seconds ago.
        if outcome == "not_valid" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let state = handed(&desk, "hotel-check-in", &code.to_string()).await;
        outcome = state.unwrap().outcome().to_owned();
    }
    assert_eq!(outcome, "not_valid");
    let fresh = issued(&office, resident).await.unwrap();
    assert_ne!(fresh.card, sheet.card);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dead_get_no_sheet() {
    let city = City::start().await;
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let dead = issued(&office, &marked("deceased")).await;
    assert!(matches!(dead, Err(IssueSheetError::Deceased)));
}
