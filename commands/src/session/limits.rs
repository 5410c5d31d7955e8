//! How many sessions a user has, and how long they last without being used.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use vault_access::Principal;
use vault_domain::{
    Operation, SessionId,
    session::{SessionCommand, SessionEnd},
};

use super::refresh::{end_session, running};
use crate::{error::CommandError, request::Request, vault::Vault};

/// How many sessions a user has, and how long they last without being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// After how many seconds without a refresh a session is over; never before its time if none.
    pub idle_s: Option<NonZeroU32>,
    /// How many a user may have.
    pub count: NonZeroU32,
}

impl SessionLimits {
    /// Whether a session that got its tokens at a time was not used for too long.
    pub(crate) fn is_idle(self, refreshed_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let idle = |idle_s: NonZeroU32| now - refreshed_at >= TimeDelta::seconds(i64::from(idle_s.get()));
        self.idle_s.is_some_and(idle)
    }
}

/// Ends the sessions that were not used for the longest time, so that there is room for one more.
pub(super) async fn make_room(
    vault: &Vault,
    request: &Request,
    principal: &Principal,
) -> Result<(), CommandError> {
    let (tenant, user) = (principal.tenant.as_uuid(), principal.user.as_uuid());
    let sessions = running(vault, tenant, user).await?;
    let kept = usize::try_from(vault.sessions.count.get() - 1).unwrap_or(usize::MAX);
    let metadata = request.metadata(principal, Operation::Login);
    for session in sessions.iter().skip(kept) {
        let end = SessionCommand::End(principal.user, SessionEnd::TooMany);
        end_session(vault, &metadata, SessionId::from_uuid(session.session_id), end).await?;
    }
    Ok(())
}
