//! Large contents that nothing names: condemned, spared, removed.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use sqlx::PgPool;
use vault_domain::{Clock as _, KeyedHash};
use vault_event_store::{CondemnedContents, LargeContent};

use crate::support::{Rig, TickingClock, new_id, new_tenant};

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_content_that_is_wanted_is_not_removed_and_one_that_is_being_removed_is_waited_for(pool: PgPool) {
    let rig = Rig::new(pool);
    let condemned = CondemnedContents::new(rig.database.clone());
    let content = LargeContent {
        tenant: new_tenant(),
        scope_type: "dataset",
        scope_id: new_id(),
        address: KeyedHash::from_bytes([7; 32]),
    };
    let late = TickingClock::ahead_by(TimeDelta::zero()).now();
    let early = late - TimeDelta::hours(2);
    let since = condemned.condemn(&content, early).await.expect("condemned");
    // once is enough: the first time counts
    let again = condemned.condemn(&content, late).await.expect("condemned");
    assert_eq!(since, again);
    let too_early = condemned
        .begin_removal(&content, early - TimeDelta::hours(1))
        .await;
    assert!(too_early.expect("asked").is_none(), "the grace is not over");

    // a removal that broke off is taken up again
    let removal = condemned.begin_removal(&content, late).await.expect("asked");
    drop(removal.expect("due"));
    let removal = condemned.begin_removal(&content, late).await.expect("asked");
    let removal = removal.expect("still due");
    // who wants to store it is behind the removal
    let is_removed = AtomicBool::new(false);
    tokio::join!(
        async {
            condemned.spare(&content).await.expect("spared");
            assert!(is_removed.load(Ordering::Relaxed), "it waited");
        },
        async {
            let waiting = "SELECT count(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event = 'transactionid'";
            while rig.count(waiting).await == 0 {}
            is_removed.store(true, Ordering::Relaxed);
            removal.done().await.expect("removed");
        }
    );

    condemned.condemn(&content, early).await.expect("condemned");
    assert_eq!(
        condemned.of_tenant(content.tenant).await.expect("listed").len(),
        1
    );
    condemned.spare(&content).await.expect("spared");
    assert!(
        condemned
            .of_tenant(content.tenant)
            .await
            .expect("listed")
            .is_empty()
    );
    let removal = condemned.begin_removal(&content, late).await.expect("asked");
    assert!(removal.is_none(), "it was spared");
}
