//! The claims that every JWT here shares: times and audiences (RFC 7519 §4.1).

use jiff::{SignedDuration, Timestamp};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `NumericDate`: seconds since the epoch, whole or with a fraction when read, whole when
/// written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NumericDate(pub(crate) Timestamp);

impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.as_second())
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seconds;
        impl Visitor<'_> for Seconds {
            type Value = NumericDate;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("seconds since the epoch")
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<NumericDate, E> {
                Timestamp::from_second(seconds)
                    .map(NumericDate)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(seconds), &self))
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<NumericDate, E> {
                let signed = i64::try_from(seconds)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(seconds), &self))?;
                self.visit_i64(signed)
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<NumericDate, E> {
                SignedDuration::try_from_secs_f64(seconds)
                    .and_then(Timestamp::from_duration)
                    .map(NumericDate)
                    .map_err(|_| E::invalid_value(Unexpected::Float(seconds), &self))
            }
        }
        deserializer.deserialize_any(Seconds)
    }
}

/// An `aud` claim: one audience as a string, or a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    /// The usual form.
    One(String),
    /// The list form.
    Many(Vec<String>),
}

impl Audience {
    /// Whether the token is meant for `expected` and for nobody else: a token that names further
    /// audiences could be replayed to us by one of them.
    pub(crate) fn is_only(&self, expected: &str) -> bool {
        match self {
            Self::One(audience) => audience == expected,
            Self::Many(audiences) => {
                matches!(audiences.as_slice(), [audience] if audience == expected)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(json: &str) -> Option<i64> {
        serde_json::from_str::<NumericDate>(json).ok().map(|date| date.0.as_second())
    }

    #[test]
    fn numeric_dates() {
        assert_eq!(date("1701960444"), Some(1_701_960_444));
        assert_eq!(date("1701960444.75"), Some(1_701_960_444));
        assert_eq!(date("-1"), Some(-1));
        for bad in ["18446744073709551615", "9223372036854775807", "1e300", "\"1\"", "null"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_audience_is_ours_alone_or_not_ours() {
        let audience = |json: &str| serde_json::from_str::<Audience>(json).unwrap();
        assert!(audience(r#""https://a.example""#).is_only("https://a.example"));
        assert!(audience(r#"["https://a.example"]"#).is_only("https://a.example"));
        assert!(
            !audience(r#"["https://a.example","https://b.example"]"#).is_only("https://a.example")
        );
        assert!(!audience("[]").is_only("https://a.example"));
        assert!(!audience(r#""https://a.example/""#).is_only("https://a.example"));
    }
}
