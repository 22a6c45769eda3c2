//! `application/x-www-form-urlencoded` bodies, read strictly.

use std::collections::HashMap;

use thiserror::Error;

/// Larger than any token request; the server's own limit is usually tighter.
const MAX_FORM_BYTES: usize = 32 * 1024;

/// Why a form was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum FormError {
    #[error("the form is too large")]
    TooLarge,
    #[error("the form is not UTF-8")]
    NotUtf8,
    #[error("a parameter is repeated")]
    Repeated,
}

/// The parameters of a form. A parameter without a value counts as left out, a repeated one is
/// refused (RFC 6749 §3.2).
pub(crate) struct Form(HashMap<String, String>);

impl Form {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, FormError> {
        if body.len() > MAX_FORM_BYTES {
            return Err(FormError::TooLarge);
        }
        let mut parameters = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            // The decoder puts U+FFFD where bytes were no UTF-8; no parameter of ours holds one.
            if name.contains('\u{FFFD}') || value.contains('\u{FFFD}') {
                return Err(FormError::NotUtf8);
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(FormError::Repeated);
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let mut form = Form::parse(b"a=1+2&b=%3D&c=&d").unwrap();
        assert_eq!(form.take("a").as_deref(), Some("1 2"));
        assert_eq!(form.take("b").as_deref(), Some("="));
        assert_eq!(form.take("c"), None);
        assert_eq!(form.take("d"), None);
    }

    #[test]
    fn refusals() {
        assert_eq!(Form::parse(b"a=1&a=2").err(), Some(FormError::Repeated));
        assert_eq!(Form::parse(b"a=1&a=").err(), Some(FormError::Repeated));
        assert_eq!(Form::parse(b"a=%ff").err(), Some(FormError::NotUtf8));
        assert_eq!(Form::parse(&vec![b'a'; MAX_FORM_BYTES + 1]).err(), Some(FormError::TooLarge));
    }
}
