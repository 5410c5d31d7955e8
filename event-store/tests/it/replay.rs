//! Reading on by position.

use sqlx::PgPool;
use vault_event_store::LoadError;

use crate::support::{Rig, counting, new_id, new_tenant};

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn pages_follow_one_another(pool: PgPool) {
    let rig = Rig::new(pool);
    for _ in 0..5 {
        rig.appender.append(counting(new_tenant(), new_id(), 0, 5)).await.expect("appended");
    }
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = rig.log.read_after(after, 7).await.expect("read");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 7);
        after = last.position;
        seen.extend(page.iter().map(|event| event.position));
    }
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());
    assert!(rig.log.read_after(1_000_000, 7).await.expect("read").is_empty());
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_missing_event_is_an_error_and_never_skipped(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender.append(counting(tenant, id, 0, 5)).await.expect("appended");
    sqlx::raw_sql("SET ROLE vault_archiver; DELETE FROM events WHERE position = 3; RESET ROLE")
        .execute(&mut *rig.owner.acquire().await.expect("a connection"))
        .await
        .expect("removed");
    assert!(matches!(rig.log.read_after(0, 10).await, Err(LoadError::Gap { after: 2 })));
    assert!(matches!(rig.log.read_after(2, 1).await, Err(LoadError::Gap { after: 2 })));
    assert_eq!(rig.log.read_after(0, 2).await.expect("what is before the gap").len(), 2);
    assert_eq!(rig.log.read_after(3, 10).await.expect("what is after it").len(), 2);
    let loaded = rig.store.load::<crate::counter::Counter>(tenant, id).await;
    assert!(matches!(loaded, Err(LoadError::Gap { after: 2 })));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_event_of_an_unknown_type_is_an_error_with_its_position(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender.append(counting(tenant, id, 0, 3)).await.expect("appended");
    sqlx::raw_sql(
        "ALTER TABLE events DISABLE TRIGGER events_append_only; \
         UPDATE events SET event_type = 'counter.unheard_of' WHERE position = 2; \
         ALTER TABLE events ENABLE TRIGGER events_append_only",
    )
    .execute(&rig.owner)
    .await
    .expect("changed");
    let loaded = rig.store.load::<crate::counter::Counter>(tenant, id).await;
    assert!(matches!(loaded, Err(LoadError::Decode { position: 2, .. })), "{loaded:?}");
}
