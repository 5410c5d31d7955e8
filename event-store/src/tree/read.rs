//! The tree as it is stored: tiles, entries, signed heads, and the proofs that follow from them.

use std::{cell::RefCell, collections::HashMap};

use sqlx::PgPool;
use tlog_tiles::{Error, Hash, HashReader};
use vault_domain::TenantId;

use super::{
    Entry, TreeHash,
    checkpoint::{TenantHead, TreeHead},
    origin,
    proof::{ConsistencyProof, InclusionProof, ProofError},
    tiles::{HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Tile},
};
use crate::{
    archive::{BundleError, last_up_to},
    database::Database,
    error::LoadError,
    log::Log,
};

/// A head of the tree with the note that vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// What is vouched for.
    pub head: TreeHead,
    /// The number of the origin that it was signed under.
    pub origin: i32,
    /// The signed note, with the signatures of witnesses as far as there are.
    pub note: String,
}

/// A public key of the log.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Verifier {
    /// The key, as C2SP signed-note writes it.
    pub verifier: String,
    /// The size of the first tree that it signed.
    pub first_size: i64,
    /// The size of the last tree that it signed; none while it signs.
    pub last_size: Option<i64>,
    /// The note by which the key before handed over to it, if one did.
    pub handover: Option<String>,
}

/// Heads with the lines of those who signed them too.
const HEADS: &str = "SELECT size, root, note || coalesce((SELECT string_agg(line, '' ORDER BY signer) \
     FROM log_cosignatures s WHERE s.size = c.size AND s.origin = c.origin), ''), origin FROM log_checkpoints c";

/// Why the tree could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The database failed.
    #[error("the tree could not be read")]
    Database(#[from] sqlx::Error),
    /// No signed tree reaches so far.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Stored hashes are missing, or are not those of a tree.
    #[error("the stored tree is damaged")]
    Damaged,
    /// A bundle of the archive cannot be read.
    #[error(transparent)]
    Archive(#[from] BundleError),
}

impl From<LoadError> for TreeError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Database(error) => Self::Database(error),
            LoadError::Archive(error) => Self::Archive(error),
            LoadError::Gap { .. } | LoadError::Decode { .. } => Self::Damaged,
        }
    }
}

/// Reads the tree. What it reads is the same for all tenants.
#[derive(Clone)]
pub struct Tree {
    database: Database,
}

