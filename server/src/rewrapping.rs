//! Sealing contents anew with the newest key that an older one sealed. Of all processes one at a time does it, reads and
//! additions go on, and a break leaves nothing that cannot be read.

use std::time::Duration;

use futures::{TryStreamExt as _, pin_mut};
use vault_commands::{
    Vault,
    key::{finish_rewrap, order_rewrap},
};
use vault_crypto::{ContentAddress, CryptoError, Label, Scope, SealContext, envelope};
use vault_domain::{KeyId, KeyedHash, TenantId};
use vault_event_store::{ContentsRewrap, Database, LargeContent, Lease, RewrapOrder, SealedContent};
use vault_storage::{ContentError, ContentPlace, Found, StoredContent};

use crate::{config::EncryptionConfig, parts::Parts};

/// The pause between two looks at what is to be done; an order in this process is looked at at once.
const PERIOD: Duration = Duration::from_secs(5);
/// How many rows are sealed anew in one transaction.
const ROWS_AT_ONCE: i64 = 100;
/// Keeps this lease apart from other advisory locks.
const LEASE_CLASS: i32 = 0x5657;
const BYTES_PER_MIB: f64 = 1_048_576.0;

/// How contents are sealed anew.
#[derive(Debug, Clone, Copy)]
pub struct RewrapSettings {
    after_rotation: bool,
    mib_per_s: u32,
}

impl RewrapSettings {
    /// As configured.
    #[must_use]
    pub const fn of(config: &EncryptionConfig) -> Self {
        Self {
            after_rotation: config.rewrap_after_rotation,
            mib_per_s: config.rewrap_mib_per_s,
        }
    }

    /// Waits for as long as so much may take.
    async fn pace(self, size_bytes: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a page has some MiB")]
        let seconds = size_bytes as f64 / (f64::from(self.mib_per_s) * BYTES_PER_MIB);
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    }
}

/// Starts the task.
pub(crate) fn start(parts: &Parts, settings: RewrapSettings) {
    let (vault, database) = (std::sync::Arc::clone(&parts.vault), parts.database().clone());
    let stop = parts.stopping();
    parts.spawn(async move {
        let turns = async {
            loop {
                if let Err(error) = turn(&vault, &database, settings).await {
                    tracing::warn!(error = format!("{error:#}"), "contents cannot be sealed anew yet");
                }
                let _ = tokio::time::timeout(PERIOD, vault.rewraps.notified()).await;
            }
        };
        let _ = stop.run_until_cancelled(Box::pin(turns)).await;
    });
}

async fn turn(vault: &Vault, database: &Database, settings: RewrapSettings) -> anyhow::Result<()> {
    if settings.after_rotation {
        for (tenant, key) in vault.key_rows.old_content_keys(None).await? {
            order_rewrap(vault, TenantId::from_uuid(tenant), KeyId::from_uuid(key)).await?;
        }
    }
    if vault.key_rows.next_rewrap().await?.is_none() {
        return Ok(());
    }
    work_off(vault, database, settings).await
}

/// Seals anew until nothing is left that somebody ordered, or the right to do so is lost.
pub(crate) async fn work_off(
    vault: &Vault,
    database: &Database,
    settings: RewrapSettings,
) -> anyhow::Result<()> {
    let lease = Lease::wait(database, LEASE_CLASS, "rewraps").await?;
    let work = async {
        while let Some(rewrap) = vault.key_rows.next_rewrap().await? {
            let job = Job {
                vault,
                settings,
                rewrap,
            };
            job.run().await?;
        }
        Ok(())
    };
    lease.while_held(Box::pin(work)).await.unwrap_or(Ok(()))
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    GoOn,
    Leave,
}

struct Job<'a> {
    vault: &'a Vault,
    settings: RewrapSettings,
    rewrap: ContentsRewrap,
}

