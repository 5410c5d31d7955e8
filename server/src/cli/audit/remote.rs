//! Verifying a log over HTTP, trusting nothing but a public key.

use std::collections::VecDeque;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use vault_domain::TenantId;
use vault_event_store::{
    HashedEvent,
    tree::{ENTRY_BYTES, Entry, Frontier, HeadVerifier, TILE_WIDTH, TenantHead, TreeHead},
};

use super::{remembered::Remembered, report::Report};
use crate::cli::{
    client::{Client, Credentials},
    progress,
    retry::Failure,
};

/// How many bundles are asked for at once.
const BUNDLES_AT_ONCE: usize = 8;
/// How many events of the tenant are asked for at once.
const EVENTS_PAGE: u32 = 1_000;

/// A vault, as an auditor of one tenant sees it.
pub(super) struct Remote {
    client: Client,
    keys: HeadVerifier,
}

/// An event, as the API shows it.
#[derive(Deserialize)]
struct ShownEvent {
    position: u64,
    tenant_position: u64,
    event_id: Uuid,
    #[serde(rename = "type")]
    event_type: String,
    version: u32,
    stream: String,
    sequence: u64,
    tenant_id: Uuid,
    time: DateTime<Utc>,
    payload: Box<RawValue>,
    metadata: Box<RawValue>,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<ShownEvent>,
    next_cursor: Option<String>,
}

impl ShownEvent {
    /// The entry that it must have by its content.
    fn entry(&self) -> Option<Entry> {
        let (aggregate_type, aggregate_id) = self.stream.split_once('/')?;
        let hashed = HashedEvent {
            aggregate_type,
            aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.version.to_string(),
            payload: self.payload.get(),
            metadata: self.metadata.get(),
            event_id: &self.event_id.to_string(),
            tenant_id: TenantId::from_uuid(self.tenant_id),
            recorded_at: self.time,
        };
        Some(Entry {
            position: self.position,
            tenant_position: self.tenant_position,
            event_hash: hashed.hash(),
        })
    }
}

impl Remote {
    pub(super) fn new(url: &Url, credentials: Credentials, public_keys: &[String]) -> anyhow::Result<Self> {
        let keys = HeadVerifier::new(public_keys).context("--public-key is not a public key of a log")?;
        Ok(Self {
            client: Client::new(url, credentials)?,
            keys,
        })
    }

    /// Checks all entries against the newest signed head and the remembered one, and the contents of the tenant's
    /// events against their entries.
    pub(super) async fn verify(mut self, remembered: Option<&Remembered>) -> anyhow::Result<Report> {
        self.client.log_in().await.map_err(Failure::into_cause)?;
        let origin = self.keys.origin().to_owned();
        let remembered = remembered.map(|head| head.head_of(&origin)).transpose()?;
        let mut report = Report {
            origin,
            entries: 0,
            events: 0,
            head: None,
            finding: None,
        };
        let Ok(head) = self
            .keys
            .checkpoint(&self.client.get_text("/audit/checkpoint").await?)
        else {
            report.finding = Some("the checkpoint is not signed by the public key".to_owned());
            return Ok(report);
        };
        let note = self.client.get_text("/audit/tenant-head").await?;
        let Ok(tenant_head) = self.keys.tenant_head(&note) else {
            report.finding = Some("the tenant's head is not signed by the public key".to_owned());
            return Ok(report);
        };
        report.finding = self.walk(&mut report, head, tenant_head, remembered).await?;
        if report.finding.is_none() {
            report.head = Some(head);
        }
        Ok(report)
    }

