//! Verifying a log with nothing but public keys, wherever it is read from.

use std::collections::VecDeque;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use vault_domain::{Clock, TenantId};
use vault_event_store::tree::{
    Entry, Frontier, HeadVerifier, TILE_WIDTH, TenantHead, TreeHead, WitnessPolicy,
};

use super::{
    export::ExportWriter,
    remembered::Remembered,
    report::{Report, Witnessed},
    shown::ShownEvent,
    source::{EventPage, Source},
    trust::{Trust, heads_to_hold},
    witnessed::lacks_cosignatures,
};
use crate::cli::progress;

/// How many bundles are asked for at once.
const BUNDLES_AT_ONCE: usize = 8;

/// Verifies a log, and may write it down meanwhile.
pub(super) struct Auditor<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) keys: &'a HeadVerifier,
    /// Those keys, as they are written.
    pub(super) given: &'a [String],
    pub(super) remembered: Option<&'a Remembered>,
    /// Which witnesses must have cosigned.
    pub(super) witnesses: &'a WitnessPolicy,
    /// An origin that the log may go on under after it was put back.
    pub(super) accepted: Option<&'a str>,
    pub(super) clock: &'a dyn Clock,
}

/// What the signed notes say.
struct Heads {
    head: TreeHead,
    tenant: TenantHead,
    /// Earlier heads that the log must hold.
    earlier: Vec<TreeHead>,
    /// The largest of them that is remembered.
    remembered: u64,
}

impl Auditor<'_> {
    /// Checks all entries against the newest signed head and the remembered one, and the contents of the tenant's events
    /// against their entries. What is right is written to `export`.
    pub(super) async fn verify(&self, mut export: Option<ExportWriter>) -> anyhow::Result<Report> {
        let mut report = Report::new(self.keys.origin());
        let checkpoint = self.source.checkpoint().await?;
        let kept = self.remembered.map_or(&[][..], Remembered::keys);
        let trust = Trust::extend(self.source, self.given.iter().chain(kept).cloned()).await?;
        let keys = trust.verifier()?;
        let Ok(head) = keys.checkpoint(&checkpoint) else {
            return Ok(report.wrong("the checkpoint is not signed by the public key"));
        };
        report.origin = checkpoint.lines().next().unwrap_or_default().to_owned();
        report.taken_over.clone_from(&trust.taken_over);
        let tenant_head = self.source.tenant_head(head.size).await?;
        let Ok(tenant) = keys.tenant_head(&tenant_head) else {
            return Ok(report.wrong("the tenant's head is not signed by the public key"));
        };
        if tenant.tree_size != head.size {
            return Ok(report.wrong("the tenant's head is of another tree than the checkpoint"));
        }
        let known = self.remembered.map_or(self.keys.origin(), Remembered::origin);
        let restarted = trust.path_from(known, &report.origin)?;
        let mut earlier = heads_to_hold(self.remembered, restarted.as_ref())?;
        let remembered = earlier.iter().map(|head| head.size).max().unwrap_or(0);
        earlier.extend_from_slice(&trust.heads);
        let witnessed = self.witnessed(&keys).await?;
        earlier.extend(witnessed.as_ref().map(|(_, head)| *head));
        let heads = Heads {
            head,
            tenant,
            earlier,
            remembered,
        };
        if let Some(finding) = self.walk(&mut report, &heads, export.as_mut()).await? {
            return Ok(report.wrong(finding));
        }
        report.restarted =
            restarted.map(|from| from.report(self.remembered, self.accepted == Some(&report.origin)));
        report.witnessed = witnessed.as_ref().map(|(note, head)| Witnessed {
            size: head.size,
            cosignatures: self.witnesses.count(note),
            required: self.witnesses.required(),
        });
        if let Some((note, at)) = &witnessed
            && let Some(finding) = lacks_cosignatures(self.witnesses, note, *at, head, self.clock.now())
        {
            return Ok(report.wrong(finding));
        }
        report.head = Some(head);
        report.checkpoint = Some(checkpoint.clone());
        if let Some(export) = export {
            export.finish(&checkpoint, &tenant_head)?;
        }
        Ok(report)
    }

    /// The newest head that enough witnesses cosigned, if any must.
    async fn witnessed(&self, keys: &HeadVerifier) -> anyhow::Result<Option<(String, TreeHead)>> {
        if self.witnesses.witnesses().is_empty() {
            return Ok(None);
        }
        let required = self.witnesses.required();
        let note = self.source.cosigned_checkpoint(required).await?;
        let head = keys.checkpoint(&note);
        Ok(Some((
            note,
            head.context("the witnessed checkpoint is not the log's")?,
        )))
    }

    /// Walks over all entries; returns what is wrong.
    async fn walk(
        &self,
        report: &mut Report,
        heads: &Heads,
        mut export: Option<&mut ExportWriter>,
    ) -> anyhow::Result<Option<String>> {
        let Heads {
            head,
            tenant,
            ref earlier,
            remembered,
        } = *heads;
        if remembered > head.size {
            return Ok(Some(format!(
                "the log was cut off or put back: its head covers {} events, and the one that is remembered {remembered}",
                head.size
            )));
        }
        let bar = progress::of_items("entries");
        bar.set_length(head.size);
        let mut events = TenantEvents::new(self.source, tenant.tenant);
        let (mut frontier, mut full) = (Frontier::default(), Vec::new());
        let mut bundles = stream::iter(0..head.size.div_ceil(TILE_WIDTH as u64))
            .map(|number| self.bundle(number, head.size))
            .buffered(BUNDLES_AT_ONCE);
        while let Some(bundle) = bundles.try_next().await? {
            for entry in bundle {
                if entry.position != frontier.size() + 1 {
                    let place = frontier.size() + 1;
                    return Ok(Some(format!(
                        "entry {} is at the place of {place}",
                        entry.position
                    )));
                }
                if let Some(finding) = events.check(entry, export.as_deref_mut()).await? {
                    return Ok(Some(finding));
                }
                if let Some(export) = export.as_deref_mut() {
                    export.entry(entry)?;
                }
                frontier.push(entry.leaf_hash(), &mut full);
                let mut earlier = earlier.iter().filter(|then| then.size == frontier.size());
                if earlier.any(|then| *then != frontier.head()) {
                    let size = frontier.size();
                    return Ok(Some(format!(
                        "the first {size} events are not those of the head that is remembered or was signed then"
                    )));
                }
            }
            full.clear();
            (report.entries, report.events) = (frontier.size(), events.count);
            bar.set_position(frontier.size());
        }
        bar.finish_and_clear();
        if frontier.head() != head {
            return Ok(Some("the entries are not those of the signed tree".to_owned()));
        }
        if (tenant.count, tenant.last_event_hash) != (events.count, events.last_hash) {
            return Ok(Some(format!(
                "the tenant has {} events by its signed head, and {} were given",
                tenant.count, events.count
            )));
        }
        Ok(None)
    }

    /// A bundle of entries of the tree of this size.
    async fn bundle(&self, number: u64, size: u64) -> anyhow::Result<Vec<Entry>> {
        let left = size - number * TILE_WIDTH as u64;
        let width = usize::try_from(left).unwrap_or(usize::MAX).min(TILE_WIDTH);
        self.source.entries(number, width).await
    }
}

