//! What a second person says.

use vault_access::{Permit, act};
use vault_domain::{
    ApprovalId, Operation,
    approval::{ApprovalCommand, ApprovalView, Finding},
    field,
};

use super::{Order, check_text};
use crate::{
    error::CommandError,
    request::{Request, Written},
    vault::Vault,
};

/// Approves what somebody else asked for.
///
/// # Errors
/// `Invalid` for a bad note, `ApprovalNotFound`, `ApprovalNotInState`, `OwnApproval`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.approval.give", skip_all)]
pub async fn give(
    vault: &Vault,
    permit: &Permit<act::ApprovalDecide>,
    request: &Request,
    id: ApprovalId,
    note: Option<&str>,
) -> Result<Written<ApprovalView>, CommandError> {
    let order = Order::of_decision(vault, permit, request, Operation::GiveApproval);
    let approver = permit.principal().user;
    let note = order.seal_note(id, note).await?;
    let done = order.run(ApprovalCommand::Give { id, approver, note }).await?;
    order.view(done, id).await
}

/// Refuses what somebody else asked for, or takes an approval back.
///
/// # Errors
/// As [`give`].
#[tracing::instrument(name = "commands.approval.refuse", skip_all)]
pub async fn refuse(
    vault: &Vault,
    permit: &Permit<act::ApprovalDecide>,
    request: &Request,
    id: ApprovalId,
    note: Option<&str>,
) -> Result<Written<ApprovalView>, CommandError> {
    let order = Order::of_decision(vault, permit, request, Operation::RefuseApproval);
    let approver = permit.principal().user;
    let note = order.seal_note(id, note).await?;
    let done = order.run(ApprovalCommand::Refuse { id, approver, note }).await?;
    order.view(done, id).await
}

/// Says what a look at a broken glass found.
///
/// # Errors
/// As [`give`].
#[tracing::instrument(name = "commands.approval.review", skip_all)]
pub async fn review(
    vault: &Vault,
    permit: &Permit<act::ApprovalDecide>,
    request: &Request,
    id: ApprovalId,
    finding: Finding,
    note: &str,
) -> Result<Written<ApprovalView>, CommandError> {
    check_text("note", note)?;
    let order = Order::of_decision(vault, permit, request, Operation::ReviewBrokenGlass);
    let command = ApprovalCommand::Review {
        id,
        reviewer: permit.principal().user,
        finding,
        note: order.seal(field::APPROVAL_NOTE, id, note).await?,
    };
    let done = order.run(command).await?;
    order.view(done, id).await
}
