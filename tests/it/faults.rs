//! Processes and Postgres go away under writes: nothing that was acknowledged is lost, and the read models are those
//! that the log gives.

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use vault_tests::{Answer, Client, Deployment, OwnPostgres, Server, finished, shared};

const SERVERS: usize = 3;
const WRITERS: usize = 6;
/// How long the processes may take until one of them leads, and writes are read again.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a leader is killed: three times, or as often as `VAULT_FAULT_KILLS` says.
fn kills() -> usize {
    env::var("VAULT_FAULT_KILLS")
        .ok()
        .map_or(3, |kills| kills.parse().expect("VAULT_FAULT_KILLS is a number"))
}

/// Which of the servers leads the projector of records, as soon as one does.
async fn leader(servers: &[Server]) -> usize {
    let begun = Instant::now();
    let clients: Vec<Client> = servers
        .iter()
        .map(|server| Client::anonymous(server.url()))
        .collect();
    loop {
        for (index, client) in clients.iter().enumerate() {
            let text = client.metrics().await.unwrap_or_default();
            if text.contains("projection_leads{projection=\"records\"} 1") {
                return index;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "nobody leads");
    }
}

/// Writes one record after the other, each until it is acknowledged by whichever server answers, under one key.
async fn write(
    writer: usize,
    client: Client,
    dataset: String,
    urls: watch::Receiver<Arc<Vec<String>>>,
    stop: watch::Receiver<bool>,
    acknowledged: mpsc::UnboundedSender<String>,
) {
    let mut attempt = writer;
    for number in 0.. {
        let name = format!("{writer}-{number}");
        let record = json!({ "data": { "writer": writer, "n": number }, "external_id": name });
        loop {
            if *stop.borrow() {
                return;
            }
            attempt += 1;
            let url = {
                let urls = urls.borrow();
                urls[attempt % urls.len()].clone()
            };
            let client = client.at(&url);
            let sent = client
                .post(&format!("/datasets/{dataset}/records"))
                .header("Idempotency-Key", &name)
                .json(&record)
                .send();
            let Ok(Ok(response)) = tokio::time::timeout(Duration::from_secs(20), sent).await else {
                continue;
            };
            let status = response.status().as_u16();
            if status == 201 && response.bytes().await.is_ok() {
                break;
            }
            assert!(matches!(status, 201 | 429 | 500..=504), "{status} to {name}");
        }
        if acknowledged.send(name).is_err() {
            return;
        }
    }
}

/// Where the servers listen.
fn urls_of(servers: &[Server]) -> Arc<Vec<String>> {
    Arc::new(servers.iter().map(|server| server.url().to_owned()).collect())
}

/// Waits until so many more writes are acknowledged.
async fn hear(acknowledged: &mut mpsc::UnboundedReceiver<String>, count: usize, names: &mut Vec<String>) {
    for _ in 0..count {
        let name = tokio::time::timeout(PATIENCE, acknowledged.recv()).await;
        names.push(name.expect("writes go on").expect("the writers live"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaders_are_killed_and_postgres_restarts_and_every_read_model_is_what_the_log_gives() {
    let postgres = OwnPostgres::default();
    let deployment = Deployment::on(postgres.url()).await;
    let mut servers: Vec<Server> = (0..SERVERS).map(|_| deployment.serve(&[])).collect();
    let account = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let client = Client::anonymous(servers[0].url()).with_token(&account.token);
    let dataset = client.create_dataset("under faults").await;

    let (urls, urls_seen) = watch::channel(urls_of(&servers));
    let (stop, stopped) = watch::channel(false);
    let (acknowledge, mut acknowledged) = mpsc::unbounded_channel();
    let start = |writer| {
        let (client, dataset) = (client.clone(), dataset.clone());
        let (urls, stop) = (urls_seen.clone(), stopped.clone());
        tokio::spawn(write(writer, client, dataset, urls, stop, acknowledge.clone()))
    };
    let writers: Vec<_> = (0..WRITERS).map(start).collect();
    drop(acknowledge);

    let mut names = Vec::new();
    let kills = kills();
    for kill in 0..kills {
        // faults meet processes at work
        hear(&mut acknowledged, 20, &mut names).await;
        let leading = leader(&servers).await;
        servers[leading].kill();
        if kill == kills / 3 || kill == 2 * kills / 3 {
            postgres.restart();
        }
        servers[leading] = deployment.serve(&[]);
        urls.send_replace(urls_of(&servers));
    }
    hear(&mut acknowledged, 20, &mut names).await;
    stop.send_replace(true);
    for writer in writers {
        writer.await.expect("a writer was told nothing wrong");
    }
    while let Some(name) = acknowledged.recv().await {
        names.push(name);
    }

    let client = client.at(servers[0].url());
    caught_up(&client).await;
    expect_written(&client, &dataset, &names).await;
    expect_rebuilt_alike(&deployment).await;
}

/// Checks that what was acknowledged is there, once, and beside it at most what was on its way to each writer.
async fn expect_written(client: &Client, dataset: &str, names: &[String]) {
    let path = format!("/datasets/{dataset}/records");
    let items = client.all_pages(&path, "?limit=1000", "cursor").await;
    let mut stored: Vec<&str> = items
        .iter()
        .filter_map(|item| item["external_id"].as_str())
        .collect();
    stored.sort_unstable();
    stored.dedup();
    assert_eq!(stored.len(), items.len(), "none is there twice");
    for name in names {
        let found = stored.binary_search(&name.as_str());
        assert!(found.is_ok(), "{name} was acknowledged");
    }
    let count = items.len();
    assert!(count <= names.len() + WRITERS, "{count} of {}", names.len());
    assert_eq!(client.stats(dataset).await["record_count"], count);
}

/// Checks that every read model, built anew from the log, has the rows that serve.
async fn expect_rebuilt_alike(deployment: &Deployment) {
    let mut rebuild = deployment.command();
    rebuild.args(["projections", "rebuild", "--json"]);
    let said = tokio::task::spawn_blocking(move || finished(&mut rebuild))
        .await
        .expect("the rebuild ends");
    for line in said.lines() {
        let report: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(report["tenants_differing"], 0, "{report}");
    }
    assert_eq!(said.lines().count(), 3);
}

/// Waits until every projector stands at the end of the log.
async fn caught_up(client: &Client) {
    let begun = Instant::now();
    loop {
        let health = client.get("/health/detailed").reply().await.json();
        let states = health["projections"].as_array().cloned().unwrap_or_default();
        if states.len() == 3 && states.iter().all(|state| state["lag_events"] == 0) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{health}");
    }
}
