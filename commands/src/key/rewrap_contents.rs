//! Sealing anew what an older content key of a dataset sealed: the order, and its end. The server does the work between.

use vault_access::{Permit, act};
use vault_crypto::{KeyPurpose, Scope};
use vault_domain::{
    Aggregate, DatasetId, KeyId, Metadata, Operation, TenantId,
    key::{KeyCommand, KeyContentsRewrapped, KeyRetired, KeyScope, Keys},
};
use vault_event_store::{
    AppendError, ContentsRewrap, Guard, GuardState, NewRewrapRow, RewrapOrder, StreamId,
};

use crate::{
    dataset::encode,
    error::{CommandError, KeyNeed},
    idempotency::{Repeatable, look_up},
    request::{Request, Written, context},
    tenant::system_metadata,
    vault::Vault,
};

const ACCEPTED: u16 = 202;
/// How often it is tried again when others write to the same stream.
const MAX_ATTEMPTS: u32 = 8;

/// Begins to seal anew what an older content key of a dataset sealed, or goes on with it. From its answer on nothing new is
/// sealed with the key, on any process.
///
/// # Errors
/// `KeyNotFound`, `KeyNeeded` if the key seals or is no dataset's content key, or a fault.
#[tracing::instrument(name = "commands.key.rewrap", skip_all)]
pub async fn rewrap_contents(
    vault: &Vault,
    permit: &Permit<act::KeyRotate>,
    request: &Request,
    key_id: KeyId,
) -> Result<Written<ContentsRewrap>, CommandError> {
    let principal = permit.principal();
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(event) = before.as_ref().and_then(|events| events.first()) {
        let rewrap = rewrap_of(vault, principal.tenant, key_id).await?;
        return Ok(Written::again(rewrap, event.position));
    }
    let order = Order {
        vault,
        tenant: principal.tenant,
        metadata: request.metadata(principal, Operation::RewrapContents),
        repeatable: repeatable.as_ref(),
    };
    match order.run(key_id).await {
        // the same request was answered between the look-up and the append
        Err(CommandError::Append(AppendError::AnsweredBefore)) => {
            Box::pin(rewrap_contents(vault, permit, request, key_id)).await
        }
        result => result,
    }
}

/// As [`rewrap_contents`], by an operator or the server itself.
///
/// # Errors
/// As [`rewrap_contents`].
pub async fn order_rewrap(
    vault: &Vault,
    tenant: TenantId,
    key_id: KeyId,
) -> Result<ContentsRewrap, CommandError> {
    let order = Order {
        vault,
        tenant,
        metadata: system_metadata(vault, tenant, Operation::RewrapContents),
        repeatable: None,
    };
    Ok(order.run(key_id).await?.value)
}

/// Leaves a sealing anew be until somebody orders it again. What is done stays done.
///
/// # Errors
/// `KeyNotFound` if nobody ordered it, or a fault.
#[tracing::instrument(name = "commands.key.pause_rewrap", skip_all)]
pub async fn pause_rewrap(
    vault: &Vault,
    permit: &Permit<act::KeyRotate>,
    key_id: KeyId,
) -> Result<Written<ContentsRewrap>, CommandError> {
    let paused = pause_rewrap_as_operator(vault, permit.principal().tenant, key_id).await?;
    Ok(Written::nothing(paused))
}

/// As [`pause_rewrap`], by an operator.
///
/// # Errors
/// As [`pause_rewrap`].
pub async fn pause_rewrap_as_operator(
    vault: &Vault,
    tenant: TenantId,
    key_id: KeyId,
) -> Result<ContentsRewrap, CommandError> {
    let paused = vault
        .key_rows
        .set_rewrap(tenant, key_id, RewrapOrder::Pause)
        .await;
    paused.map_err(|error| CommandError::Load(error.into()))?;
    rewrap_of(vault, tenant, key_id).await
}

