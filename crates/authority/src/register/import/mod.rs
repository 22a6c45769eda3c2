//! Filling the register from a file: row by row, all or nothing, and on from where it was cut off.
//!
//! Rows are read in batches; a batch's good rows are staged, sealed, in one write together with
//! its faults and the place where to go on. When the file is through, one more write makes all
//! staged rows residents, or, when there were faults, forgets them. So nobody ever sees half of a
//! file, memory holds one batch, and the same file begun again goes on after its last batch.

mod fault;
mod fingers;
mod portrait;
mod record;
mod rows;
mod source;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_biometrics::Models;
use tanda_biometrics::finger::FingerReference;
use tanda_model::ResidentId;
use tanda_storage::StorageError;
use tanda_storage::authority::import::{ImportPosition, RefusedRow, StagedResident};
use zeroize::Zeroizing;

use super::add::{CheckedPortrait, NewResident};
use super::{Register, RegisterError};
use crate::Officer;
use crate::act::{Act, Actor, Deed};
use fault::Fault;
use portrait::Portraits;
use record::Candidate;
use rows::{RawRow, Rows};
use source::Source;

pub use fault::{FaultCode, RowFault};
pub use fingers::read_fingers;

/// Rows in a batch, at most.
const BATCH_ROWS: usize = 64;
/// Bytes of rows in a batch, about.
const BATCH_BYTES: usize = 16 * 1024 * 1024;
/// Faults in a report, at most; the others are counted.
const REPORTED: u32 = 1000;
/// How long a cut-off import can go on.
pub(crate) const STAGED_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The register file.
    pub file: PathBuf,
    /// The folder that portraits' paths start from and stay in; the file's own when `None`.
    pub portraits: Option<PathBuf>,
    /// The file's format; told from its name's ending when `None`.
    pub format: Option<Format>,
    /// Import the good rows although there are bad ones.
    pub skip_bad: bool,
    /// Portraits looked at at the same time, at least 1.
    pub threads: usize,
}

/// Formats of register files, both UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with a header.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// Bytes of the file that are dealt with.
    pub bytes_done: u64,
    /// Bytes of the file.
    pub bytes_total: u64,
    /// Rows found good.
    pub good: u64,
    /// Rows refused.
    pub refused: u64,
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// Residents added: all good rows, or none.
    pub added: u64,
    /// Rows found good.
    pub good: u64,
    /// Rows refused.
    pub refused: u64,
    /// The first thousand of them.
    pub faults: Vec<RowFault>,
    /// The last line of an earlier, cut-off import after which this one went on.
    pub resumed_after_line: Option<u64>,
}

/// What the rows of a register file say by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCheck {
    /// Rows found good, as far as they go without portrait and register.
    pub good: u64,
    /// The other rows.
    pub faults: Vec<RowFault>,
}

