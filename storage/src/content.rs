//! Content that is too large for a row, in chunks that are objects of their own.

use std::{collections::BTreeSet, fmt, sync::Arc};

use futures::{StreamExt, TryStreamExt};
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutPayload, path::Path};
use vault_crypto::{ChunkPlace, ContentAddress, DataKey, KeyRing, Label, Scope, ScopeKeys, SealContext};
use vault_domain::{KeyId, TenantId};
use zeroize::Zeroizing;

use crate::{error::ContentError, reader::ContentReader};

/// How much plaintext a chunk holds; all but the last hold exactly this much.
pub const CHUNK_SIZE_BYTES: usize = 4 << 20;

/// How much plaintext one content may have.
pub const MAX_CONTENT_BYTES: usize = MAX_CHUNKS as usize * CHUNK_SIZE_BYTES;

pub(crate) const MAX_CHUNKS: u32 = 64;

/// The byte behind a sealed chunk, which tells the reader what to expect; the seal binds it.
pub(crate) const INNER: u8 = 0;
pub(crate) const LAST: u8 = 1;

/// The folder of all contents.
pub(crate) const ROOT: &str = "content";

/// Whose content it is; it decides the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentPlace {
    /// The tenant.
    pub tenant: TenantId,
    /// The dataset, or the subject where a record names one.
    pub scope: Scope,
}

impl ContentPlace {
    pub(crate) fn seal_context(self, address: ContentAddress, index: u32, place: ChunkPlace) -> SealContext {
        let label = Label::Chunk {
            address,
            index,
            place,
        };
        SealContext {
            tenant: self.tenant,
            scope: self.scope,
            label,
        }
    }

    pub(crate) fn folder(self) -> Path {
        let Self { tenant, scope } = self;
        let tenant = Path::from_iter([ROOT.to_owned(), tenant.to_string()]);
        match (scope, scope.id()) {
            // datasets were the only scopes once
            (Scope::Dataset(dataset), _) => tenant.join(dataset.to_string()),
            (_, Some(id)) => tenant.join(format!("{}s", scope.kind())).join(id.to_string()),
            (_, None) => tenant.join(scope.kind()),
        }
    }

    fn content_folder(self, address: ContentAddress) -> Path {
        // A level of 256 folders keeps each small on a file system.
        let fan_out = format!("{:02x}", address.as_bytes()[0]);
        self.folder().join(fan_out).join(address.to_string())
    }

    pub(crate) fn chunk(self, address: ContentAddress, index: u32) -> Path {
        self.content_folder(address).join(format!("{index:02}"))
    }
}

/// A content that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// What became of it.
    pub outcome: PutOutcome,
    /// The keys that seal its chunks. Whoever names it makes sure that they are kept.
    pub keys: BTreeSet<KeyId>,
}

/// What became of a content that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is stored now.
    Stored,
    /// It was stored before.
    AlreadyThere,
}

/// Sealed content in an object store.
///
/// A content is whole if its chunk 0 is there: chunks are written from the last to the first, and removed the other
/// way round. Writers of equal content may meet: what one has stored, the other leaves.
pub struct ContentStore {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) keys: Arc<KeyRing>,
}

impl ContentStore {
    /// Content in these objects, under these keys.
    #[must_use]
    pub fn new(objects: Arc<dyn ObjectStore>, keys: Arc<KeyRing>) -> Self {
        Self { objects, keys }
    }

    /// Stores a content unless it is there already. It is durable once this returns.
    ///
    /// # Errors
    /// When the content is too long or does not have this address, or keys or objects are not to be had.
    pub async fn put(
        &self,
        place: ContentPlace,
        address: ContentAddress,
        content: &[u8],
    ) -> Result<Put, ContentError> {
        let keys = self.checked_keys(place, address, content).await?;
        let is_there = self.contains(place, address).await?;
        let mut sealed_by = BTreeSet::new();
        for chunk in chunks(content).rev() {
            let path = place.chunk(address, chunk.0);
            let was_there = is_there || {
                let object = seal_chunk(&keys.content, place, address, chunk)?;
                !self.put_absent(&path, object).await?
            };
            sealed_by.insert(if was_there {
                self.chunk_key(&path, chunk.0).await?
            } else {
                keys.content.id()
            });
        }
        Ok(Put {
            outcome: if is_there {
                PutOutcome::AlreadyThere
            } else {
                PutOutcome::Stored
            },
            keys: sealed_by,
        })
    }

