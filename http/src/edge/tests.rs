use std::{net::SocketAddr, num::NonZeroU32};

use axum::{
    extract::ConnectInfo,
    http::{Request, request::Builder},
    response::IntoResponse,
    routing::get as on_get,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use vault_access::RateLimit;

use super::*;
use crate::{
    ClientAddress, RequestContext,
    testing::{Answer, authenticator, bearer, edge, get, send},
};

#[derive(Debug, thiserror::Error)]
#[error("the password of the database is hunter2")]
struct Secret;

fn routes() -> Router {
    Router::new()
        .route("/ok/{id}", on_get(|| async { "fine" }))
        .route(
            "/id",
            on_get(|context: RequestContext| async move {
                format!("{} {}", context.request_id(), context.trace())
            }),
        )
        .route(
            "/from",
            on_get(|ClientAddress(address): ClientAddress| async move { address.to_string() }),
        )
        .route(
            "/docs",
            on_get(|| async { [("content-security-policy", "own"), ("cache-control", "max-age=1")] }),
        )
        .route(
            "/fault",
            on_get(|| async { Problem::internal(Secret).with_detail(format!("see {Secret}")) }),
        )
        .route(
            "/away",
            on_get(|| async {
                Problem::new(ErrorCode::ServiceUnavailable)
                    .with_detail("Come back.")
                    .with_retry_after(7)
            }),
        )
        .route("/panic", on_get(|| async { panics().into_response() }))
        .route("/never", on_get(|| async { std::future::pending::<()>().await }))
}

fn panics() -> &'static str {
    panic!("hunter2 {}", 2)
}

async fn ask(path: &str) -> Answer {
    send(&edge().wrap(routes()), get(path), "").await
}

/// As the table has entries.
const GOING: &[Deprecated] = &[Deprecated {
    method: "GET",
    route: "/ok/{id}",
    since: at(1_767_225_600),
    sunset: Some(at(1_798_761_600)),
    see: "https://example.com/changes#ok",
}];

