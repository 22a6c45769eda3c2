//! What a person at a terminal reads: results on standard output, everything else on standard error.

#![expect(clippy::print_stderr, reason = "a command line prints; this is where it does")]

use std::error::Error;
use std::io::{ErrorKind, IsTerminal, Write as _};

/// A result, for a person or a script.
pub(crate) fn line(text: impl AsRef<str>) {
    let written = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
    // Whoever reads may have read enough, as `head` has; anything else loses a result.
    if let Err(cause) = written
        && cause.kind() != ErrorKind::BrokenPipe
    {
        failure(&cause);
        std::process::exit(1);
    }
}

/// A remark on the way, which a script doesn't read.
pub(crate) fn note(text: impl AsRef<str>) {
    eprintln!("{}", text.as_ref());
}

/// Why the command failed: one plain sentence, and what it comes from if that says more.
pub(crate) fn failure(error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = deeper.source();
    }
    eprintln!("{} {text}", bold("tanda:"));
}

/// Bold, if a person is looking.
pub(crate) fn bold(text: &str) -> String {
    if std::io::stderr().is_terminal() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}
