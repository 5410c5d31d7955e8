//! Which large contents the records of a tenant name.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, bail};
use uuid::Uuid;
use vault_crypto::{ContentAddress, Scope};
use vault_domain::{DatasetId, RecordId, SubjectId, TenantId};
use vault_projections::{
    projection_states,
    read::{RecordPlaceRow, list_record_places},
};

use super::Shelves;

/// How long it is waited for the read models to reach the log's end.
const PATIENCE: Duration = Duration::from_mins(1);
/// The pause between two looks at how far they are.
const LOOK_PAUSE: Duration = Duration::from_millis(100);
/// The read models that say which contents are named.
const READ_MODELS: [&str; 2] = ["records", "subjects"];

/// One of the records that name a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamedBy {
    pub(crate) dataset: DatasetId,
    pub(crate) record: RecordId,
}

/// The large contents of one tenant. A hundred bytes for each, which is at least 64 KiB long.
pub(super) type Named = HashMap<(Scope, ContentAddress), NamedBy>;

/// Waits until the read models know everything that the log says now.
pub(super) async fn wait_for_read_models(shelves: &Shelves) -> anyhow::Result<()> {
    let end = i64::try_from(shelves.queries.log.last_position().await?)?;
    let reached = async {
        loop {
            let states = projection_states(&shelves.queries.database.writer).await?;
            let has_reached = |name: &str| {
                states
                    .iter()
                    .any(|state| state.projection == name && state.position >= end)
            };
            if end == 0 || READ_MODELS.into_iter().all(has_reached) {
                return anyhow::Ok(());
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    };
    match tokio::time::timeout(PATIENCE, reached).await {
        Ok(reached) => reached.context("the database cannot be read"),
        Err(_) => bail!("the read models are behind the log: is a server running?"),
    }
}

/// The large contents that a tenant's records name.
pub(super) async fn named(shelves: &Shelves, tenant: TenantId) -> anyhow::Result<Named> {
    let mut named = Named::new();
    let mut after = (Uuid::nil(), Uuid::nil());
    loop {
        let mut transaction = shelves.queries.database.begin_tenant(tenant).await?;
        let page = list_record_places(&mut transaction, after).await?;
        transaction.rollback().await?;
        let Some(last) = page.last() else {
            return Ok(named);
        };
        after = (last.dataset_id, last.record_id);
        for row in page.into_iter().filter(|row| row.is_large) {
            let by = NamedBy {
                dataset: DatasetId::from_uuid(row.dataset_id),
                record: RecordId::from_uuid(row.record_id),
            };
            named.insert(content_of(&row)?, by);
        }
    }
}

fn content_of(row: &RecordPlaceRow) -> anyhow::Result<(Scope, ContentAddress)> {
    let address: [u8; 32] = row
        .content
        .as_slice()
        .try_into()
        .context("an address of the read model is none")?;
    let dataset = Scope::Dataset(DatasetId::from_uuid(row.dataset_id));
    let scope = row
        .subject_id
        .map_or(dataset, |id| Scope::Subject(SubjectId::from_uuid(id)));
    Ok((scope, ContentAddress::from_bytes(address)))
}
