//! The token endpoint: requests and answers (RFC 6749 §3.2 and §5, OpenID4VCI 1.0 §6).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tanda_credential::json;
use thiserror::Error;
use url::form_urlencoded::Serializer as FormSerializer;

use super::form::{Form, FormError};
use super::{ErrorCode, ErrorResponse, MessageError, OpaqueToken};

/// The grant type of OpenID4VCI's pre-authorized code.
pub const PRE_AUTHORIZED_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// The grant type of a refresh token.
pub const REFRESH_TOKEN_GRANT: &str = "refresh_token";

/// What a client shows to get an access token.
#[derive(Clone, Debug)]
pub enum Grant {
    /// The code of a credential offer.
    PreAuthorizedCode {
        /// The code.
        code: OpaqueToken,
        /// The transaction code that the person types, where the offer asks for one.
        tx_code: Option<String>,
    },
    /// A refresh token from an earlier answer.
    RefreshToken(OpaqueToken),
}

/// A token request.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// What is shown.
    pub grant: Grant,
    /// The client's own word on who it is. Clients that authenticate by attestation may leave it
    /// out; where it is sent, it must be the attested one.
    pub client_id: Option<String>,
    /// The credential issuer that the token is for (RFC 8707); npm's wallets send it.
    pub resource: Option<String>,
}

/// Why a token request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenRequestError {
    /// The body is no form, or repeats a parameter.
    #[error("the body is not a form with each parameter once")]
    Form,
    /// A parameter that the grant needs is missing or malformed.
    #[error("the parameter {0} is missing or malformed")]
    Parameter(&'static str),
    /// Another grant than the two.
    #[error("the grant type is not supported")]
    GrantType,
}

impl From<FormError> for TokenRequestError {
    fn from(_: FormError) -> Self {
        Self::Form
    }
}

impl TokenRequestError {
    /// What the client is told.
    #[must_use]
    pub const fn response(&self) -> ErrorResponse {
        match self {
            Self::Form => ErrorResponse::new(
                ErrorCode::InvalidRequest,
                "Send application/x-www-form-urlencoded with each parameter once.",
            ),
            Self::Parameter(_) => ErrorResponse::new(
                ErrorCode::InvalidRequest,
                "A parameter of the grant is missing or malformed.",
            ),
            Self::GrantType => ErrorResponse::new(
                ErrorCode::UnsupportedGrantType,
                "Supported: the pre-authorized code and the refresh token.",
            ),
        }
    }
}

impl TokenRequest {
    /// Reads the body of a token request.
    ///
    /// # Errors
    /// [`TokenRequestError`] where it is not one of the two grants, complete and unambiguous.
    pub fn parse(body: &[u8]) -> Result<Self, TokenRequestError> {
        let mut form = Form::parse(body)?;
        let token = |form: &mut Form, name: &'static str| {
            let text = form.take(name).ok_or(TokenRequestError::Parameter(name))?;
            OpaqueToken::parse(&text).map_err(|_| TokenRequestError::Parameter(name))
        };
        let grant_type =
            form.take("grant_type").ok_or(TokenRequestError::Parameter("grant_type"))?;
        let grant = match grant_type.as_str() {
            PRE_AUTHORIZED_CODE_GRANT => {
                let code = token(&mut form, "pre-authorized_code")?;
                Grant::PreAuthorizedCode { code, tx_code: form.take("tx_code") }
            }
            REFRESH_TOKEN_GRANT => Grant::RefreshToken(token(&mut form, "refresh_token")?),
            _ => return Err(TokenRequestError::GrantType),
        };
        Ok(Self { grant, client_id: form.take("client_id"), resource: form.take("resource") })
    }

    /// Writes the request as a form.
    #[must_use]
    pub fn to_form(&self) -> String {
        let mut form = FormSerializer::new(String::new());
        match &self.grant {
            Grant::PreAuthorizedCode { code, tx_code } => {
                form.append_pair("grant_type", PRE_AUTHORIZED_CODE_GRANT);
                form.append_pair("pre-authorized_code", code.expose());
                if let Some(tx_code) = tx_code {
                    form.append_pair("tx_code", tx_code);
                }
            }
            Grant::RefreshToken(token) => {
                form.append_pair("grant_type", REFRESH_TOKEN_GRANT);
                form.append_pair("refresh_token", token.expose());
            }
        }
        for (name, value) in [("client_id", &self.client_id), ("resource", &self.resource)] {
            if let Some(value) = value {
                form.append_pair(name, value);
            }
        }
        form.finish()
    }
}

/// How an access token is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// With a DPoP proof (RFC 9449 §5).
    Dpop,
    /// By whoever has it.
    Bearer,
}

impl Serialize for TokenType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Dpop => "DPoP",
            Self::Bearer => "Bearer",
        })
    }
}

