//! Where an auditor reads a log from: a server, or an export of one.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;
use vault_event_store::tree::{ENTRY_BYTES, Entry};

use super::trust::{ShownKeys, ShownOrigins};

/// A log as a tenant's auditor sees it.
#[async_trait]
pub(super) trait Source: Sync {
    /// The newest signed head.
    async fn checkpoint(&self) -> anyhow::Result<String>;

    /// The newest signed head that at least so many witnesses cosigned; the newest at all where none did.
    async fn cosigned_checkpoint(&self, cosignatures: usize) -> anyhow::Result<String>;

    /// The log's public keys, as it shows them.
    async fn keys(&self) -> anyhow::Result<ShownKeys>;

    /// The log's origins, as it shows them.
    async fn origins(&self) -> anyhow::Result<ShownOrigins>;

    /// The signed head of the tenant in the tree of this size.
    async fn tenant_head(&self, tree_size: u64) -> anyhow::Result<String>;

    /// The first `width` entries of a bundle of 256.
    async fn entries(&self, number: u64, width: usize) -> anyhow::Result<Vec<Entry>>;

    /// Some of the tenant's events after a position, in order.
    async fn events_after(&self, position: u64) -> anyhow::Result<EventPage>;
}

/// Some of the tenant's events.
#[derive(Deserialize)]
pub(super) struct EventPage {
    /// The events, as the API shows them.
    pub(super) items: Vec<Box<RawValue>>,
    /// Absent on the last page.
    pub(super) next_cursor: Option<String>,
}

/// The entries of these bytes; `None` when they are not so many.
pub(super) fn entries_of<'a>(
    entries: impl Iterator<Item = Option<&'a [u8; ENTRY_BYTES]>>,
    width: usize,
) -> Option<Vec<Entry>> {
    let entries: Vec<Entry> = entries
        .map(|bytes| bytes.map(Entry::from_bytes))
        .collect::<Option<_>>()?;
    (entries.len() == width).then_some(entries)
}
