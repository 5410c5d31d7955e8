//! What is asked for.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::{Asker, Refusal, Resource, TargetKind, policy::Approval as Need, target_of};
use vault_commands::{approval::WishInput, dataset};
use vault_domain::{Action, DatasetId, ErrorCode};
use vault_http::{ActionName, Problem};

use crate::{
    error::problem,
    state::{WriteState, away},
};

/// What somebody wants to do, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WishBody {
    /// To do what.
    #[schema(value_type = ActionName, example = "record:read")]
    action: Action,
    /// To which dataset; needed for what is done to a dataset, and for nothing else.
    dataset_id: Option<Uuid>,
    /// Why, at most 1,024 bytes.
    reason: String,
    /// For how many minutes from when it is allowed: at most 1,440, and 60 when nobody is waited for. 60, if not given.
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 1440)]
    minutes: u32,
}

const fn an_hour() -> u32 {
    60
}

impl WishBody {
    pub(super) fn check(self) -> Result<WishInput, Problem> {
        let resource = match (target_of(self.action), self.dataset_id) {
            (TargetKind::Tenant, None) => Resource::Tenant,
            (TargetKind::Dataset, Some(id)) => Resource::Dataset(DatasetId::from_uuid(id)),
            (TargetKind::Dataset, None) => {
                let message = "is needed for an action that is done to a dataset";
                return Err(Problem::in_field(
                    "dataset_id",
                    ErrorCode::MissingRequiredField,
                    message,
                ));
            }
            (TargetKind::Tenant, Some(_)) => {
                let message = "must not be given for an action that is done to no dataset";
                return Err(Problem::in_field(
                    "dataset_id",
                    ErrorCode::InvalidFieldValue,
                    message,
                ));
            }
        };
        Ok(WishInput {
            action: self.action,
            resource,
            reason: self.reason,
            minutes: self.minutes,
        })
    }
}

/// An approval is for what the asker may do with it, and not without it.
pub(super) async fn require_want(state: &WriteState, asker: &Asker, wish: &WishInput) -> Result<(), Problem> {
    let (action, resource) = (wish.action, wish.resource);
    if asker.principal.is_in_scope(action) {
        let verdict = state.authorizer.verdict(asker, action, resource).await;
        if verdict.map_err(away)?.approval != Need::Unneeded {
            return Ok(());
        }
    }
    match state.authorizer.check(asker, action, resource).await {
        Ok(_) => {
            if let Resource::Dataset(id) = resource {
                let is_there = dataset::is_there(&state.vault, asker.principal.tenant, id).await;
                if !is_there.map_err(problem)? {
                    return Err(Problem::new(ErrorCode::DatasetNotFound));
                }
            }
            Err(Problem::new(ErrorCode::OperationNotPermitted)
                .with_status(axum::http::StatusCode::CONFLICT)
                .with_detail("You may do this already: no policy wants it approved."))
        }
        Err(Refusal::Denied(denied)) => state.refuse(asker, denied).await,
        Err(Refusal::Away(error)) => Err(away(error)),
    }
}
