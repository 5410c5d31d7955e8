//! Why a dataset says no.

/// The reason why a dataset refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatasetRefusal {
    /// It exists already.
    #[error("the dataset exists already")]
    AlreadyExists,
    /// It never existed.
    #[error("there is no such dataset")]
    Unknown,
    /// It is archived.
    #[error("the dataset is archived")]
    Archived,
    /// It was deleted.
    #[error("the dataset was deleted")]
    Deleted,
}
