use jiff::SignedDuration;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_model::{OfficerRole, ProposalId, ProposalState};

use super::{Content, LineFaultKind, ManyCards, Outcome, ProposeError, SettleProposalError};
use crate::officer::SignedIn;
use crate::testing::{City, number};
use crate::{NotAllowed, Officer};

fn acting(role: OfficerRole) -> Officer {
    as_resident(role, None)
}

fn as_resident(role: OfficerRole, number_tag: Option<Vec<u8>>) -> Officer {
    let case = "2026-17".parse().unwrap();
    SignedIn::just_now(role, number_tag)
        .acting("the counter's key was stolen".parse().unwrap(), Some(case))
}

fn chance() -> StdRng {
    StdRng::seed_from_u64(3)
}

fn clerk() -> Officer {
    acting(OfficerRole::Clerk)
}

fn supervisor() -> Officer {
    acting(OfficerRole::Supervisor)
}

async fn two_cards() -> City {
    let mut city = City::new().await;
    for (account, person, serial, name) in [("a", "01", 10, "Li"), ("b", "02", 11, "Wu")] {
        city.resident(person, serial, name).await;
        let wallet = city.wallet(account);
        city.card(&wallet, serial, name, person, 1).await;
    }
    city
}

fn both() -> String {
    format!("number\n{}\n{}\n", number(10).as_str(), number(11).as_str())
}

async fn proposed(city: &mut City, act: ManyCards) -> ProposalId {
    let City { authority, rng, now, .. } = city;
    authority.propose_card_acts(act, &both(), &clerk(), *now, rng).await.unwrap().0
}

async fn states(city: &City) -> Vec<&'static str> {
    let mut found = Vec::new();
    for serial in [10, 11] {
        let entry = city.authority.register.entry(&number(serial)).await.unwrap().unwrap();
        let cards = city.authority.cards_of(entry.resident.id).await.unwrap();
        found.push(cards.last().unwrap().state.name());
    }
    found
}

#[tokio::test]
async fn what_one_proposes_another_confirms_and_it_is_done() {
    let mut city = two_cards().await;
    let id = proposed(&mut city, ManyCards::Suspend).await;
    assert_eq!(states(&city).await, ["live"; 2]);
    let own = city.authority.confirm_proposal(id, &clerk(), city.now, &mut chance()).await;
    assert!(matches!(own, Err(SettleProposalError::NotAllowed(NotAllowed::Role { .. }))));
    let opened = city.authority.look_at_proposal(id, &supervisor(), city.now).await.unwrap();
    let Content::Cards { act, targets } = opened.content else { panic!() };
    assert_eq!((act, targets.len()), (ManyCards::Suspend, 2));
    assert_eq!(targets[0].masked_number, number(10).masked());

    let outcome =
        city.authority.confirm_proposal(id, &supervisor(), city.now, &mut chance()).await.unwrap();
    assert_eq!(outcome, Outcome { done: 2, left_out: 0, at: city.now });
    assert_eq!(states(&city).await, ["suspended"; 2]);
    let steps = ["proposal.made", "proposal.looked-at", "proposal.confirmed"];
    assert_eq!(city.acts(&id.to_string()).await, steps);
    let card = targets[0].card.to_string();
    let about = city.acts(&card).await;
    assert_eq!(&about[about.len() - 2..], ["card.act-proposed", "card.suspended"]);
    let again = city.authority.confirm_proposal(id, &supervisor(), city.now, &mut chance()).await;
    assert!(matches!(again, Err(SettleProposalError::Ended)));
}

