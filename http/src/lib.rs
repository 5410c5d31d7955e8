#![doc = include_str!("../README.md")]

mod body;
mod context;
mod deprecation;
mod edge;
mod etag;
mod extract;
mod openapi;
mod page;
mod position;
mod problem;

#[cfg(test)]
mod testing;

pub use body::{ApprovalBody, CustomTypeBody, GrantBody};
pub use context::{RequestContext, TraceContext};
pub use deprecation::{DEPRECATED, Deprecated};
pub use edge::{Edge, EdgeLayer, EdgeLimits, EdgeService, Origins};
pub use etag::{IfMatch, entity_tag};
pub use extract::{
    ApiJson, ApiPath, ApiQuery, Asking, Caller, ClientAddress, FreeJson, IDEMPOTENCY_REPLAYED,
    IdempotencyKey, LogPosition, MAX_IDEMPOTENCY_KEY_BYTES, MAX_POSITION, Person, RawJson, ReadModelWait,
    ReadPosition, WholeNumber, is_named_twice,
};
pub use openapi::{
    ActionName, IdempotencyHeaders, ProblemResponses, ReadHeaders, RoleName, WriteHeaders, complete,
};
pub use page::{Cursor, InvalidCursor, Page, PageLimit, PageQuery, RecordPageQuery};
pub use position::{InvalidPosition, PositionToken, VAULT_MIN_POSITION, VAULT_POSITION, VAULT_READ_MODELS};
pub use problem::{FieldError, Problem, ProblemBody};
