#![doc = include_str!("../README.md")]

mod approval;
mod as_of;
mod audit;
mod certificate;
mod dataset;
mod error;
mod grant;
mod health;
mod key;
mod policy;
mod privacy;
mod record;
mod state;
mod subject;
mod token_keys;

use utoipa_axum::{router::OpenApiRouter, routes};

pub use certificate::CertificateState;
pub use state::ReadState;

/// The endpoints of questions, below `/api/v1`, and their part of the OpenAPI document.
#[must_use]
pub fn router() -> OpenApiRouter<ReadState> {
    OpenApiRouter::new()
        .routes(routes!(dataset::list::list))
        .routes(routes!(dataset::get::get))
        .routes(routes!(dataset::stats::stats))
        .routes(routes!(record::list::list))
        .routes(routes!(record::get::get))
        .routes(routes!(record::get_draft::get_draft))
        .routes(routes!(key::list))
        .routes(routes!(policy::list::list))
        .routes(routes!(policy::get::get))
        .routes(routes!(grant::list::list))
        .routes(routes!(approval::list::list))
        .routes(routes!(approval::get::get))
        .routes(routes!(policy::schema::schema))
        .routes(routes!(policy::evaluate::evaluate))
        .routes(routes!(subject::get::get))
        .routes(routes!(subject::certificate::certificate))
        .routes(routes!(privacy::entity_types::entity_types))
        .routes(routes!(privacy::custom_types::list))
        .routes(routes!(privacy::custom_types::get))
        .routes(routes!(audit::events::events))
        .routes(routes!(audit::head::checkpoint))
        .routes(routes!(audit::head::tenant_head))
        .routes(routes!(audit::head::public_key))
        .routes(routes!(audit::head::origins))
        .routes(routes!(audit::tile::tile))
        .routes(routes!(audit::proof::inclusion))
        .routes(routes!(audit::proof::consistency))
}

/// The endpoints that stand beside streamed uploads, or stream themselves: they get other limits of time.
#[must_use]
pub fn streaming_router() -> OpenApiRouter<ReadState> {
    OpenApiRouter::new()
        .routes(routes!(record::list_draft::list_draft))
        .routes(routes!(audit::stream::stream))
        .routes(routes!(subject::export::export))
}

/// What has its place below `/.well-known` (RFC 8615).
#[must_use]
pub fn well_known_router() -> OpenApiRouter<ReadState> {
    OpenApiRouter::new().routes(routes!(token_keys::key_set))
}

/// The health checks, which stand below `/` and below `/api/v1`.
#[must_use]
pub fn health_router() -> OpenApiRouter<ReadState> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::detailed))
}
