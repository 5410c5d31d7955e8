//! The keys that sign access tokens: made by the vault, rotated by age or when somebody asks, known to every process before
//! they sign, and accepted until what they signed has expired.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use vault_access::{ACCESS_TOKEN_LIFETIME_S, Authenticator, LEEWAY_S, SigningKeys, TokenKeys};
use vault_crypto::{DataKey, Label, Scope, SealContext, SecretKey, ServiceKey};
use vault_domain::{Clock, IdSource, KeyId, TenantId, field};
use vault_event_store::{Accounts, TokenKeyRow};
use zeroize::Zeroizing;

use crate::parts::Parts;

/// How often it is asked which keys there are.
const PERIOD: Duration = Duration::from_secs(1);
/// How long a key is known before it signs: every process has asked by then, and so has whoever caches the key set.
const PUBLISHED_BEFORE: TimeDelta = TimeDelta::seconds(10);
/// How long keys are kept whose tokens have expired.
const KEPT: TimeDelta = TimeDelta::days(1);

/// How long tokens of a key are about after its successor signs.
const fn overlap() -> TimeDelta {
    TimeDelta::seconds(ACCESS_TOKEN_LIFETIME_S as i64 + 2 * LEEWAY_S)
}

/// The keys that sign access tokens.
pub(crate) struct TokenKeyring {
    accounts: Accounts,
    sealing: DataKey,
    /// What signs until the first key of the vault's own making does.
    first: Arc<SigningKeys>,
    /// The secret that others sign with, too.
    shared: Option<Arc<SigningKeys>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

/// What becomes of tokens that earlier keys signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EarlierTokens {
    /// They are good until they expire.
    Expire,
    /// They are refused at once, because others may have a key.
    Refused,
}