impl Tree {
    /// Reads through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.database.writer
    }

    pub(super) fn writer_options(&self) -> sqlx::postgres::PgConnectOptions {
        self.database.writer_options()
    }

    /// The name that the log signs under.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn origin(&self) -> Result<String, TreeError> {
        Ok(origin::current(self.pool()).await?.name)
    }

    /// All public keys that ever signed, the one that signs now last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verifiers(&self) -> Result<Vec<Verifier>, TreeError> {
        let verifiers = sqlx::query_as(
            "SELECT verifier, first_size, last_size, handover FROM log_verifiers \
             ORDER BY last_size NULLS LAST, first_size, verifier",
        );
        Ok(verifiers.fetch_all(self.pool()).await?)
    }

    /// The newest signed head; `None` until the first event was sealed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest(&self) -> Result<Option<SignedHead>, TreeError> {
        self.head("ORDER BY size DESC, origin DESC LIMIT 1", 0).await
    }

    /// The signed head of the smallest tree that holds this many events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn covering(&self, size: u64) -> Result<Option<SignedHead>, TreeError> {
        self.head("WHERE size >= $1 ORDER BY size, origin DESC LIMIT 1", size)
            .await
    }

    async fn head(&self, which: &str, size: u64) -> Result<Option<SignedHead>, TreeError> {
        let query = format!("{HEADS} {which}");
        let mut query = sqlx::query_as(&query);
        if which.contains("$1") {
            query = query.bind(size.cast_signed());
        }
        let row: Option<HeadRow> = query.fetch_optional(self.pool()).await?;
        row.map(signed_head).transpose()
    }

    /// The signed heads after one, or from the first on, at most `limit`, the smallest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heads_after(
        &self,
        last: Option<&SignedHead>,
        limit: u32,
    ) -> Result<Vec<SignedHead>, TreeError> {
        let query = format!("{HEADS} WHERE (size, origin) > ($1, $2) ORDER BY size, origin LIMIT $3");
        let rows: Vec<HeadRow> = sqlx::query_as(&query)
            .bind(last.map_or(-1, |last| last.head.size.cast_signed()))
            .bind(last.map_or(0, |last| last.origin))
            .bind(i64::from(limit))
            .fetch_all(self.pool())
            .await?;
        rows.into_iter().map(signed_head).collect()
    }

    /// The first `width` hashes of a tile; `None` when the signed tree has fewer there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tile(&self, level: u8, number: u64, width: usize) -> Result<Option<Tile>, TreeError> {
        let tile = self.tiles(&[(level, number)]).await?.pop();
        Ok(tile.and_then(|mut tile| {
            let bytes = width * HASH_BYTES;
            (tile.hashes.len() >= bytes).then(|| {
                tile.hashes.truncate(bytes);
                tile
            })
        }))
    }

    /// These tiles, those that there are, in their order.
    pub(super) async fn tiles(&self, wanted: &[(u8, u64)]) -> Result<Vec<Tile>, TreeError> {
        read_tiles(self.pool(), wanted).await
    }

    /// The first `width` entries of a bundle of 256; `None` when the signed tree has fewer there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries(&self, number: u64, width: usize) -> Result<Option<Vec<Entry>>, TreeError> {
        let Some(first) = number.checked_mul(TILE_WIDTH as u64) else {
            return Ok(None);
        };
        let Some(last) = first.checked_add(width as u64) else {
            return Ok(None);
        };
        let sealed = self.latest().await?.map_or(0, |latest| latest.head.size);
        if last > sealed {
            return Ok(None);
        }
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT position, tenant_position, event_hash FROM events WHERE position > $1 AND position <= $2 \
             ORDER BY position",
        )
        .bind(first.cast_signed())
        .bind(last.cast_signed())
        .fetch_all(self.pool())
        .await?;
        let mut entries: Option<Vec<Entry>> = rows.into_iter().map(EntryRow::entry).collect();
        if entries.as_ref().is_some_and(|entries| entries.len() < width) {
            entries = self.archived_entries(first, width).await?;
        }
        // what was sealed and is missing now is for the verifier to find, but no bundle can be made without it
        Ok(entries.filter(|entries| entries.len() == width))
    }

    /// The proof that an event is in the tree of a signed head.
    ///
    /// # Errors
    /// [`TreeError::Proof`] when the event is not in that tree.
    pub async fn inclusion(&self, position: u64, head: TreeHead) -> Result<InclusionProof, TreeError> {
        if position == 0 || position > head.size {
            return Err(ProofError::OutOfTree.into());
        }
        let row: Option<EntryRow> =
            sqlx::query_as("SELECT position, tenant_position, event_hash FROM events WHERE position = $1")
                .bind(position.cast_signed())
                .fetch_optional(self.pool())
                .await?;
        let entry = match row {
            Some(row) => row.entry(),
            None => self
                .archived_entries(position - 1, 1)
                .await?
                .and_then(|mut one| one.pop()),
        }
        .ok_or(TreeError::Damaged)?;
        let hashes = self
            .with_hashes(|hashes| tlog_tiles::prove_record(head.size, position - 1, hashes))
            .await?;
        Ok(InclusionProof {
            entry,
            tree_size: head.size,
            hashes,
        })
    }

    /// The proof that the tree of a signed head begins with all of the tree of `first_size` events.
    ///
    /// # Errors
    /// [`TreeError::Proof`] when the signed tree is smaller.
    pub async fn consistency(&self, first_size: u64, head: TreeHead) -> Result<ConsistencyProof, TreeError> {
        if first_size > head.size {
            return Err(ProofError::OutOfTree.into());
        }
        let hashes = if first_size == 0 {
            Vec::new()
        } else {
            self.with_hashes(|hashes| tlog_tiles::prove_tree(head.size, first_size, hashes))
                .await?
        };
        Ok(ConsistencyProof {
            first_size,
            tree_size: head.size,
            hashes,
        })
    }

    /// How many events of a tenant are in the tree of this size, and the hash of the last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_head(&self, tenant: TenantId, tree_size: u64) -> Result<TenantHead, TreeError> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let row: Option<(i64, Vec<u8>)> = sqlx::query_as(
            "SELECT tenant_position, event_hash FROM events WHERE tenant_id = $1 AND position <= $2 \
             ORDER BY tenant_position DESC LIMIT 1",
        )
        .bind(tenant.as_uuid())
        .bind(tree_size.cast_signed())
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let (count, hash) = row.unwrap_or_else(|| (0, vec![0; HASH_BYTES]));
        let (mut count, mut hash) = (count.unsigned_abs(), hash);
        // a later one may be archived
        let archived = last_up_to(&self.database, tenant, tree_size).await?;
        if let Some(later) = archived.filter(|event| event.tenant_position > count) {
            (count, hash) = (later.tenant_position, later.event_hash);
        }
        Ok(TenantHead {
            tenant,
            count,
            last_event_hash: hash.try_into().map_err(|_| TreeError::Damaged)?,
            tree_size,
        })
    }

    /// Entries of events that the table does not have all of; `None` when the archive does not have them either.
    async fn archived_entries(&self, first: u64, width: usize) -> Result<Option<Vec<Entry>>, TreeError> {
        let log = Log::new(self.database.clone());
        let mut entries = Vec::with_capacity(width);
        while entries.len() < width {
            let left = u32::try_from(width - entries.len()).unwrap_or(u32::MAX);
            let page = match log.read_after(first + entries.len() as u64, left).await {
                Ok(page) if page.is_empty() => return Ok(None),
                Err(LoadError::Gap { .. }) => return Ok(None),
                page => page?,
            };
            for event in page {
                entries.push(Entry {
                    position: event.position,
                    tenant_position: event.tenant_position,
                    event_hash: event.event_hash.try_into().map_err(|_| TreeError::Damaged)?,
                });
            }
        }
        Ok(Some(entries))
    }

    /// Runs a computation that asks for hashes, with those that it asks for.
    async fn with_hashes(
        &self,
        compute: impl Fn(&KnownTiles) -> Result<Vec<Hash>, Error>,
    ) -> Result<Vec<TreeHash>, TreeError> {
        let mut known = KnownTiles::default();
        let mut asked = false;
        loop {
            let computed = compute(&known);
            let missing = known.missing.take();
            match computed {
                Ok(hashes) => return Ok(hashes.into_iter().map(|hash| hash.0).collect()),
                Err(_) if asked || missing.is_empty() => return Err(TreeError::Damaged),
                Err(_) => {
                    asked = true;
                    for tile in self.tiles(&missing).await? {
                        known.tiles.insert((tile.level, tile.number), tile.hashes);
                    }
                }
            }
        }
    }
}

