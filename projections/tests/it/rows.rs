//! What the read models say after events.

use serde_json::json;
use sqlx::PgPool;
use vault_domain::{
    DatasetId, EntityType, RecordId, TenantId,
    dataset::{DatasetCreated, DatasetEvent, DatasetUpdated, FieldChange},
    field,
};
use vault_projections::read::{
    DatasetRow, DatasetStatsRow, RecordFilter, RecordKey, find_dataset, find_record, find_stats, list_records,
};

use crate::{
    story::{
        RECORD_SIZE_BYTES, Sketch, Told, USER, archived, deleted, external_id_hash, unarchived, with_emails,
    },
    support::{Rig, new_id},
};

async fn dataset(rig: &Rig, told: &Told) -> Option<DatasetRow> {
    rig.project().await;
    let mut transaction = rig
        .database
        .begin_tenant(told.tenant)
        .await
        .expect("a transaction");
    find_dataset(&mut transaction, told.id)
        .await
        .expect("a row or none")
}

async fn stats(rig: &Rig, told: &Told) -> Option<DatasetStatsRow> {
    rig.project().await;
    let mut transaction = rig
        .database
        .begin_tenant(told.tenant)
        .await
        .expect("a transaction");
    find_stats(&mut transaction, told.id)
        .await
        .expect("a row or none")
}

async fn listed(rig: &Rig, told: &Told, filter: RecordFilter) -> Vec<RecordId> {
    listed_in(rig, told.tenant, told.id, filter).await
}

async fn listed_in(rig: &Rig, tenant: TenantId, dataset: DatasetId, filter: RecordFilter) -> Vec<RecordId> {
    let mut transaction = rig.database.begin_tenant(tenant).await.expect("a transaction");
    let rows = list_records(&mut transaction, dataset, &filter, 100)
        .await
        .expect("rows");
    rows.into_iter()
        .map(|row| RecordId::from_uuid(row.record_id))
        .collect()
}

