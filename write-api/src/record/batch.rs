//! `POST /datasets/{id}/versions/{v}/records`

use axum::{
    extract::{FromRequest, FromRequestParts, Request as HttpRequest, State},
    http::{StatusCode, header},
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use vault_access::{Permit, act};
use vault_commands::{
    Written,
    record::{self, RecordFailure, RecordInput, RecordOutcome},
};
use vault_domain::{DatasetId, ErrorCode};
use vault_http::{ApiPath, ApiQuery, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::{
    body::{AddedRecordBody, FailedRecordBody, NewRecordBody, parse},
    ndjson,
};
use crate::{
    error::problem,
    request::{Command, Envelope},
    respond::written,
    state::WriteState,
};

/// The most records of one JSON body.
const MAX_RECORDS: usize = 10_000;
/// How many of them are appended at once.
const RECORDS_PER_CHUNK: usize = 1_000;

/// Records to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchBody {
    /// At most 10,000 records.
    #[schema(value_type = Vec<NewRecordBody>, min_items = 1, max_items = 10_000)]
    records: Vec<Box<RawValue>>,
}

/// What became of the records.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchReportBody {
    /// The records that were added.
    created: Vec<AddedRecordBody>,
    /// The records that were not.
    failed: Vec<FailedRecordBody>,
}

/// How much a streamed report tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// A line for every record.
    #[default]
    All,
    /// A line for every record that was not added, and the summary: for clients that read only after they have sent.
    Failures,
}

/// Options of a streamed upload.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BatchQuery {
    /// How much a streamed report tells.
    #[serde(default)]
    #[param(inline, required = false)]
    report: Report,
}

/// Add many records to the draft: a JSON body of at most 10,000, or a stream of any length as
/// `application/x-ndjson`, one record a line, answered line by line with a report that ends with a summary.
#[utoipa::path(
    post, path = "/datasets/{id}/versions/{v}/records", tag = "Records",
    params(
        ("id" = uuid::Uuid, Path, description = "The dataset."),
        ("v" = String, Path, description = "`draft`"),
        BatchQuery,
        WriteHeaders
    ),
    request_body(content(
        (BatchBody = "application/json"),
        (NewRecordBody = "application/x-ndjson")
    )),
    responses(
        (status = 201, description = "What became of each record.", body = BatchReportBody),
        (status = 200, description = "A streamed report, as `application/x-ndjson`.", content_type = "application/x-ndjson"),
        ProblemResponses
    )
)]
pub(crate) async fn add_batch(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath((id, version)): ApiPath<(DatasetId, String)>,
    ApiQuery(query): ApiQuery<BatchQuery>,
    wait: ReadModelWait,
    request: HttpRequest,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::RecordAdd>(&asker, id).await?;
    if version != "draft" {
        return Err(Problem::new(ErrorCode::VersionNotFound));
    }
    if is_ndjson(&request) {
        let (mut parts, body) = request.into_parts();
        let envelope = Envelope::from_request_parts(&mut parts, &state).await?;
        if !envelope.may_be_a_repeat() {
            record::check_open(&state.vault, &permit).await.map_err(problem)?;
        }
        return ndjson::upload(state, permit, envelope, body, query.report);
    }
    let command = Command::<BatchBody>::from_request(request, &state).await?;
    add_json(&state, &permit, command, wait).await
}

fn is_ndjson(request: &HttpRequest) -> bool {
    let value = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    ["application/x-ndjson", "application/ndjson", "application/jsonl"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known))
}

async fn add_json(
    state: &WriteState,
    permit: &Permit<act::RecordAdd>,
    command: Command<BatchBody>,
    wait: ReadModelWait,
) -> Result<Response, Problem> {
    let Command {
        body: BatchBody { records },
        request,
    } = command;
    if !(1..=MAX_RECORDS).contains(&records.len()) {
        let message = format!("must hold 1 to {MAX_RECORDS} records");
        return Err(Problem::in_field("records", ErrorCode::InvalidArraySize, message));
    }
    let mut report = BatchReportBody {
        created: Vec::new(),
        failed: Vec::new(),
    };
    let (mut position, mut replayed) = (None, false);
    for (chunk, lines) in (0_u64..).zip(records.chunks(RECORDS_PER_CHUNK)) {
        let mut request = request.clone();
        if let Some(idempotency) = &mut request.idempotency {
            idempotency.chunk = chunk;
        }
        let first = chunk * RECORDS_PER_CHUNK as u64;
        let parsed = lines.iter().map(|line| parse(line.get())).collect();
        let added = match add_chunk(state, permit, &request, parsed).await {
            Ok(added) => added,
            // some records are stored: the answer says which, and which are not
            Err(problem) if position.is_some() => {
                report
                    .failed
                    .extend((first..records.len() as u64).map(|index| not_reached(index, &problem)));
                break;
            }
            Err(problem) => return Err(problem),
        };
        position = position.max(added.position);
        replayed |= added.replayed;
        for (index, (id, outcome)) in (first..).zip(added.value) {
            match outcome {
                Ok(record) => report.created.push(record.into()),
                Err(failure) => report.failed.push(FailedRecordBody::new(index, id, failure)),
            }
        }
    }
    let added = Written {
        value: report,
        position,
        replayed,
    };
    Ok(written(&state.vault, wait, StatusCode::CREATED, added, |report| report).await)
}

/// A record of a batch that ended before it was its turn.
fn not_reached(index: u64, problem: &Problem) -> FailedRecordBody {
    let message = problem.code().title().to_owned();
    FailedRecordBody::new(index, None, RecordFailure::new(problem.code(), message))
}

/// A record's own id, and what became of it.
pub(super) type Line = (Option<String>, RecordOutcome);

/// Adds the records that could be read; the others keep their failures, each in its place.
pub(super) async fn add_chunk(
    state: &WriteState,
    permit: &Permit<act::RecordAdd>,
    request: &vault_commands::Request,
    lines: Vec<Result<RecordInput, RecordFailure>>,
) -> Result<Written<Vec<Line>>, Problem> {
    let ids: Vec<Option<String>> = lines
        .iter()
        .map(|line| line.as_ref().ok().and_then(|input| input.external_id.clone()))
        .collect();
    let mut inputs = Vec::with_capacity(lines.len());
    let unread: Vec<Option<RecordFailure>> = lines
        .into_iter()
        .map(|line| line.map(|input| inputs.push(input)).err())
        .collect();
    if inputs.is_empty() {
        let value = ids
            .into_iter()
            .zip(unread.into_iter().flatten().map(Err))
            .collect();
        return Ok(Written {
            value,
            position: None,
            replayed: false,
        });
    }
    let added = record::add(&state.vault, permit, request, inputs)
        .await
        .map_err(problem)?;
    let Written {
        value,
        position,
        replayed,
    } = added;
    let mut outcomes = value.outcomes.into_iter();
    let mut merged = Vec::with_capacity(unread.len());
    for (id, unread) in ids.into_iter().zip(unread) {
        match unread {
            Some(failure) => merged.push((id, Err(failure))),
            None => merged.extend(outcomes.next().map(|outcome| (id, outcome))),
        }
    }
    Ok(Written {
        value: merged,
        position,
        replayed,
    })
}
