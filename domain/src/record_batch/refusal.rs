//! Why a batch says no.

/// The reason why a batch refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordBatchRefusal {
    /// There is nothing to add.
    #[error("a batch needs at least one record")]
    Empty,
    /// There is too much to add at once.
    #[error("a batch holds at most {max} records")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// The batch was added before.
    #[error("the batch was added before")]
    AlreadyAdded,
}
