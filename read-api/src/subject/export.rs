//! `GET /subjects/{sid}/export`

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt as _, stream};
use serde::Serialize;
use uuid::Uuid;
use vault_access::{Permit, TenantWide, act};
use vault_domain::{DatasetId, ErrorCode, RecordId, SubjectId};
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadHeaders, ReadPosition};
use vault_projections::read::RecordFilter;
use vault_queries::{
    Moment, Queries, QueryError,
    record::{self, RecordPage},
    subject::{self, SubjectName},
};

use super::body::subject_name;
use crate::{error::problem, record::RecordBody, state::ReadState};

/// How many records are read at once.
const PAGE_RECORDS: usize = 500;
/// How a file of the export is called where it is saved.
const DISPOSITION: HeaderValue = HeaderValue::from_static("attachment; filename=\"export.ndjson\"");
const NDJSON: HeaderValue = HeaderValue::from_static("application/x-ndjson");

/// All records about a person, in all datasets, in a form that others can read: a line of JSON for each, and one that
/// says whether these are all. Reading each dataset must be allowed, and every record that is handed out is in the log.
#[utoipa::path(
    get, path = "/subjects/{sid}/export", tag = "Subjects",
    params(
        ("sid" = String, Path, description = "The subject's id, or `ext:` and the client's own name."),
        ReadHeaders
    ),
    responses(
        (
            status = 200, content_type = "application/x-ndjson",
            description = "Lines `{\"dataset_id\", \"record\"}`, and at the end \
                `{\"summary\": {\"complete\", \"subject_id\", \"records\"}}`, with the `error` where it broke off. \
                Without the last line the export is cut off."
        ),
        ProblemResponses
    )
)]
pub(crate) async fn export(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(name): ApiPath<String>,
    position: Option<ReadPosition>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::SubjectRead>(&asker, TenantWide).await?;
    let name = subject_name(&name)?;
    state.reach(position).await?;
    let (subject, datasets) = subject::places(&state.queries, &permit, &name)
        .await
        .map_err(problem)?;
    // all of them first: who may not read one gets nothing
    let mut permits = Vec::with_capacity(datasets.len());
    for dataset in datasets {
        permits.push(state.permit::<act::RecordRead>(&asker, dataset).await?);
    }
    let export = Export {
        queries: Arc::clone(&state.queries),
        permit,
        subject,
        left: permits.into_iter(),
        current: None,
        records: 0,
        is_done: false,
    };
    let body = Body::from_stream(export.lines().map(Ok::<_, Infallible>));
    let headers = [
        (header::CONTENT_TYPE, NDJSON),
        (header::CONTENT_DISPOSITION, DISPOSITION),
    ];
    Ok((headers, body).into_response())
}

/// An export under way.
struct Export {
    queries: Arc<Queries>,
    permit: Permit<act::SubjectRead>,
    subject: SubjectId,
    /// Datasets that were not begun.
    left: std::vec::IntoIter<Permit<act::RecordRead>>,
    /// The dataset that is read, and the last record of it.
    current: Option<(Permit<act::RecordRead>, Option<RecordId>)>,
    records: u64,
    is_done: bool,
}

#[derive(Serialize)]
struct RecordLine {
    dataset_id: Uuid,
    record: RecordBody,
}

#[derive(Serialize)]
struct SummaryLine {
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    /// Whether the lines before are all records of the person.
    complete: bool,
    subject_id: Uuid,
    records: u64,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Export {
    /// Pages of lines; a slow reader holds up reading.
    fn lines(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, |mut export| async move {
            if export.is_done {
                return None;
            }
            let closing = export.queries.closing.clone();
            let page = closing.run_until_cancelled(Box::pin(export.page())).await;
            let bytes = match page {
                Some(Ok(Some(bytes))) => bytes,
                Some(Ok(None)) => export.summary(None),
                Some(Err(error)) => export.summary(Some(&problem(error))),
                None => export.summary(Some(&Problem::new(ErrorCode::ServiceUnavailable))),
            };
            Some((bytes, export))
        })
    }

    /// The next records; `None` after the last.
    async fn page(&mut self) -> Result<Option<Bytes>, QueryError> {
        loop {
            let (permit, after) = match self.current.take() {
                Some(current) => current,
                None => match self.left.next() {
                    Some(permit) => (permit, None),
                    None => return self.end().await.map(|()| None),
                },
            };
            let filter = RecordFilter {
                subject: Some(self.subject),
                after,
                ..RecordFilter::default()
            };
            let page = record::list(&self.queries, &permit, filter, Moment::Now, PAGE_RECORDS).await;
            let RecordPage { records, more } = match page {
                // with the dataset, its records are gone
                Err(QueryError::DatasetNotFound) => continue,
                page => page?,
            };
            let dataset = permit.target();
            let last = records.last().map(|record| record.id);
            if more {
                self.current = Some((permit, last.or(after)));
            }
            if !records.is_empty() {
                self.records += records.len() as u64;
                return Ok(Some(lines_of(dataset, records)));
            }
        }
    }

    /// A person who was erased or restricted meanwhile has more than what was given.
    async fn end(&self) -> Result<(), QueryError> {
        let name = SubjectName::Id(self.subject);
        subject::places(&self.queries, &self.permit, &name)
            .await
            .map(drop)
    }

    fn summary(&mut self, error: Option<&Problem>) -> Bytes {
        self.is_done = true;
        line(&SummaryLine {
            summary: Summary {
                complete: error.is_none(),
                subject_id: self.subject.as_uuid(),
                records: self.records,
                error: error.map(|problem| problem.code().to_string()),
            },
        })
        .into()
    }
}

fn lines_of(dataset: DatasetId, records: Vec<record::RecordView>) -> Bytes {
    let dataset_id = dataset.as_uuid();
    let mut lines = Vec::new();
    for record in records {
        lines.extend(line(&RecordLine {
            dataset_id,
            record: record.into(),
        }));
    }
    lines.into()
}

fn line(body: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(body).unwrap_or_default();
    line.push(b'\n');
    line
}
