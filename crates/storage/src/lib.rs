//! The only crate with SQL: one set of queries for every role's store.
