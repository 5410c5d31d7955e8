use std::sync::{Weak, atomic::AtomicUsize};

use tokio::{
    sync::oneshot,
    time::{advance, pause},
};
use uuid::Uuid;
use vault_domain::TenantId;

use super::*;

const MAX_AGE: Duration = Duration::from_mins(5);

type Cache = KeyCache<u32, Arc<u32>>;

fn cache(max_keys: usize) -> Arc<Cache> {
    Arc::new(KeyCache::new(
        MAX_AGE,
        NonZeroUsize::new(max_keys).expect("more than none"),
    ))
}

fn failure() -> KeyError {
    KeyError::NoTenantKey {
        tenant: TenantId::from_uuid(Uuid::nil()),
    }
}

/// Loads a value of its own, so that its fate can be watched.
async fn fill(cache: &Cache, key: u32) -> Weak<u32> {
    let value = cache.get(key, async { Ok(Arc::new(key)) }).await.expect("loaded");
    Arc::downgrade(&value)
}

async fn is_cached(cache: &Cache, key: u32) -> bool {
    cache.get(key, async { Err(failure()) }).await.is_ok()
}

#[tokio::test]
async fn those_who_wait_share_one_load() {
    let cache = cache(10);
    let loads = Arc::new(AtomicUsize::new(0));
    let (release, gate) = oneshot::channel();
    let gate = Arc::new(tokio::sync::Mutex::new(Some(gate)));
    let waiting = (0..20).map(|_| {
        let (cache, loads, gate) = (Arc::clone(&cache), Arc::clone(&loads), Arc::clone(&gate));
        tokio::spawn(async move {
            let load = async {
                loads.fetch_add(1, Ordering::SeqCst);
                let gate = gate.lock().await.take().expect("one load");
                gate.await.expect("released");
                Ok(Arc::new(7))
            };
            cache.get(1, load).await
        })
    });
    let waiting: Vec<_> = waiting.collect();
    tokio::task::yield_now().await;
    release.send(()).expect("somebody loads");
    for waiter in waiting {
        assert_eq!(*waiter.await.expect("joined").expect("loaded"), 7);
    }
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failure_is_not_kept() {
    let cache = cache(10);
    assert!(cache.get(1, async { Err(failure()) }).await.is_err());
    assert!(cache.read().is_empty());
    fill(&cache, 1).await;
    assert!(is_cached(&cache, 1).await);
}

#[tokio::test]
async fn a_cancelled_load_is_begun_anew() {
    let cache = cache(10);
    let begun = tokio::time::timeout(Duration::ZERO, cache.get(1, std::future::pending())).await;
    assert!(begun.is_err());
    fill(&cache, 1).await;
    assert!(is_cached(&cache, 1).await);
}

#[tokio::test]
async fn a_key_past_its_time_is_loaded_again_and_the_old_one_dropped() {
    pause();
    let cache = cache(10);
    let old = fill(&cache, 1).await;
    advance(MAX_AGE / 2).await;
    assert!(is_cached(&cache, 1).await);
    advance(MAX_AGE / 2).await;
    assert!(!is_cached(&cache, 1).await);
    assert_eq!(old.strong_count(), 0);
}

#[tokio::test]
async fn sweeping_drops_what_is_past_its_time_and_nothing_else() {
    pause();
    let cache = cache(10);
    let old = fill(&cache, 1).await;
    advance(MAX_AGE / 2).await;
    let young = fill(&cache, 2).await;
    advance(MAX_AGE / 2).await;
    cache.sweep();
    assert_eq!([old.strong_count(), young.strong_count()], [0, 1]);
}

#[tokio::test]
async fn the_least_recently_used_goes_first_and_is_dropped_at_once() {
    let cache = cache(2);
    let first = fill(&cache, 1).await;
    let second = fill(&cache, 2).await;
    assert!(is_cached(&cache, 1).await);
    fill(&cache, 3).await;
    assert_eq!([first.strong_count(), second.strong_count()], [1, 0]);
    assert_eq!(cache.read().len(), 2);
}

#[tokio::test]
async fn a_load_under_way_when_its_key_is_forgotten_is_not_kept() {
    let cache = cache(10);
    let (release, gate) = oneshot::channel::<()>();
    let loading = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move {
            let load = async {
                gate.await.expect("released");
                Ok(Arc::new(7))
            };
            cache.get(1, load).await
        }
    });
    while cache.read().is_empty() {
        tokio::task::yield_now().await;
    }
    cache.retain(|_, value| value.is_some());
    release.send(()).expect("still loading");
    assert_eq!(*loading.await.expect("joined").expect("loaded"), 7);
    assert!(!is_cached(&cache, 1).await);
}

#[tokio::test]
async fn a_failed_load_does_not_remove_its_successor() {
    let cache = cache(10);
    let (release, gate) = oneshot::channel::<()>();
    let failing = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move {
            let load = async {
                gate.await.expect("released");
                Err(failure())
            };
            cache.get(1, load).await
        }
    });
    while cache.read().is_empty() {
        tokio::task::yield_now().await;
    }
    cache.retain(|_, _| false);
    fill(&cache, 1).await;
    release.send(()).expect("still loading");
    assert!(failing.await.expect("joined").is_err());
    assert!(is_cached(&cache, 1).await);
}
