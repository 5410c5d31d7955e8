//! The facts of a subject, in their stored form.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DatasetId, EntityType, EpochId, KeyId, Sealed, aggregate::events, record_batch::counts_schema};

/// The most datasets that one event names.
pub const MAX_DATASETS_PER_EVENT: usize = 40;

events! {
    /// A fact of one subject.
    SubjectEvent {
        /// A record names it for the first time.
        Registered(SubjectRegistered) = "subject.registered" v 1,
        /// It must not be erased.
        Held(SubjectHeld) = "subject.held" v 1,
        /// It may be erased again.
        HoldReleased(HoldReleased) = "subject.hold_released" v 1,
        /// Its records are kept, and not read.
        Restricted(SubjectRestricted) = "subject.restricted" v 1,
        /// Its records may be read again.
        RestrictionLifted(RestrictionLifted) = "subject.restriction_lifted" v 1,
        /// Its keys are no more.
        Erased(SubjectErased) = "subject.erased" v 1,
        /// What its keys sealed is removed.
        Purged(SubjectPurged) = "subject.purged" v 1,
        /// Copies of its keys cannot be opened any more either.
        EpochEnded(SubjectEpochEnded) = "subject.epoch_ended" v 1,
    }
}

/// A record names a subject for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectRegistered {
    /// By what the client names it, under its own key. No hash stands beside it: names are looked up by a claim, which
    /// an erasure removes.
    pub name: Sealed,
}

/// A subject must not be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectHeld {
    /// Why.
    pub reason: Sealed,
}

/// A subject may be erased again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldReleased {}

/// A subject's records are kept, and not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectRestricted {}

/// A subject's records may be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictionLifted {}

/// A subject's keys are no more. Their rows are removed in the transaction of this event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectErased {
    /// The epoch whose key opens the copies of them that the database's own log and backups hold.
    pub epoch_id: EpochId,
    /// The keys, of every purpose.
    pub key_ids: Vec<KeyId>,
}

/// What a subject's keys sealed is removed from the database and the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectPurged {
    /// What was removed, by dataset.
    pub datasets: Vec<PurgedDataset>,
}

/// What was removed of one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PurgedDataset {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// How many records.
    pub records: u64,
    /// The size of their data.
    pub size_bytes: u64,
    /// In how many of them something was found.
    pub records_with_pii: u64,
    /// Findings by type.
    #[schemars(schema_with = "counts_schema")]
    pub counts: BTreeMap<EntityType, u64>,
}

/// The key that wrapped a subject's keys once more is destroyed: no copy of them can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectEpochEnded {
    /// The epoch.
    pub epoch_id: EpochId,
}
