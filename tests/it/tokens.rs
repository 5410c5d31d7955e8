//! The keys of access tokens: published, rotated on all nodes, and never taken for one another.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Account, Answer, Client, Deployment, deployment::JWT_SECRET, finished, shared};

/// How long another node may take to hear of a key, and a key to sign, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

async fn key_set(client: &Client) -> Vec<Value> {
    let set = client
        .outside(Method::GET, "/.well-known/jwks.json")
        .reply()
        .await
        .expect_status(200);
    set.json()["keys"].as_array().expect("keys").clone()
}

fn kid(token: &str) -> String {
    decode_header(token)
        .expect("a header")
        .kid
        .expect("the key's name")
}

async fn me(client: &Client) -> u16 {
    client.get("/auth/me").reply().await.status
}

/// A token of these claims beside the account's own, under this header and key.
fn forged(account: &Account, header: &Header, claims: &[(&str, Value)], key: &EncodingKey) -> String {
    let mut all = claims_of(account);
    for (name, value) in claims {
        all[*name] = value.clone();
    }
    encode(header, &all, key).expect("a token")
}

fn claims_of(account: &Account) -> Value {
    let payload = account.token.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("claims")
}

fn header(algorithm: Algorithm, kid: Option<&str>) -> Header {
    Header {
        typ: Some("at+jwt".to_owned()),
        kid: kid.map(str::to_owned),
        ..Header::new(algorithm)
    }
}

#[tokio::test]
async fn whoever_has_the_public_keys_verifies_a_token_and_reads_how_old_its_login_is() {
    let client = shared::anonymous().await;
    let account = shared::admin_account().await;
    let keys = key_set(&client).await;
    for key in &keys {
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
            (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
        );
        assert!(
            key.get("d").is_none() && key.get("k").is_none(),
            "no private part"
        );
    }
    let named = kid(&account.token);
    let key = keys.iter().find(|key| key["kid"] == *named).expect("published");
    let public = DecodingKey::from_ed_components(key["x"].as_str().expect("x")).expect("a key");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["vault"]);
    validation.set_issuer(&["vault"]);
    let claims: Value = decode(&account.token, &public, &validation)
        .expect("verifies")
        .claims;
    let seconds = |claim: &str| claims[claim].as_i64().expect("seconds");
    // the password is verified first, which may have been in the second before
    assert!(
        (0..60).contains(&(seconds("iat") - seconds("auth_time"))),
        "{claims}"
    );
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert!(claims.get("mfa_time").is_none());
}

#[tokio::test]
async fn hostile_tokens_are_refused() {
    let client = shared::anonymous().await;
    let account = shared::admin_account().await;
    let named = kid(&account.token);
    let keys = key_set(&client).await;
    let x = keys.iter().find(|key| key["kid"] == *named).expect("published")["x"].clone();
    let public = URL_SAFE_NO_PAD.decode(x.as_str().expect("x")).expect("base64");
    let as_secret = EncodingKey::from_secret(&public);
    let shared_secret = EncodingKey::from_secret(JWT_SECRET.as_bytes());
    let refused = async |token: &str, what: &str| {
        let answer = client.with_token(token).get("/datasets").reply().await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
    };
    // the public key as a secret, under its own name and under none
    for kid in [Some(named.as_str()), None] {
        let token = forged(&account, &header(Algorithm::HS256, kid), &[], &as_secret);
        refused(&token, "the public key as a secret").await;
    }
    // the secret that is shared, in the name of the public key, and with another algorithm
    for (algorithm, kid) in [
        (Algorithm::HS256, Some(named.as_str())),
        (Algorithm::HS384, None),
        (Algorithm::HS512, None),
    ] {
        let token = forged(&account, &header(algorithm, kid), &[], &shared_secret);
        refused(&token, "the shared secret").await;
    }
    // names of keys that are paths, statements and texts of any kind
    for kid in [
        "../../../../dev/null",
        "' OR 1=1 --",
        "",
        "\0",
        &"k".repeat(2_000),
        "https://evil.example/jwks.json",
    ] {
        let token = forged(
            &account,
            &header(Algorithm::HS256, Some(kid)),
            &[],
            &shared_secret,
        );
        refused(&token, kid).await;
    }
    let rest = account.token.split_once('.').expect("parts").1;
    let payload = rest.split_once('.').expect("parts").0;
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let head = json!({ "alg": alg, "typ": "at+jwt", "kid": named }).to_string();
        let head = URL_SAFE_NO_PAD.encode(head);
        for token in [format!("{head}.{payload}."), format!("{head}.{rest}")] {
            refused(&token, "no algorithm").await;
        }
    }
    // a key that the token brings along
    let mut own = header(Algorithm::HS256, Some("mine"));
    own.jku = Some("https://evil.example/jwks.json".to_owned());
    own.x5u = Some("https://evil.example/cert.pem".to_owned());
    let token = forged(&account, &own, &[], &as_secret);
    refused(&token, "a key that the token brings along").await;
}

