//! `/health`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_domain::ErrorCode;
use vault_event_store::{archive::ArchiveState, tree::WitnessState};
use vault_http::{Asking, Problem, ProblemResponses};
use vault_projections::publishers::PublisherState;

use vault_queries::{
    RowsState,
    health::{self as questions, Circuit, KmsState, ProjectionState},
};

use crate::{certificate::Certificate, error::problem, state::ReadState};

/// That the service stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthBody {
    /// `ok`
    status: &'static str,
    /// The version of the build.
    version: &'static str,
}

const OK: HealthBody = HealthBody {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// Whether the service runs and can serve requests.
#[utoipa::path(
    get, path = "/health", tag = "Health", security(()),
    responses((status = 200, description = "It can.", body = HealthBody), ProblemResponses)
)]
pub(crate) async fn health(State(state): State<ReadState>) -> Result<Json<HealthBody>, Problem> {
    ready(State(state)).await
}

/// Whether the process runs.
#[utoipa::path(
    get, path = "/health/live", tag = "Health", security(()),
    responses((status = 200, description = "It does.", body = HealthBody))
)]
pub(crate) async fn live() -> Json<HealthBody> {
    Json(OK)
}

/// Whether requests can be served: the database answers.
#[utoipa::path(
    get, path = "/health/ready", tag = "Health", security(()),
    responses((status = 200, description = "They can.", body = HealthBody), ProblemResponses)
)]
pub(crate) async fn ready(State(state): State<ReadState>) -> Result<Json<HealthBody>, Problem> {
    questions::ready(&state.queries).await.map_err(|error| {
        Problem::new(ErrorCode::HealthCheckFailed)
            .with_retry_after(1)
            .with_cause(error)
    })?;
    Ok(Json(OK))
}

/// How the parts stand.
#[derive(Serialize, ToSchema)]
pub(crate) struct DetailedBody {
    /// `ok`, or `degraded` when a projector has stopped, nothing can be published, a key service or Redis is away, a new certificate cannot be served with, or something is wrong with the log.
    status: &'static str,
    /// The last position of the log.
    log_position: u64,
    /// How far the log is sealed, and what its audit found.
    log: LogBody,
    /// How much of the log is archived.
    archive: ArchiveBody,
    /// How each service stands that holds a root key; none where root keys stand in files.
    kms: Vec<KmsBody>,
    /// How Redis stands, where rate limits are shared by it: `ok`, or `away` while each process counts for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<&'static str>,
    /// How the rows stand that this process remembers, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<CacheBody>,
    /// How each projector stands.
    projections: Vec<ProjectionBody>,
    /// How the publisher to Kafka stands, where events are published.
    #[serde(skip_serializing_if = "Option::is_none")]
    kafka: Option<KafkaBody>,
    /// How the certificate stands that this process is served with, where it ends TLS itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
}

/// How the log stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogBody {
    /// How many events the newest signed checkpoint covers.
    sealed_position: u64,
    /// The position at which sealing stands still, if it does: the log is not what was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_position: Option<u64>,
    /// Why it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_reason: Option<String>,
    /// How many events the last audit of the whole log looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    audited_events: Option<u64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    audited_at: Option<DateTime<Utc>>,
    /// What it found to be wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_finding: Option<String>,
    /// How many witnesses must have cosigned a checkpoint.
    required_cosignatures: usize,
    /// How many events the largest tree covers that so many witnesses have seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    witnessed_position: Option<u64>,
    /// How each witness stands.
    witnesses: Vec<WitnessBody>,
}

/// How a witness stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct WitnessBody {
    /// Its name.
    name: String,
    /// How many events the last checkpoint covers that it cosigned.
    cosigned_position: u64,
    /// Why it does not cosign, if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    /// When it was asked last.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_at: Option<DateTime<Utc>>,
}

impl From<(String, WitnessState)> for WitnessBody {
    fn from((name, state): (String, WitnessState)) -> Self {
        Self {
            name,
            cosigned_position: state.cosigned_size,
            trouble: state.trouble,
            asked_at: state.asked_at,
        }
    }
}

impl From<questions::Detailed> for LogBody {
    fn from(detailed: questions::Detailed) -> Self {
        let witnessed_position = detailed.witnessed_position();
        let state = detailed.log;
        let (refused_position, refused_reason) = state.refusal.unzip();
        let (audited_events, audited_at) = state
            .audit
            .as_ref()
            .map(|audit| (audit.events, audit.finished_at))
            .unzip();
        Self {
            sealed_position: state.sealed_position,
            refused_position,
            refused_reason,
            audited_events,
            audited_at,
            audit_finding: state.audit.and_then(|audit| audit.finding),
            required_cosignatures: detailed.required_cosignatures,
            witnessed_position,
            witnesses: detailed.witnesses.into_iter().map(WitnessBody::from).collect(),
        }
    }
}

/// How much of the log is archived.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArchiveBody {
    /// Up to this position events are in bundles; 0 when none are.
    archived_position: u64,
    /// Up to this position they may be in bundles alone.
    removed_position: u64,
    /// How many bundles there are.
    bundles: u64,
    /// How many bytes they have.
    size_bytes: u64,
    /// When the last one was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    archived_at: Option<DateTime<Utc>>,
}

