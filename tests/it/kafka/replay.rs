//! `vault-server kafka replay`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vault_tests::{
    Answer,
    kafka::{Received, brokers, read},
};

use super::{BROKER, Publishing, administrator, published};

/// Runs `vault-server kafka replay`.
fn run(publishing: &Publishing, arguments: &[&str]) -> std::process::Output {
    publishing
        .deployment
        .command()
        .args(["kafka", "replay"])
        .args(arguments)
        .envs(publishing.settings(&brokers(), &[]))
        .output()
        .expect("the command runs")
}

#[tokio::test]
async fn a_range_is_sent_anew_to_a_topic_of_its_own() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("replay").await;
    let server = publishing.serve(&[]);
    let client = administrator(&publishing, &server).await;
    for number in 0..5 {
        client.create_dataset(&format!("dataset {number}")).await;
    }
    let end = published(&client).await;
    let live = publishing.messages(end).await;

    let copy = format!("copy-of-{}", publishing.prefix);
    let done = run(
        &publishing,
        &["--from", "2", "--to", "6", "--topic", &copy, "--json"],
    );
    assert!(done.status.success(), "{done:?}");
    let report: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(report, json!({ "topic": copy, "from": 2, "to": 6, "events": 5 }));
    let mut missing: BTreeSet<u64> = (2..=6).collect();
    let copied = read(&copy, move |message| {
        missing.remove(&message.position());
        missing.is_empty()
    })
    .await;
    let positions: BTreeSet<u64> = copied.iter().map(Received::position).collect();
    assert_eq!(positions, (2..=6).collect());
    for message in &copied {
        let same = live
            .iter()
            .find(|live| live.position() == message.position())
            .expect("live");
        assert_eq!((&message.key, &message.headers), (&same.key, &same.headers));
        assert_eq!(message.payload, same.payload);
    }
}

#[tokio::test]
async fn one_tenants_events_can_be_sent_alone() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("replay-tenant").await;
    let server = publishing.serve(&[]);
    let client = administrator(&publishing, &server).await;
    client.create_dataset("not theirs").await;
    let other = administrator(&publishing, &server).await;
    let end = published(&client).await;
    let live = publishing.messages(end).await;
    let me = other.get("/auth/me").reply().await.json();
    let tenant = me["tenant_id"].as_str().expect("a tenant").to_owned();
    let one = format!("one-of-{}", publishing.prefix);
    let done = run(&publishing, &["--topic", &one, "--tenant", &tenant]);
    assert!(done.status.success(), "{done:?}");
    let mut theirs: BTreeSet<u64> = live
        .iter()
        .filter(|message| message.header("ce_tenant") == tenant)
        .map(Received::position)
        .collect();
    assert!(!theirs.is_empty());
    let received = read(&one, move |message| {
        theirs.remove(&message.position());
        theirs.is_empty()
    })
    .await;
    assert!(
        received
            .iter()
            .all(|message| message.header("ce_tenant") == tenant)
    );
}

#[tokio::test]
async fn what_is_no_range_or_a_live_topic_is_refused() {
    let _broker = BROKER.read().await;
    let publishing = Publishing::new("replay-not").await;
    let server = publishing.serve(&[]);
    let client = administrator(&publishing, &server).await;
    let end = published(&client).await;
    let live = publishing.messages(end).await;
    let copy = format!("copy-of-{}", publishing.prefix);
    let into_live = format!("{}.dataset", publishing.prefix);
    let beyond = (end + 100_000).to_string();
    for (arguments, reason) in [
        (
            ["--from", "1", "--to", "2", "--topic", &into_live],
            "is one of the topics",
        ),
        (
            ["--from", "1", "--to", &beyond, "--topic", &copy],
            "no range of this log",
        ),
        (
            ["--from", "4", "--to", "3", "--topic", &copy],
            "no range of this log",
        ),
        (
            ["--from", "0", "--to", "3", "--topic", &copy],
            "no range of this log",
        ),
    ] {
        let refused = run(&publishing, &arguments);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(
            String::from_utf8_lossy(&refused.stderr).contains(reason),
            "{refused:?}"
        );
    }
    assert_eq!(
        publishing.messages(end).await.len(),
        live.len(),
        "the live topics are as they were"
    );
}
