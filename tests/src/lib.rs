#![doc = include_str!("../README.md")]
#![expect(
    clippy::missing_panics_doc,
    reason = "what does not go as a test needs it fails the test"
)]

pub mod authority;
pub mod client;
pub mod deployment;
pub mod kafka;
pub mod kms;
pub mod operation;
pub mod raw;
pub mod redis;
pub mod shared;

mod dev;
mod postgres;
mod process;
mod proxy;
mod witness;

pub use authority::{Authority, Signed};
pub use client::{Answer, Client, Reply};
pub use deployment::Deployment;
pub use dev::DevVault;
pub use postgres::OwnPostgres;
pub use process::{Server, finished, server_binary};
pub use proxy::Proxy;
pub use shared::{Account, admin, deployment, new_tenant};
pub use witness::Witness;
