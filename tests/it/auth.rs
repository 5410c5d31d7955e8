//! Sessions: who is let in, for how long, and what is said to the others.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Account, Answer, Client, Reply, deployment::JWT_SECRET, shared};

async fn login(client: &Client, email: &str, password: &str) -> Reply {
    client
        .post("/auth/login")
        .json(&json!({ "email": email, "password": password }))
        .reply()
        .await
}

async fn session() -> (Client, Value) {
    let anonymous = shared::anonymous().await;
    let account = shared::admin_account().await;
    let tokens = login(&anonymous, &account.email, shared::PASSWORD)
        .await
        .expect_status(200)
        .json();
    (
        anonymous.with_token(tokens["access_token"].as_str().expect("a token")),
        tokens,
    )
}

async fn refresh(client: &Client, token: &Value) -> Reply {
    client
        .post("/auth/refresh")
        .json(&json!({ "refresh_token": token }))
        .reply()
        .await
}

/// What does not differ from one request to the next.
fn lasting(reply: &Reply) -> Value {
    let mut body = reply.expect_problem(401, "AUTH_1008");
    let members = body.as_object_mut().expect("an object");
    for member in ["instance", "trace_id", "timestamp"] {
        members.remove(member);
    }
    body
}

#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_look_the_same() {
    let anonymous = shared::anonymous().await;
    // of its own: five failures lock an account
    let (_, Account { email, .. }) = shared::new_tenant().await;
    let wrong = login(&anonymous, &email, "wrong").await;
    for (other, password) in [("nobody@example.com", "wrong"), ("no email", ""), (&email, "")] {
        let refused = login(&anonymous, other, password).await;
        assert_eq!(lasting(&refused), lasting(&wrong), "{other:?}");
    }
    assert!(!wrong.text().contains(&email));
}

#[tokio::test]
async fn the_email_is_taken_in_any_case() {
    let anonymous = shared::anonymous().await;
    let email = shared::admin_account().await.email.to_uppercase();
    let _ = login(&anonymous, &format!(" {email} "), shared::PASSWORD)
        .await
        .expect_status(200);
}

#[tokio::test]
async fn a_refresh_gives_the_next_pair_and_the_old_token_is_worth_nothing() {
    let (client, first) = session().await;
    let second = refresh(&client, &first["refresh_token"])
        .await
        .expect_status(200)
        .json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let next = client.with_token(second["access_token"].as_str().expect("a token"));
    let _ = next.get("/auth/me").reply().await.expect_status(200);
    let third = refresh(&client, &second["refresh_token"])
        .await
        .expect_status(200)
        .json();

    // somebody has stolen a token: nobody can tell who, so the whole family ends
    refresh(&client, &second["refresh_token"])
        .await
        .expect_problem(401, "AUTH_1017");
    refresh(&client, &third["refresh_token"])
        .await
        .expect_problem(401, "AUTH_1017");
    for tokens in [&first, &second, &third] {
        let client = client.with_token(tokens["access_token"].as_str().expect("a token"));
        client
            .get("/auth/me")
            .reply()
            .await
            .expect_problem(401, "AUTH_1014");
    }
}

#[tokio::test]
async fn a_refresh_token_used_twice_at_once_revokes_its_family() {
    let (client, first) = session().await;
    let token = &first["refresh_token"];
    let answers = futures::future::join_all((0..5).map(|_| refresh(&client, token))).await;
    assert!(answers.iter().filter(|answer| answer.status == 200).count() <= 1);
    for winner in answers.iter().filter(|answer| answer.status == 200) {
        refresh(&client, &winner.json()["refresh_token"])
            .await
            .expect_problem(401, "AUTH_1017");
    }
}

#[tokio::test]
async fn a_logout_ends_this_session_and_no_other() {
    let (client, tokens) = session().await;
    let (other, _) = session().await;
    let answer = client.post("/auth/logout").reply().await.expect_status(204);
    assert!(answer.body.is_empty());
    client
        .get("/auth/me")
        .reply()
        .await
        .expect_problem(401, "AUTH_1014");
    client
        .post("/auth/logout")
        .reply()
        .await
        .expect_problem(401, "AUTH_1014");
    refresh(&client, &tokens["refresh_token"])
        .await
        .expect_problem(401, "AUTH_1017");
    let _ = other.get("/auth/me").reply().await.expect_status(200);
}

#[tokio::test]
async fn refresh_tokens_that_nobody_was_given_are_refused() {
    let client = shared::anonymous().await;
    for token in ["", "x", "not a token", &"A".repeat(5_000)] {
        refresh(&client, &json!(token))
            .await
            .expect_problem(401, "AUTH_1017");
    }
    refresh(&client, &json!(3))
        .await
        .expect_field(400, "VALID_3003", "refresh_token");
}

