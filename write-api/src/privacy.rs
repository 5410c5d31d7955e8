//! `/detect-pii` and `/anonymize`: texts that are looked at and not kept.

mod body;
pub(crate) mod anonymize;
pub(crate) mod detect;
