//! Appending and loading, one append at a time.

use chrono::TimeDelta;
use sqlx::PgPool;
use vault_event_store::{
    Append, AppendError, EncodeError, GuardReading, GuardState, Guards, Head, MAX_PAYLOAD_BYTES,
};

use crate::{
    counter::{Counter, CounterEvent, Padded},
    support::{
        Rig, TickingClock, appender, claim, counting, fresh, guard, metadata, new_event_id, new_id,
        new_tenant, stream,
    },
};

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_was_appended_is_loaded(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let first = rig
        .appender
        .append(counting(tenant, id, 0, 3))
        .await
        .expect("appended");
    let second = rig
        .appender
        .append(counting(tenant, id, 3, 2))
        .await
        .expect("appended");
    assert_eq!((first.first_position, first.last_position), (1, 3));
    assert_eq!((second.first_position, second.last_position), (4, 5));
    let loaded = rig.store.load::<Counter>(tenant, id).await.expect("loaded");
    assert_eq!((loaded.aggregate.sum, loaded.sequence), (5, 5));
    assert_eq!(rig.log.last_position().await.expect("read"), 5);
    assert_eq!(*rig.head.subscribe().borrow(), 5);
    rig.assert_gap_free().await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_stale_or_too_high_sequence_is_a_conflict_and_stores_nothing(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 2))
        .await
        .expect("appended");
    for wrong in [0, 1, 3, 1_000_000] {
        let refused = rig.appender.append(counting(tenant, id, wrong, 1)).await;
        assert!(
            matches!(refused, Err(AppendError::Conflict { actual_sequence: 2 })),
            "{wrong}: {refused:?}"
        );
    }
    let unknown = rig.appender.append(counting(tenant, new_id(), 1, 1)).await;
    assert!(
        matches!(unknown, Err(AppendError::Conflict { actual_sequence: 0 })),
        "{unknown:?}"
    );
    assert_eq!(rig.log.last_position().await.expect("read"), 2);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn another_tenants_stream_is_neither_written_nor_seen(pool: PgPool) {
    let rig = Rig::new(pool);
    let (owner, stranger, id) = (new_tenant(), new_tenant(), new_id());
    rig.appender
        .append(counting(owner, id, 0, 2))
        .await
        .expect("appended");
    for expected in [0, 2] {
        let refused = rig.appender.append(counting(stranger, id, expected, 1)).await;
        assert!(matches!(refused, Err(AppendError::OtherTenant)), "{refused:?}");
    }
    let loaded = rig.store.load::<Counter>(stranger, id).await.expect("loaded");
    assert_eq!((loaded.aggregate.sum, loaded.sequence), (0, 0));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_guard_must_be_open(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id, guards) = (new_tenant(), new_id(), Guards::new(rig.database.clone()));
    let mut needs = fresh(tenant);
    needs.needs_open.push(guard(id));
    let missing = rig.appender.append(needs.clone()).await;
    assert!(
        matches!(missing, Err(AppendError::GuardMissing { guard_type: "thing" })),
        "{missing:?}"
    );
    assert_eq!(
        guards.read(tenant, guard(id)).await.expect("read"),
        GuardReading::Missing
    );

    let states = [
        (GuardState::Closed, GuardReading::Closed),
        (GuardState::Open, GuardReading::Open),
    ];
    for (state, reading) in states {
        let mut sets = fresh(tenant);
        sets.sets.push((guard(id), state));
        rig.appender.append(sets).await.expect("appended");
        assert_eq!(guards.read(tenant, guard(id)).await.expect("read"), reading);
        let outcome = rig.appender.append(needs.clone()).await;
        match state {
            GuardState::Open => assert!(outcome.is_ok(), "{outcome:?}"),
            GuardState::Closed => assert!(
                matches!(outcome, Err(AppendError::GuardClosed { .. })),
                "{outcome:?}"
            ),
        }
    }
    let mut of_another = fresh(new_tenant());
    of_another.needs_open.push(guard(id));
    let refused = rig.appender.append(of_another).await;
    assert!(
        matches!(refused, Err(AppendError::GuardMissing { .. })),
        "another tenant's guard: {refused:?}"
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_guard_that_an_append_sets_counts_from_the_next_one_on(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let mut opens = fresh(tenant);
    opens.needs_open.push(guard(id));
    opens.sets.push((guard(id), GuardState::Open));
    let refused = rig.appender.append(opens.clone()).await;
    assert!(
        matches!(refused, Err(AppendError::GuardMissing { .. })),
        "{refused:?}"
    );
    opens.needs_open.clear();
    rig.appender.append(opens).await.expect("appended");

    let mut closes = fresh(tenant);
    closes.needs_open.push(guard(id));
    closes.sets.push((guard(id), GuardState::Closed));
    rig.appender.append(closes).await.expect("open until it commits");
    let mut late = fresh(tenant);
    late.needs_open.push(guard(id));
    let refused = rig.appender.append(late).await;
    assert!(
        matches!(refused, Err(AppendError::GuardClosed { .. })),
        "{refused:?}"
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_name_has_one_holder_until_it_is_released(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, first, second) = (new_tenant(), new_id(), new_id());
    let taking = |tenant, keys: &[u8], holder| {
        let mut append = fresh(tenant);
        append.takes.extend(keys.iter().map(|key| claim(*key, holder)));
        append
    };
    rig.appender
        .append(taking(tenant, &[1], first))
        .await
        .expect("appended");
    rig.appender
        .append(taking(new_tenant(), &[1], second))
        .await
        .expect("names are within a tenant");

    let refused = rig.appender.append(taking(tenant, &[2, 1], second)).await;
    let Err(AppendError::ClaimsTaken(taken)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        taken
            .iter()
            .map(|claim| (claim.index, claim.holder))
            .collect::<Vec<_>>(),
        [(1, first)]
    );

    let mut releases = fresh(tenant);
    releases.releases.push(claim(1, first));
    rig.appender.append(releases).await.expect("appended");
    rig.appender
        .append(taking(tenant, &[2, 1], second))
        .await
        .expect("both are free");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn one_append_may_hand_a_name_over(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, holder) = (new_tenant(), new_id());
    let mut takes = fresh(tenant);
    takes.takes.push(claim(1, holder));
    rig.appender.append(takes).await.expect("appended");
    let mut renames = fresh(tenant);
    renames.releases.push(claim(1, holder));
    renames.takes.push(claim(2, holder));
    rig.appender.append(renames).await.expect("appended");
    assert_eq!(rig.count("SELECT count(*) FROM claims").await, 1);
}

#[test]
fn an_event_beyond_the_limit_is_not_encoded() {
    let tenant = new_tenant();
    let padded = |size: usize| {
        CounterEvent::Padded(Padded {
            padding: "x".repeat(size),
        })
    };
    let frame = r#"{"padding":""}"#.len();
    let append = |size: usize| {
        Append::new(
            stream(new_id()),
            0,
            &metadata(tenant),
            &[padded(size)],
            new_event_id,
        )
    };
    assert!(append(MAX_PAYLOAD_BYTES - frame).is_ok());
    let refused = append(MAX_PAYLOAD_BYTES - frame + 1);
    assert!(
        matches!(refused, Err(EncodeError::TooLarge { size_bytes }) if size_bytes == MAX_PAYLOAD_BYTES + 1)
    );
    let nothing = Append::new::<CounterEvent>(stream(new_id()), 0, &metadata(tenant), &[], new_event_id);
    assert!(matches!(nothing, Err(EncodeError::Empty)));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_event_of_the_largest_size_is_stored(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let padding = "x".repeat(MAX_PAYLOAD_BYTES - r#"{"padding":""}"#.len());
    let events = vec![CounterEvent::Padded(Padded { padding }); 40];
    // more than one batch may hold, and still all or nothing
    let append =
        Append::new(stream(id), 0, &metadata(tenant), &events, new_event_id).expect("within the limit");
    assert_eq!(
        rig.appender.append(append).await.expect("appended").last_position,
        40
    );
    assert_eq!(
        rig.store
            .load::<Counter>(tenant, id)
            .await
            .expect("loaded")
            .sequence,
        40
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn time_never_steps_back_though_clocks_differ_by_hours(pool: PgPool) {
    let rig = Rig::new(pool);
    let fast = appender(
        &rig.database,
        &Head::default(),
        TickingClock::ahead_by(TimeDelta::hours(5)),
    );
    let (tenant, mut last) = (new_tenant(), None);
    for round in 0..12 {
        let chosen = if round % 3 == 1 { &fast } else { &rig.appender };
        let appended = chosen.append(fresh(tenant)).await.expect("appended");
        assert!(last <= Some(appended.recorded_at), "round {round}");
        last = Some(appended.recorded_at);
    }
    rig.assert_gap_free().await;
    let stored = rig.log.read_after(0, 100).await.expect("read");
    assert_eq!(stored.last().map(|event| event.recorded_at), last);
    assert!(
        stored
            .iter()
            .all(|event| event.computed_hash().as_slice() == event.event_hash)
    );
}