/// Why a file could not be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read.
    #[error("{path} cannot be read: {source}; check the path and who may read it")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Neither the ending nor the caller says what it is.
    #[error("the file's name ends neither in .csv nor in .jsonl; rename it or state the format")]
    UnknownFormat,
    /// There is no row in it.
    #[error("the file is empty")]
    Empty,
    /// The header lacks columns.
    #[error("the header lacks the column {0}; the columns are listed in docs/operating")]
    ColumnMissing(&'static str),
    /// The header has a column that means nothing.
    #[error("column {position} of the header is unknown or there twice; correct or remove it")]
    ColumnUnknown {
        /// Which column, from 1.
        position: usize,
    },
    /// It was changed while it was read.
    #[error("the file was changed while it was read; nothing was imported, try again")]
    Changed,
    /// Officers have it in hand.
    #[error("officers have proposed this file at the console; wait until it is decided")]
    Proposed,
    /// The face models cannot be loaded.
    #[error("the face models cannot be loaded; run scripts/models.sh")]
    Models,
    /// The register failed.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

impl From<StorageError> for ImportError {
    fn from(error: StorageError) -> Self {
        Self::Register(error.into())
    }
}

/// The file that is being imported.
#[derive(Debug)]
pub(crate) struct Import {
    source: Source,
    portraits: Arc<Portraits>,
    format: Format,
    threads: usize,
    /// SHA-256.
    file: [u8; 32],
    size: u64,
    /// The columns of a CSV file.
    header: Arc<[String]>,
    /// Where the first row of data begins.
    start: ImportPosition,
}

/// One row on its way.
struct Row {
    line: u64,
    state: Result<Box<Candidate>, Fault>,
}

/// One row, checked.
struct CheckedRow {
    line: u64,
    state: Result<Checked, Fault>,
}

/// What a good row says.
struct Checked {
    person: NewResident,
    portrait: CheckedPortrait,
    fingers: Option<FingerReference>,
}

impl Register {
    /// Imports a file: everything in it, or, when a row is bad, nothing (with `skip_bad`, what is
    /// good). Cut off at any point, it imports nothing, and goes on when called with the same file
    /// within a week.
    ///
    /// # Errors
    /// [`ImportError`] when the file is unusable as a whole or the register fails. Bad rows are no
    /// error: they are in the report.
    pub async fn import(
        &self,
        request: &ImportRequest,
        models: &Arc<Models>,
        officer: &Officer,
        progress: &mut (dyn FnMut(ImportProgress) + Send),
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ImportReport, ImportError> {
        let import = Import::open(request)?;
        let before = self.stage(&import, models, progress, now, rng).await?;
        let file = import.file;
        if import.source.sha256()? != (file, import.size) {
            self.store
                .write(move |mut tx| Box::pin(async move { tx.end_import(&file).await }))
                .await
                .map_err(|error: StorageError| ImportError::from(error))?;
            return Err(ImportError::Changed);
        }
        let mut report = self.finish(file, request.skip_bad, officer, now).await?;
        report.resumed_after_line = before.map(|before| before.lines);
        Ok(report)
    }

    /// Looks at every row, and stages what is good; says after which row of an earlier, cut-off
    /// import it went on.
    pub(crate) async fn stage(
        &self,
        import: &Import,
        models: &Arc<Models>,
        progress: &mut (dyn FnMut(ImportProgress) + Send),
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Option<ImportPosition>, ImportError> {
        let (file, start) = (import.file, import.start);
        let before = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    if tx.import_proposal(&file).await?.is_some() {
                        return Err(ImportError::Proposed);
                    }
                    tx.forget_imports_before(now - STAGED_FOR).await?;
                    let before = tx.import_position(&file).await?;
                    tx.begin_import(&file, now).await?;
                    Ok::<_, ImportError>(before)
                })
            })
            .await?
            .filter(|before| before.bytes > start.bytes);
        let mut reader = import.source.rows(import.format, before.unwrap_or(start))?;
        let (mut good, mut refused) = self.counts(&file).await?;
        loop {
            let (rows, position) = import.batch(&mut reader, now)?;
            let last = rows.is_empty();
            let checked = import.check(rows, models).await?;
            let (staged, faults) = self.seal_batch(&file, checked, now, rng).await?;
            good += staged.len() as u64;
            refused += faults.len() as u64;
            self.store
                .write(move |mut tx| {
                    Box::pin(async move { tx.stage(&file, &staged, &faults, position).await })
                })
                .await
                .map_err(|error: StorageError| ImportError::from(error))?;
            let (bytes_done, bytes_total) = (position.bytes, import.size);
            progress(ImportProgress { bytes_done, bytes_total, good, refused });
            if last {
                return Ok(before);
            }
        }
    }

    /// What is staged of a file: rows found good, rows refused, and the first of these.
    pub(crate) async fn staged(
        &self,
        file: &[u8; 32],
    ) -> Result<(u64, u64, Vec<RowFault>), ImportError> {
        let (good, refused) = self.counts(file).await?;
        let rows = self.store.reader().await?.refused_rows(file, REPORTED).await?;
        Ok((good, refused, faults(&rows)?))
    }

    async fn counts(&self, file: &[u8; 32]) -> Result<(u64, u64), ImportError> {
        let mut reader = self.store.reader().await?;
        Ok((reader.count_staged(file).await?, reader.count_refused(file).await?))
    }

    /// Seals the good rows of a batch, and turns repeated numbers into faults.
    async fn seal_batch(
        &self,
        file: &[u8; 32],
        checked: Vec<CheckedRow>,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<StagedResident>, Vec<RefusedRow>), ImportError> {
        let mut reader = self.store.reader().await?;
        let (mut staged, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for CheckedRow { line, state } in checked {
            let fault = match state {
                Err(fault) => fault,
                Ok(Checked { person, portrait, fingers }) => {
                    let tag = self.number_tag(&person.number);
                    if !seen.insert(tag) || reader.number_is_staged(file, &tag).await? {
                        FaultCode::NumberTwice.of("number")
                    } else if reader.resident_id_by_number(&tag).await?.is_some()
                        || reader.resident_of_former_number(&tag).await?.is_some()
                    {
                        FaultCode::NumberTaken.of("number")
                    } else {
                        let id = ResidentId::new(now, rng);
                        let resident = self.seal(id, person.with(portrait, fingers), rng)?;
                        staged.push(StagedResident { line, resident });
                        continue;
                    }
                }
            };
            let (field, code) = (fault.field.to_owned(), fault.code.as_str().to_owned());
            faults.push(RefusedRow { line, field, code });
        }
        Ok((staged, faults))
    }

    /// The one write that makes the staged rows residents, or forgets them.
    async fn finish(
        &self,
        file: [u8; 32],
        skip_bad: bool,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<ImportReport, ImportError> {
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let taken = FaultCode::NumberTaken.as_str();
                    tx.refuse_overtaken(&file, "number", taken).await?;
                    let (good, refused) =
                        (tx.count_staged(&file).await?, tx.count_refused(&file).await?);
                    let faults = faults(&tx.refused_rows(&file, REPORTED).await?)?;
                    let admit = good > 0 && (refused == 0 || skip_bad);
                    let added = if admit { tx.admit_staged(&file, now).await? } else { 0 };
                    tx.end_import(&file).await?;
                    if admit {
                        let file = hex(&file);
                        let deed = Deed::RegisterImported { file_sha256: &file, added, refused };
                        let actor = Actor::Officer(&officer);
                        Act { at: now, actor, resident: None, deed }.record(&mut tx).await?;
                    }
                    Ok(ImportReport { added, good, refused, faults, resumed_after_line: None })
                })
            })
            .await
    }
}

