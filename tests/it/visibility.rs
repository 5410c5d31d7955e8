//! What a client has written it reads, on the process that took it and on others.

use serde_json::json;
use vault_tests::{Answer, Client, shared};

#[tokio::test]
async fn a_plain_read_after_a_write_always_sees_it() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("visible").await;
    for number in 0..200_u64 {
        let added = client
            .post(&format!("/datasets/{dataset}/records"))
            .json(&json!({ "data": { "n": number } }));
        let added = added.reply().await.expect_status(201);
        if added.header("vault-read-models").is_some() {
            // a busy machine may be a second late, and says so; the position is there for that
            let position = added.header("vault-position").expect("a position");
            let read = client
                .get(&format!("/datasets/{dataset}/stats"))
                .header("Vault-Min-Position", position);
            assert_eq!(
                read.reply().await.expect_status(200).json()["record_count"],
                number + 1
            );
            continue;
        }
        let id = added.json()["id"].as_str().expect("an id").to_owned();
        let read = client
            .get(&format!("/datasets/{dataset}/records/{id}"))
            .reply()
            .await
            .expect_status(200);
        assert_eq!(read.json()["data"]["n"], number);
        assert_eq!(client.stats(&dataset).await["record_count"], number + 1);
    }
}

#[tokio::test]
async fn an_asynchronous_write_is_read_with_its_position() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("asynchronous").await;
    for number in 1..=20 {
        let write = client
            .post(&format!("/datasets/{dataset}/records"))
            .header("Prefer", "respond-async");
        let written = write
            .json(&json!({ "data": number }))
            .reply()
            .await
            .expect_status(201);
        assert_eq!(written.header("vault-read-models"), Some("behind"));
        let position = written.header("vault-position").expect("a position");
        let read = client
            .get(&format!("/datasets/{dataset}/stats"))
            .header("Vault-Min-Position", position);
        assert_eq!(
            read.reply().await.expect_status(200).json()["record_count"],
            number
        );
    }
}

#[tokio::test]
async fn a_second_process_reads_what_the_first_has_written_and_the_other_way_round() {
    let server = shared::deployment().await.serve(&["--role", "api"]);
    let first = shared::admin().await;
    let second = Client::anonymous(server.url()).with_token(first.token());
    let dataset = first.create_dataset("two processes").await;
    for number in 0..30_u64 {
        let (writer, reader) = if number % 2 == 0 {
            (&first, &second)
        } else {
            (&second, &first)
        };
        let write = writer
            .post(&format!("/datasets/{dataset}/records"))
            .json(&json!({ "data": number }));
        let written = write.reply().await.expect_status(201);
        let position = written.header("vault-position").expect("a position");
        let id = written.json()["id"].as_str().expect("an id").to_owned();
        let read = reader
            .get(&format!("/datasets/{dataset}/records/{id}"))
            .header("Vault-Min-Position", position);
        assert_eq!(read.reply().await.expect_status(200).json()["data"], number);
    }
}

#[tokio::test]
async fn a_position_that_is_not_reached_is_503_and_one_that_is_none_is_400() {
    let client = shared::admin().await;
    let far = "p1.AAAAAABMS0A";
    let answer = client
        .get("/datasets")
        .header("Vault-Min-Position", far)
        .reply()
        .await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("1"));
    for bad in ["", "p1.", "7", "p1.//////////8", "p2.AAAAAAAAAAo"] {
        let answer = client
            .get("/datasets")
            .header("Vault-Min-Position", bad)
            .reply()
            .await;
        answer.expect_field(400, "VALID_3007", "Vault-Min-Position");
    }
}
