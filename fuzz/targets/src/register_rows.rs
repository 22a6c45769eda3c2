//! Register files: every row is either good or reported, with the line on which it begins; a file
//! without a fault has as many rows as a CSV reader that knows nothing of ours counts, so none is
//! swallowed.

use tanda_authority::register::{Format, check_rows};

use crate::fixture::now;

/// A header and two rows.
pub const MAX_LEN: usize = 640;

/// Takes JSON Lines where the first byte is a brace, and CSV otherwise.
pub fn run(data: &[u8]) -> Option<()> {
    let format = if data.starts_with(b"{") { Format::JsonLines } else { Format::Csv };
    let check = check_rows(data, format, now()).ok()?;
    let lines = data.split(|byte| *byte == b'\n').count() as u64;
    assert!(check.good + check.faults.len() as u64 <= lines);
    assert!(check.faults.iter().all(|fault| (1..=lines).contains(&fault.line)));
    assert!(check.faults.windows(2).all(|pair| pair[0].line < pair[1].line));
    if check.faults.is_empty() {
        let rows = match format {
            Format::JsonLines => {
                let lines = data.split(|byte| *byte == b'\n');
                lines.filter(|line| !line.trim_ascii().is_empty()).count()
            }
            Format::Csv => {
                let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(data);
                let rows = reader.byte_records().map_while(Result::ok);
                rows.filter(|row| row.iter().any(|cell| !cell.trim_ascii().is_empty())).count()
            }
        };
        assert_eq!(check.good, rows as u64);
    }
    (check.good > 0).then_some(())
}
