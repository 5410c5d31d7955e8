#![doc = include_str!("../README.md")]

mod nonces;
mod secret;
pub mod xaes;

mod address;
mod context;
pub mod envelope;

mod epochs;
mod hierarchy;
mod kms;

pub use address::{AddressHasher, AddressKey, ContentAddress, InvalidAddress, KeyedHasher};
pub use context::{ChunkPlace, InvalidScope, Label, Scope, SealContext};
pub use envelope::{CryptoError, DataKey};
pub use epochs::{EpochError, EpochFiles, EpochKeeper, NoEpochs};
pub use hierarchy::{
    DatasetKeyIds, InvalidPurpose, KeyError, KeyObserver, KeyPurpose, KeyRing, KeyRingConfig, KeyStore,
    KeyStoreError, KeyUnobserved, NewContentKey, NewScopeKeys, NewTenantKeys, ScopeKeyIds, ScopeKeys,
    TenantKeyIds, WrappedDataKey, WrappedTenantKey,
};
pub use kms::{
    AwsKms, AwsKmsConfig, Circuit, EncryptionContext, GeneratedKey, KeyFileError, Kms, KmsError, KmsSet,
    KmsState, LocalKms, ResilientKms, ServiceKey, TransitConfigError, TransitKms, TransitKmsConfig,
    WrappedKey, read_key_file,
};
pub use secret::{InvalidKeyLength, KEY_SIZE_BYTES, RandomError, SecretKey};
