//! The one writer: writes that wait at the same time share a transaction, and so its `fdatasync`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::StorageError;

/// Writes in one transaction, at most.
const LARGEST_GROUP: usize = 512;
/// How long a transaction is kept open for writes that come while it runs.
const LONGEST_GROUP: Duration = Duration::from_millis(20);
/// Writes that may wait before callers have to wait to hand theirs over.
const QUEUE: usize = 1024;

#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Order>,
}

enum Order {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// A write whose types are forgotten.
trait Job: Send {
    fn run<'c>(
        self: Box<Self>,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = Done> + Send + 'c>>;

    fn refuse(self: Box<Self>, error: StorageError);
}

/// A write that has run, before its fate is known.
struct Done {
    keep: bool,
    /// Tells the caller: `None` when the group was committed.
    tell: Box<dyn FnOnce(Option<StorageError>) + Send>,
}

struct Write<W, T, E> {
    work: W,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Job for Write<W, T, E>
where
    T: Send + 'static,
    E: From<StorageError> + Send + 'static,
    W: for<'c> FnOnce(
            &'c mut SqliteConnection,
        ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
        + Send,
{
    fn run<'c>(
        self: Box<Self>,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = Done> + Send + 'c>> {
        // The work is begun before anything is awaited, so that `W` need not outlive `'c`.
        let Self { work, caller } = *self;
        let begun = catch_unwind(AssertUnwindSafe(|| work(connection)));
        Box::pin(async move {
            let result = match begun {
                Ok(future) => unless_it_panics(future).await,
                Err(panic) => Err(panic),
            };
            let result = result.unwrap_or_else(|_| Err(StorageError::Panicked.into()));
            Done {
                keep: result.is_ok(),
                // The caller may have stopped waiting; the write stands all the same.
                tell: Box::new(move |failure| {
                    let _ = caller.send(failure.map_or(result, |error| Err(error.into())));
                }),
            }
        })
    }

    fn refuse(self: Box<Self>, error: StorageError) {
        let _ = self.caller.send(Err(error.into()));
    }
}

impl Writer {
    pub(crate) fn start(connection: SqliteConnection) -> Self {
        let (queue, orders) = mpsc::channel(QUEUE);
        tokio::spawn(run(connection, orders));
        Self { queue }
    }

    pub(crate) async fn write<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        W: for<'c> FnOnce(
                &'c mut SqliteConnection,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send
            + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let write = Box::new(Write { work, caller });
        let handed_over = self.queue.send(Order::Write(write)).await;
        handed_over.map_err(|_| StorageError::Closed)?;
        answer.await.map_err(|_| StorageError::Closed)?
    }

    pub(crate) async fn close(&self) {
        let (closed, wait) = oneshot::channel();
        if self.queue.send(Order::Close(closed)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

async fn run(mut connection: SqliteConnection, mut orders: mpsc::Receiver<Order>) {
    let mut closed = None;
    while closed.is_none()
        && let Some(order) = orders.recv().await
    {
        match order {
            Order::Write(first) => closed = group(&mut connection, first, &mut orders).await,
            Order::Close(caller) => closed = Some(caller),
        }
    }
    orders.close();
    while let Some(order) = orders.recv().await {
        match order {
            Order::Write(job) => job.refuse(StorageError::Closed),
            Order::Close(caller) => drop(caller.send(())),
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the store was not closed cleanly");
    }
    if let Some(caller) = closed {
        let _ = caller.send(());
    }
}

/// Runs `first` and whatever comes while the transaction is open; returns who asked to close.
async fn group(
    connection: &mut SqliteConnection,
    first: Box<dyn Job>,
    orders: &mut mpsc::Receiver<Order>,
) -> Option<oneshot::Sender<()>> {
    // IMMEDIATE: the lock is had, or waited for, before anything is read.
    if let Err(error) = statement(connection, "BEGIN IMMEDIATE").await {
        first.refuse(error);
        return None;
    }
    let began = Instant::now();
    // The first is alone in the transaction while it runs, and needs no savepoint: undoing it
    // undoes everything. Most groups are of one.
    let first = first.run(connection).await;
    if !first.keep {
        roll_back(connection).await;
        (first.tell)(None);
        return None;
    }
    let mut done = vec![first];
    let mut closed = None;
    let mut failure = None;
    while done.len() < LARGEST_GROUP && began.elapsed() < LONGEST_GROUP {
        match orders.try_recv() {
            Ok(Order::Write(job)) => match one(connection, job).await {
                Ok(result) => done.push(result),
                Err((result, error)) => {
                    done.push(result);
                    failure = Some(error);
                    break;
                }
            },
            Ok(Order::Close(caller)) => {
                closed = Some(caller);
                break;
            }
            Err(_) => break,
        }
    }
    let committed = match failure {
        None => statement(connection, "COMMIT").await,
        Some(error) => Err(error),
    };
    match committed {
        Ok(()) => done.into_iter().for_each(|done| (done.tell)(None)),
        Err(error) => {
            roll_back(connection).await;
            tracing::error!(%error, writes = done.len(), "a group of writes was not committed");
            let mut cause = Some(error);
            for done in done {
                (done.tell)(Some(cause.take().unwrap_or(StorageError::NotCommitted)));
            }
        }
    }
    closed
}

/// Runs one write under a savepoint; an error means that the whole transaction is lost.
async fn one(
    connection: &mut SqliteConnection,
    job: Box<dyn Job>,
) -> Result<Done, (Done, StorageError)> {
    if let Err(error) = statement(connection, "SAVEPOINT one").await {
        let tell = Box::new(move |failure: Option<StorageError>| {
            job.refuse(failure.unwrap_or(StorageError::NotCommitted));
        });
        return Err((Done { keep: false, tell }, error));
    }
    let done = job.run(connection).await;
    let settled = if done.keep {
        statement(connection, "RELEASE one").await
    } else {
        match statement(connection, "ROLLBACK TO one").await {
            Ok(()) => statement(connection, "RELEASE one").await,
            Err(error) => Err(error),
        }
    };
    match settled {
        Ok(()) => Ok(done),
        Err(error) => Err((done, error)),
    }
}

async fn roll_back(connection: &mut SqliteConnection) {
    // SQLite may have rolled back by itself already; then this is an error to be ignored.
    let _ = statement(connection, "ROLLBACK").await;
}

async fn statement(
    connection: &mut SqliteConnection,
    sql: &'static str,
) -> Result<(), StorageError> {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}

/// Awaits a future and catches its panic, so that one faulty write does not end the writer.
async fn unless_it_panics<F: Future + Unpin>(
    mut future: F,
) -> Result<F::Output, Box<dyn Any + Send>> {
    std::future::poll_fn(move |context| {
        match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut future).poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    })
    .await
}
