//! Records as a stream of lines, of any length.

use futures::stream;
use reqwest::Body;
use serde_json::{Value, json};
use vault_tests::{Answer, Client, Reply, shared};

async fn upload(client: &Client, dataset: &str, query: &str, body: impl Into<Body>) -> Reply {
    let path = format!("/datasets/{dataset}/versions/draft/records{query}");
    client
        .post(&path)
        .header("Content-Type", "application/x-ndjson")
        .body(body)
        .reply()
        .await
        .expect_status(200)
}

fn in_pieces(text: &[u8], size: usize) -> Body {
    let pieces: Vec<_> = text
        .chunks(size)
        .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
        .collect();
    Body::wrap_stream(stream::iter(pieces))
}

async fn numbers(client: &Client, dataset: &str) -> Vec<u64> {
    let items = client
        .all_pages(&format!("/datasets/{dataset}/records"), "?limit=1000", "cursor")
        .await;
    items
        .iter()
        .filter_map(|item| item["data"]["n"].as_u64())
        .collect()
}

#[tokio::test]
async fn each_line_is_reported_and_the_report_ends_with_a_summary() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("lines").await;
    let text = "{\"data\":{\"n\":0}}\n\n  \r\n{\"data\":\"a@example.com\",\"external_id\":\"x\"}\r\nnot JSON MARKER-b7f3\n\
                {\"data\":{\"n\":3}}\n{\"dat\":1}\n{\"data\":4,\"external_id\":\"x\"}\n{\"data\":{\"n\":6}}";
    let answer = upload(&client, &dataset, "", text).await;
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    assert!(!answer.text().contains("MARKER-b7f3"));
    let lines = answer.lines();
    let outcomes: Vec<(u64, Option<&str>)> = lines[..lines.len() - 1]
        .iter()
        .map(|line| (line["index"].as_u64().expect("an index"), line["code"].as_str()))
        .collect();
    let expected = [
        (0, None),
        (1, None),
        (2, Some("VAULT_VALID_3001")),
        (3, None),
        (4, Some("VAULT_VALID_3003")),
        (5, Some("VAULT_DATA_4008")),
        (6, None),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(lines[1]["pii_detections"][0]["type"], "email");
    let summary = &lines[7];
    assert_eq!(
        (&summary["created"], &summary["failed"], &summary["complete"]),
        (&json!(4), &json!(3), &json!(true))
    );
    assert!(summary["position"].is_string());
    assert_eq!(client.stats(&dataset).await["record_count"], 4);
}

#[tokio::test]
async fn how_the_bytes_arrive_changes_nothing() {
    let client = shared::admin().await;
    let lines: Vec<String> = (0..1_203)
        .map(|number| format!("{{\"data\":{{\"n\":{number},\"t\":\"ж😀\"}}}}\n"))
        .collect();
    let text = lines.concat();
    for size in [7, 4_096, text.len()] {
        let dataset = client.create_dataset(&format!("pieces of {size}")).await;
        let report = upload(
            &client,
            &dataset,
            "?report=failures",
            in_pieces(text.as_bytes(), size),
        )
        .await
        .lines();
        assert_eq!(report.len(), 1, "{report:?}");
        assert_eq!(report[0]["created"], 1_203);
        assert_eq!(
            numbers(&client, &dataset).await,
            (0..1_203).collect::<Vec<u64>>(),
            "in the order of the lines"
        );
    }
}

#[tokio::test]
async fn a_report_of_failures_holds_nothing_else() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("failures").await;
    let text: String = (0..700)
        .map(|number| {
            if number % 100 == 7 {
                "{}\n".to_owned()
            } else {
                format!("{{\"data\":{{\"n\":{number}}}}}\n")
            }
        })
        .collect();
    let lines = upload(&client, &dataset, "?report=failures", text).await.lines();
    let failed: Vec<Option<u64>> = lines[..lines.len() - 1]
        .iter()
        .map(|line| line["index"].as_u64())
        .collect();
    assert_eq!(failed, [7, 107, 207, 307, 407, 507, 607].map(Some));
    assert_eq!(
        (&lines[7]["created"], &lines[7]["failed"]),
        (&json!(693), &json!(7))
    );
    let path = format!("/datasets/{dataset}/versions/draft/records?report=some");
    let answer = client
        .post(&path)
        .header("Content-Type", "application/x-ndjson")
        .body("")
        .reply()
        .await;
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[tokio::test]
async fn an_empty_stream_is_complete() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("empty stream").await;
    let lines = upload(&client, &dataset, "", "\n \n").await.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["created"], &lines[0]["complete"]),
        (&json!(0), &json!(true))
    );
}

#[tokio::test]
async fn a_line_that_is_not_text_fails_alone() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("not text").await;
    let lines = upload(
        &client,
        &dataset,
        "",
        b"{\"data\":1}\n{\"data\":\"\xff\xfe\"}\n{\"data\":2}\n".to_vec(),
    )
    .await
    .lines();
    let codes: Vec<Option<&str>> = lines.iter().map(|line| line["code"].as_str()).collect();
    assert_eq!(codes, [None, Some("VAULT_VALID_3022"), None, None]);
}

#[tokio::test]
async fn a_line_without_end_stops_the_upload_and_keeps_what_came_before() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("endless line").await;
    let mut text: Vec<u8> = (0..600)
        .flat_map(|number| format!("{{\"data\":{{\"n\":{number}}}}}\n").into_bytes())
        .collect();
    text.extend(std::iter::repeat_n(b'x', 16 * 1024 * 1024 + 32 * 1024));
    // on a connection of its own: the server closes it, because the body was not read to its end
    let lines = upload(&shared::admin().await, &dataset, "?report=failures", text)
        .await
        .lines();
    let summary: &Value = lines.last().expect("a summary");
    assert_eq!(summary["complete"], false);
    assert_eq!(summary["error"]["code"], "VAULT_VALID_3024");
    let stored = numbers(&client, &dataset).await.len();
    assert_eq!(Some(stored as u64), summary["created"].as_u64());
    assert!(stored >= 500);
}
