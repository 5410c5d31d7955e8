//! What consumers of a real broker get: every event, in order, without sealed values, whoever dies.

pub(crate) mod consumers;
mod erasure;
mod faults;
mod replay;
mod security;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::RwLock;
use vault_tests::{
    Answer, Client, Deployment, Server, finished,
    kafka::{Received, brokers, read},
    shared,
};

const PATIENCE: Duration = Duration::from_mins(2);
/// Texts of a client, none of which may reach a consumer.
const MARKERS: [&str; 6] = [
    "Qx7Lm2Vd9",
    "Bn4Ks8Tw1",
    "Hy6Pf3Zc5",
    "Rg9Jd2Wq7",
    "Mv5Xb8Nh4",
    "tk3wz6yp1",
];

/// Who kills the broker does it alone.
pub(crate) static BROKER: RwLock<()> = RwLock::const_new(());

/// A deployment that publishes to topics of its own.
pub(crate) struct Publishing {
    pub(crate) deployment: Deployment,
    prefix: String,
}

impl Publishing {
    async fn new(name: &str) -> Self {
        Self::of(name, Deployment::new().await)
    }

    pub(crate) fn of(name: &str, deployment: Deployment) -> Self {
        Self {
            deployment,
            prefix: format!("{name}-{}", std::process::id()),
        }
    }

    fn settings<'a>(&'a self, brokers: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = [
            ("VAULT_KAFKA_BROKERS", brokers),
            ("VAULT_KAFKA_TOPIC_PREFIX", self.prefix.as_str()),
            ("VAULT_KAFKA_PARTITIONS", "3"),
        ];
        [&own[..], more].concat()
    }

    pub(crate) fn serve(&self, more: &[(&str, &str)]) -> Server {
        self.deployment.serve_with(&self.settings(&brokers(), more))
    }

    /// All messages, as soon as every position up to this one has arrived.
    pub(crate) async fn messages(&self, until: u64) -> Vec<Received> {
        let topics = format!("{}\\..*", self.prefix);
        let mut missing: BTreeSet<u64> = (1..=until).collect();
        read(&topics, move |message| {
            missing.remove(&message.position());
            missing.is_empty()
        })
        .await
    }
}

/// A process that runs, until it is killed.
pub(crate) struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("the process starts"))
    }
}

impl Drop for Running {
    /// SIGKILL: whatever it was doing then is done, or not at all.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn administrator(publishing: &Publishing, server: &Server) -> Client {
    let account = shared::register(&publishing.deployment, server.url(), None, "admin").await;
    Client::anonymous(server.url()).with_token(&account.token)
}