const fn at(seconds: i64) -> chrono::DateTime<chrono::Utc> {
    match chrono::DateTime::from_timestamp(seconds, 0) {
        Some(time) => time,
        None => chrono::DateTime::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn an_operation_that_will_go_says_so_with_each_answer_and_others_do_not() {
    let router = edge().with_deprecated(GOING).wrap(routes());
    let going = send(&router, get("/ok/1"), "").await;
    assert_eq!(going.header("deprecation"), "@1767225600");
    assert_eq!(going.header("sunset"), "Fri, 01 Jan 2027 00:00:00 GMT");
    assert_eq!(
        going.header("link"),
        "<https://example.com/changes#ok>; rel=\"deprecation\"; type=\"text/html\""
    );
    let staying = send(&router, get("/docs"), "").await;
    for name in ["deprecation", "sunset", "link"] {
        assert_eq!(staying.header(name), "", "{name}");
    }
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    for path in ["/ok/1", "/nowhere", "/fault", "/panic"] {
        let answer = ask(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "0"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            (
                "content-security-policy",
                "default-src 'self'; frame-ancestors 'none'",
            ),
            ("permissions-policy", "geolocation=(), microphone=(), camera=()"),
            ("cache-control", "no-store"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(answer.header(name), value, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn a_page_may_have_its_own_policy() {
    let answer = ask("/docs").await;
    assert_eq!(
        (
            answer.header("content-security-policy"),
            answer.header("cache-control")
        ),
        ("own", "max-age=1")
    );
    let over_tls = send(&edge().over_tls().wrap(routes()), get("/docs"), "").await;
    assert_eq!(
        over_tls.header("strict-transport-security"),
        "max-age=63072000; includeSubDomains"
    );
}

#[tokio::test]
async fn a_request_id_is_echoed_or_minted() {
    let router = edge().wrap(routes());
    let given = send(&router, get("/id").header("x-request-id", "mine-1"), "").await;
    assert_eq!(given.header("x-request-id"), "mine-1");
    assert!(given.text.starts_with("mine-1 "));
    for bad in ["", "with space", &"x".repeat(129)] {
        let minted = send(&router, get("/id").header("x-request-id", bad), "").await;
        let id = minted.header("x-request-id");
        assert!(uuid::Uuid::try_parse(id).is_ok(), "{id}");
        assert!(minted.text.starts_with(id));
    }
}

#[tokio::test]
async fn a_problem_names_its_request_and_trace() {
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = get("/nowhere")
        .header("traceparent", traceparent)
        .header("x-request-id", "mine");
    let answer = send(&edge().wrap(routes()), request, "").await;
    assert_eq!(
        answer.json(),
        serde_json::json!({
            "type": "urn:vault:error:VAULT_DATA_4001",
            "title": "Resource not found",
            "status": 404,
            "detail": "There is nothing under this path.",
            "instance": "urn:uuid:0190a6b2-7c1d-7e3f-8a4b-000000000000",
            "code": "VAULT_DATA_4001",
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "timestamp": "2027-01-15T08:00:00.000Z",
        })
    );
    assert_eq!(answer.header("x-request-id"), "mine");
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let answer = send(&edge().wrap(routes()), Request::delete("/ok/1"), "").await;
    assert_eq!(answer.problem().0, 405);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn faults_and_panics_show_nothing_of_their_cause() {
    for path in ["/fault", "/panic"] {
        let answer = ask(path).await;
        assert_eq!(answer.problem().0, 500);
        assert_eq!(answer.json()["code"], "VAULT_SYS_9001");
        assert_eq!(
            answer.json()["detail"],
            "The service could not complete the request."
        );
        assert!(!answer.text.contains("hunter2"));
    }
}

#[tokio::test]
async fn what_is_away_says_when_to_come_back() {
    let answer = ask("/away").await;
    assert_eq!((answer.problem().0, answer.header("retry-after")), (503, "7"));
    assert_eq!(
        (&answer.json()["retry_after"], &answer.json()["detail"]),
        (&7.into(), &"Come back.".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_ends() {
    let start = tokio::time::Instant::now();
    let answer = ask("/never").await;
    assert_eq!(
        (answer.problem().0, answer.json()["code"].as_str()),
        (504, Some("VAULT_SYS_9005"))
    );
    assert_eq!(start.elapsed().as_secs(), 60);
}

fn limited(requests: u32) -> Router {
    let (requests, period_s) = (
        NonZeroU32::new(requests).expect("is not zero"),
        NonZeroU32::MIN.saturating_add(3599),
    );
    let limiter = RateLimiter::new(RateLimit { requests, period_s }, 100);
    edge()
        .with_rate_limit(authenticator(), Arc::new(limiter))
        .wrap(routes())
}

#[tokio::test]
async fn every_user_has_their_own_allowance() {
    let router = limited(2);
    let by = |user| get("/ok/1").header("authorization", bearer(&authenticator(), user, 0));
    for remaining in ["1", "0"] {
        let answer = send(&router, by(1), "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-limit"), "2");
        assert_eq!(answer.header("x-ratelimit-remaining"), remaining);
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=2;w=3600");
        assert!(
            answer
                .header("ratelimit")
                .starts_with(&format!("\"default\";r={remaining};t="))
        );
    }
    let refused = send(&router, by(1), "").await;
    assert_eq!(
        (refused.problem().0, refused.json()["code"].as_str()),
        (429, Some("VAULT_AUTHZ_2011"))
    );
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    let wait_s: u32 = refused.header("retry-after").parse().expect("is a number");
    assert!((1790..=1800).contains(&wait_s), "{wait_s}");
    assert_eq!(send(&router, by(2), "").await.status, 200);
}

#[tokio::test]
async fn those_without_a_good_token_count_by_their_network() {
    let router = limited(2);
    let peer = |text: &str| ConnectInfo(text.parse::<SocketAddr>().expect("is an address"));
    let from = |text: &str| get("/ok/1").extension(peer(text));
    assert_eq!(send(&router, from("192.0.2.1:1"), "").await.status, 200);
    let guess = from("192.0.2.1:2").header("authorization", "Bearer guess");
    assert_eq!(send(&router, guess, "").await.status, 200);
    assert_eq!(send(&router, from("192.0.2.1:3"), "").await.status, 429);
    assert_eq!(send(&router, from("192.0.2.2:3"), "").await.status, 200);
}

#[tokio::test]
async fn a_clients_address_is_believed_of_trusted_proxies_only() {
    let peer = ConnectInfo("10.0.0.1:1".parse::<SocketAddr>().expect("is an address"));
    let request =
        |forwarded: &str| -> Builder { get("/from").extension(peer).header("x-forwarded-for", forwarded) };
    let direct = edge().wrap(routes());
    assert_eq!(send(&direct, request("203.0.113.9"), "").await.text, "10.0.0.1");
    let one = edge().behind_proxies(NonZeroU8::MIN).wrap(routes());
    assert_eq!(
        send(&one, request("1.1.1.1, 203.0.113.9"), "").await.text,
        "203.0.113.9"
    );
    assert_eq!(
        send(&one, request("1.1.1.1, nonsense"), "").await.text,
        "10.0.0.1"
    );
    assert_eq!(
        send(&one, get("/from").extension(peer), "").await.text,
        "10.0.0.1"
    );
    let two = edge()
        .behind_proxies(NonZeroU8::MIN.saturating_add(1))
        .wrap(routes());
    assert_eq!(
        send(&two, request("9.9.9.9, 1.1.1.1,203.0.113.9"), "").await.text,
        "1.1.1.1"
    );
    assert_eq!(send(&two, request("203.0.113.9"), "").await.text, "10.0.0.1");
}

#[test]
fn metrics_carry_route_templates_and_no_paths() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("builds");
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let router = edge().wrap(routes());
            for path in ["/ok/secret-1", "/ok/secret-2?q=secret", "/secret-3", "/panic"] {
                send(&router, get(path), "").await;
            }
            send(&router, Request::builder().method("SECRET").uri("/ok/1"), "").await;
            let gone = tower::ServiceExt::oneshot(
                router,
                get("/never")
                    .body(axum::body::Body::empty())
                    .expect("is a request"),
            );
            let _ = tokio::time::timeout(Duration::from_millis(1), gone).await;
        });
    });
    let text = recorder.handle().render();
    for line in [
        "http_requests_total{method=\"GET\",route=\"/ok/{id}\",status=\"200\"} 2",
        "http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "http_requests_total{method=\"GET\",route=\"/panic\",status=\"500\"} 1",
        "http_requests_total{method=\"OTHER\",route=\"/ok/{id}\",status=\"405\"} 1",
        "http_requests_total{method=\"GET\",route=\"/never\",status=\"499\"} 1",
        "http_request_duration_seconds_count{method=\"GET\",route=\"/ok/{id}\"} 2",
        "http_requests_active 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.to_lowercase().contains("secret"));
}