type HeadRow = (i64, Vec<u8>, String, i32);

fn signed_head((size, root, note, origin): HeadRow) -> Result<SignedHead, TreeError> {
    let head = TreeHead {
        size: size.unsigned_abs(),
        root: root.try_into().map_err(|_| TreeError::Damaged)?,
    };
    Ok(SignedHead { head, origin, note })
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    position: i64,
    tenant_position: i64,
    event_hash: Vec<u8>,
}

impl EntryRow {
    fn entry(self) -> Option<Entry> {
        Some(Entry {
            position: self.position.unsigned_abs(),
            tenant_position: self.tenant_position.unsigned_abs(),
            event_hash: self.event_hash.try_into().ok()?,
        })
    }
}

/// The tiles that are known, and which more were asked for.
#[derive(Default)]
struct KnownTiles {
    tiles: HashMap<(u8, u64), Vec<u8>>,
    missing: RefCell<Vec<(u8, u64)>>,
}

impl HashReader for KnownTiles {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let hash = |index: &u64| {
            let tile = tlog_tiles::Tile::from_index(TILE_HEIGHT, *index);
            let place = (tile.level(), tile.level_index());
            if let Some(hashes) = self.tiles.get(&place) {
                return tile.hash_at_index(hashes, *index);
            }
            let mut missing = self.missing.borrow_mut();
            if !missing.contains(&place) {
                missing.push(place);
            }
            Ok(Hash::default())
        };
        let hashes = indexes.iter().map(hash).collect();
        if self.missing.borrow().is_empty() {
            hashes
        } else {
            Err(Error::IndexesNotInTree)
        }
    }
}

/// These tiles, those that there are, by level and number.
pub(super) async fn read_tiles(
    executor: impl sqlx::PgExecutor<'_>,
    wanted: &[(u8, u64)],
) -> Result<Vec<Tile>, TreeError> {
    let levels: Vec<i16> = wanted.iter().map(|(level, _)| i16::from(*level)).collect();
    let numbers: Vec<i64> = wanted.iter().map(|(_, number)| number.cast_signed()).collect();
    let rows: Vec<(i16, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT t.level, t.number, t.hashes FROM log_tiles t \
         JOIN unnest($1, $2) AS wanted(level, number) USING (level, number) ORDER BY t.level, t.number",
    )
    .bind(levels)
    .bind(numbers)
    .fetch_all(executor)
    .await?;
    let tile = |(level, number, hashes): (i16, i64, Vec<u8>)| {
        Ok(Tile {
            level: u8::try_from(level).map_err(|_| TreeError::Damaged)?,
            number: number.unsigned_abs(),
            hashes,
        })
    };
    rows.into_iter().map(tile).collect()
}
