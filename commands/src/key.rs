//! Use cases of keys.

mod generation;

mod destroy;
mod revoke;
mod rewrap;
mod rewrap_contents;
mod rotate;

pub use destroy::{DestroyedKey, destroy, destroy_as_operator};
pub use revoke::{RevokedKey, revoke};
pub use rewrap::{Rewrapped, rewrap_system_key, rewrap_tenant_key};
pub use rewrap_contents::{
    finish_rewrap, order_rewrap, pause_rewrap, pause_rewrap_as_operator, rewrap_contents,
};
pub use rotate::{RotatedKey, rotate, rotate_as_operator, rotate_by_age};
