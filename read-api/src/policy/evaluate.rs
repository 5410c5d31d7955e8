//! `POST /policies/evaluate`

use std::net::IpAddr;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::{
    Asker, Credential, Login, Principal, Resource, Role, TargetKind, TenantWide, act,
    policy::{Approval, InvalidPolicy, TenantPolicies, TenantPolicy, check_policy, roles_that_would},
    target_of,
};
use vault_domain::{Action, DatasetId, ErrorCode, SessionId, UserId};
use vault_http::{ActionName, ApiJson, Asking, Problem, ProblemResponses, RoleName, WholeNumber};
use vault_queries::{Moment, dataset};

use crate::{
    error::problem,
    state::{ReadState, away},
};

/// The most policies that are tried at a time.
const MAX_TRIED: usize = 50;
/// The longest ago that a second factor was given.
const MAX_FACTOR_AGE_S: u64 = 366 * 24 * 60 * 60;

type FactorAge = WholeNumber<0, MAX_FACTOR_AGE_S>;

/// May this caller do this, to this, at this time?
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionBody {
    /// To do what.
    #[schema(value_type = ActionName, example = "record:read")]
    action: Action,
    /// To which dataset; needed for what is done to a dataset.
    dataset_id: Option<Uuid>,
    /// Who; whoever asks, if nobody.
    principal: Option<PrincipalBody>,
    /// When; now, if at no time.
    at: Option<DateTime<Utc>>,
    /// From which address; the asker's own, if from none.
    #[schema(value_type = Option<String>, example = "192.0.2.1")]
    address: Option<IpAddr>,
    /// Policies to try out beside the tenant's own, each in the language Cedar, at most 50. They are not kept.
    #[serde(default)]
    #[schema(max_items = 50)]
    policies: Vec<String>,
}

/// Somebody of the tenant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrincipalBody {
    /// The user, where policies name one.
    user_id: Option<Uuid>,
    /// The user's roles.
    #[schema(value_type = Vec<RoleName>, example = json!(["auditor"]))]
    roles: Vec<Role>,
    /// How many seconds ago the user gave a second factor, if at all; at most 366 days.
    #[schema(inline)]
    mfa_age_s: Option<FactorAge>,
}

/// The answer, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnswerBody {
    /// `allow` or `deny`.
    decision: &'static str,
    /// What permits: shipped policies by name, the tenant's own by id, `grant.` and the id of a grant, and those that were
    /// tried as `tried.0`, `tried.1` and so on.
    permitting: Vec<String>,
    /// The policies that forbid: one is enough to deny.
    forbidding: Vec<String>,
    /// The policies that cannot be evaluated: one is enough to deny.
    failing: Vec<String>,
    /// Which shipped roles would allow it, when it is denied because nothing permits it.
    roles_that_would: Vec<&'static str>,
    /// What a second person's approval is to it: `unneeded`, `wanted` (with one it would be allowed) or `used`.
    approval: &'static str,
}

/// What the policies say of an action, and what is missing. Nothing is done.
#[utoipa::path(
    post, path = "/policies/evaluate", tag = "Policies", request_body = QuestionBody,
    responses((status = 200, description = "The answer.", body = AnswerBody), ProblemResponses)
)]
pub(crate) async fn evaluate(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiJson(body): ApiJson<QuestionBody>,
) -> Result<Json<AnswerBody>, Problem> {
    state.permit::<act::PolicyRead>(&asker, TenantWide).await?;
    let policies = tried(&body.policies)?;
    let resource = match target_of(body.action) {
        TargetKind::Tenant => Resource::Tenant,
        TargetKind::Dataset => {
            let id = DatasetId::from_uuid(body.dataset_id.ok_or_else(no_dataset)?);
            let permit = state.permit::<act::DatasetRead>(&asker, id).await?;
            let row = dataset::get(&state.queries, &permit, Moment::Now).await;
            row.map_err(problem)?;
            Resource::Dataset(id)
        }
    };
    let now = body.at.unwrap_or(asker.now);
    let asked_for = Asker {
        now,
        address: body.address.unwrap_or(asker.address),
        principal: match body.principal {
            None => asker.principal,
            Some(other) => other.within(&asker.principal, now),
        },
    };
    let verdict = state
        .authorizer
        .verdict_with(&policies, &asked_for, body.action, resource)
        .await
        .map_err(away)?;
    let would = verdict.is_unmet().then(|| roles_that_would(body.action));
    Ok(Json(AnswerBody {
        approval: match verdict.approval {
            Approval::Unneeded => "unneeded",
            Approval::Wanted => "wanted",
            Approval::Used(_) => "used",
        },
        decision: if verdict.allows() { "allow" } else { "deny" },
        permitting: verdict.permitting,
        forbidding: verdict.forbidding,
        failing: verdict.failing,
        roles_that_would: would.into_iter().flatten().map(Role::name).collect(),
    }))
}

impl PrincipalBody {
    fn within(self, caller: &Principal, now: DateTime<Utc>) -> Principal {
        let age = self.mfa_age_s.and_then(|age| i64::try_from(age.get()).ok());
        Principal {
            tenant: caller.tenant,
            user: UserId::from_uuid(self.user_id.unwrap_or_default()),
            credential: Credential::Session(Login {
                session: SessionId::from_uuid(Uuid::nil()),
                at_s: now.timestamp(),
                mfa_at_s: age.map(|age| now.timestamp().saturating_sub(age)),
            }),
            roles: self.roles.into_iter().collect(),
            approval: None,
        }
    }
}

/// The policies to try, if all of them are sound.
fn tried(texts: &[String]) -> Result<TenantPolicies, Problem> {
    if texts.len() > MAX_TRIED {
        return Err(Problem::in_field(
            "policies",
            ErrorCode::InvalidFieldValue,
            format!("at most {MAX_TRIED} policies are tried at a time"),
        ));
    }
    let mut policies = Vec::with_capacity(texts.len());
    for (number, text) in texts.iter().enumerate() {
        check_policy(text).map_err(|error| unsound(number, &error))?;
        policies.push(TenantPolicy {
            id: format!("tried.{number}"),
            text: text.clone(),
        });
    }
    Ok(TenantPolicies::new(&policies))
}

fn unsound(number: usize, error: &InvalidPolicy) -> Problem {
    Problem::in_field(
        format!("policies[{number}]"),
        ErrorCode::InvalidFieldValue,
        error.to_string(),
    )
}

fn no_dataset() -> Problem {
    let message = "is needed for an action that is done to a dataset";
    Problem::in_field("dataset_id", ErrorCode::MissingRequiredField, message)
}
