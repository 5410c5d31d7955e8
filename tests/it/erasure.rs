//! Erasure at the worst moments, and what is left of it for somebody who has everything.

use std::{
    fmt::Write as _,
    fs,
    io::{Read, Seek, SeekFrom},
    path::Path,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use vault_tests::{Answer, Client, Deployment, OwnPostgres, finished, shared};

/// How soon what follows an erasure is done, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// Stands in the data of the erased person alone.
const MARKER: &str = "zanzibar-marker-5150-quux";
/// Stands in the metadata of the erased person alone.
const METADATA_MARKER: &str = "zeppelin-note-7734";
/// What the client calls the erased person.
const NAME: &str = "quetzalcoatl.subject@example.com";
/// What the client calls the erased person's record.
const RECORD_NAME: &str = "xenophon-record-2718";

async fn erase(client: &Client, name: &str) -> Value {
    let request = client.request(reqwest::Method::DELETE, &format!("/subjects/{name}"));
    request.reply().await.expect_status(202).json()
}

async fn until(sql: &mut PgConnection, query: &str) {
    let done = async {
        while !sqlx::query_scalar::<_, bool>(query)
            .fetch_one(&mut *sql)
            .await
            .expect("the database answers")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, done)
        .await
        .expect("it comes to pass");
}

/// Waits until the read models have what was written and erased.
async fn caught_up(sql: &mut PgConnection) {
    let query = "SELECT coalesce(min(position) >= (SELECT max(position) FROM events WHERE aggregate_type IN \
         ('subject', 'record_batch')), false) FROM projection_checkpoints WHERE projection IN ('records', 'subjects')";
    until(sql, query).await;
}

async fn add(client: &Client, dataset: &str, subject: &str, text: &str) -> Value {
    let record = json!({ "data": { "text": text }, "subject": subject });
    client.add_record(dataset, &record).await
}

async fn status(client: &Client, dataset: &str, record: &Value) -> u16 {
    let id = record["id"].as_str().expect("an id");
    client
        .get(&format!("/datasets/{dataset}/records/{id}"))
        .reply()
        .await
        .status
}

fn end_epoch(deployment: &Deployment) -> Value {
    let report = finished(deployment.command().args(["keys", "--json", "end-epoch"]));
    serde_json::from_str(&report).expect("JSON")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The ways in which a text may stand in bytes.
fn needles(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = hex(bytes);
    let base64 = BASE64_STANDARD.encode(bytes);
    // without its end, which depends on what follows
    let base64 = base64.trim_end_matches('=');
    vec![
        bytes.to_vec(),
        utf16,
        hex.into_bytes(),
        base64.as_bytes()[..base64.len() - 2].to_vec(),
    ]
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

fn files_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_below(&entry.path(), found),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
}

/// Which needles stand in files below a folder.
fn in_files(folder: &Path, needles: &[Vec<u8>]) -> Vec<String> {
    let mut files = Vec::new();
    files_below(folder, &mut files);
    assert!(!files.is_empty(), "{} is looked at", folder.display());
    let mut found = Vec::new();
    for file in files {
        let Ok(bytes) = fs::read(&file) else { continue };
        if needles.iter().any(|needle| holds(&bytes, needle)) {
            found.push(file.display().to_string());
        }
    }
    found
}

/// The writable memory of a process.
fn memory_of(pid: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("the process runs");
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).expect("its memory may be read");
    let mut dump = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else {
            continue;
        };
        let Some((start, end)) = range.split_once('-') else {
            continue;
        };
        if !rights.starts_with("rw") {
            continue;
        }
        let (Ok(start), Ok(end)) = (u64::from_str_radix(start, 16), u64::from_str_radix(end, 16)) else {
            continue;
        };
        let mut piece = vec![0; usize::try_from(end - start).expect("fits")];
        let read = memory
            .seek(SeekFrom::Start(start))
            .and_then(|_| memory.read(&mut piece));
        dump.extend_from_slice(&piece[..read.unwrap_or(0)]);
    }
    dump
}

/// The subject's wrapped keys and its epoch's key, as somebody copied them before the erasure.
struct Copied {
    epoch_key: Vec<u8>,
    wrapped: Vec<Vec<u8>>,
}

async fn copy(deployment: &Deployment, subject: &str) -> Copied {
    let mut sql = deployment.sql().await;
    let wrapped = sqlx::query_scalar("SELECT wrapped FROM data_keys WHERE scope_id = $1::uuid")
        .bind(subject)
        .fetch_all(&mut sql)
        .await
        .expect("rows");
    let epoch: String =
        sqlx::query_scalar("SELECT epoch_id::text FROM erasure_epochs WHERE closed_at IS NULL")
            .fetch_one(&mut sql)
            .await
            .expect("an epoch");
    sql.close().await.expect("closed");
    let file =
        fs::read_to_string(deployment.file("epochs").join(format!("{epoch}.key"))).expect("the key's file");
    let digits = file.lines().nth(1).expect("the key").as_bytes();
    let byte = |pair: &[u8]| {
        let digits = str::from_utf8(pair).expect("digits");
        u8::from_str_radix(digits, 16).expect("hexadecimal")
    };
    let epoch_key = digits.chunks(2).map(byte).collect();
    Copied { epoch_key, wrapped }
}

