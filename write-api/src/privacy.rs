//! `/detect-pii` and `/anonymize`: texts that are looked at and not kept.

pub(crate) mod anonymize;
mod body;
pub(crate) mod custom_types;
pub(crate) mod detect;

pub(crate) use body::part_name;
