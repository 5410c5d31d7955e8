//! What a principal may not do, and how much of it an answer may tell.

use vault_domain::{Action, DatasetId, ErrorCode};

use super::Resource;

/// The principal may not do this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the caller may not do {}", action.name())]
pub struct Denied {
    pub(super) action: Action,
    pub(super) resource: Resource,
    pub(super) visibility: Visibility,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visibility {
    Seen,
    Hidden,
    /// It is seen, and would be allowed with a second person's approval.
    Unapproved,
    /// The credential is good for other things only, whatever there is.
    OutOfScope,
}

impl Denied {
    /// What was denied.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.action
    }

    /// What it was denied of.
    #[must_use]
    pub const fn resource(&self) -> Resource {
        self.resource
    }

    /// The dataset that it was denied of, if what is answered depends on whether there is one.
    #[must_use]
    pub const fn dataset(&self) -> Option<DatasetId> {
        match (self.visibility, self.resource) {
            (Visibility::Seen | Visibility::Hidden | Visibility::Unapproved, Resource::Dataset(id)) => {
                Some(id)
            }
            (_, Resource::Tenant) | (Visibility::OutOfScope, _) => None,
        }
    }

    /// The same of something that does not exist: nobody sees that.
    #[must_use]
    pub const fn of_nothing(self) -> Self {
        Self {
            visibility: Visibility::Hidden,
            ..self
        }
    }

    /// The code to answer with: what a caller may not see does not exist for them.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self.visibility {
            Visibility::Seen => ErrorCode::PermissionDenied,
            Visibility::Unapproved => ErrorCode::PolicyViolation,
            Visibility::Hidden => ErrorCode::DatasetNotFound,
            Visibility::OutOfScope => ErrorCode::ScopeInsufficient,
        }
    }
}
