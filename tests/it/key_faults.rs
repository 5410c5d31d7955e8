//! kill -9 at random moments of rotations, sealings anew, uploads, collections and erasures: what was acknowledged is
//! readable, what was erased is not, and every content is whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fs::File,
    hash::{BuildHasher, RandomState},
    process::Stdio,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use vault_tests::{Answer, Client, Deployment, Server, finished, shared};

/// The longest time after which a process is killed.
const LONGEST_MS: u64 = 1_500;
/// How many of the records from before are read after each kill; all are in the end.
const LOOKED_AT: usize = 20;
/// How long the last sealing anew may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a client was told.
enum Told {
    Added {
        record: String,
        text: String,
        subject: Option<String>,
    },
    /// It asks for an erasure, and may not hear of it.
    Erasing(String),
    Erased(String),
}

/// What must hold.
#[derive(Default)]
struct Known {
    records: BTreeMap<String, (String, Option<String>)>,
    erasing: BTreeSet<String>,
    erased: BTreeSet<String>,
}

impl Known {
    fn hear(&mut self, told: Told) {
        match told {
            Told::Added {
                record,
                text,
                subject,
            } => {
                self.records.insert(record, (text, subject));
            }
            Told::Erasing(subject) => {
                self.erasing.insert(subject);
            }
            Told::Erased(subject) => {
                self.erased.insert(subject);
            }
        }
    }

    async fn check<'a>(&self, client: &Client, dataset: &str, records: impl Iterator<Item = &'a String>) {
        for record in records {
            let (text, subject) = &self.records[record];
            let path = format!("/datasets/{dataset}/versions/draft/records/{record}");
            let answer = client.get(&path).reply().await;
            match subject {
                Some(subject) if self.erased.contains(subject) => {
                    assert!([404, 410].contains(&answer.status), "{answer:?}");
                }
                // nobody knows
                Some(subject) if self.erasing.contains(subject) => {
                    assert!([200, 404, 410].contains(&answer.status), "{answer:?}");
                }
                _ => assert_eq!(answer.expect_status(200).json()["data"], *text),
            }
        }
    }
}

fn random(below: u64) -> u64 {
    RandomState::new().hash_one(below) % below
}

async fn keys_of(client: &Client, dataset: &str) -> Option<Vec<Value>> {
    let path = format!("/keys?scope_id={dataset}&limit=100");
    let answer = client.get(&path).send().await.ok()?;
    let page: Value = answer.json().await.ok()?;
    page["items"].as_array().cloned()
}

/// One client's work, until the server is gone.
struct Work {
    client: Client,
    dataset: String,
    round: usize,
    told: UnboundedSender<Told>,
}

impl Work {
    async fn go_on(self) -> Option<()> {
        for number in 0.. {
            let name = format!("{} {number}", self.round);
            self.add(name.clone(), None).await?;
            self.add(format!("{name} {}", "large ".repeat(20_000)), None)
                .await?;
            let subject = format!("s{}-{number}", self.round);
            self.add(format!("{name} of {subject}"), Some(&subject)).await?;
            self.add(format!("{name} {}", "of her ".repeat(20_000)), Some(&subject))
                .await?;
            self.change_keys().await?;
            let _ = self.told.send(Told::Erasing(subject.clone()));
            let path = format!("/subjects/ext:{subject}");
            let erase = self
                .client
                .request(reqwest::Method::DELETE, &path)
                .send()
                .await
                .ok()?;
            if erase.status().as_u16() == 202 {
                let _ = self.told.send(Told::Erased(subject));
            }
            // stored, and named by nothing
            let left =
                json!({ "data": format!("{name} {}", "left ".repeat(20_000)), "external_id": "taken" });
            let path = format!("/datasets/{}/records", self.dataset);
            let _ = self.client.post(&path).json(&left).send().await.ok()?;
        }
        None
    }

    async fn add(&self, text: String, subject: Option<&str>) -> Option<()> {
        let mut record = json!({ "data": text });
        if let Some(subject) = subject {
            record["subject"] = json!(subject);
        }
        let path = format!("/datasets/{}/records", self.dataset);
        let answer = self.client.post(&path).json(&record).send().await.ok()?;
        let status = answer.status().as_u16();
        let answer: Value = answer.json().await.ok()?;
        assert_eq!(status, 201, "{answer}");
        let told = Told::Added {
            record: answer["id"].as_str()?.to_owned(),
            text,
            subject: subject.map(str::to_owned),
        };
        self.told.send(told).ok()
    }

