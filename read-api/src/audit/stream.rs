//! `GET /audit/stream`

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt, future};
use vault_access::{ACCESS_TOKEN_LIFETIME_S, TenantWide, act};
use vault_domain::ErrorCode;
use vault_event_store::StoredEvent;
use vault_http::{ApiQuery, Asking, LogPosition, Problem, ProblemResponses};
use vault_queries::audit;

use super::body::{EventBody, EventQuery};
use crate::state::ReadState;

/// How long a stream lives.
const LIFETIME: Duration = Duration::from_secs(ACCESS_TOKEN_LIFETIME_S as u64);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The tenant's events as they happen, as server-sent events. The id of each is its position: a client that comes
/// back with `Last-Event-ID` misses none. A stream ends after 15 minutes, as access tokens do.
#[utoipa::path(
    get, path = "/audit/stream", tag = "Audit", params(
        EventQuery,
        (
            "Last-Event-ID" = inline(Option<LogPosition>), Header,
            description = "The id of the last event that was seen."
        )
    ),
    responses((status = 200, description = "Events without end.", content_type = "text/event-stream"), ProblemResponses)
)]
pub(crate) async fn stream(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<EventQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let after = last_event_id(&headers)?.unwrap_or_else(|| query.after.get());
    let tail = audit::tail(Arc::clone(&state.queries), &permit, after, query.filter());
    let events = tail
        .map(|event| event.ok().and_then(render))
        .take_while(|event| future::ready(event.is_some()));
    let events = events.filter_map(|event| future::ready(event.map(Ok)));
    // a stream lives no longer than the token that opened it could: the client comes back with Last-Event-ID
    let events = events.take_until(tokio::time::sleep(LIFETIME));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    let position = number.and_then(LogPosition::new);
    position.map(|position| Some(position.get())).ok_or_else(|| {
        Problem::in_field(
            "Last-Event-ID",
            ErrorCode::InvalidFormat,
            "is not the id of an event of this stream",
        )
    })
}

fn render(event: StoredEvent) -> Option<Event> {
    let name = event.event_type.clone();
    let position = event.position;
    let body = EventBody::try_from(event).ok()?;
    Event::default()
        .id(position.to_string())
        .event(name)
        .json_data(body)
        .ok()
}
