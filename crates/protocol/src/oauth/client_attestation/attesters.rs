//! Who may vouch for wallets.

use jiff::Timestamp;
use tanda_credential::jose::VerifyingKey;
use tanda_credential::x509::{self, Certificate};

use super::AttestationError;

/// One wallet provider of the trust list.
#[derive(Clone, Debug)]
pub struct Attester {
    /// What its attestations have as `iss`.
    pub issuer: String,
    /// Its certificates as DER: those of its attestation keys themselves, or of the CA above them.
    pub certificates: Vec<Vec<u8>>,
}

/// The wallet providers of the trust list, read once and shared.
#[derive(Clone, Debug, Default)]
pub struct Attesters(Vec<Known>);

#[derive(Clone, Debug)]
struct Known {
    issuer: String,
    certificates: Vec<Certificate>,
}

impl Attesters {
    /// Reads the certificates of all providers.
    ///
    /// # Errors
    /// [`AttestationError::Certificate`] where one cannot be read.
    pub fn new(attesters: Vec<Attester>) -> Result<Self, AttestationError> {
        attesters
            .into_iter()
            .map(|attester| {
                let certificates = attester
                    .certificates
                    .iter()
                    .map(|der| Certificate::from_der(der))
                    .collect::<Result<_, _>>()
                    .map_err(|_| AttestationError::Certificate)?;
                Ok(Known { issuer: attester.issuer, certificates })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The provider whose certificate, or whose CA's child, signed: found by the chain in the
    /// header alone, so that a name in the token decides nothing.
    pub(super) fn resolve(
        &self,
        x5c: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<(&str, VerifyingKey), AttestationError> {
        let leaf = x5c.first().ok_or(AttestationError::UnknownAttester)?;
        for known in &self.0 {
            let listed = known.certificates.iter().find(|listed| listed.der() == leaf.as_slice());
            if let Some(listed) = listed {
                if !listed.is_valid_at(now) {
                    return Err(AttestationError::UnknownAttester);
                }
                return Ok((&known.issuer, listed.verifying_key().clone()));
            }
            if let Ok(chain) = x509::validate_chain(x5c, &known.certificates, now) {
                return Ok((&known.issuer, chain.leaf.verifying_key().clone()));
            }
        }
        Err(AttestationError::UnknownAttester)
    }
}
