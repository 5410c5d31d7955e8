#![doc = include_str!("../README.md")]

mod accounts;
mod advisory_lock;
mod append;
mod appender;
pub mod archive;
mod canonical;
mod condemned;
mod contents;
mod cqrs;
mod custom_types;
mod database;
mod error;
mod guards;
mod hash;
mod head;
mod idempotency;
mod keys;
mod lease;
mod log;
mod recorder;
mod rule_changes;
mod store;
mod subjects;
pub mod tree;
mod watching;

pub use accounts::{
    Accounts, ApiKeyRow, CredentialChange, FoundApiKey, LockRule, NO_ADMINISTRATOR, RefreshTokenRow,
    SecondFactorRow, SessionRow, TokenKeyRow, UserRow,
};
pub use append::{
    Append, Appended, Claim, ContentRow, CredentialRow, DataKeyRow, EncodeError, ErasureRow, Guard,
    GuardState, IdempotencyRow, MAX_PAYLOAD_BYTES, NewRewrapRow, SideRows, StreamId, SubjectRecordRow,
    TenantKeyRow, TenantRow,
};
pub use appender::{Appender, AppenderConfig};
pub use condemned::{CondemnedContents, LargeContent, Removal};
pub use contents::Contents;
pub use cqrs::{LogRepository, Root, RootEvent};
pub use custom_types::CustomTypeChanges;
pub use database::{
    ArchiveConfig, Database, DatabaseConfig, DatabaseError, MIGRATOR, TenantTransaction, is_data_exception,
};
pub use error::{AppendError, LoadError, TakenClaim};
pub use guards::{GuardReading, Guards};
pub use hash::{BatchMacKey, HashedEvent};
pub use head::Head;
pub use idempotency::{Answered, Idempotency};
pub use keys::{
    ChangeKind, ContentsRewrap, EPOCH_CLOSED, EpochRow, KEY_NEEDED, KeyChange, KeyInventory, KeyRows, OldKey,
    RewrapOrder, RootWrapped, SealedContent, ServiceKeyRow, SubjectKeyRow,
};
pub use lease::Lease;
pub use log::{EventFilter, EventPage, Log, PageLimit, Replay, StoredEvent};
pub use recorder::{Access, AccessQueue, NotRecorded, Place, RecordWriter, Recorder};
pub use rule_changes::{RuleChange, RuleChangeKind, RuleChanges};
pub use store::{EventStore, Loaded};
pub use subjects::{SubjectDataset, Subjects, UnfinishedErasure};
