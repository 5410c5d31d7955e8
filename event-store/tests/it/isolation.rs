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
        .expect("read")
        .events;
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
            .events
            .len()
    };
    let by_id = |id: uuid::Uuid| EventFilter {
        resource: Some(id),
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

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn pages_of_a_tenants_log_are_its_events_in_order_wherever_they_begin_and_end(pool: PgPool) {
    let rig = Rig::new(pool);
    let tenants = [new_tenant(), new_tenant()];
    let mut times = Vec::new();
    for turn in 0..60_usize {
        let tenant = tenants[usize::from(turn % 5 == 0)];
        let events = 1 + turn % 3;
        let appended = rig
            .appender
            .append(counting(tenant, new_id(), 0, events))
            .await
            .expect("appended");
        times.push(appended.recorded_at);
    }
    for tenant in tenants {
        let all = rig
            .log
            .tenant_events(tenant, 0, 1_000, &EventFilter::default())
            .await
            .expect("read");
        assert_eq!(all.next, None);
        let all = all.events;
        let last = all.last().expect("events").position;
        for after in 0..=last + 1 {
            let page = rig
                .log
                .tenant_events(tenant, after, 4, &EventFilter::default())
                .await
                .expect("read");
            let expected: Vec<u64> = all
                .iter()
                .map(|event| event.position)
                .filter(|position| *position > after)
                .collect();
            let found: Vec<u64> = page.events.iter().map(|event| event.position).collect();
            assert_eq!(found, expected.iter().copied().take(4).collect::<Vec<_>>());
            assert_eq!(
                page.next,
                (expected.len() > 4).then(|| expected[3]),
                "after {after}"
            );
        }
        for pair in times.windows(2) {
            let filter = EventFilter {
                from: Some(pair[0]),
                to: Some(pair[1]),
                until: Some(last - 3),
                ..EventFilter::default()
            };
            let page = rig
                .log
                .tenant_events(tenant, 5, 100, &filter)
                .await
                .expect("read");
            let found: Vec<u64> = page.events.iter().map(|event| event.position).collect();
            let expected: Vec<u64> = all
                .iter()
                .filter(|event| event.recorded_at >= pair[0] && event.recorded_at < pair[1])
                .map(|event| event.position)
                .filter(|position| (6..=last - 3).contains(position))
                .collect();
            assert_eq!(found, expected);
        }
        for event in &all {
            let by = all
                .iter()
                .rfind(|other| other.recorded_at <= event.recorded_at)
                .map(|other| other.position);
            let found = rig
                .log
                .tenant_position_at(tenant, event.recorded_at)
                .await
                .expect("read");
            assert_eq!(Some(found), by);
        }
        let before = all[0].recorded_at - chrono::TimeDelta::microseconds(1);
        assert_eq!(rig.log.tenant_position_at(tenant, before).await.expect("read"), 0);
    }
    let head = rig.log.last_position().await.expect("read");
    let end = times.last().copied().expect("times");
    assert_eq!(rig.log.position_at(end).await.expect("read"), head);
    let before = times[0] - chrono::TimeDelta::microseconds(1);
    assert_eq!(rig.log.position_at(before).await.expect("read"), 0);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_filter_that_fits_one_event_of_many_finds_it(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    for _ in 0..30 {
        rig.appender
            .append(counting(tenant, new_id(), 0, 800))
            .await
            .expect("appended");
    }
    rig.appender
        .append(counting(tenant, id, 0, 1))
        .await
        .expect("appended");
    let filter = EventFilter {
        resource: Some(id),
        ..EventFilter::default()
    };
    // it stands behind the first window
    let page = rig.log.tenant_events(tenant, 0, 10, &filter).await.expect("read");
    assert_eq!(
        page.events.iter().map(|event| event.position).collect::<Vec<_>>(),
        [24_001]
    );
    assert_eq!(page.next, None);
}
