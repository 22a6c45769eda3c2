//! Officers join by a one-time link, sign in with passkeys, and decide applications; whoever may
//! not do something is told in a sentence, and nothing is changed.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tanda_journeys::{Citizen, City, Console, address, citizens, marked};
use tanda_model::{Action, OfficerRole};
use tanda_server::{Role, clock, roles};
use tanda_wallet::enrol::State;

use super::the_committed_interfaces_are_current::operations;

/// A resident whose application waits for an officer.
async fn refer(city: &City) -> (tanda_cli::drive::Wallet, Citizen) {
    let lost = marked("card_lost");
    let mut wallet = city.wallet("lost").await;
    let standing = wallet.apply(&lost.number, &lost.name, &lost.frames()).await.unwrap();
    assert_eq!(standing.state, State::Referred);
    (wallet, lost)
}

async fn waiting(console: &Console) -> Vec<Value> {
    let (status, queue) = console.get("console/applications").await;
    assert_eq!(status, StatusCode::OK, "{queue}");
    queue["applications"].as_array().unwrap().clone()
}

/// An officer whom an administrator invites.
pub(crate) async fn invited(by: &Console, role: OfficerRole, own_number: Option<&str>) -> Console {
    let officer = json!({
        "name": "Wu Kenari", "role": role, "own_number": own_number,
        "reason": "a story of the console",
    });
    let (status, link) = by.post("console/officers", officer).await;
    assert_eq!(status, StatusCode::CREATED, "{link}");
    Console::join(link["link"].as_str().unwrap()).await
}

