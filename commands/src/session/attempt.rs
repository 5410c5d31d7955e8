//! What a login is counted under when it fails: the email, whether or not an account has it, and the network.

use chrono::{DateTime, Utc};
use vault_access::ClientNetwork;
use vault_domain::{KeyedHash, field};
use vault_event_store::{CredentialRow, LockRule};

use crate::{error::CommandError, vault::Vault};

/// How long failures are counted, and how long a lock holds, in seconds.
pub const LOCKOUT_S: u32 = 15 * 60;

/// One attempt to log in.
pub(crate) struct Attempt {
    pub(super) account: KeyedHash,
    network: KeyedHash,
}

impl Attempt {
    pub(crate) fn new(vault: &Vault, email: &str, network: ClientNetwork) -> Self {
        let address = network.address().to_string();
        Self {
            account: vault.email_hasher.hash(field::USER_EMAIL, email.as_bytes()),
            network: vault.email_hasher.hash(field::LOGIN_NETWORK, address.as_bytes()),
        }
    }

    /// Of somebody who is logged in and proves itself once more.
    pub(crate) fn again(vault: &Vault, credential: &CredentialRow, network: ClientNetwork) -> Option<Self> {
        let account: [u8; 32] = credential.email_hash.as_slice().try_into().ok()?;
        Some(Self {
            account: KeyedHash::from_bytes(account),
            ..Self::new(vault, "", network)
        })
    }

    /// Refuses what comes from a locked network, before a password is hashed for it.
    pub(crate) async fn check_network(&self, vault: &Vault) -> Result<(), CommandError> {
        let now = vault.clock.now();
        match locked_until(vault, self.network, now).await? {
            None => Ok(()),
            Some(until) => Err(CommandError::NetworkLocked {
                retry_after_s: u32::try_from((until - now).num_seconds() + 1).unwrap_or(LOCKOUT_S),
            }),
        }
    }

    /// Refuses a right password of a locked account. Asked after the password was verified: of many that are tried at
    /// once, no more take effect than are verified at once.
    pub(crate) async fn check_account(&self, vault: &Vault) -> Result<(), CommandError> {
        match locked_until(vault, self.account, vault.clock.now()).await? {
            None => Ok(()),
            Some(_) => Err(CommandError::AccountLocked),
        }
    }

    /// Counts a wrong password, or an email that nobody has.
    pub(crate) async fn failed(&self, vault: &Vault) -> Result<(), CommandError> {
        let now = vault.clock.now();
        for (subject, failures) in [
            (self.account, vault.lockout.account),
            (self.network, vault.lockout.network),
        ] {
            let rule = LockRule {
                failures,
                window_s: LOCKOUT_S,
            };
            let counted = vault.accounts.count_failure(subject, rule, now).await;
            if counted.map_err(|error| CommandError::Accounts(error.into()))? {
                metrics::counter!("logins_locked_total").increment(1);
            }
        }
        Ok(())
    }

    /// Forgets the account's failures. Those of the network stay: who guesses may have an account as well.
    pub(crate) async fn succeeded(&self, vault: &Vault) -> Result<(), CommandError> {
        let cleared = vault.accounts.clear_failures(self.account).await;
        cleared.map_err(|error| CommandError::Accounts(error.into()))
    }
}

/// Forgets the failures of an account.
pub(crate) async fn forget_failures(vault: &Vault, credential: &CredentialRow) -> Result<(), CommandError> {
    let Ok(account) = credential.email_hash.as_slice().try_into() else {
        return Ok(());
    };
    let cleared = vault
        .accounts
        .clear_failures(KeyedHash::from_bytes(account))
        .await;
    cleared.map_err(CommandError::accounts)
}

async fn locked_until(
    vault: &Vault,
    subject: KeyedHash,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, CommandError> {
    let locked = vault.accounts.locked_until(subject, now).await;
    locked.map_err(|error| CommandError::Accounts(error.into()))
}