    async fn walk(
        &self,
        report: &mut Report,
        head: TreeHead,
        tenant_head: TenantHead,
        remembered: Option<TreeHead>,
    ) -> anyhow::Result<Option<String>> {
        if let Some(remembered) = remembered.filter(|remembered| remembered.size > head.size) {
            return Ok(Some(format!(
                "the log was cut off or put back: its head covers {} events, and the one that is remembered {}",
                head.size, remembered.size
            )));
        }
        let bar = progress::of_items("entries");
        bar.set_length(head.size);
        let mut events = TenantEvents::new(&self.client);
        let (mut frontier, mut full) = (Frontier::default(), Vec::new());
        let bundles = head.size.div_ceil(TILE_WIDTH as u64);
        let mut entries = stream::iter(0..bundles)
            .map(|number| self.entries(number, head.size))
            .buffered(BUNDLES_AT_ONCE);
        let mut last_hash = [0; 32];
        while let Some(bundle) = entries.try_next().await? {
            for entry in bundle {
                if entry.position != frontier.size() + 1 {
                    return Ok(Some(format!(
                        "entry {} is at the place of {}",
                        entry.position,
                        frontier.size() + 1
                    )));
                }
                if let Some(finding) = events.check(entry, report).await? {
                    return Ok(Some(finding));
                }
                if events.last_position == entry.position {
                    last_hash = entry.event_hash;
                }
                frontier.push(entry.leaf_hash(), &mut full);
                if remembered.is_some_and(|then| then.size == frontier.size() && then != frontier.head()) {
                    return Ok(Some(format!(
                        "the first {} events are not those of the head that is remembered",
                        frontier.size()
                    )));
                }
            }
            full.clear();
            report.entries = frontier.size();
            bar.set_position(frontier.size());
        }
        bar.finish_and_clear();
        if frontier.head() != head {
            return Ok(Some("the entries are not those of the signed tree".to_owned()));
        }
        let counted_here = tenant_head.tree_size == head.size;
        if counted_here && (tenant_head.count, tenant_head.last_event_hash) != (report.events, last_hash) {
            return Ok(Some(format!(
                "the tenant has {} events by its signed head, and {} were given",
                tenant_head.count, report.events
            )));
        }
        Ok(None)
    }

    /// A bundle of entries of the tree of this size.
    async fn entries(&self, number: u64, size: u64) -> anyhow::Result<Vec<Entry>> {
        let width = usize::try_from(size - number * TILE_WIDTH as u64)
            .unwrap_or(usize::MAX)
            .min(TILE_WIDTH);
        let path = format!("/audit/tile/entries/{}", tile_path(number, width));
        let bytes = self.client.get_bytes(&path).await?;
        let mut entries = Vec::with_capacity(width);
        for entry in bytes.chunks(2 + ENTRY_BYTES) {
            let bytes = entry.strip_prefix(&[0, 48]).and_then(|bytes| bytes.first_chunk());
            entries.push(Entry::from_bytes(
                bytes.context("a bundle does not have its entries")?,
            ));
        }
        if entries.len() != width {
            bail!("a bundle does not have its entries");
        }
        Ok(entries)
    }
}

/// The tenant's events, in order, compared with the entries that they should have.
struct TenantEvents<'a> {
    client: &'a Client,
    waiting: VecDeque<ShownEvent>,
    next: Option<String>,
    last_position: u64,
}

impl<'a> TenantEvents<'a> {
    fn new(client: &'a Client) -> Self {
        Self {
            client,
            waiting: VecDeque::new(),
            next: Some("0".to_owned()),
            last_position: 0,
        }
    }

    /// Compares an entry with the tenant's event at its position, if there is one; returns what is wrong.
    async fn check(&mut self, entry: Entry, report: &mut Report) -> anyhow::Result<Option<String>> {
        if self.waiting.is_empty()
            && let Some(after) = self.next.take()
        {
            let path = format!("/audit/events?limit={EVENTS_PAGE}&after={after}");
            let page: Page = self.client.get_json(&path).await?;
            self.waiting = page.items.into();
            self.next = page.next_cursor;
        }
        let Some(event) = self
            .waiting
            .pop_front_if(|event| event.position <= entry.position)
        else {
            return Ok(None);
        };
        if event.tenant_position != report.events + 1 {
            return Ok(Some(format!(
                "the tenant's event {} was left out before position {}",
                report.events + 1,
                event.position
            )));
        }
        if event.entry() != Some(entry) {
            return Ok(Some(format!(
                "the event at position {} is not the one that was sealed",
                event.position
            )));
        }
        report.events += 1;
        self.last_position = event.position;
        Ok(None)
    }
}

/// The path of a tile (C2SP tlog-tiles).
fn tile_path(number: u64, width: usize) -> String {
    let mut path = format!("{:03}", number % 1_000);
    let mut rest = number / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    if width < TILE_WIDTH {
        path = format!("{path}.p/{width}");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_asked_for_by_the_paths_of_the_specification() {
        assert_eq!(tile_path(1_234_067, 256), "x001/x234/067");
        assert_eq!(tile_path(0, 1), "000.p/1");
        assert_eq!(tile_path(1_000, 255), "x001/000.p/255");
    }
}