/// The health, as soon as it is as it should be.
async fn health(client: &Client, is_so: impl Fn(&Value) -> bool) -> Value {
    let asked = async {
        loop {
            let answer = client.get("/health/detailed").reply().await;
            let health = answer.expect_status(200).json();
            if is_so(&health) {
                return health;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("in time")
}

fn caught_up(health: &Value) -> bool {
    health["kafka"]["lag_events"] == 0 && health["kafka"]["position"].as_u64().is_some_and(|at| at > 0)
}

/// Waits until everything is published; gives the log's end.
pub(crate) async fn published(client: &Client) -> u64 {
    client.recorded().await;
    health(client, caught_up).await["log_position"]
        .as_u64()
        .expect("a position")
}

/// The sequences of every stream, by key, in the order in which they first came.
pub(crate) fn check_order(messages: &[Received]) {
    let mut partitions = BTreeMap::new();
    let mut reached: BTreeMap<(&str, i32), u64> = BTreeMap::new();
    let mut streams: BTreeMap<&str, u64> = BTreeMap::new();
    for message in messages {
        let partition = (message.topic.as_str(), message.partition);
        let first = partitions
            .entry((&message.topic, &message.key))
            .or_insert(message.partition);
        assert_eq!(*first, message.partition, "a key stays in its partition");
        let last = reached.entry(partition).or_default();
        if message.position() <= *last {
            // a repeat
            continue;
        }
        *last = message.position();
        let sequence = streams.entry(message.header("ce_subject")).or_default();
        *sequence += 1;
        assert_eq!(message.number("ce_streamsequence"), *sequence, "{message:?}");
    }
}

async fn write_markers(client: &Client) {
    let [description, data, external, metadata, tag, email] = MARKERS;
    let dataset = json!({ "name": "consumed", "description": description, "tags": [tag] });
    let created = client
        .post("/datasets")
        .json(&dataset)
        .reply()
        .await
        .expect_status(201);
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let record = json!({
        "data": format!("{data} {email}@example.com"), "external_id": external, "metadata": { "note": metadata },
    });
    let added = client
        .post(&format!("/datasets/{id}/records"))
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .json(&record);
    let _ = added.reply().await.expect_status(201);
    let changed = client
        .request(reqwest::Method::PATCH, &format!("/datasets/{id}"))
        .header("Content-Type", "application/merge-patch+json")
        .json(&json!({ "description": format!("{description} anew"), "tags": null }));
    let _ = changed.reply().await.expect_status(200);
    let _ = client
        .get(&format!("/datasets/{id}/records"))
        .reply()
        .await
        .expect_status(200);
}

/// The attributes that a message of this event of the audit has.
fn attributes(event: &Value) -> BTreeMap<&'static str, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let actor = event["actor"]
        .as_str()
        .map_or("system".to_owned(), |user| format!("user/{user}"));
    BTreeMap::from([
        ("ce_specversion", "1.0".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("ce_id", text(&event["event_id"])),
        ("ce_type", text(&event["type"])),
        ("ce_typeversion", text(&event["version"])),
        ("ce_subject", text(&event["stream"])),
        ("ce_streamsequence", text(&event["sequence"])),
        ("ce_tenant", text(&event["tenant_id"])),
        ("ce_tenantposition", text(&event["tenant_position"])),
        ("ce_position", text(&event["position"])),
        ("ce_epoch", "1".to_owned()),
        ("ce_actor", actor),
        ("ce_operation", text(&event["metadata"]["operation"])),
        ("ce_correlationid", text(&event["metadata"]["correlation_id"])),
    ])
}

/// Whether a payload has what the document says: all that is required, and nothing that it does not name.
fn check_payload(document: &Value, message: &Received) {
    let schema = &document["components"]["messages"][message.header("ce_type")]["payload"];
    let members = message.payload.as_object().expect("an object");
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(
            members.contains_key(required.as_str().expect("a name")),
            "{message:?}"
        );
    }
    for name in members.keys() {
        assert!(!schema["properties"][name].is_null(), "{name} of {message:?}");
    }
    for required in document["components"]["schemas"]["headers"]["required"]
        .as_array()
        .expect("names")
    {
        assert!(
            message.headers.contains_key(required.as_str().expect("a name")),
            "{message:?}"
        );
    }
}

#[tokio::test]
async fn every_event_arrives_in_order_with_its_attributes_and_without_what_clients_wrote() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("all").await;
    let server = publishing.serve(&[]);
    let client = administrator(&publishing, &server).await;
    write_markers(&client).await;
    let end = published(&client).await;
    let events = client.all_pages("/audit/events", "?limit=1000", "after").await;
    let document = finished(publishing.deployment.command().arg("asyncapi"));
    let document: Value = serde_json::from_str(&document).expect("JSON");

    let messages = publishing.messages(end).await;
    check_order(&messages);
    let mut traced = 0;
    for event in events
        .iter()
        .filter(|event| event["position"].as_u64() <= Some(end))
    {
        let position = event["position"].as_u64().expect("a position");
        let found = messages.iter().find(|message| message.position() == position);
        let message = found.expect("a message");
        for (name, value) in attributes(event) {
            assert_eq!(message.header(name), value, "{name} of {message:?}");
        }
        let time = |text: &str| text.trim_end_matches('Z').trim_end_matches('0').to_owned();
        assert_eq!(
            time(message.header("ce_time")),
            time(event["time"].as_str().expect("a time"))
        );
        let (stream_type, key) = message.header("ce_subject").split_once('/').expect("a stream");
        assert_eq!(message.topic, format!("{}.{stream_type}", publishing.prefix));
        assert_eq!(message.key, key);
        assert!(message.header("ce_source").starts_with("llm-data-vault/"));
        check_payload(&document, message);
        traced += usize::from(
            message
                .header("traceparent")
                .starts_with("00-0af7651916cd43dd8448eb211c80319c-"),
        );
        let everything = format!("{message:?}");
        for gone in MARKERS
            .iter()
            .chain(&["$sealed", "\"sealed\"", "\"hash\"", "@example.com", "127.0.0.1"])
        {
            assert!(!everything.contains(gone), "{gone} stands in {everything}");
        }
    }
    assert!(traced >= 1, "the client's trace goes on");
    let of = |kind: &str| messages.iter().find(|message| message.header("ce_type") == kind);
    let created = of("dataset.created").expect("the dataset");
    assert_eq!(created.payload, json!({ "name": {} }));
    let added = &of("records.added").expect("the record").payload["records"][0];
    assert_eq!(added["external_id"], json!({}));
    assert!(
        added["record_id"].is_string() && added["content"].is_string(),
        "{added}"
    );
    assert!(!server.output().contains("librdkafka"), "{}", server.output());
}

#[tokio::test]
async fn tenants_may_have_topics_of_their_own() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("tenants").await;
    let server = publishing.serve(&[("VAULT_KAFKA_TOPICS", "tenant")]);
    let one = administrator(&publishing, &server).await;
    let other = administrator(&publishing, &server).await;
    one.create_dataset("mine").await;
    other.create_dataset("mine").await;
    let end = published(&one).await;
    let messages = publishing.messages(end).await;
    check_order(&messages);
    let topics: BTreeSet<&str> = messages.iter().map(|message| message.topic.as_str()).collect();
    assert_eq!(topics.len(), 2);
    for message in &messages {
        assert_eq!(
            message.topic,
            format!("{}.{}", publishing.prefix, message.header("ce_tenant"))
        );
    }
}

#[tokio::test]
async fn the_document_of_what_is_published_is_the_one_that_is_checked_in() {
    let deployment = shared::deployment().await;
    let yaml = finished(deployment.command().args(["asyncapi", "--yaml"]));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api/asyncapi.yaml");
    let checked_in = fs::read_to_string(path).expect("the document is checked in");
    assert!(
        yaml == checked_in,
        "write it anew: vault-server asyncapi --yaml > docs/api/asyncapi.yaml"
    );
}
