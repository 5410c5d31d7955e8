//! Operations that will go: the one table of them, and what their answers say (RFC 8594, RFC 9745).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use chrono::{DateTime, Utc};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");
/// How HTTP writes a time.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// An operation that will go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecated {
    /// Its method.
    pub method: &'static str,
    /// The template of its path.
    pub route: &'static str,
    /// Since when nobody should begin to use it.
    pub since: DateTime<Utc>,
    /// From when on it may be gone, if that is decided.
    pub sunset: Option<DateTime<Utc>>,
    /// Where it stands what to use in its place.
    pub see: &'static str,
}

/// Every operation that will go. The OpenAPI document marks them, and the edge tells of them with each answer.
pub const DEPRECATED: &[Deprecated] = &[];

impl Deprecated {
    /// The entry of an operation.
    #[must_use]
    pub fn find(table: &'static [Self], method: &str, route: &str) -> Option<&'static Self> {
        table
            .iter()
            .find(|entry| entry.method == method && entry.route == route)
    }

    /// Says so with an answer.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let mut insert = |name: HeaderName, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.append(name, value);
            }
        };
        insert(DEPRECATION, format!("@{}", self.since.timestamp()));
        if let Some(sunset) = self.sunset {
            insert(SUNSET, sunset.format(HTTP_DATE).to_string());
        }
        insert(
            header::LINK,
            format!("<{}>; rel=\"deprecation\"; type=\"text/html\"", self.see),
        );
    }
}
