//! A root key under a passphrase: Argon2id makes the key that seals it, the envelope format holds it.
//!
//! The passphrase guards the file alone. It can be changed without touching what the root key wrapped.

use argon2::{Algorithm, Argon2, Params, Version};
use uuid::Uuid;
use vault_domain::{KeyId, TenantId};
use zeroize::Zeroizing;

use super::file::KeyFileError;
use crate::{
    context::{Label, Scope, SealContext},
    envelope::DataKey,
    secret::{KEY_SIZE_BYTES, SecretKey, fill_random},
};

pub(super) const SALT_SIZE_BYTES: usize = 16;

/// The fewest characters of a passphrase, checked when a file is made.
pub(super) const MIN_PASSPHRASE_CHARS: usize = 12;

/// The most that a file may demand of the machine that opens it.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;

/// The costs of a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Costs {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

/// What new files get: the first recommendation of RFC 9106 for machines with less memory, with twice the passes.
pub(super) const COSTS: Costs = Costs {
    memory_kib: 64 * 1024,
    passes: 6,
    lanes: 4,
};

/// A root key as its file holds it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SealedRoot {
    pub(super) costs: Costs,
    pub(super) salt: [u8; SALT_SIZE_BYTES],
    pub(super) envelope: Vec<u8>,
}

/// The one place where a sealed root key opens.
const CONTEXT: SealContext = SealContext {
    tenant: TenantId::from_uuid(Uuid::nil()),
    scope: Scope::Tenant,
    label: Label::Field("local-root-key"),
};

impl SealedRoot {
    pub(super) fn seal(root: &SecretKey, passphrase: &str) -> Result<Self, KeyFileError> {
        let mut salt = [0; SALT_SIZE_BYTES];
        fill_random(&mut salt)?;
        let key = stretch(passphrase, &salt, COSTS).map_err(KeyFileError::Stretch)?;
        let envelope = key.seal(&CONTEXT, root.expose()).map_err(KeyFileError::Seal)?;
        Ok(Self {
            costs: COSTS,
            salt,
            envelope,
        })
    }

    /// The root key; nothing if the passphrase is another, or the file was changed.
    pub(super) fn open(&self, passphrase: &str) -> Option<SecretKey> {
        let key = stretch(passphrase, &self.salt, self.costs).ok()?;
        let root = key.open(&CONTEXT, &self.envelope).ok()?;
        SecretKey::from_slice(&root).ok()
    }
}

fn stretch(passphrase: &str, salt: &[u8], costs: Costs) -> Result<DataKey, argon2::Error> {
    let Costs {
        memory_kib,
        passes,
        lanes,
    } = costs;
    if memory_kib > MAX_MEMORY_KIB || passes > MAX_PASSES || lanes > MAX_LANES {
        return Err(argon2::Error::MemoryTooMuch);
    }
    let params = Params::new(memory_kib, passes, lanes, Some(KEY_SIZE_BYTES))?;
    let mut key = Zeroizing::new([0; KEY_SIZE_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
        passphrase.as_bytes(),
        salt,
        key.as_mut_slice(),
    )?;
    let key = SecretKey::take(&mut key);
    Ok(DataKey::new(KeyId::from_uuid(Uuid::nil()), &key))
}
