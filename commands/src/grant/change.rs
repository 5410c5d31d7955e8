//! Giving rights to a dataset, and taking them back.

use chrono::{DateTime, SubsecRound, Utc};
use vault_access::{Permit, act};
use vault_crypto::Scope;
use vault_domain::{
    Action, ErrorCode, GrantId, Operation,
    grant::{GrantCommand, GrantEvent, GrantGiven, GrantView, Grantee, Grants},
};
use vault_event_store::Guard;

use super::{context as seal_context, open};
use crate::{
    error::CommandError,
    request::{Request, Written},
    stream::StreamChange,
    vault::Vault,
};

/// The longest reason, in bytes.
const MAX_REASON_BYTES: usize = 1_024;
const CREATED: u16 = 201;
const NO_CONTENT: u16 = 204;

/// A grant, as a client describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantInput {
    /// To whom.
    pub to: Grantee,
    /// To do what.
    pub actions: Vec<Action>,
    /// Until when, if it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: String,
}

/// Gives rights to a dataset.
///
/// # Errors
/// `Invalid` for a bad field, `DatasetNotFound`, `DatasetArchived`, `TooManyGrants`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.grant.give", skip_all)]
pub async fn give(
    vault: &Vault,
    permit: &Permit<act::GrantManage>,
    request: &Request,
    input: GrantInput,
) -> Result<Written<GrantView>, CommandError> {
    check_reason(&input.reason)?;
    let (tenant, dataset) = (permit.principal().tenant, permit.target());
    let grant_id = GrantId::from_uuid(vault.ids.next());
    let key = vault.keys.content_key(tenant, Scope::Tenant).await?;
    let mut actions = input.actions;
    actions.sort_unstable();
    actions.dedup();
    let grant = GrantGiven {
        grant_id,
        to: input.to,
        actions,
        reason: key.seal_value(&seal_context(tenant, grant_id), input.reason.as_bytes())?,
        given_at: vault.clock.now().trunc_subsecs(6),
        expires_at: input.expires_at.map(|end| end.trunc_subsecs(6)),
    };
    let change = StreamChange {
        vault,
        principal: permit.principal(),
        request,
        operation: Operation::GiveGrant,
        status: CREATED,
        id: dataset.as_uuid(),
        needs_open: Some(Guard::dataset(dataset)),
    };
    let done = change.run(GrantCommand::Give(grant), |_: &Grants| Ok(())).await;
    vault.rules.forget_grants(tenant, dataset);
    let done = done?;
    let GrantEvent::Given(grant) = done.value.event.clone() else {
        return Err(CommandError::IdempotencyKeyReused);
    };
    let reason = open(&vault.keys, tenant, grant.grant_id, &grant.reason).await?;
    Ok(done.map(|_| GrantView { grant, reason }))
}

/// Takes rights to a dataset back.
///
/// # Errors
/// `GrantNotFound`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.grant.revoke", skip_all)]
pub async fn revoke(
    vault: &Vault,
    permit: &Permit<act::GrantManage>,
    request: &Request,
    id: GrantId,
) -> Result<Written<()>, CommandError> {
    let (tenant, dataset) = (permit.principal().tenant, permit.target());
    let change = StreamChange {
        vault,
        principal: permit.principal(),
        request,
        operation: Operation::RevokeGrant,
        status: NO_CONTENT,
        id: dataset.as_uuid(),
        needs_open: None,
    };
    let done = change.run(GrantCommand::Revoke(id), |_: &Grants| Ok(())).await;
    vault.rules.forget_grants(tenant, dataset);
    Ok(done?.map(|_| ()))
}

fn check_reason(reason: &str) -> Result<(), CommandError> {
    if reason.trim().is_empty() {
        let message = "must say why";
        return Err(CommandError::invalid(
            "reason",
            ErrorCode::InvalidFieldValue,
            message,
        ));
    }
    if reason.len() > MAX_REASON_BYTES {
        let message = format!("must have at most {MAX_REASON_BYTES} bytes");
        return Err(CommandError::invalid("reason", ErrorCode::FieldTooLong, message));
    }
    Ok(())
}
