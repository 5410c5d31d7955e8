//! Read models are derived from the log alone: built anew they are the same, and readers notice nothing.

use std::time::Duration;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;
use vault_tests::{Answer, Client, Deployment, finished, shared};

/// How long a node may take to feel that another copy serves.
const PATIENCE: Duration = Duration::from_secs(10);
const READ_MODELS: [&str; 3] = ["datasets", "records", "dataset_stats"];

/// Every column of every row.
pub(crate) async fn dump(deployment: &Deployment) -> BTreeMap<&'static str, Vec<String>> {
    dump_of(deployment, "read_models").await
}

pub(crate) async fn dump_of(deployment: &Deployment, schema: &str) -> BTreeMap<&'static str, Vec<String>> {
    let mut sql = deployment.sql().await;
    let mut dumped = BTreeMap::new();
    for model in READ_MODELS {
        let rows = format!("SELECT to_jsonb(r)::text FROM {schema}.{model} r ORDER BY 1");
        dumped.insert(
            model,
            sqlx::query_scalar(&rows)
                .fetch_all(&mut sql)
                .await
                .expect("the rows"),
        );
    }
    dumped
}

pub(crate) async fn a_life(client: &Client) {
    for number in 0..4 {
        let body = json!({ "name": format!("life {number}"), "tags": ["a"], "settings": { "n": number } });
        let created = client
            .post("/datasets")
            .json(&body)
            .reply()
            .await
            .expect_status(201)
            .json();
        let id = created["id"].as_str().expect("an id");
        let records: Vec<_> = (0..350)
            .map(|at| json!({ "data": format!("r{at}@example.com {}", at % 3), "metadata": { "n": at, "m": "m@example.com" }, "external_id": at.to_string() }))
            .collect();
        let path = format!("/datasets/{id}/versions/draft/records");
        let _ = client
            .post(&path)
            .json(&json!({ "records": records }))
            .reply()
            .await
            .expect_status(201);
        let path = format!("/datasets/{id}");
        let change = json!({ "description": "later", "tags": null });
        let _ = client
            .request(Method::PATCH, &path)
            .json(&change)
            .reply()
            .await
            .expect_status(200);
        if number == 1 {
            let _ = client
                .post(&format!("{path}/archive"))
                .reply()
                .await
                .expect_status(200);
        }
        if number == 2 {
            let _ = client
                .request(Method::DELETE, &path)
                .reply()
                .await
                .expect_status(204);
        }
    }
}

pub(crate) async fn rebuild(deployment: &Deployment, arguments: &[&str]) -> String {
    let mut command = deployment.command();
    command.args(["projections", "rebuild"]).args(arguments);
    tokio::task::spawn_blocking(move || finished(&mut command))
        .await
        .expect("the rebuild ends")
}

#[tokio::test]
async fn rebuilt_read_models_are_the_same_row_by_row() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    a_life(&client).await;
    let before = dump(&deployment).await;
    assert!(
        READ_MODELS.iter().all(|model| !before[model].is_empty()),
        "{:?}",
        before["dataset_stats"]
    );
    let said = rebuild(&deployment, &[]).await;
    assert!(
        READ_MODELS
            .iter()
            .all(|model| said.contains(&format!("{model}: rebuilt"))),
        "{said}"
    );
    assert!(dump(&deployment).await == before);
    let _ = rebuild(&deployment, &["records"]).await;
    assert!(dump(&deployment).await == before);
    // the projectors go on with the new copies
    let dataset = client.create_dataset("after the rebuild").await;
    client.add_record(&dataset, &json!({ "data": 1 })).await;
    assert_eq!(client.stats(&dataset).await["record_count"], 1);
    assert_eq!(
        dump(&deployment).await["records"].len(),
        before["records"].len() + 1
    );
}