/// The account's claims, with these instead, signed with this secret as others who share it do.
fn forged(account: &Account, claims: &[(&str, Value)], secret: &str) -> String {
    let mut all = json!({
        "iss": "vault", "aud": "vault", "sub": account.user, "tid": account.tenant, "sid": account.user,
        "roles": ["admin"], "iat": 1_000, "nbf": 1_000, "exp": 4_000_000_000_u64, "jti": account.user,
    });
    for (name, value) in claims {
        all[*name] = value.clone();
    }
    let header = Header {
        typ: Some("at+jwt".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    encode(&header, &all, &EncodingKey::from_secret(secret.as_bytes())).expect("a token")
}

#[tokio::test]
async fn each_fault_of_a_token_has_its_code() {
    let anonymous = shared::anonymous().await;
    let account = shared::admin_account().await;
    let past = [("exp", json!(2_000))];
    let future = [
        ("nbf", json!(3_900_000_000_u64)),
        ("iat", json!(3_900_000_000_u64)),
    ];
    let refused = |token: String, code: &'static str| {
        let client = anonymous.with_token(&token);
        async move { client.get("/datasets").reply().await.expect_problem(401, code) }
    };
    let good = anonymous.with_token(&forged(&account, &[], JWT_SECRET));
    let _ = good.get("/datasets").reply().await.expect_status(200);
    refused("garbage".to_owned(), "AUTH_1001").await;
    refused("a.b.c".to_owned(), "AUTH_1001").await;
    refused(forged(&account, &past, JWT_SECRET), "AUTH_1002").await;
    refused(forged(&account, &future, JWT_SECRET), "AUTH_1003").await;
    refused(
        forged(&account, &[], "another secret of more than 32 bytes"),
        "AUTH_1004",
    )
    .await;
    refused(
        forged(&account, &[("iss", json!("somebody"))], JWT_SECRET),
        "AUTH_1006",
    )
    .await;
    refused(
        forged(&account, &[("aud", json!("others"))], JWT_SECRET),
        "AUTH_1007",
    )
    .await;
    // the payload of one token under the signature of another
    let (mine, other) = (&account.token, forged(&account, &[], JWT_SECRET));
    let payload = other.split('.').nth(1).expect("a payload");
    let mixed: Vec<&str> = mine
        .split('.')
        .enumerate()
        .map(|(at, part)| if at == 1 { payload } else { part })
        .collect();
    refused(mixed.join("."), "AUTH_1004").await;
    let unsigned = mine
        .rsplit_once('.')
        .map(|(start, _)| format!("{start}."))
        .expect("a signature");
    let answer = anonymous.with_token(&unsigned).get("/datasets").reply().await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn no_token_another_scheme_and_two_tokens_are_refused() {
    let client = shared::anonymous().await;
    let account = shared::admin_account().await;
    let answer = client.get("/datasets").reply().await;
    answer.expect_problem(401, "AUTH_1005");
    assert!(
        answer
            .header("www-authenticate")
            .is_some_and(|value| value.starts_with("Bearer"))
    );
    client
        .get("/datasets")
        .header("Authorization", "Bearer ")
        .reply()
        .await
        .expect_problem(401, "AUTH_1005");
    client
        .get("/datasets")
        .basic_auth("a", Some("b"))
        .reply()
        .await
        .expect_problem(401, "AUTH_1022");
    let bearer = format!("Bearer {}", account.token);
    let twice = client
        .get("/datasets")
        .header("Authorization", &bearer)
        .header("Authorization", &bearer);
    twice.reply().await.expect_problem(401, "AUTH_1001");
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_done_there_are_told_apart() {
    let client = shared::admin().await;
    client
        .get("/nothing/here")
        .reply()
        .await
        .expect_problem(404, "DATA_4001");
    client
        .outside(Method::GET, "/")
        .reply()
        .await
        .expect_problem(404, "DATA_4001");
    let answer = client.request(Method::DELETE, "/datasets").reply().await;
    answer.expect_problem(405, "DATA_4001");
    let allowed = answer.header("allow").expect("405 names what is allowed");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    client
        .request(Method::PATCH, "/audit/events")
        .reply()
        .await
        .expect_problem(405, "DATA_4001");
}

#[tokio::test]
async fn a_role_does_what_it_may_and_the_rest_is_403() {
    let tenant = shared::admin_account().await.tenant;
    let dataset = shared::admin().await.create_dataset("roles").await;
    let records = format!("/datasets/{dataset}/records");
    let (ingest, _) = shared::new_user(&tenant, "ingest").await;
    let (auditor, _) = shared::new_user(&tenant, "auditor").await;
    let record = json!({ "data": "x" });
    let _ = ingest
        .post(&records)
        .json(&record)
        .reply()
        .await
        .expect_status(201);
    ingest
        .get(&records)
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    ingest
        .post("/datasets")
        .json(&json!({ "name": "no" }))
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    ingest
        .get("/audit/events")
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    auditor
        .post(&records)
        .json(&record)
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    let _ = auditor.get("/audit/events").reply().await.expect_status(200);
    let _ = auditor.get("/health/detailed").reply().await.expect_status(200);
}

#[tokio::test]
async fn an_answer_bears_the_request_id_that_the_client_chose() {
    let client = shared::admin().await;
    let id = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";
    let answer = client
        .get("/datasets")
        .header("X-Request-ID", id)
        .reply()
        .await
        .expect_status(200);
    assert_eq!(answer.header("x-request-id"), Some(id));
    for name in [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "ratelimit",
        "ratelimit-policy",
    ] {
        assert!(answer.header(name).is_some(), "{name}");
    }
}
