//! The facts of a tenant's policies, in their stored form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NewPolicy;
use crate::{PolicyId, Sealed, aggregate::events};

events! {
    /// A fact of a tenant's policies.
    PolicyEvent {
        /// Another policy decides from now on.
        Created(PolicyCreated) = "policy.created" v 1,
        /// A policy says something else from now on.
        Replaced(PolicyReplaced) = "policy.replaced" v 1,
        /// A policy decides no more.
        Deleted(PolicyDeleted) = "policy.deleted" v 1,
    }
}

macro_rules! contents {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The policy.
            pub policy_id: PolicyId,
            /// Whether its scope names neither one user nor one dataset.
            pub wide: bool,
            /// Its name, its description and its text: a JSON object.
            pub content: Sealed,
        }

        impl From<NewPolicy> for $name {
            fn from(policy: NewPolicy) -> Self {
                let NewPolicy { id, wide, content } = policy;
                Self { policy_id: id, wide, content }
            }
        }

        impl From<$name> for NewPolicy {
            fn from(event: $name) -> Self {
                let $name { policy_id, wide, content } = event;
                Self { id: policy_id, wide, content }
            }
        }
    )+};
}

contents! {
    /// Another policy decides from now on.
    PolicyCreated,
    /// A policy says something else from now on.
    PolicyReplaced,
}

/// A policy decides no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyDeleted {
    /// The policy.
    pub policy_id: PolicyId,
}
