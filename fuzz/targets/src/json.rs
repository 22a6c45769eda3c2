//! Strict JSON: whatever it takes, serde_json takes and reads alike; within the limits of length and
//! depth, and the same when it is written and read again.

use serde_json::Value;
use tanda_credential::json::{self, JsonError, MAX_DEPTH};

/// Deeper than the deepest nesting.
pub const MAX_LEN: usize = 512;

/// Takes a JSON text.
pub fn run(data: &[u8]) -> Option<()> {
    if let Some(limit) = data.len().checked_sub(1) {
        assert_eq!(json::parse_up_to(data, limit), Err(JsonError::TooLong));
    }
    let value = json::parse(data).ok()?;
    assert!(depth(&value) <= MAX_DEPTH);
    assert_eq!(serde_json::from_slice::<Value>(data).ok().as_ref(), Some(&value));
    assert_eq!(json::parse_object(data).is_ok(), value.is_object());
    let written = value.to_string();
    let again = json::parse(written.as_bytes()).unwrap();
    // serde_json may read a number with a fraction one unit in the last place off.
    assert!(again == value || has_fraction(&value), "{written}");
    Some(())
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(has_fraction),
        Value::Array(items) => items.iter().any(has_fraction),
        other => other.is_f64(),
    }
}
