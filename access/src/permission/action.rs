//! The actions as types, each with what it is done to.

use vault_domain::{Action, DatasetId, access::DeniedResource, approval::ApprovalTarget};

use super::{Act, Resource, TenantWide};

macro_rules! acts {
    ($($name:ident($target:ty),)+) => {
        /// The actions as types, so that a use case can name the one permit that it takes.
        pub mod act {
            use super::{Act, Action, DatasetId, TenantWide};

            $(
                #[doc = concat!("[`Action::", stringify!($name), "`] as a type.")]
                #[derive(Debug, Clone, Copy, PartialEq, Eq)]
                pub enum $name {}

                impl Act for $name {
                    const ACTION: Action = Action::$name;
                    type Target = $target;
                }
            )+
        }

        /// What an action is done to.
        #[must_use]
        pub const fn target_of(action: Action) -> TargetKind {
            match action {
                $(Action::$name => <$target>::KIND,)+
            }
        }
    };
}

acts! {
    DatasetCreate(TenantWide),
    DatasetList(TenantWide),
    DatasetRead(DatasetId),
    DatasetUpdate(DatasetId),
    DatasetDelete(DatasetId),
    RecordAdd(DatasetId),
    RecordRead(DatasetId),
    PrivacyScan(TenantWide),
    PrivacyAnonymize(TenantWide),
    PrivacyConfigure(TenantWide),
    AuditRead(TenantWide),
    KeyList(TenantWide),
    KeyRotate(TenantWide),
    ApiKeyManage(TenantWide),
    UserManage(TenantWide),
    PolicyRead(TenantWide),
    PolicyManage(TenantWide),
    GrantRead(DatasetId),
    GrantManage(DatasetId),
    SubjectRead(TenantWide),
    SubjectManage(TenantWide),
    SubjectErase(TenantWide),
    HealthDetailed(TenantWide),
    ApprovalRequest(TenantWide),
    ApprovalRead(TenantWide),
    ApprovalDecide(TenantWide),
    ApprovalBreakGlass(TenantWide),
}

/// What kind of thing an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// The tenant as a whole.
    Tenant,
    /// One dataset.
    Dataset,
}

/// The kind of a target.
trait Target {
    const KIND: TargetKind;
}

impl Target for TenantWide {
    const KIND: TargetKind = TargetKind::Tenant;
}

impl Target for DatasetId {
    const KIND: TargetKind = TargetKind::Dataset;
}

impl From<TenantWide> for Resource {
    fn from(_: TenantWide) -> Self {
        Self::Tenant
    }
}

impl From<DatasetId> for Resource {
    fn from(id: DatasetId) -> Self {
        Self::Dataset(id)
    }
}

impl From<Resource> for ApprovalTarget {
    fn from(resource: Resource) -> Self {
        match resource {
            Resource::Tenant => Self::Tenant,
            Resource::Dataset(id) => Self::Dataset(id),
        }
    }
}

impl From<Resource> for DeniedResource {
    fn from(resource: Resource) -> Self {
        match resource {
            Resource::Tenant => Self::Tenant,
            Resource::Dataset(id) => Self::Dataset(id),
        }
    }
}
