//! A tenant's own policy on the wire.

use axum::{
    http::{StatusCode, header},
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::policy::check_policy;
use vault_commands::{Vault, Written, policy::PolicyInput};
use vault_domain::policy::PolicyView;
use vault_http::{ReadModelWait, entity_tag};

use crate::respond::written;

/// A policy of the tenant's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPolicyBody {
    /// What it is called, at most 128 bytes.
    #[schema(example = "No raw data for pipelines")]
    name: String,
    /// What it is for, at most 1,024 bytes.
    description: Option<String>,
    /// Exactly one policy in the language Cedar, at most 8 KiB; `GET /policies/schema` says what it can speak of.
    #[schema(
        example = "forbid (principal in Role::\"ingest\", action, resource is Dataset) when { resource.tags.contains(\"raw\") };"
    )]
    policy: String,
}

impl From<NewPolicyBody> for PolicyInput {
    fn from(body: NewPolicyBody) -> Self {
        Self {
            name: body.name,
            description: body.description,
            policy: body.policy,
        }
    }
}

/// A policy of the tenant's own, as it decides.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnPolicyBody {
    /// Its id, which explanations name.
    id: Uuid,
    /// Always `own`.
    origin: &'static str,
    /// What it is called.
    name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// `permit` or `forbid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'static str>,
    /// The policy itself.
    policy: String,
}

impl From<PolicyView> for OwnPolicyBody {
    fn from(view: PolicyView) -> Self {
        let content = view.content;
        Self {
            id: view.id.as_uuid(),
            origin: "own",
            name: content.name,
            description: content.description,
            effect: check_policy(&content.policy).ok().map(|sound| sound.effect),
            policy: content.policy,
        }
    }
}

/// Answers with a policy and its entity tag.
pub(super) async fn answer(
    vault: &Vault,
    wait: ReadModelWait,
    status: StatusCode,
    changed: Written<PolicyView>,
) -> Response {
    let tag = entity_tag(changed.value.sequence);
    let mut response = written(vault, wait, status, changed, OwnPolicyBody::from).await;
    response.headers_mut().insert(header::ETAG, tag);
    response
}
