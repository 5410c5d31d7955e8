//! Accesses are facts of the log: who logged in, who was not let in, what was denied, and which keys were used.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::Connection;
use vault_tests::{Account, Answer, Client, Deployment, Reply, shared};

async fn login(client: &Client, email: &str, password: &str) -> Reply {
    client
        .post("/auth/login")
        .json(&json!({ "email": email, "password": password }))
        .reply()
        .await
}

/// The tenant's events of a type, once everything that was answered is in the log.
async fn recorded(auditor: &Client, event_type: &str) -> Vec<Value> {
    auditor.recorded().await;
    auditor
        .all_pages(
            "/audit/events",
            &format!("?limit=1000&type={event_type}"),
            "after",
        )
        .await
}

fn counted(events: &[Value], of: impl Fn(&Value) -> Option<u64>) -> u64 {
    events.iter().filter_map(|event| of(&event["payload"])).sum()
}

#[tokio::test]
async fn a_login_is_in_the_log_before_its_tokens_are_handed_out() {
    let (auditor, account) = shared::new_tenant().await;
    let anonymous = shared::anonymous().await;
    for logins in 2..5 {
        let tokens = login(&anonymous, &account.email, shared::PASSWORD)
            .await
            .expect_status(200)
            .json();
        let client = anonymous.with_token(tokens["access_token"].as_str().expect("a token"));
        let me = client.get("/auth/me").reply().await.expect_status(200).json();
        let started = auditor
            .all_pages("/audit/events", "?limit=1000&type=session.started", "after")
            .await;
        assert_eq!(started.len(), logins, "the first login gave the auditor's token");
        let newest = started.last().expect("a login");
        assert_eq!(
            newest["stream"],
            json!(format!("session/{}", me["session_id"].as_str().expect("an id")))
        );
        assert_eq!(newest["payload"], json!({ "user_id": account.user }));
        assert_eq!(newest["actor"], account.user);
        assert_eq!(newest["metadata"]["operation"], "login");
    }
}

#[tokio::test]
async fn a_logout_and_a_stolen_token_end_their_sessions_in_the_log() {
    let (auditor, account) = shared::new_tenant().await;
    let anonymous = shared::anonymous().await;
    let tokens = login(&anonymous, &account.email, shared::PASSWORD).await.json();
    let client = anonymous.with_token(tokens["access_token"].as_str().expect("a token"));
    let _ = client.post("/auth/logout").reply().await.expect_status(204);
    let stolen = login(&anonymous, &account.email, shared::PASSWORD).await.json();
    let refresh = async || {
        anonymous
            .post("/auth/refresh")
            .json(&json!({ "refresh_token": stolen["refresh_token"] }))
            .reply()
            .await
            .status
    };
    assert_eq!(
        (refresh().await, refresh().await, refresh().await),
        (200, 401, 401)
    );

    let ended = recorded(&auditor, "session.ended").await;
    let said: Vec<Value> = ended.iter().map(|event| event["payload"].clone()).collect();
    assert_eq!(
        said,
        [
            json!({ "user_id": account.user, "reason": "logout" }),
            json!({ "user_id": account.user, "reason": "refresh_token_reused" }),
        ]
    );
    assert_eq!(ended[0]["actor"], account.user);
    assert_eq!(
        ended[1].get("actor"),
        None,
        "nobody knows which holder is the user"
    );
    assert_eq!(
        (&ended[0]["sequence"], &ended[1]["sequence"]),
        (&json!(2), &json!(2))
    );
}

