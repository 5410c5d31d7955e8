//! What a client says of a new API key, and what is acceptable.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use vault_access::Scopes;
use vault_domain::{Action, ErrorCode};

use crate::error::CommandError;

/// How long a key is good when nobody says otherwise.
pub const DEFAULT_API_KEY_DAYS: u32 = 90;
/// How long a key may be good.
pub const MAX_API_KEY_DAYS: u32 = 366;
/// How many keys a user may have at once.
pub const MAX_API_KEYS: u32 = 50;
/// How long the secret before is good after a rotation when nobody says otherwise.
pub const DEFAULT_OVERLAP_S: u32 = 24 * 3600;
/// How long it may be.
pub const MAX_OVERLAP_S: u32 = 7 * 24 * 3600;

const MAX_NAME_CHARS: usize = 100;

/// What a client says of a new key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is called.
    pub name: String,
    /// Names of actions.
    pub scopes: Vec<String>,
    /// When its time is over.
    pub expires_at: Option<DateTime<Utc>>,
    /// How many requests it may send in a second, if fewer than its user.
    pub requests_per_s: Option<u32>,
}

/// What a key will be.
pub(super) struct Checked<'a> {
    pub(super) name: &'a str,
    pub(super) scopes: Vec<Action>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) requests_per_s: Option<NonZeroU32>,
}

impl NewApiKey {
    pub(super) fn check(&self, now: DateTime<Utc>) -> Result<Checked<'_>, CommandError> {
        Ok(Checked {
            name: name(&self.name)?,
            scopes: scopes(&self.scopes)?,
            expires_at: expiry(self.expires_at, now)?,
            requests_per_s: self.requests_per_s.map(limit).transpose()?,
        })
    }
}

fn name(name: &str) -> Result<&str, CommandError> {
    let name = name.trim();
    if name.is_empty() {
        let message = "must not be empty";
        return Err(CommandError::invalid("name", ErrorCode::FieldTooShort, message));
    }
    if name.chars().count() > MAX_NAME_CHARS {
        let message = format!("must have at most {MAX_NAME_CHARS} characters");
        return Err(CommandError::invalid("name", ErrorCode::FieldTooLong, message));
    }
    if name.chars().any(char::is_control) {
        let message = "must not hold control characters";
        return Err(CommandError::invalid(
            "name",
            ErrorCode::InvalidFieldValue,
            message,
        ));
    }
    Ok(name)
}

/// Each once, in the order of actions.
fn scopes(names: &[String]) -> Result<Vec<Action>, CommandError> {
    let mut scopes = Vec::with_capacity(names.len().min(Action::ALL.len()));
    for (number, name) in names.iter().enumerate() {
        let field = format!("scopes[{number}]");
        let action = Action::named(name).filter(|action| Scopes::may_hold(*action));
        let Some(action) = action else {
            let message = "is no action that an API key may hold";
            return Err(CommandError::invalid(
                &field,
                ErrorCode::InvalidEnumValue,
                message,
            ));
        };
        if scopes.contains(&action) {
            return Err(CommandError::invalid(
                &field,
                ErrorCode::DuplicateValue,
                "is given twice",
            ));
        }
        scopes.push(action);
    }
    if scopes.is_empty() {
        let message = "must name at least one action";
        return Err(CommandError::invalid(
            "scopes",
            ErrorCode::InvalidArraySize,
            message,
        ));
    }
    scopes.sort_unstable();
    Ok(scopes)
}

fn expiry(asked: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, CommandError> {
    let Some(expires_at) = asked else {
        return Ok(now + TimeDelta::days(i64::from(DEFAULT_API_KEY_DAYS)));
    };
    let latest = now + TimeDelta::days(i64::from(MAX_API_KEY_DAYS));
    if expires_at <= now || expires_at > latest {
        let message = format!("must lie within the next {MAX_API_KEY_DAYS} days");
        return Err(CommandError::invalid(
            "expires_at",
            ErrorCode::InvalidTimeRange,
            message,
        ));
    }
    Ok(expires_at)
}

fn limit(requests: u32) -> Result<NonZeroU32, CommandError> {
    let within = |requests: &NonZeroU32| i32::try_from(requests.get()).is_ok();
    NonZeroU32::new(requests).filter(within).ok_or_else(|| {
        let message = "must be a positive number";
        CommandError::invalid("rate_limit_per_s", ErrorCode::InvalidFieldValue, message)
    })
}

/// How long the secret before is good.
pub(super) fn overlap(asked_s: Option<u32>) -> Result<TimeDelta, CommandError> {
    let overlap_s = asked_s.unwrap_or(DEFAULT_OVERLAP_S);
    if overlap_s > MAX_OVERLAP_S {
        let message = format!("must be at most {MAX_OVERLAP_S}");
        return Err(CommandError::invalid(
            "overlap_s",
            ErrorCode::InvalidFieldValue,
            message,
        ));
    }
    Ok(TimeDelta::seconds(i64::from(overlap_s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("is a time")
    }

    fn new(scopes: &[&str]) -> NewApiKey {
        NewApiKey {
            name: " nightly import ".to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            expires_at: None,
            requests_per_s: None,
        }
    }

    fn field_of(new: &NewApiKey) -> Option<String> {
        match new.check(now()).err()? {
            CommandError::Invalid { field, .. } => Some(field),
            _ => None,
        }
    }

    #[test]
    fn a_key_is_good_for_ninety_days_and_its_name_is_trimmed() {
        let new = new(&["record:add", "dataset:read"]);
        let checked = new.check(now()).ok();
        let checked = checked.map(|checked| (checked.name, checked.scopes, checked.expires_at));
        let scopes = vec![Action::DatasetRead, Action::RecordAdd];
        assert_eq!(
            checked,
            Some(("nightly import", scopes, now() + TimeDelta::days(90)))
        );
    }

    #[test]
    fn each_bad_field_is_named() {
        let good = || new(&["record:add"]);
        let named = |name: &str| NewApiKey {
            name: name.to_owned(),
            ..good()
        };
        for name in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert_eq!(field_of(&named(name)).as_deref(), Some("name"), "{name:?}");
        }
        for scopes in [
            &[] as &[&str],
            &["everything"],
            &["user:manage"],
            &["api_key:manage"],
            &["record:add"; 2],
        ] {
            let field = field_of(&new(scopes));
            assert!(
                field.is_some_and(|field| field.starts_with("scopes")),
                "{scopes:?}"
            );
        }
        for seconds in [0, -1, 367 * 24 * 3600] {
            let expires_at = Some(now() + TimeDelta::seconds(seconds));
            let key = NewApiKey { expires_at, ..good() };
            assert_eq!(field_of(&key).as_deref(), Some("expires_at"), "{seconds}");
        }
        for limit in [0, u32::MAX] {
            let key = NewApiKey {
                requests_per_s: Some(limit),
                ..good()
            };
            assert_eq!(field_of(&key).as_deref(), Some("rate_limit_per_s"), "{limit}");
        }
        assert!(overlap(Some(MAX_OVERLAP_S + 1)).is_err());
        assert!(overlap(Some(0)).is_ok());
    }
}
