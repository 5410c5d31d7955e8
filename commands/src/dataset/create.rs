//! Creating a dataset: its keys, its name's claim, its guard and its first event, in one append.

use vault_access::{Permit, act};
use vault_crypto::{DatasetKeyIds, KeyedHasher, ScopeKeyIds};
use vault_domain::{
    Aggregate, DatasetId, DomainEvent, EpochId, EventId, KeyId, KeyedHash, Operation, TenantId,
    access::KeyTask,
    dataset::{Dataset, DatasetCommand, DatasetName},
    field,
};
use vault_event_store::{
    Access, Append, AppendError, Claim, DataKeyRow, Guard, GuardState, StreamId, TakenClaim,
};

use super::{
    input::DatasetInput,
    seal::Sealer,
    view::{DatasetView, view},
};
use crate::{
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written, context},
    vault::Vault,
};

const CREATED: u16 = 201;

/// Creates a dataset.
///
/// # Errors
/// `Invalid` for a bad field, `NameTaken`, `NameLooksAlike`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.dataset.create", skip_all)]
pub async fn create(
    vault: &Vault,
    permit: &Permit<act::DatasetCreate>,
    request: &Request,
    input: &DatasetInput,
) -> Result<Written<DatasetView>, CommandError> {
    let principal = permit.principal();
    let tenant = principal.tenant;
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(first) = before.as_ref().and_then(|events| events.first()) {
        let id = parse_id(&first.aggregate_id)?;
        return Ok(Written::again(
            view(vault, tenant, id, first.sequence).await?,
            first.position,
        ));
    }

    let id = DatasetId::from_uuid(vault.ids.next());
    let key_ids = DatasetKeyIds {
        scope: ScopeKeyIds {
            content: KeyId::from_uuid(vault.ids.next()),
            address: KeyId::from_uuid(vault.ids.next()),
        },
        value: KeyId::from_uuid(vault.ids.next()),
    };
    let keys = vault.keys.create_dataset_keys(tenant, id, key_ids).await?;
    let names = vault.keys.tenant_lookup(tenant).await?;
    let sealer = Sealer {
        tenant,
        dataset: id,
        key: keys.values,
        names,
    };
    let new = sealer.new_dataset(input)?;
    let name = new.name.hash;
    let look = look(&sealer.names, &input.name);

    let now = vault.clock.now();
    let events = Dataset::default().decide(DatasetCommand::Create(Box::new(new)), &context(now))?;
    let metadata = request.metadata(principal, Operation::CreateDataset);
    let stream = StreamId {
        aggregate_type: Dataset::TYPE,
        aggregate_id: id.as_uuid(),
    };
    let mut append = Append::new(stream, 0, &metadata, &events, || {
        EventId::from_uuid(vault.ids.next())
    })?;
    append.sets.push((Guard::dataset(id), GuardState::Open));
    append.takes.push(name_claim(tenant, id, name));
    append.takes.extend(look.map(|look| look_claim(tenant, id, look)));
    append.rows.data_keys = keys.rows.iter().map(|row| key_row(tenant, row, now)).collect();
    append.rows.idempotency = repeatable.map(|repeatable| repeatable.row(vault, CREATED));
    match vault.appender.append(append).await {
        Ok(appended) => {
            vault.rules.forget_dataset(tenant, id);
            let made: Vec<_> = keys.rows.iter().map(|row| row.key_id).collect();
            record_created(vault, tenant, &made).await?;
            Ok(Written::now(view(vault, tenant, id, 1).await?, appended))
        }
        Err(AppendError::ClaimsTaken(taken)) => Err(taken_name(&taken)),
        // the same request was answered between the look-up and the append
        Err(AppendError::AnsweredBefore) => Box::pin(create(vault, permit, request, input)).await,
        Err(error) => Err(error.into()),
    }
}

fn parse_id(text: &str) -> Result<DatasetId, CommandError> {
    text.parse()
        .map_err(|error: vault_domain::InvalidId| CommandError::Internal(Box::new(error)))
}

/// The claim of a dataset's name, unique in the tenant.
pub(super) fn name_claim(tenant: TenantId, id: DatasetId, name: KeyedHash) -> Claim {
    Claim {
        claim_type: field::DATASET_NAME,
        scope: tenant.as_uuid(),
        key: name,
        holder: id.as_uuid(),
    }
}

/// The claim of what a dataset's name looks like, unique in the tenant. It is taken after the claim of the name itself.
pub(super) fn look_claim(tenant: TenantId, id: DatasetId, look: KeyedHash) -> Claim {
    Claim {
        claim_type: field::DATASET_LOOK,
        scope: tenant.as_uuid(),
        key: look,
        holder: id.as_uuid(),
    }
}

/// By what it is found what a name looks like; nothing, if it is no name by today's rules.
pub(super) fn look(names: &KeyedHasher, name: &str) -> Option<KeyedHash> {
    let name = DatasetName::parse(name).ok()?;
    Some(names.hash(field::DATASET_LOOK, name.look().as_bytes()))
}

/// Which refusal it is that these claims of a dataset are taken: its name's is the first.
pub(super) fn taken_name(taken: &[TakenClaim]) -> CommandError {
    if taken.iter().any(|taken| taken.index == 0) {
        CommandError::NameTaken
    } else {
        CommandError::NameLooksAlike
    }
}

/// Takes down that keys were made, once their rows are committed.
pub(crate) async fn record_created(
    vault: &Vault,
    tenant: TenantId,
    keys: &[KeyId],
) -> Result<(), CommandError> {
    for &key in keys {
        let task = KeyTask::Create;
        vault
            .recorder
            .record(tenant, Access::KeyUsed { key, task })
            .await?;
    }
    Ok(())
}

/// A wrapped key as the row that keeps it.
pub(crate) fn key_row(
    tenant: TenantId,
    row: &vault_crypto::WrappedDataKey,
    created_at: chrono::DateTime<chrono::Utc>,
) -> DataKeyRow {
    DataKeyRow {
        revoked_at: None,
        key_id: row.key_id.as_uuid(),
        scope_type: row.scope.kind().to_owned(),
        scope_id: row.scope.id().unwrap_or_else(|| tenant.as_uuid()),
        purpose: row.purpose.as_str().to_owned(),
        generation: i32::try_from(row.generation).unwrap_or(i32::MAX),
        wrapped: row.wrapped.clone(),
        epoch_id: row.epoch.map(EpochId::as_uuid),
        created_at,
    }
}

/// The events of a list that were made by one command, as `Append` wants them.
pub(crate) fn encode<E: DomainEvent>(
    vault: &Vault,
    stream: StreamId,
    sequence: u64,
    metadata: &vault_domain::Metadata,
    events: &[E],
) -> Result<Append, CommandError> {
    Ok(Append::new(stream, sequence, metadata, events, || {
        EventId::from_uuid(vault.ids.next())
    })?)
}
