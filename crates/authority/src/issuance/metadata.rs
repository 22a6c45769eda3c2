use tanda_credential::sd_jwt::ClaimPath;
use tanda_credential::sd_jwt_vc::{
    ClaimDisplay, ClaimMetadata, SelectiveDisclosure, TypeDisplay, TypeMetadata, integrity,
};
use tanda_model::{AgeThreshold, AssuranceLevel, Claim};
use tanda_protocol::oauth::AuthorizationServerMetadata;
use tanda_protocol::vci::{
    BatchCredentialIssuance, CredentialConfiguration, CredentialDisplay, CredentialIssuerMetadata,
    CredentialMetadata, IssuerDisplay,
};
use url::Url;

use super::BATCH_SIZE;
use crate::{Authority, Fault};

impl Authority {
    /// What wallets read to fetch cards (OpenID4VCI 1.0, section 12.2).
    ///
    /// # Errors
    /// [`Fault`] when the issuer's URL takes no path.
    pub fn issuer_metadata(&self) -> Result<CredentialIssuerMetadata, Fault> {
        let level = AssuranceLevel::Light;
        let mut configuration = CredentialConfiguration::sd_jwt_vc(level.vct());
        configuration.scope = Some(level.credential_configuration_id().to_owned());
        configuration.credential_metadata = Some(CredentialMetadata {
            display: [("en", "Light card"), ("id", "Kartu ringan")]
                .map(|(locale, name)| CredentialDisplay {
                    name: name.to_owned(),
                    locale: Some(locale.to_owned()),
                    ..CredentialDisplay::default()
                })
                .to_vec(),
            claims: Vec::new(),
        });
        let id = level.credential_configuration_id().to_owned();
        Ok(CredentialIssuerMetadata {
            credential_issuer: self.config.issuer.clone(),
            authorization_servers: Vec::new(),
            credential_endpoint: self.endpoint("/openid4vci/credential")?,
            nonce_endpoint: Some(self.endpoint("/openid4vci/nonce")?),
            deferred_credential_endpoint: None,
            notification_endpoint: None,
            credential_request_encryption: None,
            credential_response_encryption: None,
            batch_credential_issuance: Some(BatchCredentialIssuance { batch_size: BATCH_SIZE }),
            display: vec![IssuerDisplay {
                name: Some(self.config.name().to_owned()),
                locale: Some("en".to_owned()),
                logo: None,
            }],
            credential_configurations_supported: [(id, configuration)].into(),
        })
    }

    /// What wallets read to get tokens (RFC 8414).
    ///
    /// # Errors
    /// [`Fault`] when the issuer's URL takes no path.
    pub fn authorization_server_metadata(&self) -> Result<AuthorizationServerMetadata, Fault> {
        let token_endpoint = self.endpoint("/oauth/token")?;
        Ok(AuthorizationServerMetadata::new(self.config.issuer.clone(), token_endpoint))
    }

    /// The type metadata of cards of a level, byte for byte as `vct#integrity` hashes it.
    pub fn type_metadata(&self, level: AssuranceLevel) -> Vec<u8> {
        let metadata = TypeMetadata {
            vct: level.vct().to_owned(),
            name: Some(type_name(level, "en").to_owned()),
            description: None,
            display: ["en", "id"]
                .map(|locale| TypeDisplay {
                    locale: locale.to_owned(),
                    name: type_name(level, locale).to_owned(),
                    description: None,
                    rendering: None,
                })
                .to_vec(),
            claims: Claim::all().filter(is_shown).map(describe).collect(),
        };
        serde_json::to_vec(&metadata).unwrap_or_default()
    }

    pub(super) fn type_integrity(&self, level: AssuranceLevel) -> String {
        integrity(&self.type_metadata(level))
    }

    fn endpoint(&self, path: &str) -> Result<Url, Fault> {
        self.url(path).parse().map_err(|_| Fault::Contradiction("the issuer's URL"))
    }
}

const fn type_name(level: AssuranceLevel, locale: &str) -> &'static str {
    let indonesian = matches!(locale.as_bytes(), b"id");
    match (level, indonesian) {
        (AssuranceLevel::Light, false) => "Light card",
        (AssuranceLevel::Light, true) => "Kartu ringan",
        (AssuranceLevel::Full, false) => "Full card",
        (AssuranceLevel::Full, true) => "Kartu penuh",
    }
}

/// Pseudonyms have names that differ by relying party, and one age stands for all.
fn is_shown(claim: &Claim) -> bool {
    match claim {
        Claim::Pseudonym => false,
        Claim::AgeEqualOrOver(threshold) => *threshold == AgeThreshold::ADULT,
        _ => true,
    }
}

fn describe(claim: Claim) -> ClaimMetadata {
    let path = match claim {
        Claim::AgeEqualOrOver(threshold) => {
            ClaimPath::names([claim.name().to_owned(), threshold.years().to_string()])
        }
        _ => ClaimPath::name(claim.name()),
    };
    let (en, id) = label(claim);
    let display = [("en", en), ("id", id)].map(|(locale, label)| ClaimDisplay {
        locale: locale.to_owned(),
        label: label.to_owned(),
        description: None,
    });
    ClaimMetadata {
        path,
        display: display.to_vec(),
        mandatory: false,
        sd: SelectiveDisclosure::Always,
    }
}

const fn label(claim: Claim) -> (&'static str, &'static str) {
    match claim {
        Claim::FamilyName => ("Family name", "Nama keluarga"),
        Claim::GivenName => ("Given name", "Nama depan"),
        Claim::BirthDate => ("Date of birth", "Tanggal lahir"),
        Claim::Sex => ("Sex", "Jenis kelamin"),
        Claim::Nationalities => ("Nationalities", "Kewarganegaraan"),
        Claim::Number => ("Resident number", "Nomor penduduk"),
        Claim::NumberTail => ("End of the resident number", "Akhir nomor penduduk"),
        Claim::Picture => ("Portrait", "Foto"),
        Claim::AgeEqualOrOver(_) => ("18 or older", "18 tahun atau lebih"),
        Claim::Pseudonym => ("Pseudonym", "Nama samaran"),
        Claim::IssuingAuthority => ("Issuing authority", "Otoritas penerbit"),
        Claim::IssuingCountry => ("Issuing country", "Negara penerbit"),
        Claim::DateOfExpiry => ("Valid until", "Berlaku hingga"),
    }
}
