//! When a question is about: now, or an earlier point of the log.

use std::{str::FromStr, sync::Arc};

use chrono::{DateTime, Utc};
use vault_access::{Act, Permit};
use vault_domain::{
    Aggregate, DatasetId, TenantId, UserId,
    dataset::{Dataset, DatasetProperties, DatasetStatus, Sensitivity},
    field,
};
use vault_event_store::TenantTransaction;
use vault_projections::{
    Opener,
    read::{DatasetRow, find_dataset, find_dataset_as_of},
};

use crate::{Queries, error::QueryError};

/// A point of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// After the event at this position.
    Position(u64),
    /// After the last event that was recorded by this time.
    Time(DateTime<Utc>),
}

/// A text that is neither a position nor a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a position or a time (RFC 3339)")]
pub struct InvalidAsOf;

impl FromStr for AsOf {
    type Err = InvalidAsOf;

    fn from_str(text: &str) -> Result<Self, InvalidAsOf> {
        let time = || DateTime::parse_from_rfc3339(text).map(|time| Self::Time(time.to_utc()));
        text.parse()
            .map(Self::Position)
            .or_else(|_| time())
            .map_err(|_| InvalidAsOf)
    }
}

/// When a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Now, as the read models have it.
    Now,
    /// After the event at this position.
    After(u64),
}

impl Moment {
    /// The position, unless it is now.
    #[must_use]
    pub const fn position(self) -> Option<u64> {
        match self {
            Self::Now => None,
            Self::After(position) => Some(position),
        }
    }
}

impl Queries {
    /// The moment of a point of the log, once the read models have passed it.
    ///
    /// # Errors
    /// `BeyondTheLog` where the log has not come so far, `Behind` where the read models have not, or a fault.
    pub async fn moment<A: Act>(&self, permit: &Permit<A>, as_of: AsOf) -> Result<Moment, QueryError> {
        let position = match as_of {
            AsOf::Time(time) => {
                let tenant = permit.principal().tenant;
                self.log.tenant_position_at(tenant, time).await?
            }
            AsOf::Position(position) if position > self.log.last_position().await? => {
                return Err(QueryError::BeyondTheLog);
            }
            AsOf::Position(position) => position,
        };
        self.reach(position).await?;
        Ok(Moment::After(position))
    }

    /// A dataset that is not deleted at that moment.
    pub(crate) async fn dataset_at<A: Act<Target = DatasetId>>(
        &self,
        permit: &Permit<A>,
        moment: Moment,
    ) -> Result<Arc<DatasetRow>, QueryError> {
        let row = match moment {
            Moment::Now => {
                self.dataset_now(permit.principal().tenant, permit.target())
                    .await?
            }
            Moment::After(position) => self.dataset_from_log(permit, position).await?.map(Arc::new),
        };
        row.ok_or(QueryError::DatasetNotFound)
    }

    /// The row of a dataset, as this node remembers it, or as the read model has it.
    async fn dataset_now(
        &self,
        tenant: TenantId,
        id: DatasetId,
    ) -> Result<Option<Arc<DatasetRow>>, QueryError> {
        if let Some(row) = self.rows.get(tenant, id) {
            return Ok(Some(row));
        }
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let found = find_dataset_as_of(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(found.map(|found| self.rows.keep(tenant, id, found)))
    }

    /// Makes sure that a dataset was there at an earlier moment. Comes before the transaction that reads more of it: whoever
    /// waits for a second connection while it holds one may wait for itself.
    pub(crate) async fn require_then<A: Act<Target = DatasetId>>(
        &self,
        permit: &Permit<A>,
        moment: Moment,
    ) -> Result<(), QueryError> {
        let Some(position) = moment.position() else {
            return Ok(());
        };
        let row = self.dataset_from_log(permit, position).await?;
        row.map(drop).ok_or(QueryError::DatasetNotFound)
    }

    /// How carefully records of a dataset are handed out: as its settings say now, also where it was not sensitive then. One
    /// that is deleted by now is sensitive, and is not there if the moment is now.
    pub(crate) async fn record_care<A: Act<Target = DatasetId>>(
        &self,
        transaction: &mut TenantTransaction,
        permit: &Permit<A>,
        moment: Moment,
    ) -> Result<Sensitivity, QueryError> {
        let now = find_dataset(transaction, permit.target()).await?;
        if moment == Moment::Now && now.is_none() {
            return Err(QueryError::DatasetNotFound);
        }
        Ok(now.map_or(Sensitivity::Sensitive, |row| row.sensitivity()))
    }

    /// The row that the read model had after that event, computed from the log.
    async fn dataset_from_log<A: Act<Target = DatasetId>>(
        &self,
        permit: &Permit<A>,
        position: u64,
    ) -> Result<Option<DatasetRow>, QueryError> {
        let (tenant, id) = (permit.principal().tenant, permit.target());
        let mut events = self.store.stream(tenant, Dataset::TYPE, id.as_uuid(), 0).await?;
        events.retain(|event| event.position <= position);
        let mut properties = DatasetProperties::default();
        for event in &events {
            properties.evolve(event.decode()?);
        }
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(None);
        };
        if properties.status == DatasetStatus::Deleted {
            return Ok(None);
        }
        let opener = Opener::new(self.keys.clone());
        let opener = opener.of_dataset(tenant, id);
        let created_by = first.decode_metadata()?.actor.user().map(UserId::as_uuid);
        Ok(Some(DatasetRow {
            dataset_id: id.as_uuid(),
            status: properties.status.as_str().to_owned(),
            name: opener
                .text(field::DATASET_NAME, properties.name.as_ref())
                .await?
                .unwrap_or_default(),
            description: opener
                .text(field::DATASET_DESCRIPTION, properties.description.as_ref())
                .await?,
            task_type: opener
                .text(field::DATASET_TASK_TYPE, properties.task_type.as_ref())
                .await?,
            tags: opener
                .json(field::DATASET_TAGS, properties.tags.as_ref())
                .await?
                .unwrap_or_default(),
            schema: opener
                .json(field::DATASET_SCHEMA, properties.schema.as_ref())
                .await?,
            settings: opener
                .json(field::DATASET_SETTINGS, properties.settings.as_ref())
                .await?,
            sequence: last.sequence.cast_signed(),
            created_by,
            created_at: first.recorded_at,
            updated_at: last.recorded_at,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_of_the_log_is_a_position_or_a_time() {
        assert_eq!("120".parse(), Ok(AsOf::Position(120)));
        let time = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
        assert_eq!(time.to_rfc3339().parse(), Ok(AsOf::Time(time)));
        for other in ["", "-1", "yesterday", "2026-11-22"] {
            assert_eq!(other.parse::<AsOf>(), Err(InvalidAsOf), "{other}");
        }
    }
}
