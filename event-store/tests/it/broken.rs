//! Connections that break while appends are under way.

use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::PgPool;
use tokio::{sync::watch, task::JoinSet};
use vault_event_store::{AppendError, Head};

use crate::{
    counter::Counter,
    proxy::{Mode, Proxy},
    support::{Rig, TickingClock, counting, fresh, mac_key, new_event_id, new_id, new_tenant, start, stream},
};

const WRITERS: u64 = 16;
const APPENDS_PER_WRITER: u64 = 60;
/// The backend is ended whenever so many more appends were answered.
const ANSWERS_BETWEEN_BREAKS: u64 = 25;

/// Ends the backend that appends, over and over, until the writers are done; returns how often it hit one.
async fn break_often(pool: &PgPool, mut answered: watch::Receiver<u64>) -> u64 {
    let (mut hits, mut next) = (0, 0);
    while answered.wait_for(|count| *count >= next).await.is_ok() {
        next = *answered.borrow() + ANSWERS_BETWEEN_BREAKS;
        let ended: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'SELECT * FROM append_batch%' AND pid <> pg_backend_pid()) ended",
        )
        .fetch_one(pool)
        .await
        .expect("ended");
        hits += ended.unsigned_abs();
    }
    hits
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn every_acknowledged_append_is_stored_once_though_the_backend_ends_again_and_again(pool: PgPool) {
    let rig = Arc::new(Rig::new(pool));
    let (count, answered) = watch::channel(0);
    let count = Arc::new(count);
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (rig, count) = (Arc::clone(&rig), Arc::clone(&count));
        writers.spawn(async move {
            let (tenant, id) = (new_tenant(), new_id());
            for sequence in 0..APPENDS_PER_WRITER {
                let done = rig
                    .appender
                    .append(counting(tenant, id, sequence, 1))
                    .await
                    .expect("appended");
                let position: i64 = sqlx::query_scalar(
                    "SELECT position FROM events WHERE aggregate_id = $1 AND sequence = $2",
                )
                .bind(id.to_string())
                .bind(sequence.cast_signed() + 1)
                .fetch_one(&rig.owner)
                .await
                .expect("stored once");
                assert_eq!(position.unsigned_abs(), done.first_position);
                if sequence % 8 == 0 {
                    let stale = rig.appender.append(counting(tenant, id, sequence, 1)).await;
                    let Err(AppendError::Conflict { actual_sequence }) = stale else {
                        panic!("{stale:?}")
                    };
                    assert_eq!(actual_sequence, sequence + 1);
                }
                count.send_modify(|count| *count += 1);
            }
        });
    }
    drop(count);
    let breaker = break_often(&rig.owner, answered);
    let (hits, ()) = tokio::join!(breaker, async {
        while let Some(done) = writers.join_next().await {
            done.expect("a writer");
        }
    });
    assert!(hits > 10, "the backend was ended {hits} times only");
    assert_eq!(
        rig.log.last_position().await.expect("read"),
        WRITERS * APPENDS_PER_WRITER
    );
    rig.assert_gap_free().await;
    crate::hashes::assert_batches_verify(&rig, &mac_key()).await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_append_whose_answer_was_lost_is_a_success_and_stored_once(pool: PgPool) {
    let rig = Rig::new(pool);
    let proxy = Proxy::start(&rig.owner.connect_options()).await;
    let appender = start(
        proxy.through(&rig.database.writer_options()),
        &Head::default(),
        TickingClock::ahead_by(TimeDelta::zero()),
    );
    let (tenant, id) = (new_tenant(), new_id());
    // the statement is prepared by the first, so that every later answer is that of the commit
    appender
        .append(counting(tenant, id, 0, 1))
        .await
        .expect("appended");
    for sequence in 1..20 {
        proxy.set(Mode::SwallowAnswer);
        let (right, stale) = tokio::join!(
            appender.append(counting(tenant, id, sequence, 1)),
            appender.append(counting(tenant, new_id(), 5, 1)),
        );
        proxy.reached(Mode::Open).await;
        assert_eq!(
            right.expect("its own event is no conflict").first_position,
            sequence + 1
        );
        assert!(
            matches!(stale, Err(AppendError::Conflict { actual_sequence: 0 })),
            "{stale:?}"
        );
    }
    assert_eq!(rig.log.last_position().await.expect("read"), 20);
    assert_eq!(
        rig.store
            .load::<Counter>(tenant, id)
            .await
            .expect("loaded")
            .aggregate
            .sum,
        20
    );
    crate::hashes::assert_batches_verify(&rig, &mac_key()).await;
}