impl<'de> Deserialize<'de> for TokenType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.eq_ignore_ascii_case("DPoP") {
            Ok(Self::Dpop)
        } else if text.eq_ignore_ascii_case("Bearer") {
            Ok(Self::Bearer)
        } else {
            Err(serde::de::Error::custom("an unknown token type"))
        }
    }
}

/// The answer to a token request (RFC 6749 §5.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenResponse {
    /// What opens the credential endpoint.
    pub access_token: OpaqueToken,
    /// How it is shown.
    pub token_type: TokenType,
    /// Its life in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// What fetches the next access token; each is good once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<OpaqueToken>,
}

impl TokenResponse {
    /// An answer with a token that is bound to the DPoP key, good for `expires_in` seconds.
    #[must_use]
    pub const fn dpop(
        access_token: OpaqueToken,
        expires_in: u64,
        refresh_token: Option<OpaqueToken>,
    ) -> Self {
        Self {
            access_token,
            token_type: TokenType::Dpop,
            expires_in: Some(expires_in),
            refresh_token,
        }
    }

    /// Reads an answer, as a wallet that asked with a DPoP proof.
    ///
    /// # Errors
    /// [`MessageError`] where the body is no token answer, or the token is a bearer token: a
    /// server that ignored the proof must not pass unnoticed (RFC 9449 §5).
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let response: Self = json::parse_as(body)?;
        match response.token_type {
            TokenType::Dpop => Ok(response),
            TokenType::Bearer => Err(MessageError::NotSenderConstrained),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> TokenRequestError {
        TokenRequest::parse(body.as_bytes()).unwrap_err()
    }

    #[test]
    fn the_specs_example() {
        // OpenID4VCI 1.0 §6.1.
        let request = TokenRequest::parse(
            b"grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code\
              &pre-authorized_code=SplxlOBeZQQYbYS6WxSbIA&tx_code=493536",
        )
        .unwrap();
        let Grant::PreAuthorizedCode { code, tx_code } = &request.grant else { panic!() };
        assert_eq!(code.expose(), "SplxlOBeZQQYbYS6WxSbIA");
        assert_eq!(tx_code.as_deref(), Some("493536"));
        assert_eq!(request.client_id, None);
        let again = TokenRequest::parse(request.to_form().as_bytes()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{request:?}"));
    }

    #[test]
    fn what_the_npm_wallet_sends() {
        let request = TokenRequest::parse(
            b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code\
              &pre-authorized_code=abc&resource=http%3A%2F%2Flocalhost%3A8600&tx_code=1&user_pin=1",
        )
        .unwrap();
        assert_eq!(request.resource.as_deref(), Some("http://localhost:8600"));
    }

    #[test]
    fn refresh() {
        let request = TokenRequest {
            grant: Grant::RefreshToken(OpaqueToken::parse("r").unwrap()),
            client_id: Some("tanda-wallet".to_owned()),
            resource: None,
        };
        assert_eq!(
            request.to_form(),
            "grant_type=refresh_token&refresh_token=r&client_id=tanda-wallet"
        );
        assert!(matches!(
            TokenRequest::parse(request.to_form().as_bytes()).unwrap().grant,
            Grant::RefreshToken(_)
        ));
    }

    #[test]
    fn refusals() {
        assert_eq!(refusal(""), TokenRequestError::Parameter("grant_type"));
        assert_eq!(refusal("grant_type=authorization_code&code=a"), TokenRequestError::GrantType);
        assert_eq!(refusal("grant_type=password"), TokenRequestError::GrantType);
        assert_eq!(
            refusal("grant_type=refresh_token"),
            TokenRequestError::Parameter("refresh_token")
        );
        assert_eq!(
            refusal("grant_type=refresh_token&refresh_token=a&refresh_token=b"),
            TokenRequestError::Form
        );
        assert_eq!(
            refusal(&format!("grant_type={PRE_AUTHORIZED_CODE_GRANT}&pre-authorized_code=a+b")),
            TokenRequestError::Parameter("pre-authorized_code")
        );
        assert_eq!(
            refusal("grant_type=password").response().error.as_str(),
            "unsupported_grant_type"
        );
    }

    #[test]
    fn a_bearer_token_is_not_taken() {
        let ours = TokenResponse::dpop(OpaqueToken::parse("a").unwrap(), 300, None);
        let json = serde_json::to_string(&ours).unwrap();
        assert_eq!(json, r#"{"access_token":"a","token_type":"DPoP","expires_in":300}"#);
        assert_eq!(TokenResponse::parse(json.as_bytes()).unwrap().expires_in, Some(300));
        assert!(matches!(
            TokenResponse::parse(br#"{"access_token":"a","token_type":"Bearer"}"#),
            Err(MessageError::NotSenderConstrained)
        ));
        assert!(TokenResponse::parse(br#"{"access_token":"a"}"#).is_err());
    }
}
