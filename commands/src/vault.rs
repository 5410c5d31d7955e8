//! What every use case works with.

use std::{num::NonZeroU32, sync::Arc};

use async_trait::async_trait;
use tokio::sync::Notify;
use vault_access::{AccessTokens, PasswordHasher, RoleSet};
use vault_crypto::{KeyRing, KeyedHasher};
use vault_domain::{Clock, IdSource};
use vault_event_store::{
    Accounts, Appender, CondemnedContents, EventStore, Idempotency, KeyRows, Recorder, Subjects,
};
use vault_storage::ContentStore;

use crate::{detectors::Detectors, rules::StoredRules, session::SessionLimits};

/// The parts that use cases are made of. Made once, by the server.
pub struct Vault {
    /// The way into the log.
    pub appender: Appender,
    /// Loads aggregates.
    pub store: EventStore,
    /// Takes accesses down.
    pub recorder: Recorder,
    /// Remembers answers.
    pub idempotency: Idempotency,
    /// Credentials and refresh tokens.
    pub accounts: Accounts,
    /// Whom records are about.
    pub subjects: Subjects,
    /// The rows of wrapped keys.
    pub key_rows: KeyRows,
    /// Wakes what finishes erasures.
    pub erasures: Arc<Notify>,
    /// Wakes what seals contents anew.
    pub rewraps: Arc<Notify>,
    /// Keys, unwrapped when needed.
    pub keys: Arc<KeyRing>,
    /// Hashes emails, before the tenant is known.
    pub email_hasher: KeyedHasher,
    /// Large contents.
    pub contents: Arc<ContentStore>,
    /// Those of them that nothing names.
    pub condemned: CondemnedContents,
    /// Finds personal data and secrets.
    pub detectors: Detectors,
    /// What tenants decide by.
    pub rules: Arc<StoredRules>,
    /// Hashes passwords.
    pub passwords: PasswordHasher,
    /// When logins are locked.
    pub lockout: Lockout,
    /// How many sessions there are, and how long.
    pub sessions: SessionLimits,
    /// Roles that nobody has in a session without a second factor.
    pub mfa_roles: RoleSet,
    /// Issues access tokens.
    pub tokens: Arc<vault_access::Authenticator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Told what was written, and asked when it can be read.
    pub read_models: Arc<dyn AwaitReadModels>,
}

impl Vault {
    /// The issuer of access tokens.
    #[must_use]
    pub fn access_tokens(&self) -> &AccessTokens {
        self.tokens.tokens()
    }
}

/// How many logins must fail within a quarter of an hour, so that none succeeds for as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    /// With the email of one account, or of none.
    pub account: NonZeroU32,
    /// From one network.
    pub network: NonZeroU32,
}

/// Knows when a write can be read.
#[async_trait]
pub trait AwaitReadModels: Send + Sync {
    /// Waits until the core read models have passed a position; `false` when that takes longer than a second.
    async fn wait(&self, position: u64) -> bool;
}
