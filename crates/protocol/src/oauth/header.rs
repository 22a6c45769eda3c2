//! Request headers that carry proofs and tokens.

use thiserror::Error;

use super::{ErrorCode, ErrorResponse, OpaqueToken};

/// A header that may stand once stands twice, or is not ASCII: which one counts would be a guess
/// (RFC 9449 §4.3 check 1, attestation-based client authentication §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the header is repeated or not ASCII")]
pub struct RepeatedHeader;

/// The one value of a header, or `None` where it is absent.
///
/// # Errors
/// [`RepeatedHeader`] where there are several, or one that is not visible ASCII.
pub fn single_header<'a>(
    values: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<&'a str>, RepeatedHeader> {
    let mut values = values.into_iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(RepeatedHeader);
    }
    let text = std::str::from_utf8(first).map_err(|_| RepeatedHeader)?.trim_matches([' ', '\t']);
    if text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        Ok(Some(text))
    } else {
        Err(RepeatedHeader)
    }
}

/// Why an `Authorization` header was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthorizationError {
    /// Another scheme than `DPoP`; a bound token shown as a bearer token is refused
    /// (RFC 9449 §7.1).
    #[error("the access token is not presented with the DPoP scheme")]
    Scheme,
    /// No token behind the scheme.
    #[error("the access token is malformed")]
    Token,
}

impl AuthorizationError {
    /// What the client is told.
    #[must_use]
    pub const fn response(&self) -> ErrorResponse {
        match self {
            Self::Scheme => ErrorResponse::new(
                ErrorCode::InvalidToken,
                "Present the access token as Authorization: DPoP with a DPoP proof.",
            ),
            Self::Token => {
                ErrorResponse::new(ErrorCode::InvalidToken, "The access token is malformed.")
            }
        }
    }
}

/// The access token of an `Authorization: DPoP <token>` header.
///
/// # Errors
/// [`AuthorizationError`] for any other scheme, `Bearer` among them.
pub fn dpop_access_token(authorization: &str) -> Result<OpaqueToken, AuthorizationError> {
    let (scheme, token) = authorization.split_once(' ').ok_or(AuthorizationError::Scheme)?;
    if !scheme.eq_ignore_ascii_case("DPoP") {
        return Err(AuthorizationError::Scheme);
    }
    OpaqueToken::parse(token.trim_matches(' ')).map_err(|_| AuthorizationError::Token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_header_and_no_more() {
        assert_eq!(single_header([]), Ok(None));
        assert_eq!(single_header([b"abc".as_slice()]), Ok(Some("abc")));
        assert_eq!(single_header([b"a".as_slice(), b"a".as_slice()]), Err(RepeatedHeader));
        assert_eq!(single_header([b"\xff".as_slice()]), Err(RepeatedHeader));
        assert_eq!(single_header([b"a\x00".as_slice()]), Err(RepeatedHeader));
    }

    #[test]
    fn only_dpop() {
        assert_eq!(dpop_access_token("DPoP abc").unwrap().expose(), "abc");
        assert_eq!(dpop_access_token("dpop abc").unwrap().expose(), "abc");
        assert_eq!(dpop_access_token("Bearer abc").err(), Some(AuthorizationError::Scheme));
        assert_eq!(dpop_access_token("DPoP").err(), Some(AuthorizationError::Scheme));
        assert_eq!(dpop_access_token("DPoP ").err(), Some(AuthorizationError::Token));
        assert_eq!(dpop_access_token("DPoP a b").err(), Some(AuthorizationError::Token));
    }
}
