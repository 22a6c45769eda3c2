//! RFC 9901's rules: what is accepted, and each refusal.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tanda_credential::jose::{Header, Signer, SigningKey, VerifyingKey, sign};
use tanda_credential::sd_jwt::{
    ClaimPath, Disclosability, HeldSdJwt, SdArray, SdJwt, SdJwtError, SdObject, issue,
};
use tanda_credential::{b64, digest};

use crate::fixture::{key, rng};

fn checking(key: &SigningKey) -> VerifyingKey {
    VerifyingKey::from_jwk(key.public()).unwrap()
}

fn path(value: Value) -> ClaimPath {
    serde_json::from_value(value).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

/// Signs a payload as it is and attaches disclosures as they are.
fn crafted(payload: &Value, disclosures: &[String]) -> Result<Value, SdJwtError> {
    let issuer = key(1);
    let mut token = sign(&Header::typ("x"), payload, &issuer).unwrap();
    token.push('~');
    for disclosure in disclosures {
        token.push_str(disclosure);
        token.push('~');
    }
    SdJwt::parse(&token)?.verify(&checking(&issuer)).map(Value::Object)
}

fn disclosure(content: &Value) -> (String, String) {
    raw_disclosure(&content.to_string())
}

fn raw_disclosure(text: &str) -> (String, String) {
    let encoded = b64::encode(text);
    let digest = b64::encode(digest::sha256(&encoded));
    (encoded, digest)
}

fn nested() -> SdObject {
    let address = SdObject::new()
        .disclosable("street", "Main 1")
        .and_then(|address| address.plain("country", "XX"))
        .unwrap()
        .decoys(2);
    let languages = SdArray::new()
        .plain("en")
        .and_then(|array| array.disclosable("id"))
        .and_then(|array| array.disclosable("zh"))
        .unwrap()
        .decoys(1);
    SdObject::new()
        .plain("sub", "x")
        .and_then(|claims| claims.object("address", Disclosability::Disclosable, address))
        .and_then(|claims| claims.array("languages", Disclosability::Plain, languages))
        .and_then(|claims| claims.disclosable("name", "Ä \"quoted\" \u{1}"))
        .unwrap()
}

#[test]
fn what_is_issued_is_what_is_disclosed() {
    let issuer = key(1);
    let token = issue(&Header::typ("x"), &nested(), &issuer, &mut rng(9)).unwrap();
    let claims = SdJwt::parse(&token).unwrap().verify(&checking(&issuer)).unwrap();
    let all = json!({
        "sub": "x", "name": "Ä \"quoted\" \u{1}",
        "address": {"street": "Main 1", "country": "XX"}, "languages": ["en", "id", "zh"],
    });
    assert_eq!(Value::Object(claims), all);
    assert_eq!(Value::Object(HeldSdJwt::parse(&token).unwrap().claims().clone()), all);
}

#[test]
fn a_presentation_shows_the_least() {
    let issuer = key(1);
    let token = issue(&Header::typ("x"), &nested(), &issuer, &mut rng(9)).unwrap();
    let held = HeldSdJwt::parse(&token).unwrap();
    let show = |paths: &[Value]| {
        let paths: Vec<_> = paths.iter().cloned().map(path).collect();
        let shown = held.present(&paths)?.without_key_binding();
        SdJwt::parse(&shown)?.verify(&checking(&issuer)).map(Value::Object)
    };
    assert_eq!(show(&[]), Ok(json!({"sub": "x", "languages": ["en"]})));
    assert_eq!(
        show(&[json!(["address", "country"])]),
        Ok(json!({"sub": "x", "languages": ["en"], "address": {"country": "XX"}}))
    );
    assert_eq!(
        show(&[json!(["address"]), json!(["languages", 2])]),
        Ok(json!({"sub": "x", "languages": ["en", "zh"],
            "address": {"street": "Main 1", "country": "XX"}}))
    );
    assert_eq!(
        show(&[json!(["languages", null])]),
        Ok(json!({"sub": "x", "languages": ["en", "id", "zh"]}))
    );
    assert_eq!(show(&[json!(["nothing"])]), Err(SdJwtError::NoSuchClaim));
}

#[test]
fn plain_json_with_paths_makes_the_same() {
    let claims = object(json!({"a": {"b": 1, "c": [1, {"d": 2}]}, "e": true}));
    let paths = [
        path(json!(["a", "b"])),
        path(json!(["a", "c"])),
        path(json!(["a", "c", null])),
        path(json!(["e"])),
    ];
    let issuer = key(1);
    let prepared = SdObject::from_claims(claims.clone(), &paths).unwrap();
    let token = issue(&Header::default(), &prepared, &issuer, &mut rng(1)).unwrap();
    assert_eq!(SdJwt::parse(&token).unwrap().disclosures().len(), 5);
    let shown = SdJwt::parse(&token).unwrap().verify(&checking(&issuer)).unwrap();
    assert_eq!(shown, claims);
    let none = HeldSdJwt::parse(&token).unwrap().present(&[]).unwrap().without_key_binding();
    let shown = SdJwt::parse(&none).unwrap().verify(&checking(&issuer)).unwrap();
    assert_eq!(Value::Object(shown), json!({"a": {}}));
    let missing = SdObject::from_claims(claims, &[path(json!(["x"]))]);
    assert_eq!(missing.err(), Some(SdJwtError::NoSuchClaim));
}

#[test]
fn two_copies_share_nothing_but_their_claims() {
    let issuer = key(1);
    let claims = nested();
    let mut rng = rng(3);
    let copies = [(); 2].map(|()| issue(&Header::default(), &claims, &issuer, &mut rng).unwrap());
    let parts = copies.each_ref().map(|copy| {
        let parsed = SdJwt::parse(copy).unwrap();
        parsed.disclosures().to_vec()
    });
    assert!(parts[0].iter().all(|disclosure| !parts[1].contains(disclosure)));
}

#[test]
fn issuing_refuses_reserved_and_repeated_names() {
    let refused = |name: &str| SdObject::new().disclosable(name, 1).err();
    assert_eq!(refused("_sd"), Some(SdJwtError::ReservedName));
    assert_eq!(refused("..."), Some(SdJwtError::ReservedName));
    let inside = SdObject::new().plain("a", json!([{"_sd": []}]));
    assert_eq!(inside.err(), Some(SdJwtError::ReservedName));
    let twice = SdObject::new().plain("a", 1).and_then(|claims| claims.disclosable("a", 1));
    assert_eq!(twice.err(), Some(SdJwtError::Collision));
}

#[test]
fn refuses_an_unreferenced_disclosure() {
    let (encoded, _) = disclosure(&json!(["salt", "name", 1]));
    assert_eq!(crafted(&json!({"_sd": []}), &[encoded]), Err(SdJwtError::Unreferenced));
}

#[test]
fn refuses_a_digest_that_occurs_twice() {
    let (encoded, digest) = disclosure(&json!(["salt", "name", 1]));
    let twice = json!({"_sd": [digest, digest]});
    assert_eq!(crafted(&twice, std::slice::from_ref(&encoded)), Err(SdJwtError::DuplicateDigest));
    // A digest that nothing refers to may not occur twice either.
    assert_eq!(crafted(&twice, &[]), Err(SdJwtError::DuplicateDigest));
    let apart = json!({"_sd": [digest], "a": {"_sd": [digest]}});
    assert_eq!(crafted(&apart, &[]), Err(SdJwtError::DuplicateDigest));
    let as_element = json!({"_sd": [digest], "a": [{"...": digest}]});
    assert_eq!(crafted(&as_element, &[]), Err(SdJwtError::DuplicateDigest));
    let once = json!({"_sd": [digest]});
    assert_eq!(crafted(&once, &[encoded.clone(), encoded]), Err(SdJwtError::DuplicateDigest));
}

#[test]
fn refuses_a_collision() {
    let (encoded, digest) = disclosure(&json!(["salt", "name", 1]));
    let (other, other_digest) = disclosure(&json!(["pepper", "name", 2]));
    let beside = json!({"_sd": [digest], "name": 3});
    assert_eq!(crafted(&beside, std::slice::from_ref(&encoded)), Err(SdJwtError::Collision));
    let both = json!({"_sd": [digest, other_digest]});
    assert_eq!(crafted(&both, &[encoded, other]), Err(SdJwtError::Collision));
}

#[test]
fn refuses_reserved_names_in_disclosures() {
    for name in ["_sd", "...", "_sd_alg"] {
        let (encoded, digest) = disclosure(&json!(["salt", name, ["x"]]));
        assert_eq!(crafted(&json!({"_sd": [digest]}), &[encoded]), Err(SdJwtError::ReservedName));
    }
}

#[test]
fn refuses_disclosures_of_another_shape() {
    for content in [
        json!(["salt"]),
        json!([]),
        json!(["salt", "name", 1, 2]),
        json!([1, "name", 1]),
        json!(["salt", 1, 1]),
        json!({"salt": "name"}),
        json!("salt"),
    ] {
        let (encoded, digest) = disclosure(&content);
        let outcome = crafted(&json!({"_sd": [digest]}), &[encoded]);
        assert_eq!(outcome, Err(SdJwtError::Disclosure), "{content}");
    }
    for text in [r#"["salt","name",{"a":1,"a":2}]"#, r#"["salt","name",1]x"#, "nonsense", ""] {
        let (encoded, digest) = raw_disclosure(text);
        let outcome = crafted(&json!({"_sd": [digest]}), &[encoded]);
        assert!(matches!(outcome, Err(SdJwtError::Disclosure | SdJwtError::Malformed)), "{text}");
    }
    let (encoded, _) = disclosure(&json!(["salt", "name", 1]));
    for other in [format!("{encoded}="), format!("{encoded}\n"), encoded.replace('W', "+")] {
        let digest = b64::encode(digest::sha256(&other));
        let outcome = crafted(&json!({"_sd": [digest]}), &[other]);
        assert_eq!(outcome, Err(SdJwtError::Disclosure));
    }
}

#[test]
fn refuses_the_wrong_kind() {
    let (member, member_digest) = disclosure(&json!(["salt", "name", 1]));
    let in_array = json!({"a": [{"...": member_digest}]});
    assert_eq!(crafted(&in_array, &[member]), Err(SdJwtError::WrongKind));
    let (element, element_digest) = disclosure(&json!(["salt", 1]));
    let in_object = json!({"_sd": [element_digest]});
    assert_eq!(crafted(&in_object, &[element]), Err(SdJwtError::WrongKind));
}

#[test]
fn refuses_malformed_digests() {
    for payload in [
        json!({"_sd": "x"}),
        json!({"_sd": [1]}),
        json!({"_sd": {"a": 1}}),
        json!({"a": [{"...": 1}]}),
        json!({"a": [{"...": "x", "b": 1}]}),
        json!({"...": "x"}),
        json!({"a": {"...": "x"}}),
    ] {
        assert_eq!(crafted(&payload, &[]), Err(SdJwtError::Digests), "{payload}");
    }
}

#[test]
fn only_sha_256() {
    assert_eq!(crafted(&json!({"_sd_alg": "sha-256"}), &[]), Ok(json!({})));
    assert_eq!(crafted(&json!({}), &[]), Ok(json!({})));
    for other in [json!("sha-512"), json!("SHA-256"), json!("md5"), json!(1)] {
        let outcome = crafted(&json!({"_sd_alg": other}), &[]);
        assert_eq!(outcome, Err(SdJwtError::DigestAlgorithm));
    }
}

#[test]
fn a_digest_inside_a_disclosure_leads_further() {
    let (inner, inner_digest) = disclosure(&json!(["s1", "street", "Main"]));
    let (outer, outer_digest) = disclosure(&json!(["s2", "address", {"_sd": [inner_digest]}]));
    let payload = json!({"_sd": [outer_digest]});
    let both = crafted(&payload, &[inner.clone(), outer.clone()]);
    assert_eq!(both, Ok(json!({"address": {"street": "Main"}})));
    assert_eq!(crafted(&payload, &[outer]), Ok(json!({"address": {}})));
    assert_eq!(crafted(&payload, &[inner]), Err(SdJwtError::Unreferenced));
}

#[test]
fn disclosures_cannot_nest_without_end() {
    let mut disclosures = vec![disclosure(&json!(["salt", "a", 1]))];
    for _ in 0..60 {
        let inner = &disclosures.last().unwrap().1;
        disclosures.push(disclosure(&json!(["salt", "a", {"_sd": [inner]}])));
    }
    let top = disclosures.last().unwrap().1.clone();
    let encoded: Vec<_> = disclosures.into_iter().map(|(encoded, _)| encoded).collect();
    assert_eq!(crafted(&json!({"_sd": [top]}), &encoded), Err(SdJwtError::Malformed));
}

#[test]
fn refuses_too_many_parts() {
    let token = format!("a.b.c~{}", "AA~".repeat(257));
    assert_eq!(SdJwt::parse(&token).err(), Some(SdJwtError::Malformed));
    for token in ["", "a.b.c", "~~", "a.b.c~~", "a.b.c~x~~"] {
        assert_eq!(SdJwt::parse(token).err(), Some(SdJwtError::Malformed), "{token}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z\"\\\\]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn parsing_never_panics(token in "\\PC{0,60}~\\PC{0,60}~\\PC{0,30}") {
        let _outcome = HeldSdJwt::parse(&token);
        if let Ok(parsed) = SdJwt::parse(&token) {
            let _outcome = parsed.verify(&checking(&key(1)));
        }
    }

    #[test]
    fn arbitrary_disclosures_never_panic(
        payload in any_json(), disclosures in proptest::collection::vec(any_json(), 0..4),
    ) {
        let disclosures: Vec<_> = disclosures.iter().map(|one| disclosure(one).0).collect();
        let _outcome = crafted(&json!({"a": payload}), &disclosures);
    }

    #[test]
    fn any_claims_come_back(
        members in proptest::collection::btree_map("[a-z]{1,6}", any_json(), 1..6),
        seed in any::<u64>(),
    ) {
        let claims: Map<_, _> = members.into_iter().collect();
        let paths: Vec<_> = claims.keys().map(ClaimPath::name).collect();
        let issuer = key(1);
        let prepared = SdObject::from_claims(claims.clone(), &paths).unwrap();
        let token = issue(&Header::default(), &prepared, &issuer, &mut rng(seed)).unwrap();
        let held = HeldSdJwt::parse(&token).unwrap();
        for (name, value) in &claims {
            let shown = held.present(&[ClaimPath::name(name)]).unwrap().without_key_binding();
            let shown = SdJwt::parse(&shown).unwrap().verify(&checking(&issuer)).unwrap();
            let mut expected = Map::new();
            expected.insert(name.clone(), value.clone());
            prop_assert_eq!(shown, expected);
        }
    }
}
