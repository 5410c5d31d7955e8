//! The facts of accesses, in their stored form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, DatasetId, KeyId, RecordId, UserId, aggregate::events};

/// The most record ids of one event.
pub const MAX_READS_PER_EVENT: usize = 1_000;
/// The most pairs of action and resource that one event names; what is denied beyond them is counted by action.
pub const MAX_DENIED_PER_EVENT: usize = 100;
/// The most uses of keys of one event.
pub const MAX_KEYS_PER_EVENT: usize = 1_000;

events! {
    /// A fact of accesses within a moment.
    AccessEvent {
        /// Contents of records were read.
        Read(RecordsRead) = "records.read" v 1,
        /// A caller asked for what it may not do.
        Denied(AccessDenied) = "access.denied" v 1,
        /// Somebody gave a wrong password for a user.
        LoginRefused(LoginRefused) = "login.refused" v 1,
        /// Keys were made, unwrapped, or put to use for the first time in a while.
        KeysUsed(KeysUsed) = "keys.used" v 1,
    }
}

impl AccessEvent {
    /// Whether it tells of nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::Read(read) => read.datasets.is_empty(),
            Self::Denied(denied) => denied.denials.is_empty(),
            Self::LoginRefused(refused) => refused.count == 0,
            Self::KeysUsed(used) => used.uses.is_empty(),
        }
    }
}

/// Contents of records were read by the event's actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsRead {
    /// What was read, by dataset.
    pub datasets: Vec<DatasetReads>,
}

/// What was read of one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetReads {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// How many reads there were; a record may have been read more than once.
    pub reads: u64,
    /// Which records.
    pub record_ids: Vec<RecordId>,
}

/// The event's actor asked for what it may not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessDenied {
    /// What was denied.
    pub denials: Vec<Denial>,
}

/// An action that was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Denial {
    /// What was asked for.
    pub action: Action,
    /// What it was asked for of.
    pub resource: DeniedResource,
    /// How often.
    pub count: u64,
}

/// What a denied action was asked for of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeniedResource {
    /// The tenant as a whole.
    Tenant,
    /// A dataset of this id, whether there is one or not.
    Dataset(DatasetId),
    /// Further ones, which the event has no room to name.
    Others,
}

/// Somebody gave a wrong password for a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRefused {
    /// The user.
    pub user_id: UserId,
    /// How often.
    pub count: u64,
}

/// Keys were put to use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeysUsed {
    /// Which ones, and what for.
    pub uses: Vec<KeyUse>,
}

/// A key and what it was made or unwrapped for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyUse {
    /// The key.
    pub key_id: KeyId,
    /// What for.
    pub task: KeyTask,
    /// How often.
    pub count: u64,
}

/// What a key was made or unwrapped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyTask {
    /// It was made.
    Create,
    /// A tenant key, by the KMS, to wrap and unwrap the tenant's other keys.
    UnwrapKeys,
    /// To seal what is written.
    Seal,
    /// To open what is read.
    Open,
    /// To address contents, and to look up within a dataset.
    Address,
    /// To look up across the tenant.
    LookUp,
}
