//! Strict JSON: what two parsers could read differently is refused.
//!
//! RFC 8259 leaves duplicate member names open; a signature check that reads the first and a
//! decision that reads the last would be two different tokens. So: no duplicate names at any
//! depth, a bounded size, a bounded depth, nothing after the value.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use thiserror::Error;

/// The most bytes that [`parse`] reads: 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting of objects and arrays.
pub const MAX_DEPTH: usize = 32;

/// Why bytes are not acceptable JSON.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum JsonError {
    /// More than the allowed number of bytes.
    #[error("the JSON text is too long")]
    TooLong,
    /// Not UTF-8, broken syntax, a duplicate member name, too deep, or trailing text.
    #[error("not well-formed JSON, or a duplicate name, or nested too deeply")]
    Malformed,
    /// Well-formed, but not of the expected shape.
    #[error("the JSON value does not have the expected members")]
    WrongShape,
}

/// Parses one JSON value of at most [`MAX_BYTES`].
///
/// # Errors
/// [`JsonError::TooLong`] and [`JsonError::Malformed`].
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    parse_up_to(bytes, MAX_BYTES)
}

/// Parses one JSON value of at most `limit` bytes.
///
/// # Errors
/// As [`parse`].
pub fn parse_up_to(bytes: &[u8], limit: usize) -> Result<Value, JsonError> {
    if bytes.len() > limit {
        return Err(JsonError::TooLong);
    }
    let text = str::from_utf8(bytes).map_err(|_| JsonError::Malformed)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value =
        Strict { depth: 0 }.deserialize(&mut deserializer).map_err(|_| JsonError::Malformed)?;
    deserializer.end().map_err(|_| JsonError::Malformed)?;
    Ok(value)
}

/// Parses a JSON object of at most [`MAX_BYTES`].
///
/// # Errors
/// As [`parse`], and [`JsonError::WrongShape`] where the value is no object.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse(bytes)? {
        Value::Object(map) => Ok(map),
        _ => Err(JsonError::WrongShape),
    }
}

/// Parses strictly, then reads the value as `T`.
///
/// # Errors
/// As [`parse`], and [`JsonError::WrongShape`] where the value is no `T`.
pub fn parse_as<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    parse_as_up_to(bytes, MAX_BYTES)
}

/// As [`parse_as`], of at most `limit` bytes.
///
/// # Errors
/// As [`parse_as`].
pub fn parse_as_up_to<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, JsonError> {
    parse_up_to(bytes, limit).and_then(read)
}

/// Reads an already strictly parsed value as `T`.
///
/// # Errors
/// [`JsonError::WrongShape`].
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    T::deserialize(value).map_err(|_| JsonError::WrongShape)
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate name"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn reads_what_is_well_formed() {
        let text = br#" {"a":[1,-2,2.5,true,null,"x"],"b":{"a":{}}} "#;
        assert_eq!(parse(text), Ok(json!({"a":[1,-2,2.5,true,null,"x"],"b":{"a":{}}})));
    }

    #[test]
    fn refuses_duplicate_names_at_any_depth() {
        assert_eq!(parse(br#"{"a":1,"a":1}"#), Err(JsonError::Malformed));
        assert_eq!(parse(br#"[{"b":{"a":1,"\u0061":1}}]"#), Err(JsonError::Malformed));
    }

    #[test]
    fn refuses_depth_size_and_trailing_text() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(parse(nested(MAX_DEPTH + 1).as_bytes()), Err(JsonError::Malformed));
        assert_eq!(parse(nested(100_000).as_bytes()), Err(JsonError::Malformed));
        assert_eq!(parse(b"{} {}"), Err(JsonError::Malformed));
        assert_eq!(parse(b"\"\xff\""), Err(JsonError::Malformed));
        assert_eq!(parse(&vec![b' '; MAX_BYTES + 1]), Err(JsonError::TooLong));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _outcome = parse(&bytes);
        }

        #[test]
        fn agrees_with_serde_json_where_it_accepts(text in "[\\[\\]{}:,\"a0-9 ]{0,40}") {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }
    }
}
