//! The answer: an encrypted `vp_token`, or an error (OpenID4VP 1.0 §8).

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use tanda_credential::{
    jose::{self, DecryptionKey, JweError, Recipient},
    json,
};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::request::{AuthorizationRequest, Nonce};

const MAX_FORM: usize = 512 * 1024;
const MAX_QUERIES: usize = 16;
const MAX_PRESENTATIONS: usize = 4;

/// The presentations, by the identifier of the credential query that each answers (OpenID4VP 1.0
/// §8.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<String>>")]
pub struct VpToken(BTreeMap<String, Vec<String>>);

impl VpToken {
    /// A token with these presentations, one for each query.
    #[must_use]
    pub fn new(presentations: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(
            presentations
                .into_iter()
                .map(|(query, presentation)| (query, vec![presentation]))
                .collect(),
        )
    }

    /// The presentation, if there is exactly one and it answers this query alone.
    #[must_use]
    pub fn only(&self, query: &str) -> Option<&str> {
        match (self.0.len(), self.0.get(query).map(Vec::as_slice)) {
            (1, Some([presentation])) => Some(presentation),
            _ => None,
        }
    }
}

/// Presentations hold personal data: only their number is shown.
impl fmt::Debug for VpToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VpToken({} credential queries)", self.0.len())
    }
}

impl TryFrom<BTreeMap<String, Vec<String>>> for VpToken {
    type Error = ResponseError;

    fn try_from(token: BTreeMap<String, Vec<String>>) -> Result<Self, ResponseError> {
        let lists_fit = token.values().all(|list| (1..=MAX_PRESENTATIONS).contains(&list.len()));
        if (1..=MAX_QUERIES).contains(&token.len()) && lists_fit {
            Ok(Self(token))
        } else {
            Err(ResponseError::VpToken)
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    vp_token: VpToken,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<Nonce>,
}

/// A decrypted answer.
#[derive(Debug)]
pub struct Answer {
    /// The presentations.
    pub vp_token: VpToken,
    /// The request's `state`, repeated.
    pub state: Option<Nonce>,
}

/// Encrypts the answer to `request` for the relying party that asked, as the body of the POST to
/// its `response_uri`.
///
/// `apv` is the request's nonce, so that the encryption too is bound to the request (RFC 7518
/// §4.6.2).
///
/// # Errors
/// [`ResponseError::NoWayToEncrypt`] where the request has no usable key.
pub fn encrypt(
    request: &AuthorizationRequest,
    vp_token: VpToken,
    rng: &mut impl rand::CryptoRng,
) -> Result<String, ResponseError> {
    let (key, enc) = request.client_metadata.encryption().ok_or(ResponseError::NoWayToEncrypt)?;
    let payload = Payload { vp_token, state: request.state.clone() };
    let payload = Zeroizing::new(serde_json::to_vec(&payload).map_err(|_| ResponseError::Payload)?);
    let mut apu = [0; 16];
    rng.fill_bytes(&mut apu);
    let apv = Some(request.nonce.as_str().as_bytes());
    let recipient = Recipient { key: &key, enc, apu: Some(&apu), apv, cty: None };
    let token = jose::encrypt(&payload, &recipient, rng).map_err(ResponseError::Encryption)?;
    Ok(form_urlencoded::Serializer::new(String::new()).append_pair("response", &token).finish())
}

/// Decrypts an answer to the request with this key and nonce.
///
/// # Errors
/// [`ResponseError`]: the answer was not made for this request, or is malformed.
pub fn decrypt(token: &str, key: &DecryptionKey, nonce: &Nonce) -> Result<Answer, ResponseError> {
    let decrypted = key.decrypt(token).map_err(ResponseError::Encryption)?;
    if decrypted.header.apv.is_some_and(|apv| apv != nonce.as_str().as_bytes()) {
        return Err(ResponseError::OtherRequest);
    }
    let payload: Payload =
        json::parse_as(&decrypted.plaintext).map_err(|_| ResponseError::Payload)?;
    Ok(Answer { vp_token: payload.vp_token, state: payload.state })
}

/// What arrives at the `response_uri`, before it is decrypted.
#[derive(Debug, PartialEq, Eq)]
pub enum Form {
    /// An encrypted answer: a compact JWE.
    Encrypted(String),
    /// The wallet or its holder declined (OpenID4VP 1.0 §8.5).
    Error {
        /// Why.
        error: ErrorCode,
        /// The request's `state`, repeated.
        state: Option<String>,
    },
}

impl Form {
    /// Reads the form.
    ///
    /// # Errors
    /// [`ResponseError::Form`] where it is neither of the two, or has a field twice.
    pub fn parse(body: &[u8]) -> Result<Self, ResponseError> {
        if body.len() > MAX_FORM {
            return Err(ResponseError::Form);
        }
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields.insert(name, value).is_some() {
                return Err(ResponseError::Form);
            }
        }
        let mut take = |name: &str| fields.remove(name).map(String::from);
        match (take("response"), take("error"), take("state")) {
            (Some(token), None, _) => Ok(Self::Encrypted(token)),
            (None, Some(error), state) => {
                Ok(Self::Error { error: ErrorCode::parse(&error), state })
            }
            _ => Err(ResponseError::Form),
        }
    }
}

/// The body of the POST that says that there will be no answer (OpenID4VP 1.0 §8.3.1, §8.5). It is
/// not encrypted: it tells nothing about the holder.
#[must_use]
pub fn decline(request: &AuthorizationRequest, error: ErrorCode) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("error", error.as_str());
    if let Some(state) = &request.state {
        form.append_pair("state", state.as_str());
    }
    form.finish()
}

