//! Writes messages of our own making to `<folder>/<target>/`, to begin fuzzing with:
//! `cargo run -p tanda-fuzz-targets --example seeds -- <folder>`.

#![expect(clippy::unwrap_used, reason = "a tool for the maintainer")]

mod chips;
mod fingers;
mod pictures;

use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tanda_credential::jose::{ContentEncryption, Recipient, Signer as _, encrypt};
use tanda_credential::log::Hash;
use tanda_credential::sd_jwt::{ClaimPath, SdObject};
use tanda_credential::status_list::{Bits, Status, StatusList};
use tanda_credential::trust_list::{Entity, Names, Service, ServiceKind, TrustList};
use tanda_credential::{b64, jose, sd_jwt, trust_list};
use tanda_fuzz_targets::fixture::{FIXTURE, ISSUER, NOW, VCT, now, signed};
use tanda_fuzz_targets::{
    checkpoint, jwe, nonces, passkey_answer, presentation, receipt, status_list_token,
};
use tanda_model::PurposeId;
use tanda_protocol::oauth::IssuerUrl;
use tanda_protocol::receipt::handle_hash;
use tanda_protocol::registration::{LocalText, Registration};
use tanda_protocol::vp::dcql::DcqlQuery;
use tanda_protocol::vp::request::{
    ANY_WALLET, AuthorizationRequest, ClientMetadata, Nonce, ResponseMode, ResponseType,
    VerifierInfo,
};
use tanda_wallet::passkey::register;
use url::Url;

use chips::chips;
use fingers::fingers;
use pictures::{models, pictures};

fn main() {
    let folder = std::env::args().nth(1).expect("the folder to write to");
    for (target, seeds) in all() {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder).unwrap();
        for (index, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{index:02}")), seed).unwrap();
        }
    }
}

fn all() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let mut all = texts();
    all.extend(chips());
    all.extend(fingers());
    all.extend([
        ("certificate", certificates()),
        ("certificate_chain", chains()),
        ("image", pictures()),
        ("jwe", encrypted()),
        ("passkey_answer", authenticators()),
        ("jws", tokens()),
        ("model_fold", models()),
        ("sd_jwt", held()),
        ("status_list", lists()),
    ]);
    all
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(11)
}

fn lines(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n").into_bytes()
}

fn bytes(seeds: &[&str]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}

fn documents(seeds: &[Value]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.to_string().into_bytes()).collect()
}

