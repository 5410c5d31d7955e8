//! Removing large contents that no record names: what an addition left that broke off, or an erasure.
//!
//! In two steps, a grace apart, so that no addition is met that is under way. A content that nothing names, and that was
//! not written lately, is condemned. When it is still condemned after the grace, and nothing names it, it is removed.
//! Whoever stores an equal content meanwhile spares it first ([`vault_event_store::CondemnedContents`]).

use std::{collections::HashSet, time::Duration};

use chrono::TimeDelta;
use futures::{TryStreamExt as _, pin_mut};
use uuid::Uuid;
use vault_domain::{KeyedHash, TenantId};
use vault_event_store::{LargeContent, Lease};
use vault_storage::{Found, StoredContent};

use super::{
    Shelves,
    named::{Named, named, wait_for_read_models},
};
use crate::parts::Parts;

/// The pause between two collections of a server.
const PERIOD: Duration = Duration::from_hours(6);
/// The pause after one that failed.
const RETRY_PAUSE: Duration = Duration::from_mins(1);
/// How long a server leaves alone what nothing names.
const GRACE: TimeDelta = TimeDelta::hours(24);
/// Keeps this lease apart from other advisory locks.
const LEASE_CLASS: i32 = 0x5643;

/// What a collection did, or would do.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Collected {
    /// Contents that nothing names, and that are not old enough.
    pub(crate) young: u64,
    /// Contents that are condemned since this collection, or an earlier one.
    pub(crate) condemned: u64,
    /// Contents that were removed.
    pub(crate) removed: u64,
    /// How much those took, in bytes.
    pub(crate) removed_bytes: u64,
}

/// Condemns what nothing names, and removes what was condemned before the grace. A dry run does neither, and counts as
/// removed everything that is old enough.
///
/// # Errors
/// When database or object store are away; another collection goes on.
pub(crate) async fn collect(shelves: &Shelves, grace: TimeDelta, is_dry: bool) -> anyhow::Result<Collected> {
    wait_for_read_models(shelves).await?;
    let deadline = shelves.vault.clock.now() - grace;
    let mut collected = Collected::default();
    let tenants: HashSet<TenantId> = shelves.vault.key_rows.tenants().await?.into_iter().collect();
    let mut current: Option<Known> = None;
    let inventory = shelves.vault.contents.inventory();
    pin_mut!(inventory);
    while let Some(found) = inventory.try_next().await? {
        let Found::Content(content) = found else { continue };
        let tenant = content.place.tenant;
        if !tenants.contains(&tenant) {
            // another vault's: its log is not to be seen from here
            continue;
        }
        let known = match current.take() {
            Some(known) if known.tenant == tenant => known,
            _ => Known::of(shelves, tenant).await?,
        };
        let known = current.insert(known);
        if known.named.contains_key(&(content.place.scope, content.address)) {
            let row = row(&content);
            // when its records are no more, it gets a grace of its own
            if !is_dry && known.condemned.contains(&(row.scope_id, row.address)) {
                shelves.vault.condemned.spare(&row).await?;
            }
        } else if content.written_at > deadline {
            collected.young += 1;
        } else if is_dry {
            collected.removed += 1;
            collected.removed_bytes += content.size_bytes();
        } else {
            remove(shelves, &content, grace, &mut collected).await?;
        }
    }
    Ok(collected)
}

/// What is known of a tenant's contents.
struct Known {
    tenant: TenantId,
    named: Named,
    condemned: HashSet<(Uuid, KeyedHash)>,
}

impl Known {
    async fn of(shelves: &Shelves, tenant: TenantId) -> anyhow::Result<Self> {
        Ok(Self {
            tenant,
            named: named(shelves, tenant).await?,
            condemned: shelves.vault.condemned.of_tenant(tenant).await?,
        })
    }
}

async fn remove(
    shelves: &Shelves,
    content: &StoredContent,
    grace: TimeDelta,
    collected: &mut Collected,
) -> anyhow::Result<()> {
    let condemned = &shelves.vault.condemned;
    let now = shelves.vault.clock.now();
    let row = row(content);
    if condemned.condemn(&row, now).await? > now - grace {
        collected.condemned += 1;
        return Ok(());
    }
    // dropped on an error: the content stays condemned, and is removed the next time
    if let Some(removal) = condemned.begin_removal(&row, now - grace).await? {
        shelves
            .vault
            .contents
            .delete(content.place, content.address)
            .await?;
        removal.done().await?;
        collected.removed += 1;
        collected.removed_bytes += content.size_bytes();
    }
    Ok(())
}

fn row(content: &StoredContent) -> LargeContent {
    let scope = content.place.scope;
    LargeContent {
        tenant: content.place.tenant,
        scope_type: scope.kind(),
        scope_id: scope.id().unwrap_or_default(),
        address: KeyedHash::from_bytes(*content.address.as_bytes()),
    }
}

/// Starts the task; of all processes one at a time does it.
pub(crate) fn start(parts: &Parts) {
    let (shelves, stop) = (Shelves::of(parts), parts.stopping());
    parts.spawn(async move {
        let turns = async {
            loop {
                let pause = match lead(&shelves).await {
                    Ok(()) => PERIOD,
                    Err(error) => {
                        tracing::warn!(error = format!("{error:#}"), "contents are not collected");
                        RETRY_PAUSE
                    }
                };
                tokio::time::sleep(pause).await;
            }
        };
        let _ = stop.run_until_cancelled(Box::pin(turns)).await;
    });
}

async fn lead(shelves: &Shelves) -> anyhow::Result<()> {
    let lease = Lease::wait(&shelves.queries.database, LEASE_CLASS, "contents").await?;
    let Some(collected) = lease.while_held(collect(shelves, GRACE, false)).await else {
        return Ok(());
    };
    let collected = collected?;
    metrics::counter!("contents_collected_total").increment(collected.removed);
    metrics::counter!("contents_collected_bytes_total").increment(collected.removed_bytes);
    Ok(())
}
