//! The keys of subjects, which the key of an epoch wraps once more.

use uuid::Uuid;
use vault_domain::{EpochId, SubjectId};

use super::fixture::*;
use crate::{
    KeyError,
    context::Scope,
    hierarchy::{NewScopeKeys, ScopeKeyIds},
};

const SUBJECT: SubjectId = SubjectId::from_uuid(Uuid::from_u128(70));

fn epoch(id: u128) -> EpochId {
    EpochId::from_uuid(Uuid::from_u128(id))
}

async fn with_subject(vault: &Fixture) -> NewScopeKeys {
    vault.add_tenant(tenant(1)).await;
    let keeper = vault.ring.epoch_keeper();
    keeper.create(epoch(1)).await.expect("made");
    keeper.create(epoch(2)).await.expect("made");
    let ids = ScopeKeyIds {
        content: key(21),
        address: key(22),
    };
    let new = vault
        .ring
        .create_subject_keys(tenant(1), SUBJECT, ids, epoch(1))
        .await
        .expect("created");
    vault.rows.add(new.rows.clone());
    new
}

#[tokio::test]
async fn a_subject_has_keys_of_its_own() {
    let vault = fixture();
    let new = with_subject(&vault).await;
    let scope = Scope::Subject(SUBJECT);
    let keys = vault.ring.scope_keys(tenant(1), scope).await.expect("keys");
    assert_eq!(keys.address.address(b"x"), new.address.address(b"x"));
    let sealed = new.content.seal(&place(scope), b"text").expect("sealed");
    let by_id = vault.ring.data_key(tenant(1), key(21)).await.expect("a key");
    assert_eq!(*by_id.open(&place(scope), &sealed).expect("opens"), b"text");
    assert!(new.rows.iter().all(|row| row.epoch == Some(epoch(1))));
}

#[tokio::test]
async fn without_the_key_of_its_epoch_a_subject_is_gone() {
    let vault = fixture();
    with_subject(&vault).await;
    let keeper = vault.ring.epoch_keeper();
    keeper.destroy(epoch(1)).await.expect("destroyed");
    vault.ring.forget_epoch(epoch(1));
    let keys = vault.ring.scope_keys(tenant(1), Scope::Subject(SUBJECT)).await;
    assert!(matches!(keys, Err(KeyError::Epoch(_))), "{keys:?}");
}

#[tokio::test]
async fn who_moved_to_the_next_epoch_outlives_the_one_before() {
    let vault = fixture();
    let new = with_subject(&vault).await;
    for row in &new.rows {
        let moved = vault.ring.move_to_epoch(row.clone(), epoch(2)).await;
        let moved = moved.expect("moved");
        assert_eq!(moved.epoch, Some(epoch(2)));
        vault.rows.change(|row| {
            if row.key_id == moved.key_id {
                *row = moved.clone();
            }
        });
    }
    let keeper = vault.ring.epoch_keeper();
    keeper.destroy(epoch(1)).await.expect("destroyed");
    vault.ring.forget_all();
    let keys = vault.ring.scope_keys(tenant(1), Scope::Subject(SUBJECT)).await;
    let address = keys.expect("keys").address.address(b"x");
    assert_eq!(address, new.address.address(b"x"));
    let again = vault.ring.move_to_epoch(new.rows[0].clone(), epoch(2)).await;
    assert!(
        matches!(again, Err(KeyError::Epoch(_))),
        "a copy from before opens"
    );
}

#[tokio::test]
async fn a_wrapped_key_opens_for_its_own_subject_and_key_alone() {
    let vault = fixture();
    with_subject(&vault).await;
    let other = SubjectId::from_uuid(Uuid::from_u128(71));
    vault.rows.change(|row| {
        if row.scope == Scope::Subject(SUBJECT) {
            row.scope = Scope::Subject(other);
        }
    });
    let keys = vault.ring.scope_keys(tenant(1), Scope::Subject(other)).await;
    assert!(matches!(keys, Err(KeyError::Unwrap { .. })), "{keys:?}");
}

#[tokio::test]
async fn a_forgotten_subject_is_read_again_and_found_gone() {
    let vault = fixture();
    with_subject(&vault).await;
    let scope = Scope::Subject(SUBJECT);
    vault.ring.scope_keys(tenant(1), scope).await.expect("keys");
    vault.ring.data_key(tenant(1), key(21)).await.expect("a key");
    vault
        .rows
        .keys
        .lock()
        .expect("whole")
        .retain(|row| row.scope != scope);
    vault.ring.forget(tenant(1), scope);
    let keys = vault.ring.scope_keys(tenant(1), scope).await;
    assert!(matches!(keys, Err(KeyError::NoScopeKey { .. })), "{keys:?}");
    let by_id = vault.ring.data_key(tenant(1), key(21)).await;
    assert!(matches!(by_id, Err(KeyError::NoKey { .. })), "{by_id:?}");
}
