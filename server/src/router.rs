//! The routes of both APIs, behind the edge, and the OpenAPI document of what they take and give.

use std::{
    num::{NonZeroU8, NonZeroU32},
    sync::Arc,
};

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    response::Response,
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;
use vault_access::Tiers;
use vault_http::{Edge, EdgeLimits, FieldError, ProblemBody, complete};
use vault_read_api::ReadState;
use vault_write_api::{MAX_UPLOADS, WriteState};

use crate::{
    api_keys, housekeeping,
    listener::ConnectionLimits,
    parts::Parts,
    reload::Tunables,
    revocations,
    telemetry::{Traces, link_trace},
    token_keys,
};

/// How many times as long as others uploads of many records, and streams, may take until their answer begins.
const LONG_TIMEOUT_FACTOR: u64 = 10;
/// The largest JSON body of many records.
const BATCH_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The interactive documentation is the one page with styles of its own.
const DOCS_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// How much callers may ask.
#[derive(Debug, Clone)]
pub struct Limits {
    /// What connections may take.
    pub connections: ConnectionLimits,
    /// How many requests are worked on at once.
    pub requests: usize,
    /// How long a request is worked on until its answer begins, in milliseconds, unless it carries or gives many records.
    pub timeout_ms: u64,
    /// The largest body that is not one of many records, in bytes.
    pub body_bytes: usize,
    /// Requests a caller may send in a second.
    pub requests_per_s: NonZeroU32,
    /// What tenants as a whole may ask.
    pub tiers: Arc<Tiers>,
    /// Logins and refreshes a network may try in a minute; no limit if none.
    pub logins_per_min: Option<NonZeroU32>,
    /// How many proxies stand in front; none if directly in front of clients.
    pub proxies: Option<NonZeroU8>,
    /// Whether clients come over TLS, which a proxy or this process ends.
    pub https_only: bool,
    /// The origins whose pages may call.
    pub origins: Vec<HeaderValue>,
    /// Whether requests are linked to the traces of their clients.
    pub traces: Traces,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "LLM Data Vault",
        description = "Takes records in, finds personal data and secrets in them, encrypts them, and can prove what happened.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody<'static>, FieldError)),
    security(("bearer" = []), ("api_key" = [])),
    modifiers(&Credentials)
)]
struct Document;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        let header = ApiKey::Header(ApiKeyValue::new("X-API-Key"));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(header));
    }
}

/// The routes in groups that the edge treats alike, with the document of all of them.
struct Groups {
    write: Router<WriteState>,
    read: Router<ReadState>,
    login: Router<WriteState>,
    long_write: Router<WriteState>,
    long_read: Router<ReadState>,
    health: Router<ReadState>,
    document: utoipa::openapi::OpenApi,
}

impl Groups {
    fn new() -> Self {
        let mut document = Document::openapi();
        let health = vault_read_api::health_router();
        let health = health
            .clone()
            .merge(OpenApiRouter::new().nest("/api/v1", health))
            .merge(vault_read_api::well_known_router());
        let mut groups = Self {
            write: split(&mut document, below(vault_write_api::router())),
            read: split(&mut document, below(vault_read_api::router())),
            login: split(&mut document, below(vault_write_api::login_router())),
            long_write: split(&mut document, below(vault_write_api::streaming_router())),
            long_read: split(&mut document, below(vault_read_api::streaming_router())),
            health: split(&mut document, health),
            document,
        };
        complete(&mut groups.document);
        groups
    }
}

fn below<S: Clone + Send + Sync + 'static>(router: OpenApiRouter<S>) -> OpenApiRouter<S> {
    OpenApiRouter::new().nest("/api/v1", router)
}

fn split<S: Clone + Send + Sync + 'static>(
    document: &mut utoipa::openapi::OpenApi,
    router: OpenApiRouter<S>,
) -> Router<S> {
    let (router, mut part) = router.split_for_parts();
    // a path's rest is a parameter like any other to OpenAPI
    let paths = std::mem::take(&mut part.paths.paths);
    part.paths.paths = paths
        .into_iter()
        .map(|(path, item)| (path.replace("{*", "{"), item))
        .collect();
    document.merge(part);
    router
}