impl From<ArchiveState> for ArchiveBody {
    fn from(state: ArchiveState) -> Self {
        Self {
            archived_position: state.archived_position,
            removed_position: state.removed_position,
            bundles: state.bundles,
            size_bytes: state.size_bytes,
            archived_at: state.archived_at,
        }
    }
}

/// How the rows stand that a process remembers.
#[derive(Serialize, ToSchema)]
pub(crate) struct CacheBody {
    /// Whether they are given: the process knows what changed up to a second ago.
    current: bool,
    /// About how many there are.
    rows: u64,
    /// About how many bytes they take.
    size_bytes: u64,
}

impl From<RowsState> for CacheBody {
    fn from(state: RowsState) -> Self {
        Self {
            current: state.is_current,
            rows: state.rows,
            size_bytes: state.size_bytes,
        }
    }
}

/// How a service stands that holds a root key.
#[derive(Serialize, ToSchema)]
pub(crate) struct KmsBody {
    /// `aws` or `vault`.
    provider: &'static str,
    /// The root key, as the service names it.
    root_key: String,
    /// `closed` when it is asked, `open` when it is left alone because it failed, `half_open` when the next call finds out.
    circuit: &'static str,
    /// How many attempts failed since the last that did not.
    failures: u32,
}

impl From<KmsState> for KmsBody {
    fn from(state: KmsState) -> Self {
        Self {
            provider: state.provider,
            root_key: state.kms_key,
            circuit: state.circuit.as_str(),
            failures: state.failures,
        }
    }
}

/// How a projector stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectionBody {
    /// Its name.
    name: String,
    /// The last position that it applied.
    position: i64,
    /// How many events it has not applied.
    lag_events: i64,
    /// How old the oldest of them is; 0 when there is none.
    lag_seconds: f64,
    /// When it last moved.
    updated_at: DateTime<Utc>,
    /// The position at which it stopped, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_position: Option<i64>,
    /// The kind of fault at which it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_reason: Option<String>,
    /// Since when the copy is kept that served before the last switch, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_since: Option<DateTime<Utc>>,
}

impl From<ProjectionState> for ProjectionBody {
    fn from(state: ProjectionState) -> Self {
        Self {
            name: state.projection,
            position: state.position,
            lag_events: state.lag_events,
            lag_seconds: state.lag_seconds,
            updated_at: state.updated_at,
            stopped_position: state.stopped_position,
            stopped_reason: state.stopped_reason,
            kept_since: state.kept_since,
        }
    }
}

/// How the publisher to Kafka stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct KafkaBody {
    /// The last position that the brokers acknowledged.
    position: u64,
    /// How many events it is behind.
    lag_events: u64,
    /// How long the first of them has been waiting, in seconds.
    lag_s: f64,
    /// When it last moved.
    updated_at: DateTime<Utc>,
    /// Why nothing is published, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble_at: Option<DateTime<Utc>>,
}

impl KafkaBody {
    fn new(state: PublisherState, log_position: u64) -> Self {
        let position = state.position.unsigned_abs();
        Self {
            position,
            lag_events: log_position.saturating_sub(position),
            lag_s: state.lag_s,
            updated_at: state.updated_at,
            trouble: state.trouble,
            trouble_at: state.trouble_at,
        }
    }
}

/// How the parts of the service stand.
#[utoipa::path(
    get, path = "/health/detailed", tag = "Health",
    responses((status = 200, description = "How they stand.", body = DetailedBody), ProblemResponses)
)]
pub(crate) async fn detailed(
    State(state): State<ReadState>,
    Asking(asker): Asking,
) -> Result<Json<DetailedBody>, Problem> {
    let permit = state.permit::<act::HealthDetailed>(&asker, TenantWide).await?;
    let mut detailed = questions::detailed(&state.queries, &permit)
        .await
        .map_err(problem)?;
    let projections = std::mem::take(&mut detailed.projections);
    let stopped = projections
        .iter()
        .any(|projection| projection.stopped_position.is_some());
    let kms = std::mem::take(&mut detailed.kms);
    let kms_away = kms.iter().any(|state| state.circuit != Circuit::Closed);
    let publisher = detailed.publisher.take();
    let held_up = publisher.as_ref().is_some_and(|state| state.trouble.is_some());
    let kafka = publisher.map(|state| KafkaBody::new(state, detailed.log_position));
    let certificate = state.certificate.now();
    let now = state.queries.clock.now();
    let is_bad = |known: &Certificate| known.trouble.is_some() || known.not_after <= now;
    let certificate_is_bad = certificate.as_ref().is_some_and(is_bad);
    let redis = detailed
        .limits_are_shared
        .map(|shared| if shared { "ok" } else { "away" });
    let redis_away = redis == Some("away");
    Ok(Json(DetailedBody {
        redis,
        cache: detailed.rows.map(CacheBody::from),
        status: if stopped
            || held_up
            || kms_away
            || redis_away
            || certificate_is_bad
            || !detailed.log_is_sound()
        {
            "degraded"
        } else {
            "ok"
        },
        log_position: detailed.log_position,
        archive: detailed.archive.clone().into(),
        log: detailed.into(),
        kms: kms.into_iter().map(KmsBody::from).collect(),
        projections: projections.into_iter().map(ProjectionBody::from).collect(),
        kafka,
        certificate,
    }))
}
