//! Reading one's own writes: one watcher a process knows how far the core read models have come.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sqlx::PgPool;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::CORE_PROJECTIONS;

/// How often the checkpoints are read while somebody waits for a projector of another process.
const POLL_PAUSE: Duration = Duration::from_millis(5);

/// How far the core read models have come, as this process knows. Cheap to clone.
#[derive(Clone)]
pub struct ReadModels {
    inner: Arc<Inner>,
}

struct Inner {
    projections: [watch::Sender<u64>; CORE_PROJECTIONS.len()],
    waiting: AtomicUsize,
    somebody_waits: Notify,
}

impl Default for ReadModels {
    fn default() -> Self {
        let projections = std::array::from_fn(|_| watch::Sender::new(0));
        Self {
            inner: Arc::new(Inner {
                projections,
                waiting: AtomicUsize::new(0),
                somebody_waits: Notify::new(),
            }),
        }
    }
}

impl ReadModels {
    /// A projection has applied everything up to a position.
    pub fn advance(&self, projection: &str, position: u64) {
        if let Some(index) = CORE_PROJECTIONS.iter().position(|name| *name == projection) {
            raise(&self.inner.projections[index], position);
        }
    }

    /// Waits until every core read model has passed a position; `false` when that takes longer than `patience`.
    pub async fn wait_for(&self, position: u64, patience: Duration) -> bool {
        if self.passed(position) {
            return true;
        }
        let _waiting = Waiting::new(&self.inner);
        let all = async {
            for projection in &self.inner.projections {
                let mut reached = projection.subscribe();
                // the sender lives as long as self
                let _ = reached.wait_for(|reached| *reached >= position).await;
            }
        };
        tokio::time::timeout(patience, all).await.is_ok()
    }

    fn passed(&self, position: u64) -> bool {
        self.inner
            .projections
            .iter()
            .all(|projection| *projection.borrow() >= position)
    }

    /// Reads the checkpoints while somebody waits: the projectors may run in other processes.
    pub async fn follow(self, pool: PgPool, stop: CancellationToken) {
        loop {
            if self.inner.waiting.load(Ordering::Acquire) == 0 {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.inner.somebody_waits.notified() => {}
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(POLL_PAUSE) => {}
            }
            if self.inner.waiting.load(Ordering::Acquire) == 0 {
                continue;
            }
            match crate::lag::positions(&pool).await {
                Ok(positions) => {
                    for (projection, position) in positions {
                        self.advance(&projection, position.unsigned_abs());
                    }
                }
                Err(error) => tracing::debug!(error = %error, "checkpoints cannot be read"),
            }
        }
    }
}

/// Counts one who waits, for as long as it lives.
struct Waiting<'a>(&'a Inner);

impl<'a> Waiting<'a> {
    fn new(inner: &'a Inner) -> Self {
        inner.waiting.fetch_add(1, Ordering::AcqRel);
        inner.somebody_waits.notify_one();
        Self(inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

fn raise(to: &watch::Sender<u64>, position: u64) {
    to.send_if_modified(|known| {
        let higher = position > *known;
        *known = position.max(*known);
        higher
    });
}
