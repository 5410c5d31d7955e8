//! Many clients at once on one dataset.

use serde_json::json;
use vault_tests::{Answer, shared};

#[tokio::test]
async fn sixty_four_clients_add_records_to_one_dataset_and_none_is_refused() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("sixty-four").await;
    let path = format!("/datasets/{dataset}/records");
    let one = async |number: usize| {
        for round in 0..5 {
            let record = json!({ "data": { "mail": "c@example.com", "n": number, "round": round } });
            let _ = client.post(&path).json(&record).reply().await.expect_status(201);
        }
    };
    futures::future::join_all((0..64).map(one)).await;
    let stats = client.stats(&dataset).await;
    assert_eq!(stats["record_count"], 320);
    assert_eq!(stats["records_with_pii"], 320);
    assert_eq!(stats["pii_counts"], json!({ "email": 320 }));
    let items = client.all_pages(&path, "?limit=100", "cursor").await;
    assert_eq!(items.len(), 320);
    let sizes: i64 = items.iter().filter_map(|item| item["size_bytes"].as_i64()).sum();
    assert_eq!(stats["size_bytes"], sizes);
}
