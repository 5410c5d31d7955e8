//! Questions of auditors about the tree over the log: hashes and signatures, the same for all tenants.

use vault_access::{Permit, act};
use vault_event_store::tree::{
    ConsistencyProof, Entry, InclusionProof, Origin, ProofError, SignedHead, Tile, TreeError, Verifier,
};

use crate::{Queries, error::QueryError};

/// The name and the public keys of the log.
#[derive(Debug, Clone)]
pub struct LogKeys {
    /// The name that it signs under.
    pub origin: String,
    /// Its keys, the one that signs now last.
    pub keys: Vec<Verifier>,
}

/// The name and the public keys of the log.
///
/// # Errors
/// A fault.
pub async fn keys(queries: &Queries, _: &Permit<act::AuditRead>) -> Result<LogKeys, QueryError> {
    let origin = queries.tree.origin().await?;
    let mut keys = queries.tree.verifiers().await?;
    if let Some(own) = queries.log_keys.list().await?.pop()
        && keys.iter().all(|key| key.verifier != own.verifier)
    {
        // it has signed nothing yet, and will sign what comes
        let sealed = queries.tree.latest().await?.map_or(0, |latest| latest.head.size);
        keys.push(Verifier {
            verifier: own.verifier,
            first_size: sealed.cast_signed() + 1,
            last_size: None,
            handover: None,
        });
    }
    Ok(LogKeys { origin, keys })
}

/// The names that the log signed under, the first one first, with what each continues.
///
/// # Errors
/// A fault.
pub async fn origins(queries: &Queries, _: &Permit<act::AuditRead>) -> Result<Vec<Origin>, QueryError> {
    Ok(queries.tree.origins().await?)
}

/// How many of the configured witnesses cosigned a head, and how many must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosigned {
    /// How many did.
    pub count: usize,
    /// How many must.
    pub required: usize,
}

impl Cosigned {
    /// Whether as many cosigned as must.
    #[must_use]
    pub const fn is_enough(self) -> bool {
        self.count >= self.required
    }
}

/// How many of the configured witnesses cosigned a head; signatures are checked, not believed.
#[must_use]
pub fn cosigned(queries: &Queries, head: &SignedHead) -> Cosigned {
    Cosigned {
        count: queries.witnesses.count(&head.note),
        required: queries.witnesses.required(),
    }
}

/// The newest signed head, or that of exactly `size` events.
///
/// # Errors
/// [`QueryError::NotInTree`] when there is none; a fault.
pub async fn head(
    queries: &Queries,
    _: &Permit<act::AuditRead>,
    size: Option<u64>,
) -> Result<SignedHead, QueryError> {
    let head = match size {
        Some(size) => queries
            .tree
            .covering(size)
            .await?
            .filter(|found| found.head.size == size),
        None => queries.tree.latest().await?,
    };
    head.ok_or(QueryError::NotInTree)
}

/// The newest signed head that at least so many of the configured witnesses cosigned.
///
/// # Errors
/// [`QueryError::NotInTree`] when there is none of late; a fault.
pub async fn cosigned_head(
    queries: &Queries,
    _: &Permit<act::AuditRead>,
    count: usize,
) -> Result<SignedHead, QueryError> {
    let head = queries
        .tree
        .cosigned_by(queries.witnesses.witnesses(), count)
        .await?;
    head.ok_or(QueryError::NotInTree)
}

/// The first `width` hashes of a tile.
///
/// # Errors
/// [`QueryError::NotInTree`] when the signed tree has fewer there; a fault.
pub async fn tile(
    queries: &Queries,
    _: &Permit<act::AuditRead>,
    level: u8,
    number: u64,
    width: usize,
) -> Result<Tile, QueryError> {
    queries
        .tree
        .tile(level, number, width)
        .await?
        .ok_or(QueryError::NotInTree)
}

/// The first `width` entries of a bundle of 256.
///
/// # Errors
/// [`QueryError::NotInTree`] when the signed tree has fewer there; a fault.
pub async fn entries(
    queries: &Queries,
    _: &Permit<act::AuditRead>,
    number: u64,
    width: usize,
) -> Result<Vec<Entry>, QueryError> {
    queries
        .tree
        .entries(number, width)
        .await?
        .ok_or(QueryError::NotInTree)
}

/// The proof that the tree of a signed head holds the event at a position.
///
/// # Errors
/// [`QueryError::NotInTree`] when it does not; a fault.
pub async fn inclusion(
    queries: &Queries,
    _: &Permit<act::AuditRead>,
    position: u64,
    head: &SignedHead,
) -> Result<InclusionProof, QueryError> {
    Ok(queries.tree.inclusion(position, head.head).await?)
}

/// The proof that the tree of a signed head begins with all of the tree of `first_size` events.
///
/// # Errors
/// [`QueryError::NotInTree`] when that tree is the larger one; a fault.
pub async fn consistency(
    queries: &Queries,
    _: &Permit<act::AuditRead>,
    first_size: u64,
    head: &SignedHead,
) -> Result<ConsistencyProof, QueryError> {
    Ok(queries.tree.consistency(first_size, head.head).await?)
}

/// The signed note of how many events the caller's tenant has in the newest signed tree, or in that of exactly `size`
/// events.
///
/// # Errors
/// [`QueryError::NotInTree`] when there is no such tree; a fault.
pub async fn tenant_head(
    queries: &Queries,
    permit: &Permit<act::AuditRead>,
    size: Option<u64>,
) -> Result<String, QueryError> {
    let size = head(queries, permit, size).await?.head.size;
    let tenant_head = queries.tree.tenant_head(permit.principal().tenant, size).await?;
    let signer = queries.log_keys.current().await?;
    Ok(signer.tenant_head(tenant_head).map_err(|_| TreeError::Damaged)?)
}

impl From<TreeError> for QueryError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Database(error) => error.into(),
            TreeError::Proof(ProofError::OutOfTree) => Self::NotInTree,
            TreeError::Archive(error) => Self::Archive(error),
            error @ TreeError::Damaged => Self::Tree(error),
        }
    }
}
