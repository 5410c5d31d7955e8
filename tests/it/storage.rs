//! Large contents in a bucket, the check of what is stored, and the removal of what nothing names.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Output,
    time::SystemTime,
};

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{
    Answer, Client, Deployment, Server, finished,
    kms::{REGION, aws_endpoint},
    shared,
};

struct Place {
    deployment: Deployment,
    server: Server,
    client: Client,
    dataset: String,
}

impl Place {
    async fn new(deployment: Deployment) -> Self {
        let server = deployment.serve(&[]);
        let account = shared::register(&deployment, server.url(), None, "admin").await;
        let client = Client::anonymous(server.url()).with_token(&account.token);
        let dataset = client.create_dataset("large").await;
        Self {
            deployment,
            server,
            client,
            dataset,
        }
    }

    async fn add(&self, text: &str) -> String {
        let added = self
            .client
            .add_record(&self.dataset, &json!({ "data": text }))
            .await;
        added["id"].as_str().expect("an id").to_owned()
    }

    /// An addition that is refused after its content was stored.
    async fn leave(&self, text: &str) {
        let record = json!({ "data": text, "external_id": "taken" });
        let path = format!("/datasets/{}/records", self.dataset);
        let refused = self.client.post(&path).json(&record).reply().await;
        refused.expect_problem(409, "DATA_4008");
    }

    async fn read(&self, record: &str) -> vault_tests::Reply {
        let path = format!("/datasets/{}/versions/draft/records/{record}", self.dataset);
        self.client.get(&path).reply().await
    }

    fn fsck(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let mut command = self.deployment.command();
        let Output {
            status,
            stdout,
            stderr,
        } = command
            .args(["storage", "--json", "fsck"])
            .args(arguments)
            .output()
            .expect("it runs");
        let report: Result<Value, _> = serde_json::from_slice(&stdout);
        assert!(report.is_ok(), "{}", String::from_utf8_lossy(&stderr));
        (status.code(), report.expect("JSON"))
    }

    fn gc(&self, arguments: &[&str]) -> Value {
        let mut command = self.deployment.command();
        let report = finished(command.args(["storage", "--json", "gc"]).args(arguments));
        serde_json::from_str(&report).expect("JSON")
    }