fn everything(told: &Told, created: &mut DatasetCreated) {
    created.description = Some(told.field(field::DATASET_DESCRIPTION, "For tests"));
    created.task_type = Some(told.field(field::DATASET_TASK_TYPE, "chat"));
    created.tags = Some(told.field(field::DATASET_TAGS, r#"["one","two"]"#));
    created.schema = Some(told.field(field::DATASET_SCHEMA, r#"{"type":"object"}"#));
    created.settings = Some(told.field(field::DATASET_SETTINGS, r#"{"depth":3}"#));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_dataset_stands_with_its_texts_in_clear(owner: PgPool) {
    let rig = Rig::new(owner);
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", everything)
        .await;
    let row = dataset(&rig, &told).await.expect("a row");
    assert_eq!(
        (row.status.as_str(), row.name.as_str(), row.sequence),
        ("active", "Chats", 1)
    );
    assert_eq!(
        (row.description.as_deref(), row.task_type.as_deref()),
        (Some("For tests"), Some("chat"))
    );
    assert_eq!(row.tags, ["one", "two"]);
    assert_eq!(
        (row.schema, row.settings),
        (Some(json!({"type": "object"})), Some(json!({"depth": 3})))
    );
    assert_eq!(row.created_by, Some(USER.as_uuid()));
    assert_eq!(row.created_at, row.updated_at);
    assert_eq!(
        row.created_at,
        rig.events().await.last().expect("an event").recorded_at
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_update_sets_clears_and_leaves_what_it_does_not_name(owner: PgPool) {
    let rig = Rig::new(owner);
    let mut told = rig
        .create_dataset(rig.create_tenant().await, "Chats", everything)
        .await;
    let before = dataset(&rig, &told).await.expect("a row");
    let update = DatasetUpdated {
        name: Some(told.name("Talks")),
        description: Some(FieldChange::Cleared),
        tags: Some(FieldChange::Set(told.field(field::DATASET_TAGS, r#"["three"]"#))),
        settings: Some(FieldChange::Cleared),
        ..DatasetUpdated::default()
    };
    rig.change(&mut told, DatasetEvent::Updated(update)).await;
    let row = dataset(&rig, &told).await.expect("a row");
    assert_eq!(
        (row.name.as_str(), row.description, row.sequence),
        ("Talks", None, 2)
    );
    assert_eq!(
        (row.tags.as_slice(), row.settings),
        (["three".to_owned()].as_slice(), None)
    );
    assert_eq!((row.task_type, row.schema), (before.task_type, before.schema));
    assert_eq!(row.created_at, before.created_at);
    assert!(row.updated_at > before.updated_at);

    let cleared = DatasetUpdated {
        tags: Some(FieldChange::Cleared),
        ..DatasetUpdated::default()
    };
    rig.change(&mut told, DatasetEvent::Updated(cleared)).await;
    assert_eq!(dataset(&rig, &told).await.expect("a row").tags, [""; 0]);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_status_follows_the_lifecycle_and_a_deleted_dataset_is_not_found(owner: PgPool) {
    let rig = Rig::new(owner);
    let mut told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    for (event, status) in [(archived(), "archived"), (unarchived(), "active")] {
        rig.change(&mut told, event).await;
        assert_eq!(dataset(&rig, &told).await.expect("a row").status, status);
    }
    rig.change(&mut told, deleted()).await;
    assert!(dataset(&rig, &told).await.is_none());
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_record_stands_with_clean_metadata_and_without_its_external_id_in_clear(owner: PgPool) {
    let rig = Rig::new(owner);
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    let found = Sketch {
        external_id: Some("row-1"),
        metadata: Some(r#"{"mail":"a@example.com","lang":"en"}"#),
        clean_metadata: Some(r#"{"lang":"en"}"#),
        ..with_emails(1)
    };
    let clean = Sketch {
        metadata: Some(r#"{"lang":"de"}"#),
        ..Sketch::default()
    };
    let ids = rig.add_records(&told, &[found, clean, Sketch::default()]).await;
    rig.project().await;

    let mut transaction = rig
        .database
        .begin_tenant(told.tenant)
        .await
        .expect("a transaction");
    let by_external_id = RecordKey::ExternalId(external_id_hash("row-1"));
    let row = find_record(&mut transaction, told.id, by_external_id, None)
        .await
        .expect("read")
        .expect("a row");
    assert_eq!(
        (row.record_id, row.metadata),
        (ids[0].as_uuid(), Some(json!({"lang": "en"})))
    );
    assert!(row.metadata_sealed.is_some() && row.external_id.is_some());
    assert_eq!((row.content, row.pii_counts), (vec![9; 32], json!({"email": 1})));
    let row = find_record(&mut transaction, told.id, RecordKey::Id(ids[1]), None)
        .await
        .expect("read")
        .expect("a row");
    assert_eq!(
        (row.metadata, row.metadata_sealed),
        (Some(json!({"lang": "de"})), None)
    );
    let row = find_record(&mut transaction, told.id, RecordKey::Id(ids[2]), None)
        .await
        .expect("read")
        .expect("a row");
    assert_eq!(
        (row.metadata, row.external_id, row.pii_counts),
        (None, None, json!({}))
    );

    for text in rig.rows("records").await {
        assert!(!text.contains("example.com") && !text.contains("row-1"), "{text}");
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn records_are_filtered_by_findings_metadata_and_place(owner: PgPool) {
    let rig = Rig::new(owner);
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    let clean = Sketch {
        metadata: Some(r#"{"lang":"de","n":1}"#),
        ..Sketch::default()
    };
    let ids = rig
        .add_records(&told, &[with_emails(1), clean, with_emails(3)])
        .await;
    rig.project().await;
    let all = RecordFilter::default;
    assert_eq!(listed(&rig, &told, all()).await, ids);
    assert_eq!(
        listed(
            &rig,
            &told,
            RecordFilter {
                has_pii: Some(true),
                ..all()
            }
        )
        .await,
        [ids[0], ids[2]]
    );
    assert_eq!(
        listed(
            &rig,
            &told,
            RecordFilter {
                has_pii: Some(false),
                ..all()
            }
        )
        .await,
        [ids[1]]
    );
    assert_eq!(
        listed(
            &rig,
            &told,
            RecordFilter {
                after: Some(ids[0]),
                ..all()
            }
        )
        .await,
        ids[1..]
    );
    let typed = |pii_type| RecordFilter {
        pii_type: Some(pii_type),
        ..all()
    };
    assert_eq!(
        listed(&rig, &told, typed(EntityType::Email)).await,
        [ids[0], ids[2]]
    );
    assert_eq!(listed(&rig, &told, typed(EntityType::Phone)).await, []);
    let german = RecordFilter {
        metadata: Some(json!({"lang": "de"})),
        ..all()
    };
    assert_eq!(listed(&rig, &told, german).await, [ids[1]]);
    let elsewhere = DatasetId::from_uuid(new_id());
    assert_eq!(listed_in(&rig, told.tenant, elsewhere, all()).await, []);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn stats_count_records_bytes_and_findings(owner: PgPool) {
    let rig = Rig::new(owner);
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    assert!(stats(&rig, &told).await.is_none());
    rig.add_records(&told, &[with_emails(2), Sketch::default()]).await;
    let first = stats(&rig, &told).await.expect("a row");
    assert_eq!((first.record_count, first.records_with_pii), (2, 1));
    let mut findings = with_emails(5);
    findings.findings.insert(EntityType::UsSsn, 1);
    rig.add_records(&told, &[findings]).await;
    let row = stats(&rig, &told).await.expect("a row");
    assert_eq!((row.record_count, row.records_with_pii), (3, 2));
    assert_eq!(row.size_bytes.unsigned_abs(), 3 * RECORD_SIZE_BYTES);
    assert_eq!(row.pii_counts, json!({"email": 7, "us_ssn": 1}));
    assert!(row.last_added_at > first.last_added_at);
}
