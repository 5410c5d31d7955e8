//! Asking for an approval, doing without it, and going ahead.

use vault_access::{Permit, Resource, act};
use vault_domain::{
    Action, ApprovalId, DatasetId, Operation,
    approval::{ApprovalCommand, ApprovalEvent, ApprovalView, Wish},
    dataset::Dataset,
    field,
};

use super::{Order, check_text};
use crate::{
    error::CommandError,
    request::{Request, Written},
    vault::Vault,
};

const CREATED: u16 = 201;
const NO_CONTENT: u16 = 204;

/// What a client wants to do, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishInput {
    /// To do what.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// Why.
    pub reason: String,
    /// For how long.
    pub minutes: u32,
}

/// Asks for a second person's approval.
///
/// # Errors
/// `Invalid` for a bad field, `DatasetNotFound`, `TooManyApprovals`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.approval.request", skip_all)]
pub async fn request(
    vault: &Vault,
    permit: &Permit<act::ApprovalRequest>,
    request: &Request,
    input: &WishInput,
) -> Result<Written<ApprovalView>, CommandError> {
    let order = Order {
        vault,
        principal: permit.principal(),
        request,
        operation: Operation::RequestApproval,
        status: CREATED,
    };
    let id = ApprovalId::from_uuid(vault.ids.next());
    let wish = order.wish(id, input).await?;
    let minutes = input.minutes;
    let done = order.run(ApprovalCommand::Request { id, wish, minutes }).await?;
    order.created(done).await
}

/// Goes ahead without waiting for a second person, who reviews it afterwards.
///
/// # Errors
/// As [`request`].
#[tracing::instrument(name = "commands.approval.break_glass", skip_all)]
pub async fn break_glass(
    vault: &Vault,
    permit: &Permit<act::ApprovalBreakGlass>,
    request: &Request,
    input: &WishInput,
) -> Result<Written<ApprovalView>, CommandError> {
    let order = Order {
        vault,
        principal: permit.principal(),
        request,
        operation: Operation::BreakGlass,
        status: CREATED,
    };
    let id = ApprovalId::from_uuid(vault.ids.next());
    let wish = order.wish(id, input).await?;
    let minutes = input.minutes;
    let done = order
        .run(ApprovalCommand::BreakGlass { id, wish, minutes })
        .await?;
    order.created(done).await
}

/// Does without what the caller asked for.
///
/// # Errors
/// `ApprovalNotFound`, `ApprovalNotInState`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.approval.withdraw", skip_all)]
pub async fn withdraw(
    vault: &Vault,
    permit: &Permit<act::ApprovalRequest>,
    request: &Request,
    id: ApprovalId,
) -> Result<Written<()>, CommandError> {
    let order = Order {
        vault,
        principal: permit.principal(),
        request,
        operation: Operation::WithdrawApproval,
        status: NO_CONTENT,
    };
    let requester = permit.principal().actor();
    let done = order.run(ApprovalCommand::Withdraw { id, requester }).await?;
    Ok(done.map(|_| ()))
}

impl Order<'_> {
    async fn wish(&self, id: ApprovalId, input: &WishInput) -> Result<Wish, CommandError> {
        check_text("reason", &input.reason)?;
        if let Resource::Dataset(dataset) = input.resource {
            self.require_dataset(dataset).await?;
        }
        Ok(Wish {
            requester: self.principal.actor(),
            action: input.action,
            target: input.resource.into(),
            reason: self.seal(field::APPROVAL_REASON, id, &input.reason).await?,
        })
    }

    async fn require_dataset(&self, id: DatasetId) -> Result<(), CommandError> {
        let store = &self.vault.store;
        let loaded = store.load::<Dataset>(self.principal.tenant, id.as_uuid()).await?;
        match loaded.aggregate.name_hash() {
            Some(_) => Ok(()),
            None => Err(CommandError::DatasetNotFound),
        }
    }

    /// The approval that was made now, or when the same was asked for before.
    async fn created(&self, done: Written<ApprovalEvent>) -> Result<Written<ApprovalView>, CommandError> {
        let id = match &done.value {
            ApprovalEvent::Requested(requested) => requested.approval_id,
            ApprovalEvent::GlassBroken(broken) => broken.approval_id,
            ApprovalEvent::Given(_)
            | ApprovalEvent::Refused(_)
            | ApprovalEvent::Withdrawn(_)
            | ApprovalEvent::Reviewed(_) => return Err(CommandError::IdempotencyKeyReused),
        };
        self.view(done, id).await
    }
}
