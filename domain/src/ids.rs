//! Ids that the vault mints: UUIDs in newtypes, so that one kind is never taken for another.

use std::{fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no UUID stood where an id was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is known to name this kind of thing.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID, for SQL and for wire formats.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Takes the hyphenated form only, so that an id has one spelling.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let uuid = Uuid::try_parse(text).map_err(|_| InvalidId)?;
                if text.len() == 36 { Ok(Self(uuid)) } else { Err(InvalidId) }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "format": "uuid"})
            }
        }
    };
}

id!(
    /// A customer of the vault: the boundary of isolation.
    TenantId
);
id!(
    /// A person or service that acts in a tenant.
    UserId
);
id!(
    /// A collection of records.
    DatasetId
);
id!(
    /// One record of a dataset.
    RecordId
);
id!(
    /// The records that one request, or one chunk of it, added together: a stream of its own.
    BatchId
);
id!(
    /// A person whom records are about.
    SubjectId
);
id!(
    /// A tenant key or data key.
    KeyId
);
id!(
    /// A key that wraps subjects' keys once more, kept outside the database, until survivors move to the next one.
    EpochId
);
id!(
    /// One event of the log (UUID v7, its random part salts the event's hash).
    EventId
);
id!(
    /// A type of personal data that a tenant describes itself.
    CustomTypeDefinitionId
);
id!(
    /// A policy of a tenant's own.
    PolicyId
);
id!(
    /// A right that was given to somebody for one dataset.
    GrantId
);
id!(
    /// A second person's leave to do one thing, or what somebody did without it.
    ApprovalId
);
id!(
    /// A chain of refresh tokens that began with one login.
    SessionId
);
id!(
    /// A key that a program calls with.
    ApiKeyId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let text = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";
        assert_eq!(
            text.parse::<DatasetId>().map(|id| id.to_string()),
            Ok(text.to_owned())
        );
        assert_eq!(
            "0190a6b27c1d7e3f8a4b5c6d7e8f9a0b".parse::<DatasetId>(),
            Err(InvalidId)
        );
        assert_eq!(
            "{0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b}".parse::<DatasetId>(),
            Err(InvalidId)
        );
        assert_eq!("".parse::<DatasetId>(), Err(InvalidId));
    }
}