    /// Rotates, and destroys what nothing needs; the server seals anew by itself.
    async fn change_keys(&self) -> Option<()> {
        for key in keys_of(&self.client, &self.dataset).await? {
            let is_content = key["purpose"] == "content";
            let what = match key["status"].as_str()? {
                "active" if is_content => "rotate",
                "retired" if key["rewrap"] == "finished" => "destroy",
                _ => continue,
            };
            let path = format!("/keys/{}/{what}", key["id"].as_str()?);
            let status = self.client.post(&path).send().await.ok()?.status().as_u16();
            assert_eq!(status, 200, "{what}");
        }
        Some(())
    }
}

/// As if everything in the object store, and what was condemned, were from long ago.
async fn age(deployment: &Deployment) {
    for entry in walkdir::WalkDir::new(deployment.contents()).into_iter().flatten() {
        if entry.file_type().is_file() {
            // one that is gone meanwhile need not be
            if let Ok(file) = File::options().write(true).open(entry.path()) {
                file.set_modified(SystemTime::UNIX_EPOCH).expect("set");
            }
        }
    }
    let mut sql = deployment.sql().await;
    sqlx::query("UPDATE condemned_contents SET condemned_at = condemned_at - interval '2 days'")
        .execute(&mut sql)
        .await
        .expect("aged");
}

async fn expect_whole(deployment: &Deployment) {
    let mut fsck = deployment.command();
    fsck.args(["storage", "--json", "fsck", "--deep"]);
    let report = tokio::task::spawn_blocking(move || finished(&mut fsck))
        .await
        .expect("it ends");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["faulty"], 0, "{report}");
}

/// `VAULT_KEY_KILLS`: at how many moments.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_comes_back_when_processes_are_killed_while_keys_change() {
    let kills: usize = env::var("VAULT_KEY_KILLS").map_or(3, |text| text.parse().expect("a number"));
    let mut deployment = Deployment::new().await;
    deployment.set(&[
        ("VAULT_ENCRYPTION_REWRAP_AFTER_ROTATION", "true"),
        ("VAULT_ENCRYPTION_REWRAP_MIB_PER_S", "8"),
    ]);
    let mut server: Server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let mut client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("under faults").await;
    client
        .add_record(&dataset, &json!({ "data": "first", "external_id": "taken" }))
        .await;
    let mut known = Known::default();
    for round in 0..kills {
        age(&deployment).await;
        let (told, mut heard) = unbounded_channel();
        let work = Work {
            client: client.clone(),
            dataset: dataset.clone(),
            round,
            told,
        };
        let work = tokio::spawn(work.go_on());
        let mut collection = deployment.command();
        collection.args(["storage", "gc", "--grace-hours", "1"]);
        let mut collection = collection
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        // any moment will do: nothing is waited for
        tokio::time::sleep(Duration::from_millis(random(LONGEST_MS))).await;
        server.kill();
        collection.kill().expect("killed");
        collection.wait().expect("over");
        work.await.expect("no refusal but the server's end");
        let before = known.records.len();
        while let Some(told) = heard.recv().await {
            known.hear(told);
        }
        server = deployment.serve(&[]);
        // a token lasts for some minutes
        client = Client::anonymous(server.url())
            .login(&account.email, shared::PASSWORD)
            .await;
        let skip = random(before.max(1) as u64);
        let skip = usize::try_from(skip).expect("small");
        let looked_at = known.records.keys().skip(skip).take(LOOKED_AT);
        known.check(&client, &dataset, looked_at).await;
        expect_whole(&deployment).await;
    }
    let done = async {
        while keys_of(&client, &dataset).await.expect("keys").iter().any(|key| {
            key["purpose"] == "content" && key["status"] == "retired" && key["rewrap"] != "finished"
        }) {}
    };
    tokio::time::timeout(PATIENCE, done)
        .await
        .expect("all is sealed anew");
    for key in keys_of(&client, &dataset).await.expect("keys") {
        if key["rewrap"] == "finished" {
            let path = format!("/keys/{}/destroy", key["id"].as_str().expect("an id"));
            let _ = client.post(&path).reply().await.expect_status(200);
        }
    }
    known.check(&client, &dataset, known.records.keys()).await;
    assert!(known.records.len() >= kills, "the kills met work");
    expect_whole(&deployment).await;
}
