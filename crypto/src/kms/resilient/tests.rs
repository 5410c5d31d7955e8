use std::{
    collections::VecDeque,
    future::pending,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::time::advance;
use uuid::Uuid;
use vault_domain::{KeyId, TenantId};

use super::*;

const PATIENCE: Duration = Duration::from_secs(2);
const CONTEXT: EncryptionContext = EncryptionContext {
    tenant: TenantId::from_uuid(Uuid::from_u128(1)),
    key_id: KeyId::from_uuid(Uuid::from_u128(2)),
};

#[derive(Debug, Clone, Copy)]
enum Then {
    Answer,
    Fail,
    Deny,
    Hang,
}

/// Does what a test says, attempt by attempt; the last order holds for all that follow.
#[derive(Debug)]
struct Scripted {
    script: Mutex<VecDeque<Then>>,
    attempts: AtomicUsize,
}

impl Scripted {
    fn new(script: &[Then]) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.iter().copied().collect()),
            attempts: AtomicUsize::new(0),
        })
    }

    fn set(&self, then: Then) {
        *self.script.lock().expect("not poisoned") = VecDeque::from([then]);
    }

    fn attempts(&self) -> usize {
        self.attempts.load(Ordering::SeqCst)
    }

    fn next(&self) -> Then {
        self.attempts.fetch_add(1, Ordering::SeqCst);
        let mut script = self.script.lock().expect("not poisoned");
        let next = script.front().copied().expect("an order");
        if script.len() > 1 {
            script.pop_front();
        }
        next
    }
}

#[async_trait]
impl Kms for Scripted {
    fn provider(&self) -> &'static str {
        "scripted"
    }

    fn key_id(&self) -> &'static str {
        "root"
    }

    fn opens(&self, _: &WrappedKey) -> bool {
        true
    }

    async fn wrap(&self, key: &SecretKey, _: &EncryptionContext) -> Result<WrappedKey, KmsError> {
        match self.next() {
            Then::Answer => Ok(WrappedKey {
                provider: "scripted".to_owned(),
                kms_key: "root".to_owned(),
                bytes: key.expose().to_vec(),
            }),
            Then::Fail => Err(KmsError::Unavailable("away".into())),
            Then::Deny => Err(KmsError::Denied("disabled".into())),
            Then::Hang => pending().await,
        }
    }

    async fn unwrap(&self, wrapped: &WrappedKey, _: &EncryptionContext) -> Result<SecretKey, KmsError> {
        Ok(SecretKey::from_slice(&wrapped.bytes)?)
    }
}

fn resilient(script: &[Then]) -> (Arc<Scripted>, ResilientKms) {
    let scripted = Scripted::new(script);
    let kms = ResilientKms::new(Arc::clone(&scripted) as Arc<dyn Kms>, PATIENCE);
    (scripted, kms)
}

fn circuit(kms: &ResilientKms) -> Circuit {
    kms.states()[0].circuit
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_again_a_few_times() {
    let (scripted, kms) = resilient(&[Then::Fail, Then::Fail, Then::Answer]);
    assert!(kms.generate(&CONTEXT).await.is_ok());
    assert_eq!(scripted.attempts(), 3);
    let (scripted, kms) = resilient(&[Then::Fail]);
    assert!(kms.generate(&CONTEXT).await.expect_err("away").is_outage());
    assert_eq!(scripted.attempts(), CALL_ATTEMPTS);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_and_no_failure_of_the_service() {
    let (scripted, kms) = resilient(&[Then::Deny]);
    for calls in 1..=10 {
        let error = kms.generate(&CONTEXT).await.expect_err("denied");
        assert!(matches!(error, KmsError::Denied(_)), "{error:?}");
        assert_eq!(scripted.attempts(), calls);
    }
    assert_eq!(circuit(&kms), Circuit::Closed);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_hangs_ends_in_time() {
    let (scripted, kms) = resilient(&[Then::Hang, Then::Answer]);
    let started = Instant::now();
    assert!(kms.generate(&CONTEXT).await.is_ok());
    assert_eq!(scripted.attempts(), 2);
    let took = started.elapsed();
    assert!(
        took >= PATIENCE && took < PATIENCE + Duration::from_secs(1),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn after_failures_in_a_row_nobody_asks_until_one_attempt_finds_it_back() {
    let (scripted, kms) = resilient(&[Then::Fail]);
    for _ in 0..2 {
        let _ = kms.generate(&CONTEXT).await;
    }
    assert_eq!(scripted.attempts(), 5, "the circuit opens after five");
    assert_eq!(circuit(&kms), Circuit::Open);
    let error = kms.generate(&CONTEXT).await.expect_err("open");
    assert!(matches!(error, KmsError::CircuitOpen), "{error:?}");
    assert_eq!(scripted.attempts(), 5);

    advance(Duration::from_secs(6)).await;
    assert_eq!(circuit(&kms), Circuit::HalfOpen);
    let _ = kms.generate(&CONTEXT).await;
    assert_eq!(scripted.attempts(), 6, "one attempt, and it is open again");
    assert_eq!(circuit(&kms), Circuit::Open);

    advance(Duration::from_secs(6)).await;
    scripted.set(Then::Answer);
    assert!(kms.generate(&CONTEXT).await.is_ok());
    assert_eq!(circuit(&kms), Circuit::Closed);
}

#[tokio::test(start_paused = true)]
async fn of_many_callers_one_finds_out_and_its_going_away_leaves_the_next() {
    let (scripted, kms) = resilient(&[Then::Fail]);
    for _ in 0..2 {
        let _ = kms.generate(&CONTEXT).await;
    }
    advance(Duration::from_secs(6)).await;
    scripted.set(Then::Hang);
    let before = scripted.attempts();
    {
        let first = kms.generate(&CONTEXT);
        tokio::pin!(first);
        assert!(futures::poll!(&mut first).is_pending(), "it tries");
        let second = kms.generate(&CONTEXT).await.expect_err("somebody tries");
        assert!(matches!(second, KmsError::CircuitOpen), "{second:?}");
        assert_eq!(scripted.attempts(), before + 1);
    }
    scripted.set(Then::Answer);
    assert!(kms.generate(&CONTEXT).await.is_ok());
}