#[tokio::test]
async fn wrong_passwords_are_counted_for_the_user_and_unknown_emails_for_nobody() {
    let (auditor, account) = shared::new_tenant().await;
    let anonymous = shared::anonymous().await;
    let unknown = format!("nobody-{}", account.email);
    for (email, password) in [
        (account.email.as_str(), "wrong"),
        (&unknown, "wrong"),
        (&account.email, ""),
        (&account.email, "WRONG-MARKER"),
    ] {
        login(&anonymous, email, password)
            .await
            .expect_problem(401, "AUTH_1008");
    }
    let refused = recorded(&auditor, "login.refused").await;
    assert!(
        refused
            .iter()
            .all(|event| event["payload"]["user_id"] == account.user)
    );
    assert_eq!(counted(&refused, |payload| payload["count"].as_u64()), 3);
    let subject = format!("?type=login.refused&subject={}", account.user);
    assert_eq!(
        auditor.all_pages("/audit/events", &subject, "after").await,
        refused
    );
    assert!(
        refused.iter().all(|event| event.get("actor").is_none()),
        "it was not the user"
    );
    let text = json!(refused).to_string();
    for hidden in [account.email.as_str(), "MARKER"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}

#[tokio::test]
async fn what_was_denied_is_in_the_log_with_action_resource_and_count() {
    let (auditor, account) = shared::new_tenant().await;
    let (pipeline, pipeline_account) = shared::new_user(&account.tenant, "ingest").await;
    let dataset = auditor.create_dataset("denied").await;
    let unheard_of = account.user.clone();
    for path in [
        format!("/datasets/{dataset}/records"),
        format!("/datasets/{dataset}/records"),
        "/audit/events".to_owned(),
    ] {
        pipeline
            .get(&path)
            .reply()
            .await
            .expect_problem(403, "AUTHZ_2001");
    }
    let path = format!("/datasets/{unheard_of}/records");
    pipeline.get(&path).reply().await.expect_problem(404, "DATA_4002");
    // what is allowed is not denied, and another tenant's dataset is not there rather than denied
    let _ = pipeline.get("/datasets").reply().await.expect_status(200);
    let (stranger, _) = shared::new_tenant().await;
    let other = stranger.get(&format!("/datasets/{dataset}")).reply().await;
    other.expect_problem(404, "DATA_4002");

    let denied = recorded(&auditor, "access.denied").await;
    assert!(denied.iter().all(|event| event["actor"] == pipeline_account.user));
    let count = |action: &str, resource: &Value| {
        counted(&denied, |payload| {
            let denials = payload["denials"].as_array().expect("denials");
            let found = denials
                .iter()
                .find(|denial| denial["action"] == action && denial["resource"] == *resource)?;
            found["count"].as_u64()
        })
    };
    assert_eq!(count("record:read", &json!({ "dataset": dataset })), 2);
    assert_eq!(count("record:read", &json!({ "dataset": unheard_of })), 1);
    assert_eq!(count("audit:read", &json!("tenant")), 1);
    assert_eq!(recorded(&stranger, "access.denied").await, Vec::<Value>::new());
}

#[tokio::test]
async fn many_denials_are_few_events() {
    let (auditor, account) = shared::new_tenant().await;
    let (pipeline, _) = shared::new_user(&account.tenant, "ingest").await;
    let dataset = auditor.create_dataset("denied often").await;
    let path = format!("/datasets/{dataset}/records");
    let ask = || async { pipeline.get(&path).reply().await.status };
    for _ in 0..10 {
        let answers = futures::future::join_all((0..50).map(|_| ask())).await;
        assert!(answers.iter().all(|status| *status == 403));
    }
    let denied = recorded(&auditor, "access.denied").await;
    let total = counted(&denied, |payload| {
        let denials = payload["denials"].as_array().expect("denials");
        denials.iter().map(|denial| denial["count"].as_u64()).sum()
    });
    assert_eq!(total, 500);
    assert!(denied.len() < 100, "{} events", denied.len());
}

#[tokio::test]
async fn keys_that_are_made_and_unwrapped_are_in_the_log_of_their_tenant() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let other = shared::register(&deployment, server.url(), None, "admin").await;
    let dataset = client.create_dataset("keys").await;
    client.add_record(&dataset, &json!({ "data": "x" })).await;
    let path = format!("/datasets/{dataset}/records");
    let _ = client.get(&path).reply().await.expect_status(200);

    let events = recorded(&client, "keys.used").await;
    assert!(events.iter().all(|event| event.get("actor").is_none()));
    let uses = |task: &str| -> Vec<String> {
        let all = events.iter().flat_map(|event| {
            event["payload"]["uses"]
                .as_array()
                .expect("uses")
                .iter()
                .map(|used| (used["task"].clone(), used["key_id"].clone()))
        });
        all.filter(|(done, _)| *done == task)
            .filter_map(|(_, key)| key.as_str().map(str::to_owned))
            .collect()
    };
    // the tenant's three, the user's one, the dataset's three
    assert_eq!(uses("create").len(), 7, "{events:?}");
    for task in ["unwrap_keys", "seal", "open", "address", "look_up"] {
        assert!(!uses(task).is_empty(), "{task} in {events:?}");
        assert!(
            uses(task).iter().all(|key| uses("create").contains(key)),
            "{task}"
        );
    }
    let others = Client::anonymous(server.url()).with_token(&other.token);
    let text = json!(recorded(&others, "keys.used").await).to_string();
    assert!(uses("create").iter().all(|key| !text.contains(key)));
}

#[tokio::test]
async fn many_reads_are_few_events_that_count_each_of_them() {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset("read often").await;
    let records: Vec<Value> = (0..300).map(|number| json!({ "data": number })).collect();
    let batch = client
        .post(&format!("/datasets/{dataset}/versions/draft/records"))
        .json(&json!({ "records": records }));
    let added = batch.reply().await.expect_status(201).json();
    let added = added["created"].as_array().expect("records");
    let added: BTreeSet<&str> = added.iter().filter_map(|record| record["id"].as_str()).collect();
    let page = format!("/datasets/{dataset}/records?limit=1000");
    for _ in 0..10 {
        let paths = added
            .iter()
            .take(20)
            .map(|id| format!("/datasets/{dataset}/records/{id}"));
        let singles = futures::future::join_all(paths.map(|path| client.get(&path).reply())).await;
        assert!(singles.iter().all(|read| read.status == 200));
        let _ = client.get(&page).reply().await.expect_status(200);
    }
    let events = recorded(&client, "records.read").await;
    assert!(events.iter().all(|event| event["actor"] == account.user));
    let all: Vec<&Value> = events
        .iter()
        .flat_map(|event| event["payload"]["datasets"].as_array().expect("datasets"))
        .collect();
    let reads: u64 = all.iter().filter_map(|reads| reads["reads"].as_u64()).sum();
    assert_eq!(reads, 10 * (20 + 300));
    let named: BTreeSet<&str> = all
        .iter()
        .flat_map(|reads| reads["record_ids"].as_array().expect("ids"))
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(named, added);
    assert!(events.len() < 100, "{} events", events.len());
}

