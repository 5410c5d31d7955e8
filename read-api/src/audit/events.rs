//! `GET /audit/events`

use axum::{Json, extract::State};
use vault_access::{TenantWide, act};
use vault_event_store::EventPage;
use vault_http::{ApiQuery, Asking, Page, Problem, ProblemResponses};
use vault_queries::audit;

use super::body::{EventBody, EventQuery};
use crate::{error::problem, state::ReadState};

/// The tenant's events in the order of the log. `next_cursor` is the position to go on `after`, and pages stay the
/// same while the log grows. A page for a filter that fits little may hold fewer events than `limit`, even none, and still
/// have a `next_cursor`: so much of the log was looked through for it.
#[utoipa::path(
    get, path = "/audit/events", tag = "Audit", params(EventQuery),
    responses((status = 200, description = "One page of events.", body = Page<EventBody>), ProblemResponses)
)]
pub(crate) async fn events(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<EventQuery>,
) -> Result<Json<Page<EventBody>>, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let EventPage { events, next } = audit::events(
        &state.queries,
        &permit,
        query.after.get(),
        query.limit.items(),
        &query.filter(),
    )
    .await
    .map_err(problem)?;
    let items = events
        .into_iter()
        .map(EventBody::try_from)
        .collect::<Result<_, _>>()?;
    let next_cursor = next.map(|position| position.to_string());
    Ok(Json(Page { items, next_cursor }))
}
