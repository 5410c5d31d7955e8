#![doc = include_str!("../README.md")]

pub mod access;
mod action;
pub mod aggregate;
pub mod api_key;
pub mod approval;
pub mod custom_type;
pub mod dataset;
mod entity_type;
mod error_code;
pub mod field;
pub mod grant;
mod ids;
pub mod json_path;
pub mod key;
mod metadata;
pub mod policy;
pub mod projection;
pub mod record_batch;
mod role;
pub mod schema;
mod sealed;
pub mod session;
mod source;
pub mod subject;
pub mod tenant;
pub mod totp;
pub mod user;

pub use action::Action;
pub use aggregate::{Aggregate, Context, DecodeError, DomainEvent};
pub use entity_type::*;
pub use error_code::ErrorCode;
pub use ids::{
    ApiKeyId, ApprovalId, BatchId, CustomTypeDefinitionId, DatasetId, EpochId, EventId, GrantId, InvalidId,
    KeyId, PolicyId, RecordId, SessionId, SubjectId, TenantId, UserId,
};
pub use metadata::{Actor, InvalidTraceParent, Metadata, Operation, Program, TraceParent};
pub use role::{Role, UnknownRole};
pub use sealed::{KeyedHash, Sealed, SealedText};
pub use source::{Clock, IdSource};
