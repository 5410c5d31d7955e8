//! What tenants as a whole may ask, by their tiers.

use std::{collections::HashMap, sync::Arc};

use vault_domain::TenantId;

use super::{RateLimitKey, RateLimiter};

/// Counts the requests of a tenant.
type Limiter = Arc<RateLimiter<RateLimitKey>>;

/// The limits of tenants, each counted for all of its users together.
#[derive(Debug, Default)]
pub struct Tiers {
    default: Option<Limiter>,
    tenants: HashMap<TenantId, Limiter>,
}

impl Tiers {
    /// These tenants have these limits, and all others the default, if there is one.
    #[must_use]
    pub const fn new(default: Option<Limiter>, tenants: HashMap<TenantId, Limiter>) -> Self {
        Self { default, tenants }
    }

    /// Counts the requests of a tenant; nothing where they are not limited.
    #[must_use]
    pub fn of(&self, tenant: TenantId) -> Option<&RateLimiter<RateLimitKey>> {
        let own = self.tenants.get(&tenant).or(self.default.as_ref());
        own.map(AsRef::as_ref)
    }

    /// Forgets tenants that are back at their full allowance; to be called about once a minute.
    pub fn forget_idle(&self) {
        let all = self.tenants.values().chain(&self.default);
        all.for_each(|limiter| limiter.forget_idle());
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use uuid::Uuid;

    use super::*;
    use crate::RateLimit;

    #[test]
    fn a_tenant_has_its_own_tier_or_else_the_default() {
        let limiter = |requests| {
            let limit = RateLimit {
                requests: NonZeroU32::new(requests).expect("is not zero"),
                period_s: NonZeroU32::MIN,
            };
            Arc::new(RateLimiter::new(limit, 10))
        };
        let tenant = |number| TenantId::from_uuid(Uuid::from_u128(number));
        let of = |tiers: &Tiers, number| {
            let limit = tiers.of(tenant(number)).map(RateLimiter::limit);
            limit.map(|limit| limit.requests.get())
        };
        let tenants = || HashMap::from([(tenant(1), limiter(9))]);
        let tiers = Tiers::new(Some(limiter(5)), tenants());
        assert_eq!((of(&tiers, 1), of(&tiers, 2)), (Some(9), Some(5)));
        let tiers = Tiers::new(None, tenants());
        assert_eq!((of(&tiers, 1), of(&tiers, 2)), (Some(9), None));
    }
}
