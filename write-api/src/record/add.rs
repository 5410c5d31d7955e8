//! `POST /datasets/{id}/records`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::act;
use vault_commands::{
    Written,
    record::{self, RecordFailure},
};
use vault_domain::DatasetId;
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{AddedRecordBody, NewRecordBody};
use crate::{error::problem, request::Command, respond::written, state::WriteState};

/// Add a record to the draft of the default branch.
#[utoipa::path(
    post, path = "/datasets/{id}/records", tag = "Records",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), WriteHeaders),
    request_body = NewRecordBody,
    responses(
        (status = 201, description = "The record is stored.", body = AddedRecordBody),
        (status = 409, description = "The draft holds a record with this external id, or the dataset is archived."),
        ProblemResponses
    )
)]
pub(crate) async fn add(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    wait: ReadModelWait,
    command: Command<NewRecordBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::RecordAdd>(&asker, id).await?;
    let added = record::add(&state.vault, &permit, &command.request, vec![command.body.into()])
        .await
        .map_err(problem)?;
    let Written {
        value,
        position,
        replayed,
    } = added;
    let outcome = value
        .outcomes
        .into_iter()
        .next()
        .ok_or_else(|| Problem::internal(NoOutcome))?;
    let record = outcome.map_err(refused)?;
    let added = Written {
        value: record,
        position,
        replayed,
    };
    Ok(written(
        &state.vault,
        wait,
        StatusCode::CREATED,
        added,
        AddedRecordBody::from,
    )
    .await)
}

/// Why the record was not added, by the member at fault where it is one.
fn refused(failure: RecordFailure) -> Problem {
    let RecordFailure {
        code, message, field, ..
    } = failure;
    let problem = Problem::new(code).with_detail(message.clone());
    match field {
        Some(field) => problem.with_field(field, code, message),
        None => problem,
    }
}

/// A use case gave no outcome for its one record.
#[derive(Debug, thiserror::Error)]
#[error("no outcome for a record")]
struct NoOutcome;
