//! Adding records to the draft of a dataset's default branch.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use vault_access::{Permit, Principal, act};
use vault_crypto::{KeyError, Scope, ScopeKeys};
use vault_domain::{
    Aggregate, BatchId, DatasetId, EventId, KeyId, KeyedHash, Operation, RecordId, SubjectId,
    dataset::Dataset,
    record_batch::{AddedRecord, RecordBatch, RecordBatchCommand, RecordBatchEvent},
};
use vault_event_store::{Append, AppendError, Appended, Guard, LargeContent, StoredEvent, StreamId};
use vault_privacy::DETECTOR_VERSION;
use vault_storage::ContentPlace;

use super::{
    StoredRecord,
    outcome::{AddedRecords, RecordFailure},
    prepare::{Prepared, PreparedContent, Preparer, RecordInput, is_name},
};
use crate::{
    detectors::detector_of,
    error::CommandError,
    idempotency::{Repeatable, look_up},
    request::{Request, Written, context},
    subject::{Resolver, Unknown},
    vault::Vault,
};

/// How often records are sealed again because their key was retired meanwhile.
const MAX_SEALINGS: u32 = 4;
/// From how many records on the CPU's work is done off the async threads.
const OFFLOAD_FROM: usize = 8;
/// From which size of one record's data on it is.
const OFFLOAD_BYTES: usize = 64 * 1024;
const CREATED: u16 = 201;

/// Adds records, at most [`vault_domain::record_batch::MAX_RECORDS_PER_BATCH`], each for itself: a bad one does not
/// keep the others out.
///
/// # Errors
/// `DatasetNotFound`, `DatasetArchived`, `IdempotencyKeyReused`, or a fault; then none was added.
#[tracing::instrument(name = "commands.record.add", skip_all)]
pub async fn add(
    vault: &Vault,
    permit: &Permit<act::RecordAdd>,
    request: &Request,
    inputs: Vec<RecordInput>,
) -> Result<Written<AddedRecords>, CommandError> {
    // before anything is waited for: who calls for one addition after the other gets ids in that order
    let ids = inputs
        .iter()
        .map(|_| RecordId::from_uuid(vault.ids.next()))
        .collect();
    let principal = *permit.principal();
    let dataset = permit.target();
    let (repeatable, before) = look_up(vault, &principal, request.idempotency.as_ref()).await?;
    let keys = vault
        .keys
        .dataset_keys(principal.tenant, dataset)
        .await
        .map_err(|error| match error {
            KeyError::NoScopeKey { .. } | KeyError::NoTenantKey { .. } => CommandError::DatasetNotFound,
            error => error.into(),
        })?;
    let resolver = Resolver {
        vault,
        tenant: principal.tenant,
        metadata: request.metadata(&principal, Operation::AddRecords),
        unknown: match before {
            Some(_) => Unknown::WereErased,
            None => Unknown::AreRegistered,
        },
    };
    // what no name may be fails its own record
    let named: BTreeSet<String> = inputs
        .iter()
        .filter_map(|input| input.subject.clone())
        .filter(|name| is_name(name))
        .collect();
    let preparer = Preparer {
        tenant: principal.tenant,
        dataset,
        keys: Arc::clone(&keys),
        subjects: Arc::new(resolver.resolve(named).await?),
        detector: detector_of(vault, principal.tenant).await?,
    };
    let mut slots = prepare_all(preparer, ids, inputs).await?;
    if let Some(events) = before {
        return replay(slots, &events);
    }
    refuse_repeated_ids(&mut slots);
    let addition = Addition {
        vault,
        principal,
        dataset,
        keys,
        large_keys: BTreeSet::new(),
        request,
        repeatable,
    };
    addition.append(slots).await
}

type Slot = Result<Prepared, RecordFailure>;

