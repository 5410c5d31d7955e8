//! Clients that write whatever happens, and remember what they were told.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use vault_tests::{Client, Server};

use super::PATIENCE;

pub(super) const WRITERS: usize = 64;
/// The pace of each: what they write in an hour stays small enough to be compared.
const PACE: Duration = Duration::from_millis(200);

/// A record that was acknowledged: its dataset, and its name.
type Acknowledged = (String, String);

/// Many writers at once, each with one record on its way.
pub(super) struct Writers {
    urls: watch::Sender<Arc<Vec<String>>>,
    stop: watch::Sender<bool>,
    told: mpsc::UnboundedReceiver<Acknowledged>,
    acknowledged: BTreeMap<String, Vec<String>>,
    running: Vec<JoinHandle<()>>,
}

impl Writers {
    pub(super) fn start(client: &Client, datasets: &[String], servers: &[Server]) -> Self {
        let (urls, urls_seen) = watch::channel(urls_of(servers));
        let (stop, stopped) = watch::channel(false);
        let (tell, told) = mpsc::unbounded_channel();
        let running = (0..WRITERS).map(|number| {
            let writer = Writer {
                number,
                client: client.clone(),
                dataset: datasets[number % datasets.len()].clone(),
                urls: urls_seen.clone(),
                stop: stopped.clone(),
                attempts: number,
            };
            tokio::spawn(writer.run(tell.clone()))
        });
        Self {
            running: running.collect(),
            urls,
            stop,
            told,
            acknowledged: BTreeMap::new(),
        }
    }

    /// Lets them write to these from now on.
    pub(super) fn turn_to(&self, servers: &[Server]) {
        self.urls.send_replace(urls_of(servers));
    }

    /// Waits until so many more writes are acknowledged.
    pub(super) async fn go_on(&mut self, count: usize) {
        for _ in 0..count {
            let told = tokio::time::timeout(PATIENCE, self.told.recv()).await;
            self.remember(told.expect("writes go on").expect("the writers live"));
        }
    }

    /// Ends them; gives the names of all that was acknowledged, by dataset.
    pub(super) async fn stop(mut self) -> BTreeMap<String, Vec<String>> {
        self.stop.send_replace(true);
        for writer in std::mem::take(&mut self.running) {
            writer.await.expect("a writer was told nothing wrong");
        }
        while let Some(told) = self.told.recv().await {
            self.remember(told);
        }
        self.acknowledged
    }

    fn remember(&mut self, (dataset, name): Acknowledged) {
        self.acknowledged.entry(dataset).or_default().push(name);
    }
}

struct Writer {
    number: usize,
    client: Client,
    dataset: String,
    urls: watch::Receiver<Arc<Vec<String>>>,
    stop: watch::Receiver<bool>,
    attempts: usize,
}

impl Writer {
    /// Writes one record after the other, each until it is acknowledged by whichever server answers, under one key.
    async fn run(mut self, tell: mpsc::UnboundedSender<Acknowledged>) {
        let mut pace = tokio::time::interval(PACE);
        for number in 0.. {
            pace.tick().await;
            let name = format!("{}-{number}", self.number);
            loop {
                if *self.stop.borrow() {
                    return;
                }
                if self.is_acknowledged(&name).await {
                    break;
                }
            }
            if tell.send((self.dataset.clone(), name)).is_err() {
                return;
            }
        }
    }

    async fn is_acknowledged(&mut self, name: &str) -> bool {
        self.attempts += 1;
        let url = {
            let urls = self.urls.borrow();
            urls[self.attempts % urls.len()].clone()
        };
        let client = self.client.at(&url);
        let sent = client
            .post(&format!("/datasets/{}/records", self.dataset))
            .header("Idempotency-Key", name)
            .json(&json!({ "data": { "writer": self.number }, "external_id": name }))
            .send();
        let Ok(Ok(response)) = tokio::time::timeout(Duration::from_secs(20), sent).await else {
            return false;
        };
        let status = response.status().as_u16();
        assert!(matches!(status, 201 | 429 | 500..=504), "{status} to {name}");
        status == 201 && response.bytes().await.is_ok()
    }
}

/// Where the servers listen.
fn urls_of(servers: &[Server]) -> Arc<Vec<String>> {
    Arc::new(servers.iter().map(|server| server.url().to_owned()).collect())
}
