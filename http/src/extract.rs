//! Extractors: what a handler takes from a request, each refusing with a problem.

mod asking;
mod caller;
mod free_json;
mod idempotency;
mod input;
mod json;
mod number;
mod path;
mod preference;
mod query;

pub use asking::Asking;
pub(crate) use caller::proof;
pub use caller::{Caller, ClientAddress, Person};
pub use free_json::{FreeJson, RawJson, is_named_twice};
pub use idempotency::{IDEMPOTENCY_REPLAYED, IdempotencyKey, MAX_IDEMPOTENCY_KEY_BYTES};
pub use json::ApiJson;
pub use number::{LogPosition, MAX_POSITION, WholeNumber};
pub use path::ApiPath;
pub use preference::{ReadModelWait, ReadPosition};
pub use query::ApiQuery;

#[cfg(test)]
mod tests;
