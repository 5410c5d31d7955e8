//! The headers that every answer carries.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use vault_access::{RateLimit, RateLimitState};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

const FIXED: [(HeaderName, HeaderValue); 7] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // the filter of old browsers made holes of its own
    (header::X_XSS_PROTECTION, HeaderValue::from_static("0")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    ),
    (
        PERMISSIONS_POLICY,
        HeaderValue::from_static("geolocation=(), microphone=(), camera=()"),
    ),
    (
        CROSS_ORIGIN_OPENER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
];
const CONTENT_SECURITY_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// How clients reach the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Plain,
    Tls,
}

/// Adds the security headers; a page that needs its own content security policy or caching has set it already.
pub(super) fn secure(headers: &mut HeaderMap, transport: Transport) {
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(CONTENT_SECURITY_POLICY);
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    if transport == Transport::Tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TWO_YEARS);
    }
}

/// The rate limit headers that are the same for all requests.
#[derive(Debug, Clone)]
pub(super) struct RateLimitHeaders {
    requests: u32,
    period_s: u32,
    limit: HeaderValue,
    policy: HeaderValue,
}

impl RateLimitHeaders {
    pub(super) fn new(limit: RateLimit) -> Self {
        let RateLimit { requests, period_s } = limit;
        Self {
            requests: requests.get(),
            period_s: period_s.get(),
            limit: requests.get().into(),
            policy: value(&format!("\"default\";q={requests};w={period_s}")),
        }
    }

    /// Adds the customary headers and those of the IETF draft.
    pub(super) fn add(&self, headers: &mut HeaderMap, state: &RateLimitState) {
        let RateLimitState {
            limit,
            period_s,
            remaining,
            reset_s,
            ..
        } = *state;
        let (limit, policy) = if (limit, period_s) == (self.requests, self.period_s) {
            (self.limit.clone(), self.policy.clone())
        } else {
            // the credential's own, or one that was set meanwhile
            (
                limit.into(),
                value(&format!("\"default\";q={limit};w={period_s}")),
            )
        };
        headers.insert(X_RATELIMIT_LIMIT, limit);
        headers.insert(X_RATELIMIT_REMAINING, remaining.into());
        headers.insert(X_RATELIMIT_RESET, reset_s.into());
        headers.insert(
            RATELIMIT,
            value(&format!("\"default\";r={remaining};t={reset_s}")),
        );
        headers.insert(RATELIMIT_POLICY, policy);
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
