use axum::{
    Json, Router,
    body::Body,
    http::{HeaderValue, Request, request::Builder},
    routing::{get as on_get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use vault_domain::DatasetId;

use super::*;
use crate::{
    PageQuery,
    testing::{TestState, authenticator, bearer, edge, get, principal, send},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    count: Option<u8>,
}

fn router() -> Router {
    let routes = Router::new()
        .route("/json", post(|ApiJson(body): ApiJson<Named>| async move { Json(json!([body.name, body.count])) }))
        .route("/list", on_get(|ApiQuery(page): ApiQuery<PageQuery>| async move { page.limit.items().to_string() }))
        .route("/one/{id}", on_get(|ApiPath(id): ApiPath<DatasetId>| async move { id.to_string() }))
        .route(
            "/two/{id}/at/{place}",
            on_get(|ApiPath((id, place)): ApiPath<(DatasetId, u32)>| async move { format!("{id} {place}") }),
        )
        .route("/me", on_get(|Caller(caller): Caller| async move { caller.user.to_string() }))
        .route(
            "/headers",
            post(
                |key: Option<IdempotencyKey>, position: Option<ReadPosition>, wait: ReadModelWait| async move {
                    let key = key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
                    let position = position.map(|ReadPosition(token)| token.position());
                    Json(json!([key, position, wait == ReadModelWait::RespondAsync]))
                },
            ),
        )
        .with_state(TestState(authenticator()));
    edge().wrap(routes)
}

fn json_post() -> Builder {
    Request::post("/json").header("content-type", "application/json")
}

async fn refused(request: Builder, body: impl Into<Body>) -> (u16, String, String, String) {
    send(&router(), request, body).await.problem()
}

fn problem(status: u16, code: &str, field: &str, field_code: &str) -> (u16, String, String, String) {
    let full = |code: &str| {
        if code.is_empty() {
            String::new()
        } else {
            format!("VAULT_{code}")
        }
    };
    (status, full(code), field.to_owned(), full(field_code))
}

#[tokio::test]
async fn a_good_body_is_read_under_any_json_type() {
    for kind in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/merge-patch+json",
    ] {
        let request = Request::post("/json").header("content-type", kind);
        let answer = send(&router(), request, r#"{"name":"n","count":3}"#).await;
        assert_eq!(answer.json(), json!(["n", 3]), "{kind}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let expected = problem(400, "VALID_3023", "Content-Type", "VALID_3023");
    for kind in ["text/plain", "application/jsonp", "json", ""] {
        let request = Request::post("/json").header("content-type", kind);
        assert_eq!(refused(request, r#"{"name":"n"}"#).await, expected, "{kind}");
    }
    assert_eq!(refused(Request::post("/json"), r#"{"name":"n"}"#).await, expected);
}

#[tokio::test]
async fn a_bad_body_is_refused_with_the_field_at_fault() {
    let cases: [(&[u8], _); 9] = [
        (b"", problem(400, "VALID_3001", "", "")),
        (b"{\"name\":", problem(400, "VALID_3001", "", "")),
        (b"{name}", problem(400, "VALID_3001", "", "")),
        (b"{\"name\":\"a\"} x", problem(400, "VALID_3001", "", "")),
        (b"\xff", problem(400, "VALID_3022", "", "")),
        (b"{}", problem(400, "VALID_3002", "name", "VALID_3002")),
        (b"{\"name\":7}", problem(400, "VALID_3003", "name", "VALID_3003")),
        (
            b"{\"name\":\"a\",\"x\":1}",
            problem(400, "VALID_3001", "x", "VALID_3001"),
        ),
        (
            b"{\"name\":\"a\",\"count\":999}",
            problem(400, "VALID_3004", "count", "VALID_3004"),
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(
            refused(json_post(), body).await,
            expected,
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let body = json!({"name": "n".repeat(2000)}).to_string();
    assert_eq!(
        refused(json_post(), body.clone()).await,
        problem(413, "VALID_3024", "", "")
    );
    let stream = streamed(&body);
    assert_eq!(
        refused(json_post(), stream).await,
        problem(413, "VALID_3024", "", "")
    );
}

/// A body whose length is not announced.
fn streamed(text: &str) -> Body {
    let (head, tail) = text.split_at(text.len() / 2);
    let chunks = [head.to_owned(), tail.to_owned()].map(Ok::<_, std::io::Error>);
    Body::from_stream(tokio_stream::iter(chunks))
}

#[tokio::test]
async fn a_deeply_nested_body_is_refused() {
    let body = format!("{{\"name\":{}", "[".repeat(900));
    assert_eq!(refused(json_post(), body).await.0, 400);
}

#[tokio::test]
async fn query_strings_are_read_or_refused_with_the_parameter_at_fault() {
    assert_eq!(send(&router(), get("/list"), "").await.text, "20");
    assert_eq!(send(&router(), get("/list?limit=100"), "").await.text, "100");
    for (query, field) in [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("cursor=garbage", "cursor"),
        ("frob=1", "frob"),
        ("limit=1&limit=2", "limit"),
    ] {
        let expected = problem(400, "VALID_3025", field, "VALID_3025");
        assert_eq!(
            refused(get(&format!("/list?{query}")), "").await,
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn ids_in_paths_are_read_or_refused() {
    let id = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";
    assert_eq!(send(&router(), get(&format!("/one/{id}")), "").await.text, id);
    assert_eq!(
        send(&router(), get(&format!("/two/{id}/at/7")), "").await.text,
        format!("{id} 7")
    );
    let (status, code, ..) = refused(get("/one/17"), "").await;
    assert_eq!((status, code.as_str()), (400, "VAULT_VALID_3010"));
    let (status, code, ..) = refused(get("/two/17/at/7"), "").await;
    assert_eq!((status, code.as_str()), (400, "VAULT_VALID_3010"));
    let (status, code, ..) = refused(get(&format!("/two/{id}/at/x")), "").await;
    assert_eq!((status, code.as_str()), (400, "VAULT_VALID_3007"));
    let (status, code, ..) = refused(get("/one/%ff"), "").await;
    assert_eq!((status, code.as_str()), (400, "VAULT_VALID_3007"));
}

#[tokio::test]
async fn a_caller_is_known_by_their_token() {
    let token = bearer(&authenticator(), 42, 0);
    let answer = send(&router(), get("/me").header("authorization", token.as_str()), "").await;
    assert_eq!(answer.text, principal(42).user.to_string());
    let lower = token.replacen("Bearer", "bearer", 1);
    assert_eq!(
        send(&router(), get("/me").header("authorization", lower), "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_caller_without_a_good_token_is_refused_and_challenged() {
    let router = router();
    let challenged = async |request: Builder| {
        let answer = send(&router, request, "").await;
        let (status, code, ..) = answer.problem();
        assert_eq!(status, 401);
        (
            code.trim_start_matches("VAULT_AUTH_").to_owned(),
            answer.header("www-authenticate").to_owned(),
        )
    };
    let with = |value: &str| get("/me").header("authorization", value);
    let expired = bearer(&authenticator(), 42, 3600);
    let early = bearer(&authenticator(), 42, -60);
    let forged = format!("{}x", bearer(&authenticator(), 42, 0));
    let plain = "Bearer".to_owned();
    let invalid = "Bearer error=\"invalid_token\"".to_owned();
    assert_eq!(challenged(get("/me")).await, ("1005".to_owned(), plain.clone()));
    assert_eq!(
        challenged(with("Bearer")).await,
        ("1005".to_owned(), plain.clone())
    );
    assert_eq!(
        challenged(with("Bearer ")).await,
        ("1005".to_owned(), plain.clone())
    );
    assert_eq!(challenged(with("Basic dTpw")).await, ("1022".to_owned(), plain));
    assert_eq!(
        challenged(with("Bearer nonsense")).await,
        ("1001".to_owned(), invalid.clone())
    );
    assert_eq!(
        challenged(with(&expired)).await,
        ("1002".to_owned(), invalid.clone())
    );
    assert_eq!(
        challenged(with(&early)).await,
        ("1003".to_owned(), invalid.clone())
    );
    assert_eq!(
        challenged(with("Bearer a").header("authorization", "Bearer b")).await,
        ("1001".to_owned(), invalid)
    );
    let (code, _) = challenged(with(&forged)).await;
    assert!(["1001", "1004"].contains(&code.as_str()), "{code}");
}

async fn headers(pairs: &[(&str, &str)]) -> Result<Value, (u16, String, String, String)> {
    let mut request = Request::post("/headers");
    for (name, value) in pairs {
        request = request.header(*name, HeaderValue::from_str(value).expect("is a header"));
    }
    let answer = send(&router(), request, "").await;
    if answer.status == 200 {
        Ok(answer.json())
    } else {
        Err(answer.problem())
    }
}

#[tokio::test]
async fn idempotency_keys_come_under_both_names() {
    assert_eq!(headers(&[]).await, Ok(json!([null, null, false])));
    assert_eq!(
        headers(&[("idempotency-key", "k")]).await,
        Ok(json!(["k", null, false]))
    );
    assert_eq!(
        headers(&[("x-idempotency-key", "k")]).await,
        Ok(json!(["k", null, false]))
    );
    let both = headers(&[("idempotency-key", "k"), ("x-idempotency-key", "k")]).await;
    assert_eq!(both, Ok(json!(["k", null, false])));
    assert!(headers(&[("idempotency-key", &"k".repeat(255))]).await.is_ok());
    let bad = Err(problem(400, "VALID_3007", "Idempotency-Key", "VALID_3007"));
    assert_eq!(
        headers(&[("idempotency-key", "k"), ("x-idempotency-key", "l")]).await,
        bad
    );
    for key in ["", "a b", "ü", &"k".repeat(256)] {
        assert_eq!(headers(&[("idempotency-key", key)]).await, bad, "{key}");
    }
}

#[tokio::test]
async fn positions_and_preferences_are_read() {
    let token = crate::PositionToken::new(77).to_string();
    assert_eq!(
        headers(&[("vault-min-position", &token)]).await,
        Ok(json!([null, 77, false]))
    );
    let bad = Err(problem(400, "VALID_3007", "Vault-Min-Position", "VALID_3007"));
    assert_eq!(headers(&[("vault-min-position", "77")]).await, bad);
    for prefer in [
        "respond-async",
        "wait=3, Respond-Async; foo=1",
        "return=minimal,respond-async",
    ] {
        assert_eq!(
            headers(&[("prefer", prefer)]).await,
            Ok(json!([null, null, true])),
            "{prefer}"
        );
    }
    assert_eq!(
        headers(&[("prefer", "respond-asynchronously")]).await,
        Ok(json!([null, null, false]))
    );
}
