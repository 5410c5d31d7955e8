//! Where a ciphertext belongs: tenant, scope and label, bound into it as associated data.

use std::fmt;

use uuid::Uuid;
use vault_domain::{DatasetId, KeyId, SubjectId, TenantId, UserId};

use crate::{address::ContentAddress, hierarchy::KeyPurpose};

/// Whose keys seal a value; destroying the scope's keys makes all that they sealed unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The tenant as a whole.
    Tenant,
    /// One dataset.
    Dataset(DatasetId),
    /// One user of the tenant.
    User(UserId),
    /// One person whom records are about.
    Subject(SubjectId),
}

/// A stored scope is of no known kind, or has an id where none belongs or none where one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a scope")]
pub struct InvalidScope;

impl Scope {
    /// The stable name of the scope's kind, for a column.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Dataset(_) => "dataset",
            Self::User(_) => "user",
            Self::Subject(_) => "subject",
        }
    }

    /// The id within the kind, for a column; the tenant's own scope has none.
    #[must_use]
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Tenant => None,
            Self::Dataset(id) => Some(id.as_uuid()),
            Self::User(id) => Some(id.as_uuid()),
            Self::Subject(id) => Some(id.as_uuid()),
        }
    }

    /// Reads the two columns back.
    ///
    /// # Errors
    /// When they are none that [`Self::kind`] and [`Self::id`] gave.
    pub fn from_columns(kind: &str, id: Option<Uuid>) -> Result<Self, InvalidScope> {
        match (kind, id) {
            ("tenant", None) => Ok(Self::Tenant),
            ("dataset", Some(id)) => Ok(Self::Dataset(DatasetId::from_uuid(id))),
            ("user", Some(id)) => Ok(Self::User(UserId::from_uuid(id))),
            ("subject", Some(id)) => Ok(Self::Subject(SubjectId::from_uuid(id))),
            _ => Err(InvalidScope),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id() {
            None => f.write_str(self.kind()),
            Some(id) => write!(f, "{} {id}", self.kind()),
        }
    }
}

/// Whether chunks follow one of a content that is stored in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChunkPlace {
    /// More chunks follow.
    Inner,
    /// The last chunk: without it the content is truncated.
    Last,
}

/// What a sealed value is, within its scope.
///
/// Field labels are frozen strings such as `dataset.name`: changing one makes older values unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// A field of an event or of a row.
    Field(&'static str),
    /// A field of one object among many in its scope, so that two objects' values cannot be swapped.
    FieldOf(&'static str, Uuid),
    /// A record's content, by its address.
    Content(ContentAddress),
    /// One chunk of a large content.
    Chunk {
        /// The address of the whole content.
        address: ContentAddress,
        /// The chunk's number, from 0.
        index: u32,
        /// Whether it is the last.
        place: ChunkPlace,
    },
    /// A key of a scope, wrapped under the tenant key.
    Key {
        /// The wrapped key's id.
        key_id: KeyId,
        /// What the wrapped key is for.
        purpose: KeyPurpose,
        /// Its generation.
        generation: u32,
    },
    /// A tenant key, wrapped under the root key of a local KMS.
    TenantKey(KeyId),
    /// A subject's wrapped key, wrapped once more under the key of an erasure epoch.
    EpochWrapped(KeyId),
}

/// Where a sealed value belongs; it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealContext {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose keys seal it.
    pub scope: Scope,
    /// What it is.
    pub label: Label,
}

