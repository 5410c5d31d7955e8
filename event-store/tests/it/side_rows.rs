//! Rows that commit with events, or not at all.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use vault_domain::{DatasetId, KeyId, TenantId};
use vault_event_store::{
    Accounts, Answered, Append, AppendError, ContentRow, Contents, CredentialRow, DataKeyRow, Idempotency,
    IdempotencyRow, KeyRows, TenantKeyRow, TenantRow,
};

use crate::support::{Rig, counting, fresh, hash, new_id, new_tenant};

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_770_000_000, 0).expect("within chrono's range")
}

/// An append with a row of every kind.
fn with_all_rows(tenant: TenantId, expected: u64) -> Append {
    let mut append = counting(tenant, new_id(), expected, 1);
    let dataset = DatasetId::from_uuid(tenant.as_uuid());
    append.rows.contents.push(ContentRow {
        dataset,
        address: hash(1),
        ciphertext: b"sealed".to_vec(),
    });
    append.rows.idempotency = Some(IdempotencyRow {
        key: hash(2),
        body: hash(3),
        status: 201,
        expires_at: at() + TimeDelta::days(9_999),
    });
    append.rows.tenants.push(TenantRow { created_at: at() });
    append.rows.tenant_keys.push(TenantKeyRow {
        key_id: new_id(),
        kms_provider: "local".to_owned(),
        kms_key: "root".to_owned(),
        wrapped: vec![0, 1, 255],
        created_at: at(),
    });
    append.rows.data_keys.push(DataKeyRow {
        revoked_at: None,
        key_id: tenant.as_uuid(),
        scope_type: "dataset".to_owned(),
        scope_id: tenant.as_uuid(),
        purpose: "content".to_owned(),
        generation: 1,
        wrapped: vec![7; 60],
        epoch_id: None,
        created_at: at(),
    });
    append.rows.credentials.push(CredentialRow {
        tenant_id: tenant.as_uuid(),
        user_id: tenant.as_uuid(),
        email_hash: tenant.as_uuid().as_bytes().to_vec(),
        password_hash: Some("$argon2id$...".to_owned()),
        roles: vec!["admin".to_owned(), "auditor".to_owned()],
        created_at: at(),
        email: None,
        disabled_at: None,
        invitation_hash: None,
        invitation_until: None,
        sessions_ended_at: None,
    });
    append
}

