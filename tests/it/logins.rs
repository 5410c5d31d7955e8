//! Logins that fail again and again, sessions that are listed and ended, on all nodes together.

use serde_json::{Value, json};
use std::time::Duration;
use vault_tests::{Account, Answer, Client, Deployment, Reply, Server, shared};

/// How long another node may take to hear of an end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn login(client: &Client, email: &str, password: &str) -> Reply {
    client
        .post("/auth/login")
        .json(&json!({ "email": email, "password": password }))
        .reply()
        .await
}

async fn guess(client: &Client, email: &str, times: usize) {
    for _ in 0..times {
        login(client, email, "a wrong guess")
            .await
            .expect_problem(401, "AUTH_1008");
    }
}

/// Two nodes of a deployment that counts logins as it is told, and an account.
async fn two_nodes(settings: &[(&str, &str)]) -> (Deployment, [Server; 2], Account) {
    let deployment = Deployment::new().await;
    let servers = [deployment.serve_with(settings), deployment.serve_with(settings)];
    let account = shared::register(&deployment, servers[0].url(), None, "admin").await;
    (deployment, servers, account)
}

#[tokio::test]
async fn after_five_failures_on_any_nodes_an_account_is_locked_and_others_are_not() {
    let (deployment, servers, account) = two_nodes(&[]).await;
    let other = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let [here, there] = servers.each_ref().map(|server| Client::anonymous(server.url()));
    guess(&here, &account.email, 2).await;
    // the case of the letters, and blanks, make no other account
    let spelled = format!("  {} ", account.email.to_uppercase());
    guess(&there, &spelled, 3).await;
    for node in [&here, &there] {
        // only who knows the password hears of the lock
        login(node, &account.email, shared::PASSWORD)
            .await
            .expect_problem(401, "AUTH_1009");
        guess(node, &account.email, 2).await;
        let _ = login(node, &other.email, shared::PASSWORD)
            .await
            .expect_status(200);
    }
    // the session that was begun before goes on
    let _ = here
        .with_token(&account.token)
        .get("/auth/me")
        .reply()
        .await
        .expect_status(200);

    let mut sql = deployment.sql().await;
    sqlx::query("UPDATE login_failures SET last_at = last_at - interval '15 min', locked_until = locked_until - interval '15 min'")
        .execute(&mut sql)
        .await
        .expect("a quarter of an hour goes by");
    let _ = login(&here, &account.email, shared::PASSWORD)
        .await
        .expect_status(200);
}

#[tokio::test]
async fn an_email_that_nobody_has_is_refused_like_one_that_is_locked() {
    let (_deployment, [server, _], account) = two_nodes(&[]).await;
    let client = Client::anonymous(server.url());
    for email in [account.email.as_str(), "nobody@example.com"] {
        guess(&client, email, 8).await;
    }
}

#[tokio::test]
async fn a_success_begins_the_count_anew() {
    let (_deployment, [server, _], account) = two_nodes(&[]).await;
    let client = Client::anonymous(server.url());
    for _ in 0..2 {
        guess(&client, &account.email, 4).await;
        let _ = login(&client, &account.email, shared::PASSWORD)
            .await
            .expect_status(200);
    }
}

#[tokio::test]
async fn of_guesses_at_once_few_take_effect() {
    let (_deployment, [server, _], account) = two_nodes(&[]).await;
    let client = Client::anonymous(server.url());
    let wrong = (0..12).map(|_| login(&client, &account.email, "a wrong guess"));
    for reply in futures::future::join_all(wrong).await {
        reply.expect_problem(401, "AUTH_1008");
    }
    login(&client, &account.email, shared::PASSWORD)
        .await
        .expect_problem(401, "AUTH_1009");
}

#[tokio::test]
async fn a_network_from_which_passwords_are_sprayed_logs_in_no_more() {
    let (_deployment, [server, other], account) =
        two_nodes(&[("VAULT_AUTH_LOCKOUT_NETWORK_FAILURES", "6")]).await;
    let client = Client::anonymous(server.url());
    for number in 0..6 {
        guess(&client, &format!("user{number}@example.com"), 1).await;
    }
    for node in [&server, &other] {
        let refused = Client::anonymous(node.url())
            .post("/auth/login")
            // nobody in front was said to be trusted
            .header("X-Forwarded-For", "203.0.113.9")
            .json(&json!({ "email": account.email, "password": shared::PASSWORD }))
            .reply()
            .await;
        let problem = refused.expect_problem(429, "AUTHZ_2011");
        assert!(
            problem["retry_after"].as_u64().is_some_and(|wait| wait <= 901),
            "{problem}"
        );
    }
    // what is there already goes on
    let _ = client
        .with_token(&account.token)
        .get("/auth/me")
        .reply()
        .await
        .expect_status(200);
}

fn ids(sessions: &Value) -> Vec<&str> {
    let items = sessions["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id"))
        .collect()
}

#[tokio::test]
async fn a_session_that_is_ended_elsewhere_is_refused_by_every_node() {
    let (deployment, servers, account) = two_nodes(&[]).await;
    let [here, there] = servers.each_ref().map(|server| Client::anonymous(server.url()));
    let tokens = login(&there, &account.email, shared::PASSWORD)
        .await
        .expect_status(200)
        .json();
    let stolen = there.with_token(tokens["access_token"].as_str().expect("a token"));
    let mine = here.with_token(&account.token);
    let me = mine.get("/auth/me").reply().await.json();
    let sessions = mine.get("/auth/sessions").reply().await.expect_status(200).json();
    assert_eq!(ids(&sessions).len(), 2, "{sessions}");
    for item in sessions["items"].as_array().expect("items") {
        assert_eq!(item["is_current"], item["id"] == me["session_id"], "{sessions}");
    }
    let theirs = stolen.get("/auth/me").reply().await.json()["session_id"].clone();
    let theirs = theirs.as_str().expect("an id");

    let other = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let stranger = here.with_token(&other.token);
    for unknown in [theirs, "01890a5d-ac96-774b-bcce-b302099a8057"] {
        stranger
            .request(reqwest::Method::DELETE, &format!("/auth/sessions/{unknown}"))
            .reply()
            .await
            .expect_problem(404, "AUTH_1015");
    }
    mine.request(reqwest::Method::DELETE, "/auth/sessions/1")
        .reply()
        .await
        .expect_problem(400, "VALID_3010");
    let _ = stolen.get("/auth/me").reply().await.expect_status(200);

    let ended = mine.request(reqwest::Method::DELETE, &format!("/auth/sessions/{theirs}"));
    let _ = ended.reply().await.expect_status(204);
    let refused = async { while stolen.get("/auth/me").reply().await.status == 200 {} };
    tokio::time::timeout(PATIENCE, refused)
        .await
        .expect("the other node hears of it");
    stolen
        .get("/auth/me")
        .reply()
        .await
        .expect_problem(401, "AUTH_1014");
    there
        .post("/auth/refresh")
        .json(&json!({ "refresh_token": tokens["refresh_token"] }))
        .reply()
        .await
        .expect_problem(401, "AUTH_1017");
    let sessions = mine.get("/auth/sessions").reply().await.json();
    assert_eq!(ids(&sessions), [me["session_id"].as_str().expect("an id")]);
    // a node that starts later knows as well
    let late = deployment.serve(&[]);
    let late = Client::anonymous(late.url()).with_token(stolen.token());
    let refused = async { while late.get("/auth/me").reply().await.status == 200 {} };
    tokio::time::timeout(PATIENCE, refused)
        .await
        .expect("a later node hears of it");
}
