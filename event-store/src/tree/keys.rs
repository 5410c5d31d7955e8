//! The keys that sign heads: one at a time, each rotated away by the next, which signs the last head of the one before.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use ed25519_dalek::SigningKey;
use sqlx::PgConnection;
use uuid::Uuid;
use vault_domain::IdSource;

use super::{
    checkpoint::{HeadSigner, HeadVerifier, InvalidName, InvalidNote},
    origin::{self, Origin},
    read::{SignedHead, Tree, TreeError},
    seal::lock_sealing,
    seed::{KeptSeed, Seed, SeedError, SeedKeeper},
};
use crate::database::Database;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The tree could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The seed could not be had.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The row of the key is not one that the vault wrote, or its seed is another key's.
    #[error("the log's signing key is not the one that is registered")]
    OtherKey,
    /// The key of the key file signs or has signed already.
    #[error("the key signs already, or has signed before: a key is never taken up again")]
    NotNew,
    /// The log's name cannot stand in a note.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A head could not be signed.
    #[error(transparent)]
    Note(#[from] InvalidNote),
}

/// A key that signs heads, or signed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    /// The public key under the log's present name, as C2SP signed-note writes it.
    pub verifier: String,
    /// `root`, `stored` or `file`.
    pub source: String,
    /// The size of the first tree that it signed.
    pub first_size: u64,
    /// The size of the last tree that it signed; none while it signs.
    pub last_size: Option<u64>,
    /// Since when it is registered.
    pub created_at: DateTime<Utc>,
    /// Since when it signs no more.
    pub retired_at: Option<DateTime<Utc>>,
}

/// The log's signing keys. Cheap to clone; a seed stays in memory while its key signs.
#[derive(Clone)]
pub struct LogKeys {
    database: Database,
    keeper: Arc<dyn SeedKeeper>,
    ids: Arc<dyn IdSource>,
    opened: Arc<Mutex<Option<(Uuid, Seed)>>>,
}

/// The key that signs now.
type ActiveRow = (
    Uuid,
    Vec<u8>,
    String,
    Option<String>,
    Option<String>,
    Option<Vec<u8>>,
    Vec<u8>,
);

const ACTIVE: &str = "SELECT id, public_key, source, provider, kms_key, wrapped_seed, voucher FROM log_signing_keys \
     WHERE retired_at IS NULL";