const TABLES: [&str; 6] = [
    "record_contents",
    "idempotency_keys",
    "tenants",
    "tenant_keys",
    "data_keys",
    "credentials",
];

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_refused_append_leaves_no_row(pool: PgPool) {
    let rig = Rig::new(pool);
    let refused = rig.appender.append(with_all_rows(new_tenant(), 4)).await;
    assert!(
        matches!(refused, Err(AppendError::Conflict { .. })),
        "{refused:?}"
    );
    for table in TABLES {
        assert_eq!(
            rig.count(&format!("SELECT count(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn rows_are_stored_as_they_were_given(pool: PgPool) {
    let rig = Rig::new(pool);
    let tenant = new_tenant();
    let append = with_all_rows(tenant, 0);
    rig.appender.append(append.clone()).await.expect("appended");
    for table in TABLES {
        assert_eq!(
            rig.count(&format!("SELECT count(*) FROM {table}")).await,
            1,
            "{table}"
        );
    }
    let keys = KeyRows::new(rig.database.clone());
    let tenant_key = keys.tenant_key(tenant).await.expect("read").expect("a key");
    assert_eq!(
        (tenant_key.wrapped, tenant_key.created_at),
        (vec![0, 1, 255], at())
    );
    let data_key = keys
        .data_key(tenant, KeyId::from_uuid(tenant.as_uuid()))
        .await
        .expect("read")
        .expect("a key");
    assert_eq!((data_key.wrapped, data_key.generation), (vec![7; 60], 1));
    assert_eq!(
        keys.scope_keys(tenant, "dataset", tenant.as_uuid())
            .await
            .expect("read")
            .len(),
        1
    );
    let accounts = Accounts::new(rig.database.clone());
    let found = accounts
        .find_by_id(tenant.as_uuid(), tenant.as_uuid())
        .await
        .expect("read")
        .expect("a user");
    assert_eq!(found.roles, ["admin", "auditor"]);

    let dataset = append.rows.contents[0].dataset;
    let mut transaction = rig.database.begin_tenant(tenant).await.expect("begun");
    let contents = Contents::load(&mut transaction, dataset, &[hash(1), hash(9)])
        .await
        .expect("read");
    assert_eq!(
        contents.get(&hash(1)).map(Vec::as_slice),
        Some(b"sealed".as_slice())
    );
    assert_eq!(contents.len(), 1);
    let mut of_another = rig.database.begin_tenant(new_tenant()).await.expect("begun");
    assert!(
        Contents::load(&mut of_another, dataset, &[hash(1)])
            .await
            .expect("read")
            .is_empty()
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_request_is_answered_once_until_its_answer_expires(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, idempotency) = (new_tenant(), Idempotency::new(rig.database.clone()));
    let answering = |tenant, expires_at, status| {
        let mut append = counting(tenant, new_id(), 0, 2);
        append.rows.idempotency = Some(IdempotencyRow {
            key: hash(1),
            body: hash(2),
            status,
            expires_at,
        });
        append
    };
    let far = at() + TimeDelta::days(9_999);
    let first = answering(tenant, far, 201);
    rig.appender.append(first.clone()).await.expect("appended");
    let refused = rig.appender.append(answering(tenant, far, 202)).await;
    assert!(matches!(refused, Err(AppendError::AnsweredBefore)), "{refused:?}");
    rig.appender
        .append(answering(new_tenant(), far, 201))
        .await
        .expect("keys are within a tenant");

    let answered = idempotency.find(tenant, hash(1), at()).await.expect("read");
    let event = Some(first.first_event_id());
    assert_eq!(
        answered,
        Some(Answered {
            body: hash(2),
            status: 201,
            event
        })
    );
    let events = idempotency
        .events_of(tenant, first.first_event_id())
        .await
        .expect("read");
    assert_eq!(
        events.iter().map(|event| event.sequence).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(
        idempotency.find(tenant, hash(1), far).await.expect("read"),
        None,
        "expired"
    );

    let other = new_tenant();
    rig.appender
        .append(answering(other, at(), 201))
        .await
        .expect("appended");
    rig.appender
        .append(answering(other, far, 202))
        .await
        .expect("the first answer has expired");
    let answered = idempotency
        .find(other, hash(1), at())
        .await
        .expect("read")
        .expect("an answer");
    assert_eq!(answered.status, 202);
    assert_eq!(idempotency.forget_expired(far, 2).await.expect("deleted"), 2);
    assert_eq!(idempotency.forget_expired(far, 2).await.expect("deleted"), 1);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_content_that_is_stored_already_stays_as_it_is(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, dataset) = (new_tenant(), DatasetId::from_uuid(new_id()));
    let with_content = |ciphertext: &[u8]| {
        let mut append = fresh(tenant);
        append.rows.contents.push(ContentRow {
            dataset,
            address: hash(1),
            ciphertext: ciphertext.to_vec(),
        });
        append
    };
    let (first, second) = tokio::join!(
        rig.appender.append(with_content(b"first")),
        rig.appender.append(with_content(b"second"))
    );
    first.expect("appended");
    second.expect("appended");
    assert_eq!(
        rig.count("SELECT count(*) FROM record_contents WHERE ciphertext = 'first'")
            .await,
        1
    );
    assert_eq!(rig.count("SELECT count(*) FROM record_contents").await, 1);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_email_that_is_taken_is_refused_with_its_events(pool: PgPool) {
    let rig = Rig::new(pool);
    let mut first = fresh(new_tenant());
    first.rows.credentials = with_all_rows(new_tenant(), 0).rows.credentials;
    let mut second = fresh(new_tenant());
    second.rows.credentials.clone_from(&first.rows.credentials);
    rig.appender.append(first).await.expect("appended");
    let refused = rig.appender.append(second).await;
    assert!(matches!(refused, Err(AppendError::Rejected { sqlstate }) if sqlstate == "23505"));
    assert_eq!(rig.log.last_position().await.expect("read"), 1);
}
