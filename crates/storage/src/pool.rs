use std::fs;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::writer::Writer;
use crate::{Reader, Role, StorageError, Tx};

/// The room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What can still be written.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// A role's store: many readers, one writer. Cheap to clone.
#[derive(Debug)]
pub struct Store<R> {
    readers: SqlitePool,
    writer: Writer,
    connect: SqliteConnectOptions,
    path: PathBuf,
    role: PhantomData<fn() -> R>,
}

impl<R> Clone for Store<R> {
    fn clone(&self) -> Self {
        Self {
            readers: self.readers.clone(),
            writer: self.writer.clone(),
            connect: self.connect.clone(),
            path: self.path.clone(),
            role: PhantomData,
        }
    }
}

/// How a store is used.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Connections for reading, at most; at least 1.
    pub readers: u32,
    /// How long a write waits for another process before [`StorageError::Locked`].
    pub busy_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { readers: 4, busy_timeout: Duration::from_secs(5) }
    }
}

impl<R: Role> Store<R> {
    /// Opens the store in the file `path`, made with its folder (mode 0700) where missing, and
    /// brings its tables up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, written or brought up to date.
    pub async fn open(path: &Path, options: &StoreOptions) -> Result<Self, StorageError> {
        if let Some(folder) = path.parent() {
            make_private_folder(folder).map_err(|error| StorageError::CannotOpen {
                path: path.to_owned(),
                cause: error.to_string(),
            })?;
        }
        let connect = connect_options(path, options);
        let mut connection =
            connect.connect().await.map_err(|error| StorageError::opening(path, error))?;
        R::MIGRATIONS.0.run(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(options.readers.max(1))
            .idle_timeout(Duration::from_secs(60))
            // A file doesn't go away as a server may: nothing to ask before each question.
            .test_before_acquire(false)
            .connect_lazy_with(connect.clone().create_if_missing(false).pragma("query_only", "ON"));
        Ok(Self {
            readers,
            writer: Writer::start(connection),
            connect,
            path: path.to_owned(),
            role: PhantomData,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The room on the disk that the file is on.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn room(&self) -> std::io::Result<Room> {
        let disk = rustix::fs::statvfs(&self.path)?;
        // What is kept back for the administrator is no room for a store.
        Ok(Room { free: disk.f_bavail * disk.f_frsize, total: disk.f_blocks * disk.f_frsize })
    }

    /// A connection for questions, for as long as it is held.
    ///
    /// # Errors
    /// When none comes free in time, or the file cannot be read.
    pub async fn reader(&self) -> Result<Reader<'static, R>, StorageError> {
        Ok(Reader::pooled(self.readers.acquire().await?))
    }

    /// Runs `work` as one write. `Ok` comes back only when the write is on the disk; on `Err`,
    /// nothing of it is kept. Writes that wait at the same time are committed together, each under
    /// a savepoint of its own, so that they share one `fdatasync`.
    ///
    /// Once called, the write happens even if the caller stops waiting. `work` must not wait for
    /// anything but the store: all other writes wait for it.
    ///
    /// # Errors
    /// What `work` returned, or a [`StorageError`] when the write could not be kept.
    pub async fn write<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        W: for<'c> FnOnce(Tx<'c, R>) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send
            + 'static,
    {
        self.writer.write(|connection| work(Tx::new(connection))).await
    }

    /// Grows whenever another process has written: worth asking before asking everything anew.
    /// Only comparable between calls on the same open store.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn foreign_changes(&self) -> Result<i64, StorageError> {
        self.writer
            .write(|connection| {
                Box::pin(async move {
                    let version: i64 = sqlx::query_scalar("PRAGMA data_version")
                        .fetch_one(connection)
                        .await
                        .map_err(StorageError::from)?;
                    Ok(version)
                })
            })
            .await
    }

    /// Empties the write-ahead log into the file, where what was deleted has been overwritten: from
    /// then on it is in neither. Where somebody is reading or writing for longer than the busy
    /// timeout, it is left for the next time.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub async fn forget(&self) -> Result<(), StorageError> {
        let mut connection = self.connect.connect().await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    /// Finishes the writes that were begun, and closes the file.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}

fn connect_options(path: &Path, options: &StoreOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged write survives a power cut, not only the end of the process.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        // What is erased is gone from the file: sealed data is erased by erasing its key.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", "67108864")
        .log_statements(tracing::log::LevelFilter::Off)
        .log_slow_statements(tracing::log::LevelFilter::Off, Duration::from_secs(1))
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
