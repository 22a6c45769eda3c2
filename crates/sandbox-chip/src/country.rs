//! The country that signs the sandbox's cards.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_chip::crypto::Curve;
use tanda_chip::lds::DataGroup;
use tanda_chip::passive::{CountrySigners, RevocationList, SignerCertificate};

use crate::certificate::{Request, Usage, issue, name, revoke};
use crate::fault::Fault;
use crate::security_object;
use crate::sign::KeyPair;

/// The state in the cards' machine readable zone: Utopia.
pub(crate) const STATE: &str = "UTO";

const DAY: SignedDuration = SignedDuration::from_hours(24);
const GOOD: u8 = 10;
const EXPIRED: u8 = 11;
const REVOKED: u8 = 12;

/// A document signer.
#[derive(Clone, Debug)]
pub struct DocumentSigner {
    /// Its key.
    pub key: KeyPair,
    /// Its certificate, in DER, or nothing where documents don't carry it.
    pub certificate: Vec<u8>,
    /// Its issuer's name.
    pub issuer: Vec<u8>,
    /// Its certificate's serial number.
    pub serial: u8,
    /// When it says that it signs.
    pub signs_at: Timestamp,
}

/// A country signer of the sandbox's, with document signers good and bad, and somebody who only calls
/// themselves so.
#[derive(Debug)]
pub struct SandboxCountry {
    name: Vec<u8>,
    key: KeyPair,
    certificate: Vec<u8>,
    revocations: Vec<u8>,
    good: DocumentSigner,
    expired: DocumentSigner,
    revoked: DocumentSigner,
    forged: DocumentSigner,
}

impl SandboxCountry {
    /// A fresh country that signs with `curve` (P-256 or brainpoolP256r1), as things stand at `now`.
    pub fn new(curve: Curve, now: Timestamp, rng: &mut impl CryptoRng) -> Self {
        let name_of_country = name("Sandbox Country Signer");
        let keys = [KeyPair::draw(curve, rng), KeyPair::draw(curve, rng)];
        let mut signer = |key: &KeyPair, serial, from: SignedDuration, to: SignedDuration| {
            let own = KeyPair::draw(curve, rng);
            let request = Request {
                issuer: &name_of_country,
                issuer_key: key,
                subject: &name("Sandbox Document Signer"),
                key: &own,
                serial,
                usage: Usage::Documents,
                validity: [now + from, now + to],
                more: Vec::new(),
            };
            DocumentSigner {
                certificate: issue(&request, rng),
                key: own,
                issuer: name_of_country.clone(),
                serial,
                signs_at: now + from + DAY,
            }
        };
        let [country, forger] = &keys;
        let good = signer(country, GOOD, DAY * -30, DAY * 3650);
        let expired = signer(country, EXPIRED, DAY * -300, DAY * -1);
        let revoked = signer(country, REVOKED, DAY * -30, DAY * 3650);
        let forged = signer(forger, GOOD, DAY * -30, DAY * 3650);
        let request = Request {
            issuer: &name_of_country,
            issuer_key: country,
            subject: &name_of_country,
            key: country,
            serial: 1,
            usage: Usage::Country,
            validity: [now - DAY * 400, now + DAY * 5475],
            more: Vec::new(),
        };
        let certificate = issue(&request, rng);
        let [key, _] = keys;
        let mut made = Self {
            name: name_of_country,
            key,
            certificate,
            revocations: Vec::new(),
            good,
            expired,
            revoked,
            forged,
        };
        made.revoke(now, rng);
        made
    }

    /// Makes another revocation list, as things stand at `now`; it holds for ninety days.
    pub fn revoke(&mut self, now: Timestamp, rng: &mut impl CryptoRng) {
        let life = [now - DAY, now + DAY * 90];
        self.revocations = revoke(&self.name, &self.key, &[REVOKED], life, rng);
    }

    /// The country signer's certificate, in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its revocation list, in DER.
    pub fn revocations(&self) -> &[u8] {
        &self.revocations
    }

    /// EF.SOD over these files, as the good document signer signs it.
    pub fn sign(&self, files: &BTreeMap<DataGroup, Vec<u8>>, rng: &mut impl CryptoRng) -> Vec<u8> {
        security_object::sign(files, &self.good, rng)
    }

    /// What an authority believes that trusts this country; `None` if what was made here can't be read.
    pub fn believed(&self) -> Option<CountrySigners> {
        let mut believed = CountrySigners::default();
        believed.trust(SignerCertificate::from_der(&self.certificate).ok()?, STATE).ok()?;
        believed.revoke(RevocationList::from_der(&self.revocations).ok()?).ok()?;
        Some(believed)
    }

    /// Who signs a card with this fault.
    pub(crate) const fn signer(&self, fault: Option<Fault>) -> &DocumentSigner {
        match fault {
            Some(Fault::WrongCsca) => &self.forged,
            Some(Fault::ExpiredSigner) => &self.expired,
            Some(Fault::RevokedSigner) => &self.revoked,
            Some(Fault::TamperedDg2 | Fault::Clone) | None => &self.good,
        }
    }
}
