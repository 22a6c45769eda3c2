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

/// The languages in which cards describe themselves (RFC 5646); English first.
const LOCALES: [&str; 3] = ["en", "id", "zh"];

impl Authority {
    /// What wallets read to fetch cards (OpenID4VCI 1.0, section 12.2).
    ///
    /// # Errors
    /// [`Fault`] when the issuer's URL takes no path.
    pub fn issuer_metadata(&self) -> Result<CredentialIssuerMetadata, Fault> {
        let configurations = AssuranceLevel::ALL
            .map(|level| (level.credential_configuration_id().to_owned(), configuration(level)));
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
            credential_configurations_supported: configurations.into(),
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
            name: type_names(level).first().map(|&english| english.to_owned()),
            description: None,
            display: LOCALES
                .iter()
                .zip(type_names(level))
                .map(|(locale, name)| TypeDisplay {
                    locale: (*locale).to_owned(),
                    name: name.to_owned(),
                    description: None,
                    rendering: None,
                })
                .collect(),
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

/// What wallets read of the card of a level.
fn configuration(level: AssuranceLevel) -> CredentialConfiguration {
    let mut configuration = CredentialConfiguration::sd_jwt_vc(level.vct());
    configuration.scope = Some(level.credential_configuration_id().to_owned());
    configuration.credential_metadata = Some(CredentialMetadata {
        display: LOCALES
            .iter()
            .zip(type_names(level))
            .map(|(locale, name)| CredentialDisplay {
                name: name.to_owned(),
                locale: Some((*locale).to_owned()),
                ..CredentialDisplay::default()
            })
            .collect(),
        claims: Vec::new(),
    });
    configuration
}

/// The card's name, in the order of [`LOCALES`].
const fn type_names(level: AssuranceLevel) -> [&'static str; LOCALES.len()] {
    match level {
        AssuranceLevel::Light => ["Light card", "Kartu ringan", "轻量版电子身份证"],
        AssuranceLevel::Full => ["Full card", "Kartu penuh", "升级版电子身份证"],
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
    let display = LOCALES.iter().zip(labels(claim)).map(|(locale, label)| ClaimDisplay {
        locale: (*locale).to_owned(),
        label: label.to_owned(),
        description: None,
    });
    ClaimMetadata {
        path,
        display: display.collect(),
        mandatory: false,
        sd: SelectiveDisclosure::Always,
    }
}

/// What a claim is called, in the order of [`LOCALES`].
const fn labels(claim: Claim) -> [&'static str; LOCALES.len()] {
    match claim {
        Claim::FamilyName => ["Family name", "Nama keluarga", "姓"],
        Claim::GivenName => ["Given name", "Nama depan", "名"],
        Claim::BirthDate => ["Date of birth", "Tanggal lahir", "出生日期"],
        Claim::Sex => ["Sex", "Jenis kelamin", "性别"],
        Claim::Nationalities => ["Nationalities", "Kewarganegaraan", "国籍"],
        Claim::Number => ["Resident number", "Nomor penduduk", "身份证号"],
        Claim::NumberTail => {
            ["End of the resident number", "Akhir nomor penduduk", "身份证号后四位"]
        }
        Claim::Picture => ["Portrait", "Foto", "照片"],
        Claim::AgeEqualOrOver(_) => ["18 or older", "18 tahun atau lebih", "年满 18 周岁"],
        Claim::Pseudonym => ["Pseudonym", "Nama samaran", "化名"],
        Claim::IssuingAuthority => ["Issuing authority", "Otoritas penerbit", "签发机关"],
        Claim::IssuingCountry => ["Issuing country", "Negara penerbit", "签发国"],
        Claim::DateOfExpiry => ["Valid until", "Berlaku hingga", "有效期至"],
    }
}
