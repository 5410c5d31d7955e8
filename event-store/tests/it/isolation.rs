//! One tenant's rows stay out of another's sight.

use sqlx::PgPool;
use vault_event_store::EventFilter;

use crate::support::{Rig, counting, new_id, new_tenant};

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn every_table_with_a_tenant_is_isolated(pool: PgPool) {
    // a partition asked for by its own name has no policy, which shows nothing at all
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p') \
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity \
                    AND (c.relispartition OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)))",
    )
    .fetch_all(&pool)
    .await
    .expect("the catalogue");
    assert_eq!(open, Vec::<String>::new());
    let lax: Vec<String> = sqlx::query_scalar(
        "SELECT polrelid::regclass::text FROM pg_policy \
         WHERE pg_get_expr(polqual, polrelid) <> '(tenant_id = ( SELECT current_tenant() AS current_tenant))' \
           AND polroles <> ARRAY['vault_archiver'::regrole::oid]",
    )
    .fetch_all(&pool)
    .await
    .expect("the catalogue");
    assert_eq!(
        lax,
        Vec::<String>::new(),
        "policies that do not compare the tenant"
    );
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_policy")
        .fetch_one(&pool)
        .await
        .expect("a count");
    assert!(tables >= 10, "the catalogue was asked for the wrong thing");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_reader_sees_its_tenant_alone_and_without_one_nothing(pool: PgPool) {
    let rig = Rig::new(pool);
    let (one, other) = (new_tenant(), new_tenant());
    for (tenant, events) in [(one, 2), (other, 3), (one, 1)] {
        rig.appender
            .append(counting(tenant, new_id(), 0, events))
            .await
            .expect("appended");
    }
    let own = rig
        .log
        .tenant_events(one, 0, 10, &EventFilter::default())
        .await
        .expect("read");
    assert_eq!(
        own.iter().map(|event| event.tenant_position).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(
        own.iter().map(|event| event.position).collect::<Vec<_>>(),
        [1, 2, 6]
    );

    let mut transaction = rig.database.begin_tenant(one).await.expect("begun");
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM events WHERE tenant_id <> $1")
        .bind(one.as_uuid())
        .fetch_one(&mut *transaction)
        .await
        .expect("read");
    assert_eq!(seen, 0);
    drop(transaction);
    let unbound: i64 = sqlx::query_scalar("SELECT count(*) FROM events")
        .fetch_one(&rig.database.reader)
        .await
        .expect("read");
    assert_eq!(unbound, 0, "the tenant of a transaction ends with it");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_auditor_filters_its_own_events(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 3))
        .await
        .expect("appended");
    let at = rig
        .appender
        .append(counting(tenant, new_id(), 0, 2))
        .await
        .expect("appended")
        .recorded_at;
    let count = async |filter: EventFilter, after| {
        rig.log
            .tenant_events(tenant, after, 100, &filter)
            .await
            .expect("read")
            .len()
    };
    let by_id = |id: uuid::Uuid| EventFilter {
        aggregate_id: Some(id.to_string()),
        ..EventFilter::default()
    };
    let by_type = |name: &str| EventFilter {
        event_types: vec![name.to_owned()],
        ..EventFilter::default()
    };
    assert_eq!(count(by_id(id), 0).await, 3);
    assert_eq!(count(by_id(id), 2).await, 1);
    assert_eq!(count(by_id(new_id()), 0).await, 0);
    assert_eq!(count(by_type("counter.counted"), 0).await, 5);
    assert_eq!(count(by_type("counter.'; DROP TABLE events; --"), 0).await, 0);
    assert_eq!(
        count(
            EventFilter {
                from: Some(at),
                ..EventFilter::default()
            },
            0
        )
        .await,
        2
    );
    assert_eq!(
        count(
            EventFilter {
                to: Some(at),
                ..EventFilter::default()
            },
            0
        )
        .await,
        3
    );
    assert_eq!(
        count(
            EventFilter {
                actor: Some(id),
                ..EventFilter::default()
            },
            0
        )
        .await,
        0
    );
}
