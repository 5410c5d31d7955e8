//! Sealing a content anew: chunk by chunk, each in the place of the old one.
//!
//! A chunk is replaced as a whole or not at all, and chunks of one content may be of several generations: a break leaves
//! nothing that cannot be read.

use std::collections::BTreeMap;

use object_store::{Error as StoreError, ObjectStoreExt as _, PutPayload, path::Path};
use vault_crypto::envelope;
use vault_domain::KeyId;

use crate::{
    content::{ContentStore, seal_chunk},
    error::ContentError,
    inventory::StoredContent,
    reader::open_chunk,
};

/// How many bytes of a chunk tell its key.
const HEADER_BYTES: u64 = envelope::OVERHEAD_BYTES as u64;

/// What was sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// How many chunks.
    pub chunks: u32,
    /// What these take, sealed, in bytes.
    pub size_bytes: usize,
}

impl ContentStore {
    /// Seals the chunks of a content with the newest key that an older one sealed. Chunks that are gone meanwhile stay so
    /// only if nobody removes them while this runs.
    ///
    /// # Errors
    /// When a chunk was changed or belongs elsewhere, or keys or objects are not to be had.
    pub async fn rewrap(&self, content: &StoredContent, old: KeyId) -> Result<Rewrapped, ContentError> {
        let StoredContent { place, address, .. } = *content;
        let mut done = Rewrapped::default();
        for &index in content.chunks.keys() {
            let path = place.chunk(address, index);
            match self.chunk_key(&path, index).await {
                Ok(key) if key == old => {}
                Ok(_) | Err(ContentError::Missing | ContentError::MissingChunk { .. }) => continue,
                Err(error) => return Err(error),
            }
            let object = match self.fetch(place, address, index).await {
                Err(ContentError::Missing | ContentError::MissingChunk { .. }) => continue,
                object => object?,
            };
            let (position, sealed) = open_chunk(&object, index)?;
            let refused = |source| ContentError::Refused { index, source };
            let key_id = envelope::key_id(sealed).map_err(refused)?;
            let key = self.keys.upkeep_key(place.tenant, key_id).await?;
            let chunk = key
                .open(&place.seal_context(address, index, position), sealed)
                .map_err(refused)?;
            let keys = self.keys.scope_keys(place.tenant, place.scope).await?;
            let object = seal_chunk(&keys.content, place, address, (index, position, &chunk))?;
            done.chunks += 1;
            done.size_bytes += object.len();
            self.objects.put(&path, PutPayload::from(object)).await?;
        }
        Ok(done)
    }

    /// How many chunks, and bytes of chunks, each key sealed.
    ///
    /// # Errors
    /// When objects are not to be had.
    pub async fn sealed_by(
        &self,
        content: &StoredContent,
    ) -> Result<BTreeMap<KeyId, Rewrapped>, ContentError> {
        let mut sealed = BTreeMap::<KeyId, Rewrapped>::new();
        for (&index, &size) in &content.chunks {
            let path = content.place.chunk(content.address, index);
            match self.chunk_key(&path, index).await {
                Ok(key) => {
                    let by = sealed.entry(key).or_default();
                    by.chunks += 1;
                    by.size_bytes += usize::try_from(size).unwrap_or(usize::MAX);
                }
                Err(ContentError::Missing | ContentError::MissingChunk { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sealed)
    }

    /// The key that sealed a chunk; nothing is opened.
    pub(crate) async fn chunk_key(&self, path: &Path, index: u32) -> Result<KeyId, ContentError> {
        match self.objects.get_range(path, 0..HEADER_BYTES).await {
            Err(StoreError::NotFound { .. }) if index == 0 => Err(ContentError::Missing),
            Err(StoreError::NotFound { .. }) => Err(ContentError::MissingChunk { index }),
            header => envelope::key_id(&header?).map_err(|source| ContentError::Refused { index, source }),
        }
    }
}
