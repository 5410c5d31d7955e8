//! Wrapped keys as the event store keeps them.

use std::str::FromStr;

use vault_domain::{EpochId, KeyId, TenantId};

use crate::context::Scope;

/// What a scope's key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyPurpose {
    /// Sealing content, and where the scope has no key for values those too; a scope has one for each generation.
    Content,
    /// Sealing a dataset's values, which stand in the log for good: never rotated. Its generation is that of the content
    /// key with which it was made; earlier content keys sealed values.
    Value,
    /// Addressing content, and look-ups within a dataset; never rotated.
    Address,
    /// Look-ups across a tenant; never rotated.
    Lookup,
}

/// A stored purpose is none that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the purpose of a key")]
pub struct InvalidPurpose;

impl KeyPurpose {
    /// The stable name, for a column and for associated data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Value => "value",
            Self::Address => "address",
            Self::Lookup => "lookup",
        }
    }
}

impl FromStr for KeyPurpose {
    type Err = InvalidPurpose;

    fn from_str(text: &str) -> Result<Self, InvalidPurpose> {
        match text {
            "content" => Ok(Self::Content),
            "value" => Ok(Self::Value),
            "address" => Ok(Self::Address),
            "lookup" => Ok(Self::Lookup),
            _ => Err(InvalidPurpose),
        }
    }
}

/// A tenant's key, wrapped by a KMS: a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedTenantKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant key's id.
    pub key_id: KeyId,
    /// Which kind of KMS wrapped it.
    pub provider: String,
    /// Which key of the KMS wrapped it.
    pub kms_key: String,
    /// The wrapped key, in the KMS's own format.
    pub wrapped: Vec<u8>,
}

/// A key of a scope, wrapped by the tenant key: a row. Deleting it makes unreadable what the key sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedDataKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The key's id, unique within the tenant.
    pub key_id: KeyId,
    /// Whose key it is.
    pub scope: Scope,
    /// From 1; the newest seals, older ones open.
    pub generation: u32,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// The wrapped key, in the envelope format.
    pub wrapped: Vec<u8>,
    /// The erasure epoch whose key wraps it once more; a subject's keys have one.
    pub epoch: Option<EpochId>,
    /// Whether it opens no content any more.
    pub is_revoked: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_survive_their_column() {
        for purpose in [
            KeyPurpose::Content,
            KeyPurpose::Value,
            KeyPurpose::Address,
            KeyPurpose::Lookup,
        ] {
            assert_eq!(purpose.as_str().parse(), Ok(purpose));
        }
        assert_eq!("Content".parse::<KeyPurpose>(), Err(InvalidPurpose));
    }
}
