use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use super::*;

fn hasher(parallel: usize, waiting: usize, patience_ms: u64) -> PasswordHasher {
    let parallel = NonZeroUsize::new(parallel).expect("is not zero");
    PasswordHasher::new(HasherLimits {
        parallel,
        waiting,
        patience_ms,
    })
    .expect("has good costs")
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).expect("is short enough")
}

/// Fails the test if the condition does not come true within ten seconds.
async fn until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "the condition never came true");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_password_is_found_right_or_wrong() {
    let hasher = hasher(1, 10, 10_000);
    let right = password("correct horse battery");
    let hash = hasher.hash(&right, [5; 16]).await.expect("hashes");
    assert!(hash.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(
        hasher.verify(&right, Some(&hash)).await.expect("checks"),
        Verdict::Right
    );
    for wrong in ["", "correct horse batterY", "correct horse battery "] {
        assert_eq!(
            hasher
                .verify(&password(wrong), Some(&hash))
                .await
                .expect("checks"),
            Verdict::Wrong
        );
    }
}

#[tokio::test]
async fn equal_passwords_have_different_hashes_under_different_salts() {
    let hasher = hasher(1, 10, 10_000);
    let one = hasher.hash(&password("same"), [1; 16]).await.expect("hashes");
    let two = hasher.hash(&password("same"), [2; 16]).await.expect("hashes");
    assert_ne!(one, two);
}

#[tokio::test]
async fn a_hash_of_another_day_is_right_but_outdated() {
    let params = Params::new(8, 1, 1, Some(32)).expect("are costs");
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let old: PhcHash = argon
        .hash_password_with_salt(b"old", &[1; 16])
        .expect("hashes")
        .to_string()
        .parse()
        .expect("is usable");
    let hasher = hasher(1, 10, 10_000);
    assert_eq!(
        hasher.verify(&password("old"), Some(&old)).await.expect("checks"),
        Verdict::RightButOutdated
    );
    assert_eq!(
        hasher.verify(&password("new"), Some(&old)).await.expect("checks"),
        Verdict::Wrong
    );
}

#[tokio::test]
async fn nobody_has_any_password_and_takes_as_long_as_somebody() {
    let hasher = hasher(1, 10, 10_000);
    let hash = hasher
        .hash(&password("correct horse battery"), [5; 16])
        .await
        .expect("hashes");
    let wrong = password("wrong");
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..5 {
        for (time, stored) in fastest.iter_mut().zip([None, Some(&hash)]) {
            let start = Instant::now();
            assert_eq!(
                hasher.verify(&wrong, stored).await.expect("checks"),
                Verdict::Wrong
            );
            *time = (*time).min(start.elapsed());
        }
    }
    let [nobody, somebody] = fastest;
    // The fastest of five runs differ by scheduling only; an answer without a hash would be a thousand times faster.
    assert!(
        nobody * 2 > somebody && somebody * 2 > nobody,
        "{nobody:?} and {somebody:?}"
    );
}

#[tokio::test]
async fn who_finds_the_waiting_room_full_is_turned_away_at_once() {
    let hasher = Arc::new(hasher(1, 1, 60_000));
    let (finish, blocked) = mpsc::channel::<()>();
    let busy = Arc::clone(&hasher);
    let first = tokio::spawn(async move { busy.in_turn(move || blocked.recv().is_ok()).await });
    until(|| hasher.turns.available_permits() == 0).await;
    let waits = Arc::clone(&hasher);
    let second = tokio::spawn(async move { waits.in_turn(|| ()).await });
    until(|| hasher.places.available_permits() == 0).await;
    let third = hasher.verify(&password("x"), None).await;
    assert!(matches!(third, Err(PasswordError::Overloaded)), "{third:?}");
    finish.send(()).expect("somebody listens");
    assert!(first.await.expect("ran").expect("had its turn"));
    second.await.expect("ran").expect("had its turn");
    assert_eq!(
        (
            hasher.turns.available_permits(),
            hasher.places.available_permits()
        ),
        (1, 2)
    );
}

#[tokio::test]
async fn who_waits_too_long_is_turned_away() {
    let hasher = hasher(1, 5, 1);
    let _busy = Arc::clone(&hasher.turns).acquire_owned().await.expect("is open");
    assert!(matches!(
        hasher.verify(&password("x"), None).await,
        Err(PasswordError::Overloaded)
    ));
    assert_eq!(hasher.places.available_permits(), 6);
}

#[tokio::test]
async fn a_caller_that_hangs_up_keeps_its_place_until_its_hash_is_done() {
    let hasher = Arc::new(hasher(1, 0, 60_000));
    let (finish, blocked) = mpsc::channel::<()>();
    let caller = Arc::clone(&hasher);
    let call = tokio::spawn(async move { caller.in_turn(move || blocked.recv().is_ok()).await });
    until(|| hasher.turns.available_permits() == 0).await;
    call.abort();
    assert!(call.await.is_err());
    assert!(matches!(
        hasher.verify(&password("x"), None).await,
        Err(PasswordError::Overloaded)
    ));
    finish.send(()).expect("the hash goes on");
    until(|| hasher.turns.available_permits() > 0).await;
    assert!(hasher.verify(&password("x"), None).await.is_ok());
}