/// What people and programs write as text or JSON.
fn texts() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let holder = json!(FIXTURE.holder.public().bare());
    vec![
        ("base64", bytes(&["", "Zg", "Zg==", "Zm9vYmFy", "-_8", "+/8=", &"QUJD".repeat(20)])),
        ("checkpoint", heads()),
        ("client_attestation", attestations(&holder)),
        ("credential_offer", offers()),
        ("dcql", queries()),
        (
            "dpop",
            proofs(
                &holder,
                "dpop+jwt",
                &json!({
                    "jti": "a", "htm": "POST", "htu": "https://authority.example/token", "iat": NOW,
                }),
            ),
        ),
        ("headers", bytes(&["DPoP abc.def-_~", "dpop x", "Bearer x", "a\nb", "Kz~8mXK1EalYznwH"])),
        (
            "http_uri",
            bytes(&[
                "https://as.example:443/oauth/%74oken?x=1#f",
                "http://[::1]:8600/a/../b/%2f",
                "HTTPS://AS.EXAMPLE/",
                "https://as.example/a%20b/.",
            ]),
        ),
        (
            "identifiers",
            bytes(&[
                "019a0f5c-7d4e-7abc-8def-0123456789ab",
                "hotel-nansha",
                "CN",
                "light",
                "full",
                "hotel-check-in",
                "urn:tanda:card:light:1",
                "age_equal_or_over.18",
                "pseudonyms.hotel-nansha",
                "The guest has lost the phone.",
                &FIXTURE.client.to_string(),
            ]),
        ),
        (
            "issuance_answers",
            documents(&[
                json!({"access_token": "a", "token_type": "DPoP", "expires_in": 300, "refresh_token": "r"}),
                json!({"credentials": [{"credential": "a~"}, {"credential": "b~"}], "notification_id": "n"}),
                json!({"transaction_id": "t", "interval": 5}),
                json!({"c_nonce": "n"}),
                json!({"error": "invalid_nonce", "error_description": "Fetch a new one.", "trace_id": "t"}),
            ]),
        ),
        (
            "issuance_requests",
            documents(&[
                json!({"credential_configuration_id": "light", "proofs": {"jwt": ["a.b.c", "d.e.f"]}}),
                json!({"credential_identifier": "x", "proofs": {"jwt": ["a"]}}),
                json!({"notification_id": "n", "event": "credential_accepted", "event_description": "d"}),
            ]),
        ),
        ("issuer_metadata", issuer_metadata()),
        (
            "issuer_url",
            bytes(&[
                "https://authority.example",
                "https://a.example/tenant/1/",
                "http://localhost:8600",
                "http://[::1]/x",
                "http://127.0.0.1/",
            ]),
        ),
        (
            "json",
            bytes(&[
                r#" {"a":[1,-2,2.5e3,true,null,"x\u00e9\n"],"b":{"a":{}}} "#,
                "[[[[]]]]",
                "18446744073709551615",
                "-9223372036854775808",
                r#"{"a":1,"\u0061":2}"#,
            ]),
        ),
        (
            "jwk",
            documents(&[
                holder.clone(),
                json!(
                    FIXTURE.leaf.public().clone().with_kid("k").with_alg("ES256").with_usage("sig")
                ),
            ]),
        ),
        (
            "key_proof",
            proofs(
                &holder,
                "openid4vci-proof+jwt",
                &json!({
                    "iss": "tanda-wallet", "aud": ISSUER, "iat": NOW, "nonce": "n",
                }),
            ),
        ),
        (
            "nonces",
            vec![
                nonces::mint()
                    .mint(SignedDuration::from_hours(200_000), now(), &mut Nines)
                    .into_bytes(),
                b"n-0S6_WzA2Mj".to_vec(),
            ],
        ),
        (
            "passkey_challenge",
            documents(&[json!({"publicKey": {
                "rp": {"name": "Provider", "id": "provider.example"},
                "user": {"id": "AAECAw", "name": "Dewi", "displayName": "Dewi"},
                "challenge": "AAECAwQFBgcICQoLDA0ODw",
                "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
                "timeout": 300_000, "attestation": "none", "excludeCredentials": [],
                "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
            }})]),
        ),
        (
            "person_name",
            bytes(&[
                "Siregar\nDewi Ayu\ndewi-ayu SIREGAR",
                "沙\n箱明\n沙箱明",
                "Núñez\nZoë\nZOE NUNEZ",
                "阿卜杜·热合曼\n\n",
                "O'Brien\nSéan\nx",
                "İnci\nIşık\n",
            ]),
        ),
        ("presentation", presentations(&holder)),
        ("receipt", receipts()),
        ("register_rows", register_rows()),
        ("registration", documents(&[json!(registration())])),
        ("request_object", documents(&[json!(request())])),
        ("request_uri", request_links()),
        (
            "resident_number",
            bytes(&[
                "11010519491231002X",
                "440115 19900101 990-3",
                "3171234567890123",
                "１１０１０５１９４９１２３１００２ｘ",
                "31.71.05.45.08.90.0001",
            ]),
        ),
        (
            "response_form",
            bytes(&[
                "response=eyJ.a.b.c.d",
                "error=access_denied&state=s",
                "error=other",
                "response=a&state=b",
            ]),
        ),
        ("server_metadata", server_metadata()),
        ("status_list_token", status_tokens()),
        (
            "token_request",
            bytes(&[
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=abc&tx_code=1&client_id=c&resource=https%3A%2F%2Fa.example",
                "grant_type=refresh_token&refresh_token=r",
            ]),
        ),
        (
            "transaction_data",
            documents(&[json!({
                "type": "urn:tanda:transaction:agreement:1", "title": "Lease", "text": "I agree.",
                "credential_ids": ["card"], "transaction_data_hashes_alg": ["sha-256"],
            })]),
        ),
        ("trust_list", trust_lists()),
        ("type_metadata", type_metadata()),
        ("typed_code", bytes(&["AB12-CD34", "ab12 cd34", "t0", "O0iL-1l.2_3", "ＡB"])),
        ("vp_token", documents(&[json!({"card": ["a~b~"]}), json!({"a": ["x", "y"], "b": ["z"]})])),
        (
            "wallet_answers",
            documents(&[
                json!({"enrolment_id": "019a0f5c", "token": "t", "steps_total": 4, "step": "look_straight",
                "expires_at": "2026-11-23T00:10:00Z"}),
                json!({"guidance": "good", "accepted": true, "done": 1, "total": 4, "step": "turn_left"}),
                json!({"state": "approved", "credential_offer": "openid-credential-offer://?x"}),
                json!({"state": "refused", "try_again_after": "2026-11-23T00:10:00Z"}),
                json!({"code": "too-many-attempts", "detail": "Wait.", "status": 429}),
            ]),
        ),
    ]
}

