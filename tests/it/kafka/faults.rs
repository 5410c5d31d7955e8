//! A leader that dies, a broker that is away, topics that do not fit, a log that was put back.

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use vault_tests::{
    Answer, Client, finished,
    kafka::{brokers, kill_broker, read, run_broker},
};

use super::{BROKER, Publishing, Running, administrator, check_order, health, published};

#[tokio::test]
async fn another_server_takes_over_when_the_one_that_publishes_is_killed() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("leader").await;
    let mut leader = publishing.serve(&[]);
    let client = administrator(&publishing, &leader).await;
    published(&client).await;
    let follower = publishing.serve(&[]);
    let client = Client::anonymous(follower.url()).with_token(client.token());
    for number in 0..60 {
        let name = format!("dataset {number}");
        if number == 20 {
            leader.kill();
        }
        client.create_dataset(&name).await;
    }
    let end = published(&client).await;
    assert!(
        follower.output().contains("publishes to Kafka"),
        "{}",
        follower.output()
    );
    let messages = publishing.messages(end).await;
    check_order(&messages);
    let created = messages
        .iter()
        .filter(|message| message.header("ce_type") == "dataset.created");
    let keys: BTreeSet<&str> = created.map(|message| message.key.as_str()).collect();
    assert_eq!(keys.len(), 60);
}

#[tokio::test]
async fn the_vault_goes_on_while_the_broker_is_away_and_catches_up_by_itself() {
    let _broker = BROKER.write().await;
    let publishing = Publishing::new("away").await;
    let server = publishing.serve(&[]);
    let client = administrator(&publishing, &server).await;
    published(&client).await;
    kill_broker();
    for number in 0..30 {
        client.create_dataset(&format!("dataset {number}")).await;
    }
    let away = health(&client, |health| health["kafka"]["trouble"].is_string()).await;
    assert_eq!(away["status"], "degraded", "{away}");
    assert!(away["kafka"]["lag_events"].as_u64() >= Some(30), "{away}");
    assert!(away["kafka"]["lag_s"].as_f64() > Some(0.0), "{away}");
    let metrics = client
        .outside(reqwest::Method::GET, "/metrics")
        .reply()
        .await
        .text();
    for name in [
        "kafka_lag_events ",
        "kafka_lag_seconds ",
        "kafka_errors_total{kind=\"broker\"}",
    ] {
        assert!(metrics.contains(name), "{name} in {metrics}");
    }
    run_broker();
    let end = published(&client).await;
    let back = health(&client, |health| health["status"] == "ok").await;
    assert_eq!(back["kafka"].get("trouble"), None, "{back}");
    let messages = publishing.messages(end).await;
    check_order(&messages);
}

#[tokio::test]
async fn another_number_of_partitions_is_refused_with_advice() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("partitions").await;
    let mut server = publishing.serve(&[]);
    let client = administrator(&publishing, &server).await;
    let before = published(&client).await;
    assert!(server.terminate().0.success());

    let mut server = publishing.serve(&[("VAULT_KAFKA_PARTITIONS", "4")]);
    let client = Client::anonymous(server.url()).with_token(client.token());
    client.create_dataset("more").await;
    let refused = health(&client, |health| health["kafka"]["trouble"].is_string()).await;
    let trouble = refused["kafka"]["trouble"].as_str().expect("a reason");
    for part in [
        "has 3 partitions",
        "kafka.partitions is 4",
        "another kafka.topic_prefix",
    ] {
        assert!(trouble.contains(part), "{trouble}");
    }
    assert_eq!(refused["kafka"]["position"].as_u64(), Some(before), "{refused}");
    assert!(refused["kafka"]["lag_events"].as_u64() >= Some(1), "{refused}");
    assert!(server.terminate().0.success());

    let server = publishing.serve(&[]);
    let client = Client::anonymous(server.url()).with_token(client.token());
    let end = published(&client).await;
    assert!(end > before);
    check_order(&publishing.messages(end).await);
}

#[tokio::test]
async fn what_is_published_after_a_restore_has_the_next_epoch() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("epoch").await;
    let mut server = publishing.serve(&[]);
    let client = administrator(&publishing, &server).await;
    let kept = published(&client).await;
    client.checkpoint(kept).await;
    assert!(server.terminate().0.success());
    publishing.deployment.back_up().await;
    let mut server = publishing.serve(&[]);
    let client = Client::anonymous(server.url()).with_token(client.token());
    client.create_dataset("lost").await;
    let lost = published(&client).await;
    client.checkpoint(lost).await;
    let head = client.get("/audit/checkpoint").reply().await.text();
    assert!(server.terminate().0.success());
    publishing.deployment.put_back().await;

    let folder = tempfile::tempdir().expect("a folder");
    let old_head = folder.path().join("head");
    fs::write(&old_head, head).expect("the head is written");
    let mut command = publishing.deployment.command();
    command.args([
        "audit",
        "new-origin",
        "--reason",
        "a test",
        "--json",
        "--old-head",
    ]);
    let restarted: Value = serde_json::from_str(&finished(command.arg(&old_head))).expect("JSON");
    let agreed = restarted["size"].as_u64().expect("a size");
    let server = publishing.serve(&[]);
    let client = Client::anonymous(server.url()).with_token(client.token());
    client.create_dataset("anew").await;
    let end = published(&client).await;
    let topics = format!("{}\\..*", publishing.prefix);
    let messages = read(&topics, move |message| {
        message.header("ce_epoch") == "2" && message.position() == end
    })
    .await;
    for message in &messages {
        let (epoch, position) = (message.header("ce_epoch"), message.position());
        assert!(epoch == "1" || (epoch == "2" && position > agreed), "{message:?}");
    }
    let sources: BTreeSet<&str> = messages
        .iter()
        .map(|message| message.header("ce_source"))
        .collect();
    assert_eq!(sources.len(), 2, "each epoch has a name of its own");
    let void = messages
        .iter()
        .filter(|message| message.header("ce_epoch") == "1" && message.position() > agreed);
    assert!(void.count() >= 1, "the consumer has seen what was lost");
}

#[tokio::test]
async fn a_process_may_publish_and_do_nothing_else() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("roles").await;
    let brokers = brokers();
    let settings = publishing.settings(&brokers, &[]);
    let publish = || {
        let mut command = publishing.deployment.command();
        command
            .args(["serve", "--role", "publisher"])
            .envs(settings.iter().copied());
        Running::start(&mut command)
    };
    let server = publishing.deployment.serve_as("api", &settings);
    let client = administrator(&publishing, &server).await;
    let publisher = publish();
    published(&client).await;
    drop(publisher);
    client.create_dataset("while nobody publishes").await;
    let behind = health(&client, |health| {
        health["kafka"]["lag_events"].as_u64() >= Some(1)
    })
    .await;
    assert_eq!(behind["kafka"].get("trouble"), None, "{behind}");
    let _publisher = publish();
    let end = published(&client).await;
    check_order(&publishing.messages(end).await);

    let mut command = publishing.deployment.command();
    let refused = command
        .args(["serve", "--role", "publisher"])
        .output()
        .expect("it runs");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("kafka.brokers is not set"));
}
