//! Changing a dataset: load, decide, append, and again when another change came between.

use vault_access::{Permit, Principal, act};
use vault_domain::{
    Aggregate, DatasetId, KeyedHash, Operation, TenantId,
    dataset::{Dataset, DatasetCommand, DatasetEvent},
};
use vault_event_store::{Append, AppendError, Guard, GuardState, Loaded, StreamId};

use super::{
    create::{encode, look, look_claim, name_claim, taken_name},
    input::DatasetPatch,
    seal::Sealer,
    view::{DatasetView, view},
};
use crate::{
    error::CommandError,
    idempotency::{Repeatable, look_up},
    request::{Request, Written, context},
    vault::Vault,
};

/// How often a change is decided again when others come between.
const MAX_ATTEMPTS: u32 = 8;
const OK: u16 = 200;

/// A change to one dataset, with the proof that the caller may make it.
#[derive(Debug)]
pub enum Change<'a> {
    /// Change properties.
    Update(&'a Permit<act::DatasetUpdate>, &'a DatasetPatch),
    /// Close it for records and changes.
    Archive(&'a Permit<act::DatasetUpdate>),
    /// Open it again.
    Unarchive(&'a Permit<act::DatasetUpdate>),
    /// Delete it.
    Delete(&'a Permit<act::DatasetDelete>),
}

impl Change<'_> {
    fn target(&self) -> (Principal, DatasetId) {
        match self {
            Self::Update(permit, _) | Self::Archive(permit) | Self::Unarchive(permit) => {
                (*permit.principal(), permit.target())
            }
            Self::Delete(permit) => (*permit.principal(), permit.target()),
        }
    }

    const fn operation(&self) -> Operation {
        match self {
            Self::Update(..) => Operation::UpdateDataset,
            Self::Archive(_) => Operation::ArchiveDataset,
            Self::Unarchive(_) => Operation::UnarchiveDataset,
            Self::Delete(_) => Operation::DeleteDataset,
        }
    }
}

/// Makes a change, if `is_current` holds for the sequence at which the dataset stands.
///
/// # Errors
/// `DatasetNotFound`, `DatasetArchived`, `Stale`, `NameTaken`, `NameLooksAlike`, `Invalid` for a bad field, or a fault.
#[tracing::instrument(name = "commands.dataset.change", skip_all)]
pub async fn change(
    vault: &Vault,
    request: &Request,
    change: &Change<'_>,
    is_current: impl Fn(u64) -> bool + Send + Sync,
) -> Result<Written<DatasetView>, CommandError> {
    let (principal, id) = change.target();
    let (repeatable, before) = look_up(vault, &principal, request.idempotency.as_ref()).await?;
    // a change makes one event
    if let Some(event) = before.as_ref().and_then(|events| events.first()) {
        return Ok(Written::again(
            view(vault, principal.tenant, id, event.sequence).await?,
            event.position,
        ));
    }
    for _ in 0..MAX_ATTEMPTS {
        let loaded: Loaded<Dataset> = vault.store.load(principal.tenant, id.as_uuid()).await?;
        let attempt = Attempt {
            vault,
            request,
            change,
            principal,
            id,
            repeatable: repeatable.as_ref(),
            loaded,
        };
        if attempt.loaded.sequence > 0 && !is_current(attempt.loaded.sequence) {
            return Err(CommandError::Stale);
        }
        let Some(append) = attempt.decide().await? else {
            let unchanged = view(vault, principal.tenant, id, attempt.loaded.sequence).await?;
            return Ok(Written::nothing(unchanged));
        };
        match vault.appender.append(append).await {
            Ok(appended) => {
                vault.rules.forget_dataset(principal.tenant, id);
                let changed = view(vault, principal.tenant, id, attempt.loaded.sequence + 1).await?;
                return Ok(Written::now(changed, appended));
            }
            Err(AppendError::Conflict { .. }) => {}
            Err(AppendError::ClaimsTaken(taken)) => return Err(taken_name(&taken)),
            Err(AppendError::AnsweredBefore) => {
                let Some(repeatable) = &repeatable else {
                    return Err(CommandError::Contended);
                };
                let events = repeatable
                    .events_before(vault, &principal)
                    .await?
                    .unwrap_or_default();
                let event = events.first().ok_or(CommandError::Contended)?;
                return Ok(Written::again(
                    view(vault, principal.tenant, id, event.sequence).await?,
                    event.position,
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Contended)
}

/// Whether the tenant has a dataset: needed to deny something of it, whoever asks.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "commands.dataset.is_there", skip_all)]
pub async fn is_there(vault: &Vault, tenant: TenantId, id: DatasetId) -> Result<bool, CommandError> {
    let loaded: Loaded<Dataset> = vault.store.load(tenant, id.as_uuid()).await?;
    Ok(loaded.aggregate.name_hash().is_some())
}

/// One decision against one state.
struct Attempt<'a> {
    vault: &'a Vault,
    request: &'a Request,
    change: &'a Change<'a>,
    principal: Principal,
    id: DatasetId,
    repeatable: Option<&'a Repeatable>,
    loaded: Loaded<Dataset>,
}

impl Attempt<'_> {
    async fn decide(&self) -> Result<Option<Append>, CommandError> {
        let command = match self.change {
            Change::Update(_, patch) => DatasetCommand::Update(Box::new(self.sealer().await?.update(patch)?)),
            Change::Archive(_) => DatasetCommand::Archive,
            Change::Unarchive(_) => DatasetCommand::Unarchive,
            Change::Delete(_) => DatasetCommand::Delete,
        };
        let events = self
            .loaded
            .aggregate
            .decide(command, &context(self.vault.clock.now()))?;
        let [event] = events.as_slice() else {
            return Ok(None);
        };
        let metadata = self.request.metadata(&self.principal, self.change.operation());
        let stream = StreamId {
            aggregate_type: Dataset::TYPE,
            aggregate_id: self.id.as_uuid(),
        };
        let mut append = encode(self.vault, stream, self.loaded.sequence, &metadata, &events)?;
        self.add_rules(&mut append, event);
        self.add_look(&mut append, event).await?;
        append.rows.idempotency = self.repeatable.map(|repeatable| repeatable.row(self.vault, OK));
        Ok(Some(append))
    }

    async fn sealer(&self) -> Result<Sealer, CommandError> {
        let tenant = self.principal.tenant;
        if self.loaded.aggregate.name_hash().is_none() {
            return Err(CommandError::DatasetNotFound);
        }
        let keys = self.vault.keys.dataset_keys(tenant, self.id).await?;
        let names = self.vault.keys.tenant_lookup(tenant).await?;
        Ok(Sealer {
            tenant,
            dataset: self.id,
            key: keys.values.clone(),
            names,
        })
    }

    /// What must hold, and change, with the event: the guard that records need, and the claim of the name.
    fn add_rules(&self, append: &mut Append, event: &DatasetEvent) {
        let guard = Guard::dataset(self.id);
        let old_name = self.loaded.aggregate.name_hash();
        match event {
            DatasetEvent::Created(_) => {}
            DatasetEvent::Updated(updated) => {
                let new_name = updated.name.as_ref().map(|name| name.hash);
                if let Some(new_name) = new_name.filter(|name| Some(*name) != old_name) {
                    append.takes.push(self.claim(new_name));
                    append.releases.extend(old_name.map(|name| self.claim(name)));
                }
            }
            DatasetEvent::Archived(_) => append.sets.push((guard, GuardState::Closed)),
            DatasetEvent::Unarchived(_) => append.sets.push((guard, GuardState::Open)),
            DatasetEvent::Deleted(_) => {
                append.sets.push((guard, GuardState::Closed));
                append.releases.extend(old_name.map(|name| self.claim(name)));
            }
        }
    }

    /// The claim of what the name looks like, as far as that changes with the event.
    async fn add_look(&self, append: &mut Append, event: &DatasetEvent) -> Result<(), CommandError> {
        let new_name = match (event, self.change) {
            (DatasetEvent::Updated(updated), Change::Update(_, patch)) if updated.name.is_some() => {
                patch.name.as_deref()
            }
            (DatasetEvent::Deleted(_), _) => None,
            _ => return Ok(()),
        };
        let (vault, tenant) = (self.vault, self.principal.tenant);
        let names = vault.keys.tenant_lookup(tenant).await?;
        let old = view(vault, tenant, self.id, self.loaded.sequence).await?;
        let old_look = look(&names, &old.name);
        let new_look = new_name.and_then(|name| look(&names, name));
        if old_look != new_look {
            let claim = |look| look_claim(tenant, self.id, look);
            append.takes.extend(new_look.map(claim));
            append.releases.extend(old_look.map(claim));
        }
        Ok(())
    }

    fn claim(&self, name: KeyedHash) -> vault_event_store::Claim {
        name_claim(self.principal.tenant, self.id, name)
    }
}
