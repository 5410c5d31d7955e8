//! Events of tenants, datasets and records, sealed as the commands seal them.

use std::{collections::BTreeMap, sync::Arc};

use chrono::DateTime;
use vault_crypto::{
    DataKey, DatasetKeyIds, Label, Scope, ScopeKeyIds, SealContext, TenantKeyIds, WrappedDataKey,
};
use vault_domain::{
    Actor, Aggregate, DatasetId, DomainEvent, EntityType, KeyId, KeyedHash, Metadata, Operation, RecordId,
    Sealed, SealedText, TenantId, UserId,
    dataset::{
        Dataset, DatasetArchived, DatasetCreated, DatasetDeleted, DatasetEvent, DatasetUnarchived,
        DatasetUpdated, FieldChange,
    },
    field,
    record_batch::{AddedRecord, PiiDetected, RecordBatch, RecordBatchEvent, RecordFindings, RecordsAdded},
    subject::{Subject, SubjectEvent, SubjectRegistered, SubjectRestricted},
    tenant::{Tenant, TenantCreated, TenantEvent},
};
use vault_event_store::{Append, DataKeyRow, SideRows, StreamId, TenantKeyRow, TenantRow};

use crate::support::{Rig, new_event_id, new_id};

/// Who acts in the tests.
pub(crate) const USER: UserId = UserId::from_uuid(uuid::Uuid::from_u128(77));

/// A dataset of a test, and the key that seals its values.
pub(crate) struct Told {
    pub(crate) tenant: TenantId,
    pub(crate) id: DatasetId,
    key: Arc<DataKey>,
    sequence: u64,
}

/// What a record of a test is made of.
#[derive(Clone, Default)]
pub(crate) struct Sketch {
    pub(crate) external_id: Option<&'static str>,
    pub(crate) metadata: Option<&'static str>,
    pub(crate) clean_metadata: Option<&'static str>,
    pub(crate) findings: BTreeMap<EntityType, u32>,
}

/// A record with so many email addresses in it.
pub(crate) fn with_emails(count: u32) -> Sketch {
    Sketch {
        findings: BTreeMap::from([(EntityType::Email, count)]),
        ..Sketch::default()
    }
}

/// The hash by which an external id of a test is found.
pub(crate) fn external_id_hash(text: &str) -> KeyedHash {
    let mut bytes = [0; 32];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    KeyedHash::from_bytes(bytes)
}

pub(crate) const RECORD_SIZE_BYTES: u64 = 100;

impl Rig {
    async fn append<E: DomainEvent>(
        &self,
        tenant: TenantId,
        stream: StreamId,
        expected: u64,
        events: &[E],
        rows: SideRows,
    ) -> u64 {
        let metadata = Metadata {
            tenant_id: tenant,
            actor: Actor::User(USER),
            operation: Operation::AddRecords,
            correlation_id: new_event_id(),
            causation_id: None,
            approval_id: None,
            trace: None,
            client: None,
        };
        let mut append =
            Append::new(stream, expected, &metadata, events, new_event_id).expect("small events");
        append.rows = rows;
        self.appender
            .append(append)
            .await
            .expect("appended")
            .last_position
    }

    pub(crate) async fn create_tenant(&self) -> TenantId {
        let tenant = TenantId::from_uuid(new_id());
        let key_id = || KeyId::from_uuid(new_id());
        let ids = TenantKeyIds {
            tenant_key: key_id(),
            content: key_id(),
            lookup: key_id(),
        };
        let keys = self.keys.create_tenant_keys(tenant, ids).await.expect("keys");
        let rows = SideRows {
            tenants: vec![TenantRow {
                created_at: DateTime::UNIX_EPOCH,
            }],
            tenant_keys: vec![TenantKeyRow {
                key_id: keys.tenant_key.key_id.as_uuid(),
                kms_provider: keys.tenant_key.provider,
                kms_key: keys.tenant_key.kms_key,
                wrapped: keys.tenant_key.wrapped,
                created_at: DateTime::UNIX_EPOCH,
            }],
            data_keys: keys.rows.iter().map(|row| key_row(tenant, row)).collect(),
            ..SideRows::default()
        };
        let stream = StreamId {
            aggregate_type: Tenant::TYPE,
            aggregate_id: tenant.as_uuid(),
        };
        self.append(tenant, stream, 0, &[TenantEvent::Created(TenantCreated {})], rows)
            .await;
        tenant
    }

