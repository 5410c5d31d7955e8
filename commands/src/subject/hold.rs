//! Legal holds and restrictions: what keeps an erasure, or every read, back.

use vault_access::{Permit, act};
use vault_crypto::Scope;
use vault_domain::{
    Aggregate, ErrorCode, Operation, SubjectId, field,
    subject::{Subject, SubjectCommand},
};
use vault_event_store::{AppendError, StreamId};

use super::{
    name::{SubjectName, load},
    resolve::name_context,
};
use crate::{
    dataset::encode,
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written, context},
    vault::Vault,
};

const OK: u16 = 200;
/// The longest reason, in Unicode code points.
const MAX_REASON_CHARS: usize = 1_000;
/// How often it is tried again when others change the subject at the same time.
const MAX_ATTEMPTS: u32 = 8;

/// Keeps a subject from being erased.
///
/// # Errors
/// `Invalid` for the reason, `SubjectNotFound`, `SubjectErased`, or a fault.
pub async fn hold(
    vault: &Vault,
    permit: &Permit<act::SubjectManage>,
    request: &Request,
    name: &SubjectName,
    reason: &str,
) -> Result<Written<SubjectId>, CommandError> {
    if !(1..=MAX_REASON_CHARS).contains(&reason.chars().count()) {
        let message = format!("must be 1 to {MAX_REASON_CHARS} characters");
        return Err(CommandError::invalid(
            "reason",
            ErrorCode::InvalidFieldValue,
            message,
        ));
    }
    let order = Order::Hold(reason);
    change(vault, permit, request, name, Operation::HoldSubject, order).await
}

/// Lets a subject be erased again.
///
/// # Errors
/// `SubjectNotFound`, `SubjectErased`, or a fault.
pub async fn release_hold(
    vault: &Vault,
    permit: &Permit<act::SubjectManage>,
    request: &Request,
    name: &SubjectName,
) -> Result<Written<SubjectId>, CommandError> {
    let order = Order::Plain(SubjectCommand::ReleaseHold);
    change(vault, permit, request, name, Operation::HoldSubject, order).await
}

/// Keeps a subject's records from being read.
///
/// # Errors
/// As [`release_hold`].
pub async fn restrict(
    vault: &Vault,
    permit: &Permit<act::SubjectManage>,
    request: &Request,
    name: &SubjectName,
) -> Result<Written<SubjectId>, CommandError> {
    let order = Order::Plain(SubjectCommand::Restrict);
    change(vault, permit, request, name, Operation::RestrictSubject, order).await
}

/// Lets a subject's records be read again.
///
/// # Errors
/// As [`release_hold`].
pub async fn lift_restriction(
    vault: &Vault,
    permit: &Permit<act::SubjectManage>,
    request: &Request,
    name: &SubjectName,
) -> Result<Written<SubjectId>, CommandError> {
    let order = Order::Plain(SubjectCommand::LiftRestriction);
    change(vault, permit, request, name, Operation::RestrictSubject, order).await
}

enum Order<'a> {
    Hold(&'a str),
    Plain(SubjectCommand),
}

async fn change(
    vault: &Vault,
    permit: &Permit<act::SubjectManage>,
    request: &Request,
    name: &SubjectName,
    operation: Operation,
    order: Order<'_>,
) -> Result<Written<SubjectId>, CommandError> {
    let principal = permit.principal();
    let tenant = principal.tenant;
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(event) = before.as_ref().and_then(|events| events.first()) {
        let id = event.aggregate_id.parse::<SubjectId>();
        let id = id.map_err(|error| CommandError::Internal(Box::new(error)))?;
        return Ok(Written::again(id, event.position));
    }
    let metadata = request.metadata(principal, operation);
    for _ in 0..MAX_ATTEMPTS {
        let (id, loaded) = load(vault, tenant, name).await?;
        let command = match &order {
            Order::Plain(command) => command.clone(),
            Order::Hold(_) if loaded.aggregate.erasure().is_some() => {
                return Err(CommandError::SubjectErased);
            }
            Order::Hold(reason) => {
                let keys = vault.keys.scope_keys(tenant, Scope::Subject(id)).await?;
                let mut place = name_context(tenant, id);
                place.label = vault_crypto::Label::Field(field::SUBJECT_HOLD_REASON);
                let reason = keys.values.seal_value(&place, reason.as_bytes())?;
                SubjectCommand::Hold { reason }
            }
        };
        let events = loaded.aggregate.decide(command, &context(vault.clock.now()))?;
        if events.is_empty() {
            return Ok(Written::nothing(id));
        }
        let stream = StreamId {
            aggregate_type: Subject::TYPE,
            aggregate_id: id.as_uuid(),
        };
        let mut append = encode(vault, stream, loaded.sequence, &metadata, &events)?;
        append.rows.idempotency = repeatable.map(|repeatable| repeatable.row(vault, OK));
        match vault.appender.append(append).await {
            Ok(appended) => return Ok(Written::now(id, appended)),
            Err(AppendError::Conflict { .. } | AppendError::AnsweredBefore) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Contended)
}