    /// Stores a content over what is there, unless that is sealed with the newest key. It is durable once this returns.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub async fn put_anew(
        &self,
        place: ContentPlace,
        address: ContentAddress,
        content: &[u8],
    ) -> Result<Put, ContentError> {
        let keys = self.checked_keys(place, address, content).await?;
        for chunk in chunks(content).rev() {
            let path = place.chunk(address, chunk.0);
            match self.chunk_key(&path, chunk.0).await {
                Ok(key) if key == keys.content.id() => continue,
                Ok(_) | Err(ContentError::Missing | ContentError::MissingChunk { .. }) => {}
                Err(error) => return Err(error),
            }
            let object = seal_chunk(&keys.content, place, address, chunk)?;
            self.objects.put(&path, PutPayload::from(object)).await?;
        }
        Ok(Put {
            outcome: PutOutcome::Stored,
            keys: BTreeSet::from([keys.content.id()]),
        })
    }

    /// The keys of a scope, for a content that has this address under them.
    async fn checked_keys(
        &self,
        place: ContentPlace,
        address: ContentAddress,
        content: &[u8],
    ) -> Result<Arc<ScopeKeys>, ContentError> {
        if content.len() > MAX_CONTENT_BYTES {
            return Err(ContentError::TooLong);
        }
        let keys = self.keys.scope_keys(place.tenant, place.scope).await?;
        let mut hasher = keys.address.hasher();
        for chunk in content.chunks(CHUNK_SIZE_BYTES) {
            hasher.update(chunk);
            // A chunk takes milliseconds, a content would hold up the thread's other tasks.
            tokio::task::yield_now().await;
        }
        if hasher.finish() == address {
            Ok(keys)
        } else {
            Err(ContentError::OtherAddress)
        }
    }

    /// Whether the whole content is stored.
    ///
    /// # Errors
    /// When the object store fails.
    pub async fn contains(&self, place: ContentPlace, address: ContentAddress) -> Result<bool, ContentError> {
        match self.objects.head(&place.chunk(address, 0)).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a content chunk by chunk, each checked before it is handed out.
    ///
    /// # Errors
    /// When the scope's keys are not to be had.
    pub async fn reader(
        &self,
        place: ContentPlace,
        address: ContentAddress,
    ) -> Result<ContentReader<'_>, ContentError> {
        let keys = self.keys.scope_keys(place.tenant, place.scope).await?;
        Ok(ContentReader::new(self, place, address, keys.address.hasher()))
    }

    /// Reads a content whole.
    ///
    /// # Errors
    /// When it is not stored, was changed, truncated or moved, or keys or objects are not to be had.
    pub async fn get(
        &self,
        place: ContentPlace,
        address: ContentAddress,
    ) -> Result<Zeroizing<Vec<u8>>, ContentError> {
        let mut reader = self.reader(place, address).await?;
        let mut chunks = Vec::new();
        while let Some(chunk) = reader.next().await? {
            chunks.push(chunk);
        }
        // In one piece of the right size, because a vector that grows leaves copies behind.
        let mut content = Zeroizing::new(Vec::with_capacity(chunks.iter().map(|chunk| chunk.len()).sum()));
        for chunk in chunks {
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }

    /// Removes a content; it need not be there.
    ///
    /// # Errors
    /// When the object store fails; the content may then be gone in part, and removing it again goes on.
    pub async fn delete(&self, place: ContentPlace, address: ContentAddress) -> Result<(), ContentError> {
        absent_is_done(self.objects.delete(&place.chunk(address, 0)).await)?;
        self.delete_below(place.content_folder(address)).await
    }

    /// Removes all content of a scope.
    ///
    /// # Errors
    /// When the object store fails; removing it again goes on.
    pub async fn delete_scope(&self, place: ContentPlace) -> Result<(), ContentError> {
        self.delete_below(place.folder()).await
    }

    /// Whether it was put: not, when there is one already.
    async fn put_absent(&self, path: &Path, object: Vec<u8>) -> Result<bool, ContentError> {
        match self
            .objects
            .put_opts(path, PutPayload::from(object), PutMode::Create.into())
            .await
        {
            Ok(_) => Ok(true),
            Err(StoreError::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn delete_below(&self, folder: Path) -> Result<(), ContentError> {
        let found = self
            .objects
            .list(Some(&folder))
            .map_ok(|object| object.location)
            .boxed();
        let mut deleted = self.objects.delete_stream(found);
        while let Some(result) = deleted.next().await {
            absent_is_done(result.map(drop))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ContentStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentStore({})", self.objects)
    }
}

/// The chunks of a content with their numbers; an empty content has one, which is empty.
fn chunks(content: &[u8]) -> impl DoubleEndedIterator<Item = (u32, ChunkPlace, &[u8])> {
    let count = u32::try_from(content.len().div_ceil(CHUNK_SIZE_BYTES))
        .unwrap_or(u32::MAX)
        .max(1);
    (0..count).map(move |index| {
        let start = index as usize * CHUNK_SIZE_BYTES;
        let end = content.len().min(start + CHUNK_SIZE_BYTES);
        let place = if index + 1 == count {
            ChunkPlace::Last
        } else {
            ChunkPlace::Inner
        };
        (index, place, &content[start..end])
    })
}

/// A chunk's object: the sealed chunk, and behind it a byte that tells the reader whether more follow.
pub(crate) fn seal_chunk(
    key: &DataKey,
    place: ContentPlace,
    address: ContentAddress,
    (index, position, chunk): (u32, ChunkPlace, &[u8]),
) -> Result<Vec<u8>, ContentError> {
    let context = place.seal_context(address, index, position);
    let mut object = key.seal(&context, chunk).map_err(ContentError::Seal)?;
    object.push(match position {
        ChunkPlace::Inner => INNER,
        ChunkPlace::Last => LAST,
    });
    Ok(object)
}

fn absent_is_done(result: Result<(), StoreError>) -> Result<(), StoreError> {
    match result {
        Err(StoreError::NotFound { .. }) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
