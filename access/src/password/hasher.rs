//! Hashing as a service: a bounded number at once, a bounded number waiting, and never on an async thread.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{self, phc},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    task::JoinError,
};
use vault_domain::ErrorCode;

use super::{Password, PhcHash};

// The costs that OWASP advises for Argon2id (2026): 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;

/// 16 bytes from a cryptographic random source.
pub type PasswordSalt = [u8; 16];

/// How much hashing may go on.
#[derive(Debug, Clone, Copy)]
pub struct HasherLimits {
    /// Hashes computed at once; each takes a core and 19 MiB for some 20 ms.
    pub parallel: NonZeroUsize,
    /// Callers that may wait for their turn; the next one is turned away.
    pub waiting: usize,
    /// The longest wait, in milliseconds.
    pub patience_ms: u64,
}

/// Hashes and checks passwords with Argon2id.
#[derive(Debug)]
pub struct PasswordHasher {
    argon: Argon2<'static>,
    nobody: PhcHash,
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    patience: Duration,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Right,
    /// The password is right, and its hash was made with costs of another day: store a new one.
    RightButOutdated,
    /// The password is wrong, or there is no such account.
    Wrong,
}

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many passwords are being hashed.
    #[error("too many passwords are being hashed")]
    Overloaded,
    /// Argon2 refused its input.
    #[error("Argon2 failed")]
    Argon2(#[source] password_hash::Error),
    /// The hashing thread did not finish.
    #[error("the hashing thread did not finish")]
    Thread(#[source] JoinError),
}

impl PasswordError {
    /// The code to answer with.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Overloaded => ErrorCode::ThreadPoolExhausted,
            Self::Argon2(_) | Self::Thread(_) => ErrorCode::InternalServerError,
        }
    }
}

impl PasswordHasher {
    /// A hasher within these limits.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Argon2`] if the costs of this release are unusable.
    pub fn new(limits: HasherLimits) -> Result<Self, PasswordError> {
        let invalid = |_| PasswordError::Argon2(password_hash::Error::ParamsInvalid);
        let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).map_err(invalid)?;
        let nobody = nobody(&params).map_err(PasswordError::Argon2)?;
        Ok(Self {
            argon: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            nobody,
            places: Arc::new(Semaphore::new(
                limits.parallel.get().saturating_add(limits.waiting),
            )),
            turns: Arc::new(Semaphore::new(limits.parallel.get())),
            patience: Duration::from_millis(limits.patience_ms),
        })
    }

    /// Hashes a password for storage.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Overloaded`] when too many are at it.
    pub async fn hash(&self, password: &Password, salt: PasswordSalt) -> Result<PhcHash, PasswordError> {
        let (argon, password) = (self.argon.clone(), password.clone());
        let hashed = self
            .in_turn(move || argon.hash_password_with_salt(password.bytes(), &salt))
            .await?
            .map_err(PasswordError::Argon2)?;
        Ok(PhcHash::from_parsed(hashed))
    }

    /// Checks a password against the hash of an account, or against nobody's if there is no such account: both take
    /// the same time, so that nobody can tell which accounts exist.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Overloaded`] when too many are at it.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PhcHash>,
    ) -> Result<Verdict, PasswordError> {
        let (argon, password) = (self.argon.clone(), password.clone());
        let hash = stored.unwrap_or(&self.nobody).clone();
        let right = self
            .in_turn(
                move || match argon.verify_password(password.bytes(), hash.parsed()) {
                    Ok(()) => Ok(true),
                    Err(password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(error) => Err(error),
                },
            )
            .await?
            .map_err(PasswordError::Argon2)?;
        Ok(match stored {
            Some(hash) if right && hash.costs_are(self.argon.params()) => Verdict::Right,
            Some(_) if right => Verdict::RightButOutdated,
            _ => Verdict::Wrong,
        })
    }

    async fn in_turn<T, F>(&self, work: F) -> Result<T, PasswordError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let held = self.turn().await?;
        // The permits go along: a caller that hangs up must not make room while its hash is still being computed.
        let job = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        job.await.map_err(PasswordError::Thread)
    }

    async fn turn(&self) -> Result<[OwnedSemaphorePermit; 2], PasswordError> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_: TryAcquireError| PasswordError::Overloaded)?;
        let turn = tokio::time::timeout(self.patience, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(PasswordError::Overloaded)?;
        Ok([place, turn])
    }
}

/// A hash that no password has, for accounts that do not exist; checking it costs what any other costs.
fn nobody(params: &Params) -> Result<PhcHash, password_hash::Error> {
    let unfit = |_| password_hash::Error::OutputSize;
    Ok(PhcHash::from_parsed(phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: phc::ParamsString::try_from(params).map_err(|_| password_hash::Error::ParamsInvalid)?,
        salt: Some(phc::Salt::new(&[0; 16]).map_err(unfit)?),
        hash: Some(phc::Output::new(&[0; HASH_BYTES]).map_err(unfit)?),
    }))
}

#[cfg(test)]
mod tests;
