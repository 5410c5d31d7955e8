//! Whether every large content that a record names is stored and whole.

use std::collections::BTreeSet;

use futures::{TryStreamExt as _, pin_mut};
use vault_crypto::{ContentAddress, KeyError};
use vault_domain::TenantId;
use vault_storage::{ContentError, ContentPlace, Found, StoredContent};

use super::{
    Shelves,
    named::{Named, NamedBy, named, wait_for_read_models},
};

/// How many faults are listed; all are counted.
pub(crate) const MAX_LISTED: usize = 1_000;

/// What a look at the object store found.
#[derive(Debug, Default)]
pub(crate) struct CheckedContents {
    /// Contents that records name, and are stored whole.
    pub(crate) contents: u64,
    /// How much these take, in bytes.
    pub(crate) size_bytes: u64,
    /// Contents that no record names; `storage gc` removes them in time.
    pub(crate) unnamed: u64,
    /// How much those take, in bytes.
    pub(crate) unnamed_bytes: u64,
    /// Objects that this vault did not write.
    pub(crate) strange: u64,
    /// Contents that cannot be read, as many as there are.
    pub(crate) faulty: u64,
    /// The first of them.
    pub(crate) faults: Vec<FaultyContent>,
}

/// A content that a record names and that cannot be read.
#[derive(Debug)]
pub(crate) struct FaultyContent {
    pub(crate) tenant: TenantId,
    pub(crate) named_by: NamedBy,
    pub(crate) address: ContentAddress,
    pub(crate) fault: Fault,
}

/// What is wrong with a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has no object.
    Missing,
    /// Some of its objects are missing, or the last one is cut off.
    Incomplete,
    /// It was changed, or belongs elsewhere.
    Damaged,
    /// Its key was revoked: it is not opened.
    Revoked,
}

impl Fault {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Incomplete => "incomplete",
            Self::Damaged => "damaged",
            Self::Revoked => "revoked",
        }
    }
}

/// Looks at everything in the object store, and at every record. With `deep`, each content is read and opened as a
/// reader would; without, names, order and ends of its objects are looked at.
///
/// # Errors
/// When database, object store or keys are away.
pub(crate) async fn check(
    shelves: &Shelves,
    deep: bool,
    mut on_content: impl FnMut(),
) -> anyhow::Result<CheckedContents> {
    wait_for_read_models(shelves).await?;
    let mut checked = CheckedContents::default();
    let mut unseen: BTreeSet<TenantId> = shelves.vault.key_rows.tenants().await?.into_iter().collect();
    let mut current: Option<(TenantId, Named)> = None;
    let inventory = shelves.vault.contents.inventory();
    pin_mut!(inventory);
    while let Some(found) = inventory.try_next().await? {
        let Found::Content(content) = found else {
            checked.strange += 1;
            continue;
        };
        let tenant = content.place.tenant;
        let is_open = current.as_ref().is_some_and(|(open, _)| *open == tenant);
        if !is_open && !unseen.remove(&tenant) {
            checked.strange += content.chunks.len() as u64;
            continue;
        }
        if !is_open {
            checked.missing(shelves, current.take()).await?;
            current = Some((tenant, named(shelves, tenant).await?));
        }
        on_content();
        let known = current
            .as_mut()
            .and_then(|(_, named)| named.remove(&(content.place.scope, content.address)));
        match known {
            None => {
                checked.unnamed += 1;
                checked.unnamed_bytes += content.size_bytes();
            }
            Some(named_by) => checked.judge(shelves, &content, named_by, deep).await?,
        }
    }
    checked.missing(shelves, current).await?;
    for tenant in unseen {
        let named = named(shelves, tenant).await?;
        checked.missing(shelves, Some((tenant, named))).await?;
    }
    Ok(checked)
}

impl CheckedContents {
    async fn judge(
        &mut self,
        shelves: &Shelves,
        content: &StoredContent,
        named_by: NamedBy,
        deep: bool,
    ) -> anyhow::Result<()> {
        let StoredContent { place, address, .. } = *content;
        let fault = if !shelves.vault.contents.is_whole(content).await? {
            Some(Fault::Incomplete)
        } else if deep {
            read(shelves, place, address).await?
        } else {
            None
        };
        if let Some(fault) = fault {
            self.fault(place.tenant, named_by, address, fault);
        } else {
            self.contents += 1;
            self.size_bytes += content.size_bytes();
        }
        Ok(())
    }

    /// What is named and was not found in the inventory, which may have passed it before it was stored.
    async fn missing(&mut self, shelves: &Shelves, left: Option<(TenantId, Named)>) -> anyhow::Result<()> {
        let Some((tenant, named)) = left else {
            return Ok(());
        };
        for ((scope, address), named_by) in named {
            let place = ContentPlace { tenant, scope };
            if shelves.vault.contents.contains(place, address).await? {
                self.contents += 1;
            } else {
                self.fault(tenant, named_by, address, Fault::Missing);
            }
        }
        Ok(())
    }

    fn fault(&mut self, tenant: TenantId, named_by: NamedBy, address: ContentAddress, fault: Fault) {
        self.faulty += 1;
        if self.faults.len() < MAX_LISTED {
            self.faults.push(FaultyContent {
                tenant,
                named_by,
                address,
                fault,
            });
        }
    }
}

async fn read(
    shelves: &Shelves,
    place: ContentPlace,
    address: ContentAddress,
) -> anyhow::Result<Option<Fault>> {
    let whole = async {
        let mut reader = shelves.vault.contents.reader(place, address).await?;
        while reader.next().await?.is_some() {}
        Ok(())
    };
    match whole.await {
        Ok(()) => Ok(None),
        Err(ContentError::Keys(KeyError::Revoked { .. })) => Ok(Some(Fault::Revoked)),
        Err(error @ (ContentError::Keys(_) | ContentError::Store(_))) => Err(error.into()),
        Err(_) => Ok(Some(Fault::Damaged)),
    }
}
