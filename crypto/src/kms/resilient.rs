//! A KMS behind a network: each attempt has its time, what fails is tried again, what fails again and again is left alone.

mod circuit;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use tokio::time::{Instant, timeout};

pub use circuit::Circuit;

use self::circuit::Breaker;
use super::{EncryptionContext, GeneratedKey, Kms, KmsError, WrappedKey};
use crate::secret::SecretKey;

/// How often a call is tried in all.
const CALL_ATTEMPTS: usize = 3;
/// How long the first pause between attempts is; later ones double, and each is lengthened by chance.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How a service stands that holds root keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsState {
    /// The provider.
    pub provider: &'static str,
    /// The root key.
    pub kms_key: String,
    /// Whether it is asked.
    pub circuit: Circuit,
    /// How many attempts failed since the last that did not.
    pub failures: u32,
}

/// An attempt took too long.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} ms", patience.as_millis())]
struct TooSlow {
    patience: Duration,
}

/// A KMS whose calls are limited in time, repeated, and not made while the service is down.
pub struct ResilientKms {
    inner: Arc<dyn Kms>,
    patience: Duration,
    breaker: Breaker,
}

impl ResilientKms {
    /// Wraps a KMS; `patience` is the time of one attempt.
    #[must_use]
    pub fn new(inner: Arc<dyn Kms>, patience: Duration) -> Self {
        Self {
            inner,
            patience,
            breaker: Breaker::default(),
        }
    }

    async fn call<T, F>(&self, operation: &'static str, attempt: impl Fn() -> F + Sync) -> Result<T, KmsError>
    where
        F: Future<Output = Result<T, KmsError>> + Send,
        T: Send,
    {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(CALL_ATTEMPTS - 1)
            .with_jitter();
        (|| self.attempt(operation, attempt()))
            .retry(pauses)
            .when(|error| matches!(error, KmsError::Unavailable(_)))
            .await
    }

    async fn attempt<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, KmsError>> + Send,
    ) -> Result<T, KmsError> {
        let admitted = self.breaker.admit().ok_or(KmsError::CircuitOpen)?;
        let started = Instant::now();
        let result = match timeout(self.patience, call).await {
            Ok(result) => result,
            Err(_) => Err(KmsError::Unavailable(Box::new(TooSlow {
                patience: self.patience,
            }))),
        };
        let outcome = match &result {
            Ok(_) => "ok",
            Err(error) if error.is_outage() => "unavailable",
            Err(KmsError::Denied(_)) => "denied",
            Err(_) => "refused",
        };
        // a service that says no is there
        admitted.end(outcome != "unavailable");
        self.count(operation, outcome, started);
        result
    }

    fn count(&self, operation: &'static str, outcome: &'static str, started: Instant) {
        let provider = self.inner.provider();
        let labels = [
            ("provider", provider),
            ("operation", operation),
            ("outcome", outcome),
        ];
        metrics::counter!("kms_calls_total", &labels).increment(1);
        metrics::histogram!("kms_call_seconds", "provider" => provider)
            .record(started.elapsed().as_secs_f64());
        let open = self.breaker.state() != Circuit::Closed;
        metrics::gauge!("kms_circuit_open", "provider" => provider).set(f64::from(u8::from(open)));
    }
}

impl fmt::Debug for ResilientKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl Kms for ResilientKms {
    fn provider(&self) -> &'static str {
        self.inner.provider()
    }

    fn key_id(&self) -> &str {
        self.inner.key_id()
    }

    fn opens(&self, wrapped: &WrappedKey) -> bool {
        self.inner.opens(wrapped)
    }

    fn states(&self) -> Vec<KmsState> {
        vec![KmsState {
            provider: self.inner.provider(),
            kms_key: self.inner.key_id().to_owned(),
            circuit: self.breaker.state(),
            failures: self.breaker.failures(),
        }]
    }

    async fn wrap(&self, key: &SecretKey, context: &EncryptionContext) -> Result<WrappedKey, KmsError> {
        self.call("wrap", || self.inner.wrap(key, context)).await
    }

    async fn unwrap(&self, wrapped: &WrappedKey, context: &EncryptionContext) -> Result<SecretKey, KmsError> {
        self.call("unwrap", || self.inner.unwrap(wrapped, context)).await
    }

    async fn generate(&self, context: &EncryptionContext) -> Result<GeneratedKey, KmsError> {
        self.call("generate", || self.inner.generate(context)).await
    }

    async fn rewrap(
        &self,
        wrapped: &WrappedKey,
        context: &EncryptionContext,
    ) -> Result<WrappedKey, KmsError> {
        self.call("rewrap", || self.inner.rewrap(wrapped, context)).await
    }
}

#[cfg(test)]
mod tests;
