//! A reader sees the rows of its tenant and no others, also after a rebuild swapped the tables.

use sqlx::{PgPool, Postgres, Transaction};
use vault_projections::{OnDifferences, rebuild};

use crate::{
    story::tell,
    support::{Rig, TABLES},
};

async fn seen(transaction: &mut Transaction<'static, Postgres>, table: &str) -> i64 {
    let query = format!("SELECT count(*) FROM read_models.{table}");
    sqlx::query_scalar(&query)
        .fetch_one(&mut **transaction)
        .await
        .expect("a count")
}

async fn assert_isolated(rig: &Rig, table: &str) {
    let (enabled, forced): (bool, bool) = sqlx::query_as(&format!(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'read_models.{table}'::regclass"
    ))
    .fetch_one(&rig.owner)
    .await
    .expect("the table");
    assert!(enabled && forced, "{table}");
    let tenants: Vec<(uuid::Uuid, i64)> = sqlx::query_as(&format!(
        "SELECT tenant_id, count(*) FROM read_models.{table} GROUP BY tenant_id"
    ))
    .fetch_all(&rig.owner)
    .await
    .expect("the tenants");
    assert_eq!(tenants.len(), 2, "{table}");
    for (tenant, rows) in tenants {
        let tenant = vault_domain::TenantId::from_uuid(tenant);
        let mut transaction = rig.database.begin_tenant(tenant).await.expect("a transaction");
        assert_eq!(seen(&mut transaction, table).await, rows, "{table}");
    }
    let mut nobody = rig.database.reader.begin().await.expect("a transaction");
    assert_eq!(seen(&mut nobody, table).await, 0, "{table} without a tenant");
}

/// The SQLSTATE with which a reader's statement fails.
async fn refusal(rig: &Rig, statement: &str) -> Option<String> {
    let error = sqlx::raw_sql(statement)
        .execute(&rig.database.reader)
        .await
        .err()?;
    error
        .as_database_error()?
        .code()
        .map(std::borrow::Cow::into_owned)
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_reader_sees_its_tenant_alone_before_and_after_a_swap(owner: PgPool) {
    let rig = Rig::new(owner);
    tell(&rig).await;
    rig.project().await;
    for (table, projection) in TABLES.into_iter().zip(rig.projections()) {
        assert_isolated(&rig, table).await;
        rebuild(projection.as_ref(), &rig.database, OnDifferences::Keep, |_| {})
            .await
            .expect("rebuilt");
        assert_isolated(&rig, table).await;
        let kept = format!("SELECT count(*) FROM read_models_old.{table}");
        assert_eq!(refusal(&rig, &kept).await.as_deref(), Some("42501"), "{kept}");
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_copy_that_is_being_built_is_isolated_and_no_readers_business(owner: PgPool) {
    let rig = Rig::new(owner);
    for table in TABLES {
        let begin = format!("SELECT begin_read_model_copy('{table}')");
        assert_eq!(refusal(&rig, &begin).await.as_deref(), Some("42501"), "{begin}");
        let swap = format!("SELECT swap_read_model_copy('{table}')");
        assert_eq!(refusal(&rig, &swap).await.as_deref(), Some("42501"), "{swap}");
        sqlx::raw_sql(&begin)
            .execute(&rig.database.writer)
            .await
            .expect("the writer may");
        let read = format!("SELECT count(*) FROM read_models_next.{table}");
        assert_eq!(refusal(&rig, &read).await.as_deref(), Some("42501"), "{read}");
        let isolated: bool = sqlx::query_scalar(&format!(
            "SELECT c.relrowsecurity AND c.relforcerowsecurity AND count(p.*) = 1 FROM pg_class c \
             LEFT JOIN pg_policy p ON p.polrelid = c.oid WHERE c.oid = 'read_models_next.{table}'::regclass \
             GROUP BY c.relrowsecurity, c.relforcerowsecurity"
        ))
        .fetch_one(&rig.owner)
        .await
        .expect("the copy");
        assert!(isolated, "{table}");
    }
    let other = "SELECT begin_read_model_copy('projection_checkpoints')";
    let error = sqlx::raw_sql(other)
        .execute(&rig.database.writer)
        .await
        .expect_err("no read model");
    assert_eq!(
        error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .as_deref(),
        Some("42P01")
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_reader_writes_no_row(owner: PgPool) {
    let rig = Rig::new(owner);
    for table in TABLES {
        for statement in [
            format!("DELETE FROM read_models.{table}"),
            format!("UPDATE read_models.{table} SET tenant_id = tenant_id"),
        ] {
            assert_eq!(
                refusal(&rig, &statement).await.as_deref(),
                Some("42501"),
                "{statement}"
            );
        }
    }
    let checkpoint = "UPDATE projection_checkpoints SET position = 0";
    assert_eq!(refusal(&rig, checkpoint).await.as_deref(), Some("42501"));
}
