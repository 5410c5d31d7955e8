//! The server, as the commands ask it.

use std::{error::Error as _, time::Duration};

use anyhow::{Context, anyhow};
use reqwest::{
    Body, RequestBuilder, Response, StatusCode, Url,
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect::Policy,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    printable,
    retry::{Failure, is_passing},
};
use crate::config::Secret;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long a request may take that is no upload.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// How much of a problem document is read.
const MAX_PROBLEM_BYTES: usize = 64 * 1024;

/// Who calls.
pub(super) struct Credentials {
    /// The user's email.
    pub(super) email: String,
    /// The user's password.
    pub(super) password: Secret,
}

/// The server, as one user.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    credentials: Credentials,
    token: Option<Secret>,
}

/// Where the records go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Dataset {
    /// Its id.
    pub(super) id: Uuid,
    /// Its name.
    pub(super) name: String,
}

#[derive(Deserialize)]
struct Datasets {
    items: Vec<Dataset>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProblemDocument {
    title: Option<String>,
    detail: Option<String>,
    code: Option<String>,
}

impl Client {
    pub(super) fn new(url: &Url, credentials: Credentials) -> anyhow::Result<Self> {
        crate::tls::install();
        let http = reqwest::Client::builder()
            .user_agent(concat!("vault-server/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_keepalive(KEEPALIVE)
            // a streamed body cannot be sent a second time to where a redirect points
            .redirect(Policy::none())
            .build()
            .context("cannot set up HTTP")?;
        let base = format!("{}/api/v1", url.as_str().trim_end_matches('/'));
        Ok(Self {
            http,
            base,
            credentials,
            token: None,
        })
    }

    /// Forgets the login: after anything went wrong, the next attempt logs in anew.
    pub(super) fn log_out(&mut self) {
        self.token = None;
    }

    /// Logs in, unless that was done.
    pub(super) async fn log_in(&mut self) -> Result<(), Failure> {
        if self.token.is_some() {
            return Ok(());
        }
        let body = json!({"email": self.credentials.email, "password": self.credentials.password.expose()});
        let request = self.http.post(format!("{}/auth/login", self.base)).json(&body);
        let response = send(request.timeout(ANSWER_TIMEOUT)).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let refusal = problem(response).await;
            return Err(Failure::Final(
                anyhow!(refusal).context("the server refuses the email and password"),
            ));
        }
        let tokens: Tokens = read(accepted(response, "cannot log in").await?).await?;
        self.token = Some(Secret::new(tokens.access_token));
        Ok(())
    }

    /// Finds the dataset of exactly this name.
    pub(super) async fn find(&self, name: &str) -> Result<Option<Dataset>, Failure> {
        let request = self
            .http
            .get(format!("{}/datasets", self.base))
            .query(&[("name", name)]);
        let response = send(self.authorized(request).timeout(ANSWER_TIMEOUT)).await?;
        let found: Datasets = read(accepted(response, "cannot look for the dataset").await?).await?;
        Ok(found.items.into_iter().find(|dataset| dataset.name == name))
    }

    /// Creates a dataset of this name; `None` when there is one that the last search did not show.
    pub(super) async fn create(&self, name: &str) -> Result<Option<Dataset>, Failure> {
        let request = self
            .http
            .post(format!("{}/datasets", self.base))
            .json(&json!({"name": name}));
        let response = send(self.authorized(request).timeout(ANSWER_TIMEOUT)).await?;
        if response.status() == StatusCode::CONFLICT {
            return Ok(None);
        }
        read(accepted(response, "cannot create the dataset").await?)
            .await
            .map(Some)
    }

    /// Begins the upload. The answer is there before the body is sent.
    pub(super) async fn upload(&self, dataset: Uuid, key: &str, body: Body) -> Result<Response, Failure> {
        let request = self
            .http
            .post(format!("{}/datasets/{dataset}/versions/draft/records", self.base))
            .query(&[("report", "failures")])
            .header(CONTENT_TYPE, "application/x-ndjson")
            .header("Idempotency-Key", key)
            .body(body);
        let response = send(self.authorized(request)).await?;
        accepted(response, "the server refuses the upload").await
    }

    /// What a path below `/api/v1` answers with.
    pub(super) async fn get_bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let request = self
            .http
            .get(format!("{}{path}", self.base))
            .timeout(ANSWER_TIMEOUT);
        let response = send(self.authorized(request))
            .await
            .map_err(Failure::into_cause)?;
        let response = accepted(response, "the server refuses to answer").await;
        let response = response.map_err(Failure::into_cause)?;
        Ok(response.bytes().await.context("the answer broke off")?.into())
    }

    /// The text that a path below `/api/v1` answers with.
    pub(super) async fn get_text(&self, path: &str) -> anyhow::Result<String> {
        String::from_utf8(self.get_bytes(path).await?).context("the answer is no text")
    }

    /// The JSON that a path below `/api/v1` answers with.
    pub(super) async fn get_json<T: serde::de::DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        serde_json::from_slice(&self.get_bytes(path).await?)
            .context("the answer is not what a vault would say")
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        }
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Failure> {
    request.send().await.map_err(|error| {
        if error.is_builder() || speaks_no_tls(&error) {
            Failure::Final(error.into())
        } else {
            Failure::broken(error)
        }
    })
}

/// Whether the URL is https and this program was built without TLS, which the error tells in words only.
fn speaks_no_tls(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.to_string().contains("scheme is not http") {
            return true;
        }
        cause = error.source();
    }
    false
}

async fn read<T: serde::de::DeserializeOwned>(response: Response) -> Result<T, Failure> {
    response.json().await.map_err(|error| {
        if error.is_decode() {
            Failure::Final(anyhow!(error).context("the answer is not what a vault would say"))
        } else {
            Failure::broken(error)
        }
    })
}

/// Lets good answers through; of others it tells whether they may become good.
async fn accepted(response: Response, what: &'static str) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let seconds = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let cause = anyhow!(problem(response).await).context(what);
    Err(if is_passing(status) {
        Failure::Again {
            cause,
            wait: seconds.map(Duration::from_secs),
        }
    } else {
        Failure::Final(cause)
    })
}

/// What a refusal says, for people.
async fn problem(mut response: Response) -> String {
    let status = response.status();
    let mut body = Vec::new();
    while let Ok(Some(bytes)) = response.chunk().await {
        body.extend_from_slice(&bytes);
        if body.len() > MAX_PROBLEM_BYTES {
            break;
        }
    }
    let document: ProblemDocument = serde_json::from_slice(&body).unwrap_or_default();
    let text = document
        .detail
        .or(document.title)
        .unwrap_or_else(|| "no reason was given".to_owned());
    let text = printable(&text);
    match document.code {
        Some(code) => format!("{text} ({}, HTTP {})", printable(&code), status.as_u16()),
        None => format!("{text} (HTTP {})", status.as_u16()),
    }
}
