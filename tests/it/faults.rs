//! Processes, Postgres and the broker go away under writes: nothing that was acknowledged is lost, the read models are
//! those that the log gives, and so are the tables of consumers.

mod consumers;
mod writers;

use std::{
    collections::BTreeMap,
    env,
    fmt::Debug,
    str::FromStr,
    time::{Duration, Instant},
};

use serde_json::Value;
use vault_tests::{
    Answer, Client, Deployment, OwnPostgres, Server, finished,
    kafka::{kill_broker, run_broker},
    shared,
};

use self::{consumers::Consumers, writers::Writers};
use crate::kafka::{BROKER, Publishing, check_order, published};

const SERVERS: usize = 3;
const DATASETS: usize = 4;
/// How many writes are acknowledged between two faults, so that they meet processes at work.
const WRITES_BETWEEN: usize = 100;
/// How long the processes may take until one of them leads, and until all is caught up with.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a variable says, or this.
fn setting<T: FromStr<Err: Debug>>(name: &str, default: T) -> T {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// Which of the servers says this in its metrics, as soon as one does.
async fn leader(servers: &[Server], leads: &str) -> usize {
    let begun = Instant::now();
    let clients: Vec<Client> = servers
        .iter()
        .map(|server| Client::anonymous(server.url()))
        .collect();
    loop {
        for (index, client) in clients.iter().enumerate() {
            let text = client.metrics().await.unwrap_or_default();
            if text.lines().any(|line| line == leads) {
                return index;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "nobody says {leads}");
    }
}

/// `VAULT_FAULT_KILLS`: how often each of two leaders is killed; `VAULT_FAULT_BROKER_AWAY_S`: how long the broker is away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_leaders_are_killed_and_postgres_and_the_broker_go_away() {
    let _broker = BROKER.write().await;
    let postgres = OwnPostgres::default();
    let publishing = Publishing::of("faults", Deployment::on(postgres.url()).await);
    let mut servers: Vec<Server> = (0..SERVERS).map(|_| publishing.serve(&[])).collect();
    let account = shared::register(&publishing.deployment, servers[0].url(), None, "admin").await;
    let client = Client::anonymous(servers[0].url()).with_token(&account.token);
    let mut datasets = Vec::new();
    for number in 0..DATASETS {
        datasets.push(client.create_dataset(&format!("under faults {number}")).await);
    }
    published(&client).await;
    let consumers = Consumers::start(&publishing);
    let mut writers = Writers::start(&client, &datasets, &servers);

    let kills: usize = setting("VAULT_FAULT_KILLS", 2);
    let broker_away = Duration::from_secs(setting("VAULT_FAULT_BROKER_AWAY_S", 3));
    for kill in 0..kills {
        for leads in ["projection_leads{projection=\"records\"} 1", "kafka_leads 1"] {
            writers.go_on(WRITES_BETWEEN).await;
            let leading = leader(&servers, leads).await;
            servers[leading].kill();
            servers[leading] = publishing.serve(&[]);
            writers.turn_to(&servers);
        }
        if kill == kills / 3 || kill == 2 * kills / 3 {
            postgres.restart();
        }
        if kill == kills / 2 {
            kill_broker();
            let begun = Instant::now();
            while begun.elapsed() < broker_away {
                writers.go_on(1).await;
            }
            run_broker();
        }
    }
    writers.go_on(WRITES_BETWEEN).await;
    let acknowledged = writers.stop().await;

    let client = client.at(servers[0].url());
    caught_up(&client).await;
    expect_written(&client, &datasets, &acknowledged).await;
    expect_rebuilt_alike(&publishing.deployment).await;
    let end = published(&client).await;
    check_order(&publishing.messages(end).await);
    consumers.expect_what_serves(&client, &datasets).await;
}

/// Checks that what was acknowledged is there, once, and beside it at most what was on its way to each writer.
async fn expect_written(client: &Client, datasets: &[String], acknowledged: &BTreeMap<String, Vec<String>>) {
    for dataset in datasets {
        let path = format!("/datasets/{dataset}/records");
        let items = client.all_pages(&path, "?limit=1000", "cursor").await;
        let mut stored: Vec<&str> = items
            .iter()
            .filter_map(|item| item["external_id"].as_str())
            .collect();
        stored.sort_unstable();
        stored.dedup();
        assert_eq!(stored.len(), items.len(), "none is there twice");
        let names = &acknowledged[dataset];
        for name in names {
            let found = stored.binary_search(&name.as_str());
            assert!(found.is_ok(), "{name} was acknowledged");
        }
        let count = items.len();
        assert!(
            count <= names.len() + writers::WRITERS,
            "{count} of {}",
            names.len()
        );
        assert_eq!(client.stats(dataset).await["record_count"], count);
    }
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
    assert_eq!(said.lines().count(), 4);
}

/// Waits until every projector stands at the end of the log.
async fn caught_up(client: &Client) {
    let begun = Instant::now();
    loop {
        let health = client.get("/health/detailed").reply().await.json();
        let states = health["projections"].as_array().cloned().unwrap_or_default();
        if states.len() == 4 && states.iter().all(|state| state["lag_events"] == 0) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{health}");
    }
}
