//! Root key in the KMS → tenant key → keys of each scope.

mod cache;
mod tenants;

mod create;
mod error;
mod observer;
mod ring;
mod rows;
mod store;

pub use create::{DatasetKeyIds, NewContentKey, NewScopeKeys, NewTenantKeys, ScopeKeyIds, TenantKeyIds};
pub use error::KeyError;
pub use observer::{KeyObserver, KeyUnobserved};
pub use ring::{KeyRing, KeyRingConfig, ScopeKeys};
pub use rows::{InvalidPurpose, KeyPurpose, WrappedDataKey, WrappedTenantKey};
pub use store::{KeyStore, KeyStoreError};

#[cfg(test)]
mod tests;
