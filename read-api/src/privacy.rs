//! `/privacy`: what the vault looks for.

pub(crate) mod entity_types;
