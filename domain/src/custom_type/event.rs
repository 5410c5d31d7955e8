//! The facts of a tenant's types, in their stored form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DefinedType;
use crate::{CustomTypeDefinitionId, KeyedHash, Sealed, aggregate::events};

events! {
    /// A fact of a tenant's types.
    CustomTypeEvent {
        /// Another type is looked for from now on.
        Defined(CustomTypeDefined) = "custom_type.defined" v 1,
        /// A type is described in another way from now on.
        Changed(CustomTypeChanged) = "custom_type.changed" v 1,
        /// A type is looked for no more.
        Removed(CustomTypeRemoved) = "custom_type.removed" v 1,
    }
}

macro_rules! definitions {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The type.
            pub custom_type_id: CustomTypeDefinitionId,
            /// By what its name is found.
            pub name: KeyedHash,
            /// Its definition, with its name: a JSON object.
            pub definition: Sealed,
        }

        impl From<DefinedType> for $name {
            fn from(defined: DefinedType) -> Self {
                let DefinedType { id, name, definition } = defined;
                Self { custom_type_id: id, name, definition }
            }
        }

        impl From<$name> for DefinedType {
            fn from(event: $name) -> Self {
                let $name { custom_type_id, name, definition } = event;
                Self { id: custom_type_id, name, definition }
            }
        }
    )+};
}

definitions! {
    /// Another type is looked for from now on.
    CustomTypeDefined,
    /// A type is described in another way from now on.
    CustomTypeChanged,
}

/// A type is looked for no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomTypeRemoved {
    /// The type.
    pub custom_type_id: CustomTypeDefinitionId,
}
