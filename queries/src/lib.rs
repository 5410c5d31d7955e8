#![doc = include_str!("../README.md")]

pub mod approval;
pub mod audit;
pub mod custom_type;
pub mod dataset;
mod error;
pub mod grant;
pub mod health;
pub mod key;
mod moment;
pub mod policy;
pub mod record;
mod remembered;
pub mod subject;
mod tail;
pub mod tree;

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use vault_access::SharedLimits;
use vault_crypto::KeyRing;
use vault_domain::Clock;
use vault_event_store::{
    Database, EventStore, Head, Log, Recorder,
    tree::{LogKeys, Tree, WitnessPolicy},
};
use vault_projections::ReadModels;
use vault_storage::ContentStore;

pub use error::QueryError;
pub use moment::{AsOf, InvalidAsOf, Moment};
pub use remembered::{RememberedRows, RowsState};
pub use tail::{Source, TAIL_PATIENCE, Tail};

/// The longest that a read waits for the position that it must see.
pub const MIN_POSITION_PATIENCE: Duration = Duration::from_secs(2);

/// The parts that questions are answered with. Made once, by the server.
pub struct Queries {
    /// The read models and the log.
    pub database: Database,
    /// The log, by stream.
    pub store: EventStore,
    /// The log, by position.
    pub log: Log,
    /// The tree over the log.
    pub tree: Tree,
    /// The keys that sign heads.
    pub log_keys: LogKeys,
    /// The witnesses of the log.
    pub witnesses: WitnessPolicy,
    /// The name of the publisher, if the log is published.
    pub publisher: Option<&'static str>,
    /// How far the log has come.
    pub head: Head,
    /// How far the read models have come.
    pub read_models: ReadModels,
    /// Rows that this node remembers.
    pub rows: Arc<RememberedRows>,
    /// Keys, unwrapped when needed.
    pub keys: Arc<KeyRing>,
    /// Where rate limits are shared, if they are.
    pub shared_limits: Option<Arc<dyn SharedLimits>>,
    /// Large contents.
    pub contents: Arc<ContentStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Takes accesses down.
    pub recorder: Recorder,
    /// Cancelled when the server closes: endless answers end then.
    pub closing: CancellationToken,
}

impl Queries {
    /// Waits until the read models have passed a position that the caller must see, and what is remembered of them too.
    ///
    /// # Errors
    /// [`QueryError::Behind`] when that takes longer than [`MIN_POSITION_PATIENCE`].
    pub async fn reach(&self, position: u64) -> Result<(), QueryError> {
        let (passed, known) = tokio::join!(
            self.read_models.wait_for(position, MIN_POSITION_PATIENCE),
            self.rows.tail().wait_for(position, MIN_POSITION_PATIENCE),
        );
        if passed && known {
            Ok(())
        } else {
            Err(QueryError::Behind)
        }
    }
}
