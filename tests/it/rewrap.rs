//! Sealing contents anew, and the end of the keys that sealed them before.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use sqlx::Connection;
use vault_tests::{
    Answer, Client, Deployment, Server, finished,
    shared::{self, Account},
};

/// How long a sealing anew may take, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// A pace at which a page of rows takes two seconds.
const SLOWLY: (&str, &str) = ("VAULT_ENCRYPTION_REWRAP_MIB_PER_S", "1");
/// A pace at which nothing is waited for.
const QUICKLY: (&str, &str) = ("VAULT_ENCRYPTION_REWRAP_MIB_PER_S", "10000");

struct Place {
    deployment: Deployment,
    server: Server,
    account: Account,
    client: Client,
    dataset: String,
}

impl Place {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let mut deployment = Deployment::new().await;
        deployment.set(settings);
        let server = deployment.serve(&[]);
        let account = shared::register(&deployment, server.url(), None, "admin").await;
        let client = Client::anonymous(server.url()).with_token(&account.token);
        let dataset = client.create_dataset("sealed anew").await;
        Self {
            deployment,
            server,
            account,
            client,
            dataset,
        }
    }

    async fn add(&self, record: &Value) -> String {
        id(&self.client.add_record(&self.dataset, record).await).to_owned()
    }

    /// Two hundred rows of 20 KiB: two pages.
    async fn fill(&self) {
        let records: Vec<String> = (0..200)
            .map(|number| json!({ "data": format!("{number} {}", "row ".repeat(5_000)) }).to_string())
            .collect();
        let records = records.join("\n");
        let path = format!(
            "/datasets/{}/versions/draft/records?report=failures",
            self.dataset
        );
        let request = self
            .client
            .post(&path)
            .header("Content-Type", "application/x-ndjson");
        let report = request.body(records).reply().await.expect_status(200).lines();
        assert_eq!(report[0]["created"], 200, "{report:?}");
    }

    async fn read(&self, record: &str) -> vault_tests::Reply {
        let path = format!("/datasets/{}/versions/draft/records/{record}", self.dataset);
        self.client.get(&path).reply().await
    }

    async fn keys(&self) -> Vec<Value> {
        let path = format!("/keys?scope_id={}&limit=100", self.dataset);
        let page = self.client.get(&path).reply().await.expect_status(200).json();
        page["items"].as_array().expect("items").clone()
    }

    /// The content key that seals.
    async fn active(&self) -> String {
        let keys = self.keys().await;
        let mut active = keys
            .iter()
            .filter(|key| key["purpose"] == "content" && key["status"] == "active");
        id(active.next().expect("one seals")).to_owned()
    }

    async fn rotate(&self) -> (String, String) {
        let old = self.active().await;
        let rotated = self.post(&old, "rotate").await.expect_status(200).json();
        (old, id(&rotated).to_owned())
    }

    async fn post(&self, key: &str, what: &str) -> vault_tests::Reply {
        self.client.post(&format!("/keys/{key}/{what}")).reply().await
    }

    async fn until(&self, key: &str, when: impl Fn(&Value) -> bool) -> Value {
        let reached = async {
            loop {
                let keys = self.keys().await;
                let key = keys.into_iter().find(|found| found["id"] == key).expect("there");
                if when(&key) {
                    return key;
                }
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.expect("in time")
    }

    async fn finished(&self, key: &str) -> Value {
        self.until(key, |key| key["rewrap"] == "finished").await
    }

    /// How many rows of the dataset each key sealed.
    async fn rows(&self) -> Vec<(String, i64)> {
        let mut sql = self.deployment.sql().await;
        let rows = sqlx::query_as(
            "SELECT encode(substring(ciphertext FROM 3 FOR 16), 'hex')::uuid::text AS key, count(*) \
             FROM record_contents WHERE dataset_id = $1::uuid GROUP BY 1 ORDER BY 1",
        )
        .bind(&self.dataset)
        .fetch_all(&mut sql)
        .await
        .expect("the database answers");
        sql.close().await.expect("closed");
        rows
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = walkdir::WalkDir::new(self.deployment.contents())
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .collect();
        files.sort();
        files
    }

    fn command(&self, arguments: &[&str]) -> Value {
        let mut command = self.deployment.command();
        let report = finished(command.args(["keys", "--json"]).args(arguments));
        serde_json::from_str(&report).expect("JSON")
    }

    /// The log says each step of a key's end, once.
    async fn expect_told(&self) {
        let types = [
            "key.contents_rewrapped",
            "key.destroyed",
            "key.retired",
            "key.rotated",
        ];
        let path = format!("/audit/events?type={}", types.join(","));
        let events = self.client.get(&path).reply().await.expect_status(200).json();
        let events = events["items"].as_array().expect("items").iter();
        let mut told: Vec<_> = events.filter_map(|event| event["type"].as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, types);
    }

    fn expect_whole(&self) {
        let report = finished(
            self.deployment
                .command()
                .args(["storage", "--json", "fsck", "--deep"]),
        );
        let report: Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(report["faulty"], 0, "{report}");
    }
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

/// A content of two chunks that no other is equal to.
fn large(name: &str) -> String {
    format!("{name} {}", "at length ".repeat(500_000))
}

/// A record of each kind.
struct Records {
    small: String,
    big: String,
    text: String,
    theirs: String,
}

impl Records {
    async fn add(place: &Place) -> Self {
        let metadata = json!({ "of": "me", "mail": "eve@example.com" });
        let small = json!({ "data": "small", "external_id": "mine", "metadata": metadata });
        let text = large("large");
        Self {
            small: place.add(&small).await,
            big: place.add(&json!({ "data": text })).await,
            text,
            theirs: place.add(&json!({ "data": "hers", "subject": "eve" })).await,
        }
    }

    async fn expect(&self, place: &Place) {
        let answer = place.read(&self.small).await.expect_status(200).json();
        assert_eq!(
            (
                &answer["data"],
                &answer["external_id"],
                &answer["metadata"]["mail"]
            ),
            (&json!("small"), &json!("mine"), &json!("eve@example.com"))
        );
        self.expect_large(place, &self.big).await;
        let answer = place.read(&self.theirs).await.expect_status(200).json();
        assert_eq!(answer["data"], "hers");
        let path = format!("/datasets/{}", place.dataset);
        let answer = place.client.get(&path).reply().await.expect_status(200).json();
        assert_eq!(answer["name"], "sealed anew");
    }

    async fn expect_large(&self, place: &Place, record: &str) {
        let answer = place.read(record).await.expect_status(200).json();
        assert!(answer["data"] == self.text.as_str(), "as it was written");
    }
}

#[tokio::test]
async fn a_key_is_destroyed_when_nothing_is_left_that_it_sealed_and_not_before() {
    let place = Place::new(&[QUICKLY]).await;
    let records = Records::add(&place).await;
    let (old, new) = place.rotate().await;
    for (key, what) in [(&old, "destroy"), (&new, "destroy"), (&new, "rewrap")] {
        let refused = place.post(key, what).await;
        refused.expect_problem(409, "AUTHZ_2008");
    }
    let begun = place.post(&old, "rewrap").await.expect_status(202).json();
    assert_eq!(
        (id(&begun), &begun["dataset_id"]),
        (old.as_str(), &json!(place.dataset))
    );
    let done = place.finished(&old).await;
    assert_eq!(
        (&done["rewrapped"], &done["status"]),
        (&json!(3), &json!("retired"))
    );
    let rows = place.rows().await;
    assert!(rows.contains(&(new, 1)) && rows.iter().all(|(key, _)| *key != old));
    records.expect(&place).await;
    let _ = place.post(&old, "destroy").await.expect_status(200);
    records.expect(&place).await;
    place.expect_whole();
    assert!(!place.keys().await.iter().any(|key| key["id"] == old.as_str()));
    let again = place.post(&old, "destroy").await;
    again.expect_problem(404, "CRYPTO_5004");
    place.expect_told().await;
    drop(place.server);
}

#[tokio::test]
async fn what_a_destroyed_key_sealed_opens_no_more_where_it_is_put_back() {
    let place = Place::new(&[QUICKLY]).await;
    let records = Records::add(&place).await;
    let (old, _) = place.rotate().await;
    let mut sql = place.deployment.sql().await;
    let (address, sealed): (Vec<u8>, Vec<u8>) = sqlx::query_as(
        "SELECT address, ciphertext FROM record_contents \
         WHERE dataset_id = $1::uuid AND substring(ciphertext FROM 3 FOR 16) = decode(replace($2, '-', ''), 'hex')",
    )
    .bind(&place.dataset)
    .bind(&old)
    .fetch_one(&mut sql)
    .await
    .expect("one row");
    let read = |file| (fs::read(&file).expect("a chunk"), file);
    let chunks: Vec<_> = place.files().into_iter().map(read).collect();
    assert_eq!(chunks.len(), 2);
    let _ = place.post(&old, "rewrap").await.expect_status(202);
    place.finished(&old).await;
    let _ = place.post(&old, "destroy").await.expect_status(200);

    let update = "UPDATE record_contents SET ciphertext = $1 WHERE dataset_id = $2::uuid AND address = $3";
    let update = sqlx::query(update)
        .bind(sealed)
        .bind(&place.dataset)
        .bind(address);
    let put_back = update.execute(&mut sql).await.expect("put back");
    assert_eq!(put_back.rows_affected(), 1);
    for (bytes, file) in &chunks {
        fs::write(file, bytes).expect("put back");
    }
    for record in [&records.small, &records.big] {
        let refused = place.read(record).await;
        refused.expect_problem(500, "CRYPTO_5002");
    }
    // who adds it again has it sealed with a key that there is
    let again = place.add(&json!({ "data": records.text })).await;
    for record in [&again, &records.big] {
        records.expect_large(&place, record).await;
    }
    drop(place.server);
}

#[tokio::test]
async fn a_sealing_anew_that_was_killed_is_gone_on_with_and_one_that_is_paused_waits() {
    let mut place = Place::new(&[SLOWLY]).await;
    place.fill().await;
    let big = place.add(&json!({ "data": large("large") })).await;
    let (old, new) = place.rotate().await;
    let _ = place.post(&old, "rewrap").await.expect_status(202);
    place.until(&old, |key| key["rewrapped"] == 100).await;
    let paused = place.post(&old, "rewrap/pause").await.expect_status(200).json();
    assert_eq!(paused["state"], "paused");
    place
        .post(&old, "destroy")
        .await
        .expect_problem(409, "AUTHZ_2008");
    // a page that was under way is done
    let rest = place.rows().await;
    assert_eq!(rest.iter().map(|(_, rows)| rows).sum::<i64>(), 200);
    let _ = place.post(&old, "rewrap").await.expect_status(202);
    place.server.kill();
    let at_kill = place.rows().await;
    assert!(
        at_kill.iter().any(|(key, rows)| *key == new && *rows >= 100),
        "{at_kill:?}"
    );

    place.deployment.set(&[QUICKLY]);
    place.server = place.deployment.serve(&[]);
    place.client = place.client.at(place.server.url());
    let done = place.finished(&old).await;
    assert_eq!(done["rewrapped"], 202, "each row and chunk once");
    assert_eq!(place.rows().await, [(new, 200)]);
    let _ = place.post(&old, "destroy").await.expect_status(200);
    let _ = place.read(&big).await.expect_status(200);
    place.expect_whole();
}

#[tokio::test]
async fn additions_and_erasures_on_several_nodes_go_on_while_contents_are_sealed_anew() {
    let place = Place::new(&[SLOWLY]).await;
    let other = place.deployment.serve(&[]);
    let there = place.client.at(other.url());
    place.fill().await;
    let first = place.add(&json!({ "data": large("first") })).await;
    let hers = place.add(&json!({ "data": "hers", "subject": "eve" })).await;
    there
        .add_record(&place.dataset, &json!({ "data": "so that it holds the key" }))
        .await;
    let (old, new) = place.rotate().await;
    let _ = place.post(&old, "rewrap").await.expect_status(202);
    let mut added = Vec::new();
    for number in 0..20 {
        for (client, node) in [(&place.client, "here"), (&there, "there")] {
            let data = format!("{node} {number}");
            let record = client.add_record(&place.dataset, &json!({ "data": data })).await;
            added.push((id(&record).to_owned(), data));
        }
    }
    // what is stored already, and may be under either key
    for client in [&there, &place.client] {
        for name in ["first", "second"] {
            let data = large(name);
            let record = client.add_record(&place.dataset, &json!({ "data": data })).await;
            added.push((id(&record).to_owned(), data));
        }
    }
    let erase = there.request(reqwest::Method::DELETE, "/subjects/ext:eve");
    let _ = erase.reply().await.expect_status(202);
    place.finished(&old).await;
    assert!(!place.rows().await.iter().any(|(key, _)| *key == old));
    let listed = place.command(&["list", "--tenant", &place.account.tenant]);
    let listed = listed["keys"].as_array().expect("keys").clone();
    let of = |key: &str| {
        listed
            .iter()
            .find(|row| row["id"] == key)
            .expect("listed")
            .clone()
    };
    let (was, is) = (of(&old), of(&new));
    assert_eq!(
        (
            &was["contents"],
            &was["chunks"],
            &was["size_bytes"],
            &was["seals_values"]
        ),
        (&json!(0), &json!(0), &json!(0), &json!(false)),
    );
    assert_eq!((&is["contents"], &is["chunks"]), (&json!(241), &json!(4)));
    let _ = place.post(&old, "destroy").await.expect_status(200);
    for client in [&place.client, &there] {
        for (record, data) in &added {
            let path = format!("/datasets/{}/versions/draft/records/{record}", place.dataset);
            let answer = client.get(&path).reply().await.expect_status(200).json();
            assert!(answer["data"] == data.as_str(), "{record}");
        }
    }
    let _ = place.read(&first).await.expect_status(200);
    let _ = place.read(&hers).await.expect_status(410);
    place.expect_whole();
    drop(place.server);
}

#[tokio::test]
async fn a_server_seals_anew_by_itself_if_it_is_told_to_and_a_command_does_without_a_server() {
    let mut place = Place::new(&[QUICKLY, ("VAULT_ENCRYPTION_REWRAP_AFTER_ROTATION", "true")]).await;
    let record = place.add(&json!({ "data": "kept" })).await;
    let (old, _) = place.rotate().await;
    place.finished(&old).await;
    let _ = place.post(&old, "destroy").await.expect_status(200);

    place
        .deployment
        .set(&[("VAULT_ENCRYPTION_REWRAP_AFTER_ROTATION", "false")]);
    place.server = place.deployment.serve(&[]);
    place.client = place.client.at(place.server.url());
    let (old, new) = place.rotate().await;
    place.server.kill();
    let tenant = place.account.tenant.clone();
    let report = place.command(&["rewrap", "--tenant", &tenant, "--all"]);
    assert_eq!(report["keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (
            &report["keys"][0]["id"],
            &report["keys"][0]["state"],
            &report["keys"][0]["contents"]
        ),
        (&json!(old), &json!("finished"), &json!(1))
    );
    assert_eq!(place.rows().await, [(new, 1)]);
    assert_eq!(
        place.command(&["destroy", "--tenant", &tenant, "--key", &old])["id"],
        old
    );
    place.server = place.deployment.serve(&[]);
    place.client = place.client.at(place.server.url());
    assert_eq!(
        place.read(&record).await.expect_status(200).json()["data"],
        "kept"
    );
}

#[tokio::test]
async fn a_key_that_sealed_values_in_the_log_stays_as_long_as_its_dataset() {
    let mut place = Place::new(&[QUICKLY]).await;
    let record = place.add(&json!({ "data": "kept" })).await;
    place.server.kill();
    // as a dataset is from before values had a key of their own
    let mut sql = place.deployment.sql().await;
    let gone = sqlx::query("DELETE FROM data_keys WHERE purpose = 'value' AND scope_id = $1::uuid")
        .bind(&place.dataset);
    assert_eq!(gone.execute(&mut sql).await.expect("deleted").rows_affected(), 1);
    place.server = place.deployment.serve(&[]);
    place.client = place.client.at(place.server.url());
    let (first, second) = place.rotate().await;
    let _ = place.post(&first, "rewrap").await.expect_status(202);
    place.finished(&first).await;
    let refused = place
        .post(&first, "destroy")
        .await
        .expect_problem(409, "AUTHZ_2008");
    assert!(
        refused["detail"].to_string().contains("values in the log"),
        "{refused}"
    );
    let (_, third) = place.rotate().await;
    let _ = place.post(&second, "rewrap").await.expect_status(202);
    place.finished(&second).await;
    let _ = place.post(&second, "destroy").await.expect_status(200);
    assert_eq!(
        place.read(&record).await.expect_status(200).json()["data"],
        "kept"
    );
    let listed = place.command(&["list", "--tenant", &place.account.tenant]);
    let values: Vec<_> = listed["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .filter(|key| key["scope_id"] == place.dataset.as_str())
        .map(|key| (key["id"].clone(), key["seals_values"].clone()))
        .collect();
    assert_eq!(
        values,
        [(json!(first), json!(true)), (json!(third), json!(false))]
    );
}

#[tokio::test]
async fn keys_of_others_are_neither_sealed_anew_nor_destroyed() {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset("somebody's").await;
    let keys = client
        .get(&format!("/keys?scope_id={dataset}"))
        .reply()
        .await
        .json();
    let keys = keys["items"].as_array().expect("items").clone();
    let (stranger, _) = shared::new_tenant().await;
    let (auditor, _) = shared::new_user(&account.tenant, "auditor").await;
    for what in ["rewrap", "rewrap/pause", "destroy"] {
        for key in &keys {
            let path = format!("/keys/{}/{what}", id(key));
            stranger
                .post(&path)
                .reply()
                .await
                .expect_problem(404, "CRYPTO_5004");
            let _ = auditor.post(&path).reply().await.expect_status(403);
            let refused = client.post(&path).reply().await;
            assert!([404, 409].contains(&refused.status), "{refused:?}");
        }
    }
    let own = client
        .get(&format!("/keys?scope_id={}", account.tenant))
        .reply()
        .await
        .json();
    for key in own["items"].as_array().expect("items") {
        let path = format!("/keys/{}/destroy", id(key));
        client.post(&path).reply().await.expect_problem(409, "AUTHZ_2008");
    }
}
