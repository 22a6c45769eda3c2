//! Keys and certificates that never change, so that what a corpus holds stays signed by them, and
//! the helpers that targets share. The keys protect nothing: they are here for everybody to see.

use std::sync::LazyLock;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tanda_credential::jose::{Signer as _, SigningKey};
use tanda_credential::sd_jwt_vc::{TrustedIssuer, TrustedIssuers};
use tanda_credential::x509::Certificate;
use tanda_credential::{b64, json};
use tanda_protocol::vp::client_id::ClientId;

/// The moment of every check, in seconds since the epoch: 23 November 2026.
pub const NOW: i64 = 1_795_392_000;
/// Who issues, registers and vouches: the URI in the leaf certificate.
pub const ISSUER: &str = "https://authority.example";
/// The light card's type.
pub const VCT: &str = "urn:tanda:card:light:1";

/// What every target that checks signatures believes in.
#[derive(Debug)]
pub struct Fixture {
    /// The one trust anchor.
    pub anchor: Certificate,
    /// The key under the anchor that signs for issuers, relying parties and providers alike.
    pub leaf: SigningKey,
    /// A holder's key, without a certificate.
    pub holder: SigningKey,
    /// The leaf as issuer of light cards.
    pub issuers: TrustedIssuers,
    /// The leaf as relying party.
    pub client: ClientId,
    /// An anchor that certifies through an authority between.
    pub other_anchor: Certificate,
    /// The leaf at the other end of that.
    pub other_leaf: Certificate,
}

impl Fixture {
    /// The certificate of the leaf.
    pub fn leaf_certificate(&self) -> Certificate {
        Certificate::from_der(&self.leaf.x5c()[0]).unwrap()
    }
}

/// Read once, at the first use.
pub static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let certificate = |der: &[u8]| Certificate::from_der(der).unwrap();
    let anchor = certificate(include_bytes!("../fixture/anchor.der"));
    let other_anchor = certificate(include_bytes!("../fixture/other-anchor.der"));
    let other_leaf = certificate(include_bytes!("../fixture/other-leaf.der"));
    let x5c = vec![include_bytes!("../fixture/leaf.der").to_vec()];
    let client = ClientId::of_der(&x5c[0]);
    let leaf = SigningKey::from_pkcs8(include_bytes!("../fixture/leaf.key")).unwrap();
    let holder = SigningKey::from_pkcs8(include_bytes!("../fixture/holder.key")).unwrap();
    let issuer = TrustedIssuer {
        names: std::sync::Arc::default(),
        id: ISSUER.to_owned(),
        anchors: vec![anchor.clone()],
        vcts: vec![VCT.to_owned()],
    };
    Fixture {
        anchor,
        leaf: leaf.with_x5c(x5c),
        holder,
        issuers: TrustedIssuers::new(vec![issuer]),
        client,
        other_anchor,
        other_leaf,
    }
});

/// The moment of every check.
pub fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// Randomness that is the same in every run: a finding must come back.
pub(crate) fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

pub(crate) fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// A compact JWS over exactly these bytes, whatever they say.
pub fn signed(header: &[u8], payload: &[u8], key: &SigningKey) -> String {
    let mut token = format!("{}.{}", b64::encode(header), b64::encode(payload));
    let signature = key.sign(token.as_bytes()).unwrap();
    token.push('.');
    b64::encode_into(signature, &mut token);
    token
}

/// A token under the leaf's certificate, of this type. A payload that is no strict JSON object is
/// refused before the signature costs its time: every reader refuses it, which `json` looks after.
pub(crate) fn issued(typ: &str, payload: &[u8]) -> Option<String> {
    json::parse_object(payload).ok()?;
    let x5c = b64::encode_standard(&FIXTURE.leaf.x5c()[0]);
    let header = format!(r#"{{"alg":"ES256","typ":"{typ}","x5c":["{x5c}"]}}"#);
    Some(signed(header.as_bytes(), payload, &FIXTURE.leaf))
}

/// Data that begin with a brace are the payload of a token to be signed; any other are the token
/// itself.
pub(crate) fn token(typ: &str, data: &[u8]) -> Option<String> {
    match data {
        [b'{', ..] => issued(typ, data),
        _ => text(data).map(str::to_owned),
    }
}

/// Header and payload on a line each, signed by the holder's key.
pub(crate) fn self_signed(data: &[u8]) -> Option<String> {
    let at = data.iter().position(|byte| *byte == b'\n')?;
    let (header, payload) = (&data[..at], &data[at + 1..]);
    json::parse_object(header).ok()?;
    json::parse_object(payload).ok()?;
    Some(signed(header, payload, &FIXTURE.holder))
}

/// What was read is written such that it is read again, and written the same.
pub(crate) fn same_again<T: Serialize>(value: &T, read: impl FnOnce(&[u8]) -> Option<T>) {
    let written = serde_json::to_vec(value).unwrap();
    let again = read(&written).expect("what was written is not read again");
    assert_eq!(serde_json::to_vec(&again).unwrap(), written, "written differently");
}

/// A document that strict JSON and serde read; it has to be [`same_again`].
pub(crate) fn document<T: Serialize + DeserializeOwned>(data: &[u8]) -> Option<T> {
    let value = json::parse_as::<T>(data).ok()?;
    same_again(&value, |written| json::parse_as(written).ok());
    Some(value)
}

/// Whether a member of this name is anywhere inside.
pub(crate) fn has_member(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(members) => {
            members.iter().any(|(member, inner)| member == name || has_member(inner, name))
        }
        Value::Array(items) => items.iter().any(|item| has_member(item, name)),
        _ => false,
    }
}
