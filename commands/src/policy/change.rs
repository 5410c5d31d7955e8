//! Creating, replacing and deleting policies. A policy is checked against the schema before it is taken, so that what is
//! in the log can be asked.

use vault_access::{
    Permit, Principal, act,
    policy::{InvalidPolicy, check_policy},
};
use vault_crypto::Scope;
use vault_domain::{
    ErrorCode, Operation, PolicyId,
    policy::{NewPolicy, Policies, PolicyCommand, PolicyContent, PolicyEvent, PolicyView},
};

use super::{context as seal_context, open};
use crate::{
    error::CommandError,
    request::{Request, Written},
    stream::{Done, StreamChange},
    vault::Vault,
};

/// The longest name of a policy, in bytes.
const MAX_NAME_BYTES: usize = 128;
/// The longest description of a policy, in bytes.
const MAX_DESCRIPTION_BYTES: usize = 1_024;
const CREATED: u16 = 201;
const OK: u16 = 200;
const NO_CONTENT: u16 = 204;

/// A policy, as a client describes it.
pub type PolicyInput = PolicyContent;

/// Decides by one more policy from now on.
///
/// # Errors
/// `Invalid` for a bad field, `TooManyPolicies`, `TooManyWidePolicies`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.policy.create", skip_all)]
pub async fn create(
    vault: &Vault,
    permit: &Permit<act::PolicyManage>,
    request: &Request,
    input: &PolicyInput,
) -> Result<Written<PolicyView>, CommandError> {
    let id = PolicyId::from_uuid(vault.ids.next());
    let policy = seal(vault, permit.principal(), id, input).await?;
    let order = Order {
        operation: Operation::CreatePolicy,
        status: CREATED,
        command: PolicyCommand::Create(policy),
    };
    let done = order.run(vault, permit, request, |_| Ok(())).await?;
    view(vault, permit.principal(), done).await
}

/// Puts a policy in the place of another one, if `is_current` holds for the sequence at which that one stands.
///
/// # Errors
/// As [`create`], and `PolicyNotFound` and `StalePolicy`.
#[tracing::instrument(name = "commands.policy.replace", skip_all)]
pub async fn replace(
    vault: &Vault,
    permit: &Permit<act::PolicyManage>,
    request: &Request,
    id: PolicyId,
    input: &PolicyInput,
    is_current: impl Fn(u64) -> bool + Send + Sync,
) -> Result<Written<PolicyView>, CommandError> {
    let policy = seal(vault, permit.principal(), id, input).await?;
    let order = Order {
        operation: Operation::ReplacePolicy,
        status: OK,
        command: PolicyCommand::Replace(policy),
    };
    let done = order.run(vault, permit, request, current(id, is_current)).await?;
    view(vault, permit.principal(), done).await
}

/// Decides by a policy no more, if `is_current` holds for the sequence at which it stands.
///
/// # Errors
/// `PolicyNotFound`, `StalePolicy`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.policy.delete", skip_all)]
pub async fn delete(
    vault: &Vault,
    permit: &Permit<act::PolicyManage>,
    request: &Request,
    id: PolicyId,
    is_current: impl Fn(u64) -> bool + Send + Sync,
) -> Result<Written<()>, CommandError> {
    let order = Order {
        operation: Operation::DeletePolicy,
        status: NO_CONTENT,
        command: PolicyCommand::Delete(id),
    };
    let done = order.run(vault, permit, request, current(id, is_current)).await?;
    Ok(done.map(|_| ()))
}

fn current(
    id: PolicyId,
    is_current: impl Fn(u64) -> bool + Send + Sync,
) -> impl Fn(&Policies) -> Result<(), CommandError> + Send + Sync {
    move |policies| match policies.get(id) {
        Some(kept) if !is_current(kept.sequence) => Err(CommandError::StalePolicy),
        Some(_) | None => Ok(()),
    }
}

/// What is to be done.
struct Order {
    operation: Operation,
    status: u16,
    command: PolicyCommand,
}

impl Order {
    async fn run(
        self,
        vault: &Vault,
        permit: &Permit<act::PolicyManage>,
        request: &Request,
        check: impl Fn(&Policies) -> Result<(), CommandError> + Send + Sync,
    ) -> Result<Written<Done<PolicyEvent>>, CommandError> {
        let tenant = permit.principal().tenant;
        let change = StreamChange {
            vault,
            principal: permit.principal(),
            request,
            operation: self.operation,
            status: self.status,
            id: tenant.as_uuid(),
            needs_open: None,
        };
        let done = change.run(self.command, check).await;
        // whatever became of it: what may have changed is read again
        vault.rules.forget_policies(tenant);
        done
    }
}

async fn view(
    vault: &Vault,
    principal: &Principal,
    done: Written<Done<PolicyEvent>>,
) -> Result<Written<PolicyView>, CommandError> {
    let policy: NewPolicy = match done.value.event.clone() {
        PolicyEvent::Created(event) => event.into(),
        PolicyEvent::Replaced(event) => event.into(),
        PolicyEvent::Deleted(_) => return Err(CommandError::IdempotencyKeyReused),
    };
    let content = open(&vault.keys, principal.tenant, policy.id, &policy.content).await?;
    Ok(done.map(|done| PolicyView {
        id: policy.id,
        content,
        sequence: done.sequence,
    }))
}

async fn seal(
    vault: &Vault,
    principal: &Principal,
    id: PolicyId,
    input: &PolicyInput,
) -> Result<NewPolicy, CommandError> {
    check_texts(input)?;
    let sound = check_policy(&input.policy).map_err(|error| unsound(&error))?;
    let json = serde_json::to_vec(input).map_err(|error| CommandError::Internal(Box::new(error)))?;
    let tenant = principal.tenant;
    let key = vault.keys.content_key(tenant, Scope::Tenant).await?;
    Ok(NewPolicy {
        id,
        wide: sound.is_wide,
        content: key.seal_value(&seal_context(tenant, id), &json)?,
    })
}

fn check_texts(input: &PolicyInput) -> Result<(), CommandError> {
    let name = input.name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        let message = "must not be empty, and has no control characters";
        return Err(CommandError::invalid(
            "name",
            ErrorCode::InvalidFieldValue,
            message,
        ));
    }
    let description = input.description.as_deref().unwrap_or_default();
    for (field, text, most) in [
        ("name", input.name.as_str(), MAX_NAME_BYTES),
        ("description", description, MAX_DESCRIPTION_BYTES),
    ] {
        if text.len() > most {
            let message = format!("must have at most {most} bytes");
            return Err(CommandError::invalid(field, ErrorCode::FieldTooLong, message));
        }
    }
    Ok(())
}

fn unsound(error: &InvalidPolicy) -> CommandError {
    let code = match error {
        InvalidPolicy::TooLong => ErrorCode::FieldTooLong,
        InvalidPolicy::Syntax { .. } | InvalidPolicy::Schema { .. } | InvalidPolicy::AboutPolicies(_) => {
            ErrorCode::InvalidFieldValue
        }
    };
    CommandError::invalid("policy", code, error.to_string())
}
