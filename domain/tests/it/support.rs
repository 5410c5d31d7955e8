//! Given these facts, when this order comes, then these facts follow, or this refusal.

use std::fmt::Debug;

use chrono::DateTime;
use vault_domain::{Aggregate, Context};

/// An aggregate after its history.
pub(crate) struct Given<A>(A);

/// An aggregate with this history.
pub(crate) fn given<A: Aggregate>(history: impl AsRef<[A::Event]>) -> Given<A> {
    Given(replayed(history.as_ref()))
}

/// What an aggregate made of an order.
pub(crate) struct Decided<A: Aggregate>(Result<Vec<A::Event>, A::Refusal>);

impl<A: Aggregate> Given<A> {
    pub(crate) fn when(self, command: A::Command) -> Decided<A> {
        Decided(self.0.decide(command, &context()))
    }
}

impl<A: Aggregate> Decided<A>
where
    A::Refusal: Debug + PartialEq,
{
    /// Exactly these facts follow.
    #[track_caller]
    pub(crate) fn then(self, expected: impl Into<Vec<A::Event>>) {
        assert_eq!(self.0, Ok(expected.into()));
    }

    /// The order is taken, and changes nothing.
    #[track_caller]
    pub(crate) fn then_nothing(self) {
        assert_eq!(self.0, Ok(vec![]));
    }

    /// The order is refused for this reason.
    #[track_caller]
    pub(crate) fn then_refused(self, expected: A::Refusal) {
        assert_eq!(self.0, Err(expected));
    }
}

/// The state after these facts.
pub(crate) fn replayed<A: Aggregate>(history: &[A::Event]) -> A {
    let mut aggregate = A::default();
    for event in history {
        aggregate.evolve(event);
    }
    aggregate
}

/// A moment.
pub(crate) fn context() -> Context {
    Context {
        now: DateTime::from_timestamp(1_780_000_000, 0).expect("within chrono's range"),
    }
}

/// A state means the same after it was stored as a snapshot.
#[track_caller]
pub(crate) fn assert_survives_a_snapshot<A: Aggregate + PartialEq>(history: &[A::Event]) {
    let state: A = replayed(history);
    let stored = serde_json::to_string(&state).expect("a state is JSON");
    assert_eq!(serde_json::from_str::<A>(&stored).ok(), Some(state));
}
