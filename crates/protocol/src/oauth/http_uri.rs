//! The `htu` of a DPoP proof: an HTTP URI without query and fragment, normalised before it is
//! compared (RFC 9449 §4.3 check 9, RFC 3986 §6.2.2 and §6.2.3).

use url::Url;

/// A request target in its normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpUri(String);

impl HttpUri {
    /// Reads a URI; `None` for anything that is not http(s), that carries credentials, or whose path
    /// has a `%` without two hexadecimal digits behind it (RFC 3986 §2.1): normalised once and
    /// twice, that would be two targets.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut url = Url::parse(text).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        url.set_query(None);
        url.set_fragment(None);
        // The URL parser has folded the case of scheme and host, dropped default ports and
        // resolved dot segments; what is left is the percent-encoding of the path.
        let origin = url.origin().ascii_serialization();
        normal_path(url.path()).map(|path| Self(origin + &path))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Decodes unreserved characters and writes the rest of the escapes in upper case.
fn normal_path(path: &str) -> Option<String> {
    let mut normal = String::with_capacity(path.len());
    let mut pieces = path.split('%');
    normal.push_str(pieces.next()?);
    for piece in pieces {
        let (hex, rest) = piece.split_at_checked(2)?;
        // `from_str_radix` would take a sign as well.
        let byte = u8::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'))?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            normal.push(char::from(byte));
        } else {
            normal.push_str(&format!("%{byte:02X}"));
        }
        normal.push_str(rest);
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_target() {
        let target = HttpUri::parse("https://as.example/oauth/token").unwrap();
        for same in [
            "https://as.example:443/oauth/token",
            "HTTPS://AS.EXAMPLE/oauth/token",
            "https://as.example/oauth/token?x=1",
            "https://as.example/oauth/token#f",
            "https://as.example/x/../oauth/./token",
            "https://as.example/oauth/%74oken",
        ] {
            assert_eq!(HttpUri::parse(same).as_ref(), Some(&target), "{same}");
        }
        assert_eq!(
            HttpUri::parse("https://as.example/a%2fb"),
            HttpUri::parse("https://as.example/a%2Fb")
        );
    }

    #[test]
    fn another_target() {
        let target = HttpUri::parse("https://as.example/oauth/token").unwrap();
        for other in [
            "http://as.example/oauth/token",
            "https://as.example:8443/oauth/token",
            "https://as.example/oauth/token/",
            "https://as.example/oauth/Token",
            "https://evil.example/oauth/token",
            "https://as.example/oauth%2Ftoken",
        ] {
            assert_ne!(HttpUri::parse(other), Some(target.clone()), "{other}");
        }
        for none in
            ["", "token", "ftp://as.example/", "https://u:p@as.example/oauth/token", "https://"]
        {
            assert_eq!(HttpUri::parse(none), None, "{none}");
        }
    }

    #[test]
    fn broken_escapes_are_no_uri() {
        for path in ["/a%", "/a%zz%4", "/%é", "/%+f", "/%%341"] {
            assert_eq!(normal_path(path), None, "{path}");
        }
        assert_eq!(normal_path("/%7E%2f"), Some("/~%2F".to_owned()));
    }
}
