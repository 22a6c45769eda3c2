//! Simulated fingers for the residents of the sandbox city, who don't exist, and neither do their
//! hands: [`SimulatedFinger`], and what a scanner sees of it, [`SimulatedPrint`].
//!
//! The method is the one that R. Cappelli describes for his generator SFinGe (D. Maltoni et al.,
//! *Handbook of Fingerprint Recognition*, chapter 7): how the ridges run follows from the places of
//! cores and deltas (`pattern.rs`), the ridges grow out of random seeds under a filter that follows
//! that run (`ridges.rs`), so that minutiae stand wherever they don't meet, and every impression is the
//! same finger pressed anew (`impression.rs`). The same seed gives the same finger.
//!
//! The prints are good for trying everything but the matcher's accuracy on people: see the README.
//! Nothing that verifies depends on this crate: `journeys/tests/crate_edges.rs` sees to it.

mod fault;
mod field;
#[cfg(test)]
mod gate;
mod impression;
mod pattern;
mod print;
mod ridges;
mod seed;

pub use fault::PrintFault;
pub use impression::SimulatedFinger;
pub use print::SimulatedPrint;
