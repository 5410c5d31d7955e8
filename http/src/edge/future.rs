//! What happens around and after the handler.

use std::{
    any::Any,
    convert::Infallible,
    fmt::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use tokio::{sync::OwnedSemaphorePermit, time::Sleep};
use tracing::Span;
use vault_access::RateLimitState;
use vault_domain::ErrorCode;

use super::{Edge, headers, meters::Watch};
use crate::{
    Deprecated, Problem,
    context::{RequestContext, X_REQUEST_ID},
    problem::render,
};

/// Security, rate limit and id headers, so that the map grows once.
const ADDED_HEADERS: usize = 14;

pin_project! {
    /// The answer of a service behind the edge.
    pub struct EdgeFuture<F> {
        #[pin]
        inner: Option<F>,
        refused: Option<Problem>,
        // held until the answer begins
        place: Option<OwnedSemaphorePermit>,
        // Most answers come at once, and need no timer.
        deadline: Option<Pin<Box<Sleep>>>,
        edge: Arc<Edge>,
        context: RequestContext,
        rate: Option<RateLimitState>,
        watch: Watch,
        span: Span,
    }
}

impl<F> EdgeFuture<F> {
    pub(super) const fn running(
        inner: F,
        place: Option<OwnedSemaphorePermit>,
        edge: Arc<Edge>,
        context: RequestContext,
        rate: Option<RateLimitState>,
        watch: Watch,
        span: Span,
    ) -> Self {
        Self {
            inner: Some(inner),
            refused: None,
            place,
            deadline: None,
            edge,
            context,
            rate,
            watch,
            span,
        }
    }

    pub(super) const fn refused(
        problem: Problem,
        edge: Arc<Edge>,
        context: RequestContext,
        rate: Option<RateLimitState>,
        watch: Watch,
        span: Span,
    ) -> Self {
        Self {
            inner: None,
            refused: Some(problem),
            place: None,
            deadline: None,
            edge,
            context,
            rate,
            watch,
            span,
        }
    }
}

impl<F> Future for EdgeFuture<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let _entered = this.span.enter();
        let answered = match this.inner.as_mut().as_pin_mut() {
            Some(inner) => ready!(poll_inner(inner, this.deadline, this.edge, task)),
            None => this
                .refused
                .take()
                .unwrap_or_else(|| Problem::internal(PolledAgain))
                .into_response(),
        };
        // Whatever the handler still holds goes before the answer is counted.
        this.inner.set(None);
        drop(this.place.take());
        let mut response = answered;
        finish(&mut response, this.edge, this.context, this.rate.as_ref());
        if let Some(entry) = Deprecated::find(this.edge.deprecated, this.watch.method(), this.watch.route()) {
            entry.tell(response.headers_mut());
        }
        let status = response.status().as_u16();
        let elapsed = this.watch.elapsed();
        this.watch.finish(status, elapsed);
        if !this.span.is_disabled() {
            this.span.record("status", status);
            this.span.record(
                "latency_us",
                u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            );
        }
        Poll::Ready(Ok(response))
    }
}

fn poll_inner<F>(
    inner: Pin<&mut F>,
    deadline: &mut Option<Pin<Box<Sleep>>>,
    edge: &Edge,
    task: &mut Context<'_>,
) -> Poll<Response>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    match catch_unwind(AssertUnwindSafe(|| inner.poll(task))) {
        Ok(Poll::Ready(Ok(response))) => return Poll::Ready(response),
        Ok(Poll::Pending) => {}
        Err(payload) => return Poll::Ready(Problem::internal(Panicked::from(payload)).into_response()),
    }
    let deadline = deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(edge.timeout())));
    ready!(deadline.as_mut().poll(task));
    let problem = Problem::new(ErrorCode::TimeoutError).with_detail("The request took too long.");
    Poll::Ready(problem.into_response())
}

/// Gives a problem its body, and every answer its headers.
fn finish(response: &mut Response, edge: &Edge, context: &RequestContext, rate: Option<&RateLimitState>) {
    response.headers_mut().reserve(ADDED_HEADERS);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        log_fault(&problem, context);
        let body = render(&problem, context, edge.clock.now(), response.headers_mut());
        *response.body_mut() = body;
    }
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, context.request_id.clone());
    headers::secure(headers, edge.transport);
    if let (Some(gate), Some(state)) = (&edge.gate, rate) {
        gate.headers.add(headers, state);
    }
}

/// The one place where a fault's cause is written down.
fn log_fault(problem: &Problem, context: &RequestContext) {
    if !problem.status().is_server_error() {
        return;
    }
    let mut chain = String::new();
    let mut cause = problem.cause().map(|cause| cause as &dyn std::error::Error);
    while let Some(error) = cause {
        let separator = if chain.is_empty() { "" } else { ": " };
        let _ = write!(chain, "{separator}{error}");
        cause = error.source();
    }
    tracing::error!(
        code = problem.code().code(),
        status = problem.status().as_u16(),
        request_id = context.request_id(),
        instance = %context.instance,
        cause = chain,
        "request failed",
    );
}

#[derive(Debug, thiserror::Error)]
#[error("the answer was asked for again after it was given")]
struct PolledAgain;

/// A handler panicked. Its message may hold anything, so only one that stands in the program is kept.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked: {0}")]
struct Panicked(&'static str);

impl From<Box<dyn Any + Send>> for Panicked {
    fn from(payload: Box<dyn Any + Send>) -> Self {
        Self(
            payload
                .downcast_ref::<&'static str>()
                .copied()
                .unwrap_or("its message was put together at run time"),
        )
    }
}