impl LogKeys {
    /// The keys that stand in this database.
    #[must_use]
    pub fn new(database: Database, keeper: Arc<dyn SeedKeeper>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            database,
            keeper,
            ids,
            opened: Arc::default(),
        }
    }

    /// Signs with the key of now under the name of now.
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub async fn current(&self) -> Result<HeadSigner, KeyError> {
        let mut connection = self.database.writer.acquire().await?;
        self.signer(&mut connection).await
    }

    /// As [`Self::current`], within a transaction that may have changed either.
    pub(super) async fn signer(&self, connection: &mut PgConnection) -> Result<HeadSigner, KeyError> {
        let origin = origin::current(&mut *connection).await?;
        let seed = self.active(connection).await?.1;
        Ok(HeadSigner::of(&origin, &seed)?)
    }

    /// Signs with the key of now under a name.
    pub(super) async fn signer_for(
        &self,
        connection: &mut PgConnection,
        name: &str,
    ) -> Result<HeadSigner, KeyError> {
        let seed = self.active(connection).await?.1;
        Ok(HeadSigner::new(name, &seed)?)
    }

    /// The key that signs now; the first one is made when it is asked for.
    async fn active(&self, connection: &mut PgConnection) -> Result<(Uuid, Seed), KeyError> {
        let mut row: Option<ActiveRow> = sqlx::query_as(ACTIVE).fetch_optional(&mut *connection).await?;
        if row.is_none() {
            self.register_first(connection).await?;
            row = sqlx::query_as(ACTIVE).fetch_optional(&mut *connection).await?;
        }
        let (id, public_key, source, provider, kms_key, wrapped, voucher) = row.ok_or(KeyError::OtherKey)?;
        if let Some((known, seed)) = &*self.opened.lock().unwrap_or_else(PoisonError::into_inner)
            && *known == id
        {
            return Ok((id, seed.clone()));
        }
        let kept = match (source.as_str(), provider, kms_key, wrapped) {
            ("root", ..) => KeptSeed::Root,
            ("file", ..) => KeptSeed::File,
            (_, Some(provider), Some(kms_key), Some(bytes)) => KeptSeed::Wrapped {
                provider,
                kms_key,
                bytes,
            },
            _ => return Err(KeyError::OtherKey),
        };
        let seed = self.keeper.open(id, &kept).await?;
        let found = public_half(&seed);
        if found.as_slice() != public_key || self.keeper.voucher(&found).as_slice() != voucher {
            return Err(KeyError::OtherKey);
        }
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, seed.clone()));
        Ok((id, seed))
    }

    /// Registers the first key: the derived one if it has signed already, before keys of their own were.
    async fn register_first(&self, connection: &mut PgConnection) -> Result<(), KeyError> {
        let id = self.ids.next();
        let signed: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM log_verifiers)")
            .fetch_one(&mut *connection)
            .await?;
        let (seed, kept) = if signed {
            (self.keeper.open(id, &KeptSeed::Root).await?, KeptSeed::Root)
        } else {
            self.keeper.create(id).await?
        };
        // of several processes the first one's stays
        self.insert(connection, id, &seed, &kept, 0).await?;
        Ok(())
    }

    async fn insert(
        &self,
        connection: &mut PgConnection,
        id: Uuid,
        seed: &Seed,
        kept: &KeptSeed,
        first_size: u64,
    ) -> Result<bool, KeyError> {
        let public_key = public_half(seed);
        let (provider, kms_key, bytes) = match kept {
            KeptSeed::Wrapped {
                provider,
                kms_key,
                bytes,
            } => (Some(provider), Some(kms_key), Some(bytes)),
            KeptSeed::Root | KeptSeed::File => (None, None, None),
        };
        let inserted = sqlx::query(
            "INSERT INTO log_signing_keys (id, public_key, source, provider, kms_key, wrapped_seed, voucher, first_size, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now()) ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(public_key.as_slice())
        .bind(kept.source())
        .bind(provider)
        .bind(kms_key)
        .bind(bytes)
        .bind(self.keeper.voucher(&public_key).as_slice())
        .bind(first_size.cast_signed())
        .execute(connection)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Lets a new key sign from now on. It signs the newest head too, and the old key signs that it follows: whoever trusts
    /// the old key learns the new one from the log itself. The old seed is destroyed. If it is gone already, as that of a
    /// key file may be, nobody can be led from one to the other.
    ///
    /// # Errors
    /// When no key can be made, or the key file has the key that signs already; nothing has changed then.
    pub async fn rotate(&self, now: DateTime<Utc>) -> Result<LogKey, KeyError> {
        let mut transaction = self.database.writer.begin().await?;
        lock_sealing(&mut transaction).await?;
        let old = self.active_id(&mut transaction).await?;
        let former = match self.signer(&mut transaction).await {
            Ok(former) => Some(former),
            Err(KeyError::OtherKey | KeyError::Seed(_)) => None,
            Err(error) => return Err(error),
        };
        let head = Tree::new(self.database.clone()).latest().await?;
        let size = head.as_ref().map_or(0, |head| head.head.size);
        let id = self.ids.next();
        let (seed, kept) = self.keeper.create(id).await?;
        sqlx::query(
            "UPDATE log_signing_keys SET provider = NULL, kms_key = NULL, wrapped_seed = NULL, last_size = $2, \
             retired_at = $3 WHERE id = $1",
        )
        .bind(old)
        .bind(size.cast_signed())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        if !self.insert(&mut transaction, id, &seed, &kept, size).await? {
            return Err(KeyError::NotNew);
        }
        let signer = self.signer(&mut transaction).await?;
        if let Some(head) = head {
            sign_too(&mut transaction, &head, &signer, now).await?;
            let handover = former.map(|former| former.handover(&signer.verifier(), head.head));
            let handover = handover.transpose()?;
            self.hand_over(&mut transaction, &signer, size, handover.as_deref())
                .await?;
        }
        transaction.commit().await?;
        Ok(LogKey {
            verifier: signer.verifier(),
            source: kept.source().to_owned(),
            first_size: size,
            last_size: None,
            created_at: now,
            retired_at: None,
        })
    }

    /// The key that signs now, whether or not its seed can be had: the one of a key file may be gone.
    async fn active_id(&self, connection: &mut PgConnection) -> Result<Uuid, KeyError> {
        let query = "SELECT id FROM log_signing_keys WHERE retired_at IS NULL";
        let id: Option<Uuid> = sqlx::query_scalar(query).fetch_optional(&mut *connection).await?;
        match id {
            Some(id) => Ok(id),
            None => Ok(self.active(connection).await?.0),
        }
    }

    /// Lists this public key as the one that signs from the tree of this size on.
    pub(super) async fn hand_over(
        &self,
        connection: &mut PgConnection,
        signer: &HeadSigner,
        size: u64,
        handover: Option<&str>,
    ) -> Result<(), KeyError> {
        sqlx::query("UPDATE log_verifiers SET last_size = $1 WHERE last_size IS NULL AND verifier <> $2")
            .bind(size.cast_signed())
            .bind(signer.verifier())
            .execute(&mut *connection)
            .await?;
        sqlx::query(
            "INSERT INTO log_verifiers (verifier, first_size, handover) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(signer.verifier())
        .bind(size.cast_signed())
        .bind(handover)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// All keys, the one that signs last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<LogKey>, KeyError> {
        type Row = (
            Vec<u8>,
            String,
            i64,
            Option<i64>,
            DateTime<Utc>,
            Option<DateTime<Utc>>,
        );
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT public_key, source, first_size, last_size, created_at, retired_at FROM log_signing_keys \
             ORDER BY retired_at NULLS LAST, created_at",
        )
        .fetch_all(&self.database.writer)
        .await?;
        let origin = origin::current(&self.database.writer).await?.name;
        let key = |(public_key, source, first_size, last_size, created_at, retired_at): Row| {
            Some(LogKey {
                verifier: verifier(&origin, &public_key)?,
                source,
                first_size: first_size.unsigned_abs(),
                last_size: last_size.map(i64::unsigned_abs),
                created_at,
                retired_at,
            })
        };
        rows.into_iter()
            .map(key)
            .collect::<Option<_>>()
            .ok_or(KeyError::OtherKey)
    }

    /// The public keys that the root key vouches for, under each of these names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn vouched_verifiers(&self, origins: &[Origin]) -> Result<Vec<String>, KeyError> {
        let mut connection = self.database.writer.acquire().await?;
        // the first one, if there is none yet
        self.active_id(&mut connection).await?;
        let rows: Vec<(Vec<u8>, Vec<u8>)> =
            sqlx::query_as("SELECT public_key, voucher FROM log_signing_keys")
                .fetch_all(&mut *connection)
                .await?;
        let vouched = rows.iter().filter_map(|(public_key, voucher)| {
            let key = public_key.as_slice().try_into().ok()?;
            (self.keeper.voucher(key).as_slice() == voucher).then_some(public_key)
        });
        Ok(vouched
            .flat_map(|key| origins.iter().filter_map(|origin| verifier(&origin.name, key)))
            .collect())
    }

    /// Checks what the log's own keys signed, under any of its names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trusted(&self) -> Result<HeadVerifier, KeyError> {
        let origins = Tree::new(self.database.clone()).origins().await?;
        let name = origins.last().map_or("", |origin| &origin.name);
        Ok(HeadVerifier::across(
            name,
            &self.vouched_verifiers(&origins).await?,
        )?)
    }
}

fn public_half(seed: &Seed) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// A public key under a name, as C2SP signed-note writes it.
fn verifier(origin: &str, public_key: &[u8]) -> Option<String> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(public_key.try_into().ok()?).ok()?;
    Some(signed_note::new_ed25519_verifier_key(origin, &key))
}

/// Adds a signature of the log's own to a head.
async fn sign_too(
    connection: &mut PgConnection,
    head: &SignedHead,
    signer: &HeadSigner,
    now: DateTime<Utc>,
) -> Result<(), KeyError> {
    sqlx::query(
        "INSERT INTO log_cosignatures (size, origin, signer, line, stored_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(head.head.size.cast_signed())
    .bind(head.origin)
    .bind(signer.signature_name())
    .bind(signer.line(&head.note)?)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}
