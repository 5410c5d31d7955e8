//! How far the log has come: told in process by the appender, between processes by NOTIFY, and by polling when both
//! fail.

use std::{sync::Arc, time::Duration};

use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgListener},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const CHANNEL: &str = "vault_log";
/// The shortest pause between two notifications of a process.
const NOTIFY_PAUSE: Duration = Duration::from_millis(5);
/// How long the database may take to answer: it may be a machine that vanished.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);
/// How often the log's end is asked for when nothing was heard.
const POLL_PAUSE: Duration = Duration::from_secs(1);

/// The highest position known to be committed. Never ahead of the log.
#[derive(Clone)]
pub struct Head {
    known: Arc<watch::Sender<u64>>,
    local: Arc<watch::Sender<u64>>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            known: Arc::new(watch::Sender::new(0)),
            local: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Head {
    /// Watches the highest position.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.known.subscribe()
    }

    /// This process committed up to a position.
    pub fn advance(&self, position: u64) {
        raise(&self.known, position);
        raise(&self.local, position);
    }

    /// Tells other processes what this one commits, at most once per 5 ms, on a connection of its own.
    pub async fn announce(self, connect: PgConnectOptions, stop: CancellationToken) {
        let mut local = self.local.subscribe();
        let mut connection: Option<PgConnection> = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = local.changed() => if changed.is_err() { return },
            }
            let position = *local.borrow_and_update();
            let notified = notify(&mut connection, &connect, position);
            let notified = tokio::time::timeout(ANSWER_PATIENCE, notified).await;
            if let Err(error) = notified.map_err(late).flatten() {
                tracing::debug!(error = %error, "a notification was not sent; pollers will see the events");
                connection = None;
            }
            tokio::time::sleep(NOTIFY_PAUSE).await;
        }
    }

    /// Hears what other processes commit, and polls once a second in case nothing is heard.
    pub async fn follow(self, connect: PgConnectOptions, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                ended = self.follow_once(&connect) => if let Err(error) = ended {
                    tracing::warn!(error = %error, "the log's announcements cannot be heard");
                },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(POLL_PAUSE) => {}
            }
        }
    }

    async fn follow_once(&self, connect: &PgConnectOptions) -> Result<(), sqlx::Error> {
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(2)
            .connect_lazy_with(connect.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let last = sqlx::query_scalar("SELECT position FROM events ORDER BY position DESC LIMIT 1")
                .fetch_optional(&pool);
            let last: Option<i64> = tokio::time::timeout(ANSWER_PATIENCE, last)
                .await
                .map_err(late)??;
            raise(&self.known, last.unwrap_or(0).unsigned_abs());
            while let Ok(heard) = tokio::time::timeout(POLL_PAUSE, listener.recv()).await {
                if let Ok(position) = heard?.payload().parse() {
                    raise(&self.known, position);
                }
            }
        }
    }
}

/// The database did not answer in time.
fn late(late: tokio::time::error::Elapsed) -> sqlx::Error {
    sqlx::Error::Io(late.into())
}

fn raise(to: &watch::Sender<u64>, position: u64) {
    to.send_if_modified(|known| {
        let higher = position > *known;
        *known = position.max(*known);
        higher
    });
}

async fn notify(
    connection: &mut Option<PgConnection>,
    connect: &PgConnectOptions,
    position: u64,
) -> Result<(), sqlx::Error> {
    let mut open = match connection.take() {
        Some(open) => open,
        None => PgConnection::connect_with(connect).await?,
    };
    sqlx::query("SELECT pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(position.to_string())
        .execute(&mut open)
        .await?;
    *connection = Some(open);
    Ok(())
}
