//! The examples of consumers: each keeps a table that is the vault's own, exactly once, whatever comes again.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use rusqlite::Connection;
use serde_json::json;
use vault_tests::{Answer, Client, kafka::brokers, server_binary};

use super::{BROKER, PATIENCE, Publishing, Running, administrator, published};

/// The status and the number of records of each dataset.
pub(crate) type Datasets = BTreeMap<String, (String, u64)>;

pub(crate) fn start(mut command: Command, publishing: &Publishing, file: &Path) -> Running {
    command.args([brokers(), publishing.prefix.clone()]).arg(file);
    Running::start(&mut command)
}

/// What the consumer's table says; nothing while there is none.
fn table(file: &Path) -> Option<Datasets> {
    let connection = Connection::open(file).ok()?;
    let mut rows = connection
        .prepare("SELECT id, status, records FROM datasets")
        .ok()?;
    let rows = rows
        .query_map([], |row| {
            Ok((row.get(0)?, (row.get::<_, Option<String>>(1)?, row.get(2)?)))
        })
        .ok()?;
    rows.map(|row| {
        let (id, (status, records)) = row.ok()?;
        Some((id, (status?, records)))
    })
    .collect()
}

/// What the vault says of these datasets.
pub(crate) async fn expected(client: &Client, ids: &[String]) -> Datasets {
    let mut datasets = Datasets::new();
    for id in ids {
        let dataset = client.get(&format!("/datasets/{id}")).reply().await;
        let status = dataset.expect_status(200).json()["status"]
            .as_str()
            .expect("a status")
            .to_owned();
        let records = client.stats(id).await["record_count"].as_u64().expect("a count");
        datasets.insert(id.clone(), (status, records));
    }
    datasets
}

pub(crate) async fn becomes(file: &Path, expected: &Datasets) {
    let compared = async {
        while table(file).as_ref() != Some(expected) {
            tokio::task::yield_now().await;
        }
    };
    let compared = tokio::time::timeout(PATIENCE, compared).await;
    assert!(compared.is_ok(), "{:?} is not {expected:?}", table(file));
}

async fn add_records(client: &Client, dataset: &str, count: usize) {
    let records: Vec<_> = (0..count)
        .map(|number| json!({ "data": { "number": number } }))
        .collect();
    let batch = client
        .post(&format!("/datasets/{dataset}/versions/draft/records"))
        .json(&json!({ "records": records }));
    let _ = batch.reply().await.expect_status(201);
}

/// The table stays right through a kill of the consumer, and when everything is published once more.
async fn keeps_its_table(name: &str, command: impl Fn() -> Command) {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new(name).await;
    let one_partition = [("VAULT_KAFKA_PARTITIONS", "1")];
    let mut server = publishing.serve(&one_partition);
    let client = administrator(&publishing, &server).await;
    let mut ids = Vec::new();
    for number in 0..4 {
        let id = client.create_dataset(&format!("dataset {number}")).await;
        add_records(&client, &id, 10 + number).await;
        ids.push(id);
    }
    published(&client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("datasets.sqlite");
    let consumer = start(command(), &publishing, &file);
    becomes(&file, &expected(&client, &ids).await).await;
    drop(consumer);

    add_records(&client, &ids[0], 400).await;
    let archive = client.post(&format!("/datasets/{}/archive", ids[1]));
    let _ = archive.reply().await.expect_status(200);
    published(&client).await;
    assert!(server.terminate().0.success());
    // as if every batch had been acknowledged, and no checkpoint after it had been written
    let mut sql = publishing.deployment.sql().await;
    vault_tests::kafka::forget_checkpoint(&mut sql).await;
    let server = publishing.serve(&one_partition);
    let client = Client::anonymous(server.url()).with_token(client.token());
    published(&client).await;
    let last = client.create_dataset("last").await;
    add_records(&client, &last, 1).await;
    ids.push(last);

    let _consumer = start(command(), &publishing, &file);
    // what is last stands behind all repeats
    becomes(&file, &expected(&client, &ids).await).await;
}

/// The example in Rust.
pub(crate) fn rust() -> Command {
    let program = server_binary()
        .parent()
        .expect("a folder")
        .join("vault-example-consumer");
    assert!(
        program.is_file(),
        "build it first: cargo build -p vault-example-consumer"
    );
    Command::new(program)
}

/// The example in Python.
pub(crate) fn python() -> Command {
    let python = env::var("VAULT_TEST_CONSUMER_PYTHON").expect(
        "VAULT_TEST_CONSUMER_PYTHON names a Python with the requirements of the example: scripts/setup test",
    );
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/consumer-python/consumer.py");
    let mut command = Command::new(python);
    command.arg(script);
    command
}

#[tokio::test]
async fn the_consumer_in_rust_keeps_its_table_exactly_once() {
    keeps_its_table("rust", rust).await;
}

#[tokio::test]
async fn the_consumer_in_python_keeps_its_table_exactly_once() {
    keeps_its_table("python", python).await;
}
