//! A list of resident numbers, one a line: whom it leads to, and which lines lead to nobody.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;
use tanda_model::{ResidentId, ResidentNumber};
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::ProposeError;
use crate::Officer;
use crate::act::{Act, Actor, Deed};
use crate::register::Register;

/// Lines that are taken at once.
pub const MOST_LINES: usize = 2000;

/// A line that nothing is proposed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// Which line, from 1.
    pub line: usize,
    /// Why it is left out.
    pub kind: LineFaultKind,
}

/// Why a line is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineFaultKind {
    /// It is no resident number.
    NotANumber,
    /// An earlier line has the same number.
    Repeated,
    /// No resident has the number.
    Nobody,
    /// The resident has no card in use.
    NoCard,
    /// The card does not stand where this could be done.
    NotNow,
    /// It is the officer's own.
    OwnMatter,
}

/// The resident of a line.
pub(super) struct Named {
    pub(super) line: usize,
    pub(super) resident: ResidentId,
    /// Their number, so that a second officer can compare it with the case.
    pub(super) masked_number: String,
}

/// The lines that are not empty, with their places; a first line of `number` is a header. Of a line
/// with several columns it is the first.
pub(super) fn lines(text: &str) -> Result<Vec<(usize, String)>, ProposeError> {
    let first_column = |line: &str| {
        let column = line.split([',', ';', '\t']).next().unwrap_or_default();
        column.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}').to_owned()
    };
    let lines: Vec<(usize, String)> = (1..)
        .zip(text.lines().map(first_column))
        .filter(|(at, line)| !line.is_empty() && (*at > 1 || line != "number"))
        .take(MOST_LINES + 1)
        .collect();
    if lines.len() > MOST_LINES { Err(ProposeError::TooManyLines) } else { Ok(lines) }
}

/// Whom the lines lead to, each of them once, and the lines that lead to nobody or to the officer.
pub(super) async fn residents_of(
    tx: &mut Tx<'_, Role>,
    register: &Register,
    lines: &[(usize, String)],
    officer: &Officer,
) -> Result<(Vec<Named>, Vec<LineFault>), StorageError> {
    let (mut named, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (line, text) in lines {
        let line = *line;
        let fault = match text.parse::<ResidentNumber>() {
            Err(_) => LineFaultKind::NotANumber,
            Ok(number) => {
                let tag = register.number_tag(&number);
                if !seen.insert(tag) {
                    LineFaultKind::Repeated
                } else if officer.must_not_be(&tag).is_err() {
                    LineFaultKind::OwnMatter
                } else if let Some(resident) = tx.resident_id_by_number(&tag).await? {
                    named.push(Named { line, resident, masked_number: number.masked() });
                    continue;
                } else {
                    LineFaultKind::Nobody
                }
            }
        };
        faults.push(LineFault { line, kind: fault });
    }
    Ok((named, faults))
}

/// Records that the officer has seen whether these are in the register.
pub(super) async fn note_looks(
    tx: &mut Tx<'_, Role>,
    residents: &[ResidentId],
    officer: &Officer,
    now: Timestamp,
) -> Result<(), StorageError> {
    for resident in residents {
        let (actor, deed) = (Actor::Officer(officer), Deed::RegisterLookedUp {});
        Act { at: now, actor, resident: Some(*resident), deed }.record(tx).await?;
    }
    Ok(())
}

/// Records that a list was compared with the register, and whom of it the officer has found there.
pub(super) async fn note_list(
    tx: &mut Tx<'_, Role>,
    found: &[ResidentId],
    deed: Deed<'_>,
    officer: &Officer,
    now: Timestamp,
) -> Result<(), StorageError> {
    note_looks(tx, found, officer, now).await?;
    Act { at: now, actor: Actor::Officer(officer), resident: None, deed }.record(tx).await
}
