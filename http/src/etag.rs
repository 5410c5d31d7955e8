//! Entity tags: so that an update is made to the state that its author saw.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderValue, StatusCode, header, request::Parts},
};
use vault_domain::ErrorCode;

use crate::Problem;

/// More than any client sends, and few enough to look at.
const MAX_TAGS: usize = 32;

/// The strong entity tag of an aggregate at this sequence number.
#[must_use]
pub fn entity_tag(sequence: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{sequence}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The header `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: any state, as long as there is one.
    Any,
    /// One of these sequence numbers. Tags that the vault never made, and weak ones, match nothing.
    OneOf(Vec<u64>),
}

impl IfMatch {
    /// Whether the update may be made to the state at this sequence number.
    ///
    /// # Errors
    ///
    /// A problem with code 4010 and status 412 if the caller saw another state.
    pub fn check(&self, sequence: u64) -> Result<(), Problem> {
        let matches = match self {
            Self::Any => true,
            Self::OneOf(tags) => tags.contains(&sequence),
        };
        if matches { Ok(()) } else { Err(stale()) }
    }

    /// The one sequence number that the caller demands, for a command that compares it itself.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        match self {
            Self::OneOf(tags) => tags.first().copied().filter(|_| tags.len() == 1),
            Self::Any => None,
        }
    }

    fn parse(header: &str) -> Option<Self> {
        if header.trim() == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        for (index, tag) in header.split(',').enumerate() {
            let tag = tag.trim();
            let (weak, quoted) = tag.strip_prefix("W/").map_or((false, tag), |rest| (true, rest));
            let opaque = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))?;
            if opaque.contains('"') || index >= MAX_TAGS {
                return None;
            }
            let canonical = opaque
                .parse::<u64>()
                .ok()
                .filter(|sequence| sequence.to_string() == opaque);
            tags.extend(canonical.filter(|_| !weak));
        }
        Some(Self::OneOf(tags))
    }
}

fn stale() -> Problem {
    Problem::new(ErrorCode::StaleVersion)
        .with_status(StatusCode::PRECONDITION_FAILED)
        .with_detail("The state that If-Match names is no longer current.")
}

impl<S: Sync> OptionalFromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let parsed = value
            .to_str()
            .ok()
            .and_then(Self::parse)
            .filter(|_| values.next().is_none());
        let message = "is neither * nor a list of quoted entity tags";
        parsed
            .map(Some)
            .ok_or_else(|| Problem::in_field("If-Match", ErrorCode::InvalidFormat, message))
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state)
            .await?
            .ok_or_else(|| Problem::in_field("If-Match", ErrorCode::MissingRequiredField, "is required"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_tag_of_the_current_state_matches_and_others_are_stale() {
        let header = entity_tag(12);
        assert_eq!(header, "\"12\"");
        let matching = IfMatch::parse("\"12\"").expect("parses");
        assert!(matching.check(12).is_ok());
        let problem = matching.check(13).expect_err("is stale");
        assert_eq!(
            (problem.code(), problem.status()),
            (ErrorCode::StaleVersion, StatusCode::PRECONDITION_FAILED)
        );
        assert_eq!(matching.sequence(), Some(12));
    }

    #[test]
    fn lists_and_stars_are_understood() {
        assert_eq!(IfMatch::parse(" * "), Some(IfMatch::Any));
        assert!(IfMatch::Any.check(5).is_ok());
        assert_eq!(IfMatch::parse("\"1\", \"3\""), Some(IfMatch::OneOf(vec![1, 3])));
        assert_eq!(
            IfMatch::parse("\"1\", \"3\"").and_then(|tags| tags.sequence()),
            None
        );
    }

    #[test]
    fn weak_and_foreign_tags_match_nothing() {
        for foreign in ["W/\"12\"", "\"abc\"", "\"012\"", "\"\"", "\"+12\""] {
            let tags = IfMatch::parse(foreign).expect("parses");
            assert_eq!(tags, IfMatch::OneOf(Vec::new()), "{foreign}");
            assert!(tags.check(12).is_err());
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for bad in ["", "12", "\"", "\"1\"2\"", "\"1\",", "\"1\" \"2\"", "*, \"1\""] {
            assert_eq!(IfMatch::parse(bad), None, "{bad}");
        }
        assert_eq!(IfMatch::parse(&vec!["\"1\""; MAX_TAGS + 1].join(",")), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}", sequence: u64) {
            let _ = IfMatch::parse(&text);
            let tag = entity_tag(sequence);
            let read = IfMatch::parse(tag.to_str().expect("is ASCII"));
            prop_assert_eq!(read, Some(IfMatch::OneOf(vec![sequence])));
        }
    }
}
