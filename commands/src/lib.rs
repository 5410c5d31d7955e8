#![doc = include_str!("../README.md")]

pub mod api_key;
pub mod dataset;
mod error;
mod idempotency;
pub mod key;
pub mod privacy;
pub mod projection;
pub mod record;
mod request;
pub mod session;
pub mod subject;
pub mod tenant;
pub mod totp;
mod vault;

pub use error::CommandError;
pub use idempotency::IdempotencyRequest;
pub use request::{Request, Written};
pub use vault::{AwaitReadModels, Lockout, Vault};