/// The tenant's events, in order, compared with the entries that they should have.
struct TenantEvents<'a> {
    source: &'a dyn Source,
    tenant: TenantId,
    waiting: VecDeque<Box<serde_json::value::RawValue>>,
    next: Option<ShownEvent>,
    all_read: bool,
    count: u64,
    last_hash: [u8; 32],
    last_position: u64,
}

impl<'a> TenantEvents<'a> {
    fn new(source: &'a dyn Source, tenant: TenantId) -> Self {
        Self {
            source,
            tenant,
            waiting: VecDeque::new(),
            next: None,
            all_read: false,
            count: 0,
            last_hash: [0; 32],
            last_position: 0,
        }
    }

    /// Compares an entry with the tenant's event at its position, if there is one; returns what is wrong.
    async fn check(
        &mut self,
        entry: Entry,
        export: Option<&mut ExportWriter>,
    ) -> anyhow::Result<Option<String>> {
        if self.next.is_none() {
            self.read().await?;
        }
        let Some(event) = self.next.take_if(|event| event.position <= entry.position) else {
            return Ok(None);
        };
        let position = event.position;
        if event.tenant_position != self.count + 1 {
            return Ok(Some(format!(
                "the tenant's event {} was left out before position {position}",
                self.count + 1
            )));
        }
        if event.entry() != Some(entry) || event.tenant() != self.tenant {
            return Ok(Some(format!(
                "the event at position {position} is not the one that was sealed"
            )));
        }
        if let (Some(export), Some(raw)) = (export, self.waiting.front()) {
            export.event(raw, &event)?;
        }
        self.waiting.pop_front();
        self.count += 1;
        self.last_hash = entry.event_hash;
        self.last_position = position;
        Ok(None)
    }

    /// Makes the next event ready, if there is one.
    async fn read(&mut self) -> anyhow::Result<()> {
        if self.waiting.is_empty() && !self.all_read {
            let EventPage { items, next_cursor } = self.source.events_after(self.last_position).await?;
            self.all_read = next_cursor.is_none();
            self.waiting = items.into();
        }
        let raw = self.waiting.front();
        let event = raw.map(|raw| serde_json::from_str(raw.get())).transpose();
        self.next = event.context("an event is not what a vault would show")?;
        Ok(())
    }
}