/// The nonce's identifier is all nines, so that the target knows it again.
struct Nines;

impl rand::rand_core::TryRng for Nines {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_be_bytes([9; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_be_bytes([9; 8]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(9);
        Ok(())
    }
}

impl rand::rand_core::TryCryptoRng for Nines {}

fn proofs(holder: &Value, typ: &str, claims: &Value) -> Vec<Vec<u8>> {
    let header = json!({"alg": "ES256", "typ": typ, "jwk": holder});
    let token =
        signed(header.to_string().as_bytes(), claims.to_string().as_bytes(), &FIXTURE.holder);
    vec![lines(&[header, claims.clone()]), token.into_bytes()]
}

fn attestations(holder: &Value) -> Vec<Vec<u8>> {
    let claims = json!({
        "iss": ISSUER, "sub": "tanda-wallet", "iat": NOW, "nbf": NOW, "exp": NOW + 3600,
        "cnf": {"jwk": holder}, "account": "pairwise",
    });
    let possession = json!({
        "iss": "tanda-wallet", "aud": ISSUER, "jti": "j", "iat": NOW, "exp": NOW + 60,
        "challenge": "c",
    });
    let newest = json!({"sub": "w", "iat": NOW, "exp": NOW + 3600, "cnf": {"jwk": holder}});
    let aud = json!({"aud": [ISSUER], "jti": "j", "iat": NOW});
    vec![lines(&[claims, possession]), lines(&[newest, aud]), b"a.b.c\nd.e.f".to_vec()]
}

fn offers() -> Vec<Vec<u8>> {
    let offer = json!({
        "credential_issuer": ISSUER, "credential_configuration_ids": ["light"],
        "grants": {
            "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
                "pre-authorized_code": "code",
                "tx_code": {"input_mode": "numeric", "length": 6, "description": "By post"},
                "authorization_server": ISSUER,
            },
            "authorization_code": {"issuer_state": "s"},
        },
    });
    let escaped: String =
        url::form_urlencoded::byte_serialize(offer.to_string().as_bytes()).collect();
    let link = format!("openid-credential-offer://?credential_offer={escaped}");
    let reference = "wallet://?credential_offer_uri=https%3A%2F%2Fauthority.example%2Foffers%2F1";
    vec![offer.to_string().into_bytes(), link.into_bytes(), reference.as_bytes().to_vec()]
}

fn queries() -> Vec<Vec<u8>> {
    let card = json!({"vct_values": [VCT]});
    documents(&[
        json!({"credentials": [{"id": "card", "format": "dc+sd-jwt", "meta": card, "claims": [
            {"path": ["given_name"]}, {"path": ["age_equal_or_over", "18"], "values": [true]},
            {"path": ["places", null, "city"]}, {"path": ["sex"], "values": [1, 2]},
        ]}]}),
        json!({"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": card, "multiple": true,
            "require_cryptographic_holder_binding": false,
            "trusted_authorities": [{"type": "aki", "values": ["x"]}],
            "claims": [{"id": "x", "path": ["nationalities", 0]}, {"id": "y", "path": ["none"]}],
            "claim_sets": [["y"], ["x"]]},
            {"id": "b", "format": "mso_mdoc", "meta": {"doctype_value": "d"}}],
            "credential_sets": [{"options": [["b"], ["a"]], "required": false}, {"options": [["a"]]}]}),
        json!({"credentials": [{"id": "c", "format": "jwt_vc_json", "meta": {"x": [1]}}]}),
    ])
}

fn issuer_metadata() -> Vec<Vec<u8>> {
    let image = json!({"uri": "https://a.example/l.png", "alt_text": "A"});
    let es256 = json!(["ES256", -7]);
    documents(&[json!({
        "credential_issuer": ISSUER, "authorization_servers": [ISSUER],
        "credential_endpoint": "https://authority.example/credential",
        "nonce_endpoint": "https://authority.example/nonce",
        "batch_credential_issuance": {"batch_size": 4},
        "display": [{"name": "Authority", "locale": "en", "logo": image}],
        "credential_response_encryption": {"alg_values_supported": ["ECDH-ES"],
            "enc_values_supported": ["A128GCM"], "encryption_required": false},
        "credential_configurations_supported": {"light": {
            "format": "dc+sd-jwt", "vct": VCT, "scope": "s",
            "credential_signing_alg_values_supported": es256,
            "cryptographic_binding_methods_supported": ["jwk"],
            "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": es256}},
            "credential_metadata": {
                "display": [{"name": "Card", "logo": image, "background_color": "#123"}],
                "claims": [{"path": ["given_name"], "mandatory": true, "display": [{"name": "n"}]}],
            },
        }},
    })])
}

