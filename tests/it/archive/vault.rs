//! A vault whose log can be archived, and what its auditors see of it.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use vault_tests::{Account, Answer, Client, Deployment, Server, shared};

use crate::rebuild::{a_life, dump_of};

/// The longest that events take to be old enough to be archived, on a busy machine.
pub(crate) const OLD_ENOUGH_WITHIN: Duration = Duration::from_mins(3);
pub(crate) const EVERYTHING: [&str; 3] = ["run", "--before", "2100-01-01T00:00:00Z"];

pub(crate) struct Vault {
    pub(crate) deployment: Deployment,
    pub(crate) server: Server,
    pub(crate) accounts: [Account; 2],
    pub(crate) last: u64,
}

impl Vault {
    /// Two tenants with a past, all of it sealed.
    pub(crate) async fn new() -> Self {
        let deployment = Deployment::new().await;
        let server = deployment.serve(&[]);
        let one = shared::register(&deployment, server.url(), None, "admin").await;
        let other = shared::register(&deployment, server.url(), None, "admin").await;
        let mut vault = Self {
            deployment,
            server,
            accounts: [one, other],
            last: 0,
        };
        for client in vault.clients() {
            a_life(&client).await;
        }
        vault.last = events(&vault.clients()[1], "?limit=1000")
            .await
            .pop()
            .expect("events")["position"]
            .as_u64()
            .expect("a position");
        let _ = vault.clients()[0].checkpoint(vault.last).await;
        vault
    }

    pub(crate) fn clients(&self) -> [Client; 2] {
        let nobody = Client::anonymous(self.server.url());
        [0, 1].map(|number| nobody.with_token(&self.accounts[number].token))
    }

    /// Runs a command, and gives its exit code and what it reports.
    pub(crate) async fn run(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let mut command = self.deployment.command();
        command
            .args(arguments)
            .arg("--json")
            .env("VAULT_EMAIL", &self.accounts[0].email)
            .env("VAULT_PASSWORD", shared::PASSWORD);
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("it ends")
            .expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let report = serde_json::from_str(&text);
        (
            output.status.code(),
            report.unwrap_or_else(|_| json!(String::from_utf8_lossy(&output.stderr))),
        )
    }

    pub(crate) async fn archive(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        self.run(&[&["archive"], arguments].concat()).await
    }

    /// Archives everything, as soon as it is old enough.
    pub(crate) async fn archive_everything(&self) -> Value {
        let archived = async {
            loop {
                let (code, report) = self.archive(&EVERYTHING).await;
                assert_eq!(code, Some(0), "{report}");
                if report["archived_position"].as_u64() >= Some(self.last) {
                    return report;
                }
            }
        };
        tokio::time::timeout(OLD_ENOUGH_WITHIN, archived)
            .await
            .expect("in time")
    }

    pub(crate) async fn rows(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM events WHERE position <= $1")
            .bind(self.last.cast_signed())
            .fetch_one(&mut self.deployment.sql().await)
            .await
            .expect("a count")
    }

    /// What auditors see of the log up to its present end.
    pub(crate) async fn seen(&self) -> Vec<Value> {
        let last = self.last;
        let mut seen = Vec::new();
        for (client, account) in self.clients().iter().zip(&self.accounts) {
            let all = events(client, &format!("?limit=1000&until={last}")).await;
            assert!(
                all.iter()
                    .all(|event| event["tenant_id"] == account.tenant.as_str())
            );
            let middle = &all[all.len() / 2];
            let (time, stream) = (
                middle["time"].as_str().expect("a time"),
                middle["stream"].as_str().expect("a stream"),
            );
            let resource = stream.split_once('/').expect("an id").1;
            let user = &account.user;
            seen.push(json!(all));
            for filter in [
                "&type=dataset.updated,pii.detected".to_owned(),
                format!("&actor={user}"),
                "&action=update_dataset".to_owned(),
                format!("&resource={resource}"),
                format!(
                    "&resource={}",
                    all[2]["stream"]
                        .as_str()
                        .and_then(|stream| stream.split_once('/'))
                        .expect("an id")
                        .1
                ),
                format!("&from={time}"),
                format!("&to={time}"),
            ] {
                let found = events(client, &format!("?limit=7&until={last}{filter}")).await;
                assert!(!found.is_empty(), "{filter}");
                seen.push(json!(found));
            }
            let rest = format!("/audit/events?limit=20&until={last}&after={}", middle["position"]);
            seen.push(client.get(&rest).reply().await.expect_status(200).json());
            for position in [1, 2, last / 2, last] {
                let proof = format!(
                    "/audit/proof/inclusion?position={position}&size={}",
                    self.size().await
                );
                seen.push(client.get(&proof).reply().await.expect_status(200).json());
            }
            let head = format!("/audit/tenant-head?size={}", self.size().await);
            seen.push(json!(client.get(&head).reply().await.expect_status(200).text()));
            let entries = client
                .get("/audit/tile/entries/000.p/7")
                .reply()
                .await
                .expect_status(200);
            seen.push(json!(entries.body));
        }
        seen
    }

    /// The size of the first tree that covers the present end.
    async fn size(&self) -> i64 {
        sqlx::query_scalar("SELECT min(size) FROM log_checkpoints WHERE size >= $1")
            .bind(self.last.cast_signed())
            .fetch_one(&mut self.deployment.sql().await)
            .await
            .expect("a size")
    }

    pub(crate) fn bundles(&self) -> Vec<PathBuf> {
        let folder = self.deployment.archive().join("bundles/000000");
        let files = fs::read_dir(folder).expect("bundles");
        let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        files.sort();
        files
    }
}

pub(crate) async fn events(client: &Client, query: &str) -> Vec<Value> {
    client.all_pages("/audit/events", query, "after").await
}

pub(crate) async fn as_of(vault: &Vault, until: &str) -> Value {
    let (code, report) = vault.run(&["audit", "replay", "--until", until]).await;
    assert_eq!(code, Some(0), "{report}");
    let schema = report["schema"].as_str().expect("a schema");
    json!([report["position"], dump_of(&vault.deployment, schema).await])
}
