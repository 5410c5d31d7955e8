//! Reading a content chunk by chunk.

use std::fmt;

use object_store::{Error as StoreError, ObjectStoreExt};
use vault_crypto::{AddressHasher, ChunkPlace, ContentAddress, envelope};
use zeroize::Zeroizing;

use crate::{
    content::{CHUNK_SIZE_BYTES, ContentPlace, ContentStore, INNER, LAST, MAX_CHUNKS},
    error::ContentError,
};

/// A chunk's object: the sealed chunk and the byte that says whether more follow.
const MAX_OBJECT_BYTES: u64 = (CHUNK_SIZE_BYTES + envelope::OVERHEAD_BYTES + 1) as u64;

/// A content being read. Only when [`Self::next`] has given `None` is the whole known to be complete.
pub struct ContentReader<'a> {
    store: &'a ContentStore,
    place: ContentPlace,
    address: ContentAddress,
    state: State,
}

enum State {
    Reading { index: u32, hasher: AddressHasher },
    Ended { hasher: AddressHasher },
    Done,
}

impl<'a> ContentReader<'a> {
    pub(crate) const fn new(
        store: &'a ContentStore,
        place: ContentPlace,
        address: ContentAddress,
        hasher: AddressHasher,
    ) -> Self {
        Self {
            store,
            place,
            address,
            state: State::Reading { index: 0, hasher },
        }
    }

    /// The next chunk, or `None` once all were given and have the content's address together.
    ///
    /// # Errors
    /// When a chunk is missing, was changed or belongs elsewhere, the whole has another address, or keys or objects
    /// are not to be had. After an error there is nothing more to read.
    pub async fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, ContentError> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Reading { index, hasher } => self.read(index, hasher).await.map(Some),
            State::Ended { hasher } => self.check(hasher),
            State::Done => Ok(None),
        }
    }

    async fn read(
        &mut self,
        index: u32,
        mut hasher: AddressHasher,
    ) -> Result<Zeroizing<Vec<u8>>, ContentError> {
        if index == MAX_CHUNKS {
            return Err(ContentError::TooLong);
        }
        let object = self.store.fetch(self.place, self.address, index).await?;
        let (position, sealed) = open_chunk(&object, index)?;
        let refused = |source| ContentError::Refused { index, source };
        // Chunks of one content may be of several generations.
        let key_id = envelope::key_id(sealed).map_err(refused)?;
        let key = self.store.keys.data_key(self.place.tenant, key_id).await?;
        let chunk = key
            .open(&self.place.seal_context(self.address, index, position), sealed)
            .map_err(refused)?;
        hasher.update(&chunk);
        self.state = match position {
            ChunkPlace::Inner => State::Reading {
                index: index + 1,
                hasher,
            },
            ChunkPlace::Last => State::Ended { hasher },
        };
        Ok(chunk)
    }

    fn check(&self, hasher: AddressHasher) -> Result<Option<Zeroizing<Vec<u8>>>, ContentError> {
        if hasher.finish() == self.address {
            Ok(None)
        } else {
            Err(ContentError::OtherAddress)
        }
    }
}

impl ContentStore {
    pub(crate) async fn fetch(
        &self,
        place: ContentPlace,
        address: ContentAddress,
        index: u32,
    ) -> Result<Vec<u8>, ContentError> {
        let found = match self.objects.get(&place.chunk(address, index)).await {
            Err(StoreError::NotFound { .. }) if index == 0 => return Err(ContentError::Missing),
            Err(StoreError::NotFound { .. }) => return Err(ContentError::MissingChunk { index }),
            other => other?,
        };
        if found.meta.size > MAX_OBJECT_BYTES {
            return Err(ContentError::Malformed { index });
        }
        Ok(found.bytes().await?.into())
    }
}

/// What a chunk's object says of its place, and the sealed chunk.
pub(crate) fn open_chunk(object: &[u8], index: u32) -> Result<(ChunkPlace, &[u8]), ContentError> {
    match object.split_last() {
        Some((&INNER, sealed)) => Ok((ChunkPlace::Inner, sealed)),
        Some((&LAST, sealed)) => Ok((ChunkPlace::Last, sealed)),
        _ => Err(ContentError::Malformed { index }),
    }
}

impl fmt::Debug for ContentReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentReader({})", self.address)
    }
}