impl Job<'_> {
    /// Seals anew what a key sealed. Something that does not open pauses it: others go on, and an operator looks.
    async fn run(self) -> anyhow::Result<()> {
        let (tenant, key) = (self.rewrap.tenant(), self.rewrap.key());
        let vault = self.vault;
        match self.seal_anew().await {
            Err(error) if is_damage(&error) => {
                tracing::error!(error = format!("{error:#}"), %key, "a content does not open: its key stays");
                vault.key_rows.set_rewrap(tenant, key, RewrapOrder::Pause).await?;
                Ok(())
            }
            done => done,
        }
    }

    async fn seal_anew(mut self) -> anyhow::Result<()> {
        if self.rows().await? == Order::GoOn && self.large().await? == Order::GoOn {
            finish_rewrap(self.vault, &self.rewrap).await?;
            metrics::counter!("keys_rewrapped_total").increment(1);
        }
        Ok(())
    }

    /// The rows, from where it was left; at their end once more from the beginning, to see that nothing is left.
    async fn rows(&mut self) -> anyhow::Result<Order> {
        let rows = &self.vault.key_rows;
        loop {
            let page = rows.contents_left(&self.rewrap, ROWS_AT_ONCE).await?;
            let Some(last) = page.last() else {
                if self.rewrap.after_address.is_empty() {
                    return Ok(Order::GoOn);
                }
                self.rewrap.after_address.clear();
                continue;
            };
            let mut sealed = Vec::with_capacity(page.len());
            for row in &page {
                sealed.push(self.row(row).await?);
            }
            rows.replace_contents(&self.rewrap, &page, &sealed).await?;
            self.rewrap.after_address.clone_from(&last.address);
            let size_bytes = sealed.iter().map(Vec::len).sum();
            self.sealed(page.len() as u64, size_bytes).await;
            if self.order().await? == Order::Leave {
                return Ok(Order::Leave);
            }
        }
    }

    async fn row(&self, row: &SealedContent) -> anyhow::Result<Vec<u8>> {
        let tenant = self.rewrap.tenant();
        let address = <[u8; 32]>::try_from(row.address.as_slice())?;
        let context = SealContext {
            tenant,
            scope: Scope::Dataset(self.rewrap.dataset()),
            label: Label::Content(ContentAddress::from_bytes(address)),
        };
        let keys = &self.vault.keys;
        let old = keys
            .upkeep_key(tenant, envelope::key_id(&row.ciphertext)?)
            .await?;
        let opened = old.open(&context, &row.ciphertext)?;
        let newest = keys.dataset_keys(tenant, self.rewrap.dataset()).await?;
        Ok(newest.content.seal(&context, &opened)?)
    }

    /// The large contents. Each is wanted as if it were added: who would remove it has done so, or does not.
    async fn large(&self) -> anyhow::Result<Order> {
        let place = ContentPlace {
            tenant: self.rewrap.tenant(),
            scope: Scope::Dataset(self.rewrap.dataset()),
        };
        let inventory = self.vault.contents.inventory_of(place);
        pin_mut!(inventory);
        while let Some(found) = inventory.try_next().await? {
            let Found::Content(content) = found else { continue };
            let by = self.vault.contents.sealed_by(&content).await?;
            if !by.contains_key(&self.rewrap.key()) {
                continue;
            }
            self.vault.condemned.spare(&row_of(&content)).await?;
            let done = self.vault.contents.rewrap(&content, self.rewrap.key()).await?;
            let rows = &self.vault.key_rows;
            rows.count_rewrapped(&self.rewrap, done.chunks, done.size_bytes)
                .await?;
            self.sealed(done.chunks.into(), done.size_bytes).await;
            if self.order().await? == Order::Leave {
                return Ok(Order::Leave);
            }
        }
        Ok(Order::GoOn)
    }

    async fn sealed(&self, contents: u64, size_bytes: usize) {
        metrics::counter!("contents_rewrapped_total").increment(contents);
        metrics::counter!("contents_rewrapped_bytes_total").increment(size_bytes as u64);
        self.settings.pace(size_bytes).await;
    }

    async fn order(&self) -> anyhow::Result<Order> {
        let rows = &self.vault.key_rows;
        let now = rows.rewrap_of(self.rewrap.tenant(), self.rewrap.key()).await?;
        Ok(if now.is_some_and(|now| now.is_running()) {
            Order::GoOn
        } else {
            Order::Leave
        })
    }
}

fn row_of(content: &StoredContent) -> LargeContent {
    let scope = content.place.scope;
    LargeContent {
        tenant: content.place.tenant,
        scope_type: scope.kind(),
        scope_id: scope.id().unwrap_or_default(),
        address: KeyedHash::from_bytes(*content.address.as_bytes()),
    }
}

/// Whether something was changed, or belongs elsewhere: to try it again gains nothing.
fn is_damage(error: &anyhow::Error) -> bool {
    error.downcast_ref::<CryptoError>().is_some()
        || matches!(
            error.downcast_ref::<ContentError>(),
            Some(ContentError::Refused { .. } | ContentError::Malformed { .. })
        )
}
