//! A small server with the upload's contract, and with the failures that a real one may have.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{StreamExt, stream};
use reqwest::Url;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const PASSWORD: &str = "right";
/// A line that the server refuses.
pub(super) const BAD: &str = "\"bad\"";

/// What the server does with an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Breaks the connection when this many lines are stored.
    BreakAfter(usize),
    /// Reports this many lines, then ends early with a code.
    EndAfter(usize, &'static str),
    /// Answers with a status at once.
    Answer(u16),
    /// Takes the head of the request and says nothing.
    Hang,
    /// Forgets a line.
    Forget,
}

#[derive(Default)]
pub(super) struct Vault {
    /// What is done with the next uploads; then all goes well.
    pub(super) plans: VecDeque<Plan>,
    /// What the next requests for a dataset are answered.
    pub(super) dataset_statuses: VecDeque<u16>,
    pub(super) datasets: Vec<(Uuid, String)>,
    /// All lines of every key, in their order.
    pub(super) stored: HashMap<String, Vec<String>>,
    pub(super) keys: Vec<String>,
    pub(super) logins: usize,
    expired: usize,
}

#[derive(Clone, Default)]
pub(super) struct Server(Arc<Mutex<Vault>>);

impl Server {
    pub(super) async fn start(plans: impl IntoIterator<Item = Plan>) -> (Self, Url) {
        let server = Self::default();
        server.vault().plans.extend(plans);
        let app = Router::new()
            .route("/api/v1/auth/login", post(log_in))
            .route("/api/v1/datasets", get(find).post(create))
            .route("/api/v1/datasets/{id}/versions/draft/records", post(upload))
            .with_state(server.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("has an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (server, url.parse().expect("is a URL"))
    }

    pub(super) fn vault(&self) -> MutexGuard<'_, Vault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let vault = self.vault();
        vault.logins > vault.expired && token == format!("Bearer token-{}", vault.logins)
    }
}

fn problem(status: u16) -> Response {
    let status = StatusCode::from_u16(status).expect("is a status");
    (
        status,
        Json(json!({"detail": "Not now.", "code": "VAULT_TEST_1"})),
    )
        .into_response()
}

async fn log_in(State(server): State<Server>, Json(body): Json<Value>) -> Response {
    if body["password"] != PASSWORD {
        return problem(401);
    }
    let mut vault = server.vault();
    vault.logins += 1;
    Json(json!({"access_token": format!("token-{}", vault.logins), "refresh_token": "", "expires_in": 900}))
        .into_response()
}

async fn find(
    State(server): State<Server>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if !server.is_known(&headers) {
        return problem(401);
    }
    let mut vault = server.vault();
    if let Some(status) = vault.dataset_statuses.pop_front() {
        return problem(status);
    }
    let items: Vec<Value> = vault
        .datasets
        .iter()
        .filter(|(_, name)| *name == query["name"])
        .map(|(id, name)| json!({"id": id, "name": name, "status": "active"}))
        .collect();
    Json(json!({"items": items})).into_response()
}

async fn create(State(server): State<Server>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if !server.is_known(&headers) {
        return problem(401);
    }
    let mut vault = server.vault();
    let (id, name) = (
        Uuid::from_u128(7),
        body["name"].as_str().expect("is a name").to_owned(),
    );
    vault.datasets.push((id, name.clone()));
    (StatusCode::CREATED, Json(json!({"id": id, "name": name}))).into_response()
}

async fn upload(
    State(server): State<Server>,
    Path(_): Path<Uuid>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    assert_eq!(query["report"], "failures");
    assert_eq!(request.headers()[header::CONTENT_TYPE], "application/x-ndjson");
    if !server.is_known(request.headers()) {
        return problem(401);
    }
    let key = request.headers()["Idempotency-Key"]
        .to_str()
        .expect("is text")
        .to_owned();
    let plan = {
        let mut vault = server.vault();
        vault.keys.push(key.clone());
        vault.plans.pop_front()
    };
    match plan {
        Some(Plan::Answer(status)) => {
            if status == 401 {
                let mut vault = server.vault();
                vault.expired = vault.logins;
            }
            problem(status)
        }
        Some(Plan::Hang) => Response::new(Body::from_stream(stream::pending::<io::Result<Bytes>>())),
        plan => {
            let work = Work {
                server,
                key,
                plan,
                body: request.into_body(),
                done: 0,
                failed: 0,
                replayed: 0,
            };
            Response::new(Body::from_stream(work.report()))
        }
    }
}

struct Work {
    server: Server,
    key: String,
    plan: Option<Plan>,
    body: Body,
    done: usize,
    failed: usize,
    replayed: usize,
}

impl Work {
    /// The report, which begins while the lines still come in.
    fn report(mut self) -> impl futures::Stream<Item = io::Result<Bytes>> {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut body = std::mem::take(&mut self.body).into_data_stream();
            let mut rest: Vec<u8> = Vec::new();
            while let Some(Ok(bytes)) = body.next().await {
                rest.extend_from_slice(&bytes);
                while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = rest.drain(..=at).collect();
                    let said = self.line(String::from_utf8_lossy(&line).trim_end());
                    let over = said.is_err()
                        || matches!(self.plan, Some(Plan::EndAfter(after, _)) if after == self.done);
                    let failed_to_tell = sender.send(said.map(Bytes::from)).is_err();
                    if failed_to_tell {
                        return;
                    }
                    if over {
                        let _ = sender.send(Ok(self.summary(false)));
                        return;
                    }
                }
            }
            let _ = sender.send(Ok(self.summary(true)));
        });
        stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|item| (item, receiver))
        })
    }

    fn line(&mut self, line: &str) -> io::Result<String> {
        if self.plan == Some(Plan::BreakAfter(self.done)) {
            return Err(io::Error::other("killed"));
        }
        let index = self.done;
        self.done += 1;
        let mut vault = self.server.vault();
        let stored = vault.stored.entry(self.key.clone()).or_default();
        match stored.get(index) {
            Some(before) => {
                assert_eq!(before, line, "a repeat sends the same lines");
                self.replayed += 1;
            }
            None => stored.push(line.to_owned()),
        }
        drop(vault);
        if !line.contains(BAD) {
            return Ok(String::new());
        }
        self.failed += 1;
        Ok(
            json!({"index": index, "id": "ext", "code": "VAULT_TEST_2", "error": "is bad"}).to_string()
                + "\n",
        )
    }

    fn summary(&self, complete: bool) -> Bytes {
        let forgotten = usize::from(self.plan == Some(Plan::Forget));
        let mut summary = json!({
            "created": self.done - self.failed - forgotten,
            "failed": self.failed,
            "complete": complete,
            "replayed": self.replayed,
            "position": "p1",
            "read_models": "current",
        });
        if let (false, Some(Plan::EndAfter(_, code))) = (complete, self.plan) {
            summary["error"] = json!({"code": code, "detail": "Stopped."});
        }
        (summary.to_string() + "\n").into()
    }
}
