//! Reading on by position.

use sqlx::PgPool;
use vault_event_store::{LoadError, Log, PageLimit};

use crate::{
    proxy::Proxy,
    support::{Rig, counting, database, new_id, new_tenant},
    tamper::tamper,
};

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn pages_follow_one_another(pool: PgPool) {
    let rig = Rig::new(pool);
    for _ in 0..5 {
        rig.appender
            .append(counting(new_tenant(), new_id(), 0, 5))
            .await
            .expect("appended");
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
async fn a_page_ends_at_either_limit_and_holds_one_event_however_large(pool: PgPool) {
    let rig = Rig::new(pool);
    rig.appender
        .append(counting(new_tenant(), new_id(), 0, 20))
        .await
        .expect("appended");
    let all = rig.log.read_after(4, 100).await.expect("read");
    let bytes = |count: usize| -> u32 {
        let sum: usize = all[..count].iter().map(|event| event.payload.len()).sum();
        sum.try_into().expect("a few bytes")
    };
    let limits = [
        (100, u32::MAX, 16),
        (3, u32::MAX, 3),
        (100, bytes(5), 5),
        (100, bytes(5) - 1, 4),
        (2, bytes(5), 2),
        (100, 1, 1),
    ];
    for (events, payload_bytes, expected) in limits {
        let limit = PageLimit {
            events,
            payload_bytes,
        };
        let page = rig.log.read_page(4, limit).await.expect("read");
        assert_eq!(
            format!("{page:?}"),
            format!("{:?}", &all[..expected]),
            "{limit:?}"
        );
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_replay_gives_out_what_reading_on_does(pool: PgPool) {
    let rig = Rig::new(pool);
    for events in [5, 300, 1, 40] {
        rig.appender
            .append(counting(new_tenant(), new_id(), 0, events))
            .await
            .expect("appended");
    }
    let read = rig.log.read_after(3, 10_000).await.expect("read");
    for page_events in [1, 7, 343, 10_000] {
        let mut replay = rig.log.replay(3, PageLimit::of_events(page_events));
        let mut replayed = Vec::new();
        while let Some(page) = replay.next_page().await.expect("a page") {
            assert!(!page.is_empty() && page.len() <= page_events as usize);
            replayed.extend(page);
        }
        assert_eq!(format!("{replayed:?}"), format!("{read:?}"));
        assert!(replay.next_page().await.expect("the end").is_none());
    }
    assert!(
        rig.log
            .replay(346, PageLimit::of_events(10))
            .next_page()
            .await
            .expect("the end")
            .is_none()
    );
    // whoever stops early leaves connections behind that can still be used
    for _ in 0..20 {
        drop(
            rig.log
                .replay(0, PageLimit::of_events(2))
                .next_page()
                .await
                .expect("a page"),
        );
    }
    assert_eq!(rig.log.last_position().await.expect("read"), 346);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_replay_whose_connection_breaks_ends_with_an_error(pool: PgPool) {
    let rig = Rig::new(pool);
    rig.appender
        .append(counting(new_tenant(), new_id(), 0, 3_000))
        .await
        .expect("appended");
    let proxy = Proxy::start(&rig.owner.connect_options()).await;
    let far = Log::new(database(&proxy.through(&rig.owner.connect_options())));
    proxy.cut_answers_after(400_000);
    let mut replay = far.replay(0, PageLimit::of_events(500));
    let mut replayed = 0;
    let ended = loop {
        match replay.next_page().await {
            Ok(Some(page)) => replayed += page.len(),
            ended => break ended.map(|_| ()),
        }
    };
    assert!(matches!(ended, Err(LoadError::Database(_))), "{ended:?}");
    assert!(
        replayed > 0 && replayed < 3_000 && replayed % 500 == 0,
        "{replayed}"
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_missing_event_is_an_error_and_never_skipped(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 5))
        .await
        .expect("appended");
    tamper(&rig, "DELETE FROM events WHERE position = 3").await;
    for (after, limit) in [(0, 10), (2, 1)] {
        let read = rig.log.read_after(after, limit).await;
        assert!(matches!(read, Err(LoadError::Gap { after: 2 })), "{read:?}");
    }
    let replayed = rig.log.replay(0, PageLimit::of_events(10)).next_page().await;
    assert!(
        matches!(replayed, Err(LoadError::Gap { after: 2 })),
        "{replayed:?}"
    );
    assert_eq!(
        rig.log
            .read_after(0, 2)
            .await
            .expect("what is before the gap")
            .len(),
        2
    );
    assert_eq!(
        rig.log.read_after(3, 10).await.expect("what is after it").len(),
        2
    );
    let loaded = rig.store.load::<crate::counter::Counter>(tenant, id).await;
    assert!(matches!(loaded, Err(LoadError::Gap { after: 2 })));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_event_of_an_unknown_type_is_an_error_with_its_position(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 3))
        .await
        .expect("appended");
    sqlx::raw_sql(
        "ALTER TABLE events DISABLE TRIGGER events_append_only; \
         UPDATE events SET event_type = 'counter.unheard_of' WHERE position = 2; \
         ALTER TABLE events ENABLE TRIGGER events_append_only",
    )
    .execute(&rig.owner)
    .await
    .expect("changed");
    let loaded = rig.store.load::<crate::counter::Counter>(tenant, id).await;
    assert!(
        matches!(loaded, Err(LoadError::Decode { position: 2, .. })),
        "{loaded:?}"
    );
}
