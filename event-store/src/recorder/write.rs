//! The task that commits what was taken down.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use tokio::{sync::oneshot, time::Instant};
use tokio_util::sync::CancellationToken;
use vault_domain::{
    Aggregate, Clock, Context, EventId, IdSource, Metadata, TenantId,
    access::{self, AccessCommand, AccessEvent},
};

use super::{
    AccessQueue, Taken, UNRECORDED,
    collect::{Collected, Groups, Kind},
};
use crate::{
    append::{Append, StreamId},
    appender::Appender,
    error::AppendError,
};

/// How long accesses are collected.
const PERIOD: Duration = Duration::from_secs(1);
/// The most events that wait for their commit at the same time.
const MAX_UNDER_WAY: usize = 64;
/// The pause before an append that failed is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Commits the accesses that were taken down.
pub struct RecordWriter {
    queue: AccessQueue,
    log: LogOfAccesses,
}

struct LogOfAccesses {
    appender: Appender,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

/// What there was in the queue.
enum Next {
    Taken(Taken),
    NothingInTime,
    Closed,
}

impl RecordWriter {
    /// Commits what stands in a queue.
    #[must_use]
    pub fn new(
        queue: AccessQueue,
        appender: Appender,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        let log = LogOfAccesses { appender, clock, ids };
        Self { queue, log }
    }

    /// Commits until `stop` is cancelled, and then what is left. From then on nothing more is taken down.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut collected = Collected::default();
        let mut end = None;
        loop {
            let next = self.next(end, &stop).await;
            let closed = matches!(next, Next::Closed);
            let mut over = closed || matches!(next, Next::NothingInTime);
            if let Next::Taken(taken) = next {
                collected.add(taken);
                // whoever waits by now shares the commit
                while !collected.is_full()
                    && let Ok(taken) = self.queue.0.try_recv()
                {
                    collected.add(taken);
                }
                let end = *end.get_or_insert_with(|| Instant::now() + PERIOD);
                over = collected.is_full() || Instant::now() >= end;
            }
            if over {
                self.log.commit(collected.take()).await;
            } else if collected.is_awaited() {
                self.log.commit(collected.take_awaited()).await;
            }
            if collected.is_empty() {
                end = None;
            }
            if closed {
                return;
            }
        }
    }

    async fn next(&mut self, end: Option<Instant>, stop: &CancellationToken) -> Next {
        let queue = &mut self.queue.0;
        let waited = async {
            tokio::select! {
                biased;
                taken = queue.recv() => return taken,
                () = stop.cancelled() => {}
            }
            queue.close();
            queue.recv().await
        };
        let taken = match end {
            Some(end) => match tokio::time::timeout_at(end, waited).await {
                Ok(taken) => taken,
                Err(_) => return Next::NothingInTime,
            },
            None => waited.await,
        };
        taken.map_or(Next::Closed, Next::Taken)
    }
}

impl LogOfAccesses {
    /// Commits groups, however long that takes: meanwhile accesses wait.
    async fn commit(&self, groups: Groups) {
        let committed = groups.into_iter().map(|((tenant, kind), mut group)| {
            let waiters = std::mem::take(&mut group.waiters);
            let taken = group.taken;
            async move {
                let mut durable = true;
                for event in group.into_events(kind) {
                    durable &= self.append(tenant, kind, event).await;
                }
                metrics::gauge!(UNRECORDED).decrement(f64::from(taken));
                if durable {
                    answer(waiters);
                }
            }
        });
        stream::iter(committed)
            .for_each_concurrent(MAX_UNDER_WAY, |committed| committed)
            .await;
    }

    /// Appends one event; false when the log will never take it.
    async fn append(&self, tenant: TenantId, kind: Kind, event: AccessEvent) -> bool {
        let append = match self.encode(tenant, kind, event) {
            Ok(append) => append,
            Err(error) => {
                tracing::error!(error = %error, "accesses cannot be recorded");
                return false;
            }
        };
        // the ids stay the same, so a repeat after an unknown outcome is found to be stored
        while let Err(error) = self.appender.append(append.clone()).await {
            if !matches!(error, AppendError::Unavailable | AppendError::Overloaded) {
                tracing::error!(error = %error, "accesses cannot be recorded");
                return false;
            }
            tracing::warn!(error = %error, "accesses cannot be recorded yet");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        true
    }

    fn encode(
        &self,
        tenant: TenantId,
        kind: Kind,
        event: AccessEvent,
    ) -> Result<Append, Box<dyn std::error::Error + Send + Sync>> {
        let now = self.clock.now();
        let events = access::Access::default().decide(AccessCommand::Record(event), &Context { now })?;
        let event_id = || EventId::from_uuid(self.ids.next());
        let metadata = Metadata {
            tenant_id: tenant,
            actor: kind.actor(),
            operation: kind.operation(),
            correlation_id: event_id(),
            causation_id: None,
            approval_id: kind.approval(),
            trace: None,
            client: None,
        };
        let stream = StreamId {
            aggregate_type: access::Access::TYPE,
            aggregate_id: self.ids.next(),
        };
        Ok(Append::new(stream, 0, &metadata, &events, event_id)?)
    }
}

fn answer(waiters: Vec<oneshot::Sender<()>>) {
    for waiter in waiters {
        // who gave up has told its caller so
        let _ = waiter.send(());
    }
}
