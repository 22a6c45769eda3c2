//! Cuts a register file into rows, remembering where each begins; a row that is too long is passed
//! over without being kept in memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use tanda_storage::authority::import::ImportPosition;

use super::Format;

/// The longest row, in bytes: a portrait of 8 MB in base64, and the rest.
pub(super) const LONGEST_ROW: usize = 12 * 1024 * 1024;

/// One row as it stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawRow {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    /// Its bytes, without the line's end; `None` when there are too many.
    pub(super) bytes: Option<Vec<u8>>,
}

/// The rows of a register file, or of anything else that is read like one.
pub(super) struct Rows<R = Box<dyn BufRead + Send>> {
    source: R,
    format: Format,
    position: ImportPosition,
}

impl Rows {
    /// Reads from `position` on, which is where an earlier reading said it was.
    pub(super) fn open(path: &Path, format: Format, position: ImportPosition) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(256 * 1024, File::open(path)?);
        file.seek(SeekFrom::Start(position.bytes))?;
        Self::new(Box::new(file), format, position)
    }
}

impl<R: BufRead> Rows<R> {
    /// Reads a source that stands at `position`.
    pub(super) fn new(source: R, format: Format, position: ImportPosition) -> io::Result<Self> {
        let mut rows = Self { source, format, position };
        if position.bytes == 0 {
            rows.skip_byte_order_mark()?;
        }
        Ok(rows)
    }

    /// Where the next row begins.
    pub(super) const fn position(&self) -> ImportPosition {
        self.position
    }

    /// The next row that is not empty.
    pub(super) fn next(&mut self) -> io::Result<Option<RawRow>> {
        loop {
            let line = self.position.lines + 1;
            let mut bytes = Vec::new();
            let (mut kept, mut quotes, mut ended) = (true, 0_usize, false);
            while !ended {
                let Some((piece, whole)) = self.piece()? else { break };
                quotes += bytecount(&piece, b'"');
                if kept && bytes.len() + piece.len() <= LONGEST_ROW {
                    bytes.extend_from_slice(&piece);
                } else {
                    kept = false;
                    bytes = Vec::new();
                }
                // Inside quotes a line's end belongs to the field (RFC 4180 section 2.6); past the
                // limit the row is lost anyway, and the next line may be a good row again.
                ended = whole && (self.format == Format::JsonLines || quotes % 2 == 0 || !kept);
            }
            if !kept {
                return Ok(Some(RawRow { line, bytes: None }));
            }
            if bytes.is_empty() {
                return Ok(None);
            }
            let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
            bytes.truncate(end.map_or(0, |end| end + 1));
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some(RawRow { line, bytes: Some(bytes) }));
            }
        }
    }

    /// Some bytes of one line, and whether the line ends with them.
    fn piece(&mut self) -> io::Result<Option<(Vec<u8>, bool)>> {
        let buffer = self.source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let piece = buffer[..end.map_or(buffer.len(), |end| end + 1)].to_vec();
        self.source.consume(piece.len());
        self.position.bytes += piece.len() as u64;
        self.position.lines += u64::from(end.is_some());
        Ok(Some((piece, end.is_some())))
    }

    fn skip_byte_order_mark(&mut self) -> io::Result<()> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if self.source.fill_buf()?.starts_with(MARK) {
            self.source.consume(MARK.len());
            self.position.bytes += MARK.len() as u64;
        }
        Ok(())
    }
}

fn bytecount(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().filter(|byte| **byte == wanted).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Format, text: &[u8]) -> Vec<(u64, Option<String>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        std::fs::write(&path, text).unwrap();
        let mut rows = Rows::open(&path, format, ImportPosition::default()).unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            // Opened anew where the last row ended, the rest is the same.
            rows = Rows::open(&path, format, rows.position()).unwrap();
            found.push((row.line, row.bytes.map(|bytes| String::from_utf8(bytes).unwrap())));
        }
        found
    }

    #[test]
    fn rows_know_their_lines_and_reading_goes_on_where_it_was_cut_off() {
        let some = |text: &str| Some(text.to_owned());
        let text = b"\xef\xbb\xbfa,b\r\n\r\n1,\"two\nlines\"\n2,x";
        assert_eq!(
            read(Format::Csv, text),
            [(1, some("a,b")), (3, some("1,\"two\nlines\"")), (5, some("2,x"))]
        );
        assert_eq!(
            read(Format::JsonLines, b"{\"a\":\"\\\"\"}\n\n{}\n"),
            [(1, some("{\"a\":\"\\\"\"}")), (3, some("{}"))]
        );
        assert_eq!(read(Format::Csv, b""), []);
    }

    #[test]
    fn a_row_without_an_end_is_passed_over() {
        let mut text = b"good\n".to_vec();
        text.extend(vec![b'x'; LONGEST_ROW + 1]);
        text.extend(b"\ngood again\n");
        let rows = read(Format::JsonLines, &text);
        assert_eq!(
            rows.iter().map(|row| (row.0, row.1.is_some())).collect::<Vec<_>>(),
            [(1, true), (2, false), (3, true)]
        );
    }
}
