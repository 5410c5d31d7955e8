//! `GET /policies`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use vault_access::{
    TenantWide, act,
    policy::{ShippedPolicy, shipped_policies},
};
use vault_http::{Caller, Problem, ProblemResponses};

use crate::state::ReadState;

/// All policies.
#[derive(Serialize, ToSchema)]
pub(crate) struct PoliciesBody {
    /// They, by id.
    items: Vec<PolicyBody>,
}

/// A policy in the language Cedar.
#[derive(Serialize, ToSchema)]
pub(crate) struct PolicyBody {
    /// Its id: `role.` and a role, or `platform.` and what it is about.
    #[schema(example = "role.auditor")]
    id: &'static str,
    /// What it is for.
    description: &'static str,
    /// `permit` or `forbid`.
    effect: &'static str,
    /// The policy itself.
    policy: &'static str,
}

impl From<&'static ShippedPolicy> for PolicyBody {
    fn from(policy: &'static ShippedPolicy) -> Self {
        Self {
            id: &policy.id,
            description: &policy.description,
            effect: policy.effect,
            policy: &policy.text,
        }
    }
}

/// The policies that decide: what the platform forbids, and what each role allows.
#[utoipa::path(
    get, path = "/policies", tag = "Policies",
    responses((status = 200, description = "The policies.", body = PoliciesBody), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Caller(principal): Caller,
) -> Result<Json<PoliciesBody>, Problem> {
    state.permit::<act::PolicyRead>(&principal, TenantWide).await?;
    let items = shipped_policies().iter().map(PolicyBody::from).collect();
    Ok(Json(PoliciesBody { items }))
}
