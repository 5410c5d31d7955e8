//! Rate limits that processes share in a real Redis, and each alone without it.

use std::time::Duration;

use serde_json::json;
use vault_tests::{Answer, Authority, Client, Deployment, Reply, redis::Redis, shared};

/// How many logins a network may try in a minute.
const LOGINS: u32 = 6;
/// How long it may take until something is noticed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Counts as a login, and is refused for what it says.
async fn knock(client: &Client) -> Reply {
    client.post("/auth/login").json(&json!({})).reply().await
}

async fn health(client: &Client) -> (String, String) {
    let health = client
        .get("/health/detailed")
        .reply()
        .await
        .expect_status(200)
        .json();
    let text = |name: &str| health[name].as_str().unwrap_or_default().to_owned();
    (text("status"), text("redis"))
}

/// Has a request counted, wherever that is.
async fn counts(client: &Client) -> bool {
    [400, 429].contains(&knock(client).await.status)
}

async fn until(holds: impl AsyncFn() -> bool) {
    let held = async { while !holds().await {} };
    tokio::time::timeout(PATIENCE, held).await.expect("in time");
}

async fn shares(client: &Client, value: &str) -> bool {
    let metrics = client.metrics().await.unwrap_or_default();
    metrics
        .lines()
        .any(|line| line == format!("rate_limits_shared {value}"))
}

#[tokio::test]
async fn processes_count_together_while_redis_is_there_and_alone_while_it_is_not() {
    let deployment = Deployment::new().await;
    let mut redis = Redis::start();
    let (url, logins) = (redis.url(), LOGINS.to_string());
    let settings = [
        ("VAULT_SERVER_REDIS_URL", url.as_str()),
        ("VAULT_AUTH_LOGIN_LIMIT_PER_MIN", logins.as_str()),
    ];
    let servers = [deployment.serve_with(&settings), deployment.serve_with(&settings)];
    // a login is one of those that are counted
    let admin = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let [here, there] = servers.each_ref().map(|server| Client::anonymous(server.url()));
    let admin = here.with_token(&admin.token);
    for left in (0..LOGINS - 1).rev() {
        let client = if left % 2 == 0 { &here } else { &there };
        let counted = knock(client).await;
        assert_eq!(counted.status, 400);
        let remaining = counted.header("X-RateLimit-Remaining").map(str::to_owned);
        assert_eq!(remaining, Some(left.to_string()));
    }
    for client in [&here, &there] {
        let refused = knock(client).await;
        refused.expect_problem(429, "AUTHZ_2011");
        assert_eq!(refused.header("X-RateLimit-Limit"), Some("6"));
        let policy = refused.header("RateLimit-Policy").unwrap_or_default();
        assert!(policy.ends_with(";q=6;w=60"), "{policy}");
        let wait: u32 = refused
            .header("Retry-After")
            .expect("when")
            .parse()
            .expect("seconds");
        assert!((1..=120).contains(&wait), "{wait}");
    }
    assert_eq!(health(&admin).await, ("ok".to_owned(), "ok".to_owned()));
    let kept = redis.say(&["keys", "*"]);
    assert!(
        kept.contains(":network:") && !kept.contains("127.0.0.1"),
        "{kept}"
    );

    redis.kill();
    assert_eq!(knock(&there).await.status, 400, "each counts for itself");
    assert!(shares(&there, "0").await && servers[1].output().contains("Redis is away"));
    assert_eq!(knock(&here).await.status, 400);
    assert_eq!(health(&admin).await, ("degraded".to_owned(), "away".to_owned()));

    redis.start_again();
    until(async || counts(&there).await && shares(&there, "1").await).await;
    until(async || counts(&here).await && health(&admin).await.1 == "ok").await;
    assert_eq!(health(&admin).await.0, "ok");
    assert!(servers[1].output().contains("rate limits are shared again"));
}

/// What the tiers of the tests say.
const TIERS: &str = r#"[{ name = "free", requests = 5, period_s = 3600 }, { name = "pro", requests = 400, period_s = 3600 }]"#;

