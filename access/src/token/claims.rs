//! The claims of an access token.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_domain::{SessionId, TenantId, UserId};

use super::{TokenAudience, TokenError, cache::VerifiedToken};
use crate::{Principal, RoleSet};

/// The claims, under their registered names where there are such.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    iss: Box<str>,
    aud: Box<str>,
    sub: UserId,
    tid: TenantId,
    sid: SessionId,
    roles: RoleSet,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

impl Claims {
    pub(super) fn new(
        principal: &Principal,
        audience: &TokenAudience,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        jti: Uuid,
    ) -> Self {
        Self {
            iss: audience.issuer.clone(),
            aud: audience.audience.clone(),
            sub: principal.user,
            tid: principal.tenant,
            sid: principal.session,
            roles: principal.roles,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: expires_at.timestamp(),
            jti,
        }
    }

    /// What the claims say, if they were made by and for the right ones; their time is left to check.
    pub(super) fn verified(self, expected: &TokenAudience) -> Result<VerifiedToken, TokenError> {
        if self.iss != expected.issuer {
            return Err(TokenError::WrongIssuer);
        }
        if self.aud != expected.audience {
            return Err(TokenError::WrongAudience);
        }
        let principal = Principal {
            tenant: self.tid,
            user: self.sub,
            session: self.sid,
            roles: self.roles,
        };
        Ok(VerifiedToken {
            principal,
            not_before_s: self.nbf,
            expires_s: self.exp,
        })
    }
}
