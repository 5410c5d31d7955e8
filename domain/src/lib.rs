#![doc = include_str!("../README.md")]

mod entity_type;
mod error_code;
mod ids;
mod sealed;

pub use entity_type::EntityType;
pub use error_code::ErrorCode;
pub use ids::{BatchId, DatasetId, EventId, InvalidId, KeyId, RecordId, SessionId, TenantId, UserId};
pub use sealed::{KeyedHash, Sealed, SealedText};