    /// Creates a dataset that has a name, and whatever else `more` gives it.
    pub(crate) async fn create_dataset(
        &self,
        tenant: TenantId,
        name: &str,
        more: impl FnOnce(&Told, &mut DatasetCreated),
    ) -> Told {
        let id = DatasetId::from_uuid(new_id());
        let ids = DatasetKeyIds {
            scope: ScopeKeyIds {
                content: KeyId::from_uuid(new_id()),
                address: KeyId::from_uuid(new_id()),
            },
            value: KeyId::from_uuid(new_id()),
        };
        let keys = self
            .keys
            .create_dataset_keys(tenant, id, ids)
            .await
            .expect("keys");
        let mut told = Told {
            tenant,
            id,
            key: keys.values,
            sequence: 0,
        };
        let mut created = DatasetCreated {
            name: told.name(name),
            description: None,
            task_type: None,
            tags: None,
            schema: None,
            settings: None,
        };
        more(&told, &mut created);
        let rows = SideRows {
            data_keys: keys.rows.iter().map(|row| key_row(tenant, row)).collect(),
            ..SideRows::default()
        };
        self.append(tenant, told.stream(), 0, &[DatasetEvent::Created(created)], rows)
            .await;
        told.sequence = 1;
        told
    }

    /// Registers a person and marks the person's records as not to be read.
    async fn meet_subject(&self, dataset: &Told) {
        let stream = StreamId {
            aggregate_type: Subject::TYPE,
            aggregate_id: new_id(),
        };
        let events = [
            SubjectEvent::Registered(SubjectRegistered {
                name: dataset.field(field::SUBJECT_NAME, "somebody"),
            }),
            SubjectEvent::Restricted(SubjectRestricted {}),
        ];
        self.append(dataset.tenant, stream, 0, &events, SideRows::default())
            .await;
    }

    /// Appends an event of a dataset; gives its position.
    pub(crate) async fn change(&self, dataset: &mut Told, event: DatasetEvent) -> u64 {
        let position = self
            .append(
                dataset.tenant,
                dataset.stream(),
                dataset.sequence,
                &[event],
                SideRows::default(),
            )
            .await;
        dataset.sequence += 1;
        position
    }

    /// Adds records as one batch; gives their ids.
    pub(crate) async fn add_records(&self, dataset: &Told, sketches: &[Sketch]) -> Vec<RecordId> {
        let records: Vec<AddedRecord> = sketches.iter().map(|sketch| dataset.record(sketch)).collect();
        let ids: Vec<RecordId> = records.iter().map(|record| record.record_id).collect();
        let findings: Vec<RecordFindings> = ids
            .iter()
            .zip(sketches)
            .filter(|(_, sketch)| !sketch.findings.is_empty())
            .map(|(id, sketch)| RecordFindings {
                record_id: *id,
                counts: sketch.findings.clone(),
            })
            .collect();
        let mut events = vec![RecordBatchEvent::Added(RecordsAdded {
            dataset_id: dataset.id,
            records,
        })];
        if !findings.is_empty() {
            let detected = PiiDetected {
                dataset_id: dataset.id,
                detector_version: 1,
                records: findings,
            };
            events.push(RecordBatchEvent::PiiDetected(detected));
        }
        let stream = StreamId {
            aggregate_type: RecordBatch::TYPE,
            aggregate_id: new_id(),
        };
        self.append(dataset.tenant, stream, 0, &events, SideRows::default())
            .await;
        ids
    }
}

impl Told {
    fn stream(&self) -> StreamId {
        StreamId {
            aggregate_type: Dataset::TYPE,
            aggregate_id: self.id.as_uuid(),
        }
    }

    fn seal(&self, label: Label, text: &str) -> Sealed {
        let context = SealContext {
            tenant: self.tenant,
            scope: Scope::Dataset(self.id),
            label,
        };
        self.key.seal_value(&context, text.as_bytes()).expect("sealed")
    }

