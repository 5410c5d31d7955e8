//! A client that says what it expects of every answer.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::{Value, json};

/// The longest that events wait to be sealed, and accesses to be recorded, on a busy machine.
const FOLLOWED_WITHIN: Duration = Duration::from_mins(1);
/// The longest that a test waits for one answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// What every answer carries, whatever it says.
const SECURITY_HEADERS: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "0"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "geolocation=(), microphone=(), camera=()"),
];

/// A client of one server, as one user or as nobody.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// Nobody, at a server's address.
    #[must_use]
    pub fn anonymous(url: &str) -> Self {
        // a second time changes nothing
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .build()
            .expect("an HTTP client");
        Self {
            http,
            base: url.to_owned(),
            token: None,
        }
    }

    /// Nobody, at a server's address, by a client that is made already.
    #[must_use]
    pub fn with_http(http: reqwest::Client, url: &str) -> Self {
        Self {
            http,
            base: url.to_owned(),
            token: None,
        }
    }

    /// The same caller at another server of the deployment.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self {
            base: url.to_owned(),
            ..self.clone()
        }
    }

    /// The same server with this access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// What the process tells of itself, if it answers.
    pub async fn metrics(&self) -> Option<String> {
        let answer = self.outside(Method::GET, "/metrics").send().await.ok()?;
        answer.text().await.ok()
    }

    /// Logs in.
    pub async fn login(&self, email: &str, password: &str) -> Self {
        let body = json!({ "email": email, "password": password });
        let answer = self
            .post("/auth/login")
            .json(&body)
            .reply()
            .await
            .expect_status(200)
            .json();
        self.with_token(answer["access_token"].as_str().expect("an access token"))
    }

    /// The access token.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("somebody is logged in")
    }

    /// A request below `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.outside(method, &format!("/api/v1{path}"))
    }

    /// A request to any path of the server.
    pub fn outside(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// GET below `/api/v1`.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// POST below `/api/v1`.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Creates a dataset and gives its id.
    pub async fn create_dataset(&self, name: &str) -> String {
        let answer = self
            .post("/datasets")
            .json(&json!({ "name": name }))
            .reply()
            .await
            .expect_status(201)
            .json();
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// Adds a record and gives the answer.
    pub async fn add_record(&self, dataset: &str, record: &Value) -> Value {
        self.post(&format!("/datasets/{dataset}/records"))
            .json(record)
            .reply()
            .await
            .expect_status(201)
            .json()
    }

    /// The figures of a dataset.
    pub async fn stats(&self, dataset: &str) -> Value {
        self.get(&format!("/datasets/{dataset}/stats"))
            .reply()
            .await
            .expect_status(200)
            .json()
    }

    /// The newest signed checkpoint, as soon as it covers a position: its note and its size.
    pub async fn checkpoint(&self, position: u64) -> (String, u64) {
        let asked = async {
            loop {
                let reply = self.get("/audit/checkpoint").reply().await;
                let note = reply.text();
                let size = note.lines().nth(1).and_then(|size| size.parse().ok());
                if let Some(size) = size.filter(|size| reply.status == 200 && *size >= position) {
                    return (note, size);
                }
            }
        };
        tokio::time::timeout(FOLLOWED_WITHIN, asked)
            .await
            .expect("sealed in time")
    }

    /// Waits until the server has recorded every access that it has answered so far.
    pub async fn recorded(&self) {
        let asked = async {
            loop {
                let metrics = self.outside(Method::GET, "/metrics").reply().await.text();
                let waiting = metrics
                    .lines()
                    .find_map(|line| line.strip_prefix("accesses_unrecorded "));
                if waiting.is_none_or(|waiting| waiting == "0") {
                    return;
                }
            }
        };
        tokio::time::timeout(FOLLOWED_WITHIN, asked)
            .await
            .expect("recorded in time");
    }

    /// All items of a list, page by page; `query` begins with `?` and names the limit.
    pub async fn all_pages(&self, path: &str, query: &str, cursor_name: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let page = self
                .get(&format!("{path}{query}{next}"))
                .reply()
                .await
                .expect_status(200)
                .json();
            let found = page["items"].as_array().expect("items").clone();
            assert!(
                !found.is_empty() || items.is_empty(),
                "no page but the first is empty"
            );
            items.extend(found);
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("&{cursor_name}={cursor}"),
                None => return items,
            }
        }
    }
}

/// Sends a request and takes the answer apart.
pub trait Answer {
    /// Sends the request; the answer is read whole.
    fn reply(self) -> impl Future<Output = Reply> + Send;
}

impl Answer for RequestBuilder {
    async fn reply(self) -> Reply {
        let response = self.send().await.expect("the server answers");
        let reply = Reply::of(response).await.expect("the answer is whole");
        for (name, value) in SECURITY_HEADERS {
            assert_eq!(reply.header(name), Some(value), "{name} of {reply:?}");
        }
        assert!(reply.header("content-security-policy").is_some(), "{reply:?}");
        assert!(reply.header("x-request-id").is_some(), "{reply:?}");
        reply
    }
}

/// An answer.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start: String = self.text().chars().take(2_000).collect();
        write!(f, "{} {:?} {start}", self.status, self.headers)
    }
}

impl Reply {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        assert!(parsed.is_ok(), "no JSON: {self:?}");
        parsed.unwrap_or_default()
    }

    /// The lines of an NDJSON body.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The answer that this is the beginning of, if it is whole.
    pub async fn of(response: Response) -> Option<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.ok()?.to_vec();
        Some(Self {
            status,
            headers,
            body,
        })
    }

    /// The same answer, if it has this status.
    #[must_use]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Checks that the answer is this problem, in all the members that a problem document has.
    #[expect(clippy::must_use_candidate, reason = "most tests want the check alone")]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let body = self.json();
        assert_eq!(body["code"], format!("VAULT_{code}"), "{self:?}");
        assert_eq!(body["status"], status, "{self:?}");
        assert_eq!(body["type"], format!("urn:vault:error:VAULT_{code}"), "{self:?}");
        for member in ["title", "detail", "instance", "trace_id", "timestamp"] {
            assert!(
                body[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member} of {self:?}"
            );
        }
        body
    }

    /// Checks that the answer is this problem, at this field.
    pub fn expect_field(&self, status: u16, code: &str, field: &str) {
        let body = self.expect_problem(status, code);
        assert_eq!(body["errors"][0]["field"], field, "{self:?}");
        assert_eq!(body["errors"][0]["code"], format!("VAULT_{code}"), "{self:?}");
    }
}
