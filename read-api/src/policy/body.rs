//! A policy on the wire.

use serde::Serialize;
use utoipa::ToSchema;
use vault_access::policy::{ShippedPolicy, check_policy};
use vault_domain::policy::PolicyView;

/// A policy in the language Cedar.
#[derive(Serialize, ToSchema)]
pub(crate) struct PolicyBody {
    /// Its id: `role.` and a role, `platform.` and what it is about, or the UUID of a tenant's own.
    #[schema(example = "role.auditor")]
    id: String,
    /// `shipped` with the vault, or the tenant's `own`.
    origin: &'static str,
    /// What it is called; shipped ones have their id alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// `permit` or `forbid`; absent of a policy that this version of the vault cannot read: it denies everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'static str>,
    /// The policy itself.
    policy: String,
}

impl From<&ShippedPolicy> for PolicyBody {
    fn from(policy: &ShippedPolicy) -> Self {
        Self {
            id: policy.id.clone(),
            origin: "shipped",
            name: None,
            description: Some(policy.description.clone()),
            effect: Some(policy.effect),
            policy: policy.text.clone(),
        }
    }
}

impl From<PolicyView> for PolicyBody {
    fn from(view: PolicyView) -> Self {
        let content = view.content;
        Self {
            id: view.id.to_string(),
            origin: "own",
            name: Some(content.name),
            description: content.description,
            effect: check_policy(&content.policy).ok().map(|sound| sound.effect),
            policy: content.policy,
        }
    }
}
