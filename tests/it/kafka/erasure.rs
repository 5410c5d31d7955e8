//! What consumers hear of an erasure.

use std::collections::BTreeSet;

use serde_json::json;
use vault_tests::{Answer as _, kafka::read};

use super::{BROKER, Publishing, administrator};

/// The client's own name of the person, which no consumer may see.
const NAME: &str = "wz5ty9kq3";

#[tokio::test]
async fn consumers_are_told_of_an_erasure_and_of_the_keys_it_destroyed() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("erasure").await;
    let server = publishing.serve(&[]);
    let client = administrator(&publishing, &server).await;
    let dataset = client.create_dataset("told").await;
    let record = json!({ "data": { "text": "gone soon" }, "subject": NAME });
    let added = client.add_record(&dataset, &record).await;
    let erased = client
        .request(reqwest::Method::DELETE, &format!("/subjects/ext:{NAME}"))
        .reply()
        .await;
    let _ = erased.expect_status(202);

    let topics = format!("{}\\..*", publishing.prefix);
    let mut awaited = BTreeSet::from(["subject.erased", "key.destroyed", "subject.purged"]);
    let messages = read(&topics, move |message| {
        awaited.remove(message.header("ce_type"));
        awaited.is_empty()
    })
    .await;
    let told = messages
        .iter()
        .find(|message| message.header("ce_type") == "subject.erased")
        .expect("it was awaited");
    assert_eq!(told.key, added["subject_id"].as_str().expect("an id"));
    assert!(
        messages
            .iter()
            .all(|message| !format!("{message:?}").contains(NAME)),
        "the name stays in the vault"
    );
}
