//! Writing bundles into the object store.

use futures::TryStreamExt as _;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, path::Path};

use super::{
    bundle::{self, Bundle},
    check::{Place, fetch},
    error::ArchiveError,
};
use crate::log::StoredEvent;

/// How many positions share a folder.
const FOLDER_POSITIONS: u64 = 10_000_000;

fn folder_of(first: u64) -> String {
    format!("bundles/{:06}", first / FOLDER_POSITIONS)
}

/// Where a run that broke off ended the range that begins here: what it wrote is written again alike, and so is used.
pub(super) async fn left_behind(objects: &dyn ObjectStore, first: u64) -> Result<Option<u64>, ArchiveError> {
    let begins = format!("{first:020}-");
    let folder = Path::from(folder_of(first));
    let mut found = objects.list(Some(&folder));
    while let Some(object) = found.try_next().await? {
        let last = object
            .location
            .filename()
            .and_then(|name| name.strip_prefix(&begins)?.get(..20));
        if let Some(last) = last.and_then(|last| last.parse().ok()) {
            return Ok(Some(last));
        }
    }
    Ok(None)
}

/// Writes a bundle, and makes sure that what is read back holds the events.
pub(super) async fn store(
    objects: &dyn ObjectStore,
    bundle: &Bundle,
    events: &[StoredEvent],
) -> Result<String, ArchiveError> {
    let (first, last) = (bundle.first, bundle.last);
    let name = format!(
        "{}/{first:020}-{last:020}-{}.jsonl.zst",
        folder_of(first),
        hex::encode(bundle.sha256)
    );
    objects
        .put(&Path::from(name.as_str()), PutPayload::from(bundle.bytes.clone()))
        .await?;
    let place = Place {
        first,
        last,
        name: &name,
        size_bytes: bundle.bytes.len() as u64,
        sha256: &bundle.sha256,
    };
    let stored = fetch(objects, &place).await?;
    let mut expected = events.iter();
    for block in &bundle.blocks {
        let bytes = stored
            .get(block.offset..block.offset + block.size)
            .unwrap_or_default();
        let opened = bundle::open(bytes, &block.sha256, block.first, block.last);
        let is_right = opened.is_some_and(|opened| opened.iter().all(|event| expected.next() == Some(event)));
        if !is_right {
            return Err(ArchiveError::Doubtful {
                position: block.first,
            });
        }
    }
    Ok(name)
}
