//! Authorization server metadata (RFC 8414).

use serde::{Deserialize, Serialize};
use tanda_credential::json;
use thiserror::Error;
use url::Url;

use super::{IssuerUrl, MessageError, PRE_AUTHORIZED_CODE_GRANT, REFRESH_TOKEN_GRANT, is_secure};

const ATTESTATION: &str = "attest_jwt_client_auth";

/// Why metadata was refused.
#[derive(Debug, Error)]
pub enum MetadataError {
    /// Not the JSON that it should be.
    #[error("the metadata cannot be read")]
    Message(#[from] MessageError),
    /// It names another issuer than the one whose metadata was fetched.
    #[error("the metadata is another issuer's")]
    OtherIssuer,
    /// An endpoint is not https.
    #[error("an endpoint of the metadata is not an https URL")]
    Insecure,
    /// The server does not offer what this wallet needs.
    #[error("the server does not support {0}")]
    Unsupported(&'static str),
}

/// What an authorization server says about itself: as much as a wallet needs, and what Tanda's
/// says. Unknown members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationServerMetadata {
    /// The server's identifier.
    pub issuer: IssuerUrl,
    /// Where tokens are fetched.
    pub token_endpoint: Url,
    /// The grants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// How clients authenticate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// The algorithms of DPoP proofs (RFC 9449 §5.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// The algorithms of wallet attestations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_attestation_signing_alg_values_supported: Vec<String>,
    /// The algorithms of their proofs of possession.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_attestation_pop_signing_alg_values_supported: Vec<String>,
    /// Where challenges for those proofs are fetched, if anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge_endpoint: Option<Url>,
    /// Whether a pre-authorized code is taken from a client that does not say who it is
    /// (OpenID4VCI 1.0 §12.3).
    #[serde(
        rename = "pre-authorized_grant_anonymous_access_supported",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub pre_authorized_grant_anonymous_access_supported: Option<bool>,
    /// The PKCE methods, for the authorization code grant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
}

impl AuthorizationServerMetadata {
    /// The metadata of a server as Tanda's authorities are: pre-authorized codes and refresh
    /// tokens, for attested wallets, bound by DPoP, ES256 throughout.
    #[must_use]
    pub fn new(issuer: IssuerUrl, token_endpoint: Url) -> Self {
        let es256 = || vec!["ES256".to_owned()];
        Self {
            issuer,
            token_endpoint,
            grant_types_supported: vec![
                PRE_AUTHORIZED_CODE_GRANT.to_owned(),
                REFRESH_TOKEN_GRANT.to_owned(),
            ],
            token_endpoint_auth_methods_supported: vec![ATTESTATION.to_owned()],
            dpop_signing_alg_values_supported: es256(),
            client_attestation_signing_alg_values_supported: es256(),
            client_attestation_pop_signing_alg_values_supported: es256(),
            challenge_endpoint: None,
            pre_authorized_grant_anonymous_access_supported: Some(false),
            code_challenge_methods_supported: Vec::new(),
        }
    }

    /// Where the metadata of an issuer lies (RFC 8414 §3.1).
    #[must_use]
    pub fn well_known(issuer: &IssuerUrl) -> Url {
        issuer.well_known("oauth-authorization-server")
    }

    /// Reads metadata that was fetched for `issuer`.
    ///
    /// # Errors
    /// [`MetadataError`] where it is malformed, another issuer's (RFC 8414 §3.3) or leads out of
    /// https.
    pub fn parse(body: &[u8], issuer: &IssuerUrl) -> Result<Self, MetadataError> {
        let metadata: Self = json::parse_as(body).map_err(MessageError::from)?;
        if metadata.issuer != *issuer {
            return Err(MetadataError::OtherIssuer);
        }
        let endpoints = [Some(&metadata.token_endpoint), metadata.challenge_endpoint.as_ref()];
        if !endpoints.into_iter().flatten().all(is_secure) {
            return Err(MetadataError::Insecure);
        }
        Ok(metadata)
    }

