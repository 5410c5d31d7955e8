//! What is asked for, and how an approval is shown.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::{Asker, Refusal, Resource, TargetKind, policy::Approval as Need, target_of};
use vault_commands::approval::{ApprovalView, WishInput};
use vault_domain::{
    Action, Actor, DatasetId, ErrorCode, UserId,
    approval::{ApprovalTarget, Course, Finding},
};
use vault_http::Problem;

use crate::state::{WriteState, away};

/// What somebody wants to do, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WishBody {
    /// To do what.
    #[schema(value_type = String, example = "record:read")]
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
        Ok(_) => Err(Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(axum::http::StatusCode::CONFLICT)
            .with_detail("You may do this already: no policy wants it approved.")),
        Err(Refusal::Denied(denied)) => state.refuse(asker, denied).await,
        Err(Refusal::Away(error)) => Err(away(error)),
    }
}

/// A second person's approval, or what was done without it.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
pub(crate) struct ApprovalBody {
    /// Its id.
    id: Uuid,
    /// What becomes of it: `open`, `in_force`, `refused`, `withdrawn` or `expired`.
    state: &'static str,
    /// Whether nobody was waited for.
    break_glass: bool,
    /// What the review of that found: `pending`, `justified` or `unjustified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<&'static str>,
    /// The user who asks.
    user_id: Option<Uuid>,
    /// The API key by which the user asks: the approval is for that key alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<Uuid>,
    /// To do what.
    action: &'static str,
    /// To which dataset, if to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_id: Option<Uuid>,
    /// Why.
    reason: String,
    /// When it was asked for.
    requested_at: DateTime<Utc>,
    /// Until when it may be decided on, or holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    /// The second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<Uuid>,
    /// When the second person decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<DateTime<Utc>>,
    /// What the second person says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl From<ApprovalView> for ApprovalBody {
    fn from(view: ApprovalView) -> Self {
        let approval = view.approval;
        let (decided_by, decided_at) = match &approval.course {
            Course::Given(given) => (Some(given.approver), Some(given.given_at)),
            Course::Refused(refused) => (Some(refused.approver), Some(refused.refused_at)),
            Course::Reviewed { review, .. } => (Some(review.reviewer), Some(review.reviewed_at)),
            Course::Asked { .. } | Course::Withdrawn(_) | Course::Broken { .. } => (None, None),
        };
        let review = match &approval.course {
            Course::Broken { .. } => Some("pending"),
            Course::Reviewed { review, .. } => Some(match review.finding {
                Finding::Justified => "justified",
                Finding::Unjustified => "unjustified",
            }),
            Course::Asked { .. } | Course::Given(_) | Course::Refused(_) | Course::Withdrawn(_) => None,
        };
        let api_key_id = match approval.wish.requester {
            Actor::Program(program) => Some(program.api_key.as_uuid()),
            Actor::User(_) | Actor::System => None,
        };
        let dataset_id = match approval.wish.target {
            ApprovalTarget::Dataset(id) => Some(id.as_uuid()),
            ApprovalTarget::Tenant => None,
        };
        Self {
            id: approval.id.as_uuid(),
            state: approval.state(view.now).name(),
            break_glass: review.is_some(),
            review,
            user_id: approval.wish.requester.user().map(UserId::as_uuid),
            api_key_id,
            action: approval.wish.action.name(),
            dataset_id,
            reason: view.reason,
            requested_at: approval.requested_at,
            expires_at: approval.until(),
            decided_by: decided_by.map(UserId::as_uuid),
            decided_at,
            note: view.note,
        }
    }
}
