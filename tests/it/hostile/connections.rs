//! Heads and connections that no library would send.

use tokio::sync::OnceCell;
use vault_tests::{Answer, Client, Deployment, Server, raw::Raw, shared};

static IMPATIENT: OnceCell<(Deployment, Server)> = OnceCell::const_new();

/// A server that waits half a second for a client.
async fn impatient() -> &'static str {
    let start = async || {
        let deployment = Deployment::new().await;
        let server = deployment.serve_with(&[
            ("VAULT_SERVER_HEADER_TIMEOUT_MS", "500"),
            ("VAULT_SERVER_HTTPS_ONLY", "true"),
            ("VAULT_SERVER_CORS_ORIGINS", r#"["https://app.example.com"]"#),
        ]);
        (deployment, server)
    };
    IMPATIENT.get_or_init(start).await.1.url()
}

/// What the server makes of a head and a body, and of what stands hidden behind them.
async fn answers(bytes: &str) -> String {
    let mut connection = Raw::connect(impatient().await).await;
    connection.send(bytes.as_bytes()).await;
    connection.until_closed().await
}

const HIDDEN: &str = "GET /health HTTP/1.1\r\nHost: hidden\r\n\r\n";

#[tokio::test]
async fn a_request_whose_end_is_in_doubt_ends_the_connection() {
    for head in [
        "Content-Length: 6\r\nContent-Length: 5",
        "Content-Length: +5",
        "Content-Length: 5, 6",
        "Content-Length: 0x5",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity\r\nContent-Length: 5",
        "Transfer-Encoding : chunked",
        "X: y\r\n Content-Length: 5",
        "Content-Length : 5",
    ] {
        let request =
            format!("POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n0\r\n\r\n{HIDDEN}");
        let answer = answers(&request).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{head}: {answer}"
        );
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            usize::from(!answer.is_empty()),
            "{head}: {answer}"
        );
    }
}

#[tokio::test]
async fn of_two_lengths_of_a_body_none_hides_a_request() {
    // a proxy that goes by the length sees one request, and one that goes by the chunks sees two
    let request = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"
    );
    let answer = answers(&request).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    for head in [
        "GET /health\r\n\r\n",
        "GET /health HTTP/9.9\r\n\r\n",
        "GET /hea\u{0}lth HTTP/1.1\r\nHost: a\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nA\u{0}: b\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = answers(head).await;
        assert!(!answer.contains(" 200 "), "{head:?}: {answer}");
    }
    let many = "X: y\r\n".repeat(200);
    let answer = answers(&format!("GET /health HTTP/1.1\r\nHost: a\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let long = "y".repeat(200 * 1024);
    let answer = answers(&format!("GET /health HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n")).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_client_that_is_slow_with_its_head_is_hung_up_on_and_others_are_served() {
    let url = impatient().await;
    let mut slow = Vec::new();
    for start in ["", "P", "GET /health HTTP/1.1\r\nHost: a\r\nX-A"] {
        for _ in 0..20 {
            let mut connection = Raw::connect(url).await;
            connection.send(start.as_bytes()).await;
            slow.push(connection);
        }
    }
    let _ = Client::anonymous(url)
        .get("/health")
        .reply()
        .await
        .expect_status(200);
    for connection in slow {
        let answer = connection.until_closed().await;
        assert!(!answer.contains(" 200 "), "{answer}");
    }
}

#[tokio::test]
async fn pages_of_named_origins_call_and_no_others_and_never_with_cookies() {
    let client = Client::anonymous(impatient().await);
    let ask = async |origin: &str| {
        let request = client
            .request(reqwest::Method::OPTIONS, "/datasets")
            .header("Origin", origin);
        let request = request.header("Access-Control-Request-Method", "POST");
        request
            .header("Access-Control-Request-Headers", "authorization")
            .reply()
            .await
    };
    let allowed = ask("https://app.example.com").await;
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        Some("https://app.example.com")
    );
    assert!(
        allowed
            .header("access-control-allow-headers")
            .is_some_and(|names| names.contains("authorization"))
    );
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.com.evil.example",
        "http://app.example.com",
    ] {
        assert_eq!(
            ask(origin).await.header("access-control-allow-origin"),
            None,
            "{origin}"
        );
    }
    assert_eq!(allowed.header("access-control-allow-credentials"), None);
    let hsts = allowed.header("strict-transport-security");
    assert!(
        hsts.is_some_and(|value| value.starts_with("max-age=63072000")),
        "{allowed:?}"
    );
    let plain = shared::anonymous()
        .await
        .get("/datasets")
        .header("Origin", "https://app.example.com");
    let plain = plain.reply().await;
    assert_eq!(plain.header("access-control-allow-origin"), None);
    assert_eq!(plain.header("strict-transport-security"), None);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_answer() {
    let mut connection = Raw::connect(impatient().await).await;
    connection.send(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(connection.until_closed().await.starts_with("HTTP/1.1 200"));
}
