mod cached;
mod fixture;
mod subjects;
mod tampering;

use std::sync::{Arc, atomic::Ordering};

use uuid::Uuid;
use vault_domain::{UserId, access::KeyTask};

use self::fixture::{dataset, fixture, key, place, tenant};
use super::*;
use crate::{context::Scope, envelope::CryptoError, kms::KmsError};

#[tokio::test]
async fn a_tenants_keys_are_found_again_from_their_rows() {
    let vault = fixture();
    let new = vault.add_tenant(tenant(1)).await;
    let sealed = new.content.seal(&place(Scope::Tenant), b"x").expect("sealed");
    let content = vault
        .ring
        .content_key(tenant(1), Scope::Tenant)
        .await
        .expect("loaded");
    assert_eq!(
        content
            .open(&place(Scope::Tenant), &sealed)
            .expect("opened")
            .as_slice(),
        b"x"
    );
    let lookup = vault.ring.tenant_lookup(tenant(1)).await.expect("loaded");
    assert_eq!(lookup.hash("name", b"x"), new.lookup.hash("name", b"x"));
}

#[tokio::test]
async fn a_datasets_keys_are_found_again_from_their_rows() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    let new = vault.add_dataset(tenant(1), dataset(5)).await;
    let scope = Scope::Dataset(dataset(5));
    let sealed = new.content.seal(&place(scope), b"x").expect("sealed");
    let keys = vault
        .ring
        .dataset_keys(tenant(1), dataset(5))
        .await
        .expect("loaded");
    assert_eq!(
        keys.content
            .open(&place(scope), &sealed)
            .expect("opened")
            .as_slice(),
        b"x"
    );
    assert_eq!((keys.content.id(), keys.generation), (key(11), 1));
    assert_eq!(keys.address.address(b"x"), new.address.address(b"x"));
    assert_eq!(keys.lookup.hash("id", b"x"), new.lookup.hash("id", b"x"));
}

#[tokio::test]
async fn no_row_holds_a_key_in_clear() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    let new = vault.add_dataset(tenant(1), dataset(5)).await;
    for row in new.rows {
        assert_eq!(
            crate::envelope::key_id(&row.wrapped),
            Ok(key(1)),
            "wrapped by the tenant key"
        );
        assert_eq!(row.wrapped.len(), 32 + crate::envelope::OVERHEAD_BYTES);
    }
}

#[tokio::test]
async fn a_new_generation_seals_while_the_old_one_still_opens() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    let scope = Scope::Dataset(dataset(5));
    let before = vault
        .ring
        .dataset_keys(tenant(1), dataset(5))
        .await
        .expect("loaded");
    let old = before.content.seal(&place(scope), b"old").expect("sealed");
    let rotated = vault.add_generation(scope, 2, 21).await;
    vault.ring.forget(tenant(1), scope);
    let after = vault
        .ring
        .dataset_keys(tenant(1), dataset(5))
        .await
        .expect("loaded");
    assert_eq!((after.content.id(), after.generation), (rotated.key.id(), 2));
    assert_eq!(
        after.address.address(b"x"),
        before.address.address(b"x"),
        "addresses outlive rotation"
    );
    let opening = vault
        .ring
        .data_key(tenant(1), crate::envelope::key_id(&old).expect("sealed"))
        .await;
    assert_eq!(
        opening
            .expect("loaded")
            .open(&place(scope), &old)
            .expect("opened")
            .as_slice(),
        b"old"
    );
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let vault = fixture();
    let error = vault.ring.create_dataset_keys(
        tenant(1),
        dataset(5),
        DatasetKeyIds {
            scope: ScopeKeyIds {
                content: key(1),
                address: key(2),
            },
            value: key(3),
        },
    );
    assert!(matches!(error.await, Err(KeyError::NoTenantKey { .. })));
    vault.add_tenant(tenant(1)).await;
    let none = vault.ring.dataset_keys(tenant(1), dataset(5)).await;
    assert!(
        matches!(
            none,
            Err(KeyError::NoScopeKey {
                purpose: KeyPurpose::Content,
                ..
            })
        ),
        "{none:?}"
    );
    let none = vault.ring.data_key(tenant(1), key(99)).await;
    assert!(matches!(none, Err(KeyError::NoKey { .. })), "{none:?}");
    let lookup = vault.ring.data_key(tenant(1), key(3)).await;
    assert!(
        matches!(
            lookup,
            Err(KeyError::NotContentKey {
                purpose: KeyPurpose::Lookup,
                ..
            })
        ),
        "{lookup:?}"
    );
}