/// Neither what the person wrote nor the epoch's key stands in files or in what the server wrote.
fn assert_is_nowhere(deployment: &Deployment, database: &Path, output: &str, copied: &Copied) {
    // the database's log still holds her keys as they were wrapped: that is why the epoch's key had to go
    assert!(
        !in_files(database, &copied.wrapped[..1]).is_empty(),
        "the right files are looked at"
    );
    let texts: Vec<Vec<u8>> = [MARKER, METADATA_MARKER, NAME, RECORD_NAME]
        .into_iter()
        .flat_map(needles)
        .collect();
    let keys = vec![copied.epoch_key.clone(), hex(&copied.epoch_key).into_bytes()];
    let folder = deployment.file("");
    for place in [database, folder.as_path()] {
        assert_eq!(in_files(place, &texts), Vec::<String>::new());
        assert_eq!(in_files(place, &keys), Vec::<String>::new());
    }
    assert!(
        texts.iter().all(|needle| !holds(output.as_bytes(), needle)),
        "{output}"
    );
}

/// Somebody has the files of the database, its log, the object store, the folder of keys and what the server wrote: nothing
/// there holds what the person wrote, or the key that it takes to open it; nor does the server's memory hold that key.
#[tokio::test]
async fn nothing_is_left_of_an_erased_person_when_the_epoch_has_ended() {
    let postgres = OwnPostgres::default();
    let deployment = Deployment::on(postgres.url()).await;
    let server = deployment.serve_with(&[("VAULT_ENCRYPTION_KEY_CACHE_S", "10")]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("forensic").await;
    let record = json!({
        "data": { "text": format!("{MARKER} and more of it") }, "subject": NAME, "external_id": RECORD_NAME,
        "metadata": { "note": METADATA_MARKER },
    });
    let hers = client.add_record(&dataset, &record).await;
    let large = add(&client, &dataset, NAME, &format!("{MARKER} ").repeat(5_000)).await;
    let his = add(&client, &dataset, "somebody else", "his").await;
    assert_eq!(status(&client, &dataset, &hers).await, 200);
    assert_eq!(status(&client, &dataset, &large).await, 200);
    let subject = hers["subject_id"].as_str().expect("an id").to_owned();
    let copied = copy(&deployment, &subject).await;
    assert!(
        holds(&memory_of(server.id()), &copied.epoch_key),
        "an opened key is found in memory"
    );
    assert_eq!((copied.epoch_key.len(), copied.wrapped.len()), (32, 2));

    erase(&client, "ext:quetzalcoatl.subject@example.com").await;
    assert_eq!(end_epoch(&deployment)["erased_subjects"], 1);
    let mut sql = deployment.sql().await;
    until(
        &mut sql,
        "SELECT bool_and(epoch_ended_at IS NOT NULL AND purged_at IS NOT NULL) FROM erasures",
    )
    .await;
    sqlx::query("CHECKPOINT")
        .execute(&mut sql)
        .await
        .expect("written to the files");
    let files: String = sqlx::query_scalar("SHOW data_directory")
        .fetch_one(&mut sql)
        .await
        .expect("a folder");
    sql.close().await.expect("closed");
    assert_eq!(status(&client, &dataset, &hers).await, 410);
    assert_eq!(status(&client, &dataset, &his).await, 200, "who lives on is read");

    assert_is_nowhere(&deployment, Path::new(&files), &server.output(), &copied);
    // opened keys leave memory within their time
    let gone = async {
        loop {
            let memory = memory_of(server.id());
            assert!(memory.len() > 1 << 20, "the memory is looked at");
            if !holds(&memory, &copied.epoch_key) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("the epoch's key leaves memory");
    let _ = finished(deployment.command().args(["audit", "verify"]));
    drop(server);
}

#[tokio::test]
async fn an_erasure_that_a_crash_broke_off_is_finished_by_the_next_start() {
    let deployment = Deployment::new().await;
    let mut server = deployment.serve(&["--role", "api"]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("broken off").await;
    let hers = add(&client, &dataset, "alice", "hers").await;
    let his = add(&client, &dataset, "bob", "his").await;
    // nothing finishes erasures in a process that serves requests alone
    erase(&client, "ext:alice").await;
    server.kill();
    let mut sql = deployment.sql().await;
    let broken_off: i64 = sqlx::query_scalar("SELECT count(*) FROM erasures WHERE purged_at IS NULL")
        .fetch_one(&mut sql)
        .await
        .expect("a count");
    assert_eq!(broken_off, 1);
    let server = deployment.serve(&[]);
    until(&mut sql, "SELECT bool_and(purged_at IS NOT NULL) FROM erasures").await;
    let contents: i64 = sqlx::query_scalar("SELECT count(*) FROM record_contents")
        .fetch_one(&mut sql)
        .await
        .expect("a count");
    assert_eq!(contents, 1);
    caught_up(&mut sql).await;
    let client = client.at(server.url());
    assert_eq!(
        (
            status(&client, &dataset, &hers).await,
            status(&client, &dataset, &his).await
        ),
        (410, 200)
    );
}

#[tokio::test]
async fn an_end_of_an_epoch_that_broke_off_at_any_step_is_gone_on_with() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&["--role", "api"]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("epochs").await;
    let mut records = Vec::new();
    for number in 0..5 {
        records.push(add(&client, &dataset, &format!("person {number}"), "text").await);
    }
    erase(&client, "ext:person 0").await;
    let mut sql = deployment.sql().await;
    let epochs = deployment.file("epochs");
    let files = || fs::read_dir(&epochs).expect("the folder").count();
    assert_eq!(files(), 1);

    // broken off after the next epoch began: both keys are there, and all of it is readable
    let _ = end_epoch(&deployment);
    assert_eq!(files(), 1, "the old key's file is gone");
    erase(&client, "ext:person 1").await;
    // broken off after the old epoch was ended in its row, and before its file was destroyed and anybody told
    let open: String =
        sqlx::query_scalar("SELECT epoch_id::text FROM erasure_epochs WHERE closed_at IS NULL")
            .fetch_one(&mut sql)
            .await
            .expect("the open one");
    let kept = fs::read(epochs.join(format!("{open}.key"))).expect("its key");
    let _ = end_epoch(&deployment);
    let restored = epochs.join(format!("{open}.key"));
    fs::write(&restored, kept).expect("as if it had not been destroyed");
    sqlx::query("UPDATE erasures SET epoch_ended_at = NULL WHERE epoch_id = $1::uuid")
        .bind(&open)
        .execute(&mut sql)
        .await
        .expect("as if nobody had been told");
    let report = end_epoch(&deployment);
    assert!(!restored.exists(), "{report}");
    assert_eq!(files(), 1);
    let told: i64 =
        sqlx::query_scalar("SELECT count(*) FROM events WHERE event_type = 'subject.epoch_ended'")
            .fetch_one(&mut sql)
            .await
            .expect("a count");
    assert_eq!(told, 2, "each once");
    drop(server);
    let server = deployment.serve(&[]);
    caught_up(&mut sql).await;
    let client = client.at(server.url());
    let mut found = Vec::new();
    for record in &records {
        found.push(status(&client, &dataset, record).await);
    }
    assert_eq!(found, [410, 410, 200, 200, 200]);
}

#[tokio::test]
async fn records_that_come_while_their_person_is_erased_are_refused_or_erased_with_them() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("race").await;
    let first = add(&client, &dataset, "alice", "first").await;
    let subject = first["subject_id"].clone();
    let path = format!("/datasets/{dataset}/records");
    let adding = async {
        let mut added = Vec::new();
        for number in 0..60 {
            let record = json!({ "data": number, "subject": "alice" });
            let reply = client.post(&path).json(&record).reply().await;
            assert!([201, 409].contains(&reply.status), "{reply:?}");
            if reply.status == 201 {
                added.push(reply.json());
            }
        }
        added
    };
    let erasing = async {
        tokio::task::yield_now().await;
        erase(&client, subject.as_str().expect("an id")).await
    };
    let (added, _) = tokio::join!(adding, erasing);
    for record in &added {
        let expected = if record["subject_id"] == subject { 410 } else { 200 };
        assert_eq!(status(&client, &dataset, record).await, expected, "{record}");
    }
    let mut sql = deployment.sql().await;
    until(&mut sql, "SELECT bool_and(purged_at IS NOT NULL) FROM erasures").await;
    let orphans: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM record_contents c WHERE NOT EXISTS (SELECT FROM read_models.records r \
         WHERE r.dataset_id = c.dataset_id AND r.content = c.address)",
    )
    .fetch_one(&mut sql)
    .await
    .expect("a count");
    assert_eq!(orphans, 0);
}

#[tokio::test]
async fn read_models_are_built_again_without_those_who_were_erased() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("rebuilt").await;
    let hers = add(&client, &dataset, "alice", "hers").await;
    let his = add(&client, &dataset, "bob", "his").await;
    erase(&client, "ext:alice").await;
    let mut sql = deployment.sql().await;
    until(&mut sql, "SELECT bool_and(purged_at IS NOT NULL) FROM erasures").await;
    let _ = end_epoch(&deployment);
    for model in ["records", "dataset_stats", "subjects"] {
        let _ = finished(deployment.command().args(["projections", "rebuild", model]));
    }
    assert_eq!(
        (
            status(&client, &dataset, &hers).await,
            status(&client, &dataset, &his).await
        ),
        (410, 200)
    );
    assert_eq!(client.stats(&dataset).await["record_count"], 1);
    let _ = finished(deployment.command().args(["audit", "verify"]));
}