#[tokio::test]
async fn all_users_of_a_tenant_together_may_ask_what_its_tier_allows() {
    let deployment = Deployment::new().await;
    let plain = deployment.serve(&[]);
    let free = shared::register(&deployment, plain.url(), None, "admin").await;
    let colleague = shared::register(&deployment, plain.url(), Some(&free.tenant), "admin").await;
    let pro = shared::register(&deployment, plain.url(), None, "admin").await;
    let tenants = format!(r#"[{{ tenant = "{}", tier = "pro" }}]"#, pro.tenant);
    let settings = [
        ("VAULT_LIMITS_TIERS", TIERS),
        ("VAULT_LIMITS_DEFAULT_TIER", "free"),
        ("VAULT_LIMITS_TENANTS", tenants.as_str()),
    ];
    let server = deployment.serve_with(&settings);
    let [free, colleague, pro] =
        [free, colleague, pro].map(|account| Client::anonymous(server.url()).with_token(&account.token));
    let remaining = async |client: &Client| {
        let reply = client.get("/datasets").reply().await.expect_status(200);
        let [limit, remaining] =
            ["X-RateLimit-Limit", "X-RateLimit-Remaining"].map(|name| reply.header(name).map(str::to_owned));
        (limit.expect("a limit"), remaining.expect("what remains"))
    };
    let said = |limit: &str, remaining: &str| (limit.to_owned(), remaining.to_owned());
    assert_eq!(remaining(&free).await, said("5", "4"));
    assert_eq!(remaining(&colleague).await, said("5", "3"));
    assert_eq!(remaining(&pro).await, said("400", "399"));
    for left in ["2", "1", "0"] {
        assert_eq!(remaining(&free).await, said("5", left));
    }
    for client in [&free, &colleague] {
        let refused = client.get("/datasets").reply().await;
        refused.expect_problem(429, "AUTHZ_2011");
        assert_eq!(refused.header("RateLimit-Policy"), Some("\"default\";q=5;w=3600"));
        assert!(refused.header("Retry-After").is_some());
    }
    assert_eq!(remaining(&pro).await, said("400", "398"));
}

#[tokio::test]
async fn processes_count_tenants_together_in_redis() {
    let deployment = Deployment::new().await;
    let redis = Redis::start();
    let url = redis.url();
    let plain = deployment.serve(&[]);
    let admin = shared::register(&deployment, plain.url(), None, "admin").await;
    let settings = [
        ("VAULT_SERVER_REDIS_URL", url.as_str()),
        ("VAULT_LIMITS_TIERS", TIERS),
        ("VAULT_LIMITS_DEFAULT_TIER", "free"),
    ];
    let servers = [deployment.serve_with(&settings), deployment.serve_with(&settings)];
    let clients = servers
        .each_ref()
        .map(|server| Client::anonymous(server.url()).with_token(&admin.token));
    for number in 0..5 {
        let _ = clients[number % 2]
            .get("/datasets")
            .reply()
            .await
            .expect_status(200);
    }
    for client in &clients {
        client
            .get("/datasets")
            .reply()
            .await
            .expect_problem(429, "AUTHZ_2011");
    }
}

#[tokio::test]
async fn redis_is_reached_over_tls_if_its_certificate_is_trusted() {
    let deployment = Deployment::new().await;
    let authority = Authority::new("of Redis");
    let redis = Redis::start_with_tls(&authority.server());
    let trusted = deployment.file("redis-authority.pem");
    std::fs::write(&trusted, authority.pem()).expect("the certificate is written");
    let (url, trusted) = (redis.url(), trusted.display().to_string());
    let trusting = [
        ("VAULT_SERVER_REDIS_URL", url.as_str()),
        ("SSL_CERT_FILE", trusted.as_str()),
    ];
    let counted = || redis.say(&["keys", "*"]).contains(":network:");
    let server = deployment.serve_with(&trusting[..1]);
    let client = Client::anonymous(server.url());
    until(async || counts(&client).await && shares(&client, "0").await).await;
    assert!(!counted(), "whose certificate nobody vouches for is told nothing");
    let server = deployment.serve_with(&trusting);
    let client = Client::anonymous(server.url());
    until(async || counts(&client).await && counted()).await;
}
