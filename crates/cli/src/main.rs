//! The command line `tanda`.
fn main() {}
