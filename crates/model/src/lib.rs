//! The language of the domain: people, levels, purposes, lifecycles, policies. No I/O.
