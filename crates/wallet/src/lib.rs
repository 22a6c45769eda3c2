//! The holder's side as a library: keep, consent, present. No I/O.