/// Says in the log that nothing is left that the key sealed, and then in its row: a break between the two is made good by
/// whoever goes on.
///
/// # Errors
/// A fault.
pub async fn finish_rewrap(vault: &Vault, rewrap: &ContentsRewrap) -> Result<(), CommandError> {
    let (tenant, stream) = (rewrap.tenant(), stream_of(rewrap.dataset()));
    let metadata = system_metadata(vault, tenant, Operation::RewrapContents);
    // the figures of this moment
    let rewrap = rewrap_of(vault, tenant, rewrap.key()).await?;
    for _ in 0..MAX_ATTEMPTS {
        let loaded = vault.store.load::<Keys>(tenant, stream.aggregate_id).await?;
        let finish = KeyCommand::FinishRewrap(KeyContentsRewrapped {
            scope: KeyScope::Dataset(rewrap.dataset()),
            key_id: rewrap.key(),
            contents: rewrap.contents.unsigned_abs(),
            size_bytes: rewrap.size_bytes.unsigned_abs(),
        });
        let decided = loaded.aggregate.decide(finish, &context(vault.clock.now()));
        let events = decided.map_err(|refusal| CommandError::Internal(Box::new(refusal)))?;
        if !events.is_empty() {
            let append = encode(vault, stream, loaded.sequence, &metadata, &events)?;
            match vault.appender.append(append).await {
                Ok(_) => {}
                Err(AppendError::Conflict { .. }) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let finished = vault.key_rows.finish_rewrap(&rewrap, vault.clock.now()).await;
        return finished.map_err(|error| CommandError::Load(error.into()));
    }
    Err(CommandError::Contended)
}

struct Order<'a> {
    vault: &'a Vault,
    tenant: TenantId,
    metadata: Metadata,
    repeatable: Option<&'a Repeatable>,
}

impl Order<'_> {
    async fn run(&self, key_id: KeyId) -> Result<Written<ContentsRewrap>, CommandError> {
        let Self { vault, tenant, .. } = *self;
        let row = vault.keys.row(tenant, key_id).await?;
        let row = row.ok_or(CommandError::KeyNotFound)?;
        let (Scope::Dataset(dataset), KeyPurpose::Content) = (row.scope, row.purpose) else {
            return Err(CommandError::KeyNeeded(KeyNeed::NoContents));
        };
        for _ in 0..MAX_ATTEMPTS {
            let stream = stream_of(dataset);
            let loaded = vault.store.load::<Keys>(tenant, stream.aggregate_id).await?;
            let now = vault.clock.now();
            let retire = KeyCommand::Retire(KeyRetired {
                scope: KeyScope::Dataset(dataset),
                key_id,
            });
            let decided = loaded.aggregate.decide(retire, &context(now));
            let events = decided.map_err(|_| CommandError::KeyNeeded(KeyNeed::Seals))?;
            if events.is_empty() {
                let order = RewrapOrder::GoOn;
                let ordered = vault.key_rows.set_rewrap(tenant, key_id, order).await;
                ordered.map_err(|error| CommandError::Load(error.into()))?;
                vault.rewraps.notify_one();
                return Ok(Written::nothing(rewrap_of(vault, tenant, key_id).await?));
            }
            let mut append = encode(vault, stream, loaded.sequence, &self.metadata, &events)?;
            append.sets.push((Guard::key(key_id), GuardState::Closed));
            append.rows.rewrap = Some(NewRewrapRow {
                key_id,
                dataset,
                started_at: now,
            });
            append.rows.idempotency = self.repeatable.map(|repeatable| repeatable.row(vault, ACCEPTED));
            match vault.appender.append(append).await {
                Ok(appended) => {
                    vault.rewraps.notify_one();
                    let rewrap = rewrap_of(vault, tenant, key_id).await?;
                    return Ok(Written::now(rewrap, appended));
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Contended)
    }
}

pub(super) const fn stream_of(dataset: DatasetId) -> StreamId {
    StreamId {
        aggregate_type: Keys::TYPE,
        aggregate_id: dataset.as_uuid(),
    }
}

async fn rewrap_of(vault: &Vault, tenant: TenantId, key_id: KeyId) -> Result<ContentsRewrap, CommandError> {
    let rewrap = vault.key_rows.rewrap_of(tenant, key_id).await;
    let rewrap = rewrap.map_err(|error| CommandError::Load(error.into()))?;
    rewrap.ok_or(CommandError::KeyNotFound)
}