async fn prepare_all(
    preparer: Preparer,
    ids: Vec<RecordId>,
    inputs: Vec<RecordInput>,
) -> Result<Vec<Slot>, CommandError> {
    let offload = preparer.detector.has_model()
        || inputs.len() >= OFFLOAD_FROM
        || inputs.iter().any(|input| input.data.get().len() > OFFLOAD_BYTES);
    let work = move || prepare_until_fault(&preparer, ids, &inputs);
    if offload {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| CommandError::Internal(Box::new(error)))?
    } else {
        work()
    }
}

/// A fault is nobody's record's: nothing is added, and nothing more is looked at.
fn prepare_until_fault(
    preparer: &Preparer,
    ids: Vec<RecordId>,
    inputs: &[RecordInput],
) -> Result<Vec<Slot>, CommandError> {
    let slot = |(id, input): (RecordId, &RecordInput)| match preparer.prepare(id, input) {
        Err(RecordFailure {
            fault: Some(fault), ..
        }) => Err(fault),
        slot => Ok(slot),
    };
    ids.into_iter().zip(inputs).map(slot).collect()
}

/// Of records with the same external id, the first one stands.
fn refuse_repeated_ids(slots: &mut [Slot]) {
    let mut seen = HashSet::new();
    for slot in slots {
        let repeated = slot
            .as_ref()
            .is_ok_and(|prepared| prepared.claim.is_some_and(|claim| !seen.insert(claim.key)));
        if repeated {
            *slot = Err(RecordFailure::duplicate());
        }
    }
}

/// Whether large contents are stored, or stored over what was there.
#[derive(Clone, Copy)]
enum Sealing {
    First,
    Again,
}

struct Addition<'a> {
    vault: &'a Vault,
    principal: Principal,
    dataset: DatasetId,
    /// What seals the dataset's contents.
    keys: Arc<ScopeKeys>,
    /// What sealed its large ones, which may have been stored before.
    large_keys: BTreeSet<KeyId>,
    request: &'a Request,
    repeatable: Option<Repeatable>,
}

