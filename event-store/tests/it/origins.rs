//! A log that was put back, and goes on under a new origin.

use chrono::TimeDelta;
use sqlx::PgPool;
use vault_domain::Clock as _;
use vault_event_store::tree::{
    HeadVerifier, NewOrigin, RestartError, SealError, SealRefusal, Tree, TreeHead,
};

use crate::{
    seeds::log_keys,
    support::{Rig, TickingClock, fresh, new_tenant},
    tamper::tamper,
    tree::{seal, sealed_log, sealer, verify},
};

const NEW: &str = "llm-data-vault/new";

async fn restart(rig: &Rig, old_head: &str, reason: &str) -> Result<TreeHead, RestartError> {
    let new = NewOrigin {
        name: NEW,
        old_head,
        more_keys: &[],
        reason,
    };
    let now = TickingClock::ahead_by(TimeDelta::zero()).now();
    let tree = Tree::new(rig.database.clone());
    let restarted = tree.restart(&log_keys(rig), &new, now).await?;
    Ok(restarted.agreed)
}

/// Cuts the log back to its first signed head, as an old backup has it; gives that, and the note of the last one.
async fn put_back(rig: &Rig) -> (TreeHead, String) {
    let tree = Tree::new(rig.database.clone());
    let last = tree.latest().await.expect("read").expect("a head").note;
    let first = tree.heads_after(None, 1).await.expect("read").remove(0).head;
    let (back, full) = (first.size, first.size / 256);
    tamper(
        rig,
        &format!(
            "DELETE FROM events WHERE position > {back}; DELETE FROM event_batches WHERE last_position > {back}; \
             DELETE FROM log_cosignatures; DELETE FROM log_checkpoints WHERE size > {back}; \
             UPDATE log_tiles SET hashes = substring(hashes FOR 32 * ({back} % 256)) WHERE level = 0 AND number = {full}; \
             DELETE FROM log_tiles WHERE level = 0 AND number > {full}; \
             DELETE FROM log_tiles WHERE level = 1 AND {back} < 256"
        ),
    )
    .await;
    (first, last)
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_log_that_was_put_back_goes_on_under_a_new_origin_that_cites_the_old_one(pool: PgPool) {
    let (rig, last) = sealed_log(pool).await;
    let tree = Tree::new(rig.database.clone());
    let old_origin = tree.origin().await.expect("a name");
    let old_key = log_keys(&rig).current().await.expect("a key").verifier();
    let (first, old_head) = put_back(&rig).await;
    assert_eq!(
        restart(&rig, &old_head, "a disk broke").await.expect("restarted"),
        first
    );

    let origins = tree.origins().await.expect("read");
    let continued = origins[1].continues.clone().expect("continues");
    assert_eq!((origins[1].number, origins[1].name.as_str()), (2, NEW));
    assert_eq!(
        (continued.name.as_str(), continued.agreed),
        (old_origin.as_str(), first)
    );
    let new_key = log_keys(&rig).current().await.expect("a key").verifier();
    for key in [&old_key, &new_key] {
        let keys = HeadVerifier::new(&[key]).expect("a key");
        let statement = keys
            .restart(&continued.statement)
            .expect("signed under both names");
        assert_eq!((statement.agreed, statement.old_head), (first, last));
        assert_eq!(statement.lost(), last.size - first.size);
        assert!(
            keys.checkpoint(&continued.statement).is_err(),
            "a statement is no checkpoint"
        );
    }

    let heads = tree.heads_after(None, 10).await.expect("read");
    assert_eq!(heads.iter().map(|head| head.origin).collect::<Vec<_>>(), [1, 2]);
    assert!(
        heads[1]
            .note
            .contains(&format!("\ncontinues {old_origin} {}\n", first.size))
    );
    for _ in 0..3 {
        rig.appender.append(fresh(new_tenant())).await.expect("appended");
        seal(&rig).await;
    }
    let verified = verify(&rig, Some(first)).await;
    assert_eq!(verified.finding, None);
    assert_eq!(
        verified.head.map(|head| head.size),
        rig.log.last_position().await.ok()
    );
    assert!(
        verify(&rig, Some(last)).await.finding.is_some(),
        "the lost head is not forgotten"
    );
    let latest = tree.latest().await.expect("read").expect("a head");
    assert_eq!(latest.origin, 2);
    assert!(latest.note.starts_with(NEW));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_new_origin_needs_a_head_of_the_old_one_and_a_reason(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    let tree = Tree::new(rig.database.clone());
    let note = tree.latest().await.expect("read").expect("a head").note;
    for reason in ["", "  ", &"x".repeat(501)] {
        assert!(matches!(
            restart(&rig, &note, reason).await,
            Err(RestartError::Reason)
        ));
    }
    let other = note.replacen("llm-data-vault/", "llm-data-vault/x", 1);
    for bad in ["", "no note", &other, &note.replacen('\n', "\n9", 1)] {
        assert!(
            matches!(restart(&rig, bad, "why").await, Err(RestartError::OldHead(_))),
            "{bad}"
        );
    }
    let other = [9; 32];
    let signer = log_keys(&rig).current().await.expect("a key");
    let rewritten = signer
        .checkpoint(TreeHead { size: 5, root: other })
        .expect("a note");
    assert!(matches!(
        restart(&rig, &rewritten, "why").await,
        Err(RestartError::Rewritten(5))
    ));
    assert_eq!(
        tree.origins().await.expect("read").len(),
        1,
        "nothing has changed"
    );
    // nobody knows a later head: that of the restored log will do
    assert!(restart(&rig, &note, "why").await.is_ok());
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_log_that_is_put_back_while_it_is_served_is_not_sealed_until_it_has_a_new_origin(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    let serving = sealer(&rig);
    assert!(serving.seal_now().await.is_ok());
    let (first, old_head) = put_back(&rig).await;
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    let refused = serving.seal_now().await;
    let expected = SealRefusal::PutBack(first.size);
    assert!(
        matches!(refused, Err(SealError::Refused(refusal)) if refusal == expected),
        "{refused:?}"
    );
    restart(&rig, &old_head, "a test").await.expect("restarted");
    let sealed = serving
        .seal_now()
        .await
        .expect("sealed")
        .expect("nobody else seals");
    assert_eq!(sealed.size, first.size + 1);
}
