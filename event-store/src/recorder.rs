//! Accesses are facts of the log: collected by caller, committed within a second, never lost while the process lives.
//!
//! Whoever must not answer before the event is durable waits for it; all who wait at a moment share a commit.

mod collect;
mod write;

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use vault_domain::{
    Action, Actor, ApprovalId, DatasetId, KeyId, RecordId, TenantId, UserId,
    access::{DeniedResource, KeyTask},
};

pub use write::RecordWriter;

/// The most accesses that wait to be collected; when so many wait, accesses wait too.
const MAX_WAITING: usize = 4_096;
/// The longest that an access waits for its event to be durable.
const DURABLE_PATIENCE: Duration = Duration::from_secs(5);
/// Accesses that were taken down and are not durable yet.
const UNRECORDED: &str = "accesses_unrecorded";

/// Something that a tenant must be able to find out later.
///
/// What is exported, downloaded or revealed one day is a variant here, and an event of [`vault_domain::access`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// A user read contents of records.
    Read {
        /// Who.
        actor: Actor,
        /// By which approval, if one was needed.
        approval: Option<ApprovalId>,
        /// Of which dataset.
        dataset: DatasetId,
        /// Which ones.
        records: Vec<RecordId>,
    },
    /// A user asked for what it may not do.
    Denied {
        /// Who.
        actor: Actor,
        /// What.
        action: Action,
        /// Of what.
        resource: DeniedResource,
    },
    /// Somebody gave a wrong password for a user.
    LoginRefused {
        /// For whom.
        user: UserId,
    },
    /// A key was made or unwrapped.
    KeyUsed {
        /// Which one.
        key: KeyId,
        /// What for.
        task: KeyTask,
    },
}

/// Why an access could not be taken down. Then it must not take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRecorded {
    /// The process closes.
    #[error("nothing is recorded any more")]
    Closed,
    /// The event did not become durable in time.
    #[error("the access could not be recorded in time")]
    Late,
}

struct Taken {
    tenant: TenantId,
    access: Access,
    /// Who waits until the event is durable.
    durable: Option<oneshot::Sender<()>>,
}

/// Takes accesses down. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    waiting: mpsc::Sender<Taken>,
}

/// The accesses that were taken down, for a [`RecordWriter`].
pub struct AccessQueue(mpsc::Receiver<Taken>);

/// A place in the queue for one access, which may stay empty.
pub struct Place<'a>(mpsc::Permit<'a, Taken>);

impl Recorder {
    /// A recorder, and the queue that it feeds.
    #[must_use]
    pub fn new() -> (Self, AccessQueue) {
        let (sender, waiting) = mpsc::channel(MAX_WAITING);
        (Self { waiting: sender }, AccessQueue(waiting))
    }

    /// Takes an access down; its event follows within a second. Waits while too much is waiting.
    ///
    /// # Errors
    /// [`NotRecorded::Closed`].
    pub async fn record(&self, tenant: TenantId, access: Access) -> Result<(), NotRecorded> {
        self.place().await?.take(tenant, access);
        Ok(())
    }

    /// Takes an access down, and returns when its event is durable.
    ///
    /// # Errors
    /// [`NotRecorded`]; when it is late, the event may still follow.
    pub async fn record_durably(&self, tenant: TenantId, access: Access) -> Result<(), NotRecorded> {
        let (done, durable) = oneshot::channel();
        let recorded = async {
            self.place().await?.send(tenant, access, Some(done));
            durable.await.map_err(|_| NotRecorded::Closed)
        };
        tokio::time::timeout(DURABLE_PATIENCE, recorded)
            .await
            .map_err(|_| NotRecorded::Late)?
    }

    /// A place in the queue, for callers whose waiting must not tell whether there was anything to take down.
    ///
    /// # Errors
    /// [`NotRecorded::Closed`].
    pub async fn place(&self) -> Result<Place<'_>, NotRecorded> {
        let permit = self.waiting.reserve().await.map_err(|_| NotRecorded::Closed)?;
        Ok(Place(permit))
    }
}

impl Place<'_> {
    /// Takes an access down at this place.
    pub fn take(self, tenant: TenantId, access: Access) {
        self.send(tenant, access, None);
    }

    fn send(self, tenant: TenantId, access: Access, durable: Option<oneshot::Sender<()>>) {
        metrics::gauge!(UNRECORDED).increment(1.0);
        self.0.send(Taken {
            tenant,
            access,
            durable,
        });
    }
}

impl AccessQueue {
    /// Waits until something was taken down, and throws it away; false when every recorder is gone.
    pub async fn skip(&mut self) -> bool {
        self.0.recv().await.is_some()
    }
}
