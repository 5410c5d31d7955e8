#![doc = include_str!("../README.md")]

mod context;
mod edge;
mod etag;
mod extract;
mod openapi;
mod page;
mod position;
mod problem;

#[cfg(test)]
mod testing;

pub use context::{RequestContext, TraceContext};
pub use edge::{Edge, EdgeLayer, EdgeLimits, EdgeService};
pub use etag::{IfMatch, entity_tag};
pub use extract::{
    ApiJson, ApiPath, ApiQuery, Asking, Caller, ClientAddress, IDEMPOTENCY_REPLAYED, IdempotencyKey,
    MAX_IDEMPOTENCY_KEY_BYTES, Person, ReadModelWait, ReadPosition,
};
pub use openapi::{IdempotencyHeaders, ProblemResponses, ReadHeaders, WriteHeaders};
pub use page::{Cursor, InvalidCursor, Page, PageLimit, PageQuery, RecordPageQuery};
pub use position::{InvalidPosition, PositionToken, VAULT_MIN_POSITION, VAULT_POSITION, VAULT_READ_MODELS};
pub use problem::{FieldError, Problem, ProblemBody};
