//! Rows that somebody changed or exchanged.

use super::*;

#[tokio::test]
async fn one_tenants_keys_do_not_open_for_another() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.add_tenant(tenant(2)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    let other = vault.ring.data_key(tenant(2), key(11)).await;
    assert!(matches!(other, Err(KeyError::NoKey { .. })), "{other:?}");
    // Rows that were moved to the other tenant, as by a fault in a query.
    vault.rows.change(|row| row.tenant = tenant(2));
    let moved = vault.ring.dataset_keys(tenant(2), dataset(5)).await;
    assert!(
        matches!(
            moved,
            Err(KeyError::Unwrap {
                source: CryptoError::NotAuthentic(_),
                ..
            })
        ),
        "{moved:?}"
    );
}

#[tokio::test]
async fn a_row_that_was_tampered_with_does_not_open() {
    type Tamper = fn(&mut WrappedDataKey);
    let tampers: [Tamper; 5] = [
        |row| row.scope = Scope::Dataset(dataset(6)),
        |row| row.generation += 1,
        |row| row.key_id = key(77),
        |row| row.wrapped[40] ^= 1,
        |row| row.wrapped.truncate(70),
    ];
    for (index, tamper) in tampers.into_iter().enumerate() {
        let vault = fixture();
        vault.add_tenant(tenant(1)).await;
        vault.add_dataset(tenant(1), dataset(5)).await;
        vault.rows.change(tamper);
        let target = if index == 0 { dataset(6) } else { dataset(5) };
        let refused = vault.ring.dataset_keys(tenant(1), target).await;
        assert!(
            matches!(refused, Err(KeyError::Unwrap { .. })),
            "{index}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn keys_of_one_scope_with_exchanged_purposes_do_not_open() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    vault.rows.change(|row| {
        row.purpose = match row.purpose {
            KeyPurpose::Content => KeyPurpose::Address,
            KeyPurpose::Value => KeyPurpose::Value,
            KeyPurpose::Address | KeyPurpose::Lookup => KeyPurpose::Content,
        }
    });
    let refused = vault.ring.dataset_keys(tenant(1), dataset(5)).await;
    assert!(matches!(refused, Err(KeyError::Unwrap { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_second_address_key_is_refused_rather_than_chosen() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    let ids = DatasetKeyIds {
        scope: ScopeKeyIds {
            content: key(41),
            address: key(42),
        },
        value: key(43),
    };
    let again = vault
        .ring
        .create_dataset_keys(tenant(1), dataset(5), ids)
        .await
        .expect("created");
    vault.rows.add(again.rows);
    let refused = vault.ring.dataset_keys(tenant(1), dataset(5)).await;
    assert!(
        matches!(
            refused,
            Err(KeyError::SeveralKeys {
                purpose: KeyPurpose::Address,
                ..
            })
        ),
        "{refused:?}"
    );
}
