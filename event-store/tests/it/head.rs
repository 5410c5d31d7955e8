//! How far the log has come, as another process hears it.

use std::time::Duration;

use chrono::TimeDelta;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use vault_event_store::Head;

use crate::support::{Rig, TickingClock, appender, database, fresh, new_tenant};

/// Long enough for any machine; every wait ends with the condition.
const DEADLINE: Duration = Duration::from_secs(30);

async fn reached(head: &Head, position: u64) {
    let mut positions = head.subscribe();
    let reached = positions.wait_for(|known| *known >= position);
    tokio::time::timeout(DEADLINE, reached)
        .await
        .expect("in time")
        .expect("the head stays");
}

async fn listener(rig: &Rig) -> Option<i32> {
    sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'",
    )
    .fetch_optional(&rig.owner)
    .await
    .expect("the activity")
}

async fn listening(rig: &Rig) -> i32 {
    let until_found = async {
        loop {
            if let Some(pid) = listener(rig).await {
                break pid;
            }
        }
    };
    tokio::time::timeout(DEADLINE, until_found)
        .await
        .expect("in time")
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn another_process_hears_of_every_position(pool: PgPool) {
    let rig = Rig::new(pool);
    let stop = CancellationToken::new();
    let announcer = tokio::spawn(
        rig.head
            .clone()
            .announce(rig.database.writer_options(), stop.clone()),
    );
    let far = Head::default();
    let other = database(&rig.owner.connect_options());
    let follower = tokio::spawn(far.clone().follow(other.writer_options(), stop.clone()));
    for position in 1..=20 {
        rig.appender.append(fresh(new_tenant())).await.expect("appended");
        reached(&far, position).await;
        assert_eq!(*far.subscribe().borrow(), position, "never ahead of the log");
    }
    stop.cancel();
    announcer.await.expect("stopped");
    follower.await.expect("stopped");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_follower_that_starts_late_learns_where_the_log_stands(pool: PgPool) {
    let rig = Rig::new(pool);
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    let (far, stop) = (Head::default(), CancellationToken::new());
    let follower = tokio::spawn(far.clone().follow(rig.database.writer_options(), stop.clone()));
    reached(&far, 1).await;
    stop.cancel();
    follower.await.expect("stopped");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn positions_are_polled_when_nothing_is_announced_and_the_ear_is_cut_off(pool: PgPool) {
    let rig = Rig::new(pool);
    let (far, stop) = (Head::default(), CancellationToken::new());
    let follower = tokio::spawn(far.clone().follow(rig.database.writer_options(), stop.clone()));
    for round in 1..=3 {
        let ended: bool = sqlx::query_scalar("SELECT pg_terminate_backend($1)")
            .bind(listening(&rig).await)
            .fetch_one(&rig.owner)
            .await
            .expect("ended");
        assert!(ended);
        // nobody announces this one
        let quiet = appender(
            &rig.database,
            &Head::default(),
            TickingClock::ahead_by(TimeDelta::zero()),
        );
        quiet.append(fresh(new_tenant())).await.expect("appended");
        reached(&far, round).await;
    }
    stop.cancel();
    follower.await.expect("stopped");
}

#[test]
fn a_head_never_goes_back() {
    let head = Head::default();
    let mut positions = head.subscribe();
    head.advance(5);
    head.advance(3);
    assert_eq!(*positions.borrow_and_update(), 5);
    head.advance(5);
    assert!(
        !positions.has_changed().expect("the head stays"),
        "nobody is woken for what is known"
    );
}
