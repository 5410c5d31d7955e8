//! What tenants as a whole may ask.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

use serde::Deserialize;
use uuid::Uuid;
use vault_access::{RateLimit, RateLimitKey, RateLimiter, Tiers};
use vault_domain::TenantId;

use crate::config::ConfigError;

/// The most tiers, and the most tenants with a tier that is named.
const MAX_TIERS: usize = 32;
const MAX_TENANTS: usize = 10_000;
/// How many tenants of a tier are counted at once.
const MAX_COUNTED: usize = 100_000;

/// What tenants as a whole may ask, by their tiers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// The tiers that there are: at most 32.
    pub tiers: Vec<TierConfig>,
    /// The tier of tenants that have none of their own; they have no limit as a whole when not set.
    pub default_tier: Option<String>,
    /// Tenants with a tier of their own: at most 10,000.
    pub tenants: Vec<TenantTier>,
}

/// What a tenant may ask as a whole.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierConfig {
    /// Its name, such as `free`.
    pub name: String,
    /// So many requests, which may come at once,
    pub requests: NonZeroU32,
    /// in so many seconds.
    pub period_s: NonZeroU32,
}

/// The tier of a tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantTier {
    /// The tenant's id.
    pub tenant: Uuid,
    /// The name of its tier.
    pub tier: String,
}

impl LimitsConfig {
    /// What counts the requests of tenants.
    ///
    /// # Errors
    /// When a tier is named that there is not, or a name stands twice, or there are too many.
    pub fn tiers(&self) -> Result<Tiers, ConfigError> {
        at_most("limits.tiers", self.tiers.len(), MAX_TIERS)?;
        at_most("limits.tenants", self.tenants.len(), MAX_TENANTS)?;
        let mut named = HashMap::new();
        for tier in &self.tiers {
            let limit = RateLimit {
                requests: tier.requests,
                period_s: tier.period_s,
            };
            let limiter = Arc::new(RateLimiter::<RateLimitKey>::new(limit, MAX_COUNTED));
            if named.insert(tier.name.as_str(), limiter).is_some() {
                return Err(ConfigError::NamedTwice {
                    setting: "limits.tiers",
                    value: tier.name.as_str().into(),
                });
            }
        }
        let find = |name: &str| {
            let found = named.get(name).map(Arc::clone);
            found.ok_or_else(|| ConfigError::UnknownTier { value: name.into() })
        };
        let default = self.default_tier.as_deref().map(find).transpose()?;
        let mut tenants = HashMap::new();
        for TenantTier { tenant, tier } in &self.tenants {
            if tenants
                .insert(TenantId::from_uuid(*tenant), find(tier)?)
                .is_some()
            {
                return Err(ConfigError::NamedTwice {
                    setting: "limits.tenants",
                    value: tenant.to_string().into(),
                });
            }
        }
        Ok(Tiers::new(default, tenants))
    }
}

fn at_most(setting: &'static str, count: usize, max: usize) -> Result<(), ConfigError> {
    if count <= max {
        return Ok(());
    }
    Err(ConfigError::OutOfRange {
        setting,
        value: count as u64,
        min: 0,
        max: max as u64,
    })
}
