//! What the unit tests share.

use std::net::{IpAddr, Ipv4Addr};

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{SessionId, TenantId, UserId};

use crate::{Credential, Login, Principal, Role, policy::Circumstances};

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
        approval: None,
    }
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("is a time")
}

pub(crate) fn circumstances(now: DateTime<Utc>) -> Circumstances {
    Circumstances {
        now,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        environment: "dev",
        approved: false,
    }
}