#[tokio::test]
async fn a_list_is_for_a_case_and_a_colleagues_proposal_for_supervisors() {
    let mut city = two_cards().await;
    let City { authority, rng, now, .. } = &mut city;
    let reason = "the counter's key was stolen".parse().unwrap();
    let caseless = SignedIn::just_now(OfficerRole::Clerk, None).acting(reason, None);
    let (act, list) = (ManyCards::Suspend, both());
    let refused = authority.preview_card_acts(act, &list, &caseless, *now).await;
    assert!(matches!(refused, Err(ProposeError::CaseMissing)));
    let refused = authority.propose_card_acts(act, &list, &caseless, *now, rng).await;
    assert!(matches!(refused, Err(ProposeError::CaseMissing)));

    let (id, _) = authority.propose_card_acts(act, &list, &supervisor(), *now, rng).await.unwrap();
    let looked = authority.look_at_proposal(id, &clerk(), *now).await.map(drop);
    let declined = authority.decline_proposal(id, &clerk(), *now).await;
    for refused in [looked, declined] {
        assert!(matches!(refused, Err(SettleProposalError::NotAllowed(NotAllowed::Role { .. }))));
    }
    assert_eq!(city.acts(&id.to_string()).await, ["proposal.made"]);
    assert!(!city.acts_contain("register.looked-up").await);
}

#[tokio::test]
async fn what_is_proposed_is_sealed_and_destroyed_with_its_end() {
    let mut city = two_cards().await;
    let masked = number(10).masked();
    for end in ["confirm", "decline", "withdraw", "lapse"] {
        let id = proposed(&mut city, ManyCards::Suspend).await;
        assert!(!city.store_contains(masked.as_bytes()));
        let row = |city: &City| {
            let store = city.authority.store.clone();
            async move { store.reader().await.unwrap().find_proposal(id).await.unwrap() }
        };
        assert!(row(&city).await.unwrap().content.is_some());
        let now = city.now;
        match end {
            "confirm" => {
                city.authority
                    .confirm_proposal(id, &supervisor(), now, &mut chance())
                    .await
                    .unwrap();
                let restore = proposed(&mut city, ManyCards::Restore).await;
                city.authority
                    .confirm_proposal(restore, &supervisor(), now, &mut chance())
                    .await
                    .unwrap();
            }
            "decline" => city.authority.decline_proposal(id, &supervisor(), now).await.unwrap(),
            "withdraw" => {
                let other = city.authority.withdraw_proposal(id, &supervisor(), now).await;
                let not_own = NotAllowed::NotOwnProposal;
                assert!(
                    matches!(other, Err(SettleProposalError::NotAllowed(why)) if why == not_own)
                );
                city.authority.withdraw_proposal(id, &clerk(), now).await.unwrap();
            }
            _ => {
                city.later(ProposalState::LIFE);
                let late = city
                    .authority
                    .confirm_proposal(id, &supervisor(), city.now, &mut chance())
                    .await;
                assert!(matches!(late, Err(SettleProposalError::Ended)));
                assert_eq!(city.authority.sweep(city.now).await.unwrap().proposals, 1);
            }
        }
        let ended = row(&city).await.unwrap();
        assert!(ended.state.is_final() && ended.content.is_none(), "{end}");
        assert_eq!(states(&city).await, ["live"; 2], "{end}");
        let closed = city.authority.look_at_proposal(id, &supervisor(), city.now).await;
        assert!(matches!(closed, Err(SettleProposalError::Ended)));
        if end == "lapse" {
            city.later(SignedDuration::from_hours(24 * 8));
            city.authority.sweep(city.now).await.unwrap();
            assert!(row(&city).await.is_none());
        }
    }
}

