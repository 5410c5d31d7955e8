//! Use cases of keys.

mod revoke;
mod rewrap;
mod rotate;

pub use revoke::{RevokedKey, revoke};
pub use rewrap::{Rewrapped, rewrap_system_key, rewrap_tenant_key};
pub use rotate::{RotatedKey, rotate, rotate_as_operator, rotate_by_age};
