//! The reasons why a subject refuses an order.

/// The reason why a subject refuses an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubjectRefusal {
    /// No record names it.
    #[error("there is no such subject")]
    Unknown,
    /// It must not be erased.
    #[error("the subject is held")]
    Held,
    /// It was erased.
    #[error("the subject was erased")]
    Erased,
}
