//! What is issued and shown in the measurements of the library: one authority, one holder, a card.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use serde_json::{Map, Value, json};
use tanda_credential::jose::{Jwk, Signer as _, SigningKey};
use tanda_credential::sd_jwt::{ClaimPath, ExpectedBinding, HeldSdJwt, KeyBinding, SdObject};
use tanda_credential::sd_jwt_vc::{
    CredentialIssuer, NewCredential, StatusReference, TrustedIssuer, TrustedIssuers,
    VerifiedCredential, verify_presentation,
};
use tanda_credential::x509::{Certificate, LeafRequest, Subject, Validity, issue_ca, issue_leaf};

pub(crate) const ISS: &str = "http://localhost:8600";
pub(crate) const VCT: &str = "urn:tanda:card:light:1";
pub(crate) const AUDIENCE: &str = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";
pub(crate) const NONCE: &str = "tB8pZ2f5W9cHc0xq1mYV9w";
/// The claims that a desk asks for.
pub(crate) const SHOWN: [&str; 5] =
    ["family_name", "given_name", "birthdate", "personal_administrative_number", "picture"];
/// The bytes of a card's picture at most, as base64 in a data URL.
const PICTURE: usize = 20_000 * 4 / 3;

/// A card with its issuer, its holder, a verifier who trusts the issuer, and one presentation.
pub(crate) struct Card {
    /// What sets this card apart from the other.
    pub(crate) what: &'static str,
    /// The issuer's private key, as PKCS#8.
    pub(crate) issuer_pkcs8: Vec<u8>,
    pub(crate) issuer_public: Jwk,
    /// The holder's attributes, each of which may be left out.
    pub(crate) attributes: Map<String, Value>,
    pub(crate) status: StatusReference,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// As it was issued.
    pub(crate) token: String,
    /// As it was shown: [`SHOWN`], bound to [`AUDIENCE`] and [`NONCE`].
    pub(crate) presentation: String,
    issuer: CredentialIssuer,
    holder: SigningKey,
    trusted: TrustedIssuers,
    /// The attributes once more, prepared for all copies of a batch.
    claims: SdObject,
}

impl Card {
    /// The same card twice: with next to no picture, and with the largest.
    pub(crate) fn both() -> [Self; 2] {
        [Self::new("five short claims", 40), Self::new("four and a 20 kB picture", PICTURE)]
    }

    fn new(what: &'static str, picture: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let now = now();
        let validity = Validity { from: now, until: now + (10 * 365 * 24).hours() };
        let ca_key = SigningKey::generate(&mut rng).unwrap();
        let ca = issue_ca(&Subject::named("CA"), validity, &ca_key, &mut rng).unwrap();
        let key = SigningKey::generate(&mut rng).unwrap();
        let request = LeafRequest {
            subject: Subject::named("Issuer"),
            key: key.public(),
            dns_names: vec![],
            uris: vec![ISS.into()],
            validity,
        };
        let leaf = issue_leaf(&request, &ca, &ca_key, &mut rng).unwrap();
        let attributes = attributes(picture);
        let each: Vec<_> = attributes.keys().map(ClaimPath::name).collect();
        let mut card = Self {
            what,
            issuer_pkcs8: key.to_pkcs8().unwrap().to_vec(),
            issuer_public: key.public().clone(),
            claims: SdObject::from_claims(attributes.clone(), &each).unwrap(),
            attributes,
            status: StatusReference { idx: 4242, uri: format!("{ISS}/status-lists/1") },
            issued_at: now,
            expires_at: now + (30 * 24).hours(),
            token: String::new(),
            presentation: String::new(),
            issuer: CredentialIssuer::new(Arc::new(key.with_x5c(vec![leaf]))).unwrap(),
            holder: SigningKey::generate(&mut rng).unwrap(),
            trusted: TrustedIssuers::new(vec![TrustedIssuer {
                id: ISS.into(),
                names: Arc::default(),
                anchors: vec![Certificate::from_der(&ca).unwrap()],
                vcts: vec![VCT.into()],
            }]),
        };
        card.token = card.issue(&mut rng);
        card.presentation = card.present();
        card
    }

    /// The holder's public key.
    pub(crate) fn holder(&self) -> &Jwk {
        self.holder.public()
    }

    /// Issues one more copy.
    pub(crate) fn issue(&self, rng: &mut impl CryptoRng) -> String {
        let copy = NewCredential {
            iss: ISS,
            vct: VCT,
            vct_integrity: None,
            iat: self.issued_at,
            nbf: None,
            exp: self.expires_at,
            holder: self.holder(),
            status: Some(&self.status),
            claims: &self.claims,
        };
        self.issuer.issue(&copy, rng).unwrap()
    }

    /// Verifies the presentation.
    pub(crate) fn verify(&self) -> VerifiedCredential {
        let expected = ExpectedBinding {
            audience: AUDIENCE,
            nonce: NONCE,
            asked_at: self.issued_at,
            now: self.issued_at,
            transaction_data: &[],
        };
        verify_presentation(&self.presentation, &self.trusted, &expected).unwrap()
    }

    fn present(&self) -> String {
        let binding = KeyBinding {
            audience: AUDIENCE,
            nonce: NONCE,
            now: self.issued_at,
            transaction_data: &[],
        };
        HeldSdJwt::parse(&self.token)
            .unwrap()
            .present(&SHOWN.map(ClaimPath::name))
            .unwrap()
            .with_key_binding(&binding, &self.holder)
            .unwrap()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "one of the libraries beside ours compares `exp` with the clock, whatever it is told"
)]
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

/// The ten attributes of a light card.
fn attributes(picture: usize) -> Map<String, Value> {
    let all = json!({
        "family_name": "Wijaya",
        "given_name": "Sari Dewi",
        "birthdate": "1990-01-02",
        "personal_administrative_number": "3174015201900001",
        "picture": "A".repeat(picture),
        "sex": 2,
        "nationalities": ["ID"],
        "issuing_authority": "Sandbox",
        "issuing_country": "ID",
        "date_of_expiry": "2030-01-01",
    });
    serde_json::from_value(all).unwrap()
}