#[tokio::test]
async fn nobody_confirms_what_they_proposed_or_what_is_about_themselves() {
    let mut city = two_cards().await;
    let own = supervisor();
    let City { authority, rng, now, .. } = &mut city;
    let (id, _) =
        authority.propose_card_acts(ManyCards::Revoke, &both(), &own, *now, rng).await.unwrap();
    for refused in [
        authority.confirm_proposal(id, &own, *now, &mut chance()).await.map(|_| ()),
        authority.decline_proposal(id, &own, *now).await,
    ] {
        let why = NotAllowed::OwnProposal;
        assert!(matches!(refused, Err(SettleProposalError::NotAllowed(found)) if found == why));
    }
    authority.withdraw_proposal(id, &own, *now).await.unwrap();

    let id = proposed(&mut city, ManyCards::Revoke).await;
    let tag = city.authority.register.number_tag(&number(11)).to_vec();
    let subject = as_resident(OfficerRole::Supervisor, Some(tag.clone()));
    let refused = city.authority.confirm_proposal(id, &subject, city.now, &mut chance()).await;
    let why = NotAllowed::OwnMatter;
    assert!(matches!(refused, Err(SettleProposalError::NotAllowed(found)) if found == why));
    // Nothing of it was done: not even to the card before theirs.
    assert_eq!(states(&city).await, ["live"; 2]);
    let subject = as_resident(OfficerRole::Clerk, Some(tag));
    let City { authority, now, .. } = &city;
    let listing =
        authority.preview_card_acts(ManyCards::Revoke, &both(), &subject, *now).await.unwrap();
    assert_eq!(listing.faults[0].kind, LineFaultKind::OwnMatter);
}

#[tokio::test]
async fn every_line_that_does_not_fit_is_named_and_left_out() {
    let mut city = two_cards().await;
    city.resident("03", 12, "He").await;
    let text = format!(
        "{}\n\n12345\n{}\n{};Li;again\n{}\n",
        number(10).as_str(),
        number(13).as_str(),
        number(10).as_str(),
        number(12).as_str(),
    );
    let City { authority, rng, now, .. } = &mut city;
    let listing =
        authority.preview_card_acts(ManyCards::Suspend, &text, &clerk(), *now).await.unwrap();
    assert_eq!(listing.targets.len(), 1);
    let faults: Vec<_> = listing.faults.iter().map(|fault| (fault.line, fault.kind)).collect();
    let wanted = [
        (3, LineFaultKind::NotANumber),
        (4, LineFaultKind::Nobody),
        (5, LineFaultKind::Repeated),
        (6, LineFaultKind::NoCard),
    ];
    assert_eq!(faults, wanted);
    let live =
        authority.preview_card_acts(ManyCards::Restore, &text, &clerk(), *now).await.unwrap();
    assert_eq!(live.faults[0].kind, LineFaultKind::NotNow);
    let refused = authority.propose_card_acts(ManyCards::Restore, &text, &clerk(), *now, rng).await;
    assert!(matches!(refused, Err(ProposeError::NothingFits)));
    let many = "1\n".repeat(super::MOST_LINES + 1);
    let refused = authority.preview_card_acts(ManyCards::Suspend, &many, &clerk(), *now).await;
    assert!(matches!(refused, Err(ProposeError::TooManyLines)));
    // A list is a look at everybody who is found on it.
    let entry = city.authority.register.entry(&number(12)).await.unwrap().unwrap();
    let seen = entry.resident.id.to_string();
    let looks = city.acts(&seen).await;
    assert_eq!(looks.iter().filter(|kind| *kind == "register.looked-up").count(), 2);
}

#[tokio::test]
async fn a_card_that_changed_meanwhile_is_left_out_and_of_two_one_wins() {
    let mut city = two_cards().await;
    let id = proposed(&mut city, ManyCards::Revoke).await;
    let choice = crate::cards::CardChoice::OfNumber(number(10));
    let revoke = crate::cards::CardAct::Revoke;
    city.authority.act_on_card(&choice, revoke, &supervisor(), city.now).await.unwrap();
    let (first, second) = (supervisor(), crate::testing::officer());
    let (mut heads, mut tails) = (chance(), chance());
    let (one, other) = tokio::join!(
        city.authority.confirm_proposal(id, &first, city.now, &mut heads),
        city.authority.confirm_proposal(id, &second, city.now, &mut tails),
    );
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(won.unwrap(), Outcome { done: 1, left_out: 1, at: city.now });
    assert!(matches!(lost, Err(SettleProposalError::Ended)));
    assert_eq!(states(&city).await, ["revoked"; 2]);
}

