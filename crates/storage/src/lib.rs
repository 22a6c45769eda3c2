//! The only crate with SQL: one set of queries for every role's store.
//!
//! A store belongs to a role, and the role is a type: a provider cannot ask the register's
//! questions. [`Store::reader`] reads, [`Store::write`] writes; what a write has acknowledged is on
//! the disk. Queries are methods of [`Reader`] and [`Tx`], in a file a topic under the role's
//! folder, in SQL that SQLite and PostgreSQL both take.

pub mod authority;
mod ceremonies;
mod column;
mod connection;
mod error;
mod pool;
pub mod provider;
mod role;
pub mod verifier;
mod writer;

pub use ceremonies::SignsIn;
pub use connection::{Reader, Tx};
pub use error::StorageError;
pub use pool::{Room, Store, StoreOptions};
pub use role::{Authority, Provider, Role, Verifier};
