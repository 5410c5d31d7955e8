//! What is stored: every content that has an object, whole or not.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream::try_unfold};
use object_store::{ObjectMeta, ObjectStoreExt as _, path::Path};
use vault_crypto::{ContentAddress, Scope};
use vault_domain::{DatasetId, SubjectId, TenantId};

use crate::{
    content::{ContentPlace, ContentStore, LAST, MAX_CHUNKS, ROOT},
    error::ContentError,
};

/// Objects of one content, or one object that is no content's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Objects of a content.
    Content(StoredContent),
    /// An object that this vault did not write.
    Strange(String),
}

/// The objects of one content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContent {
    /// Whose it is.
    pub place: ContentPlace,
    /// Its address.
    pub address: ContentAddress,
    /// The sizes of its objects by their number, in bytes.
    pub chunks: BTreeMap<u32, u64>,
    /// When the last of them was written.
    pub written_at: DateTime<Utc>,
}

impl StoredContent {
    /// How much it takes, in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.chunks.values().sum()
    }
}

impl ContentStore {
    /// Every content that has an object, one after the other.
    ///
    /// # Errors
    /// When the object store fails.
    pub fn inventory(&self) -> impl Stream<Item = Result<Found, ContentError>> + Send + '_ {
        self.inventory_below(&Path::from(ROOT))
    }

    /// Every content of a place that has an object, one after the other.
    ///
    /// # Errors
    /// When the object store fails.
    pub fn inventory_of(
        &self,
        place: ContentPlace,
    ) -> impl Stream<Item = Result<Found, ContentError>> + Send + '_ {
        self.inventory_below(&place.folder())
    }

    fn inventory_below(
        &self,
        folder: &Path,
    ) -> impl Stream<Item = Result<Found, ContentError>> + Send + use<'_> {
        let objects = self.objects.list(Some(folder)).fuse();
        // the objects of one content follow one another: a listing is by name, or folder by folder
        try_unfold(
            (objects, None::<StoredContent>),
            |(mut objects, mut open)| async move {
                loop {
                    let Some(object) = objects.try_next().await? else {
                        return Ok(open.map(|content| (Found::Content(content), (objects, None))));
                    };
                    match content_of(&object) {
                        None => {
                            let strange = Found::Strange(object.location.to_string());
                            return Ok(Some((strange, (objects, open))));
                        }
                        Some(next) => match &mut open {
                            Some(content)
                                if content.place == next.place && content.address == next.address =>
                            {
                                content.written_at = content.written_at.max(next.written_at);
                                content.chunks.extend(next.chunks);
                            }
                            _ => {
                                if let Some(content) = open.replace(next) {
                                    return Ok(Some((Found::Content(content), (objects, open))));
                                }
                            }
                        },
                    }
                }
            },
        )
    }

    /// Whether all objects of a content are there, by their names and the last one's mark; nothing is opened.
    ///
    /// # Errors
    /// When the object store fails.
    pub async fn is_whole(&self, content: &StoredContent) -> Result<bool, ContentError> {
        let Some((&last, &size)) = content.chunks.last_key_value() else {
            return Ok(false);
        };
        if size == 0 || content.chunks.keys().copied().ne(0..=last) {
            return Ok(false);
        }
        let path = content.place.chunk(content.address, last);
        let mark = self.objects.get_range(&path, size - 1..size).await?;
        Ok(mark.as_ref() == [LAST])
    }
}

/// The content that an object is a part of, of which this object is known.
fn content_of(object: &ObjectMeta) -> Option<StoredContent> {
    let parts: Vec<_> = object.location.parts().collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let (tenant, scope, rest) = match parts.as_slice() {
        [ROOT, tenant, "subjects", subject, rest @ ..] => (
            *tenant,
            Scope::Subject(SubjectId::from_uuid(subject.parse().ok()?)),
            rest,
        ),
        [ROOT, tenant, dataset, rest @ ..] => (
            *tenant,
            Scope::Dataset(DatasetId::from_uuid(dataset.parse().ok()?)),
            rest,
        ),
        _ => return None,
    };
    let [_, address, chunk] = rest else { return None };
    let place = ContentPlace {
        tenant: TenantId::from_uuid(tenant.parse().ok()?),
        scope,
    };
    let address: ContentAddress = address.parse().ok()?;
    let index: u32 = chunk.parse().ok().filter(|index| *index < MAX_CHUNKS)?;
    // written in one way only
    (place.chunk(address, index) == object.location).then(|| StoredContent {
        place,
        address,
        chunks: BTreeMap::from([(index, object.size)]),
        written_at: object.last_modified,
    })
}