#[tokio::test]
async fn an_erased_scope_is_gone_once_it_is_forgotten_and_others_stay() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    let user = |id| Scope::User(UserId::from_uuid(Uuid::from_u128(id)));
    vault.add_generation(user(1), 1, 31).await;
    vault.add_generation(user(2), 1, 32).await;
    for (scope, id) in [(user(1), 31), (user(2), 32)] {
        vault.ring.content_key(tenant(1), scope).await.expect("loaded");
        vault.ring.data_key(tenant(1), key(id)).await.expect("loaded");
    }
    let held = Arc::downgrade(&vault.ring.data_key(tenant(1), key(31)).await.expect("cached"));
    vault
        .rows
        .keys
        .lock()
        .expect("whole")
        .retain(|row| row.scope != user(1));
    vault.ring.forget(tenant(1), user(1));
    assert_eq!(held.strong_count(), 0, "the key is wiped");
    assert!(matches!(
        vault.ring.content_key(tenant(1), user(1)).await,
        Err(KeyError::NoScopeKey { .. })
    ));
    assert!(matches!(
        vault.ring.data_key(tenant(1), key(31)).await,
        Err(KeyError::NoKey { .. })
    ));
    let reads = vault.reads();
    vault.ring.content_key(tenant(1), user(2)).await.expect("cached");
    vault.ring.data_key(tenant(1), key(32)).await.expect("cached");
    assert_eq!(vault.reads(), reads, "the other user's keys stay cached");
}

#[tokio::test]
async fn rewrapping_a_tenant_key_leaves_all_other_rows_valid() {
    let vault = fixture();
    let new = vault.add_tenant(tenant(1)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    let rewrapped = vault
        .ring
        .rewrap_tenant_key(new.tenant_key.clone())
        .await
        .expect("rewrapped");
    assert_ne!(rewrapped.wrapped, new.tenant_key.wrapped);
    *vault.rows.tenants.lock().expect("whole") = vec![rewrapped];
    vault.ring.forget_tenant(tenant(1));
    vault
        .ring
        .dataset_keys(tenant(1), dataset(5))
        .await
        .expect("loaded");
}

#[tokio::test]
async fn every_key_that_is_unwrapped_is_told_once_with_its_task() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    let told = |id, task| (tenant(1), key(id), task);
    assert_eq!(vault.told.take(), [told(1, KeyTask::UnwrapKeys)]);
    for _ in 0..2 {
        vault
            .ring
            .dataset_keys(tenant(1), dataset(5))
            .await
            .expect("loaded");
        vault.ring.data_key(tenant(1), key(11)).await.expect("loaded");
        vault.ring.tenant_lookup(tenant(1)).await.expect("loaded");
    }
    let expected = [
        told(11, KeyTask::Seal),
        told(12, KeyTask::Address),
        told(13, KeyTask::Seal),
        told(11, KeyTask::Open),
        told(3, KeyTask::LookUp),
    ];
    assert_eq!(vault.told.take(), expected);
}

#[tokio::test]
async fn a_key_whose_use_cannot_be_told_is_not_to_be_had() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    vault.told.refuses.store(true, Ordering::SeqCst);
    let refused = vault.ring.dataset_keys(tenant(1), dataset(5)).await;
    assert!(matches!(refused, Err(KeyError::Unobserved(_))), "{refused:?}");
    vault.told.refuses.store(false, Ordering::SeqCst);
    let keys = vault.ring.dataset_keys(tenant(1), dataset(5)).await;
    assert!(keys.is_ok(), "a refusal is not remembered");
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_but_what_the_vault_keeps_up_by_itself() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    vault.ring.data_key(tenant(1), key(11)).await.expect("opened");
    vault.rows.change(|row| row.is_revoked = true);
    vault.ring.forget(tenant(1), Scope::Dataset(dataset(5)));
    let refused = vault.ring.data_key(tenant(1), key(11)).await;
    assert!(
        matches!(refused, Err(KeyError::Revoked { key_id }) if key_id == key(11)),
        "{refused:?}"
    );
    vault.ring.upkeep_key(tenant(1), key(11)).await.expect("opened");
    let again = vault.ring.data_key(tenant(1), key(11)).await;
    assert!(again.is_err(), "the cache knows it too");
}