fn faults(rows: &[RefusedRow]) -> Result<Vec<RowFault>, ImportError> {
    rows.iter()
        .map(|row| {
            let code = row.code.parse().map_err(|_| StorageError::Damaged("code"))?;
            Ok(RowFault { line: row.line, field: row.field.clone(), code })
        })
        .collect()
}

impl Import {
    /// Looks at a file.
    fn open(request: &ImportRequest) -> Result<Self, ImportError> {
        let format = request.format.or_else(|| Format::of(&request.file));
        let format = format.ok_or(ImportError::UnknownFormat)?;
        let folder = request.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let root = match &request.portraits {
            Some(root) => root.clone(),
            None => folder.unwrap_or(Path::new(".")).to_owned(),
        };
        Self::begin(Source::File(request.file.clone()), format, root.into(), request.threads)
    }

    /// Looks at a file that was brought to the console, with the pictures that came beside it.
    pub(crate) fn of_upload(
        format: Format,
        file: Arc<Zeroizing<Vec<u8>>>,
        pictures: HashMap<String, Zeroizing<Vec<u8>>>,
        threads: usize,
    ) -> Result<Self, ImportError> {
        Self::begin(Source::Memory(file), format, Portraits::Chosen(pictures), threads)
    }

    fn begin(
        source: Source,
        format: Format,
        portraits: Portraits,
        threads: usize,
    ) -> Result<Self, ImportError> {
        let (file, size) = source.sha256()?;
        let mut rows = source.rows(format, ImportPosition::default())?;
        let mut start = rows.position();
        let first = source.read(&mut rows)?.ok_or(ImportError::Empty)?;
        let mut header = Arc::default();
        if format == Format::Csv {
            header = columns(&first)?;
            start = rows.position();
        }
        let portraits = Arc::new(portraits);
        Ok(Self { source, portraits, format, threads, file, size, header, start })
    }

    /// SHA-256.
    pub(crate) const fn hash(&self) -> &[u8; 32] {
        &self.file
    }