impl Addition<'_> {
    async fn append(mut self, mut slots: Vec<Slot>) -> Result<Written<AddedRecords>, CommandError> {
        self.store_large(&slots, Sealing::First).await?;
        let mut sealings = 1;
        loop {
            if slots.iter().all(Result::is_err) {
                let outcomes = slots.into_iter().filter_map(Result::err).map(Err).collect();
                return Ok(Written::nothing(AddedRecords { outcomes }));
            }
            match self.vault.appender.append(self.encode(&slots)?).await {
                Ok(appended) => return Ok(Written::now(done(slots, &appended), appended)),
                Err(AppendError::ClaimsTaken(taken)) => {
                    let taken: HashSet<usize> = taken.iter().map(|claim| claim.index).collect();
                    refuse_taken(&mut slots, &taken);
                }
                Err(AppendError::AnsweredBefore) => return self.answered_meanwhile(slots).await,
                Err(AppendError::GuardClosed { .. }) => {
                    let again = sealings < MAX_SEALINGS && self.seal_anew(&mut slots).await?;
                    if !again {
                        return Err(self.why_closed().await?);
                    }
                    sealings += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Seals with the newest key what another one sealed, which may be one that must seal nothing any more; `false` when
    /// there is nothing of that.
    async fn seal_anew(&mut self, slots: &mut [Slot]) -> Result<bool, CommandError> {
        let tenant = self.principal.tenant;
        self.vault.keys.forget(tenant, Scope::Dataset(self.dataset));
        let newest = self.vault.keys.dataset_keys(tenant, self.dataset).await?;
        let is_newest = |key: &KeyId| *key == newest.content.id();
        if is_newest(&self.keys.content.id()) && self.large_keys.iter().all(is_newest) {
            return Ok(false);
        }
        let of_dataset = |prepared: &&mut Prepared| prepared.new.record.subject_id.is_none();
        for prepared in slots.iter_mut().flatten().filter(of_dataset) {
            prepared
                .content
                .seal_anew(tenant, &self.keys.content, &newest.content)?;
        }
        self.keys = newest;
        self.store_large(slots, Sealing::Again).await?;
        Ok(true)
    }

    /// Large contents are durable before the event that names them.
    async fn store_large(&mut self, slots: &[Slot], sealing: Sealing) -> Result<(), CommandError> {
        let tenant = self.principal.tenant;
        let mut sealed_by = BTreeSet::new();
        for prepared in slots.iter().flatten() {
            if let PreparedContent::Large(scope, address, framed) = &prepared.content {
                let place = ContentPlace {
                    tenant,
                    scope: *scope,
                };
                // whoever would remove an equal one that nothing named has done it by then, or does not
                let content = LargeContent {
                    tenant,
                    scope_type: scope.kind(),
                    scope_id: scope.id().unwrap_or_default(),
                    address: KeyedHash::from_bytes(*address.as_bytes()),
                };
                let spared = self.vault.condemned.spare(&content).await;
                spared.map_err(|error| CommandError::Load(error.into()))?;
                let contents = &self.vault.contents;
                let put = match sealing {
                    Sealing::First => contents.put(place, *address, framed).await?,
                    Sealing::Again => contents.put_anew(place, *address, framed).await?,
                };
                sealed_by.extend(
                    put.keys
                        .into_iter()
                        .filter(|_| scope.id() == Some(self.dataset.as_uuid())),
                );
            }
        }
        self.large_keys = sealed_by;
        Ok(())
    }

    fn encode(&self, slots: &[Slot]) -> Result<Append, CommandError> {
        let records = slots
            .iter()
            .flatten()
            .map(|prepared| prepared.new.clone())
            .collect();
        let command = RecordBatchCommand::Add {
            dataset_id: self.dataset,
            detector_version: DETECTOR_VERSION,
            records,
        };
        let events = RecordBatch::default().decide(command, &context(self.vault.clock.now()))?;
        let metadata = self.request.metadata(&self.principal, Operation::AddRecords);
        let batch = BatchId::from_uuid(self.vault.ids.next());
        let stream = StreamId {
            aggregate_type: RecordBatch::TYPE,
            aggregate_id: batch.as_uuid(),
        };
        let mut append = Append::new(stream, 0, &metadata, &events, || {
            EventId::from_uuid(self.vault.ids.next())
        })?;
        append.needs_open.push(Guard::dataset(self.dataset));
        // what they sealed is not being sealed anew
        let rows = slots.iter().flatten().any(|prepared| {
            prepared.new.record.subject_id.is_none() && matches!(prepared.content, PreparedContent::Row(_))
        });
        let keys = self
            .large_keys
            .iter()
            .copied()
            .chain(rows.then(|| self.keys.content.id()));
        append
            .needs_open
            .extend(keys.collect::<BTreeSet<_>>().into_iter().map(Guard::key));
        // a subject that is erased meanwhile gets no more records
        let subjects: BTreeSet<SubjectId> = slots
            .iter()
            .flatten()
            .filter_map(|prepared| prepared.new.record.subject_id)
            .collect();
        append.needs_open.extend(subjects.into_iter().map(Guard::subject));
        append.rows.subject_records = slots
            .iter()
            .flatten()
            .filter_map(|prepared| prepared.subject_row.clone())
            .collect();
        append
            .takes
            .extend(slots.iter().flatten().filter_map(|prepared| prepared.claim));
        append.rows.contents = slots
            .iter()
            .flatten()
            .filter_map(|prepared| match &prepared.content {
                PreparedContent::Row(row) => Some(row.clone()),
                PreparedContent::Large(..) => None,
            })
            .collect();
        append.rows.idempotency = self
            .repeatable
            .map(|repeatable| repeatable.row(self.vault, CREATED));
        Ok(append)
    }

    /// The same request was answered between the look-up and the append.
    async fn answered_meanwhile(&self, slots: Vec<Slot>) -> Result<Written<AddedRecords>, CommandError> {
        let Some(repeatable) = &self.repeatable else {
            return Err(CommandError::Contended);
        };
        let events = repeatable
            .events_before(self.vault, &self.principal)
            .await?
            .ok_or(CommandError::Contended)?;
        replay(slots, &events)
    }

    /// A closed guard is that of an archived dataset, of a deleted one, or of a subject that was erased meanwhile.
    async fn why_closed(&self) -> Result<CommandError, CommandError> {
        let loaded = self
            .vault
            .store
            .load::<Dataset>(self.principal.tenant, self.dataset.as_uuid())
            .await?;
        Ok(match loaded.aggregate.name_hash() {
            Some(_) if loaded.aggregate.takes_records() => CommandError::Contended,
            Some(_) => CommandError::DatasetArchived,
            None => CommandError::DatasetNotFound,
        })
    }
}

/// Marks the records whose claims, counted as in the append, are taken.
fn refuse_taken(slots: &mut [Slot], taken: &HashSet<usize>) {
    let mut claim = 0;
    for slot in slots {
        if slot.as_ref().is_ok_and(|prepared| prepared.claim.is_some()) {
            if taken.contains(&claim) {
                *slot = Err(RecordFailure::duplicate());
            }
            claim += 1;
        }
    }
}

fn done(slots: Vec<Slot>, appended: &Appended) -> AddedRecords {
    let stored = |prepared: Prepared| StoredRecord {
        id: prepared.new.record.record_id,
        external_id: prepared.external_id,
        subject: prepared.new.record.subject_id,
        content: prepared.new.record.content,
        size_bytes: prepared.new.record.size_bytes,
        detections: prepared.detections,
        created_at: appended.recorded_at,
    };
    AddedRecords {
        outcomes: slots.into_iter().map(|slot| slot.map(stored)).collect(),
    }
}

/// The answer that the same records had before: ids and addresses from the events, the rest as it is computed again.
fn replay(slots: Vec<Slot>, events: &[StoredEvent]) -> Result<Written<AddedRecords>, CommandError> {
    let mut added: Vec<(AddedRecord, &StoredEvent)> = Vec::new();
    for event in events {
        if let RecordBatchEvent::Added(records) = event.decode()? {
            added.extend(records.records.into_iter().map(|record| (record, event)));
        }
    }
    let mut added = added.into_iter().peekable();
    let again = |slot: Slot| {
        let prepared = slot?;
        // a record without an external id is never a duplicate; one with it was, unless it stands next in the events
        let hash = prepared.new.record.external_id.map(|id| id.hash);
        let (record, event) = added
            .next_if(|(record, _)| record.external_id.as_ref().map(|id| id.hash) == hash)
            .ok_or_else(RecordFailure::duplicate)?;
        Ok(StoredRecord {
            id: record.record_id,
            external_id: prepared.external_id,
            subject: record.subject_id,
            content: record.content,
            size_bytes: record.size_bytes,
            detections: prepared.detections,
            created_at: event.recorded_at,
        })
    };
    let outcomes = slots.into_iter().map(again).collect();
    let position = events.last().map_or(0, |event| event.position);
    Ok(Written::again(AddedRecords { outcomes }, position))
}

/// Whether records can be added at this moment: to refuse a stream before it begins. The append decides.
///
/// # Errors
/// `DatasetNotFound`, `DatasetArchived`, or a fault.
pub async fn check_open(vault: &Vault, permit: &Permit<act::RecordAdd>) -> Result<(), CommandError> {
    let tenant = permit.principal().tenant;
    let loaded = vault
        .store
        .load::<Dataset>(tenant, permit.target().as_uuid())
        .await?;
    if loaded.aggregate.takes_records() {
        return Ok(());
    }
    Err(if loaded.aggregate.name_hash().is_some() {
        CommandError::DatasetArchived
    } else {
        CommandError::DatasetNotFound
    })
}
