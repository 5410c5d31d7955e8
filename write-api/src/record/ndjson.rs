//! A streamed upload: lines in, a report out, each chunk durable before its lines are reported.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use futures::{Stream, StreamExt, future, stream};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use vault_access::{Permit, act};
use vault_commands::Written;
use vault_domain::ErrorCode;
use vault_http::{PositionToken, Problem};

use super::{
    batch::{Line, Report, add_chunk},
    body::{AddedRecordBody, FailedRecordBody, parse},
    lines::{Chunk, CutError, chunks},
};
use crate::{request::Envelope, state::WriteState};

/// How many seconds a client should wait when too many upload.
const RETRY_AFTER_S: u32 = 5;
/// How many chunks of one upload are worked on at once.
const CHUNKS_IN_FLIGHT: usize = 4;

/// One line of a report: a record that was added.
#[derive(Serialize)]
struct AddedLine {
    index: u64,
    #[serde(flatten)]
    record: AddedRecordBody,
}

/// The last line of a report.
#[derive(Serialize)]
struct Summary {
    created: u64,
    failed: u64,
    /// Whether every line was worked on.
    complete: bool,
    /// How many lines were sent before and answered again.
    replayed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<String>,
    read_models: &'static str,
    /// Why the upload ended early: send it again under the same idempotency key.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<EarlyEnd>,
}

#[derive(Serialize)]
struct EarlyEnd {
    code: &'static str,
    detail: String,
}

struct Upload {
    state: WriteState,
    permit: Permit<act::RecordAdd>,
    envelope: Envelope,
    report: Report,
    _place: OwnedSemaphorePermit,
}

type Done = Result<(Chunk, Written<Vec<Line>>), Problem>;

/// Answers with the report while the body is still being read.
pub(super) fn upload(
    state: WriteState,
    permit: Permit<act::RecordAdd>,
    envelope: Envelope,
    body: Body,
    report: Report,
) -> Result<Response, Problem> {
    let place = Arc::clone(&state.uploads).try_acquire_owned().map_err(|_| {
        Problem::new(ErrorCode::ResourceExhausted)
            .with_retry_after(RETRY_AFTER_S)
            .with_detail("Too many uploads are under way.")
    })?;
    let upload = Arc::new(Upload {
        state,
        permit,
        envelope,
        report,
        _place: place,
    });
    let mut response = Response::new(Body::from_stream(
        lines_out(upload, body).map(Ok::<_, std::convert::Infallible>),
    ));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-ndjson"),
    );
    Ok(response)
}

fn lines_out(upload: Arc<Upload>, body: Body) -> impl Stream<Item = Bytes> {
    let worker = Arc::clone(&upload);
    let done = chunks(body)
        .map(move |chunk| {
            let worker = Arc::clone(&worker);
            async move { worker.work(chunk).await }
        })
        .buffered(CHUNKS_IN_FLIGHT);
    let tally = Tally {
        upload,
        created: 0,
        failed: 0,
        replayed: 0,
        position: None,
        state: State::Running,
    };
    stream::unfold((Box::pin(done), tally), |(mut done, mut tally)| async move {
        let bytes = match tally.state {
            State::Ended => return None,
            State::Running => match tally
                .upload
                .state
                .closing
                .clone()
                .run_until_cancelled(done.next())
                .await
            {
                Some(Some(Ok((chunk, written)))) => tally.report(&chunk, written),
                Some(Some(Err(problem))) => tally.summary(Some(&problem)).await,
                Some(None) => tally.summary(None).await,
                None => {
                    tally
                        .summary(Some(&Problem::new(ErrorCode::ServiceUnavailable)))
                        .await
                }
            },
        };
        Some((bytes, (done, tally)))
    })
    .filter(|bytes| future::ready(!bytes.is_empty()))
}

impl Upload {
    async fn work(&self, chunk: Result<Chunk, CutError>) -> Done {
        let chunk = chunk.map_err(|error| match error {
            CutError::Broken(_) => {
                Problem::new(ErrorCode::InvalidRequestFormat).with_detail("The body broke off.")
            }
            CutError::Idle => Problem::new(ErrorCode::TimeoutError),
            CutError::LineTooLong => {
                Problem::new(ErrorCode::PayloadTooLarge).with_detail("A line is too long.")
            }
        })?;
        let digested: Vec<u8> = chunk.lines.join(&b'\n');
        let request = self.envelope.request(&digested, chunk.number);
        let parsed = chunk.lines.iter().map(|line| match str::from_utf8(line) {
            Ok(text) => parse(text),
            Err(_) => Err(not_text()),
        });
        let written = add_chunk(&self.state, &self.permit, &request, parsed.collect()).await?;
        Ok((chunk, written))
    }
}

fn not_text() -> vault_commands::record::RecordFailure {
    vault_commands::record::RecordFailure::new(ErrorCode::InvalidEncoding, "the line is not UTF-8".to_owned())
}

enum State {
    Running,
    Ended,
}

struct Tally {
    upload: Arc<Upload>,
    created: u64,
    failed: u64,
    replayed: u64,
    position: Option<u64>,
    state: State,
}

impl Tally {
    fn report(&mut self, chunk: &Chunk, written: Written<Vec<Line>>) -> Bytes {
        let mut out = Vec::new();
        self.position = self.position.max(written.position);
        if written.replayed {
            self.replayed += chunk.lines.len() as u64;
        }
        for (index, (id, outcome)) in (chunk.first_index..).zip(written.value) {
            match outcome {
                Ok(record) => {
                    self.created += 1;
                    if self.upload.report == Report::All {
                        push_line(
                            &mut out,
                            &AddedLine {
                                index,
                                record: record.into(),
                            },
                        );
                    }
                }
                Err(failure) => {
                    self.failed += 1;
                    push_line(&mut out, &FailedRecordBody::new(index, id, failure));
                }
            }
        }
        out.into()
    }

    async fn summary(&mut self, problem: Option<&Problem>) -> Bytes {
        self.state = State::Ended;
        let read_models = match self.position {
            Some(position) if !self.upload.state.vault.read_models.wait(position).await => "behind",
            _ => "current",
        };
        let error = problem.map(|problem| EarlyEnd {
            code: problem.code().code(),
            detail: problem.code().title().to_owned(),
        });
        let mut out = Vec::new();
        push_line(
            &mut out,
            &Summary {
                created: self.created,
                failed: self.failed,
                complete: problem.is_none(),
                replayed: self.replayed,
                position: self
                    .position
                    .map(|position| PositionToken::new(position).to_string()),
                read_models,
                error,
            },
        );
        out.into()
    }
}

fn push_line(out: &mut Vec<u8>, line: &impl Serialize) {
    match serde_json::to_writer(&mut *out, line) {
        Ok(()) => out.push(b'\n'),
        Err(error) => tracing::error!(error = %error, "a report's line cannot be written"),
    }
}
