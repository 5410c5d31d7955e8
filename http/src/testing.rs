//! What the unit tests share.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::FromRef,
    http::{HeaderMap, Request, StatusCode, request::Builder},
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;
use vault_access::{
    AccessTokens, Authenticator, Credential, Login, Principal, Role, SigningKeys, TokenAudience,
};
use vault_domain::{Clock, IdSource, SessionId, TenantId, UserId};

use crate::{Edge, EdgeLimits};

pub(crate) struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("is a time")
    }
}

#[derive(Default)]
struct CountedIds(AtomicU64);

impl IdSource for CountedIds {
    fn next(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(0x0190_a6b2_7c1d_7e3f_8a4b_0000_0000_0000 + u128::from(count))
    }
}

pub(crate) fn edge() -> Edge {
    let limits = EdgeLimits {
        timeout_ms: 60_000,
        body_bytes: 1000,
    };
    Edge::new(Arc::new(FixedClock), Arc::new(CountedIds::default()), limits)
}

#[derive(Clone)]
pub(crate) struct TestState(pub(crate) Arc<Authenticator>);

impl FromRef<TestState> for Arc<Authenticator> {
    fn from_ref(state: &TestState) -> Self {
        Self::clone(&state.0)
    }
}

pub(crate) fn authenticator() -> Arc<Authenticator> {
    let audience = TokenAudience {
        issuer: "us".into(),
        audience: "them".into(),
    };
    let keys = SigningKeys::hs256(&[7; 32]).expect("is long enough");
    Arc::new(Authenticator::new(AccessTokens::new(audience, keys.into(), 10)))
}

pub(crate) fn principal(user: u128) -> Principal {
    Principal {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        user: UserId::from_uuid(Uuid::from_u128(user)),
        credential: Credential::Session(Login {
            session: SessionId::from_uuid(Uuid::from_u128(3)),
            at_s: FixedClock.now().timestamp(),
            mfa_at_s: None,
        }),
        roles: [Role::Ingest].into_iter().collect(),
        approval: None,
    }
}

pub(crate) fn bearer(authenticator: &Authenticator, user: u128, age_s: i64) -> String {
    let issued_at = FixedClock.now() - chrono::TimeDelta::seconds(age_s);
    let token = authenticator
        .tokens()
        .issue(&principal(user), issued_at, Uuid::nil())
        .expect("signs");
    format!("Bearer {}", token.expose())
}

pub(crate) fn get(path: &str) -> Builder {
    Request::get(path)
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("is ASCII"))
            .unwrap_or_default()
    }

    /// Status and code, and the field and code of the first field error.
    pub(crate) fn problem(&self) -> (u16, String, String, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text
        );
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let first = &body["errors"][0];
        (
            self.status.as_u16(),
            text(&body["code"]),
            text(&first["field"]),
            text(&first["code"]),
        )
    }
}

pub(crate) async fn send(router: &Router, request: Builder, body: impl Into<Body>) -> Answer {
    let request = request.body(body.into()).expect("is a request");
    let response = router.clone().oneshot(request).await.expect("answers");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("ends");
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).expect("is UTF-8"),
    }
}