impl TokenKeyring {
    /// Keys that hang on the service key.
    ///
    /// # Errors
    /// When the secret that is shared is too short.
    pub(crate) fn new(
        accounts: Accounts,
        service_key: &ServiceKey,
        shared: Option<&Zeroizing<String>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> anyhow::Result<Self> {
        let first = SigningKeys::ed_dsa(service_key.derive("token-signing").expose())
            .context("the key that signs tokens is not usable")?;
        let shared = shared
            .map(|secret| SigningKeys::hs256(secret.as_bytes()))
            .transpose()
            .context("auth.jwt_secret is not usable")?;
        // the id of a key that is stored nowhere
        let sealing = DataKey::new(KeyId::from_uuid(Uuid::nil()), &service_key.derive("token-keys"));
        Ok(Self {
            accounts,
            sealing,
            first: Arc::new(first),
            shared: shared.map(Arc::new),
            clock,
            ids,
        })
    }

    /// What signs and verifies before any row is read.
    pub(crate) fn without_rows(&self) -> TokenKeys {
        TokenKeys {
            signing: Arc::clone(&self.first),
            accepted: self.shared.clone().into_iter().collect(),
        }
    }

    /// The keys at this moment.
    ///
    /// # Errors
    /// When they cannot be read or opened.
    pub(crate) async fn current(&self) -> anyhow::Result<TokenKeys> {
        let rows = self.accounts.token_keys().await?;
        self.keys(&rows, self.clock.now())
    }

    fn keys(&self, rows: &[TokenKeyRow], now: DateTime<Utc>) -> anyhow::Result<TokenKeys> {
        // the newest stands first, and those that do not sign yet before it
        let split = rows.iter().position(|row| row.signs_from <= now);
        let (coming, signed) = rows.split_at(split.unwrap_or(rows.len()));
        let mut accepted = self.open_all(coming)?;
        let mut signing = Arc::clone(&self.first);
        if let Some((newest, earlier)) = signed.split_first() {
            let first = std::mem::replace(&mut signing, Arc::new(self.open(newest)?));
            if now < newest.signs_from + overlap() {
                accepted.extend(self.open_all(earlier)?);
                accepted.push(first);
            }
        }
        accepted.extend(self.shared.clone());
        Ok(TokenKeys { signing, accepted })
    }

    fn open_all(&self, rows: &[TokenKeyRow]) -> anyhow::Result<Vec<Arc<SigningKeys>>> {
        rows.iter().map(|row| Ok(Arc::new(self.open(row)?))).collect()
    }

    fn open(&self, row: &TokenKeyRow) -> anyhow::Result<SigningKeys> {
        let opened = self.sealing.open(&place(row.key_id), &row.sealed)?;
        let seed: &[u8; 32] = opened.as_slice().try_into().context("a seed has 32 bytes")?;
        SigningKeys::ed_dsa(seed).context("a key that signs tokens is not usable")
    }

    /// Makes a key because the newest was not made after a time; its id.
    async fn rotate_by_age(&self, after: DateTime<Utc>) -> anyhow::Result<Option<Uuid>> {
        let signs_from = self.clock.now() + PUBLISHED_BEFORE;
        self.make(signs_from, after).await
    }

    async fn make(
        &self,
        signs_from: DateTime<Utc>,
        unless_after: DateTime<Utc>,
    ) -> anyhow::Result<Option<Uuid>> {
        let (key_id, now) = (self.ids.next(), self.clock.now());
        let seed = SecretKey::generate()?;
        let row = TokenKeyRow {
            key_id,
            sealed: self.sealing.seal(&place(key_id), seed.expose())?,
            created_at: now,
            signs_from,
        };
        let kept = self.accounts.keep_token_key(&row, unless_after).await?;
        Ok(kept.then_some(key_id))
    }

    /// Makes a key because somebody asks.
    ///
    /// # Errors
    /// When there is no randomness, or it cannot be written.
    pub(crate) async fn rotate_now(&self, earlier: EarlierTokens) -> anyhow::Result<Uuid> {
        let now = self.clock.now();
        let signs_from = match earlier {
            EarlierTokens::Expire => now + PUBLISHED_BEFORE,
            // as if whatever is about had expired
            EarlierTokens::Refused => now - overlap(),
        };
        let key = self.make(signs_from, now + TimeDelta::days(1)).await?;
        key.context("the clocks of this machine and another differ by a day")
    }
}

/// What a seed is sealed for: no tenant, and this key alone.
const fn place(key_id: Uuid) -> SealContext {
    SealContext {
        tenant: TenantId::from_uuid(Uuid::nil()),
        scope: Scope::Tenant,
        label: Label::FieldOf(field::TOKEN_KEY, key_id),
    }
}

/// Starts the task that follows the keys, and rotates them by age.
pub(crate) fn start(parts: &Parts, days: u32) {
    let (keyring, authenticator) = (Arc::clone(&parts.token_keys), Arc::clone(&parts.authenticator));
    let stop = parts.stopping();
    parts.spawn(async move {
        loop {
            if let Err(error) = follow(&keyring, &authenticator, TimeDelta::days(days.into())).await {
                tracing::warn!(error = format!("{error:#}"), "keys of tokens cannot be read");
            }
            let pause = stop.run_until_cancelled(tokio::time::sleep(PERIOD));
            if pause.await.is_none() {
                return;
            }
        }
    });
}

async fn follow(keyring: &TokenKeyring, authenticator: &Authenticator, age: TimeDelta) -> anyhow::Result<()> {
    let (rows, now) = (keyring.accounts.token_keys().await?, keyring.clock.now());
    authenticator.tokens().replace_keys(keyring.keys(&rows, now)?);
    let old = now - age;
    if rows.iter().all(|row| row.created_at <= old) {
        if keyring.rotate_by_age(old).await?.is_some() {
            tracing::info!("the key that signs access tokens is rotated");
        }
        keyring.accounts.forget_token_keys(now - KEPT).await?;
    }
    Ok(())
}
