//! Where the seeds of the log's keys are kept in tests: with a root key that is a number.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use async_trait::async_trait;
use uuid::Uuid;
use vault_event_store::{
    Database,
    tree::{KeptSeed, LogKeys, Seed, SeedError, SeedKeeper},
};

use crate::support::{CountingIds, Rig};

/// What the log's keys were derived from before keys of their own were.
pub(crate) const ROOT_SEED: [u8; 32] = [3; 32];

/// Keeps seeds by adding a root key to each byte.
pub(crate) struct TestSeeds {
    pub(crate) root: u8,
    /// What the key file holds, if there is one.
    pub(crate) file: Option<[u8; 32]>,
}

static NEXT: AtomicU8 = AtomicU8::new(100);

#[async_trait]
impl SeedKeeper for TestSeeds {
    async fn create(&self, _: Uuid) -> Result<(Seed, KeptSeed), SeedError> {
        if let Some(seed) = self.file {
            return Ok((seed.into(), KeptSeed::File));
        }
        let seed = [NEXT.fetch_add(1, Ordering::Relaxed); 32];
        let kept = KeptSeed::Wrapped {
            provider: "test".into(),
            kms_key: self.root.to_string(),
            bytes: seed.map(|byte| byte.wrapping_add(self.root)).to_vec(),
        };
        Ok((seed.into(), kept))
    }

    async fn open(&self, _: Uuid, kept: &KeptSeed) -> Result<Seed, SeedError> {
        let seed = match kept {
            KeptSeed::Root => Some(ROOT_SEED),
            KeptSeed::File => self.file,
            KeptSeed::Wrapped { bytes, .. } => <[u8; 32]>::try_from(bytes.as_slice())
                .ok()
                .map(|bytes| bytes.map(|byte| byte.wrapping_sub(self.root))),
        };
        seed.map(Seed::from)
            .ok_or_else(|| SeedError("no such seed".into()))
    }

    fn voucher(&self, public_key: &[u8; 32]) -> [u8; 32] {
        public_key.map(|byte| byte ^ self.root)
    }
}

pub(crate) fn log_keys(rig: &Rig) -> LogKeys {
    log_keys_in(&rig.database)
}

pub(crate) fn log_keys_in(database: &Database) -> LogKeys {
    let seeds = TestSeeds { root: 7, file: None };
    LogKeys::new(database.clone(), Arc::new(seeds), Arc::new(CountingIds))
}

pub(crate) fn log_keys_of(rig: &Rig, seeds: TestSeeds) -> LogKeys {
    LogKeys::new(rig.database.clone(), Arc::new(seeds), Arc::new(CountingIds))
}
