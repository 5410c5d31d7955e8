//! Changing an aggregate that stands in one stream: decide, append, and decide again when another change came between.

use uuid::Uuid;
use vault_access::Principal;
use vault_domain::{Aggregate, DomainEvent, Operation};
use vault_event_store::{Append, AppendError, Guard, Loaded, StoredEvent, StreamId};

use crate::{
    dataset::encode,
    error::CommandError,
    idempotency::{Repeatable, look_up},
    request::{Request, Written, context},
    vault::Vault,
};

/// How often a change is decided again when others come between.
const MAX_ATTEMPTS: usize = 8;

/// What a change of one stream needs.
pub(crate) struct StreamChange<'a> {
    pub(crate) vault: &'a Vault,
    pub(crate) principal: &'a Principal,
    pub(crate) request: &'a Request,
    pub(crate) operation: Operation,
    /// The HTTP status of the answer.
    pub(crate) status: u16,
    /// The stream.
    pub(crate) id: Uuid,
    /// What must be open meanwhile.
    pub(crate) needs_open: Option<Guard>,
}

/// The event that a change made, and its sequence.
#[derive(Debug, Clone)]
pub(crate) struct Done<E> {
    pub(crate) event: E,
    pub(crate) sequence: u64,
}

impl StreamChange<'_> {
    /// Carries a command out that makes one event, if the check passes against the state that it is decided against.
    pub(crate) async fn run<A>(
        &self,
        command: A::Command,
        check: impl Fn(&A) -> Result<(), CommandError> + Send + Sync,
    ) -> Result<Written<Done<A::Event>>, CommandError>
    where
        A: Aggregate,
        A::Command: Clone + Send + Sync,
        CommandError: From<A::Refusal>,
    {
        let (vault, principal) = (self.vault, self.principal);
        let (repeatable, before) = look_up(vault, principal, self.request.idempotency.as_ref()).await?;
        if let Some(events) = before {
            return again(&events);
        }
        for _ in 0..MAX_ATTEMPTS {
            let loaded: Loaded<A> = vault.store.load(principal.tenant, self.id).await?;
            check(&loaded.aggregate)?;
            let (event, append) = self.decide(&loaded, command.clone(), repeatable.as_ref())?;
            match vault.appender.append(append).await {
                Ok(appended) => {
                    let sequence = loaded.sequence + 1;
                    return Ok(Written::now(Done { event, sequence }, appended));
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(AppendError::AnsweredBefore) => {
                    let repeatable = repeatable.as_ref().ok_or(CommandError::Contended)?;
                    let events = repeatable.events_before(vault, principal).await?;
                    return again(&events.unwrap_or_default());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Contended)
    }

    fn decide<A: Aggregate>(
        &self,
        loaded: &Loaded<A>,
        command: A::Command,
        repeatable: Option<&Repeatable>,
    ) -> Result<(A::Event, Append), CommandError>
    where
        CommandError: From<A::Refusal>,
    {
        let events = loaded
            .aggregate
            .decide(command, &context(self.vault.clock.now()))?;
        let metadata = self.request.metadata(self.principal, self.operation);
        let stream = StreamId {
            aggregate_type: A::TYPE,
            aggregate_id: self.id,
        };
        let mut append = encode(self.vault, stream, loaded.sequence, &metadata, &events)?;
        append.needs_open.extend(self.needs_open);
        append.rows.idempotency = repeatable.map(|repeatable| repeatable.row(self.vault, self.status));
        let event = events.into_iter().next().ok_or(CommandError::Contended)?;
        Ok((event, append))
    }
}

fn again<E: DomainEvent>(events: &[StoredEvent]) -> Result<Written<Done<E>>, CommandError> {
    let event = events.first().ok_or(CommandError::Contended)?;
    let done = Done {
        event: event.decode()?,
        sequence: event.sequence,
    };
    Ok(Written::again(done, event.position))
}