impl SealContext {
    /// Appends the context to associated data: every field behind its length, so that no two contexts share bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        push(out, self.tenant.as_uuid().as_bytes());
        match self.scope {
            Scope::Tenant => push(out, &[0]),
            Scope::Dataset(id) => push_kind(out, 1, id.as_uuid()),
            Scope::User(id) => push_kind(out, 2, id.as_uuid()),
            Scope::Subject(id) => push_kind(out, 3, id.as_uuid()),
        }
        match self.label {
            Label::Field(name) => {
                push(out, &[0]);
                push(out, name.as_bytes());
            }
            Label::FieldOf(name, owner) => {
                push(out, &[1]);
                push(out, name.as_bytes());
                push(out, owner.as_bytes());
            }
            Label::Content(address) => {
                push(out, &[2]);
                push(out, address.as_bytes());
            }
            Label::Chunk {
                address,
                index,
                place,
            } => {
                push(out, &[3]);
                push(out, address.as_bytes());
                push(out, &index.to_be_bytes());
                push(out, &[u8::from(place == ChunkPlace::Last)]);
            }
            Label::Key {
                key_id,
                purpose,
                generation,
            } => {
                push(out, &[4]);
                push(out, key_id.as_uuid().as_bytes());
                push(out, purpose.as_str().as_bytes());
                push(out, &generation.to_be_bytes());
            }
            Label::TenantKey(key_id) => {
                push(out, &[5]);
                push(out, key_id.as_uuid().as_bytes());
            }
            Label::EpochWrapped(key_id) => {
                push(out, &[6]);
                push(out, key_id.as_uuid().as_bytes());
            }
        }
    }
}

fn push_kind(out: &mut Vec<u8>, kind: u8, id: Uuid) {
    let mut field = [kind; 17];
    field[1..].copy_from_slice(id.as_bytes());
    push(out, &field);
}

fn push(out: &mut Vec<u8>, field: &[u8]) {
    // 8 bytes hold any length in memory, so no field can be too long to be encoded.
    out.extend_from_slice(&(field.len() as u64).to_be_bytes());
    out.extend_from_slice(field);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn scopes_survive_their_columns() {
        let id = Uuid::from_u128(7);
        let scopes = [
            Scope::Tenant,
            Scope::Dataset(DatasetId::from_uuid(id)),
            Scope::User(UserId::from_uuid(id)),
            Scope::Subject(SubjectId::from_uuid(id)),
        ];
        for scope in scopes {
            assert_eq!(Scope::from_columns(scope.kind(), scope.id()), Ok(scope));
        }
        for (kind, id) in [
            ("tenant", Some(id)),
            ("dataset", None),
            ("user", None),
            ("subject", None),
            ("person", Some(id)),
        ] {
            assert_eq!(Scope::from_columns(kind, id), Err(InvalidScope));
        }
    }

    #[test]
    fn no_two_contexts_encode_alike() {
        let id = Uuid::from_u128(7);
        let address = ContentAddress::from_bytes([7; 32]);
        let key_id = KeyId::from_uuid(id);
        let chunk = |index, place| Label::Chunk {
            address,
            index,
            place,
        };
        let key = |purpose, generation| Label::Key {
            key_id,
            purpose,
            generation,
        };
        let labels = [
            Label::Field(""),
            Label::Field("a"),
            Label::Field("ab"),
            Label::FieldOf("a", id),
            Label::FieldOf("ab", id),
            Label::FieldOf("a", Uuid::from_u128(8)),
            Label::Content(address),
            chunk(0, ChunkPlace::Inner),
            chunk(0, ChunkPlace::Last),
            chunk(1, ChunkPlace::Inner),
            key(KeyPurpose::Content, 1),
            key(KeyPurpose::Content, 2),
            key(KeyPurpose::Address, 1),
            key(KeyPurpose::Lookup, 1),
            Label::TenantKey(key_id),
            Label::EpochWrapped(key_id),
        ];
        let scopes = [
            Scope::Tenant,
            Scope::Dataset(DatasetId::from_uuid(id)),
            Scope::User(UserId::from_uuid(id)),
            Scope::Subject(SubjectId::from_uuid(id)),
        ];
        let mut seen = HashSet::new();
        for tenant in [1, 2].map(|id| TenantId::from_uuid(Uuid::from_u128(id))) {
            for scope in scopes {
                for label in labels {
                    let mut bytes = Vec::new();
                    SealContext { tenant, scope, label }.encode(&mut bytes);
                    assert!(seen.insert(bytes), "{tenant} {scope} {label:?}");
                }
            }
        }
    }
}
