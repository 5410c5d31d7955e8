//! What proves that nobody rewrote the log.

use sqlx::{PgPool, Row as _};
use vault_event_store::{BatchMacKey, tree::Entry};

use crate::support::{Rig, counting, in_one_batch, mac_key, new_id, new_tenant};

type BatchRow = (i64, i64, Vec<u8>, Vec<u8>);

/// Puts the refused hashes of every batch back among the stored ones, and checks the MAC over all of them.
pub(crate) async fn assert_batches_verify(rig: &Rig, key: &BatchMacKey) {
    let batches: Vec<BatchRow> = sqlx::query_as("SELECT * FROM event_batches ORDER BY first_position")
        .fetch_all(&rig.owner)
        .await
        .expect("the batches");
    let mut next = 1;
    for (first, last, mac, refused) in batches {
        assert_eq!(first, next, "batches follow one another");
        next = last + 1;
        let mut hashes: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT event_hash FROM events WHERE position BETWEEN $1 AND $2 ORDER BY position",
        )
        .bind(first)
        .bind(last)
        .fetch_all(&rig.owner)
        .await
        .expect("the hashes");
        for entry in refused.chunks_exact(36) {
            let index = u32::from_be_bytes(*entry.first_chunk().expect("4 bytes of index"));
            hashes.insert(index as usize, entry[4..].to_vec());
        }
        assert!(
            key.verify(hashes.iter().map(Vec::as_slice), &mac),
            "the batch from {first}"
        );
    }
    assert_eq!(
        rig.log.last_position().await.expect("read") + 1,
        next.unsigned_abs()
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn hashes_leaves_and_batch_macs_can_be_computed_again(pool: PgPool) {
    let rig = Rig::new(pool);
    let (one, other) = (new_tenant(), new_tenant());
    for round in 0..4 {
        let batch =
            (0..6).map(|n| counting(if n % 2 == 0 { one } else { other }, new_id(), n % (round + 1), 3));
        in_one_batch(&rig, batch.collect()).await;
    }
    let leaves = sqlx::query("SELECT leaf_hash FROM events ORDER BY position")
        .fetch_all(&rig.owner)
        .await;
    let events = rig.log.read_after(0, 1_000).await.expect("read");
    for (event, leaf) in events.iter().zip(leaves.expect("the leaves")) {
        let stored: [u8; 32] = event.event_hash.as_slice().try_into().expect("32 bytes");
        assert_eq!(event.computed_hash(), stored, "position {}", event.position);
        let entry = Entry {
            position: event.position,
            tenant_position: event.tenant_position,
            event_hash: stored,
        };
        let computed = entry.leaf_hash();
        assert_eq!(leaf.get::<Vec<u8>, _>(0), computed, "position {}", event.position);
    }
    assert_batches_verify(&rig, &mac_key()).await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn every_field_of_an_event_changes_its_hash(pool: PgPool) {
    let rig = Rig::new(pool);
    rig.appender
        .append(counting(new_tenant(), new_id(), 0, 1))
        .await
        .expect("appended");
    let event = rig.log.read_after(0, 1).await.expect("read").remove(0);
    let changes: [fn(&mut vault_event_store::StoredEvent); 10] = [
        |event| event.event_id = crate::support::new_event_id(),
        |event| event.tenant_id = new_tenant(),
        |event| event.aggregate_type.push('x'),
        |event| event.aggregate_id = new_id().to_string(),
        |event| event.sequence += 1,
        |event| event.event_type.push('x'),
        |event| event.event_version = "2".to_owned(),
        |event| event.payload = r#"{"by":2}"#.to_owned(),
        |event| event.metadata = "{}".to_owned(),
        |event| event.recorded_at += chrono::TimeDelta::microseconds(1),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = event.clone();
        change(&mut changed);
        assert_ne!(changed.computed_hash(), event.computed_hash(), "change {number}");
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn the_hash_is_that_of_canonical_json(pool: PgPool) {
    use sha2::{Digest as _, Sha256};
    let rig = Rig::new(pool);
    rig.appender
        .append(counting(new_tenant(), new_id(), 0, 1))
        .await
        .expect("appended");
    let event = rig.log.read_after(0, 1).await.expect("read").remove(0);
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let object = serde_json::json!({
        "tenant_id": event.tenant_id, "sequence": event.sequence, "payload": parse(&event.payload),
        "metadata": parse(&event.metadata), "event_version": event.event_version, "event_type": event.event_type,
        "event_id": event.event_id, "aggregate_type": event.aggregate_type, "aggregate_id": event.aggregate_id,
        "recorded_at": event.recorded_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
    });
    let canonical = serde_json_canonicalizer::to_string(&object).expect("canonical");
    assert_eq!(event.event_hash, Sha256::digest(canonical.as_bytes()).as_slice());
}

#[test]
fn a_batch_mac_holds_for_these_hashes_in_this_order_under_this_key() {
    let hashes: Vec<[u8; 32]> = (0..4).map(|byte| [byte; 32]).collect();
    let slices = |hashes: &[[u8; 32]]| hashes.iter().map(|hash| hash.to_vec()).collect::<Vec<_>>();
    let verify = |key: &BatchMacKey, hashes: &[[u8; 32]], mac: &[u8]| {
        key.verify(slices(hashes).iter().map(Vec::as_slice), mac)
    };
    let mac = mac_key().mac(hashes.iter().map(<[u8; 32]>::as_slice));
    assert!(verify(&mac_key(), &hashes, &mac));
    assert!(!verify(&BatchMacKey::new([1; 32]), &hashes, &mac));
    assert!(!verify(&mac_key(), &hashes[1..], &mac));
    let mut swapped = hashes.clone();
    swapped.swap(0, 1);
    assert!(!verify(&mac_key(), &swapped, &mac));
    assert!(!verify(&mac_key(), &hashes, &mac[..31]));
}
