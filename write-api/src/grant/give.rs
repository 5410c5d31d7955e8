//! `POST /datasets/{id}/grants`

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::{Asker, act};
use vault_commands::grant::{self, GrantInput, GrantView};
use vault_domain::{
    Action, DatasetId, ErrorCode, Role, UserId,
    grant::{GRANTABLE, Grantee},
};
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{
    error::problem,
    request::Command,
    respond::written,
    state::{WriteState, away},
};

/// Rights to a dataset, for a user or for everybody with a role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGrantBody {
    /// To this user of the tenant. Either this or `role`.
    user_id: Option<Uuid>,
    /// To everybody with this role.
    #[schema(value_type = Option<String>, example = "ml_engineer")]
    role: Option<Role>,
    /// What may be done: `dataset:read`, `dataset:update`, `dataset:delete`, `record:add` and `record:read`.
    #[schema(value_type = Vec<String>, example = json!(["dataset:read", "record:read"]))]
    actions: Vec<Action>,
    /// Until when, at most 366 days from now; for good, if not given.
    expires_at: Option<DateTime<Utc>>,
    /// Why, at most 1,024 bytes.
    reason: String,
}

impl NewGrantBody {
    fn check(self) -> Result<GrantInput, Problem> {
        let to = match (self.user_id, self.role) {
            (Some(user), None) => Grantee::User(UserId::from_uuid(user)),
            (None, Some(role)) => Grantee::Role(role),
            (Some(_), Some(_)) | (None, None) => {
                let message = "or role must be given, and not both";
                return Err(Problem::in_field(
                    "user_id",
                    ErrorCode::InvalidFieldValue,
                    message,
                ));
            }
        };
        Ok(GrantInput {
            to,
            actions: self.actions,
            expires_at: self.expires_at,
            reason: self.reason,
        })
    }
}

/// Rights to a dataset that were given.
#[derive(Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantBody {
    /// Its id.
    id: Uuid,
    /// The user to whom they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    /// The role to whose bearers they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// What may be done.
    actions: Vec<&'static str>,
    /// Why.
    reason: String,
    /// Since when.
    given_at: DateTime<Utc>,
    /// Until when, if it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

impl From<GrantView> for GrantBody {
    fn from(view: GrantView) -> Self {
        let grant = view.grant;
        let (user_id, role) = match grant.to {
            Grantee::User(user) => (Some(UserId::as_uuid(user)), None),
            Grantee::Role(role) => (None, Some(Role::name(role))),
        };
        Self {
            id: grant.grant_id.as_uuid(),
            user_id,
            role,
            actions: grant.actions.into_iter().map(Action::name).collect(),
            reason: view.reason,
            given_at: grant.given_at,
            expires_at: grant.expires_at,
        }
    }
}

/// Give somebody rights to a dataset, for a time. Nobody gives a right that it has not itself. This process knows of it at
/// once, all others do within a second.
#[utoipa::path(
    post, path = "/datasets/{id}/grants", tag = "Policies",
    params(("id" = Uuid, Path, description = "The dataset."), WriteHeaders),
    request_body = NewGrantBody,
    responses(
        (status = 201, description = "The rights are given.", body = GrantBody),
        (status = 409, description = "The dataset is archived, or has 1,000 grants in force."),
        ProblemResponses
    )
)]
pub(crate) async fn give(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    wait: ReadModelWait,
    command: Command<NewGrantBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::GrantManage>(&asker, id).await?;
    let input = command.body.check()?;
    require_all(&state, &asker, id, &input.actions).await?;
    let given = grant::give(&state.vault, &permit, &command.request, input)
        .await
        .map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::CREATED, given, GrantBody::from).await)
}

/// Whoever gives a right has it.
async fn require_all(
    state: &WriteState,
    asker: &Asker,
    dataset: DatasetId,
    actions: &[Action],
) -> Result<(), Problem> {
    for action in GRANTABLE.into_iter().filter(|action| actions.contains(action)) {
        let verdict = state.authorizer.verdict(asker, action, dataset.into()).await;
        if !verdict.map_err(away)?.allows() {
            let detail = format!(
                "You cannot give {}, which you may not do yourself.",
                action.name()
            );
            return Err(Problem::new(ErrorCode::PermissionDenied).with_detail(detail));
        }
    }
    Ok(())
}