#[tokio::test]
async fn rows_that_differ_serve_when_that_is_accepted_and_can_be_switched_back() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("Zq8Rt3Wx").await;
    client.add_record(&dataset, &json!({ "data": 1 })).await;
    let mut sql = deployment.sql().await;
    let _ = sqlx::query("UPDATE read_models.datasets SET name = 'Wp4Lk9Sd'")
        .execute(&mut sql)
        .await
        .expect("changed behind the vault's back");
    let projections = |arguments: &[&str]| {
        let mut command = deployment.command();
        let output = command
            .arg("projections")
            .args(arguments)
            .output()
            .expect("it runs");
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    };
    // a node feels within a moment that another copy serves
    let becomes = async |name: &str| {
        let path = format!("/datasets/{dataset}");
        let read =
            async { while client.get(&path).reply().await.expect_status(200).json()["name"] != name {} };
        tokio::time::timeout(PATIENCE, read).await.expect(name);
    };

    let (code, said) = projections(&["rebuild", "datasets"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("NOT switched") && said.contains(&dataset), "{said}");
    assert!(
        !said.contains("Zq8Rt3Wx") && !said.contains("Wp4Lk9Sd"),
        "no values: {said}"
    );
    becomes("Wp4Lk9Sd").await;
    let (code, said) = projections(&["rollback", "datasets"]);
    assert_eq!(code, Some(1), "nothing was replaced: {said}");

    let (code, said) = projections(&["rebuild", "datasets", "--accept-differences", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(
        (&report["changed"], &report["missing"]),
        (&json!(1), &json!(0)),
        "{report}"
    );
    becomes("Zq8Rt3Wx").await;
    let later = client.create_dataset("later").await;
    let (code, said) = projections(&["rollback", "datasets"]);
    assert_eq!(code, Some(0), "{said}");
    becomes("Wp4Lk9Sd").await;
    let path = format!("/datasets/{later}");
    let _ = client.get(&path).reply().await.expect_status(200);
    // the projector goes on with the copy that serves now
    let latest = client.create_dataset("latest").await;
    let path = format!("/datasets/{latest}");
    let _ = client.get(&path).reply().await.expect_status(200);

    let (code, said) = projections(&["rollback", "datasets"]);
    assert_eq!(code, Some(0), "{said}");
    becomes("Zq8Rt3Wx").await;
    for expected in ["is removed", "no old copy"] {
        let (code, said) = projections(&["drop-old", "datasets"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(projections(&["rollback", "datasets"]).0, Some(1));
    assert_eq!(projections(&["rebuild", "kafka"]).0, Some(1));
    becomes("Zq8Rt3Wx").await;
}

#[tokio::test]
async fn readers_notice_no_rebuild_while_writers_go_on() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("read while rebuilt").await;
    let batch: Vec<_> = (0..5_000).map(|number| json!({ "data": number })).collect();
    let path = format!("/datasets/{dataset}/versions/draft/records");
    let _ = client
        .post(&path)
        .json(&json!({ "records": batch }))
        .reply()
        .await
        .expect_status(201);

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writer = tokio::spawn({
        let (client, path, stopped) = (
            client.clone(),
            format!("/datasets/{dataset}/records"),
            stopped.clone(),
        );
        async move {
            let mut written = 0_u64;
            while !*stopped.borrow() {
                let _ = client
                    .post(&path)
                    .json(&json!({ "data": "w" }))
                    .reply()
                    .await
                    .expect_status(201);
                written += 1;
            }
            written
        }
    });
    let reader = tokio::spawn({
        let (client, dataset) = (client.clone(), dataset.clone());
        async move {
            let (mut reads, mut last) = (0_u64, 5_000);
            while !*stopped.borrow() {
                let count = client.stats(&dataset).await["record_count"]
                    .as_u64()
                    .expect("a count");
                assert!(count >= last, "{count} after {last}");
                last = count;
                let page = client
                    .get(&format!("/datasets/{dataset}/records?limit=1000"))
                    .reply()
                    .await;
                assert_eq!(
                    page.expect_status(200).json()["items"].as_array().map(Vec::len),
                    Some(1_000)
                );
                let datasets = client.get("/datasets").reply().await.expect_status(200).json();
                assert_eq!(datasets["items"].as_array().map(Vec::len), Some(1));
                reads += 1;
            }
            reads
        }
    });
    for _ in 0..2 {
        let _ = rebuild(&deployment, &[]).await;
    }
    stop.send(true).expect("the tasks listen");
    let (written, reads) = (
        writer.await.expect("writers notice nothing"),
        reader.await.expect("readers notice nothing"),
    );
    assert!(written > 0 && reads > 0, "{written} written, {reads} read");
    assert_eq!(client.stats(&dataset).await["record_count"], 5_000 + written);
}

#[tokio::test]
async fn read_models_as_of_an_earlier_position_are_those_that_were() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    a_life(&client).await;
    let mut sql = deployment.sql().await;
    let last = "SELECT position, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') \
                FROM events ORDER BY position DESC LIMIT 1";
    let (then, time): (i64, String) = sqlx::query_as(last).fetch_one(&mut sql).await.expect("an event");
    let were = dump(&deployment).await;
    a_life_goes_on(&client).await;
    assert_ne!(dump(&deployment).await, were);

    for until in [then.to_string(), time] {
        let command = ["audit", "replay", "--json", "--until", &until];
        let report: serde_json::Value =
            serde_json::from_str(&finished(deployment.command().args(command))).expect("a report");
        assert_eq!(report["position"], then);
        let schema = report["schema"].as_str().expect("a schema");
        assert_eq!(dump_of(&deployment, schema).await, were);
        let written = format!("SET ROLE vault_writer; DELETE FROM {schema}.datasets");
        assert!(
            sqlx::raw_sql(&written).execute(&mut sql).await.is_err(),
            "it is read-only"
        );
        let _ = sqlx::raw_sql("RESET ROLE")
            .execute(&mut sql)
            .await
            .expect("reset");
        let stranger = format!("SET ROLE vault_reader; SELECT count(*) FROM {schema}.datasets");
        let seen = sqlx::raw_sql(&stranger).fetch_all(&mut sql).await.expect("rows");
        assert_eq!(
            seen.last().map(|row| sqlx::Row::get::<i64, _>(row, 0)),
            Some(0),
            "no tenant, no rows"
        );
        let _ = sqlx::raw_sql("RESET ROLE")
            .execute(&mut sql)
            .await
            .expect("reset");
    }
    let beyond = deployment
        .command()
        .args(["audit", "replay", "--until", "99999999"])
        .output()
        .expect("it runs");
    assert!(!beyond.status.success());
}

async fn a_life_goes_on(client: &Client) {
    let dataset = client.create_dataset("later").await;
    let _ = client
        .add_record(&dataset, &json!({ "data": "b@example.com" }))
        .await;
}
