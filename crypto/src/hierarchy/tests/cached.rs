//! How long keys are held, and how often the KMS is asked.

use super::*;

#[tokio::test]
async fn concurrent_misses_make_one_kms_call_and_hits_make_none() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.add_dataset(tenant(1), dataset(5)).await;
    vault.ring.forget_tenant(tenant(1));
    let (unwraps, reads) = (vault.unwraps(), vault.reads());
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let ring = Arc::clone(&vault.ring);
            tokio::spawn(async move { ring.dataset_keys(tenant(1), dataset(5)).await })
        })
        .collect();
    for asked in asking {
        asked.await.expect("joined").expect("loaded");
    }
    assert_eq!(vault.unwraps() - unwraps, 1);
    assert_eq!(vault.reads() - reads, 2, "the scope's rows and the tenant key's");
    vault
        .ring
        .dataset_keys(tenant(1), dataset(5))
        .await
        .expect("cached");
    assert_eq!((vault.unwraps() - unwraps, vault.reads() - reads), (1, 2));
}

#[tokio::test]
async fn an_absent_kms_is_reported_and_asked_again_later() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault.kms.failures_left.store(1, Ordering::SeqCst);
    let error = vault.ring.tenant_lookup(tenant(1)).await.expect_err("away");
    assert!(
        matches!(&error, KeyError::Kms(cause) if matches!(**cause, KmsError::Unavailable(_))),
        "{error}"
    );
    vault.ring.tenant_lookup(tenant(1)).await.expect("back");
}

/// Lets what the ring does beside its callers come to its end.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_million_uses_cost_few_calls_to_the_kms() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    let before = vault.unwraps();
    for round in 0..1_000_u32 {
        // an hour in all
        tokio::time::advance(std::time::Duration::from_millis(3_600)).await;
        vault.ring.forget(tenant(1), Scope::Tenant);
        for _ in 0..1_000 {
            let key = vault.ring.content_key(tenant(1), Scope::Tenant).await;
            assert!(key.is_ok(), "{round}: {key:?}");
        }
        settle().await;
    }
    let calls = vault.unwraps() - before;
    assert!((10..=15).contains(&calls), "{calls}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_shorter_than_the_cache_time_is_not_noticed_and_a_longer_one_is() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    let use_anew = || {
        vault.ring.forget(tenant(1), Scope::Tenant);
        vault.ring.content_key(tenant(1), Scope::Tenant)
    };
    use_anew().await.expect("loaded");
    let minute = std::time::Duration::from_mins(1);
    tokio::time::advance(minute * 4).await;
    tokio::time::advance(minute / 60 * 59).await;
    vault.kms.failures_left.store(usize::MAX, Ordering::SeqCst);
    for passed in 0..5 {
        let key = use_anew().await;
        assert!(key.is_ok(), "after {passed} minutes of outage: {key:?}");
        settle().await;
        tokio::time::advance(minute).await;
    }
    tokio::time::advance(minute).await;
    let error = use_anew().await.expect_err("too long");
    assert!(error.is_outage(), "{error:?}");

    vault.kms.failures_left.store(0, Ordering::SeqCst);
    use_anew().await.expect("back");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_key_that_is_gone_is_dropped_when_it_is_renewed() {
    let vault = fixture();
    vault.add_tenant(tenant(1)).await;
    vault
        .ring
        .content_key(tenant(1), Scope::Tenant)
        .await
        .expect("loaded");
    vault.rows.tenants.lock().expect("whole").clear();
    tokio::time::advance(std::time::Duration::from_mins(6)).await;
    let last = vault.ring.content_key(tenant(1), Scope::Tenant).await;
    assert!(last.is_ok(), "used on while it is unwrapped anew: {last:?}");
    settle().await;
    vault.ring.forget(tenant(1), Scope::Tenant);
    let error = vault.ring.content_key(tenant(1), Scope::Tenant).await;
    assert!(matches!(error, Err(KeyError::NoTenantKey { .. })), "{error:?}");
}