#[tokio::test]
async fn whoever_shares_the_secret_signs_tokens_whose_claims_are_checked_alike() {
    let client = shared::anonymous().await;
    let account = shared::admin_account().await;
    let secret = EncodingKey::from_secret(JWT_SECRET.as_bytes());
    let with = |claims: &[(&str, Value)]| {
        client.with_token(&forged(
            &account,
            &header(Algorithm::HS256, None),
            claims,
            &secret,
        ))
    };
    let _ = with(&[]).get("/datasets").reply().await.expect_status(200);
    for (name, value, code) in [
        ("iss", json!("https://evil.example"), "AUTH_1006"),
        ("aud", json!("another service"), "AUTH_1007"),
        ("aud", json!(["vault", "another service"]), "AUTH_1001"),
        ("exp", json!(1_000_000_000), "AUTH_1002"),
        ("nbf", json!(4_000_000_000_u64), "AUTH_1003"),
        ("tid", json!("' OR 1=1"), "AUTH_1001"),
    ] {
        let refused = with(&[(name, value)]).get("/datasets").reply().await;
        refused.expect_problem(401, code);
    }
    // of another tenant: it sees what is there, which is nothing of this one's
    let (_, stranger) = shared::new_tenant().await;
    let theirs = with(&[("tid", json!(stranger.tenant))]);
    let listed = theirs.get("/datasets").reply().await.expect_status(200).json();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn tokens_of_others_end_on_every_node_when_their_user_is_disabled() {
    let deployment = Deployment::new().await;
    let servers = [deployment.serve(&[]), deployment.serve(&[])];
    let nodes = servers.each_ref().map(|server| Client::anonymous(server.url()));
    let admin = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let user = shared::register(&deployment, servers[0].url(), Some(&admin.tenant), "auditor").await;
    let secret = EncodingKey::from_secret(JWT_SECRET.as_bytes());
    let sign = |claims: &[(&str, Value)]| forged(&user, &header(Algorithm::HS256, None), claims, &secret);
    // ids of no session and of no user
    let of_user = sign(&[("sid", json!(admin.tenant))]);
    let of_nobody = sign(&[("sid", json!(admin.tenant)), ("sub", json!(admin.tenant))]);
    for node in &nodes {
        for token in [&of_user, &of_nobody] {
            assert_eq!(me(&node.with_token(token)).await, 200);
        }
    }
    let path = format!("/users/{}", user.user);
    let disable = nodes[0]
        .with_token(&admin.token)
        .request(Method::PATCH, &path)
        .json(&json!({ "status": "disabled" }));
    let _ = disable.reply().await.expect_status(200);
    for node in &nodes {
        let client = node.with_token(&of_user);
        let refused = async { while me(&client).await == 200 {} };
        tokio::time::timeout(PATIENCE, refused)
            .await
            .expect("refused in time");
        client
            .get("/auth/me")
            .reply()
            .await
            .expect_problem(401, "AUTH_1014");
        assert_eq!(me(&node.with_token(&of_nobody)).await, 200);
    }
    let later = sign(&[("sid", json!(admin.tenant)), ("iat", json!(4_000_000_000_u64))]);
    nodes[1]
        .with_token(&later)
        .get("/auth/me")
        .reply()
        .await
        .expect_problem(401, "AUTH_1014");
}

#[tokio::test]
async fn a_key_is_rotated_on_all_nodes_and_earlier_tokens_are_good_until_they_expire() {
    let deployment = Deployment::new().await;
    let servers = [deployment.serve(&[]), deployment.serve(&[])];
    let account = shared::register(&deployment, servers[0].url(), None, "admin").await;
    // logs in again and again: a user's sessions make room for new ones
    let busy = shared::register(&deployment, servers[0].url(), Some(&account.tenant), "auditor").await;
    let nodes = servers.each_ref().map(|server| Client::anonymous(server.url()));
    let before = kid(&account.token);
    let report = finished(deployment.command().args(["keys", "rotate-tokens", "--json"]));
    assert!(report.contains("\"earlier_are_refused\":false"), "{report}");
    let signs = async |node: &Client, not: &str| loop {
        let now = node.login(&busy.email, shared::PASSWORD).await;
        if kid(now.token()) != not {
            return now;
        }
        let set = key_set(node).await;
        assert!(set.iter().any(|key| key["kid"] == not), "{set:?}");
    };
    for node in &nodes {
        let signed = tokio::time::timeout(PATIENCE, signs(node, &before)).await;
        let newer = signed.expect("the new key signs in time");
        let named = kid(newer.token());
        for node in &nodes {
            let set = key_set(node).await;
            assert!(
                set.iter().any(|key| key["kid"] == *named),
                "known everywhere before it signs"
            );
            assert_eq!(me(&node.with_token(newer.token())).await, 200);
            assert_eq!(me(&node.with_token(&account.token)).await, 200);
        }
    }
    let last = nodes[0].login(&busy.email, shared::PASSWORD).await;
    let _ = finished(
        deployment
            .command()
            .args(["keys", "rotate-tokens", "--refuse-earlier"]),
    );
    for node in &nodes {
        for token in [&account.token, last.token()] {
            let client = node.with_token(token);
            let refused = async { while me(&client).await == 200 {} };
            tokio::time::timeout(PATIENCE, refused)
                .await
                .expect("refused in time");
            client
                .get("/auth/me")
                .reply()
                .await
                .expect_problem(401, "AUTH_1004");
        }
        assert_eq!(key_set(node).await.len(), 1);
        assert_eq!(me(&node.login(&busy.email, shared::PASSWORD).await).await, 200);
    }
}

#[tokio::test]
async fn the_first_key_of_the_vaults_own_making_comes_by_itself_and_stands_sealed() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let node = Client::anonymous(server.url());
    let published = async { while key_set(&node).await.len() < 2 {} };
    tokio::time::timeout(PATIENCE, published)
        .await
        .expect("made in time");
    let mut sql = deployment.sql().await;
    let sealed: Vec<Vec<u8>> = sqlx::query_scalar("SELECT sealed FROM token_keys")
        .fetch_all(&mut sql)
        .await
        .expect("keys");
    assert_eq!(sealed.len(), 1);
    assert!(sealed[0].len() > 32 + 28, "nonce, tag and name beside the seed");
}
