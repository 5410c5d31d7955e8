//! What follows an erasure: the log says that the keys are no more, what they sealed is removed, and the log says so.

use vault_crypto::Scope;
use vault_domain::{
    Aggregate, DatasetId, Operation, SubjectId, TenantId,
    key::{KeyCommand, KeyDestroyed, KeyScope, Keys},
    subject::{PurgedDataset, Subject, SubjectCommand},
};
use vault_event_store::{AppendError, StreamId, SubjectDataset, UnfinishedErasure};
use vault_storage::ContentPlace;

use super::epoch::database;
use crate::{dataset::encode, error::CommandError, request::context, tenant::system_metadata, vault::Vault};

/// How often it is tried again when others write to the same stream.
const MAX_ATTEMPTS: u32 = 8;

/// What came of finishing erasures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finished {
    /// Subjects of whom everything was removed that their keys sealed.
    pub purged: u64,
    /// Subjects for whom it could not be; they are tried again.
    pub failed: u64,
}

/// Goes on with every erasure that is not finished. One that fails keeps none of the others back; the same again, or
/// in several processes at once, does nothing twice.
///
/// # Errors
/// When the database is away.
pub async fn finish_erasures(vault: &Vault) -> Result<Finished, CommandError> {
    let mut finished = Finished::default();
    let mut after: Option<UnfinishedErasure> = None;
    loop {
        let page = vault.subjects.unpurged(after.as_ref()).await.map_err(database)?;
        if page.is_empty() {
            return Ok(finished);
        }
        for erasure in &page {
            match finish(vault, erasure).await {
                Ok(()) => finished.purged += 1,
                Err(error) => {
                    let subject = erasure.subject();
                    tracing::warn!(error = %error, %subject, "an erasure cannot be finished yet");
                    finished.failed += 1;
                }
            }
        }
        after = page.into_iter().last();
    }
}

async fn finish(vault: &Vault, erasure: &UnfinishedErasure) -> Result<(), CommandError> {
    let (tenant, subject) = (erasure.tenant(), erasure.subject());
    destroyed_keys(vault, tenant, subject).await?;
    let mut after = Some(uuid::Uuid::nil());
    while let Some(record) = after {
        let removed = vault.subjects.remove_contents(tenant, subject, record).await;
        after = removed.map_err(database)?;
    }
    let scope = Scope::Subject(subject);
    vault
        .contents
        .delete_scope(ContentPlace { tenant, scope })
        .await?;
    // no record can have come since the erasure, so these figures are the last
    let datasets = vault.subjects.datasets(tenant, subject).await.map_err(database)?;
    let datasets = datasets.into_iter().map(purged).collect::<Result<_, _>>()?;
    let purge = SubjectCommand::Purge { datasets };
    tell(vault, tenant, subject, Operation::EraseSubject, purge).await?;
    let noted = vault
        .subjects
        .finish_purge(tenant, subject, vault.clock.now())
        .await;
    noted.map_err(database)
}

fn purged(dataset: SubjectDataset) -> Result<PurgedDataset, CommandError> {
    Ok(PurgedDataset {
        dataset_id: DatasetId::from_uuid(dataset.dataset_id),
        records: dataset.records.unsigned_abs(),
        size_bytes: dataset.size_bytes.unsigned_abs(),
        records_with_pii: dataset.records_with_pii.unsigned_abs(),
        counts: serde_json::from_value(dataset.counts)
            .map_err(|error| CommandError::Internal(Box::new(error)))?,
    })
}

/// Says in the log that a subject's keys are no more, unless it says so.
pub(super) async fn destroyed_keys(
    vault: &Vault,
    tenant: TenantId,
    subject: SubjectId,
) -> Result<(), CommandError> {
    let stream = StreamId {
        aggregate_type: Keys::TYPE,
        aggregate_id: subject.as_uuid(),
    };
    let erased = vault.store.load::<Subject>(tenant, subject.as_uuid()).await?;
    let erasure = erased.aggregate.erasure().ok_or(CommandError::SubjectNotFound)?;
    for _ in 0..MAX_ATTEMPTS {
        let loaded = vault.store.load::<Keys>(tenant, subject.as_uuid()).await?;
        let destroy = KeyCommand::Destroy(KeyDestroyed {
            scope: KeyScope::Subject(subject),
            key_ids: erasure.key_ids.clone(),
        });
        let events = loaded
            .aggregate
            .decide(destroy, &context(vault.clock.now()))
            .map_err(|refusal| CommandError::Internal(Box::new(refusal)))?;
        if events.is_empty() {
            return Ok(());
        }
        let metadata = system_metadata(vault, tenant, Operation::EraseSubject);
        let append = encode(vault, stream, loaded.sequence, &metadata, &events)?;
        match vault.appender.append(append).await {
            Ok(_) => return Ok(()),
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Contended)
}

/// Appends what a subject decides of an order of the vault's own; nothing, when it was told before.
pub(super) async fn tell(
    vault: &Vault,
    tenant: TenantId,
    subject: SubjectId,
    operation: Operation,
    command: SubjectCommand,
) -> Result<(), CommandError> {
    let stream = StreamId {
        aggregate_type: Subject::TYPE,
        aggregate_id: subject.as_uuid(),
    };
    let metadata = system_metadata(vault, tenant, operation);
    for _ in 0..MAX_ATTEMPTS {
        let loaded = vault.store.load::<Subject>(tenant, subject.as_uuid()).await?;
        let events = loaded
            .aggregate
            .decide(command.clone(), &context(vault.clock.now()))?;
        if events.is_empty() {
            return Ok(());
        }
        let append = encode(vault, stream, loaded.sequence, &metadata, &events)?;
        match vault.appender.append(append).await {
            Ok(_) => return Ok(()),
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Contended)
}
