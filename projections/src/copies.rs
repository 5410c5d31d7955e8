//! Copies of a read model beside the one that serves: bringing one up to it, and letting it serve.

use std::time::Duration;

use sqlx::{PgConnection, Postgres, Transaction};
use vault_event_store::{Database, Log};

use crate::{
    checkpoint::Checkpoint,
    error::ProjectionError,
    projector::Projection,
    rebuild::{BATCH_EVENTS, RebuildProgress},
    skip::apply_or_skip,
};

/// How far behind the serving copy another may be when the last step, during which the projector waits, begins.
const CLOSE_EVENTS: u64 = 5_000;
/// How often the last step is tried, when readers hold the table for longer than it waits.
const SWITCH_ATTEMPTS: u32 = 30;
/// The pause between two attempts, in which waiting readers read.
const SWITCH_PAUSE: Duration = Duration::from_millis(200);

/// Which copy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One that a rebuild makes.
    Next,
    /// The one that served before the last switch.
    Kept,
}

impl Kind {
    pub(crate) const fn schema(self) -> &'static str {
        match self {
            Self::Next => "read_models_next",
            Self::Kept => "read_models_old",
        }
    }

    const fn switch(self) -> &'static str {
        match self {
            Self::Next => "SELECT swap_read_model_copy($1)",
            Self::Kept => "SELECT swap_read_model_back($1)",
        }
    }
}

/// A copy that does not serve. It never passes the one that serves, so that the two can be compared.
pub(crate) struct Copy<'a> {
    pub(crate) projection: &'a dyn Projection,
    pub(crate) database: &'a Database,
    pub(crate) kind: Kind,
    pub(crate) position: u64,
}

impl Copy<'_> {
    fn log(&self) -> Log {
        Log::new(self.database.clone())
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.projection.name())
    }

    async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let begin = format!(
            "BEGIN; SET LOCAL search_path = {}, public; SET LOCAL idle_in_transaction_session_timeout = '10s'",
            self.kind.schema()
        );
        self.database.writer.begin_with(begin).await
    }

    /// Applies the next events, at most up to `end`, and returns where the copy stands then.
    async fn apply_next(
        &self,
        position: u64,
        end: u64,
        transaction: &mut PgConnection,
    ) -> Result<u64, ProjectionError> {
        let left = u32::try_from(end - position).unwrap_or(u32::MAX);
        let events = self.log().read_after(position, left.min(BATCH_EVENTS)).await?;
        if events.is_empty() {
            return Err(vault_event_store::LoadError::Gap { after: position }.into());
        }
        apply_or_skip(self.projection, &self.database.writer, &events, transaction).await?;
        Ok(position + events.len() as u64)
    }

    /// Applies events until the copy stands at `end`.
    pub(crate) async fn advance_to(
        &mut self,
        end: u64,
        report: &mut impl FnMut(RebuildProgress),
    ) -> Result<(), ProjectionError> {
        while self.position < end {
            let mut transaction = self.begin().await?;
            let reached = self.apply_next(self.position, end, &mut transaction).await?;
            if self.kind == Kind::Kept {
                self.remember(reached, &mut transaction).await?;
            }
            transaction.commit().await?;
            self.position = reached;
            report(RebuildProgress {
                position: reached,
                head: end,
            });
        }
        Ok(())
    }

    /// Applies events until the copy is close to the one that serves.
    pub(crate) async fn come_close(
        &mut self,
        report: &mut impl FnMut(RebuildProgress),
    ) -> Result<(), ProjectionError> {
        loop {
            let serving = self.checkpoint().load(&self.database.writer).await?;
            if serving <= self.position + CLOSE_EVENTS {
                return Ok(());
            }
            self.advance_to(serving, report).await?;
        }
    }

    /// Lets the copy serve, and keeps the one that served. Readers that hold the old one are waited for, each time for a
    /// moment only, so that those behind them do not wait long.
    pub(crate) async fn switch(
        &mut self,
        report: &mut impl FnMut(RebuildProgress),
    ) -> Result<u64, ProjectionError> {
        for _ in 1..SWITCH_ATTEMPTS {
            match self.try_switch(report).await {
                Err(error) if error.is_lock_timeout() => {}
                done => return done,
            }
            tokio::time::sleep(SWITCH_PAUSE).await;
            self.come_close(report).await?;
        }
        self.try_switch(report).await
    }

    /// The last step. From its beginning the projector waits, and all of it is done or nothing.
    async fn try_switch(&self, report: &mut impl FnMut(RebuildProgress)) -> Result<u64, ProjectionError> {
        let mut last = self.begin().await?;
        sqlx::query("SET LOCAL lock_timeout = '2s'")
            .execute(&mut *last)
            .await?;
        let serving = self.checkpoint().lock(&mut last).await?;
        let mut position = self.position;
        while position < serving {
            position = self.apply_next(position, serving, &mut last).await?;
        }
        report(RebuildProgress {
            position,
            head: serving,
        });
        sqlx::query(self.kind.switch())
            .bind(self.projection.name())
            .execute(&mut *last)
            .await?;
        self.remember(serving, &mut last).await?;
        self.checkpoint().clear_stop(&mut last).await?;
        last.commit().await?;
        Ok(serving)
    }

    /// Writes down how far the kept copy has come.
    async fn remember(&self, position: u64, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let since = match self.kind {
            Kind::Next => "now()",
            Kind::Kept => "coalesce(kept_since, now())",
        };
        sqlx::query(&format!(
            "UPDATE projection_checkpoints SET kept_position = $2, kept_since = {since} WHERE projection = $1"
        ))
        .bind(self.projection.name())
        .bind(position.cast_signed())
        .execute(connection)
        .await?;
        Ok(())
    }
}
