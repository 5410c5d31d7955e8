#![doc = include_str!("../README.md")]

pub mod asyncapi;
mod batches;
mod config;
mod epochs;
mod error;
mod message;
mod pages;
mod producer;
mod publisher;
mod replay;
mod sealed;
mod topics;

pub use config::{KafkaConfig, Sasl, SaslMechanism, Security, Tls, TopicsBy};
pub use epochs::Epochs;
pub use error::PublishError;
pub use message::Message;
pub use producer::Producer;
pub use publisher::{KAFKA, Publisher};
pub use replay::{Range, Replayed, replay};
pub use sealed::published_payload;