#[tokio::test]
async fn records_leave_the_register_once_for_whoever_proposed_it() {
    let mut city = two_cards().await;
    let list = format!("{}12345\n{}\n", both(), number(13).as_str());
    let listing = city.authority.preview_export(&list, &clerk(), city.now).await.unwrap();
    let faults: Vec<_> = listing.faults.iter().map(|fault| (fault.line, fault.kind)).collect();
    assert_eq!(faults, [(4, LineFaultKind::NotANumber), (5, LineFaultKind::Nobody)]);
    let export = async |city: &mut City| {
        let City { authority, rng, now, .. } = city;
        authority.propose_export(&list, &clerk(), *now, rng).await.unwrap().0
    };
    let fetched = async |city: &City, id, officer: Officer| {
        let records = city.authority.fetch_export(id, &officer, city.now).await?;
        Ok::<_, SettleProposalError>(records.len())
    };
    let id = export(&mut city).await;
    // Nobody has confirmed it yet.
    let early = fetched(&city, id, clerk()).await;
    assert!(matches!(early, Err(SettleProposalError::Ended)));
    let outcome =
        city.authority.confirm_proposal(id, &supervisor(), city.now, &mut chance()).await.unwrap();
    assert_eq!((outcome.done, outcome.left_out), (2, 0));
    assert!(!city.store_contains(number(10).masked().as_bytes()), "sealed while it waits");
    let others = fetched(&city, id, supervisor()).await;
    let why = NotAllowed::NotOwnExport;
    assert!(matches!(others, Err(SettleProposalError::NotAllowed(found)) if found == why));
    assert_eq!(fetched(&city, id, clerk()).await.unwrap(), 2);
    let again = fetched(&city, id, clerk()).await;
    assert!(matches!(again, Err(SettleProposalError::Ended)));
    let of_it = ["proposal.made", "proposal.confirmed", "export.fetched"];
    assert_eq!(city.acts(&id.to_string()).await, of_it);
    let seen = listing.targets[0].resident.to_string();
    let acts = city.acts(&seen).await;
    let wanted = ["register.looked-up", "register.export-proposed", "register.exported"];
    assert_eq!(acts[acts.len() - 3..], wanted);

    // Nobody fetches it when its day is over, and then it is gone.
    let id = export(&mut city).await;
    city.authority.confirm_proposal(id, &supervisor(), city.now, &mut chance()).await.unwrap();
    city.later(SignedDuration::from_hours(24));
    let late = fetched(&city, id, clerk()).await;
    assert!(matches!(late, Err(SettleProposalError::Ended)));
    assert!(city.authority.sweep(city.now).await.unwrap().small > 0);
}

#[tokio::test]
async fn nobody_exports_their_own_record_or_confirms_it() {
    let mut city = two_cards().await;
    let tag = city.authority.register.number_tag(&number(11)).to_vec();
    let subject = as_resident(OfficerRole::Clerk, Some(tag.clone()));
    let listing = city.authority.preview_export(&both(), &subject, city.now).await.unwrap();
    assert_eq!(listing.faults[0].kind, LineFaultKind::OwnMatter);
    let City { authority, rng, now, .. } = &mut city;
    let (id, _) = authority.propose_export(&both(), &clerk(), *now, rng).await.unwrap();
    let subject = as_resident(OfficerRole::Supervisor, Some(tag));
    let refused = authority.confirm_proposal(id, &subject, *now, &mut chance()).await;
    let why = NotAllowed::OwnMatter;
    assert!(matches!(refused, Err(SettleProposalError::NotAllowed(found)) if found == why));
    // Whoever becomes known as one of them afterwards fetches nothing, and takes nothing.
    authority.confirm_proposal(id, &supervisor(), *now, &mut chance()).await.unwrap();
    let tag = authority.register.number_tag(&number(11)).to_vec();
    let known = as_resident(OfficerRole::Clerk, Some(tag));
    let refused = authority.fetch_export(id, &known, *now).await;
    assert!(matches!(refused, Err(SettleProposalError::NotAllowed(found)) if found == why));
    assert_eq!(authority.fetch_export(id, &clerk(), *now).await.unwrap().len(), 2);
}