fn server_metadata() -> Vec<Vec<u8>> {
    let issuer = IssuerUrl::parse(ISSUER).unwrap();
    let token = "https://authority.example/token".parse().unwrap();
    let mut metadata = tanda_protocol::oauth::AuthorizationServerMetadata::new(issuer, token);
    metadata.challenge_endpoint = Some("https://authority.example/challenge".parse().unwrap());
    documents(&[json!(metadata)])
}

fn presentations(holder: &Value) -> Vec<Vec<u8>> {
    let payload = json!({
        "iss": ISSUER, "vct": VCT, "vct#integrity": "sha256-x", "iat": NOW - 86_400,
        "nbf": NOW - 86_400, "exp": NOW + 86_400, "cnf": {"jwk": holder}, "_sd_alg": "sha-256",
        "status": {"status_list": {"idx": 7, "uri": status_list_token::URI}},
        "_sd": ["#1", "#2"],
    });
    let disclosures = [
        json!(["salt", "given_name", "Dewi"]),
        json!(["salt", "age_equal_or_over", {"_sd": ["#3"]}]),
        json!(["salt", "18", true]),
    ];
    let issued: Vec<Value> = [&[payload], disclosures.as_slice()].concat();
    let binding = json!({
        "iat": NOW, "aud": presentation::AUDIENCE, "nonce": presentation::NONCE, "sd_hash": "#",
    });
    let presented = [lines(&issued), format!("\n!{binding}").into_bytes()].concat();
    vec![lines(&issued), presented]
}

fn held() -> Vec<Vec<u8>> {
    let claims = SdObject::new().plain("iss", ISSUER).unwrap();
    let claims = claims.disclosable("given_name", "Dewi").unwrap().disclosable("sex", 2).unwrap();
    let header = jose::Header::typ("dc+sd-jwt");
    let token = sd_jwt::issue(&header, &claims, &FIXTURE.leaf, &mut rng()).unwrap();
    let places = lines(&[
        json!({"iss": ISSUER, "places": [{"...": "#1"}, "x", {"...": "#2"}], "_sd": ["#3"]}),
        json!(["salt", {"city": "Nansha", "_sd": ["#4"]}]),
        json!(["salt", "Medan"]),
        json!(["salt", "family_name", "Siregar"]),
        json!(["salt", "rooms", [1, 2]]),
    ]);
    vec![token.into_bytes(), places, b"{\"a\":1}".to_vec()]
}

fn tokens() -> Vec<Vec<u8>> {
    let claims = json!({"iss": ISSUER});
    let with_jwk = jose::Header::typ("JWT").with_kid("k").with_jwk(FIXTURE.holder.public().bare());
    let with_x5c = jose::Header::typ("x+jwt").with_x5c(&[vec![1, 2, 3], vec![4]]);
    [jose::Header::default(), with_jwk, with_x5c]
        .iter()
        .map(|header| jose::sign(header, &claims, &FIXTURE.leaf).unwrap().into_bytes())
        .collect()
}

fn encrypted() -> Vec<Vec<u8>> {
    let key = jwe::key();
    [(ContentEncryption::A128Gcm, None), (ContentEncryption::A256Gcm, Some(b"party".as_slice()))]
        .into_iter()
        .map(|(enc, party)| {
            let to =
                Recipient { key: key.public(), enc, apu: party, apv: party, cty: Some("json") };
            encrypt(jwe::PLAINTEXT, &to, &mut rng()).unwrap().into_bytes()
        })
        .collect()
}

fn certificates() -> Vec<Vec<u8>> {
    let leaf = FIXTURE.leaf_certificate();
    let anchor = FIXTURE.anchor.der().to_vec();
    vec![
        anchor,
        leaf.der().to_vec(),
        leaf.to_pem().into_bytes(),
        FIXTURE.other_anchor.der().to_vec(),
        FIXTURE.other_leaf.der().to_vec(),
    ]
}

