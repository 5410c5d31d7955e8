use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, body::Bytes, http::Uri, routing::get};
use tokio::sync::mpsc;
use vault_http::{Edge, EdgeLimits};

use super::*;
use crate::ambient::{SystemClock, SystemIds};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(level: &str, format: LogFormat) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let (dispatch, _guard) = build(level, format, None, move || writer.clone()).expect("is valid");
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info!(answer = 42, "told");
        tracing::debug!("kept back");
    });
    let bytes = lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    String::from_utf8(bytes).expect("is UTF-8")
}

/// A collector: what it is sent, and where.
async fn collector() -> (String, mpsc::UnboundedReceiver<(String, Bytes)>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let app = Router::new().fallback(move |uri: Uri, body: Bytes| {
        let sent = sender.send((uri.path().to_owned(), body));
        async move { sent.is_ok().to_string() }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("has an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}/"), receiver)
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[test]
fn lines_follow_the_level_and_the_format() {
    let text = logged("info", LogFormat::Text);
    assert!(
        text.contains("told") && text.contains("answer=42") && !text.contains("kept back"),
        "{text}"
    );
    let json = logged("info", LogFormat::Json);
    let line: serde_json::Value = serde_json::from_str(json.trim()).expect("is one JSON line");
    assert_eq!(
        (line["message"].as_str(), line["answer"].as_u64()),
        (Some("told"), Some(42))
    );
    assert_eq!(logged(QUIET_LEVEL, LogFormat::Text), "");
}

#[test]
fn a_bad_level_or_endpoint_is_named() {
    let bad = build("info,=,,x=y=z", LogFormat::Text, None, io::sink)
        .map(|_| ())
        .expect_err("is no level");
    assert!(bad.to_string().contains("log.level"), "{bad}");
    let bad = build("info", LogFormat::Text, Some("not a url"), io::sink)
        .map(|_| ())
        .expect_err("is no URL");
    assert!(bad.to_string().contains("telemetry.otlp_endpoint"), "{bad}");
}

#[test]
fn the_path_of_the_protocol_is_added_once() {
    for endpoint in [
        "http://c:4318",
        "http://c:4318/",
        "http://c:4318/v1/traces",
        "http://c:4318/v1/traces/",
    ] {
        assert_eq!(traces_endpoint(endpoint), "http://c:4318/v1/traces");
    }
    assert_eq!(traces_endpoint("https://c/otlp"), "https://c/otlp/v1/traces");
}

#[tokio::test]
async fn the_guard_sends_what_is_left_even_on_the_only_thread_of_a_runtime() {
    let (endpoint, mut received) = collector().await;
    let sender = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let (dispatch, guard) =
                build("info", LogFormat::Text, Some(&endpoint), io::sink).expect("is valid");
            assert_eq!(guard.traces(), Traces::Sent);
            tracing::dispatcher::with_default(&dispatch, || {
                tracing::info_span!("a_span_of_the_test").in_scope(|| ());
            });
            drop(guard);
        });
    });
    let (path, body) = received.recv().await.expect("something is sent");
    sender.join().expect("ends");
    assert_eq!(path, "/v1/traces");
    assert!(
        holds(&body, b"a_span_of_the_test") && holds(&body, b"service.name") && holds(&body, b"vault-server")
    );
}

#[tokio::test]
async fn the_request_hangs_below_the_clients_span() {
    let (endpoint, mut received) = collector().await;
    let work = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let (dispatch, guard) = build("info", LogFormat::Text, Some(&endpoint), io::sink).expect("is valid");
        let _default = tracing::dispatcher::set_default(&dispatch);
        let routes = Router::new()
            .route("/", get(|| async { "fine" }))
            .layer(axum::middleware::from_fn(link_trace));
        let limits = EdgeLimits {
            timeout_ms: 60_000,
            body_bytes: 1_000,
        };
        let app = Edge::new(Arc::new(SystemClock), Arc::new(SystemIds), limits).wrap(routes);
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .expect("a port");
            let url = format!("http://{}/", listener.local_addr().expect("has an address"));
            tokio::spawn(async move { axum::serve(listener, app).await });
            let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            let request = reqwest::Client::new().get(url).header("traceparent", parent);
            assert!(request.send().await.expect("answers").status().is_success());
        });
        // the connection's task holds the span until its runtime ends
        drop(runtime);
        drop(guard);
    });
    let (_, body) = received.recv().await.expect("something is sent");
    work.join().expect("ends");
    assert!(holds(&body, b"http.request"));
    let trace_id = hex::decode("4bf92f3577b34da6a3ce929d0e0e4736").expect("is hexadecimal");
    let parent_id = hex::decode("00f067aa0ba902b7").expect("is hexadecimal");
    assert!(holds(&body, &trace_id) && holds(&body, &parent_id));
}
