//! Looking at all bundles: whether each is there, and is what was archived.

use std::collections::HashSet;

use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt as _, path::Path};
use sha2::{Digest as _, Sha256};

use super::{
    bundle::MAX_STORED_BUNDLE_BYTES,
    error::{ArchiveError, BundleError, BundleFault},
};
use crate::database::Database;

/// How many ranges are asked for at once.
const RANGES_PAGE: i64 = 1_000;
/// How many bundles that are wrong are named.
const MAX_FINDINGS: usize = 100;

/// What is wrong with a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFinding {
    /// The first position of its range.
    pub first: u64,
    /// The last position of its range.
    pub last: u64,
    /// What is wrong.
    pub fault: BundleFault,
    /// Its name in the object store.
    pub object_name: String,
}

/// What a look at all bundles found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckedArchive {
    /// How many were looked at.
    pub bundles: u64,
    /// How many bytes they have.
    pub size_bytes: u64,
    /// Those that are wrong, the first hundred of them.
    pub findings: Vec<BundleFinding>,
    /// How many objects belong to no range, as a run leaves them that broke off. Nothing reads them.
    pub spare_objects: u64,
}

/// Where a bundle is, and what it is.
pub(super) struct Place<'a> {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) name: &'a str,
    pub(super) size_bytes: u64,
    pub(super) sha256: &'a [u8],
}

impl Place<'_> {
    fn damaged(&self, fault: BundleFault) -> BundleError {
        BundleError::Damaged {
            first: self.first,
            last: self.last,
            fault,
        }
    }

    fn failed(&self, source: StoreError) -> BundleError {
        BundleError::Store {
            first: self.first,
            last: self.last,
            source: Box::new(source),
        }
    }
}

/// A whole bundle, if it is what was archived.
pub(super) async fn fetch(objects: &dyn ObjectStore, place: &Place<'_>) -> Result<Bytes, BundleError> {
    let found = match objects.get(&Path::from(place.name)).await {
        Err(StoreError::NotFound { .. }) => return Err(place.damaged(BundleFault::Missing)),
        found => found.map_err(|error| place.failed(error))?,
    };
    if found.meta.size != place.size_bytes || found.meta.size > MAX_STORED_BUNDLE_BYTES {
        return Err(place.damaged(BundleFault::Altered));
    }
    let bytes = found.bytes().await.map_err(|error| place.failed(error))?;
    if Sha256::digest(&bytes).as_slice() == place.sha256 {
        Ok(bytes)
    } else {
        Err(place.damaged(BundleFault::Altered))
    }
}

type RangeRow = (i64, i64, String, i64, Vec<u8>);

/// Looks at all bundles. `progress` is told how many positions it has looked at, of how many.
///
/// # Errors
/// When database or object store cannot be read; what is wrong with bundles is no error, but in [`CheckedArchive`].
pub async fn check_archive(
    database: &Database,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<CheckedArchive, ArchiveError> {
    let objects = database.archive.objects().ok_or(ArchiveError::NotConfigured)?;
    let all: Option<i64> = sqlx::query_scalar("SELECT max(last_position) FROM archived_ranges")
        .fetch_one(&database.writer)
        .await?;
    let mut checked = CheckedArchive::default();
    let mut names = HashSet::new();
    let mut after = 0_i64;
    loop {
        let ranges: Vec<RangeRow> = sqlx::query_as(
            "SELECT first_position, last_position, object_name, size_bytes, sha256 FROM archived_ranges \
             WHERE first_position > $1 ORDER BY first_position LIMIT $2",
        )
        .bind(after)
        .bind(RANGES_PAGE)
        .fetch_all(&database.writer)
        .await?;
        if ranges.is_empty() {
            break;
        }
        for (first, last, name, size, sha256) in ranges {
            let place = Place {
                first: first.unsigned_abs(),
                last: last.unsigned_abs(),
                name: &name,
                size_bytes: size.unsigned_abs(),
                sha256: &sha256,
            };
            match fetch(objects.as_ref(), &place).await {
                Ok(_) => {}
                Err(BundleError::Damaged { first, last, fault }) => {
                    if checked.findings.len() < MAX_FINDINGS {
                        checked.findings.push(BundleFinding {
                            first,
                            last,
                            fault,
                            object_name: name.clone(),
                        });
                    }
                }
                Err(error) => return Err(error.into()),
            }
            checked.bundles += 1;
            checked.size_bytes += size.unsigned_abs();
            after = last;
            names.insert(name);
            progress(last.unsigned_abs(), all.unwrap_or(last).unsigned_abs());
        }
    }
    let mut listed = objects.list(Some(&Path::from("bundles")));
    while let Some(object) = listed.try_next().await? {
        checked.spare_objects += u64::from(!names.contains(object.location.as_ref()));
    }
    Ok(checked)
}
