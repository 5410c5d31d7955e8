//! The rules of the aggregates, given, when and then, and the stored forms of their events.

mod access;
mod api_key;
mod approval;
mod custom_type;
mod dataset;
mod grant;
mod key;
mod policy;
mod projection;
mod record_batch;
mod session;
mod subject;
mod tenant;
mod totp;
mod user;

mod fixtures;
mod schema;

mod samples;
mod support;
