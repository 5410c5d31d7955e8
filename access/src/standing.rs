//! What the vault knows of a user whom a token names that somebody else has signed. Such a token names no session that could
//! have been ended, so its user is looked at.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use vault_domain::{TenantId, UserId};

use crate::TokenError;

/// How long a user is known before its row is read again, whatever was heard of it meanwhile.
const KNOWN_FOR: Duration = Duration::from_mins(5);

/// Whether a user is let in. A subject that is no user of the vault always is: whoever shares the secret vouches for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserStanding {
    /// Whether it can log in no more.
    pub is_disabled: bool,
    /// When all its sessions were ended last.
    pub sessions_ended_at: Option<DateTime<Utc>>,
}

impl UserStanding {
    /// Refuses a token of a user who is disabled, and one that is from before all sessions of the user were ended.
    pub(crate) fn admit(self, issued_at_s: i64) -> Result<(), TokenError> {
        let ended_s = self.sessions_ended_at.map(|at| at.timestamp());
        if self.is_disabled || ended_s.is_some_and(|ended_s| issued_at_s < ended_s) {
            Err(TokenError::SessionEnded)
        } else {
            Ok(())
        }
    }
}

/// The users whom this process has looked at lately.
#[derive(Debug)]
pub(crate) struct KnownUsers {
    users: Cache<(TenantId, UserId), UserStanding>,
    /// Grows with every change that is heard of: what was read before one is not kept after it.
    changes: AtomicU64,
}

impl KnownUsers {
    pub(crate) fn new(capacity: u64) -> Self {
        let users = Cache::builder()
            .max_capacity(capacity)
            .time_to_live(KNOWN_FOR)
            .build();
        Self {
            users,
            changes: AtomicU64::new(0),
        }
    }

    pub(crate) fn get(&self, tenant: TenantId, user: UserId) -> Option<UserStanding> {
        self.users.get(&(tenant, user))
    }

    /// What [`Self::keep`] wants to be told: read before the row is.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Knows a user from now on, unless something changed since its row was read.
    pub(crate) fn keep(&self, tenant: TenantId, user: UserId, standing: UserStanding, changes: u64) {
        self.users.insert((tenant, user), standing);
        if self.changes() != changes {
            self.users.invalidate(&(tenant, user));
        }
    }

    pub(crate) fn forget(&self, users: &[UserId]) {
        if users.is_empty() {
            return;
        }
        self.changes.fetch_add(1, Ordering::AcqRel);
        for (known, _) in &self.users {
            if users.contains(&known.1) {
                self.users.invalidate(&*known);
            }
        }
    }

    pub(crate) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.users.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::testing::at;

    const ID: Uuid = Uuid::from_u128(7);

    #[test]
    fn a_token_of_a_disabled_user_is_refused_and_so_is_one_from_before_the_end_of_all_sessions() {
        let disabled = UserStanding {
            is_disabled: true,
            sessions_ended_at: None,
        };
        let logged_out = UserStanding {
            is_disabled: false,
            sessions_ended_at: Some(at(10)),
        };
        let second = |seconds| at(seconds).timestamp();
        assert_eq!(disabled.admit(second(99)), Err(TokenError::SessionEnded));
        assert_eq!(logged_out.admit(second(9)), Err(TokenError::SessionEnded));
        // of the same second it may be of the login that followed
        assert_eq!(logged_out.admit(second(10)), Ok(()));
        assert_eq!(UserStanding::default().admit(second(0)), Ok(()));
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (tenant, user) = (TenantId::from_uuid(ID), UserId::from_uuid(ID));
        let known = KnownUsers::new(10);
        let changes = known.changes();
        known.keep(tenant, user, UserStanding::default(), changes);
        assert!(known.get(tenant, user).is_some());
        known.forget(&[user]);
        assert!(known.get(tenant, user).is_none());
        known.keep(tenant, user, UserStanding::default(), changes);
        assert!(known.get(tenant, user).is_none());
    }
}
