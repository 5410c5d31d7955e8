//! What a caller may ask for, by name: rights are given for actions, and denials name them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($name:ident = $stable:literal $doc:literal,)+) => {
        /// Something that a caller may or may not do. The names are frozen: they stand in events.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Action {
            $(#[doc = $doc] #[serde(rename = $stable)] $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The action of this stable name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.name() == name)
            }

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $stable,)+
                }
            }
        }
    };
}

actions! {
    DatasetCreate = "dataset:create" "Create a dataset.",
    DatasetList = "dataset:list" "List the datasets.",
    DatasetRead = "dataset:read" "Read what is known of a dataset, but not its records.",
    DatasetUpdate = "dataset:update" "Change a dataset's description or settings.",
    DatasetDelete = "dataset:delete" "Delete a dataset.",
    RecordAdd = "record:add" "Add records to a dataset.",
    RecordRead = "record:read" "Read the content of records.",
    PrivacyScan = "privacy:scan" "Look for personal data in a given text.",
    PrivacyAnonymize = "privacy:anonymize" "Anonymize a given text.",
    PrivacyConfigure = "privacy:configure" "Say which types of personal data are looked for.",
    AuditRead = "audit:read" "Read the tenant's log.",
    KeyList = "key:list" "See which keys there are, but no key.",
    KeyRotate = "key:rotate" "Seal with a new key from now on.",
    ApiKeyManage = "api_key:manage" "Make, see, rotate and revoke API keys of one's own.",
    UserManage = "user:manage" "Manage the tenant's users, and their API keys.",
    PolicyRead = "policy:read" "See the policies, and ask what they say.",
    PolicyManage = "policy:manage" "Change the tenant's policies.",
    GrantRead = "grant:read" "See to whom rights to a dataset were given.",
    GrantManage = "grant:manage" "Give others rights to a dataset, and take them back.",
    SubjectRead = "subject:read" "See what is known of a person whom records are about, but no content.",
    SubjectManage = "subject:manage" "Hold or restrict a person's records.",
    SubjectErase = "subject:erase" "Erase a person's records.",
    HealthDetailed = "health:detailed" "See the state of the service's parts.",
    ApprovalRequest = "approval:request" "Ask for a second person's approval, and see what became of it.",
    ApprovalRead = "approval:read" "See what others asked approval for.",
    ApprovalDecide = "approval:decide" "Approve or refuse what others ask for, and review broken glasses.",
    ApprovalBreakGlass = "approval:break_glass" "Go ahead without a second person's approval, to be reviewed.",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_bit_for_every_action() {
        assert!(Action::ALL.len() <= 128);
        for (number, action) in Action::ALL.iter().enumerate() {
            assert_eq!(*action as usize, number);
        }
    }

    #[test]
    fn an_action_is_stored_under_its_name() {
        for action in Action::ALL {
            let stored = serde_json::to_string(action).unwrap_or_default();
            assert_eq!(stored, format!("\"{}\"", action.name()));
        }
    }
}