fn chains() -> Vec<Vec<u8>> {
    let between = include_bytes!("../../fixture/other-between.der").as_slice();
    let chain = |certificates: &[&[u8]]| {
        let with_length =
            |der: &&[u8]| [&u16::try_from(der.len()).unwrap().to_be_bytes(), *der].concat();
        certificates.iter().flat_map(with_length).collect::<Vec<u8>>()
    };
    let leaf = FIXTURE.leaf_certificate();
    vec![
        chain(&[leaf.der()]),
        chain(&[FIXTURE.other_leaf.der(), between]),
        chain(&[leaf.der(), FIXTURE.anchor.der()]),
        chain(&[FIXTURE.other_leaf.der()]),
    ]
}

fn lists() -> Vec<Vec<u8>> {
    [(Bits::One, 100_usize), (Bits::Two, 64), (Bits::Four, 9), (Bits::Eight, 3)]
        .into_iter()
        .map(|(bits, length)| {
            let mut list = StatusList::new(bits, length);
            list.set(1, Status::Invalid).unwrap();
            let stream = b64::decode(list.encode().unwrap().lst).unwrap();
            [&[u8::from(bits)], stream.as_slice()].concat()
        })
        .collect()
}

fn status_tokens() -> Vec<Vec<u8>> {
    let list = StatusList::new(Bits::Two, 64).encode().unwrap();
    let all = json!({
        "sub": status_list_token::URI, "iat": NOW - 5, "exp": NOW + 3600, "ttl": 15,
        "status_list": list,
    });
    let few = json!({"sub": status_list_token::URI, "iat": NOW, "status_list": list});
    documents(&[all, few])
}

fn trust_lists() -> Vec<Vec<u8>> {
    let service = |kind, certificates: &[_]| Service {
        names: Names::one("en", "Service"),
        kind,
        certificates: certificates.to_vec(),
        granted: true,
        since: now() - SignedDuration::from_hours(1),
    };
    let anchors = [FIXTURE.anchor.clone()];
    let services = [
        service(
            ServiceKind::CredentialIssuer { id: ISSUER.to_owned(), vcts: vec![VCT.to_owned()] },
            &anchors,
        ),
        service(ServiceKind::WalletProvider { id: "https://provider.example".to_owned() }, &[]),
        service(ServiceKind::AccessCertificateAuthority, &[]),
        service(
            ServiceKind::VerifierService {
                url: "https://verifier.example".to_owned(),
                code_prefix: "T0".to_owned(),
            },
            &[],
        ),
    ];
    let list = |services| TrustList {
        operator: Names::one("en", "Operator"),
        territory: Some("ID".to_owned()),
        sequence: 4,
        issued_at: now() - SignedDuration::from_hours(1),
        next_update: now() + SignedDuration::from_hours(24),
        entities: vec![Entity {
            names: Names::one("en", "Authority"),
            url: ISSUER.to_owned(),
            services,
        }],
    };
    let payload = |services| {
        let token = trust_list::sign(&list(services), &FIXTURE.leaf).unwrap();
        jose::Jws::parse(&token).unwrap().unverified_payload().to_vec()
    };
    vec![payload(services[..1].to_vec()), payload(services[1..].to_vec())]
}

fn type_metadata() -> Vec<Vec<u8>> {
    documents(&[json!({
        "vct": VCT, "name": "Card", "description": "d",
        "display": [{"locale": "en", "name": "Card", "rendering": {"simple": {
            "logo": {"uri": "https://a.example/l.png", "uri#integrity": "sha256-x", "alt_text": "A"},
            "background_color": "#123456", "text_color": "#fff"}}}],
        "claims": [
            {"path": ["given_name"], "display": [{"locale": "en", "label": "Name"}], "sd": "always"},
            {"path": ["places", null, 0], "mandatory": true, "sd": "never"},
        ],
    })])
}

fn registration() -> Registration {
    let name =
        LocalText { en: "Hotel".to_owned(), id: "Hotel".to_owned(), zh: "酒店".to_owned() };
    let until = now() + SignedDuration::from_hours(24);
    let mut registration = Registration::for_purpose(
        PurposeId::HotelCheckIn,
        "hotel-nansha".parse().unwrap(),
        name,
        FIXTURE.client,
        ISSUER,
        (now(), until),
    );
    registration.claims.push(ClaimPath::names(["pseudonyms", "hotel-nansha"]));
    registration.privacy_policy = Some("https://hotel.example/privacy".parse().unwrap());
    registration
}

