//! Status lists: what they say, and when they say nothing.

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;
use tanda_credential::jose::{Header, JwsError, Signer, sign as sign_jws};
use tanda_credential::sd_jwt_vc::{
    StatusReference, UntrustedError, VerifiedCredential, verify_issued,
};
use tanda_credential::status_list::{
    Age, Bits, Doubt, EncodedStatusList, ListError, MAX_LIST_BYTES, Outcome, Status, StatusList,
    StatusListClaims, StatusListError, StatusListToken, sign, verify,
};
use tanda_credential::x509::ChainError;

use crate::fixture::{Authority, NOW, at, attributes, credential, key, rng, status};

const URI: &str = "https://authority.example/status/1";

fn claims() -> StatusListClaims {
    StatusListClaims {
        uri: URI.into(),
        issued_at: at(NOW),
        expires_at: Some(at(NOW + 300)),
        ttl: Some(15),
    }
}

fn list() -> StatusList {
    let mut list = StatusList::new(Bits::Two, 1 << 17);
    list.set(42, Status::Suspended).unwrap();
    list.set(43, Status::Invalid).unwrap();
    list.set(44, Status::Other(3)).unwrap();
    list
}

fn token(authority: &Authority, claims: &StatusListClaims) -> String {
    sign(claims, &list().encode().unwrap(), authority.leaf_key.as_ref()).unwrap()
}

fn read(authority: &Authority) -> StatusListToken {
    verify(&token(authority, &claims()), URI, &authority.trusted(), at(NOW)).unwrap()
}

fn card(authority: &Authority, reference: &StatusReference) -> VerifiedCredential {
    let (holder, claims) = (key(50), attributes());
    let copy = credential(&holder, &claims, reference);
    let issued = authority.issuer().issue(&copy, &mut rng(1)).unwrap();
    verify_issued(&issued, &authority.trusted(), at(NOW)).unwrap()
}

fn age(fetched_at: i64, now: i64) -> Age {
    Age { fetched_at: at(fetched_at), now: at(now), limit: SignedDuration::from_secs(60) }
}

#[test]
fn a_list_answers_for_each_entry() {
    let authority = Authority::new(1);
    let token = read(&authority);
    assert_eq!(token.claims, claims());
    let outcome = |idx| {
        let reference = StatusReference { idx, ..status() };
        token.outcome(&card(&authority, &reference), &age(NOW, NOW))
    };
    assert_eq!(outcome(41), Outcome::Valid);
    assert_eq!(outcome(42), Outcome::Suspended);
    assert_eq!(outcome(43), Outcome::Revoked);
    assert_eq!(outcome(44), Outcome::CannotTell(Doubt::UnknownStatus));
    assert_eq!(outcome(1 << 17), Outcome::CannotTell(Doubt::OutOfRange));
    assert_eq!(outcome(u64::MAX), Outcome::CannotTell(Doubt::OutOfRange));
}

#[test]
fn a_list_answers_only_for_its_own_credentials() {
    let authority = Authority::new(1);
    let token = read(&authority);
    let mut card = card(&authority, &status());
    card.issuer.id = "authority-2".into();
    let outcome = token.outcome(&card, &age(NOW, NOW));
    assert_eq!(outcome, Outcome::CannotTell(Doubt::OtherIssuer));
    card.status = Some(StatusReference { idx: 1, uri: "https://x".into() });
    let outcome = token.outcome(&card, &age(NOW, NOW));
    assert_eq!(outcome, Outcome::CannotTell(Doubt::OtherList));
    card.status = None;
    let outcome = token.outcome(&card, &age(NOW, NOW));
    assert_eq!(outcome, Outcome::CannotTell(Doubt::NoStatus));
}

#[test]
fn a_stale_list_is_no_answer() {
    let authority = Authority::new(1);
    let token = read(&authority);
    let card = card(&authority, &StatusReference { idx: 43, ..status() });
    let stale = Outcome::CannotTell(Doubt::Stale);
    // By the verifier's own clock, since it fetched the list.
    assert_eq!(token.outcome(&card, &age(NOW, NOW + 60)), Outcome::Revoked);
    assert_eq!(token.outcome(&card, &age(NOW, NOW + 61)), stale);
    // By the issuer's clock, give or take a minute, however late it was fetched.
    assert_eq!(token.outcome(&card, &age(NOW + 120, NOW + 120)), Outcome::Revoked);
    assert_eq!(token.outcome(&card, &age(NOW + 121, NOW + 121)), stale);
    // By its own end, however patient the verifier is.
    let patient = |now| Age { limit: SignedDuration::from_secs(9999), ..age(NOW, now) };
    assert_eq!(token.outcome(&card, &patient(NOW + 360)), Outcome::Revoked);
    assert_eq!(token.outcome(&card, &patient(NOW + 361)), stale);
    assert_eq!(token.refetch_at(at(NOW)), Some(at(NOW + 15)));
}

#[test]
fn a_token_is_refused_from_strangers_and_for_other_addresses_and_times() {
    let (authority, stranger) = (Authority::new(1), Authority::new(2));
    let check = |token: &str, uri, now| verify(token, uri, &authority.trusted(), at(now)).err();
    let ours = token(&authority, &claims());
    assert_eq!(check(&ours, URI, NOW), None);
    assert_eq!(
        check(&ours, "https://authority.example/status/2", NOW),
        Some(StatusListError::Subject)
    );
    assert_eq!(check(&ours, URI, NOW - 60), None);
    assert_eq!(check(&ours, URI, NOW - 61), Some(StatusListError::Time));
    assert_eq!(check(&ours, URI, NOW + 360), None);
    assert_eq!(check(&ours, URI, NOW + 361), Some(StatusListError::Time));
    let untrusted = StatusListError::Untrusted(UntrustedError::Chain(ChainError::Untrusted));
    assert_eq!(check(&token(&stranger, &claims()), URI, NOW), Some(untrusted));
}

