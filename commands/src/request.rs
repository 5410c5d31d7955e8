//! What a use case is told of the request, and what it tells of the write.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_access::Principal;
use vault_domain::{Actor, Context, EventId, Metadata, Operation, TenantId, TraceParent, UserId};
use vault_event_store::Appended;

use crate::idempotency::IdempotencyRequest;

/// The request that a command comes from.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The request's id, which all its events share.
    pub correlation_id: Uuid,
    /// Where it stands in its trace.
    pub trace: Option<TraceParent>,
    /// Under which key the client may repeat it.
    pub idempotency: Option<IdempotencyRequest>,
}

impl Request {
    pub(crate) fn metadata(&self, principal: &Principal, operation: Operation) -> Metadata {
        Metadata {
            actor: principal.actor(),
            approval_id: principal.approval,
            ..self.metadata_of(principal.tenant, principal.user, operation)
        }
    }

    pub(crate) fn metadata_of(&self, tenant: TenantId, user: UserId, operation: Operation) -> Metadata {
        Metadata {
            tenant_id: tenant,
            actor: Actor::User(user),
            operation,
            correlation_id: EventId::from_uuid(self.correlation_id),
            causation_id: None,
            approval_id: None,
            trace: self.trace,
            client: None,
        }
    }
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// What the command answers with.
    pub value: T,
    /// The position of the last event, where there was one.
    pub position: Option<u64>,
    /// Whether the answer was given before, under the same idempotency key.
    pub replayed: bool,
}

impl<T> Written<T> {
    pub(crate) const fn now(value: T, appended: Appended) -> Self {
        Self {
            value,
            position: Some(appended.last_position),
            replayed: false,
        }
    }

    pub(crate) const fn nothing(value: T) -> Self {
        Self {
            value,
            position: None,
            replayed: false,
        }
    }

    pub(crate) fn map<U>(self, with: impl FnOnce(T) -> U) -> Written<U> {
        Written {
            value: with(self.value),
            position: self.position,
            replayed: self.replayed,
        }
    }

    pub(crate) const fn again(value: T, position: u64) -> Self {
        Self {
            value,
            position: Some(position),
            replayed: true,
        }
    }
}

pub(crate) const fn context(now: DateTime<Utc>) -> Context {
    Context { now }
}
