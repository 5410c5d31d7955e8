#![doc = include_str!("../README.md")]

pub mod api_key;
pub mod approval;
pub mod custom_type;
pub mod dataset;
mod detectors;
mod error;
pub mod grant;
mod idempotency;
pub mod key;
pub mod policy;
pub mod privacy;
pub mod projection;
pub mod record;
mod request;
mod rules;
pub mod session;
mod stream;
pub mod subject;
pub mod tenant;
pub mod totp;
pub mod user;
mod vault;

pub use detectors::Detectors;
pub use error::CommandError;
pub use idempotency::IdempotencyRequest;
pub use request::{Request, Written};
pub use rules::StoredRules;
pub use vault::{AwaitReadModels, Lockout, Vault};