#[test]
fn a_credential_is_no_status_list() {
    let authority = Authority::new(1);
    let payload = json!({"sub": URI, "iat": NOW, "status_list": list().encode().unwrap()});
    let check = |typ: &str| {
        let header = Header::typ(typ).with_x5c(authority.leaf_key.x5c());
        let token = sign_jws(&header, &payload, authority.leaf_key.as_ref()).unwrap();
        verify(&token, URI, &authority.trusted(), at(NOW)).err()
    };
    assert_eq!(check("statuslist+jwt"), None);
    let other = StatusListError::Untrusted(UntrustedError::Header(JwsError::Type));
    assert_eq!(check("dc+sd-jwt"), Some(other));
}

#[test]
fn a_bomb_is_refused() {
    let bomb = StatusList::new(Bits::Eight, MAX_LIST_BYTES).encode().unwrap();
    assert!(bomb.lst.len() < 10_000);
    assert!(StatusList::decode(&bomb).is_ok());
    let too_long = StatusList::new(Bits::Eight, MAX_LIST_BYTES + 1);
    assert_eq!(too_long.encode(), Err(ListError::TooLong));
    let lst = tanda_credential::b64::encode({
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![0; MAX_LIST_BYTES + 1]).unwrap();
        encoder.finish().unwrap()
    });
    let bomb = EncodedStatusList { bits: Bits::One, lst, aggregation_uri: None };
    assert_eq!(StatusList::decode(&bomb), Err(ListError::TooLong));
}

#[test]
fn a_list_is_one_whole_stream() {
    let good = list().encode().unwrap();
    let stream = tanda_credential::b64::decode(&good.lst).unwrap();
    let check = |bytes: &[u8]| {
        let lst = tanda_credential::b64::encode(bytes);
        StatusList::decode(&EncodedStatusList { lst, ..good.clone() })
    };
    assert_eq!(check(&stream), Ok(list()));
    assert_eq!(check(&stream[..stream.len() - 1]), Err(ListError::Malformed));
    assert_eq!(check(&[stream.as_slice(), &[0]].concat()), Err(ListError::Malformed));
    let mut wrong_checksum = stream;
    *wrong_checksum.last_mut().unwrap() ^= 1;
    assert_eq!(check(&wrong_checksum), Err(ListError::Malformed));
    let padded = EncodedStatusList { lst: format!("{}=", good.lst), ..good.clone() };
    assert_eq!(StatusList::decode(&padded), Err(ListError::Malformed));
    for bits in [0, 3, 5, 16, 255] {
        let odd = json!({"bits": bits, "lst": good.lst});
        assert!(serde_json::from_value::<EncodedStatusList>(odd).is_err());
    }
}

#[test]
fn a_status_has_to_fit() {
    let mut list = StatusList::new(Bits::One, 8);
    assert_eq!(list.set(0, Status::Suspended), Err(ListError::TooWide));
    assert_eq!(list.set(8, Status::Invalid), Err(ListError::OutOfRange));
    let wide = StatusList::from_statuses(Bits::One, [Status::Suspended]);
    assert_eq!(wide, Err(ListError::TooWide));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_set_is_read(width in 0_usize..4, values in proptest::collection::vec(any::<u8>(), 1..200)) {
        let bits = [Bits::One, Bits::Two, Bits::Four, Bits::Eight][width];
        let fit = |value: u8| Status::from_value(value & (u8::MAX >> (8 - u8::from(bits))));
        let statuses: Vec<_> = values.iter().copied().map(fit).collect();
        let dense = StatusList::from_statuses(bits, statuses.iter().copied()).unwrap();
        let mut one_by_one = StatusList::new(bits, statuses.len());
        // Backwards and over other values, so that a neighbour would be noticed.
        for (idx, status) in statuses.iter().enumerate().rev() {
            one_by_one.set(idx as u64, fit(0xff)).unwrap();
            one_by_one.set(idx as u64, *status).unwrap();
        }
        prop_assert_eq!(&one_by_one, &dense);
        let decoded = StatusList::decode(&dense.encode().unwrap()).unwrap();
        for (idx, status) in statuses.iter().enumerate() {
            prop_assert_eq!(decoded.status(idx as u64), Ok(*status));
        }
    }

    #[test]
    fn decoding_never_panics(lst in "[A-Za-z0-9_-]{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        for lst in [lst, tanda_credential::b64::encode([&[0x78, 0xda], bytes.as_slice()].concat())] {
            let encoded = EncodedStatusList { bits: Bits::Two, lst, aggregation_uri: None };
            let _outcome = StatusList::decode(&encoded);
        }
    }

    #[test]
    fn any_changed_bit_is_refused(bit in 0_usize..8, place in any::<prop::sample::Index>()) {
        let authority = Authority::new(1);
        let mut bytes = token(&authority, &claims()).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(changed) = std::str::from_utf8(&bytes) {
            prop_assert!(verify(changed, URI, &authority.trusted(), at(NOW)).is_err());
        }
    }
}
