//! Doing something in one process at a time, across all processes of a deployment.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::database::Database;

/// How long Postgres waits to hear from a holder before it ends the holder's session, and with it the lease. It does not
/// matter why nothing is heard: the process, its machine or the way to it may be gone.
const SILENCE: &str = "3s";
/// How often a holder is heard of.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How long a heartbeat may take. With the pause before it that is well within the silence, so a holder that cannot be
/// heard knows that it holds nothing before another one can hold it.
const HEARTBEAT_PATIENCE: Duration = Duration::from_millis(1_500);
/// How often who waits for a lease asks for it.
const ASK_PAUSE: Duration = Duration::from_millis(250);
/// How long it may take to connect, or to ask.
const ASK_PATIENCE: Duration = Duration::from_secs(2);

/// The right to do something that one process does at a time. It is given back when this is dropped, when its process
/// ends, and within seconds when its machine vanishes.
#[derive(Debug)]
pub struct Lease {
    lost: CancellationToken,
    given_back: CancellationToken,
}

impl Lease {
    /// Waits until nobody else holds the lease of a name, and takes it. `class` keeps one kind of names from others.
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn wait(database: &Database, class: i32, name: &str) -> Result<Self, sqlx::Error> {
        let options = database
            .writer_options()
            .options([("idle_session_timeout", SILENCE)]);
        let mut connection = in_time(PgConnection::connect_with(&options)).await?;
        loop {
            let asked = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, hashtext($2))")
                .bind(class)
                .bind(name)
                .fetch_one(&mut connection);
            if in_time(asked).await? {
                return Ok(Self::held_by(connection));
            }
            tokio::time::sleep(ASK_PAUSE).await;
        }
    }

    fn held_by(connection: PgConnection) -> Self {
        let (lost, given_back) = (CancellationToken::new(), CancellationToken::new());
        tokio::spawn(hold(connection, lost.clone(), given_back.clone()));
        Self { lost, given_back }
    }

    /// Does something for as long as the lease holds; `None` when it was lost before that was done.
    pub async fn while_held<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.lost.run_until_cancelled(work).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.given_back.cancel();
    }
}

/// Lets Postgres hear from the holder until the lease is given back or lost.
async fn hold(mut connection: PgConnection, lost: CancellationToken, given_back: CancellationToken) {
    while given_back
        .run_until_cancelled(tokio::time::sleep(HEARTBEAT))
        .await
        .is_some()
    {
        let heard = tokio::time::timeout(HEARTBEAT_PATIENCE, connection.ping()).await;
        if !matches!(heard, Ok(Ok(()))) {
            tracing::warn!("a lease is lost: the database does not answer in time");
            lost.cancel();
            return;
        }
    }
    // a session that is not closed in time ends by itself
    let _ = tokio::time::timeout(HEARTBEAT_PATIENCE, connection.close()).await;
}

async fn in_time<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(ASK_PATIENCE, asked)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
