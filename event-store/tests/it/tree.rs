//! Sealing, and proving with what was sealed.

use chrono::TimeDelta;
use sqlx::PgPool;
use vault_event_store::tree::{
    ProofError, SealError, SealRefusal, Sealer, SelfAudit, Tree, TreeError, TreeHead, Verified, VerifyInput,
    verify_consistency, verify_inclusion, verify_log,
};

use crate::{
    seeds::log_keys,
    support::{Rig, TickingClock, counting, fresh, in_one_batch, mac_key, new_id, new_tenant},
};

pub(crate) fn sealer(rig: &Rig) -> Sealer {
    Sealer::new(
        rig.database.clone(),
        rig.head.clone(),
        mac_key(),
        log_keys(rig),
        std::sync::Arc::new(TickingClock::ahead_by(TimeDelta::zero())),
    )
}

pub(crate) fn self_audit(rig: &Rig) -> SelfAudit {
    SelfAudit {
        database: rig.database.clone(),
        mac_key: mac_key(),
        keys: log_keys(rig),
        clock: std::sync::Arc::new(TickingClock::ahead_by(TimeDelta::zero())),
    }
}

/// Why sealing stands still.
pub(crate) async fn refusal(rig: &Rig) -> Option<SealRefusal> {
    match sealer(rig).seal_now().await {
        Err(SealError::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

pub(crate) async fn seal(rig: &Rig) -> TreeHead {
    sealer(rig)
        .seal_now()
        .await
        .expect("sealed")
        .expect("nobody else seals")
}

pub(crate) async fn verify(rig: &Rig, remembered: Option<TreeHead>) -> Verified {
    let tree = Tree::new(rig.database.clone());
    let input = VerifyInput {
        log: &rig.log,
        tree: &tree,
        keys: &log_keys(rig).trusted().await.expect("the keys"),
        remembered: remembered.as_slice(),
        mac_key: Some(&mac_key()),
        events_per_s: None,
    };
    verify_log(&input, |_, _| {}).await.expect("read")
}

/// A log of 600 events in batches of 7 appends, three tenants, and refusals among them, sealed in three steps.
pub(crate) async fn sealed_log(pool: PgPool) -> (Rig, TreeHead) {
    let rig = Rig::new(pool);
    let tenants = [new_tenant(), new_tenant(), new_tenant()];
    let mut head = TreeHead {
        size: 0,
        root: [0; 32],
    };
    while head.size < 600 {
        for round in 0..10 {
            // the third expects a stream that does not exist, and is refused
            let batch = (0..7_u64).map(|n| {
                let expected = u64::from(n == 2 && round % 3 == 0);
                counting(
                    tenants[usize::try_from(n % 3).expect("small")],
                    new_id(),
                    expected,
                    3,
                )
            });
            in_one_batch(&rig, batch.collect()).await;
        }
        head = seal(&rig).await;
    }
    (rig, head)
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn the_sealed_tree_is_that_of_all_events_and_verifies(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    assert_eq!(head.size, rig.log.last_position().await.expect("read"));
    let verified = verify(&rig, Some(head)).await;
    assert_eq!(
        verified,
        Verified {
            events: head.size,
            head: Some(head),
            finding: None
        }
    );
    assert_eq!(seal(&rig).await, head, "nothing new, nothing sealed");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn every_event_is_proved_to_be_in_the_tree_and_no_other(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let tree = Tree::new(rig.database.clone());
    for position in [1, 2, 255, 256, 257, 512, 513, head.size] {
        let mut proof = tree.inclusion(position, head).await.expect("a proof");
        assert!(verify_inclusion(&proof, head).is_ok(), "{position}");
        proof.entry.tenant_position += 1;
        assert!(verify_inclusion(&proof, head).is_err(), "{position}");
    }
    for position in [0, head.size + 1, u64::MAX] {
        let refused = tree.inclusion(position, head).await;
        assert!(
            matches!(refused, Err(TreeError::Proof(ProofError::OutOfTree))),
            "{position}"
        );
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn every_signed_tree_is_proved_to_continue_the_ones_before(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let tree = Tree::new(rig.database.clone());
    let keys = log_keys(&rig).trusted().await.expect("the keys");
    let heads = tree.heads_after(None, 100).await.expect("heads");
    assert!(heads.len() >= 3);
    for signed in heads {
        assert_eq!(keys.checkpoint(&signed.note).expect("signed"), signed.head);
        let proof = tree.consistency(signed.head.size, head).await.expect("a proof");
        assert!(verify_consistency(&proof, signed.head, head).is_ok());
        let other = TreeHead {
            root: [1; 32],
            ..signed.head
        };
        assert!(verify_consistency(&proof, other, head).is_err());
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn tiles_and_entries_are_given_as_far_as_they_are_signed(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let tree = Tree::new(rig.database.clone());
    let last = head.size / 256;
    let width = usize::try_from(head.size % 256).expect("small");
    for (number, width) in [(0, 256), (1, 256), (last, width), (last, 1)] {
        let tile = tree.tile(0, number, width).await.expect("read").expect("a tile");
        let entries = tree
            .entries(number, width)
            .await
            .expect("read")
            .expect("a bundle");
        assert_eq!(tile.hashes.len(), width * 32);
        for (index, entry) in entries.iter().enumerate() {
            assert_eq!(entry.position, number * 256 + index as u64 + 1);
            assert_eq!(tile.hash(index), Some(entry.leaf_hash()));
        }
    }
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    for (number, width) in [(last, width + 1), (last + 1, 1), (u64::MAX / 256 + 1, 256)] {
        assert_eq!(tree.tile(0, number, width).await.expect("read"), None);
        assert_eq!(tree.entries(number, width).await.expect("read"), None);
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_tenants_head_counts_its_events_of_the_tree(pool: PgPool) {
    let rig = Rig::new(pool);
    let (one, other) = (new_tenant(), new_tenant());
    rig.appender
        .append(counting(one, new_id(), 0, 3))
        .await
        .expect("appended");
    rig.appender
        .append(counting(other, new_id(), 0, 2))
        .await
        .expect("appended");
    rig.appender
        .append(counting(one, new_id(), 0, 1))
        .await
        .expect("appended");
    let tree = Tree::new(rig.database.clone());
    let events = rig.log.read_after(0, 10).await.expect("read");
    for (tenant, size, count, last) in [(one, 6, 4, 6), (one, 5, 3, 3), (other, 6, 2, 5)] {
        let head = tree.tenant_head(tenant, size).await.expect("read");
        assert_eq!((head.tenant, head.tree_size, head.count), (tenant, size, count));
        assert_eq!(head.last_event_hash.as_slice(), events[last - 1].event_hash);
    }
    let none = tree.tenant_head(new_tenant(), 6).await.expect("read");
    assert_eq!((none.count, none.last_event_hash), (0, [0; 32]));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn many_sealers_make_one_tree(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    for round in 0..20 {
        rig.appender.append(fresh(new_tenant())).await.expect("appended");
        let (one, other) = (sealer(&rig), sealer(&rig));
        let (one, other) = tokio::join!(one.seal_now(), other.seal_now());
        let heads = [one.expect("sealed"), other.expect("sealed")];
        assert!(heads.iter().flatten().count() >= 1, "round {round}");
    }
    let head = seal(&rig).await;
    assert_eq!(head.size, rig.log.last_position().await.expect("read"));
    assert_eq!(verify(&rig, Some(head)).await.finding, None);
}