/// Waits until so many calls wait for the log's lock.
async fn waiting_for_the_log(pool: &PgPool, calls: i64) {
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .fetch_one(pool)
        .await
        .expect("the locks");
        if waiting >= calls {
            return;
        }
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_append_that_arrives_after_it_was_looked_up_is_a_success_and_stored_once(pool: PgPool) {
    let rig = Rig::new(pool);
    let proxy = Proxy::start(&rig.owner.connect_options()).await;
    let connect = proxy.through(&rig.database.writer_options());
    let appender = start(
        connect,
        &Head::default(),
        TickingClock::ahead_by(TimeDelta::zero()),
    );
    let (tenant, id) = (new_tenant(), new_id());
    appender
        .append(counting(tenant, id, 0, 1))
        .await
        .expect("appended");
    let mut holder = rig.owner.begin().await.expect("begun");
    sqlx::query("SELECT pg_advisory_xact_lock(7165721011)")
        .execute(&mut *holder)
        .await
        .expect("the log's lock");
    proxy.set(Mode::HoldRequest);
    // who waits for the lock gets it in turn: first the look-up, then the late call, then the repeat
    let late_delivery = async {
        waiting_for_the_log(&rig.owner, 1).await;
        proxy.deliver();
        waiting_for_the_log(&rig.owner, 2).await;
        holder.rollback().await.expect("rolled back");
    };
    let (outcome, ()) = tokio::join!(appender.append(counting(tenant, id, 1, 1)), late_delivery);
    assert_eq!(outcome.expect("its own event is no conflict").first_position, 2);
    assert_eq!(rig.log.last_position().await.expect("read"), 2);
    rig.assert_gap_free().await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_postgres_refuses_fails_alone_after_a_broken_connection_too(pool: PgPool) {
    let rig = Rig::new(pool);
    let proxy = Proxy::start(&rig.owner.connect_options()).await;
    let connect = proxy.through(&rig.database.writer_options());
    let appender = start(
        connect,
        &Head::default(),
        TickingClock::ahead_by(TimeDelta::zero()),
    );
    let (tenant, taken) = (new_tenant(), new_event_id());
    let at_fault = || {
        let events = [crate::support::counted(1), crate::support::counted(2)];
        let mut ids = [new_event_id(), taken].into_iter();
        let metadata = crate::support::metadata(tenant);
        vault_event_store::Append::new(stream(new_id()), 0, &metadata, &events, || {
            ids.next().expect("two ids")
        })
        .expect("small")
    };
    appender.append(at_fault()).await.expect("appended");
    proxy.set(Mode::SwallowAnswer);
    let (first, refused, last) = tokio::join!(
        appender.append(fresh(tenant)),
        appender.append(at_fault()),
        appender.append(fresh(tenant)),
    );
    assert_eq!(first.expect("appended").first_position, 3);
    assert!(matches!(refused, Err(AppendError::Rejected { sqlstate }) if sqlstate == "23505"));
    assert_eq!(last.expect("appended").first_position, 4);
    rig.assert_gap_free().await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn while_postgres_is_away_appends_say_so_and_then_go_on_by_themselves(pool: PgPool) {
    let rig = Rig::new(pool);
    let proxy = Proxy::start(&rig.owner.connect_options()).await;
    let connect = proxy.through(&rig.database.writer_options());
    let appender = start(
        connect,
        &Head::default(),
        TickingClock::ahead_by(TimeDelta::zero()),
    );
    let tenant = new_tenant();
    appender.append(fresh(tenant)).await.expect("appended");
    proxy.set(Mode::Away);
    let refused = appender.append(fresh(tenant)).await;
    assert!(matches!(refused, Err(AppendError::Unavailable)), "{refused:?}");
    proxy.set(Mode::Open);
    assert_eq!(
        appender
            .append(fresh(tenant))
            .await
            .expect("appended")
            .first_position,
        2
    );
    rig.assert_gap_free().await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_cancelled_call_is_repeated_and_no_unknown_outcome(pool: PgPool) {
    let rig = Rig::new(pool);
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    let mut holder = rig.owner.begin().await.expect("begun");
    sqlx::query("SELECT pg_advisory_xact_lock(7165721011)")
        .execute(&mut *holder)
        .await
        .expect("the log's lock");
    let cancel = async {
        // one call waits for the lock that is held here: cancel it, then let the repeat through
        loop {
            let cancelled: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM (SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event = 'advisory' \
                   AND query LIKE 'SELECT * FROM append_batch%') cancelled",
            )
            .fetch_one(&rig.owner)
            .await
            .expect("cancelled");
            if cancelled > 0 {
                break;
            }
        }
        holder.rollback().await.expect("rolled back");
    };
    let (outcome, ()) = tokio::join!(rig.appender.append(fresh(new_tenant())), cancel);
    assert_eq!(outcome.expect("appended").first_position, 2);
}
