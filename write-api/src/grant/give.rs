//! `POST /datasets/{id}/grants`

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::{Asker, act};
use vault_commands::grant::{self, GrantInput};
use vault_domain::{
    Action, DatasetId, ErrorCode, Role, UserId,
    grant::{GRANTABLE, Grantee},
};
use vault_http::{
    ActionName, ApiPath, Asking, GrantBody, Problem, ProblemResponses, ReadModelWait, RoleName, WriteHeaders,
};

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
    #[schema(value_type = Option<RoleName>, example = "ml_engineer")]
    role: Option<Role>,
    /// What may be done: `dataset:read`, `dataset:update`, `dataset:delete`, `record:add` and `record:read`.
    #[schema(min_items = 1, value_type = Vec<ActionName>, example = json!(["dataset:read", "record:read"]))]
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
