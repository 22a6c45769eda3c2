//! A country, as the tests of passive authentication know it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::crypto::Curve;
use tanda_chip::lds::DataGroup;
use tanda_chip::passive::{
    CountrySigners, PassiveError, RevocationList, SecurityObject, SignedHashes, SignerCertificate,
};
use tanda_sandbox_chip::issuing::{
    DocumentSigner, KeyPair, Request, Usage, issue, name, revoke, sign_object,
};

pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

/// From `from` to `to` days from now.
pub(crate) fn days(from: i32, to: i32) -> [Timestamp; 2] {
    [now() + DAY * from, now() + DAY * to]
}

/// A country with one document signer, as it should be; a test spoils a part of it.
pub(crate) struct Country {
    pub(crate) rng: StdRng,
    pub(crate) name: Vec<u8>,
    pub(crate) key: KeyPair,
    pub(crate) validity: [Timestamp; 2],
    pub(crate) usage: Usage,
    pub(crate) signer: KeyPair,
    pub(crate) signer_usage: Usage,
    pub(crate) signer_validity: [Timestamp; 2],
    pub(crate) signer_more: Vec<u8>,
    pub(crate) signs_at: Timestamp,
    pub(crate) carries_certificate: bool,
    pub(crate) revoked: Vec<u8>,
    pub(crate) list: [Timestamp; 2],
}

impl Country {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        Self {
            name: name("Country"),
            key: KeyPair::draw(Curve::P256, &mut rng),
            validity: days(-1000, 5000),
            usage: Usage::Country,
            signer: KeyPair::draw(Curve::P256, &mut rng),
            signer_usage: Usage::Documents,
            signer_validity: days(-100, 4000),
            signer_more: Vec::new(),
            signs_at: now() - DAY * 10,
            carries_certificate: true,
            revoked: Vec::new(),
            list: days(-1, 30),
            rng,
        }
    }

    /// A certificate that it issues under its own name.
    pub(crate) fn issue(&mut self, key: &KeyPair, serial: u8, usage: Usage) -> Vec<u8> {
        let request = Request {
            issuer: &self.name,
            issuer_key: &self.key,
            subject: &self.name,
            key,
            serial,
            usage,
            validity: self.validity,
            more: Vec::new(),
        };
        issue(&request, &mut self.rng)
    }

    /// Its own certificate.
    pub(crate) fn certificate_der(&mut self) -> Vec<u8> {
        let key = self.key.clone();
        self.issue(&key, 1, self.usage)
    }

    pub(crate) fn certificate(&mut self) -> SignerCertificate {
        SignerCertificate::from_der(&self.certificate_der()).unwrap()
    }

    pub(crate) fn list_der(&mut self) -> Vec<u8> {
        revoke(&self.name, &self.key, &self.revoked, self.list, &mut self.rng)
    }

    pub(crate) fn list(&mut self) -> RevocationList {
        RevocationList::from_der(&self.list_der()).unwrap()
    }

    pub(crate) fn signer_certificate(&mut self) -> Vec<u8> {
        let request = Request {
            issuer: &self.name,
            issuer_key: &self.key,
            subject: &name("Documents"),
            key: &self.signer,
            serial: 2,
            usage: self.signer_usage,
            validity: self.signer_validity,
            more: self.signer_more.clone(),
        };
        issue(&request, &mut self.rng)
    }

    pub(crate) fn signer(&mut self) -> DocumentSigner {
        let certificate = self.signer_certificate();
        DocumentSigner {
            key: self.signer.clone(),
            certificate: if self.carries_certificate { certificate } else { Vec::new() },
            issuer: self.name.clone(),
            serial: 2,
            signs_at: self.signs_at,
        }
    }

    pub(crate) fn object(&mut self) -> Vec<u8> {
        let signer = self.signer();
        let files = BTreeMap::from([(DataGroup::MRZ, b"lines".to_vec())]);
        sign_object(&files, &signer, &mut self.rng)
    }

    pub(crate) fn believed(&mut self) -> CountrySigners {
        let mut believed = CountrySigners::default();
        believed.trust(self.certificate(), "UTO").unwrap();
        believed.revoke(self.list()).unwrap();
        believed
    }

    pub(crate) fn verify(&mut self) -> Result<SignedHashes, PassiveError> {
        let believed = self.believed();
        verify(&self.object(), &believed)
    }
}

pub(crate) fn verify(
    object: &[u8],
    believed: &CountrySigners,
) -> Result<SignedHashes, PassiveError> {
    SecurityObject::parse(object).unwrap().verify(believed, now())
}
