//! A log with an archive in a folder, and a story to fill it with.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use object_store::{ObjectStore, local::LocalFileSystem};
use sqlx::PgPool;
use tempfile::TempDir;
use uuid::Uuid;
use vault_domain::{Actor, Metadata, Operation, TenantId, UserId};
use vault_event_store::{
    Append, ArchiveConfig, Database,
    archive::{ArchiveError, ArchivePlan, Archived, Archiver, Closing},
};

use crate::{
    counter::{CounterEvent, Padded},
    seeds::log_keys_in,
    support::{
        Rig, TickingClock, counted, counting, database, in_one_batch, metadata, new_event_id, new_id,
        new_tenant, stream,
    },
    tree::seal,
};

/// A log with an archive in a folder.
pub(crate) struct Vault {
    pub(crate) rig: Rig,
    pub(crate) folder: TempDir,
}

impl Vault {
    pub(crate) fn new(owner: PgPool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = objects(folder.path());
        let database = with_objects(&owner, objects);
        Self {
            rig: Rig::over(owner, database),
            folder,
        }
    }

    /// The same log, seen by a process that has read nothing of it yet.
    pub(crate) fn stranger(&self) -> Database {
        with_objects(&self.rig.owner, objects(self.folder.path()))
    }

    pub(crate) async fn run(&self, database: Database, plan: ArchivePlan) -> Result<Archived, ArchiveError> {
        let archiver = archiver(database).await;
        Ok(archiver
            .run(&plan, |_, _| {})
            .await?
            .expect("nobody else archives"))
    }

    /// Archives everything that is sealed, as another process would.
    pub(crate) async fn archive(&self) -> Archived {
        self.run(self.stranger(), everything()).await.expect("archived")
    }

    /// The files of the archive.
    pub(crate) fn files(&self) -> Vec<std::path::PathBuf> {
        let folder = self.folder.path().join("bundles/000000");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .expect("a folder of bundles")
            .map(|file| file.expect("a file").path())
            .collect();
        files.sort();
        files
    }
}

pub(crate) fn objects(folder: &Path) -> Arc<dyn ObjectStore> {
    Arc::new(LocalFileSystem::new_with_prefix(folder).expect("a folder"))
}

pub(crate) fn with_objects(owner: &PgPool, objects: Arc<dyn ObjectStore>) -> Database {
    let config = ArchiveConfig {
        objects: Some(objects),
        archiver_url: None,
    };
    database(&owner.connect_options())
        .with_archive(config)
        .expect("no URL")
}

pub(crate) async fn archiver(database: Database) -> Archiver {
    let keys = log_keys_in(&database).trusted().await.expect("the keys");
    Archiver {
        database,
        keys,
        clock: Arc::new(TickingClock::ahead_by(TimeDelta::hours(1))),
    }
}

pub(crate) fn everything() -> ArchivePlan {
    before(DateTime::from_timestamp(4_000_000_000, 0).expect("in range"))
}

pub(crate) fn before(before: DateTime<Utc>) -> ArchivePlan {
    ArchivePlan {
        before,
        closing: Closing::Any,
    }
}

/// Streams of all lengths, of three tenants, that go on for as long as the log does.
pub(crate) struct Story {
    pub(crate) tenants: [TenantId; 3],
    pub(crate) users: [UserId; 2],
    long: Vec<(TenantId, Uuid, u64)>,
    pub(crate) streams: Vec<(TenantId, Uuid)>,
}

impl Story {
    pub(crate) fn new() -> Self {
        let tenants = [new_tenant(), new_tenant(), new_tenant()];
        let long: Vec<_> = (0..9).map(|n| (tenants[n % 2], new_id(), 0)).collect();
        Self {
            tenants,
            users: [UserId::from_uuid(new_id()), UserId::from_uuid(new_id())],
            streams: long.iter().map(|(tenant, id, _)| (*tenant, *id)).collect(),
            long,
        }
    }

    /// Some batches: a few events more for long streams, and short streams among them.
    pub(crate) async fn go_on(&mut self, rig: &Rig, rounds: usize) {
        for round in 0..rounds {
            let mut batch = Vec::new();
            for (number, (tenant, id, sequence)) in self.long.iter_mut().enumerate() {
                if (round + number) % 3 == 0 {
                    let metadata = Metadata {
                        actor: Actor::User(self.users[number % 2]),
                        operation: [Operation::AddRecords, Operation::CreateDataset][round % 2],
                        ..metadata(*tenant)
                    };
                    let padded = CounterEvent::Padded(Padded {
                        padding: "ä\"\\\n😀".repeat(number),
                    });
                    let events = [counted(1), padded, counted(2)];
                    batch.push(
                        Append::new(stream(*id), *sequence, &metadata, &events, new_event_id).expect("small"),
                    );
                    *sequence += 3;
                }
            }
            for events in 1..=2 {
                let (tenant, id) = (self.tenants[(round + events) % 3], new_id());
                self.streams.push((tenant, id));
                batch.push(counting(tenant, id, 0, events));
            }
            for outcome in in_one_batch(rig, batch).await {
                outcome.expect("appended");
            }
        }
        seal(rig).await;
    }
}
