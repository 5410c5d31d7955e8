//! The keys that sign the log, and the witnesses that sign it too.

use chrono::TimeDelta;
use sqlx::PgPool;
use vault_domain::Clock as _;
use vault_event_store::tree::{
    Finding, HeadSigner, HeadVerifier, KeyError, LogKeys, SealError, Tree, WitnessKey, WitnessTrouble,
};

use crate::{
    seeds::{ROOT_SEED, TestSeeds, log_keys, log_keys_of},
    support::{Rig, TickingClock, fresh, new_tenant},
    tamper::tamper,
    tree::{seal, sealed_log, sealer, verify},
};

fn now() -> chrono::DateTime<chrono::Utc> {
    TickingClock::ahead_by(TimeDelta::zero()).now()
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_new_key_signs_the_last_head_of_the_old_one_and_all_that_follow(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let tree = Tree::new(rig.database.clone());
    let old = log_keys(&rig).list().await.expect("keys").pop().expect("a key");
    let new = log_keys(&rig).rotate(now()).await.expect("rotated");
    let [old_key, new_key] =
        [&old.verifier, &new.verifier].map(|key| HeadVerifier::new(&[key]).expect("a key"));

    let handover = tree.latest().await.expect("read").expect("a head");
    for key in [&old_key, &new_key] {
        assert_eq!(key.checkpoint(&handover.note).expect("signed by both"), head);
    }
    let listed = tree.verifiers().await.expect("read").pop().expect("a key");
    let statement = listed.handover.expect("handed over");
    let handed = old_key.handover(&statement).expect("signed by the old key");
    assert_eq!(handed, (new.verifier.clone(), head));
    assert!(new_key.handover(&statement).is_err(), "and by it alone");
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    seal(&rig).await;
    let next = tree.latest().await.expect("read").expect("a head");
    assert!(old_key.checkpoint(&next.note).is_err());
    assert_eq!(
        new_key.checkpoint(&next.note).expect("signed").size,
        head.size + 1
    );
    assert_eq!(verify(&rig, Some(head)).await.finding, None);

    let keys = log_keys(&rig).list().await.expect("keys");
    let spans: Vec<_> = keys.iter().map(|key| (key.first_size, key.last_size)).collect();
    assert_eq!(spans, [(0, Some(head.size)), (head.size, None)]);
    let listed = tree.verifiers().await.expect("read");
    assert_eq!(listed.last().map(|key| &key.verifier), Some(&new.verifier));
    let kept =
        "SELECT count(*) FROM log_signing_keys WHERE retired_at IS NOT NULL AND wrapped_seed IS NOT NULL";
    assert_eq!(rig.count(kept).await, 0, "the old seed is destroyed");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_log_from_before_keys_of_their_own_keeps_its_key_until_it_is_rotated(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    let origin = Tree::new(rig.database.clone()).origin().await.expect("a name");
    let derived = HeadSigner::new(&origin, &ROOT_SEED).expect("a name").verifier();
    // as the version before left it
    tamper(
        &rig,
        &format!("DELETE FROM log_signing_keys; UPDATE log_verifiers SET verifier = '{derived}'"),
    )
    .await;
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    seal(&rig).await;
    let latest = Tree::new(rig.database.clone())
        .latest()
        .await
        .expect("read")
        .expect("a head");
    assert!(
        HeadVerifier::new(&[derived])
            .expect("a key")
            .checkpoint(&latest.note)
            .is_ok()
    );
    let keys = log_keys(&rig).list().await.expect("keys");
    assert_eq!(
        keys.iter().map(|key| key.source.as_str()).collect::<Vec<_>>(),
        ["root"]
    );
    log_keys(&rig).rotate(now()).await.expect("rotated");
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    seal(&rig).await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_key_file_signs_while_it_is_there_and_no_key_is_taken_up_twice(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    let with_file = |byte| {
        let seeds = TestSeeds {
            root: 7,
            file: Some([byte; 32]),
        };
        log_keys_of(&rig, seeds)
    };
    assert_eq!(with_file(1).rotate(now()).await.expect("rotated").source, "file");
    assert!(matches!(with_file(1).rotate(now()).await, Err(KeyError::NotNew)));
    assert!(with_file(1).current().await.is_ok());
    assert!(matches!(with_file(2).current().await, Err(KeyError::OtherKey)));
    assert!(matches!(log_keys(&rig).current().await, Err(KeyError::Seed(_))));
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    let held_up = sealer(&rig).seal_now().await;
    assert!(
        matches!(held_up, Err(SealError::Key(_))),
        "without its file nothing is signed"
    );
    // the old file may be gone: the new one needs only itself
    with_file(2).rotate(now()).await.expect("rotated");
    assert!(matches!(with_file(1).rotate(now()).await, Err(KeyError::NotNew)));
    assert!(with_file(2).current().await.is_ok(), "nothing has changed");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_key_that_was_put_into_the_database_by_hand_is_not_trusted(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let origin = Tree::new(rig.database.clone()).origin().await.expect("a name");
    let forger = HeadSigner::new(&origin, &[66; 32]).expect("a name");
    let forged = forger.checkpoint(head).expect("a note");
    let public = ed25519_hex([66; 32]);
    tamper(
        &rig,
        &format!(
            "INSERT INTO log_signing_keys (id, public_key, source, voucher, first_size, last_size, created_at, retired_at) \
             VALUES (gen_random_uuid(), '\\x{public}', 'file', '\\x{public}', 0, 0, now(), now()); \
             UPDATE log_checkpoints SET note = '{forged}' WHERE size = {}",
            head.size
        ),
    )
    .await;
    let found = verify(&rig, None).await.finding;
    assert_eq!(found, Some(Finding::BadSignature { head_size: head.size }));
}

/// The public key of a seed, in hexadecimal, from its verifier.
fn ed25519_hex(seed: [u8; 32]) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let verifier = HeadSigner::new("x", &seed).expect("a name").verifier();
    let encoded = verifier.splitn(3, '+').nth(2).expect("a key");
    hex::encode(&BASE64_STANDARD.decode(encoded).expect("Base64")[1..])
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_head_has_the_cosignatures_that_were_kept_and_the_newest_with_enough_is_found(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let tree = Tree::new(rig.database.clone());
    let witness = |seed| {
        let verifier = HeadSigner::new(&format!("witness.example/{seed}"), &[seed; 32])
            .expect("a name")
            .verifier();
        WitnessKey::parse(&verifier).expect("a key")
    };
    let (one, two) = (witness(1), witness(2));
    let newest = tree.latest().await.expect("read").expect("a head");
    for (number, witness) in [&one, &two].into_iter().enumerate() {
        let line = format!("\u{2014} {} AAAAAAAAAAA=\n", witness.name());
        for _ in 0..2 {
            tree.keep_cosignature(witness, &newest, &line, now())
                .await
                .expect("kept");
        }
        let again = tree.latest().await.expect("read").expect("a head");
        assert_eq!(again.note.matches("witness.example").count(), number + 1);
        assert!(again.note.starts_with(&newest.note));
        assert_eq!(
            verify(&rig, None).await.finding,
            None,
            "signatures of strangers change nothing"
        );
    }
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    seal(&rig).await;
    let both = [one.clone(), two];
    let found = tree
        .cosigned_by(&both, 2)
        .await
        .expect("read")
        .map(|found| found.head);
    assert_eq!(found, Some(head));
    assert_eq!(tree.cosigned_by(&both[..1], 2).await.expect("read"), None);

    let trouble = WitnessTrouble::Ahead(1_000_000);
    tree.record_witness(&one, 1_000_000, Some(trouble), now())
        .await
        .expect("recorded");
    let state = tree.witness(&one).await.expect("read");
    assert_eq!((state.cosigned_size, state.alarm), (head.size, true));
    assert!(
        state
            .trouble
            .is_some_and(|text| text.contains("cut off or put back"))
    );
    tree.record_witness(&one, head.size, None, now())
        .await
        .expect("recorded");
    assert!(!tree.witness(&one).await.expect("read").alarm);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn many_processes_register_one_first_key(pool: PgPool) {
    let rig = Rig::new(pool);
    let keys = [log_keys(&rig), log_keys(&rig), log_keys(&rig)];
    let signers = futures::future::join_all(keys.iter().map(LogKeys::current)).await;
    let verifiers: Vec<String> = signers
        .into_iter()
        .map(|signer| signer.expect("a key").verifier())
        .collect();
    assert!(
        verifiers.iter().all(|verifier| *verifier == verifiers[0]),
        "{verifiers:?}"
    );
}
