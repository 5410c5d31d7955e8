//! Each append of a batch is judged by itself.

use proptest::prelude::*;
use sqlx::PgPool;
use uuid::Uuid;
use vault_domain::TenantId;
use vault_event_store::{Append, AppendError, ContentRow, GuardState};

use crate::support::{
    Rig, claim, counting, fresh, guard, hash, in_one_batch, mac_key, new_event_id, new_id, new_tenant, stream,
};

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn every_kind_of_refusal_leaves_its_neighbours_alone(pool: PgPool) {
    let rig = Rig::new(pool);
    let (one, other, taken, closed) = (new_tenant(), new_tenant(), new_id(), new_id());
    let mut before = counting(one, taken, 0, 1);
    before.takes.push(claim(1, taken));
    before.sets.push((guard(closed), GuardState::Closed));
    rig.appender.append(before).await.expect("appended");

    let with = |mut append: Append, change: fn(&mut Append, Uuid), id| {
        change(&mut append, id);
        append
    };
    let outcomes = in_one_batch(
        &rig,
        vec![
            counting(one, new_id(), 0, 2),
            counting(one, new_id(), 7, 3),
            counting(other, new_id(), 0, 1),
            counting(other, taken, 1, 1),
            with(
                counting(one, new_id(), 0, 2),
                |append, id| append.takes.push(claim(1, id)),
                taken,
            ),
            counting(other, new_id(), 0, 2),
            with(fresh(one), |append, id| append.needs_open.push(guard(id)), closed),
            with(
                fresh(other),
                |append, id| append.needs_open.push(guard(id)),
                closed,
            ),
            counting(one, new_id(), 0, 1),
        ],
    )
    .await;
    let positions = |index: usize| {
        outcomes[index]
            .as_ref()
            .map(|done| (done.first_position, done.last_position))
            .map_err(Clone::clone)
    };
    assert_eq!(positions(0).expect("appended"), (2, 3));
    assert_eq!(positions(2).expect("appended"), (4, 4));
    assert_eq!(positions(5).expect("appended"), (5, 6));
    assert_eq!(positions(8).expect("appended"), (7, 7));
    assert!(matches!(
        outcomes[1],
        Err(AppendError::Conflict { actual_sequence: 0 })
    ));
    assert!(matches!(outcomes[3], Err(AppendError::OtherTenant)));
    assert!(matches!(&outcomes[4], Err(AppendError::ClaimsTaken(claims)) if claims[0].holder == taken));
    assert!(matches!(outcomes[6], Err(AppendError::GuardClosed { .. })));
    assert!(matches!(outcomes[7], Err(AppendError::GuardMissing { .. })));
    rig.assert_gap_free().await;
    crate::hashes::assert_batches_verify(&rig, &mac_key()).await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_batch_of_which_nothing_holds_writes_nothing(pool: PgPool) {
    let rig = Rig::new(pool);
    let tenant = new_tenant();
    let outcomes = in_one_batch(
        &rig,
        (1..6).map(|wrong| counting(tenant, new_id(), wrong, 2)).collect(),
    )
    .await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Err(AppendError::Conflict { .. })))
    );
    assert_eq!(rig.log.last_position().await.expect("read"), 0);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_postgres_refuses_fails_alone(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, event) = (new_tenant(), new_event_id());
    let with_id = || {
        let metadata = crate::support::metadata(tenant);
        Append::new(
            stream(new_id()),
            0,
            &metadata,
            &[crate::support::counted(1)],
            || event,
        )
        .expect("small")
    };
    rig.appender.append(with_id()).await.expect("appended");
    let appends = vec![
        counting(tenant, new_id(), 0, 2),
        with_id(),
        counting(tenant, new_id(), 0, 3),
    ];
    let mut waiting: Vec<_> = appends
        .into_iter()
        .map(|append| rig.appender.append(append))
        .collect();
    let last = waiting.pop().expect("three");
    let at_fault = waiting.pop().expect("three");
    let (first, at_fault, last) = tokio::join!(waiting.pop().expect("three"), at_fault, last);
    assert_eq!(first.expect("appended").last_position, 3);
    assert!(matches!(at_fault, Err(AppendError::Rejected { sqlstate }) if sqlstate == "23505"));
    assert_eq!(last.expect("appended").last_position, 6);
    rig.assert_gap_free().await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_guard_that_is_set_counts_for_whatever_waits_behind(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let needing = || {
        let mut append = fresh(tenant);
        append.needs_open.push(guard(id));
        append
    };
    let setting = |state| {
        let mut append = fresh(tenant);
        append.sets.push((guard(id), state));
        append
    };
    let (early, opens, needs, closes, late) = tokio::join!(
        rig.appender.append(needing()),
        rig.appender.append(setting(GuardState::Open)),
        rig.appender.append(needing()),
        rig.appender.append(setting(GuardState::Closed)),
        rig.appender.append(needing()),
    );
    assert!(
        matches!(early, Err(AppendError::GuardMissing { .. })),
        "{early:?}"
    );
    for outcome in [opens, needs, closes] {
        outcome.expect("appended");
    }
    assert!(matches!(late, Err(AppendError::GuardClosed { .. })), "{late:?}");
    rig.assert_gap_free().await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn appends_to_one_stream_and_one_name_are_judged_in_their_order(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id, other) = (new_tenant(), new_id(), new_id());
    let claiming = |holder| {
        let mut append = fresh(tenant);
        append.takes.push(claim(9, holder));
        append
    };
    let (first, second, winner, loser) = tokio::join!(
        rig.appender.append(counting(tenant, id, 0, 2)),
        rig.appender.append(counting(tenant, id, 2, 1)),
        rig.appender.append(claiming(id)),
        rig.appender.append(claiming(other)),
    );
    for outcome in [first, second, winner] {
        outcome.expect("appended");
    }
    assert!(matches!(loser, Err(AppendError::ClaimsTaken(taken)) if taken[0].holder == id));
    rig.assert_gap_free().await;
}

