//! The relying party's side: ask, check, decide. No I/O.