async fn sensitive_dataset(client: &Client) -> (String, String) {
    let body = json!({ "name": "sensitive", "settings": { "sensitivity": "sensitive" } });
    let made = client.post("/datasets").json(&body).reply().await;
    let made = made.expect_status(201).json();
    let dataset = made["id"].as_str().expect("an id").to_owned();
    let record = client
        .add_record(&dataset, &json!({ "data": "MARKER", "external_id": "x" }))
        .await;
    (dataset, record["id"].as_str().expect("an id").to_owned())
}

#[tokio::test]
async fn a_read_of_a_sensitive_dataset_is_in_the_log_when_its_answer_is_there() {
    let (client, account) = shared::new_tenant().await;
    let (dataset, record) = sensitive_dataset(&client).await;
    let paths = [
        format!("/datasets/{dataset}/records/{record}"),
        format!("/datasets/{dataset}/records/ext:x"),
        format!("/datasets/{dataset}/records"),
        format!("/datasets/{dataset}/versions/draft/records"),
    ];
    for (number, path) in paths.iter().enumerate() {
        let _ = client.get(path).reply().await.expect_status(200);
        // without waiting for anything
        let read = client
            .all_pages("/audit/events", "?limit=1000&type=records.read", "after")
            .await;
        assert_eq!(read.len(), number + 1, "{path}");
        let expected = json!({ "dataset_id": dataset, "reads": 1, "record_ids": [record] });
        assert_eq!(read[number]["payload"], json!({ "datasets": [expected] }));
        assert_eq!(read[number]["actor"], account.user);
    }
}

#[tokio::test]
async fn no_content_of_a_sensitive_dataset_leaves_while_the_log_takes_nothing() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let (dataset, record) = sensitive_dataset(&client).await;
    let plain = client.create_dataset("plain").await;
    let of_plain = client.add_record(&plain, &json!({ "data": "plain" })).await;
    let path = format!("/datasets/{dataset}/records/{record}");
    client.recorded().await;

    let mut sql = deployment.sql().await;
    let mut locked = sql.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE events IN EXCLUSIVE MODE")
        .execute(&mut *locked)
        .await
        .expect("appends wait, reads do not");
    let of_plain = of_plain["id"].as_str().expect("an id");
    let read = client
        .get(&format!("/datasets/{plain}/records/{of_plain}"))
        .reply()
        .await;
    assert_eq!(read.expect_status(200).json()["data"], "plain");
    let refused = client.get(&path).reply().await;
    refused.expect_problem(503, "SYS_9002");
    assert!(!refused.text().contains("MARKER") && refused.header("retry-after").is_some());
    locked.rollback().await.expect("unlocked");

    let read = client.get(&path).reply().await.expect_status(200).json();
    assert_eq!(read["data"], "MARKER");
    let events = recorded(&client, "records.read").await;
    let reads_of = |id: &str| {
        counted(&events, |payload| {
            let datasets = payload["datasets"].as_array().expect("datasets");
            let found = datasets.iter().find(|reads| reads["dataset_id"] == id)?;
            found["reads"].as_u64()
        })
    };
    // the one that was refused may be told of as well: rather one too many than one too few
    assert_eq!((reads_of(&plain), reads_of(&dataset)), (1, 2));
}

#[tokio::test]
async fn accesses_that_were_answered_are_recorded_when_the_server_is_told_to_end() {
    let deployment = Deployment::new().await;
    let mut server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let Account { tenant, .. } = account;
    let pipeline = shared::register(&deployment, server.url(), Some(&tenant), "ingest").await;
    let dataset = client.create_dataset("until the end").await;
    client.add_record(&dataset, &json!({ "data": 1 })).await;
    let path = format!("/datasets/{dataset}/records");
    let _ = client.get(&path).reply().await.expect_status(200);
    let pipeline = Client::anonymous(server.url()).with_token(&pipeline.token);
    pipeline
        .get(&path)
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    let (status, _) = server.terminate();
    assert!(status.success(), "{status}: {}", server.output());

    let mut sql = deployment.sql().await;
    let types: Vec<String> = sqlx::query_scalar("SELECT event_type FROM events ORDER BY position")
        .fetch_all(&mut sql)
        .await
        .expect("the log");
    for event_type in ["records.read", "access.denied", "keys.used"] {
        assert!(
            types.iter().any(|found| found == event_type),
            "{event_type} in {types:?}"
        );
    }
}
