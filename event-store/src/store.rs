//! Loading aggregates: the snapshot, if there is a usable one, and the events after it.

use uuid::Uuid;
use vault_domain::{Aggregate, TenantId};

use crate::{
    archive::stream_events,
    database::Database,
    error::LoadError,
    log::{COLUMNS, StoredEvent},
};

/// How many events may follow a snapshot before a load stores the next one.
const EVENTS_PER_SNAPSHOT: u64 = 100;

/// An aggregate as the log has it.
#[derive(Debug, Clone)]
pub struct Loaded<A> {
    /// Its state; the default when the stream does not exist.
    pub aggregate: A,
    /// The sequence of its last event; 0 when the stream does not exist.
    pub sequence: u64,
}

/// Events of a stream, and whether some of them were archived.
struct Stream {
    events: Vec<StoredEvent>,
    is_archived: bool,
}

/// Loads aggregates of one tenant at a time. Cheap to clone.
#[derive(Clone)]
pub struct EventStore {
    database: Database,
}

impl EventStore {
    /// Loads through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Loads an aggregate. Another tenant's aggregate looks as if it did not exist.
    ///
    /// # Errors
    /// [`LoadError`] when an event is missing or cannot be decoded, or reading fails: never a part of the stream.
    pub async fn load<A: Aggregate>(&self, tenant: TenantId, id: Uuid) -> Result<Loaded<A>, LoadError> {
        let mut loaded = self.load_snapshot::<A>(tenant, id).await?;
        let from = loaded.sequence;
        let Stream { events, is_archived } = self.read(tenant, A::TYPE, id, from).await?;
        for event in events {
            loaded.aggregate.evolve(&event.decode()?);
            loaded.sequence = event.sequence;
        }
        // what was looked for in the archive once is not looked for again
        if is_archived || loaded.sequence - from >= EVENTS_PER_SNAPSHOT {
            self.store_snapshot(tenant, id, &loaded).await?;
        }
        Ok(loaded)
    }

    /// A stream's events after a sequence, in order and without a gap.
    ///
    /// # Errors
    /// [`LoadError::Gap`] when an event is missing, [`LoadError::Database`] when reading fails.
    pub async fn stream(
        &self,
        tenant: TenantId,
        aggregate_type: &str,
        id: Uuid,
        after: u64,
    ) -> Result<Vec<StoredEvent>, LoadError> {
        Ok(self.read(tenant, aggregate_type, id, after).await?.events)
    }

    async fn read(
        &self,
        tenant: TenantId,
        aggregate_type: &str,
        id: Uuid,
        after: u64,
    ) -> Result<Stream, LoadError> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let query = format!(
            "SELECT {COLUMNS} FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND tenant_id = $3 \
             AND sequence > $4 ORDER BY sequence"
        );
        let rows: Vec<StoredEvent> = sqlx::query_as(&query)
            .bind(aggregate_type)
            .bind(id.to_string())
            .bind(tenant.as_uuid())
            .bind(after.cast_signed())
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        if check_stream(&rows, after).is_ok() {
            return Ok(Stream {
                events: rows,
                is_archived: false,
            });
        }
        let mut events = rows;
        events.extend(stream_events(&self.database, tenant, aggregate_type, id, after).await?);
        events.sort_by_key(|event| event.sequence);
        events.dedup_by_key(|event| event.sequence);
        check_stream(&events, after)?;
        Ok(Stream {
            events,
            is_archived: true,
        })
    }

    /// The stored state, or the beginning when there is none, it is of another version, or it cannot be decoded.
    async fn load_snapshot<A: Aggregate>(&self, tenant: TenantId, id: Uuid) -> Result<Loaded<A>, LoadError> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let row: Option<(i64, String)> = sqlx::query_as(
            "SELECT sequence, state::text FROM snapshots \
             WHERE aggregate_type = $1 AND aggregate_id = $2 AND tenant_id = $3 AND state_version = $4",
        )
        .bind(A::TYPE)
        .bind(id.to_string())
        .bind(tenant.as_uuid())
        .bind(A::STATE_VERSION.cast_signed())
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let decoded = row.and_then(|(sequence, state)| {
            let aggregate = serde_json::from_str(&state)
                .inspect_err(|error| tracing::warn!(error = %error, "a snapshot cannot be decoded, the stream is replayed"))
                .ok()?;
            Some(Loaded { aggregate, sequence: sequence.unsigned_abs() })
        });
        Ok(decoded.unwrap_or_else(|| Loaded {
            aggregate: A::default(),
            sequence: 0,
        }))
    }

    /// Stores a state, unless a later one stands there. Nothing depends on it.
    async fn store_snapshot<A: Aggregate>(
        &self,
        tenant: TenantId,
        id: Uuid,
        loaded: &Loaded<A>,
    ) -> Result<(), LoadError> {
        let Ok(state) = serde_json::to_value(&loaded.aggregate) else {
            return Ok(());
        };
        sqlx::query(
            "INSERT INTO snapshots (aggregate_type, aggregate_id, tenant_id, sequence, state_version, state) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE \
             SET sequence = excluded.sequence, state_version = excluded.state_version, state = excluded.state \
             WHERE snapshots.sequence <= excluded.sequence OR snapshots.state_version <> excluded.state_version",
        )
        .bind(A::TYPE)
        .bind(id.to_string())
        .bind(tenant.as_uuid())
        .bind(loaded.sequence.cast_signed())
        .bind(A::STATE_VERSION.cast_signed())
        .bind(state)
        .execute(&self.database.writer)
        .await?;
        Ok(())
    }
}

/// Whether these events of a stream follow a sequence one by one.
fn check_stream(events: &[StoredEvent], after: u64) -> Result<(), LoadError> {
    for (event, expected) in events.iter().zip(after + 1..) {
        if event.sequence != expected {
            return Err(LoadError::Gap { after: expected - 1 });
        }
    }
    Ok(())
}
