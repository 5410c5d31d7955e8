//! The read model `subjects`: how each stands, without its name.

use async_trait::async_trait;
use sqlx::PgConnection;
use vault_domain::{
    Aggregate, DecodeError, SubjectId,
    subject::{Subject, SubjectEvent},
};
use vault_event_store::{LoadError, StoredEvent};

use crate::{error::ProjectionError, projector::Projection};

/// Builds `subjects`.
pub struct SubjectsProjection;

#[async_trait]
impl Projection for SubjectsProjection {
    fn name(&self) -> &'static str {
        "subjects"
    }

    async fn apply(
        &self,
        events: &[StoredEvent],
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        for event in events
            .iter()
            .filter(|event| event.aggregate_type == Subject::TYPE)
        {
            let subject = subject_of(event)?;
            let position = Some(event.position.cast_signed());
            let change = match event.decode()? {
                SubjectEvent::Registered(_) => {
                    register(event, subject, connection).await?;
                    continue;
                }
                SubjectEvent::Held(_) => Change::held(true),
                SubjectEvent::HoldReleased(_) => Change::held(false),
                SubjectEvent::Restricted(_) => Change::status("restricted"),
                SubjectEvent::RestrictionLifted(_) => Change::status("active"),
                SubjectEvent::Erased(_) => Change {
                    erased: position,
                    ..Change::status("erased")
                },
                // of several events that tell of it, the last
                SubjectEvent::Purged(_) => Change {
                    purged: position,
                    ..Change::default()
                },
                SubjectEvent::EpochEnded(_) => Change {
                    epoch_ended: position,
                    ..Change::default()
                },
            };
            change.apply(event, subject, connection).await?;
        }
        Ok(())
    }
}

/// What changes of a row.
#[derive(Default)]
struct Change {
    status: Option<&'static str>,
    held: Option<bool>,
    erased: Option<i64>,
    purged: Option<i64>,
    epoch_ended: Option<i64>,
}

impl Change {
    fn status(status: &'static str) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    fn held(held: bool) -> Self {
        Self {
            held: Some(held),
            ..Self::default()
        }
    }

    async fn apply(
        &self,
        event: &StoredEvent,
        subject: SubjectId,
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        sqlx::query(
            "UPDATE subjects SET status = coalesce($3, status), held = coalesce($4, held), \
             erased_position = coalesce($5, erased_position), purged_position = coalesce($6, purged_position), \
             epoch_ended_position = coalesce($7, epoch_ended_position) WHERE tenant_id = $1 AND subject_id = $2",
        )
        .bind(event.tenant_id.as_uuid())
        .bind(subject.as_uuid())
        .bind(self.status)
        .bind(self.held)
        .bind(self.erased)
        .bind(self.purged)
        .bind(self.epoch_ended)
        .execute(connection)
        .await?;
        Ok(())
    }
}

async fn register(
    event: &StoredEvent,
    subject: SubjectId,
    connection: &mut PgConnection,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO subjects (tenant_id, subject_id, status, held, registered_at) \
         VALUES ($1, $2, 'active', false, $3)",
    )
    .bind(event.tenant_id.as_uuid())
    .bind(subject.as_uuid())
    .bind(event.recorded_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whose stream an event of a subject is in.
pub(crate) fn subject_of(event: &StoredEvent) -> Result<SubjectId, ProjectionError> {
    let malformed = |_| LoadError::Decode {
        position: event.position,
        source: DecodeError::UnknownType,
    };
    Ok(event.aggregate_id.parse().map_err(malformed)?)
}
