use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};

/// Asks a role's store. Every question sees what was committed before it.
#[derive(Debug)]
pub struct Reader<'c, R> {
    connection: Connection<'c>,
    role: PhantomData<fn() -> R>,
}

#[derive(Debug)]
enum Connection<'c> {
    Pooled(PoolConnection<Sqlite>),
    Borrowed(&'c mut SqliteConnection),
}

impl<R> Reader<'static, R> {
    pub(crate) const fn pooled(connection: PoolConnection<Sqlite>) -> Self {
        Self { connection: Connection::Pooled(connection), role: PhantomData }
    }
}

impl<R> Reader<'_, R> {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        match &mut self.connection {
            Connection::Pooled(connection) => connection,
            Connection::Borrowed(connection) => connection,
        }
    }
}

/// One write: changes a role's store, and can ask whatever a [`Reader`] can, seeing its own
/// changes. Kept whole or not at all.
#[derive(Debug)]
pub struct Tx<'c, R>(Reader<'c, R>);

impl<'c, R> Tx<'c, R> {
    pub(crate) const fn new(connection: &'c mut SqliteConnection) -> Self {
        Self(Reader { connection: Connection::Borrowed(connection), role: PhantomData })
    }
}

impl<'c, R> Deref for Tx<'c, R> {
    type Target = Reader<'c, R>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<R> DerefMut for Tx<'_, R> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