#[derive(Debug, Clone, Copy)]
struct Planned {
    tenant: usize,
    events: usize,
    wrong: Option<u64>,
    content: bool,
}

fn planned() -> impl Strategy<Value = Vec<Vec<Planned>>> {
    let append = (
        0..3_usize,
        1..5_usize,
        prop::option::weighted(0.4, 1..9_u64),
        any::<bool>(),
    )
        .prop_map(|(tenant, events, wrong, content)| Planned {
            tenant,
            events,
            wrong,
            content,
        });
    prop::collection::vec(prop::collection::vec(append, 1..24), 1..6)
}

/// Runs planned batches; the one log of the test grows from case to case.
async fn run(rig: &Rig, tenants: [TenantId; 3], batches: Vec<Vec<Planned>>) {
    for batch in batches {
        let mut position = rig.log.last_position().await.expect("read");
        let append = |planned: &Planned| {
            let mut append = counting(
                tenants[planned.tenant],
                new_id(),
                planned.wrong.unwrap_or(0),
                planned.events,
            );
            let content = ContentRow {
                dataset: vault_domain::DatasetId::from_uuid(new_id()),
                address: hash(1),
                ciphertext: vec![u8::from(planned.wrong.is_none())],
            };
            append.rows.contents.extend(planned.content.then_some(content));
            append
        };
        let outcomes = in_one_batch(rig, batch.iter().map(append).collect()).await;
        for (planned, outcome) in batch.iter().zip(outcomes) {
            if planned.wrong.is_some() {
                assert!(matches!(
                    outcome,
                    Err(AppendError::Conflict { actual_sequence: 0 })
                ));
            } else {
                assert_eq!(outcome.expect("appended").first_position, position + 1);
                position += planned.events as u64;
            }
        }
        assert_eq!(rig.log.last_position().await.expect("read"), position);
    }
    rig.assert_gap_free().await;
    assert_eq!(
        rig.count(r"SELECT count(*) FROM record_contents WHERE ciphertext = '\x00'")
            .await,
        0
    );
    crate::hashes::assert_batches_verify(rig, &mac_key()).await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn any_mix_of_right_and_wrong_appends_leaves_no_gap(pool: PgPool) {
    use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
    let rig = Rig::new(pool);
    let tenants = [new_tenant(), new_tenant(), new_tenant()];
    // proptest cannot await, so its runner only makes the cases here; it prints none, and each is repeatable
    let mut runner = TestRunner::deterministic();
    for _ in 0..24 {
        let batches = planned().new_tree(&mut runner).expect("a plan").current();
        run(&rig, tenants, batches).await;
    }
}
