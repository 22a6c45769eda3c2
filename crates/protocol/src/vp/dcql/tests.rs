use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tanda_credential::sd_jwt::ClaimPath;

use super::{Candidate, DcqlError, DcqlQuery, Mismatch, NotAsAsked};

fn query(value: Value) -> DcqlQuery {
    serde_json::from_value(value).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => panic!("not an object"),
    }
}

fn one(claims: &Value) -> DcqlQuery {
    query(json!({"credentials": [{
        "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, "claims": claims,
    }]}))
}

const PID: &str = "https://credentials.example.com/identity_credential";

fn person() -> Map<String, Value> {
    object(json!({
        "given_name": "John", "last_name": "Doe", "date_of_birth": "2000-01-01", "postal_code": "90210",
        "address": {"street_address": "42 Market Street"},
        "degrees": [{"type": "Bachelor of Science"}, {"type": "Master"}],
        "nationalities": ["British", "Betelgeusian"],
    }))
}

fn choose(query: &DcqlQuery, claims: &Map<String, Value>) -> Result<Vec<String>, Mismatch> {
    let picked = query.credentials()[0].choose(&Candidate { vct: PID, claims })?;
    Ok(picked.iter().map(|path| serde_json::to_string(path).unwrap()).collect())
}

/// OpenID4VP 1.0 §7.2: the examples of claims path pointers.
#[test]
fn paths_select_as_in_the_standard() {
    let claims = person();
    for (path, found) in [
        (json!(["given_name"]), vec![json!("John")]),
        (json!(["address"]), vec![json!({"street_address": "42 Market Street"})]),
        (json!(["address", "street_address"]), vec![json!("42 Market Street")]),
        (json!(["degrees", null, "type"]), vec![json!("Bachelor of Science"), json!("Master")]),
        (json!(["nationalities", 1]), vec![json!("Betelgeusian")]),
        (json!(["nationalities", 2]), vec![]),
        (json!(["given_name", "x"]), vec![]),
        (json!(["address", null]), vec![]),
        (json!(["nationalities", "0"]), vec![]),
        (json!(["nobody"]), vec![]),
    ] {
        let path: ClaimPath = serde_json::from_value(path).unwrap();
        assert_eq!(path.select(&claims), found.iter().collect::<Vec<_>>(), "{path:?}");
    }
}

