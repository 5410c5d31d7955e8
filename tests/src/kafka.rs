//! A consumer of the real broker that `scripts/services start --broker` runs, and the broker's life and death.

use std::{
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, Message as _,
    consumer::{BaseConsumer, Consumer as _},
    message::Headers as _,
};
use serde_json::Value;

use crate::process::finished;

/// The longest that a message may take to arrive, on a busy machine and with a broker that has to start.
const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(100);

/// The brokers' addresses.
#[must_use]
pub fn brokers() -> String {
    env::var("VAULT_TEST_KAFKA_BROKERS").expect(
        "VAULT_TEST_KAFKA_BROKERS names a disposable Kafka: scripts/services start --broker; \
         eval \"$(scripts/services env)\"",
    )
}

/// The address at which the same broker wants TLS and a login.
#[must_use]
pub fn secure_brokers() -> String {
    env::var("VAULT_TEST_KAFKA_SECURE_BROKERS")
        .expect("scripts/services env gives it with the broker's address")
}

/// The certificate of the authority that the broker's is from.
#[must_use]
pub fn broker_authority() -> PathBuf {
    services().join("kafka/ca.pem")
}

/// The password of the broker's user `vault`.
#[must_use]
pub fn broker_password() -> String {
    fs::read_to_string(services().join("kafka/password")).expect("the broker runs")
}

/// A message as a consumer sees it.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its key.
    pub key: String,
    /// Its payload.
    pub payload: Value,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
}

impl Received {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The number that a header holds.
    #[must_use]
    pub fn number(&self, name: &str) -> u64 {
        self.header(name).parse().expect("a number")
    }

    /// The place in the log.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.number("ce_position")
    }
}

/// Reads the topics whose names match from their beginning, until a message is the last. Messages of a partition are
/// in order.
pub async fn read(
    topics: &str,
    is_last: impl FnMut(&Received) -> bool + Send + Sync + 'static,
) -> Vec<Received> {
    let topics = format!("^{topics}$");
    let reading = tokio::task::spawn_blocking(move || read_to(&topics, is_last));
    reading.await.expect("the consumer reads")
}

fn read_to(topics: &str, mut is_last: impl FnMut(&Received) -> bool) -> Vec<Received> {
    let group = format!("tests-{}-{:?}", std::process::id(), Instant::now());
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers())
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .set("topic.metadata.refresh.interval.ms", "500")
        .create()
        .expect("a consumer");
    consumer.subscribe(&[topics]).expect("a subscription");
    let mut received: Vec<Received> = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(
            Instant::now() < deadline,
            "{} messages of {topics} are not enough: {:?}",
            received.len(),
            received.last()
        );
        // a broker that is away is waited for
        let Some(Ok(message)) = consumer.poll(POLL) else {
            continue;
        };
        received.push(taken(&message));
        if received.last().is_some_and(&mut is_last) {
            return received;
        }
    }
}

fn taken(message: &rdkafka::message::BorrowedMessage<'_>) -> Received {
    let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).expect("UTF-8");
    let headers = message.headers().expect("headers");
    Received {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        key: text(message.key()),
        payload: serde_json::from_slice(message.payload().unwrap_or_default()).expect("JSON"),
        headers: headers
            .iter()
            .map(|header| (header.key.to_owned(), text(header.value)))
            .collect(),
    }
}

/// SIGKILL to the broker.
pub fn kill_broker() {
    let pid = fs::read_to_string(services().join("kafka/pid")).expect("the broker runs");
    let _ = finished(Command::new("kill").args(["-KILL", pid.trim()]));
}

/// Runs the broker again, on its data and its port.
pub fn run_broker() {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scripts/services");
    let status = Command::new(script)
        .arg("run-broker")
        .env("VAULT_SERVICES_DIR", services())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(
        status.expect("scripts/services runs").success(),
        "the broker runs again"
    );
}

fn services() -> PathBuf {
    env::var_os("VAULT_SERVICES_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.services"),
        PathBuf::from,
    )
}

/// Lets the publisher begin at the beginning again.
pub async fn forget_checkpoint(connection: &mut sqlx::PgConnection) {
    sqlx::query("UPDATE publishers SET position = 0")
        .execute(connection)
        .await
        .expect("done");
}