    pub(crate) fn field(&self, name: &'static str, text: &str) -> Sealed {
        self.seal(Label::Field(name), text)
    }

    pub(crate) fn name(&self, text: &str) -> SealedText {
        SealedText {
            sealed: self.field(field::DATASET_NAME, text),
            hash: KeyedHash::from_bytes([1; 32]),
        }
    }

    fn record(&self, sketch: &Sketch) -> AddedRecord {
        let id = RecordId::from_uuid(new_id());
        let seal = |name, text: &str| self.seal(Label::FieldOf(name, id.as_uuid()), text);
        AddedRecord {
            record_id: id,
            content: KeyedHash::from_bytes([9; 32]),
            size_bytes: RECORD_SIZE_BYTES,
            subject_id: None,
            external_id: sketch.external_id.map(|text| SealedText {
                sealed: seal(field::RECORD_EXTERNAL_ID, text),
                hash: external_id_hash(text),
            }),
            metadata: sketch.metadata.map(|text| seal(field::RECORD_METADATA, text)),
            clean_metadata: sketch
                .clean_metadata
                .map(|text| seal(field::RECORD_CLEAN_METADATA, text)),
        }
    }
}

fn key_row(tenant: TenantId, row: &WrappedDataKey) -> DataKeyRow {
    DataKeyRow {
        revoked_at: None,
        key_id: row.key_id.as_uuid(),
        scope_type: row.scope.kind().to_owned(),
        scope_id: row.scope.id().unwrap_or_else(|| tenant.as_uuid()),
        purpose: row.purpose.as_str().to_owned(),
        generation: row.generation.cast_signed(),
        wrapped: row.wrapped.clone(),
        epoch_id: None,
        created_at: DateTime::UNIX_EPOCH,
    }
}

pub(crate) fn archived() -> DatasetEvent {
    DatasetEvent::Archived(DatasetArchived {})
}

pub(crate) fn unarchived() -> DatasetEvent {
    DatasetEvent::Unarchived(DatasetUnarchived {})
}

pub(crate) fn deleted() -> DatasetEvent {
    DatasetEvent::Deleted(DatasetDeleted {})
}

/// A life of two tenants with everything that can happen in it.
pub(crate) async fn tell(rig: &Rig) -> Vec<Told> {
    let mut datasets = Vec::new();
    for tenant in [rig.create_tenant().await, rig.create_tenant().await] {
        let full = |told: &Told, created: &mut DatasetCreated| {
            created.description = Some(told.field(field::DATASET_DESCRIPTION, "What it is for"));
            created.tags = Some(told.field(field::DATASET_TAGS, r#"["one","two"]"#));
            created.settings = Some(told.field(field::DATASET_SETTINGS, r#"{"b":1,"a":2}"#));
        };
        let mut first = rig.create_dataset(tenant, "First", full).await;
        rig.meet_subject(&first).await;
        let mut second = rig.create_dataset(tenant, "Second", |_, _| {}).await;
        rig.add_records(&first, &[Sketch::default(), with_emails(2), with_emails(1)])
            .await;
        let change = DatasetUpdated {
            name: Some(first.name("First, renamed")),
            description: Some(FieldChange::Cleared),
            ..DatasetUpdated::default()
        };
        rig.change(&mut first, DatasetEvent::Updated(change)).await;
        rig.add_records(&second, &[with_emails(7)]).await;
        let found = Sketch {
            external_id: Some("row-1"),
            metadata: Some(r#"{"mail":"a@example.com","lang":"en"}"#),
            clean_metadata: Some(r#"{"lang":"en"}"#),
            ..with_emails(1)
        };
        rig.add_records(
            &first,
            &[
                found,
                Sketch {
                    external_id: Some("row-2"),
                    ..Sketch::default()
                },
            ],
        )
        .await;
        rig.change(&mut first, archived()).await;
        rig.change(&mut first, unarchived()).await;
        rig.change(&mut second, deleted()).await;
        datasets.extend([first, second]);
    }
    datasets
}