/// The OpenAPI document of the API, as it is served.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Groups::new().document
}

fn states(parts: &Parts) -> (WriteState, ReadState) {
    let write = WriteState {
        vault: Arc::clone(&parts.vault),
        authorizer: parts.authorizer.clone(),
        uploads: Arc::new(Semaphore::new(MAX_UPLOADS)),
        closing: parts.closing(),
    };
    let read = ReadState {
        queries: Arc::clone(&parts.queries),
        authorizer: parts.authorizer.clone(),
        authenticator: Arc::clone(&parts.authenticator),
        certificate: parts.certificate.clone(),
    };
    (write, read)
}

/// All routes, ready to be served. Install the metrics recorder first.
pub fn router(parts: &Parts, limits: &Limits, tunables: &Tunables, metrics: &PrometheusHandle) -> Router {
    let (write, read) = states(parts);
    let groups = Groups::new();
    let callers = Arc::clone(&tunables.callers);
    let mut limiters = vec![Arc::clone(&callers)];
    let shared = |edge: Edge, name| match &parts.shared_limits {
        Some(limits) => edge.shared_by(Arc::clone(limits), name),
        None => edge,
    };

    let edge_limits = EdgeLimits {
        timeout_ms: limits.timeout_ms,
        body_bytes: limits.body_bytes,
    };
    let open = Edge::new(Arc::clone(&parts.clock), Arc::clone(&parts.ids), edge_limits);
    let open = open.with_origins(tunables.origins.clone());
    let open = if limits.https_only { open.over_tls() } else { open };
    let open = match limits.proxies {
        Some(count) => open.behind_proxies(count),
        None => open,
    };
    // health and metrics are told when there is no room for others
    let bounded = open.clone().with_room(limits.requests);
    let counted = bounded
        .clone()
        .with_rate_limit(Arc::clone(&parts.authenticator), callers)
        .with_tiers(Arc::clone(&limits.tiers));
    let counted = shared(counted, "requests");
    let login = match &tunables.logins {
        Some(networks) => {
            limiters.push(Arc::clone(networks));
            let login = bounded
                .clone()
                .with_rate_limit(Arc::clone(&parts.authenticator), Arc::clone(networks));
            shared(login, "logins")
        }
        None => bounded,
    };
    let long_limits = EdgeLimits {
        timeout_ms: limits.timeout_ms * LONG_TIMEOUT_FACTOR,
        body_bytes: BATCH_BODY_BYTES,
    };
    housekeeping::start(parts, limiters, Arc::clone(&limits.tiers), metrics.clone());
    revocations::start(parts);
    api_keys::start(parts);
    token_keys::start(parts, parts.token_key_days);

    let docs = SwaggerUi::new("/docs").url("/api/v1/openapi.json", groups.document);
    let docs = Router::from(docs).layer(middleware::map_response(with_docs_policy));
    let system = groups
        .health
        .with_state(read.clone())
        .merge(metrics_router(metrics.clone()))
        .merge(docs);
    let plain = groups
        .write
        .with_state(write.clone())
        .merge(groups.read.with_state(read.clone()));
    let linked = |routes: Router| match limits.traces {
        Traces::Sent => routes.layer(middleware::from_fn(link_trace)),
        Traces::NotSent => routes,
    };
    let login_routes = groups.login.with_state(write.clone());
    let long = groups
        .long_write
        .with_state(write)
        .merge(groups.long_read.with_state(read));
    counted
        .clone()
        .wrap(linked(plain))
        .merge(login.layer(linked(login_routes)))
        .merge(counted.with_limits(long_limits).layer(linked(long)))
        .merge(open.layer(system))
}

/// `/metrics` alone.
pub fn metrics_router(metrics: PrometheusHandle) -> Router {
    Router::new().route(
        "/metrics",
        get(move || {
            let text = metrics.render();
            async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text) }
        }),
    )
}

async fn with_docs_policy(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(DOCS_POLICY);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