    /// Whether a wallet of ours can get a card here.
    ///
    /// # Errors
    /// [`MetadataError::Unsupported`] with what is missing.
    pub fn check_usable(&self) -> Result<(), MetadataError> {
        let lists = |list: &[String], value: &str| list.iter().any(|listed| listed == value);
        if !lists(&self.grant_types_supported, PRE_AUTHORIZED_CODE_GRANT) {
            return Err(MetadataError::Unsupported("the pre-authorized code grant"));
        }
        if !lists(&self.token_endpoint_auth_methods_supported, ATTESTATION) {
            return Err(MetadataError::Unsupported("wallet attestation"));
        }
        if !lists(&self.dpop_signing_alg_values_supported, "ES256") {
            return Err(MetadataError::Unsupported("DPoP with ES256"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn issuer() -> IssuerUrl {
        IssuerUrl::parse("http://localhost:8600").unwrap()
    }

    fn ours() -> Value {
        let token_endpoint = Url::parse("http://localhost:8600/oauth/token").unwrap();
        serde_json::to_value(AuthorizationServerMetadata::new(issuer(), token_endpoint)).unwrap()
    }

    fn parse(value: &Value) -> Result<AuthorizationServerMetadata, MetadataError> {
        AuthorizationServerMetadata::parse(value.to_string().as_bytes(), &issuer())
    }

    #[test]
    fn ours_is_usable() {
        assert_eq!(
            ours(),
            json!({
                "issuer": "http://localhost:8600",
                "token_endpoint": "http://localhost:8600/oauth/token",
                "grant_types_supported":
                    ["urn:ietf:params:oauth:grant-type:pre-authorized_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["attest_jwt_client_auth"],
                "dpop_signing_alg_values_supported": ["ES256"],
                "client_attestation_signing_alg_values_supported": ["ES256"],
                "client_attestation_pop_signing_alg_values_supported": ["ES256"],
                "pre-authorized_grant_anonymous_access_supported": false,
            })
        );
        parse(&ours()).unwrap().check_usable().unwrap();
        assert_eq!(
            AuthorizationServerMetadata::well_known(&issuer()).as_str(),
            "http://localhost:8600/.well-known/oauth-authorization-server"
        );
    }

    #[test]
    fn the_specs_example_is_read() {
        // RFC 8414 §3.2, shortened; it offers nothing that a wallet could use.
        let server = IssuerUrl::parse("https://server.example.com").unwrap();
        let body = br#"{"issuer":"https://server.example.com","authorization_endpoint":"https://server.example.com/authorize","token_endpoint":"https://server.example.com/token","token_endpoint_auth_methods_supported":["client_secret_basic","private_key_jwt"],"token_endpoint_auth_signing_alg_values_supported":["RS256","ES256"],"jwks_uri":"https://server.example.com/jwks.json","response_types_supported":["code","code token"],"ui_locales_supported":["en-US"]}"#;
        let metadata = AuthorizationServerMetadata::parse(body, &server).unwrap();
        assert!(matches!(metadata.check_usable(), Err(MetadataError::Unsupported(_))));
    }

    #[test]
    fn refusals() {
        let with = |name: &str, value: Value| {
            let mut metadata = ours();
            metadata[name] = value;
            parse(&metadata)
        };
        assert!(matches!(
            with("issuer", json!("http://localhost:8600/")),
            Err(MetadataError::OtherIssuer)
        ));
        assert!(matches!(
            with("token_endpoint", json!("http://as.example/token")),
            Err(MetadataError::Insecure)
        ));
        assert!(matches!(
            with("challenge_endpoint", json!("http://as.example/c")),
            Err(MetadataError::Insecure)
        ));
        assert!(with("token_endpoint", Value::Null).is_err());
        for name in [
            "grant_types_supported",
            "token_endpoint_auth_methods_supported",
            "dpop_signing_alg_values_supported",
        ] {
            let metadata = with(name, json!(["other"])).unwrap();
            assert!(
                matches!(metadata.check_usable(), Err(MetadataError::Unsupported(_))),
                "{name}"
            );
        }
    }
}