fn heads() -> Vec<Vec<u8>> {
    let (origin, nothing, something) =
        (checkpoint::ORIGIN, Hash::of_nothing(), Hash::of_leaf(b"an entry"));
    bytes(&[
        &format!("{origin}\n0\n{nothing}\n"),
        &format!("{origin}\n1\n{something}\nto come\n"),
        &format!("{origin}\n18446744073709551615\n{something}\n"),
    ])
}

fn authenticators() -> Vec<Vec<u8>> {
    let origin = Url::parse(passkey_answer::ORIGIN).unwrap();
    let challenge = json!({"publicKey": {
        "rp": {"name": "Provider", "id": origin.host_str()},
        "user": {"id": "AAECAw", "name": "Dewi", "displayName": "Dewi"},
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    }});
    let (_, answer) = register(&challenge, &origin, &mut rng()).unwrap();
    vec![b64::decode(answer["response"]["attestationObject"].as_str().unwrap()).unwrap()]
}

fn receipts() -> Vec<Vec<u8>> {
    let name = json!({"en": "Hotel", "id": "Hotel", "zh": "Hotel"});
    documents(&[
        json!({
            "iss": receipt::RELYING_PARTY, "name": name, "jti": "r-1", "iat": NOW,
            "purpose": {"id": "hotel-check-in", "text": name},
            "claims": [["family_name"], ["age_equal_or_over", "18"]], "level": "light",
            "outcome": "not_valid", "reason": "revoked", "checked_at": NOW - 2, "status_age_s": 4,
            "desk": {"device": "3f9c21d7", "staff": "mei"},
        }),
        json!({
            "iss": receipt::RELYING_PARTY, "name": name, "sub": handle_hash(receipt::HANDLE),
            "purpose": "hotel-check-in", "claims": [["family_name"]],
            "kept_at": NOW - 86_400, "delete_by": NOW - 5, "iat": NOW,
        }),
    ])
}

fn request() -> AuthorizationRequest {
    let encryption = jwe::key();
    let query = DcqlQuery::card(&[VCT], &[ClaimPath::name("given_name")]).unwrap();
    AuthorizationRequest {
        response_type: ResponseType::VpToken,
        response_mode: ResponseMode::DirectPostJwt,
        client_id: FIXTURE.client,
        response_uri: "https://hotel.example/responses/1".parse().unwrap(),
        nonce: Nonce::mint(&mut rng()),
        state: Some(Nonce::mint(&mut rng())),
        aud: ANY_WALLET.to_owned(),
        dcql_query: query,
        client_metadata: ClientMetadata::encrypting_to(encryption.public()).unwrap(),
        verifier_info: vec![VerifierInfo::registration("a.b.c")],
        transaction_data: None,
        wallet_nonce: None,
        iat: now(),
        exp: now() + SignedDuration::from_secs(300),
    }
}

fn request_links() -> Vec<Vec<u8>> {
    let request = tanda_protocol::vp::uri::RequestUri {
        client_id: FIXTURE.client,
        request_uri: "https://verifier.example/requests/1?a=b%20c".parse().unwrap(),
        method: tanda_protocol::vp::uri::RequestUriMethod::Post,
    };
    let wallet = "https://wallet.example/".parse().unwrap();
    let haip = request.openid4vp().replace("openid4vp:", "haip-vp:").replace("post", "get");
    bytes(&[&request.openid4vp(), request.wallet_link(&wallet).as_str(), &haip])
}

fn register_rows() -> Vec<Vec<u8>> {
    bytes(&[
        "number,family_name,given_name,birth_date,sex,nationalities,portrait,deceased\n\
         11010519491231002X,Sand,Box,1949-12-31,F,CN ID,a.jpg,true\n\
         \"11010519491231002X\",\"Sa\nnd\",,1949-12-31,2,,\"b \"\"c\"\".jpg\",\n",
        "\u{feff}number,family_name,birth_date,sex,portrait_base64,card_lost\r\n\
         11010519491231002X,Sand,1949-12-31,female,AAEC,false\r\n",
        r#"{"number":"11010519491231002X","family_name":"Sand","birth_date":"1949-12-31","sex":2,"nationalities":["CN"],"portrait":"a.jpg","deceased":true,"comment":{}}"#,
        "{\"number\":\"11010519491231002X\",\"family_name\":\"Sand\",\"birth_date\":\"1949-12-31\",\"sex\":\"F\",\"nationalities\":\"CN ID\",\"portrait_base64\":\"AAEC\"}\n\n{}\n",
    ])
}
