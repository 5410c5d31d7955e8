//! The facts of keys, in their stored form. No event holds a key, wrapped or not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DatasetId, KeyId, SubjectId, UserId, aggregate::events};

events! {
    /// A fact of one scope's keys.
    KeyEvent {
        /// New values and contents are sealed with another key from now on.
        Rotated(KeyRotated) = "key.rotated" v 1,
        /// A content key opens nothing any more.
        Revoked(KeyRevoked) = "key.revoked" v 1,
        /// The tenant key is wrapped by another root key from now on.
        Rewrapped(KeyRewrapped) = "key.rewrapped" v 1,
        /// A content key seals nothing any more, and what it sealed begins to be sealed anew.
        Retired(KeyRetired) = "key.retired" v 1,
        /// Nothing is left that a content key sealed.
        ContentsRewrapped(KeyContentsRewrapped) = "key.contents_rewrapped" v 1,
        /// Keys are no more.
        Destroyed(KeyDestroyed) = "key.destroyed" v 1,
    }
}

/// New values and contents are sealed with another key from now on; what older ones sealed stays readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRotated {
    /// Whose keys they are.
    pub scope: KeyScope,
    /// The key that sealed before.
    pub previous: KeyId,
    /// The key that seals now.
    pub key_id: KeyId,
    /// Its generation.
    pub generation: u32,
    /// Why.
    pub reason: RotationReason,
}

/// A content key opens no content any more, because others may have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoked {
    /// Whose key it is.
    pub scope: KeyScope,
    /// The key.
    pub key_id: KeyId,
}

/// The tenant key is wrapped by another root key from now on; the key itself stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRewrapped {
    /// The tenant key.
    pub key_id: KeyId,
    /// Who wrapped it before.
    pub from: RootKeyHolder,
    /// Who wraps it now.
    pub to: RootKeyHolder,
}

/// A content key seals nothing any more, on any process, and what it sealed begins to be sealed with the newest one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRetired {
    /// Whose key it is.
    pub scope: KeyScope,
    /// The key.
    pub key_id: KeyId,
}

/// All contents that a content key sealed are sealed with newer ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyContentsRewrapped {
    /// Whose key it is.
    pub scope: KeyScope,
    /// The key.
    pub key_id: KeyId,
    /// How many contents, and chunks of large ones, were sealed anew.
    pub contents: u64,
    /// What these take, sealed, in bytes.
    pub size_bytes: u64,
}

/// Keys are no more: nobody can open what they sealed, once no copy of their wrapped form can be opened either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyDestroyed {
    /// Whose keys they were.
    pub scope: KeyScope,
    /// The keys: of every purpose and generation, or content keys of one dataset that nothing needs any more.
    pub key_ids: Vec<KeyId>,
}

/// Whose keys they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// The tenant's own.
    Tenant,
    /// One dataset's.
    Dataset(DatasetId),
    /// One user's.
    User(UserId),
    /// Those of one person whom records are about.
    Subject(SubjectId),
}

/// Why a key was rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RotationReason {
    /// Somebody asked for it.
    Asked,
    /// It was as old as a key may become.
    Age,
    /// It was revoked.
    Revoked,
}

/// The kind of what holds a root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RootKeyHolder {
    /// A file.
    Local,
    /// AWS KMS.
    Aws,
    /// A transit engine.
    Vault,
}
