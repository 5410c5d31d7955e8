//! Addresses and headers that hold a user's name and password.

use base64::{Engine, engine::general_purpose::STANDARD};
use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, starts_word},
};

/// The longest address, in bytes.
const MAX_BYTES: usize = 1024;
/// How far back the first key of a connection string may stand, in bytes.
const MAX_BEFORE_BYTES: usize = 512;
/// Schemes that speak HTTP or the like; the others open databases, brokers and the like.
const WEB: [&str; 6] = ["http", "https", "ftp", "ftps", "ws", "wss"];

pub(super) struct UrlCredentials;

impl Recognizer for UrlCredentials {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::ConnectionString, EntityType::BasicAuth]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Literals(&[
            "://",
            "Basic ",
            "basic ",
            "assword=",
            "PASSWORD=",
            "Pwd=",
            "PWD=",
            "pwd=",
        ])]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Literal(at) = anchor else { return };
        match text.as_bytes().get(at) {
            Some(b':') => find_address(text, at, found),
            Some(b'B' | b'b') => find_header(text, at, found),
            _ => find_keys(text, at, found),
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        &["authorization", "connection string", "database url", "dsn"]
    }

    fn specificity(&self) -> u8 {
        92
    }
}

/// `scheme://user:password@host...`
fn find_address(text: &str, at: usize, found: &mut Candidates) {
    let bytes = text.as_bytes();
    let before = bytes.get(..at).unwrap_or_default();
    let is_scheme = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b':');
    let start = at - before.iter().rev().take(24).take_while(is_scheme).count();
    let Some(scheme) = text.get(start..at).filter(|scheme| !scheme.is_empty()) else {
        return;
    };
    let rest = bytes.get(at + 3..).unwrap_or_default();
    let stops = |byte: &u8| byte.is_ascii_whitespace() || b"\"'<>`\\^{|},;".contains(byte);
    let ends_host = |byte: &u8| stops(byte) || b"/?#".contains(byte);
    let rest = rest.get(..rest.len().min(MAX_BYTES)).unwrap_or_default();
    let host_end = rest.iter().position(ends_host).unwrap_or(rest.len());
    let authority = text.get(at + 3..at + 3 + host_end).unwrap_or_default();
    let Some((user, host)) = authority.rsplit_once('@') else {
        return;
    };
    let Some((_, password)) = user.split_once(':') else {
        return;
    };
    let length = rest.iter().position(stops).unwrap_or(rest.len());
    let Some(address) = text.get(at + 3..at + 3 + length) else {
        return;
    };
    let placeholder = password.starts_with(['$', '<', '%', '*']) || password.is_empty() || host.is_empty();
    if placeholder || !starts_word(bytes, start) {
        return;
    }
    let kind = if WEB.iter().any(|web| web.eq_ignore_ascii_case(scheme)) {
        EntityType::BasicAuth
    } else {
        EntityType::ConnectionString
    };
    let end = at + 3 + address.trim_end_matches(['.', ')', ':', '!']).len();
    found.add(kind, start, end, Strength::Exact);
}

/// `Basic` and the base64 of a name, a colon and a password (RFC 7617).
fn find_header(text: &str, at: usize, found: &mut Candidates) {
    let start = at + "Basic ".len();
    let rest = text.get(start..).unwrap_or_default();
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let length = rest.bytes().take(MAX_BYTES).take_while(is_base64).count();
    let token = rest.get(..length).unwrap_or_default();
    let decoded = STANDARD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let holds = |pair: String| {
        pair.split_once(':')
            .is_some_and(|(name, password)| !name.is_empty() && !password.is_empty())
            && !pair.contains(char::is_control)
    };
    if starts_word(text.as_bytes(), at) && decoded.is_some_and(holds) {
        found.add(EntityType::BasicAuth, start, start + length, Strength::Exact);
    }
}

/// `Server=...;User Id=...;Password=...`: the whole line of keys.
fn find_keys(text: &str, at: usize, found: &mut Candidates) {
    let lowest = at.saturating_sub(MAX_BEFORE_BYTES);
    let is_border = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\n' | b'`' | b'<' | b'>');
    let bytes = text.as_bytes();
    let before = bytes.get(lowest..at).unwrap_or_default();
    let start = lowest + before.iter().rposition(is_border).map_or(0, |border| border + 1);
    let rest = bytes.get(at..).unwrap_or_default();
    let end = at
        + rest
            .iter()
            .take(MAX_BYTES)
            .position(is_border)
            .unwrap_or(rest.len().min(MAX_BYTES));
    // A key may follow words of a sentence: the line begins at the last word before the first equals sign.
    let Some(line) = text.get(start..end) else { return };
    let first_sign = line.find('=').unwrap_or(0);
    let lead = line.get(..first_sign).unwrap_or_default();
    let key = [
        "data source",
        "initial catalog",
        "user id",
        "server",
        "host",
        "uid",
        "database",
        "driver",
        "address",
    ]
    .iter()
    .filter_map(|key| lead.to_ascii_lowercase().rfind(key))
    .min();
    let Some(key) = key.filter(|_| line.contains(';')) else {
        return;
    };
    let start = start + key;
    let Some(keys) = text.get(start..end) else { return };
    let first_space = keys.rfind(';').map_or(0, |last| last + 1);
    let tail = keys.get(first_space..).unwrap_or_default();
    let tail_length = tail.find(char::is_whitespace).unwrap_or(tail.len());
    let shown = keys.get(..first_space + tail_length).unwrap_or(keys);
    let value = text
        .get(at..)
        .and_then(|rest| rest.split_once('='))
        .map(|(_, value)| value);
    let empty = value.is_none_or(|value| value.starts_with([';', '$', '<', '{', '*']) || value.is_empty());
    if !empty {
        found.examined(start + shown.len());
        found.add(
            EntityType::ConnectionString,
            start,
            start + shown.trim_end().len(),
            Strength::Exact,
        );
    }
}
