//! What the edge writes into the log.
//!
//! Not a unit test, since tests beside it in the same process decide for good which log sites are on.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{Router, body::Body, extract::Request, routing::get};
use chrono::{DateTime, Utc};
use tower::ServiceExt;
use tracing_subscriber::fmt::format::FmtSpan;
use uuid::Uuid;
use vault_domain::{Clock, IdSource};
use vault_http::{Edge, EdgeLimits, Problem};

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
}

impl IdSource for Fixed {
    fn next(&self) -> Uuid {
        Uuid::from_u128(5)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the database failed")]
struct Outer(#[source] Inner);

#[derive(Debug, thiserror::Error)]
#[error("out of cheese")]
struct Inner;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(lines.clone()).expect("is UTF-8")
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn router() -> Router {
    let limits = EdgeLimits {
        timeout_ms: 60_000,
        body_bytes: 1000,
    };
    let routes = Router::new()
        .route("/ok/{id}", get(|| async { "fine" }))
        .route("/fault", get(|| async { Problem::internal(Outer(Inner)) }));
    Edge::new(Arc::new(Fixed), Arc::new(Fixed), limits).wrap(routes)
}

#[tokio::test]
async fn a_faults_cause_is_logged_once_under_the_requests_id_and_no_path_is() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("is the first");
    for (path, name, value) in [
        ("/fault?q=private-1", "x-request-id", "mine-1"),
        ("/ok/private-2", "authorization", "Bearer private-3"),
    ] {
        let request = Request::get(path)
            .header(name, value)
            .body(Body::empty())
            .expect("is a request");
        router().oneshot(request).await.expect("answers");
    }
    let text = lines.text();
    assert_eq!(
        text.matches("cause=\"the database failed: out of cheese\"")
            .count(),
        1,
        "{text}"
    );
    assert!(
        text.contains("request_id=\"mine-1\"") && text.contains("route=\"/ok/{id}\""),
        "{text}"
    );
    assert!(
        text.contains("status=200") && text.contains("latency_us="),
        "{text}"
    );
    assert!(!text.contains("private"), "{text}");
}
