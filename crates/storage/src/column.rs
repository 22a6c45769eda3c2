//! Reading typed values out of rows, and the one way in which times are written.

use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::StorageError;

/// A moment as columns have it: milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A moment out of a column of milliseconds.
pub(crate) fn timestamp(row: &SqliteRow, column: &'static str) -> Result<Timestamp, StorageError> {
    let millis: i64 = row.try_get(column)?;
    Timestamp::from_millisecond(millis).map_err(|_| StorageError::Damaged(column))
}

/// A moment out of a column of milliseconds that may be null.
pub(crate) fn optional_timestamp(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<Timestamp>, StorageError> {
    let millis: Option<i64> = row.try_get(column)?;
    millis
        .map(|millis| {
            Timestamp::from_millisecond(millis).map_err(|_| StorageError::Damaged(column))
        })
        .transpose()
}

/// A count, size or number, which is never negative.
pub(crate) fn unsigned(row: &SqliteRow, column: &'static str) -> Result<u64, StorageError> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|_| StorageError::Damaged(column))
}

/// A value with a text form: identifiers, states, levels.
pub(crate) fn parsed<T: FromStr>(row: &SqliteRow, column: &'static str) -> Result<T, StorageError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| StorageError::Damaged(column))
}

/// A value with a text form that may be null.
pub(crate) fn optional_parsed<T: FromStr>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>, StorageError> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| text.parse().map_err(|_| StorageError::Damaged(column))).transpose()
}

/// A value that is stored as JSON text.
pub(crate) fn json<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<T, StorageError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|_| StorageError::Damaged(column))
}

/// A value as JSON text, to be bound.
pub(crate) fn to_json<T: Serialize>(
    value: &T,
    column: &'static str,
) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|_| StorageError::Damaged(column))
}
