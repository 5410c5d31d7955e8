//! Use cases of operators about projections. No request reaches them.

use vault_crypto::{Label, Scope, SealContext};
use vault_domain::{
    Aggregate, EventId, Operation, field,
    projection::{ProjectionName, ProjectionSkipped, Skip, SkipCommand, SkipRefusal},
};
use vault_event_store::{Append, AppendError, StoredEvent, StreamId};

use crate::{error::CommandError, request::context, tenant::system_metadata, vault::Vault};

/// Whether an event was let go before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipDecision {
    /// It is now.
    Now,
    /// It was, by the same or another operator; the reason that was given then stands.
    Before,
}

/// Writes down, in the event's own tenant, that a projection passes over an event, and why.
///
/// # Errors
/// A fault.
pub async fn skip_event(
    vault: &Vault,
    projection: ProjectionName,
    event: &StoredEvent,
    reason: &str,
) -> Result<SkipDecision, CommandError> {
    let tenant = event.tenant_id;
    let id = Skip::stream_id(projection, event.position);
    let key = vault.keys.content_key(tenant, Scope::Tenant).await?;
    let place = SealContext {
        tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(field::SKIP_REASON, id),
    };
    let command = SkipCommand::Skip(ProjectionSkipped {
        projection,
        position: event.position,
        reason: key.seal_value(&place, reason.as_bytes())?,
    });
    let events = Skip::default()
        .decide(command, &context(vault.clock.now()))
        .map_err(|refusal: SkipRefusal| CommandError::Internal(Box::new(refusal)))?;
    let mut metadata = system_metadata(vault, tenant, Operation::SkipEvent);
    metadata.causation_id = Some(event.event_id);
    let stream = StreamId {
        aggregate_type: Skip::TYPE,
        aggregate_id: id,
    };
    let append = Append::new(stream, 0, &metadata, &events, || {
        EventId::from_uuid(vault.ids.next())
    })?;
    match vault.appender.append(append).await {
        Ok(_) => Ok(SkipDecision::Now),
        Err(AppendError::Conflict { .. }) => Ok(SkipDecision::Before),
        Err(error) => Err(error.into()),
    }
}

/// Whether it was written down that a projection passes over an event.
///
/// # Errors
/// When the log cannot be read.
pub async fn is_skipped(
    vault: &Vault,
    projection: ProjectionName,
    event: &StoredEvent,
) -> Result<bool, CommandError> {
    let id = Skip::stream_id(projection, event.position);
    let skip = vault.store.load::<Skip>(event.tenant_id, id).await?;
    Ok(skip.sequence > 0)
}
