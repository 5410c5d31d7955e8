//! What the edge knows of a request before its handler runs.

use std::{fmt, net::IpAddr, str};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_access::{Principal, TokenError};
use vault_domain::{EventId, TraceParent};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const MAX_REQUEST_ID_BYTES: usize = 128;

/// A request's place in time and in its traces; an extension of every request behind the edge.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The id that is sent back: the client's own, or the minted one.
    pub(crate) request_id: HeaderValue,
    /// Always minted: events may hold it, and nothing that a client chose.
    pub(crate) instance: Uuid,
    pub(crate) trace: TraceContext,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) client: IpAddr,
    pub(crate) caller: CallerSeen,
}

/// What the edge found out about the caller, if it had to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CallerSeen {
    NotAsked,
    /// A credential that a row has to be read for.
    ToBeLookedUp,
    Anonymous,
    Known(Principal),
    Refused(TokenError),
}

impl RequestContext {
    pub(crate) fn read(
        headers: &HeaderMap,
        client: IpAddr,
        received_at: DateTime<Utc>,
        instance: Uuid,
    ) -> Self {
        let given = headers
            .get(&X_REQUEST_ID)
            .filter(|id| is_request_id(id.as_bytes()));
        Self {
            request_id: given.cloned().unwrap_or_else(|| uuid_value(instance)),
            instance,
            trace: TraceContext::read(headers).unwrap_or_else(|| TraceContext::root(instance)),
            received_at,
            client,
            caller: CallerSeen::NotAsked,
        }
    }

    /// When the request came in.
    #[must_use]
    pub const fn received_at(&self) -> DateTime<Utc> {
        self.received_at
    }

    /// The id that problem documents name, and under which the events of the request belong together.
    #[must_use]
    pub const fn correlation_id(&self) -> EventId {
        EventId::from_uuid(self.instance)
    }

    /// The request's id as the client knows it.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.request_id.to_str().unwrap_or_default()
    }

    /// Where the request stands in its trace.
    #[must_use]
    pub const fn trace(&self) -> TraceContext {
        self.trace
    }

    /// The client's address, as far as the proxies in front can be trusted.
    #[must_use]
    pub const fn client(&self) -> IpAddr {
        self.client
    }
}

fn is_request_id(id: &[u8]) -> bool {
    !id.is_empty() && id.len() <= MAX_REQUEST_ID_BYTES && id.iter().all(u8::is_ascii_graphic)
}

fn uuid_value(id: Uuid) -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer))
        .unwrap_or_else(|_| HeaderValue::from_static("-"))
}

/// The parts of W3C `traceparent` that are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    parent_id: Option<u64>,
    flags: u8,
}

impl TraceContext {
    fn read(headers: &HeaderMap) -> Option<Self> {
        Self::parse(headers.get(&TRACEPARENT)?.as_bytes())
    }

    /// A request that nobody traces begins a trace of its own.
    const fn root(instance: Uuid) -> Self {
        Self {
            trace_id: instance.as_u128(),
            parent_id: None,
            flags: 0,
        }
    }

    fn parse(header: &[u8]) -> Option<Self> {
        let version = hex_field::<2>(header, 0)?;
        let version_ok = match version {
            0 => header.len() == 55,
            0xff => false,
            _ => header.len() == 55 || header.get(55) == Some(&b'-'),
        };
        let dashes = [2, 35, 52]
            .into_iter()
            .all(|place| header.get(place) == Some(&b'-'));
        let trace_id = hex_field::<32>(header, 3)?;
        let parent_id = u64::try_from(hex_field::<16>(header, 36)?).ok()?;
        let flags = u8::try_from(hex_field::<2>(header, 53)?).ok()?;
        let valid = version_ok && dashes && trace_id != 0 && parent_id != 0;
        valid.then_some(Self {
            trace_id,
            parent_id: Some(parent_id),
            flags,
        })
    }

    /// The id of the whole trace.
    #[must_use]
    pub const fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The span of the client that the request belongs to.
    #[must_use]
    pub const fn parent_id(&self) -> Option<u64> {
        self.parent_id
    }

    /// The trace as events record it; none if the client traces nothing.
    #[must_use]
    pub fn for_events(&self) -> Option<TraceParent> {
        let parent_id = self.parent_id?;
        Some(TraceParent::new(
            self.trace_id.to_be_bytes(),
            parent_id.to_be_bytes(),
        ))
    }

    /// Whether the client records this trace.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }
}

impl fmt::Display for TraceContext {
    /// The trace id as 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.trace_id)
    }
}

/// Lower case only, as the standard demands.
fn hex_field<const DIGITS: usize>(header: &[u8], at: usize) -> Option<u128> {
    let digits = header.get(at..at + DIGITS)?;
    digits.iter().try_fold(0_u128, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read() {
        let trace = TraceContext::parse(GOOD.as_bytes()).expect("is valid");
        assert_eq!(trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.parent_id(), Some(0x00f0_67aa_0ba9_02b7));
        assert!(trace.is_sampled());
        let stored = trace.for_events().map(|parent| parent.to_string());
        assert_eq!(
            stored.as_deref(),
            Some("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7")
        );
        assert_eq!(TraceContext::root(Uuid::from_u128(5)).for_events(), None);
        let later = GOOD.replacen("00", "cc", 1) + "-what-the-future-adds";
        assert!(TraceContext::parse(later.as_bytes()).is_some());
    }

    #[test]
    fn a_bad_traceparent_is_passed_over() {
        for bad in [
            "",
            "00",
            &GOOD[..54],
            &format!("{GOOD}-extra"),
            &GOOD.to_uppercase(),
            &GOOD.replacen("00", "ff", 1),
            &GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &GOOD.replace('-', "_"),
        ] {
            assert_eq!(TraceContext::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_passed_over(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = TraceContext::parse(&bytes);
        }
    }
}