    /// The files of large contents.
    fn files(&self) -> Vec<PathBuf> {
        files(&self.deployment.contents())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    files.sort();
    files
}

/// A text of this length that no other is equal to.
fn text(name: &str, length: usize) -> String {
    let words: Vec<String> = (0..length / 8).map(|number| format!("{name}{number}")).collect();
    let mut text = words.join(" ");
    text.truncate(length);
    text
}

#[tokio::test]
async fn what_is_missing_cut_off_or_changed_is_found_and_never_read() {
    let place = Place::new(Deployment::new().await).await;
    let mut records = Vec::new();
    for name in ["missing", "cut", "changed", "whole"] {
        let before = place.files();
        let record = place.add(&text(name, 5 << 20)).await;
        let added: Vec<_> = place
            .files()
            .into_iter()
            .filter(|file| !before.contains(file))
            .collect();
        assert_eq!(added.len(), 2, "a content of two chunks");
        records.push((record, added));
    }
    let (code, report) = place.fsck(&["--deep"]);
    assert_eq!(
        (code, &report["contents"], &report["faulty"]),
        (Some(0), &json!(4), &json!(0))
    );

    for file in &records[0].1 {
        fs::remove_file(file).expect("removed");
    }
    fs::remove_file(&records[1].1[1]).expect("removed");
    let changed = &records[2].1[0];
    let mut bytes = fs::read(changed).expect("a chunk");
    bytes[1_000] ^= 1;
    fs::write(changed, bytes).expect("written");
    fs::write(place.deployment.contents().join("notes.txt"), "hello").expect("written");

    let faults = |report: &Value| {
        let mut faults: Vec<(String, String)> = report["faults"]
            .as_array()
            .expect("faults")
            .iter()
            .map(|fault| {
                (
                    fault["fault"].to_string(),
                    fault["record"].as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        faults.sort();
        faults
    };
    let (missing, cut, changed) = (&records[0].0, &records[1].0, &records[2].0);
    let fault = |fault: &str, record: &String| (format!("\"{fault}\""), record.clone());
    let (code, report) = place.fsck(&[]);
    assert_eq!((code, &report["contents"]), (Some(2), &json!(2)));
    assert_eq!(
        faults(&report),
        [fault("incomplete", cut), fault("missing", missing)]
    );
    let (code, report) = place.fsck(&["--deep"]);
    assert_eq!((code, &report["contents"]), (Some(2), &json!(1)));
    assert_eq!(
        faults(&report),
        [
            fault("damaged", changed),
            fault("incomplete", cut),
            fault("missing", missing)
        ]
    );
    for (record, _) in &records[..3] {
        let refused = place.read(record).await;
        assert!(refused.status >= 500, "{refused:?}");
    }
    let _ = place.read(&records[3].0).await.expect_status(200);
}

#[tokio::test]
async fn what_nothing_names_is_removed_after_the_grace_and_nothing_else() {
    let place = Place::new(Deployment::new().await).await;
    let first = json!({ "data": text("named", 100_000), "external_id": "taken" });
    let named = place.client.add_record(&place.dataset, &first).await;
    place.leave(&text("left", 100_000)).await;
    place.leave(&text("wanted", 100_000)).await;
    assert_eq!(place.files().len(), 3);

    // what was written lately may be named in a moment
    let report = place.gc(&[]);
    assert_eq!(
        (&report["young"], &report["condemned"], &report["removed"]),
        (&json!(2), &json!(0), &json!(0))
    );
    for file in place.files() {
        let file = File::options().write(true).open(file).expect("a chunk");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("set");
    }
    let report = place.gc(&["--dry-run"]);
    assert_eq!(
        (&report["dry_run"], &report["removed"]),
        (&json!(true), &json!(2))
    );
    // condemned at once, and removed only a grace later
    for _ in 0..2 {
        let report = place.gc(&[]);
        assert_eq!((&report["condemned"], &report["removed"]), (&json!(2), &json!(0)));
    }
    assert_eq!(place.files().len(), 3);
    // one of them is added again meanwhile
    let wanted = place.add(&text("wanted", 100_000)).await;
    let mut sql = place.deployment.sql().await;
    let left = sqlx::query("UPDATE condemned_contents SET condemned_at = condemned_at - interval '2 days'");
    assert_eq!(left.execute(&mut sql).await.expect("aged").rows_affected(), 1);
    let report = place.gc(&[]);
    assert_eq!((&report["condemned"], &report["removed"]), (&json!(0), &json!(1)));
    assert_eq!(place.files().len(), 2);
    for record in [wanted.as_str(), named["id"].as_str().expect("an id")] {
        let _ = place.read(record).await.expect_status(200);
    }
    // and what is gone can be added again
    let again = place.add(&text("left", 100_000)).await;
    let _ = place.read(&again).await.expect_status(200);
    assert_eq!(place.fsck(&["--deep"]).0, Some(0));
}

/// Asks the object store itself.
async fn s3(method: Method, path: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let credential = "Credential=test/20261122/us-east-1/s3/aws4_request";
    let request = reqwest::Client::new()
        .request(method, format!("{}/{path}", aws_endpoint()))
        .header(
            "Authorization",
            format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"),
        );
    let answer = request.send().await.expect("moto answers");
    assert!(answer.status().is_success(), "{answer:?}");
    String::from_utf8_lossy(&answer.bytes().await.expect("a body")).into_owned()
}

#[tokio::test]
async fn a_bucket_holds_large_contents_sealed_and_small_ones_need_none() {
    let mut deployment = Deployment::new().await;
    // the name of the deployment's folder, which no other has
    let folder = deployment.file("");
    let folder = folder
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .to_lowercase();
    let bucket = format!("vault-{}", folder.trim_start_matches('.'));
    let _made = s3(Method::PUT, &bucket).await;
    let location = format!("s3://{bucket}/records/of/all");
    deployment.set(&[
        ("VAULT_STORAGE_BACKEND", "s3"),
        ("VAULT_STORAGE_LOCATION", &location),
        ("AWS_ENDPOINT_URL", &aws_endpoint()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]);
    let place = Place::new(deployment).await;
    let large = text("bucket", 9 << 20);
    let record = place.add(&large).await;
    // equal content is stored once
    let equal = place.add(&large).await;
    for record in [&record, &equal] {
        let answer = place.read(record).await.expect_status(200).json();
        assert!(answer["data"] == large.as_str(), "as it was written");
    }
    assert!(!place.deployment.contents().exists(), "nothing is on the disk");
    let listed = s3(Method::GET, &format!("{bucket}?list-type=2")).await;
    let objects: Vec<&str> = listed
        .split("<Key>")
        .skip(1)
        .filter_map(|rest| rest.split("</Key>").next())
        .collect();
    assert_eq!(objects.len(), 3, "{listed}");
    for object in objects {
        assert!(object.starts_with("records/of/all/content/"), "{object}");
        let bytes = s3(Method::GET, &format!("{bucket}/{object}")).await;
        assert!(bytes.len() > 1 << 20 && !bytes.contains("bucket1"), "sealed");
    }
    let (code, report) = place.fsck(&["--deep"]);
    assert_eq!((code, &report["contents"]), (Some(0), &json!(1)));
    assert_eq!(place.gc(&["--grace-hours", "1"])["removed"], 0);

    // a bucket that is away is no concern of those who need it not
    let small = place.add("small").await;
    let cut_off = place
        .deployment
        .serve_with(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]);
    let cut_off = Place {
        client: place.client.at(cut_off.url()),
        server: cut_off,
        deployment: place.deployment,
        dataset: place.dataset,
    };
    let _ = cut_off.add("small too").await;
    let _ = cut_off.read(&small).await.expect_status(200);
    cut_off.read(&record).await.expect_problem(503, "DATA_4015");
    let path = format!("/datasets/{}/records", cut_off.dataset);
    let another = json!({ "data": text("another", 100_000) });
    let refused = cut_off.client.post(&path).json(&another).reply().await;
    refused.expect_problem(503, "DATA_4015");
    drop(cut_off.server);
}