/// Why there is no answer (OpenID4VP 1.0 §8.5, RFC 6749 §4.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is malformed, or asks too much.
    InvalidRequest,
    /// The asker is not known or not to be trusted.
    InvalidClient,
    /// The holder said no, or has nothing that answers.
    AccessDenied,
    /// None of the formats.
    VpFormatsNotSupported,
    /// Neither `get` nor `post`.
    InvalidRequestUriMethod,
    /// Something to agree to that the wallet can't show.
    InvalidTransactionData,
    /// There is no wallet.
    WalletUnavailable,
    /// Any other.
    Other,
}

impl ErrorCode {
    const NAMED: [Self; 7] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::AccessDenied,
        Self::VpFormatsNotSupported,
        Self::InvalidRequestUriMethod,
        Self::InvalidTransactionData,
        Self::WalletUnavailable,
    ];

    /// The code as it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::AccessDenied => "access_denied",
            Self::VpFormatsNotSupported => "vp_formats_not_supported",
            Self::InvalidRequestUriMethod => "invalid_request_uri_method",
            Self::InvalidTransactionData => "invalid_transaction_data",
            Self::WalletUnavailable => "wallet_unavailable",
            Self::Other => "server_error",
        }
    }

    fn parse(text: &str) -> Self {
        Self::NAMED.into_iter().find(|code| code.as_str() == text).unwrap_or(Self::Other)
    }
}

/// Why an answer can't be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// Neither one answer nor one error.
    #[error("the form holds neither an encrypted response nor an error")]
    Form,
    /// Not encrypted to this request's key, or tampered with.
    #[error("the response can't be decrypted: {0}")]
    Encryption(JweError),
    /// Encrypted for another request's nonce.
    #[error("the response was made for another request")]
    OtherRequest,
    /// What was encrypted is no response.
    #[error("the response's content is malformed")]
    Payload,
    /// The presentations are not an object of short lists.
    #[error("the vp_token is malformed")]
    VpToken,
    /// The request has no key or content encryption that could be used.
    #[error("the request offers no way to encrypt the response")]
    NoWayToEncrypt,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tanda_credential::b64;

    use super::*;

    /// OpenID4VP 1.0 §8.3: the encrypted response and its private key.
    #[test]
    fn decrypts_the_standards_example() {
        let token = "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSIsImtpZCI6ImFjIiwiZXBrIjp7Imt0eSI6IkVDIiwieCI6Im5ubVZwbTNW\
                     M2piaGNhZlFhUkJrU1ZOSGx3Wkh3dC05ck9wSnVmeVlJdWsiLCJ5Ijoicj\
                     RmakRxd0p5czlxVU9QLV9iM21SNVNaRy0tQ3dPMm1pYzVWU05UWU45ZyIsImNydiI6IlAtMjU2In19.\
                     .uAYcHRUSSn2X0WPX.\
                     yVzlGSYG4qbg0bq18JcUiDRw56yVnbKR8E7S7YlEtzT00RqE3Pw5oTpUG3hdLN4taHZ9gC1kwak8JOnJgQ.\
                     1wR024_3-qtAlx1oFIUpQQ";
        let key = b64::decode("Et-3ce0omz8_TuZ96Df9lp0GAaaDoUnDe6X-CRO7Aww").unwrap();
        let key = DecryptionKey::from_bytes(&key).unwrap();
        let answer = decrypt(token, &key, &"xyz123ltcaccescbwc777".parse().unwrap()).unwrap();
        assert_eq!(answer.vp_token.only("example_credential_id"), Some("eyJhb...YMetA"));
        assert_eq!(answer.state, None);
    }

    #[test]
    fn reads_one_answer_or_one_error() {
        assert_eq!(Form::parse(b"response=a.b&x=y"), Ok(Form::Encrypted("a.b".into())));
        let denied = Form::Error { error: ErrorCode::AccessDenied, state: Some("s".into()) };
        assert_eq!(Form::parse(b"error=access_denied&state=s&error_description=no"), Ok(denied));
        let other = Form::Error { error: ErrorCode::Other, state: None };
        assert_eq!(Form::parse(b"error=no_idea"), Ok(other));
        for bad in [
            &b""[..],
            b"response=a&response=b",
            b"response=a&error=access_denied",
            b"state=s",
            &[b'a'; MAX_FORM + 1],
        ] {
            assert_eq!(Form::parse(bad), Err(ResponseError::Form));
        }
    }

    #[test]
    fn a_vp_token_is_an_object_of_short_lists() {
        for (text, fits) in [
            (r#"{"a":["x"]}"#, true),
            (r#"{"a":[]}"#, false),
            (r#"{"a":"x"}"#, false),
            (r#"{}"#, false),
            (r#""x""#, false),
            (r#"{"a":[{}]}"#, false),
            (r#"{"a":["1","2","3","4","5"]}"#, false),
        ] {
            assert_eq!(serde_json::from_str::<VpToken>(text).is_ok(), fits, "{text}");
        }
        let two: VpToken = serde_json::from_str(r#"{"a":["x"],"b":["y"]}"#).unwrap();
        assert_eq!(two.only("a"), None);
        let twice: VpToken = serde_json::from_str(r#"{"a":["x","y"]}"#).unwrap();
        assert_eq!(twice.only("a"), None);
    }

    proptest! {
        #[test]
        fn any_form_is_read_or_refused(body: Vec<u8>) {
            let _ = Form::parse(&body);
        }
    }
}
