#![doc = include_str!("../README.md")]

pub mod ambient;
mod api_keys;
mod archiving;
pub mod cli;
pub mod config;
pub mod dev;
pub mod dev_postgres;
mod erasing;
mod housekeeping;
mod key_changes;
mod log_seeds;
mod memory;
mod observer;
pub mod operator;
pub mod parts;
mod revocations;
pub mod root_keys;
mod rotation;
pub mod router;
mod seed;
pub mod serve;
mod service_key;
pub mod telemetry;
mod tls;
mod token_keys;
mod type_changes;
pub mod witnesses;
