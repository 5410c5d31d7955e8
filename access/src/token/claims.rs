//! The claims of an access token.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_domain::{SessionId, TenantId, UserId};

use super::{TokenAudience, TokenError, cache::VerifiedToken};
use crate::{Credential, Login, Principal, RoleSet};

/// Who can have signed a token.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signer {
    /// The vault alone.
    Vault,
    /// Whoever has the secret that is shared.
    WhoeverSharesTheSecret,
}

/// The claims, under their registered names where there are such.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    iss: Box<str>,
    aud: Box<str>,
    sub: UserId,
    tid: TenantId,
    sid: SessionId,
    /// When the password was given; when a second factor was, if one was.
    #[serde(default)]
    auth_time: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mfa_time: Option<i64>,
    /// RFC 8176: how the user proved itself.
    #[serde(default)]
    amr: Vec<Box<str>>,
    roles: RoleSet,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

impl Claims {
    pub(super) fn new(
        principal: &Principal,
        login: Login,
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
            sid: login.session,
            auth_time: login.at_s,
            mfa_time: login.mfa_at_s,
            amr: methods(login),
            roles: principal.roles,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: expires_at.timestamp(),
            jti,
        }
    }

    /// What the claims say, if they were made by and for the right ones; their time is left to check.
    pub(super) fn verified(
        self,
        expected: &TokenAudience,
        signer: Signer,
    ) -> Result<VerifiedToken, TokenError> {
        if self.iss != expected.issuer {
            return Err(TokenError::WrongIssuer);
        }
        if self.aud != expected.audience {
            return Err(TokenError::WrongAudience);
        }
        let principal = Principal {
            tenant: self.tid,
            user: self.sub,
            credential: Credential::Session(Login {
                session: self.sid,
                at_s: self.auth_time,
                mfa_at_s: self.mfa_time,
            }),
            roles: self.roles,
            approval: None,
        };
        Ok(VerifiedToken {
            principal,
            not_before_s: self.nbf,
            expires_s: self.exp,
            shared_since_s: match signer {
                Signer::Vault => None,
                Signer::WhoeverSharesTheSecret => Some(self.iat),
            },
        })
    }
}

fn methods(login: Login) -> Vec<Box<str>> {
    match login.mfa_at_s {
        None => vec!["pwd".into()],
        Some(_) => vec!["pwd".into(), "otp".into(), "mfa".into()],
    }
}
