//! An approval on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_domain::{
    Actor, UserId,
    approval::{ApprovalTarget, ApprovalView, Course, Finding},
};

/// A second person's approval, or what was done without it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Approval)]
pub struct ApprovalBody {
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
