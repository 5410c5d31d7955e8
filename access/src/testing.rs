//! What the unit tests share.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{SessionId, TenantId, UserId};

use crate::{Credential, Login, Principal, Role};

pub(crate) fn principal(roles: &[Role]) -> Principal {
    Principal {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        user: UserId::from_uuid(Uuid::from_u128(2)),
        credential: Credential::Session(Login {
            session: SessionId::from_uuid(Uuid::from_u128(3)),
            at_s: 1_800_000_000,
            mfa_at_s: None,
        }),
        roles: roles.iter().copied().collect(),
    }
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("is a time")
}