    /// Bytes.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// The next rows, read but without their portraits, and the place after them.
    fn batch(
        &self,
        rows: &mut Rows,
        now: Timestamp,
    ) -> Result<(Vec<Row>, ImportPosition), ImportError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let Some(RawRow { line, bytes: row }) = self.source.read(rows)? else { break };
            bytes += row.as_ref().map_or(0, Vec::len);
            let state = candidate(self.format, &self.header, row.as_deref(), now);
            batch.push(Row { line, state: state.map(Box::new) });
        }
        Ok((batch, rows.position()))
    }

    /// Checks the portraits of a batch, several at a time.
    async fn check(
        &self,
        rows: Vec<Row>,
        models: &Arc<Models>,
    ) -> Result<Vec<CheckedRow>, ImportError> {
        let share = rows.len().div_ceil(self.threads.max(1)).max(1);
        let mut rows = rows.into_iter();
        let mut tasks = Vec::new();
        loop {
            let rows: Vec<Row> = rows.by_ref().take(share).collect();
            if rows.is_empty() {
                break;
            }
            let (models, portraits) = (Arc::clone(models), Arc::clone(&self.portraits));
            tasks.push(tokio::task::spawn_blocking(move || {
                rows.into_iter().map(|row| row.check(&models, &portraits)).collect::<Vec<_>>()
            }));
        }
        let mut checked = Vec::new();
        for task in tasks {
            checked.extend(task.await.map_err(|_| StorageError::Panicked)?);
        }
        Ok(checked)
    }
}

impl Row {
    fn check(self, models: &Models, portraits: &Portraits) -> CheckedRow {
        let state = self.state.and_then(|candidate| {
            let Candidate { person, portrait, fingers } = *candidate;
            let portrait = portrait::check(models, portraits, portrait)?;
            Ok(Checked { person, portrait, fingers: fingers::check(portraits, fingers)? })
        });
        CheckedRow { line: self.line, state }
    }
}

impl Format {
    /// The format that a file's name says.
    pub(crate) fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// What an import would say of the rows of this text alone: without the portraits, and without the
/// register, which may have a number already.
///
/// # Errors
/// [`ImportError`] when there is no row, or the header of a CSV text is unusable.
pub fn check_rows(text: &[u8], format: Format, now: Timestamp) -> Result<RowCheck, ImportError> {
    let unreadable = |source| ImportError::File { path: PathBuf::new(), source };
    let mut rows = Rows::new(text, format, ImportPosition::default()).map_err(unreadable)?;
    let mut row = rows.next().map_err(unreadable)?;
    let mut header = Arc::default();
    if format == Format::Csv {
        header = columns(row.as_ref().ok_or(ImportError::Empty)?)?;
        row = rows.next().map_err(unreadable)?;
    } else if row.is_none() {
        return Err(ImportError::Empty);
    }
    let mut check = RowCheck::default();
    while let Some(RawRow { line, bytes }) = row {
        match candidate(format, &header, bytes.as_deref(), now) {
            Ok(_) => check.good += 1,
            Err(Fault { field, code }) => {
                check.faults.push(RowFault { line, field: field.to_owned(), code });
            }
        }
        row = rows.next().map_err(unreadable)?;
    }
    Ok(check)
}

/// Reads one row, whose bytes are left out where there were too many.
fn candidate(
    format: Format,
    header: &[String],
    row: Option<&[u8]>,
    now: Timestamp,
) -> Result<Candidate, Fault> {
    match (row, format) {
        (None, _) => Err(FaultCode::RowTooLong.of("row")),
        (Some(row), Format::Csv) => record::from_csv(header, row, now),
        (Some(row), Format::JsonLines) => record::from_json(row, now),
    }
}

/// The columns of a CSV file, by its first row.
fn columns(header: &RawRow) -> Result<Arc<[String]>, ImportError> {
    let cells = header.bytes.as_deref().and_then(|row| record::csv_cells(row).ok());
    let columns: Arc<[String]> = cells.unwrap_or_default().into();
    check_header(&columns)?;
    Ok(columns)
}

fn check_header(header: &[String]) -> Result<(), ImportError> {
    let known = |column: &str| record::FIELDS.contains(&column);
    let fault = header
        .iter()
        .enumerate()
        .position(|(at, column)| !known(column) || header[..at].contains(column));
    if let Some(at) = fault {
        return Err(ImportError::ColumnUnknown { position: at + 1 });
    }
    record::FIELDS[..record::REQUIRED]
        .iter()
        .find(|field| !header.iter().any(|column| column == *field))
        .map_or(Ok(()), |field| Err(ImportError::ColumnMissing(field)))
}

/// A file's SHA-256 as the log has it.
pub(crate) fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