/// All entries of the log, none of which says anything of a resident that is in the register.
pub(crate) async fn acts(city: &City) -> Vec<String> {
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let mut reader = office.store().reader().await.unwrap();
    let acts = reader.acts_after(None, 10_000).await.unwrap();
    let acts: Vec<String> = acts.into_iter().map(|act| act.entry).collect();
    for citizen in citizens() {
        let field = |name: &str| citizen.record[name].as_str().unwrap_or_default();
        let (family, given) = (field("family_name"), field("given_name"));
        for value in [
            citizen.number.clone(),
            field("birth_date").to_owned(),
            format!("{family} {given}"),
            format!("{given} {family}"),
            format!("\"{family}\""),
            format!("\"{given}\""),
        ] {
            let told = |act: &String| value.len() > 2 && act.contains(&value);
            assert!(!acts.iter().any(told), "the log holds a value of a resident");
        }
    }
    acts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_clerk_decides_and_the_wallet_goes_on() {
    let city = City::start().await;
    let administrator = city.officer(OfficerRole::Administrator).await;
    let clerk = invited(&administrator, OfficerRole::Clerk, None).await;
    let (mut wallet, resident) = refer(&city).await;

    let queue = waiting(&clerk).await;
    assert_eq!(queue.len(), 1);
    assert_eq!(queue[0]["findings"], json!(["card_reported_lost"]));
    let text = queue[0].to_string();
    assert!(!text.contains(&resident.name) && !text.contains(&resident.number), "{text}");

    let id = queue[0]["id"].as_str().unwrap();
    let (status, evidence) =
        clerk.post(&format!("console/applications/{id}/look"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{evidence}");
    assert_eq!(evidence["resident"]["card_lost"], json!(true));
    assert!(!evidence.to_string().contains(&resident.number), "the number stays masked");
    assert_eq!(evidence["frames"].as_array().unwrap().len(), 5);
    assert!(
        evidence["scores"].as_array().unwrap().iter().all(|score| score["strength"] != "against")
    );

    let path = format!("console/applications/{id}/decision");
    let (status, refused) =
        clerk.post(&path, json!({ "verdict": "approve", "reason": "ok" })).await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason-missing"))
    );
    let reason = "seen at the counter with the old card";
    let (status, _) = clerk.post(&path, json!({ "verdict": "approve", "reason": reason })).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(waiting(&clerk).await.is_empty());
    let standing = wallet.look(10).await.unwrap();
    wallet.receive(&standing.credential_offer.unwrap()).await.unwrap();

    let (_, session) = clerk.get("console/session").await;
    let officer = session["officer_id"].as_str().unwrap();
    let acts = acts(&city).await;
    for kind in ["officer.joined", "enrolment.looked-at", "enrolment.approved"] {
        let named = |act: &&String| act.contains(kind) && act.contains(officer);
        assert!(acts.iter().any(|act| named(&act)), "{kind} by the clerk");
    }
    assert!(acts.iter().all(|act| !act.contains("Kenari")), "no act names an officer");
}

/// One request for every action; a new action does not build without one.
fn request(action: Action) -> (reqwest::Method, &'static str, Value) {
    use reqwest::Method;
    let why = json!({ "reason": "a story of the console" });
    let case = json!({ "case": "2026-17", "reason": "a story of the console" });
    match action {
        Action::SeeApplications => (Method::GET, "console/applications", Value::Null),
        Action::DecideApplications => (
            Method::POST,
            "console/applications/01935a2e-0000-7000-8000-000000000000/look",
            json!({}),
        ),
        Action::DecideLookalikes => {
            (Method::POST, "console/applications/01935a2e-0000-7000-8000-000000000000/freeze", why)
        }
        Action::LookUpResidents => {
            let mut look = case;
            // Nobody has it: a look that finds nobody is recorded too, and counted below.
            look["number"] = json!("11010519491231002X");
            (Method::POST, "console/residents/look", look)
        }
        Action::UnmaskResidents => {
            (Method::POST, "console/residents/01935a2e-0000-7000-8000-000000000000/unmask", case)
        }
        Action::SuspendCards => {
            (Method::POST, "console/cards/01935a2e-0000-7000-8000-000000000000/suspend", case)
        }
        Action::RevokeCards => {
            (Method::POST, "console/cards/01935a2e-0000-7000-8000-000000000000/revoke", case)
        }
        Action::IssueSheets => {
            let mut sheet = case;
            sheet["identified_by"] = json!(["face_compared"]);
            (Method::POST, "console/residents/01935a2e-0000-7000-8000-000000000000/sheet", sheet)
        }
        Action::MarkCardsLost | Action::MarkDeceased => {
            let mut mark = case;
            let which = if action == Action::MarkDeceased { "deceased" } else { "card_lost" };
            (mark["mark"], mark["set"]) = (json!(which), json!(true));
            (Method::POST, "console/residents/01935a2e-0000-7000-8000-000000000000/marks", mark)
        }
        Action::AddResidents => {
            let mut new = case;
            for (name, value) in [
                ("number", "11010519491231002X"),
                ("family_name", "Nobody"),
                ("given_name", ""),
                ("birth_date", "1949-12-31"),
                ("photo", "AAAA"),
            ] {
                new[name] = json!(value);
            }
            (Method::POST, "console/residents", new)
        }
        Action::SeeProposals => (Method::GET, "console/proposals", Value::Null),
        Action::ReviewProposals => {
            (Method::POST, "console/proposals/01935a2e-0000-7000-8000-000000000000/refusal", why)
        }
        Action::ConfirmProposals => (
            Method::POST,
            "console/proposals/01935a2e-0000-7000-8000-000000000000/confirmation",
            why,
        ),
        Action::ProposeCardActs => {
            let mut list = case;
            // Nobody has it: nothing is proposed.
            (list["act"], list["numbers"]) = (json!("suspend"), json!("11010519491231002X"));
            (Method::POST, "console/proposals/cards", list)
        }
        Action::ProposeImports => {
            (Method::POST, "console/imports", json!({ "name": "people.csv", "size": 0 }))
        }
        Action::ProposeCorrections => {
            let mut correction = case;
            // Nobody has it: nothing is proposed.
            correction["number"] = json!("11010519491231002X");
            (Method::POST, "console/proposals/corrections", correction)
        }
        Action::ProposeExports => {
            let mut list = case;
            // Nobody has it: nothing is proposed.
            list["numbers"] = json!("11010519491231002X");
            (Method::POST, "console/proposals/exports", list)
        }
        Action::FetchExports => (
            Method::POST,
            "console/proposals/01935a2e-0000-7000-8000-000000000000/file",
            Value::Null,
        ),
        Action::SettleReports => (Method::GET, "console/reports", Value::Null),
        Action::SeeRelyingParties => (Method::GET, "console/relying-parties", Value::Null),
        Action::RegisterRelyingParties => (
            Method::POST,
            "console/relying-parties/nobody/purposes",
            json!({ "purposes": ["ticket"], "reason": "a story of the console" }),
        ),
        Action::SuspendRelyingParties => {
            (Method::POST, "console/relying-parties/nobody/steps/suspend", why)
        }
        Action::SeeFigures => (Method::GET, "console/figures", Value::Null),
        Action::SeeOfficers => (Method::GET, "console/officers", Value::Null),
        Action::InviteOfficers => (
            Method::POST,
            "console/officers",
            json!({
                "name": "Nobody", "role": "clerk", "own_number": null,
                "reason": "a story of the console",
            }),
        ),
        Action::RetireOfficers => {
            (Method::POST, "console/officers/01935a2e-0000-7000-8000-000000000000/retirement", why)
        }
        Action::ChangeRoles => (
            Method::POST,
            "console/officers/01935a2e-0000-7000-8000-000000000000/role",
            json!({ "role": "auditor", "reason": "a story of the console" }),
        ),
    }
}

/// Every request for an action.
fn every(action: Action) -> Vec<(reqwest::Method, String, Value)> {
    let (method, path, body) = request(action);
    let mut requests = vec![(method, path.to_owned(), body)];
    requests.extend(further(action));
    requests
}

/// The other requests for what has several.
fn further(action: Action) -> Vec<(reqwest::Method, String, Value)> {
    use reqwest::Method;
    const NONE: &str = "01935a2e-0000-7000-8000-000000000000";
    let why = json!({ "reason": "a story of the console" });
    let case = json!({ "case": "2026-17", "reason": "a story of the console" });
    let post = |path: String, body| (Method::POST, path, body);
    match action {
        Action::SeeApplications => {
            vec![(Method::GET, "console/appointments".to_owned(), Value::Null)]
        }
        Action::DecideApplications => {
            let (mut look, mut fingers, mut decision) = (why.clone(), why.clone(), why);
            // Nobody has it, and there is no such application: nothing is recorded.
            look["code"] = json!("0000-0000");
            fingers["fingers"] = json!([]);
            decision["verdict"] = json!("refuse");
            let card = json!({ "access_number": "271828", "reason": "a test of roles" });
            let signed = json!({ "result": "", "reason": "a test of roles" });
            let counter = format!("console/counter/{NONE}");
            vec![
                post(format!("console/applications/{NONE}/decision"), decision.clone()),
                post("console/counter/look".to_owned(), look),
                (Method::GET, counter.clone(), Value::Null),
                post(format!("{counter}/chip"), card),
                (Method::GET, format!("{counter}/chip"), Value::Null),
                post(format!("{counter}/chip/question"), json!({ "reason": "a test of roles" })),
                post(format!("{counter}/chip/attested"), signed),
                post(format!("{counter}/fingers"), fingers),
                post(format!("{counter}/attestation"), decision),
            ]
        }
        Action::DecideLookalikes => {
            vec![post(format!("console/applications/{NONE}/release"), why)]
        }
        Action::SuspendCards => {
            let mut lock = case.clone();
            lock["identified_by"] = json!(["face_compared"]);
            [("restore", case), ("lock", lock)]
                .map(|(act, body)| post(format!("console/cards/{NONE}/{act}"), body))
                .to_vec()
        }
        Action::SettleReports => vec![post(format!("console/reports/{NONE}/settlement"), why)],
        Action::RegisterRelyingParties => {
            let mut registration = why.clone();
            (registration["seen"], registration["purposes"]) = (json!(1), json!(["ticket"]));
            [("registration", registration), ("steps/refuse", why.clone()), ("steps/end", why)]
                .map(|(step, body)| post(format!("console/relying-parties/nobody/{step}"), body))
                .to_vec()
        }
        Action::SuspendRelyingParties => {
            vec![post("console/relying-parties/nobody/steps/restore".to_owned(), why)]
        }
        Action::InviteOfficers => vec![post(format!("console/officers/{NONE}/invitation"), why)],
        Action::SeeProposals => [("look", json!({})), ("withdrawal", why)]
            .map(|(step, body)| post(format!("console/proposals/{NONE}/{step}"), body))
            .to_vec(),
        Action::ProposeCardActs => {
            let mut list = request(action).2;
            // Refused for what it is, once the role is known: nothing is recorded.
            list["numbers"] = json!("1\n".repeat(2001));
            vec![post("console/proposals/cards/preview".to_owned(), list)]
        }
        Action::ProposeExports => {
            let mut list = request(action).2;
            // Refused for what it is, once the role is known: nothing is recorded.
            list["numbers"] = json!("1\n".repeat(2001));
            vec![post("console/proposals/exports/preview".to_owned(), list)]
        }
        Action::ProposeCorrections => {
            let mut twins = case;
            (twins["stays"], twins["goes"]) =
                (json!("11010519491231002X"), json!("11010519491231002X"));
            vec![post("console/proposals/mergers".to_owned(), twins)]
        }
        Action::ProposeImports => {
            let place = format!("console/imports/{NONE}");
            let mut requests = vec![(Method::GET, place.clone(), Value::Null)];
            let steps = [
                ("pieces?at=0", json!({})),
                ("pictures?name=a.jpg", json!({})),
                ("check", json!({})),
                ("proposal", case),
                ("discard", json!({})),
            ];
            requests.extend(steps.map(|(step, body)| post(format!("{place}/{step}"), body)));
            requests
        }
        _ => Vec::new(),
    }
}

/// What each role may do, by hand: what the program believes is in a table of its own, and both say
/// what docs/security/permissions.md says. Columns: clerk, supervisor, auditor, administrator.
const MATRIX: [(Action, [bool; 4]); 28] = [
    (Action::SeeApplications, [true, true, false, false]),
    (Action::DecideApplications, [true, true, false, false]),
    (Action::DecideLookalikes, [false, true, false, false]),
    (Action::LookUpResidents, [true, true, false, false]),
    (Action::UnmaskResidents, [true, true, false, false]),
    (Action::SuspendCards, [true, true, false, false]),
    (Action::RevokeCards, [false, true, false, false]),
    (Action::IssueSheets, [true, true, false, false]),
    (Action::MarkCardsLost, [true, true, false, false]),
    (Action::MarkDeceased, [false, true, false, false]),
    (Action::AddResidents, [true, true, false, false]),
    (Action::SeeProposals, [true, true, false, false]),
    (Action::ReviewProposals, [false, true, false, false]),
    (Action::ConfirmProposals, [false, true, false, false]),
    (Action::ProposeCardActs, [true, true, false, false]),
    (Action::ProposeImports, [true, true, false, false]),
    (Action::ProposeCorrections, [true, true, false, false]),
    (Action::ProposeExports, [true, true, false, false]),
    (Action::FetchExports, [true, true, false, false]),
    (Action::SettleReports, [true, true, false, false]),
    (Action::SeeRelyingParties, [true, true, true, true]),
    (Action::RegisterRelyingParties, [false, true, false, true]),
    (Action::SuspendRelyingParties, [false, true, false, true]),
    (Action::SeeFigures, [true, true, true, true]),
    (Action::SeeOfficers, [false, false, true, true]),
    (Action::InviteOfficers, [false, false, false, true]),
    (Action::RetireOfficers, [false, false, false, true]),
    (Action::ChangeRoles, [false, false, false, true]),
];

/// What anybody may call on their way in, and what is about the caller's own sign-in.
const FOR_EVERYBODY: [&str; 8] = [
    "/console/invitations/open",
    "/console/invitations/start",
    "/console/invitations/finish",
    "/console/sign-in/start",
    "/console/sign-in/finish",
    "/console/step-up/finish",
    "/console/session",
    "/console/sign-out",
];

#[test]
fn every_route_of_the_console_is_in_the_matrix() {
    let asked: Vec<_> = Action::ALL.iter().copied().flat_map(every).collect();
    let is_of = |template: &str, path: &str| {
        let path = path.split('?').next().unwrap();
        let (template, path): (Vec<&str>, Vec<&str>) =
            (template[1..].split('/').collect(), path.split('/').collect());
        let fits = |(of, part): (&&str, &&str)| of.starts_with('{') || of == part;
        template.len() == path.len() && template.iter().zip(&path).all(fits)
    };
    let of_the_console = operations(Role::Authority).into_iter().filter(|(_, path)| {
        path.starts_with("/console/") && !FOR_EVERYBODY.contains(&path.as_str())
    });
    for (method, template) in of_the_console {
        assert!(
            asked.iter().any(|(how, path, _)| *how == method && is_of(&template, path)),
            "{method} {template} is asked neither in `request` nor in `further`"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permission_matrix_holds_over_http() {
    let listed: Vec<Action> = MATRIX.iter().map(|(action, _)| *action).collect();
    assert_eq!(listed, Action::ALL, "every action is in the table above");
    let city = City::start().await;
    for (column, role) in OfficerRole::ALL.into_iter().enumerate() {
        let officer = city.officer(role).await;
        let nobody = officer.elsewhere();
        let before = acts(&city).await.len();
        let mut changed = 0;
        let asked = MATRIX.into_iter().flat_map(|(action, roles)| {
            let requests = every(action).into_iter();
            requests.map(move |request| (action, roles, request))
        });
        for (action, roles, (method, path, body)) in asked {
            let (status, answer) = nobody.call(method.clone(), &path, body.clone()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "signed out: {action:?}");
            assert_eq!(answer["code"], "sign-in-needed", "signed out: {action:?}");
            let (status, answer) = officer.call(method, &path, body).await;
            let which = format!("{role} {action:?} {path}: {status} {answer}");
            if roles[column] {
                assert_ne!(status, StatusCode::FORBIDDEN, "{which}");
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{which}");
                changed +=
                    usize::from(status == StatusCode::CREATED || action == Action::LookUpResidents);
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{which}");
                assert_eq!(answer["code"], "role-not-permitted", "{which}");
                let detail = answer["detail"].as_str().unwrap();
                assert!(detail.contains("Ask a") && detail.ends_with('.'), "{which}");
            }
        }
        assert_eq!(acts(&city).await.len(), before + changed, "{role}: nothing else was changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_a_cookie_and_a_passkey_are_good_for_one_officer_at_one_browser() {
    let city = City::start().await;
    let link = city.officer_link(OfficerRole::Clerk);
    let clerk = Console::join(&link).await;
    // The link is used up.
    let token = link.split_once("#invite=").unwrap().1;
    let (status, problem) =
        clerk.post("console/invitations/start", json!({ "token": token })).await;
    assert_eq!((status, &problem["code"]), (StatusCode::GONE, &json!("invitation-ended")));
    // No cookie, another's cookie, an old cookie.
    let nobody = clerk.elsewhere();
    assert_eq!(nobody.get("console/session").await.0, StatusCode::UNAUTHORIZED);
    nobody.steal("__Host-tanda-console=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(nobody.get("console/session").await.0, StatusCode::UNAUTHORIZED);
    let thief = clerk.elsewhere();
    thief.steal(&clerk.cookie());
    // Signing in anew ends what was signed in before, wherever that is.
    let home = clerk.elsewhere();
    assert_eq!(home.sign_in().await.0, StatusCode::OK);
    for old in [&thief, &clerk] {
        let (status, problem) = old.get("console/applications").await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::UNAUTHORIZED, &json!("sign-in-needed"))
        );
    }
    let kept = home.cookie();
    home.post("console/sign-out", json!({})).await;
    thief.steal(&kept);
    assert_eq!(thief.get("console/session").await.0, StatusCode::UNAUTHORIZED);
    // Another officer's passkey is no second use of one's own.
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let swapped = supervisor.elsewhere();
    home.sign_in().await;
    swapped.steal(&home.cookie());
    assert_eq!(swapped.step_up().await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_can_do_nothing_in_an_officers_name() {
    let city = City::start().await;
    let administrator = city.officer(OfficerRole::Administrator).await;
    let before = acts(&city).await.len();
    let http = reqwest::Client::new();
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", city.config.provider.url.as_str().trim_end_matches('/')),
        ("sec-fetch-site", "same-site"),
    ] {
        let all = Action::ALL.iter().copied();
        for (method, path, body) in all.flat_map(every) {
            if method != reqwest::Method::POST {
                continue;
            }
            let response = http
                .post(address(&city.config.authority.url, &path))
                .header("cookie", administrator.cookie())
                .header(header, value)
                .json(&body)
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path} {value}");
            assert!(response.headers().get("access-control-allow-origin").is_none());
        }
    }
    assert_eq!(acts(&city).await.len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_decide_at_once_one_wins_and_the_other_is_told() {
    let city = City::start().await;
    let clerk = city.officer(OfficerRole::Clerk).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let (mut wallet, _) = refer(&city).await;
    let id = waiting(&clerk).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("console/applications/{id}/decision");
    let decision = |verdict: &str| json!({ "verdict": verdict, "reason": "seen at the counter" });
    let (one, other) = tokio::join!(
        clerk.post(&path, decision("approve")),
        supervisor.post(&path, decision("refuse"))
    );
    let (lost, approved) = match (one.0, other.0) {
        (StatusCode::NO_CONTENT, StatusCode::CONFLICT) => (other.1, true),
        (StatusCode::CONFLICT, StatusCode::NO_CONTENT) => (one.1, false),
        both => panic!("exactly one wins: {both:?}"),
    };
    assert_eq!(lost["code"], "decided-already");
    let standing = wallet.look(5).await.unwrap();
    assert_eq!(standing.state, if approved { State::Approved } else { State::Refused });
    let decided = acts(&city).await.into_iter().filter(|act| {
        act.contains(&id)
            && (act.contains("enrolment.approved") || act.contains("enrolment.refused"))
    });
    assert_eq!(decided.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_their_own_application() {
    let city = City::start().await;
    let administrator = city.officer(OfficerRole::Administrator).await;
    let lost = marked("card_lost");
    let clerk = invited(&administrator, OfficerRole::Clerk, Some(&lost.number)).await;
    refer(&city).await;
    let queue = waiting(&clerk).await;
    assert_eq!(queue[0]["held_for"], "colleague");
    let id = queue[0]["id"].as_str().unwrap();
    let look = clerk.post(&format!("console/applications/{id}/look"), json!({})).await;
    let decision = json!({ "verdict": "approve", "reason": "it is me, after all" });
    let decide = clerk.post(&format!("console/applications/{id}/decision"), decision).await;
    for (status, problem) in [look, decide] {
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("own-matter")));
        assert!(problem["resident"].is_null());
    }
    assert_eq!(waiting(&clerk).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_fingers_of_the_finest_scanner_fit_into_one_request() {
    let city = City::start().await;
    let clerk = city.officer(OfficerRole::Clerk).await;
    let path = "console/counter/01935a2e-0000-7000-8000-000000000000/fingers";
    let hand_in = async |bytes: usize| {
        let picture = "A".repeat(bytes / 3 * 4);
        let fingers = ["right-index", "left-index"]
            .map(|finger| json!({ "finger": finger, "picture": picture }));
        clerk.post(path, json!({ "fingers": fingers, "reason": "full card, counter 3" })).await
    };
    let (status, _) = hand_in(2_900_000).await;
    assert_eq!(status, 404, "taken, and there is no such application");
    let (status, problem) = hand_in(3_200_000).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (413, Some("too-large")));
}
