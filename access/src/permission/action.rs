//! The actions as types, each with what it is done to.

use vault_domain::{Action, DatasetId, access::DeniedResource};

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
    HealthDetailed(TenantWide),
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

impl From<Resource> for DeniedResource {
    fn from(resource: Resource) -> Self {
        match resource {
            Resource::Tenant => Self::Tenant,
            Resource::Dataset(id) => Self::Dataset(id),
        }
    }
}
