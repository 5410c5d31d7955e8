//! The rules of the aggregates, given, when and then, and the stored forms of their events.

mod dataset;
mod fixtures;
mod record_batch;
mod samples;
mod schema;
mod support;
mod tenant;
mod user;
