//! `/privacy`: what the vault looks for.

pub(crate) mod custom_types;
pub(crate) mod entity_types;