/// OpenID4VP 1.0 §D: `claims_alternatives.json`.
#[test]
fn the_first_claim_set_that_can_be_met_is_taken() {
    let query = query(json!({"credentials": [{
        "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]},
        "claims": [
            {"id": "a", "path": ["last_name"]}, {"id": "b", "path": ["postal_code"]},
            {"id": "c", "path": ["locality"]}, {"id": "d", "path": ["region"]},
            {"id": "e", "path": ["date_of_birth"]},
        ],
        "claim_sets": [["a", "c", "d", "e"], ["a", "b", "e"]],
    }]}));
    let expected = [r#"["last_name"]"#, r#"["postal_code"]"#, r#"["date_of_birth"]"#];
    assert_eq!(choose(&query, &person()).unwrap(), expected);
    let pid = &query.credentials()[0];
    let exact =
        object(json!({"last_name": "Doe", "postal_code": "90210", "date_of_birth": "2000-01-01"}));
    assert_eq!(pid.check_disclosed(&exact), Ok(()));
    assert_eq!(pid.check_disclosed(&person()), Err(NotAsAsked::More));
}

/// OpenID4VP 1.0 §D: `credentials_alternatives.json`, cut to what the sets need.
#[test]
fn credential_sets_offer_alternatives_and_leave_the_optional_out() {
    let credential = |id: &str, vct: &str, claims: Value| json!({"id": id, "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, "claims": claims});
    let query = query(json!({
        "credentials": [
            credential("pid", PID, json!([{"path": ["given_name"]}])),
            credential("other_pid", "https://othercredentials.example/pid", json!([{"path": ["given_name"]}])),
            credential("pid_reduced_cred_1", "https://credentials.example.com/reduced_identity_credential",
                json!([{"path": ["family_name"]}, {"path": ["given_name"]}])),
            credential("pid_reduced_cred_2", "https://cred.example/residence_credential",
                json!([{"path": ["postal_code"]}, {"path": ["locality"]}, {"path": ["region"]}])),
            credential("nice_to_have", "https://company.example/company_rewards", json!([{"path": ["rewards_number"]}])),
        ],
        "credential_sets": [
            {"options": [["pid"], ["other_pid"], ["pid_reduced_cred_1", "pid_reduced_cred_2"]]},
            {"required": false, "options": [["nice_to_have"]]},
        ],
    }));
    let reduced = object(json!({"family_name": "Doe", "given_name": "John"}));
    let residence = object(json!({"postal_code": "1", "locality": "x", "region": "y"}));
    let rewards = object(json!({"rewards_number": 5}));
    let candidates = [
        Candidate { vct: "https://company.example/company_rewards", claims: &rewards },
        Candidate { vct: "https://cred.example/residence_credential", claims: &residence },
        Candidate {
            vct: "https://credentials.example.com/reduced_identity_credential",
            claims: &reduced,
        },
    ];
    let picks = query.answer(&candidates).unwrap();
    let picked: Vec<_> = picks.iter().map(|pick| (pick.query.as_str(), pick.candidate)).collect();
    assert_eq!(picked, [("pid_reduced_cred_1", 2), ("pid_reduced_cred_2", 1)]);
    assert!(query.answer(&candidates[..2]).is_err());
}

/// OpenID4VP 1.0 §D: `complex_mdoc.json` in short, and a format that Tanda does not have.
#[test]
fn reads_other_formats_and_answers_none_of_them() {
    let query = query(json!({"credentials": [
        {"id": "mdl-id", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
         "claims": [{"id": "given_name", "path": ["org.iso.18013.5.1", "given_name"], "intent_to_retain": true}]},
        {"id": "example_jwt_vc", "format": "jwt_vc_json", "meta": {"type_values": [["IDCredential"]]},
         "claims": [{"path": ["credentialSubject", "family_name"]}]},
    ]}));
    let claims = person();
    for credential in query.credentials() {
        assert_eq!(
            credential.choose(&Candidate { vct: PID, claims: &claims }),
            Err(Mismatch::Format)
        );
    }
}

/// OpenID4VP 1.0 §D: `value_matching_simple.json`.
#[test]
fn values_are_compared_by_type_and_value() {
    let asked = |values: Value| one(&json!([{"path": ["postal_code"], "values": values}]));
    assert!(choose(&asked(json!(["90210", "90211"])), &person()).is_ok());
    assert!(matches!(choose(&asked(json!(["90211"])), &person()), Err(Mismatch::Value(_))));
    assert!(matches!(choose(&asked(json!([90210, true])), &person()), Err(Mismatch::Value(_))));
    let disclosed = object(json!({"postal_code": "1"}));
    let query = asked(json!(["90210"]));
    assert_eq!(query.credentials()[0].check_disclosed(&disclosed), Err(NotAsAsked::OtherValue));
}

#[test]
fn another_type_is_no_answer() {
    let query = one(&json!([{"path": ["given_name"]}]));
    let claims = person();
    let candidate = Candidate { vct: "urn:other", claims: &claims };
    assert_eq!(query.credentials()[0].choose(&candidate), Err(Mismatch::Type));
}

#[test]
fn exactly_what_was_asked_and_nothing_beside_it() {
    let query = one(
        &json!([{"path": ["given_name"]}, {"path": ["age_equal_or_over", "18"]}, {"path": ["degrees", null, "type"]}]),
    );
    let check = |disclosed: Value| query.credentials()[0].check_disclosed(&object(disclosed));
    let exact = json!({"given_name": "J", "age_equal_or_over": {"18": true}, "degrees": [{"type": "x"}], "address": {}});
    assert_eq!(check(exact), Ok(()));
    for (more, less) in [
        (
            json!({"given_name": "J", "age_equal_or_over": {"18": true, "21": true}, "degrees": [{"type": "x"}]}),
            NotAsAsked::More,
        ),
        (
            json!({"given_name": "J", "age_equal_or_over": {"18": true}, "degrees": [{"type": "x", "year": 1}]}),
            NotAsAsked::More,
        ),
        (
            json!({"given_name": "J", "age_equal_or_over": {"18": true}, "degrees": [{"type": "x"}], "picture": ""}),
            NotAsAsked::More,
        ),
        (
            json!({"given_name": "J", "age_equal_or_over": {"18": true}, "degrees": [{"type": "x"}, null]}),
            NotAsAsked::More,
        ),
        (
            json!({"given_name": "J", "age_equal_or_over": {}, "degrees": [{"type": "x"}]}),
            NotAsAsked::Less,
        ),
        (json!({"given_name": "J"}), NotAsAsked::Less),
        (json!({}), NotAsAsked::Less),
    ] {
        assert_eq!(check(more.clone()), Err(less), "{more}");
    }
}

#[test]
fn refuses_malformed_and_oversized_queries() {
    let credential =
        |id: &str| json!({"id": id, "format": "dc+sd-jwt", "meta": {"vct_values": ["a"]}});
    let with = |name: &str, value: Value| {
        let mut credential = credential("a");
        credential[name] = value;
        json!({"credentials": [credential]})
    };
    let claim = json!({"path": ["a"]});
    for (text, why) in [
        (json!({"credentials": []}), DcqlError::EmptyList),
        (json!({"credentials": [credential("")]}), DcqlError::Identifier),
        (json!({"credentials": [credential("a b")]}), DcqlError::Identifier),
        (
            json!({"credentials": [credential("a"), credential("a")]}),
            DcqlError::DuplicateIdentifier,
        ),
        (json!({"credentials": vec![credential("a"); 17]}), DcqlError::TooLarge),
        (
            json!({"credentials": [credential("a")], "credential_sets": [{"options": [["b"]]}]}),
            DcqlError::UnknownIdentifier,
        ),
        (json!({"credentials": [credential("a")], "credential_sets": []}), DcqlError::EmptyList),
        (
            json!({"credentials": [credential("a")], "credential_sets": [{"options": [[]]}]}),
            DcqlError::EmptyList,
        ),
        (with("meta", json!({})), DcqlError::NoType),
        (with("meta", json!({"vct_values": []})), DcqlError::EmptyList),
        (with("meta", json!({"vct_values": [1]})), DcqlError::NoType),
        (with("format", json!("mso_mdoc")), DcqlError::NoType),
        (with("claims", json!([])), DcqlError::EmptyList),
        (with("claims", json!(vec![claim.clone(); 65])), DcqlError::TooLarge),
        (with("claims", json!([{"path": vec!["a"; 17]}])), DcqlError::TooLarge),
        (with("claims", json!([{"path": ["a"], "values": []}])), DcqlError::EmptyList),
        (
            with("claims", json!([{"id": "x", "path": ["a"]}, {"id": "x", "path": ["b"]}])),
            DcqlError::DuplicateIdentifier,
        ),
        (with("claim_sets", json!([["a"]])), DcqlError::SetsWithoutClaims),
    ] {
        let error = serde_json::from_value::<DcqlQuery>(text.clone()).unwrap_err();
        assert_eq!(error.to_string(), why.to_string(), "{text}");
    }
    let mut sets = with("claims", json!([claim]));
    sets["credentials"][0]["claim_sets"] = json!([["a"]]);
    assert!(serde_json::from_value::<DcqlQuery>(sets).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
        Just(json!("dc+sd-jwt")),
        Just(json!({"vct_values": ["a"]})),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let name = prop_oneof![
            Just("credentials"),
            Just("id"),
            Just("format"),
            Just("meta"),
            Just("claims"),
            Just("path"),
            Just("values"),
            Just("claim_sets"),
            Just("credential_sets"),
            Just("options"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.prop_map(str::to_owned), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_back_the_same(value in any_json()) {
        if let Ok(query) = serde_json::from_value::<DcqlQuery>(value) {
            let again = serde_json::from_value::<DcqlQuery>(serde_json::to_value(&query).unwrap()).unwrap();
            prop_assert_eq!(again, query);
        }
    }

    /// What the wallet's side chooses is always what the asker's side accepts.
    #[test]
    fn what_is_chosen_is_what_was_asked(names in prop::collection::btree_set("[a-e]", 1..5), held in prop::collection::btree_set("[a-e]", 1..5)) {
        let claims: Vec<_> = names.iter().map(|name| json!({"path": [name]})).collect();
        let query = one(&json!(claims));
        let held: Map<_, _> = held.into_iter().map(|name| (name, json!(1))).collect();
        match query.credentials()[0].choose(&Candidate { vct: PID, claims: &held }) {
            Ok(_) => {
                let shown = held.iter().filter(|(name, _)| names.contains(*name)).map(|(n, v)| (n.clone(), v.clone())).collect();
                prop_assert_eq!(query.credentials()[0].check_disclosed(&shown), Ok(()));
            }
            Err(_) => prop_assert!(!names.iter().all(|name| held.contains_key(name))),
        }
    }
}
