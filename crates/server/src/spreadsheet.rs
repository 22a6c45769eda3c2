//! Tables for people's spreadsheets.

use std::borrow::Cow;

/// A table as CSV (RFC 4180), under a line of names.
///
/// # Errors
/// When a row has more or fewer cells than there are names.
pub(crate) fn csv<'a, Row: IntoIterator<Item = Cow<'a, str>>>(
    names: impl IntoIterator<Item = Cow<'a, str>>,
    rows: impl IntoIterator<Item = Row>,
) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(names.into_iter().map(|name| name.into_owned()))?;
    for row in rows {
        table.write_record(row.into_iter().map(|cell| harmless(&cell)))?;
    }
    table.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// A cell that a spreadsheet takes for text: one that begins like a formula gets an apostrophe.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}
