//! The actions that need a right, each as a value and as a type.

use vault_domain::DatasetId;

use super::{Act, Resource, TenantWide};

macro_rules! actions {
    ($($name:ident($target:ty) = $stable:literal $doc:literal,)+) => {
        /// Something that a principal may or may not do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $doc] $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $stable,)+
                }
            }
        }

        /// The actions as types, so that a use case can name the one permit that it takes.
        pub mod act {
            use super::{Act, Action, DatasetId, TenantWide};

            $(
                #[doc = $doc]
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

actions! {
    DatasetCreate(TenantWide) = "dataset:create" "Create a dataset.",
    DatasetList(TenantWide) = "dataset:list" "List the datasets.",
    DatasetRead(DatasetId) = "dataset:read" "Read what is known of a dataset, but not its records.",
    DatasetUpdate(DatasetId) = "dataset:update" "Change a dataset's description or settings.",
    DatasetDelete(DatasetId) = "dataset:delete" "Delete a dataset.",
    RecordAdd(DatasetId) = "record:add" "Add records to a dataset.",
    RecordRead(DatasetId) = "record:read" "Read the content of records.",
    PrivacyScan(TenantWide) = "privacy:scan" "Look for personal data in a given text.",
    PrivacyAnonymize(TenantWide) = "privacy:anonymize" "Anonymize a given text.",
    AuditRead(TenantWide) = "audit:read" "Read the tenant's log.",
    HealthDetailed(TenantWide) = "health:detailed" "See the state of the service's parts.",
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
