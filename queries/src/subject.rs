//! Questions about the persons whom records are about. None of them shows content.

mod certificate;
mod places;

pub use certificate::{
    Certificate, CertificateError, CertificateStatus, CertifiedEvent, Proof, SignedCertificate, certificate,
};
pub use places::{Place, PlaceState};

use vault_access::{Permit, act};
use vault_domain::{DatasetId, SubjectId, TenantId, field};
use vault_event_store::{SubjectDataset, Subjects};
use vault_projections::read::{SubjectRow, find_subject};

use crate::{Queries, error::QueryError};

/// How a client names a subject.
#[derive(Debug, Clone)]
pub enum SubjectName {
    /// By the minted id.
    Id(SubjectId),
    /// By its own.
    External(String),
}

/// What is known of a subject.
#[derive(Debug, Clone)]
pub struct SubjectView {
    /// How it stands.
    pub row: SubjectRow,
    /// How much its records are, by dataset.
    pub datasets: Vec<SubjectDataset>,
}

/// What is known of a subject.
///
/// # Errors
/// `SubjectNotFound`, or a fault.
#[tracing::instrument(name = "queries.subject.get", skip_all)]
pub async fn get(
    queries: &Queries,
    permit: &Permit<act::SubjectRead>,
    name: &SubjectName,
) -> Result<SubjectView, QueryError> {
    let tenant = permit.principal().tenant;
    let row = find(queries, tenant, name).await?;
    let subjects = Subjects::new(queries.database.clone());
    let datasets = subjects
        .datasets(tenant, SubjectId::from_uuid(row.subject_id))
        .await?;
    Ok(SubjectView { row, datasets })
}

/// A subject whose records may be read, and the datasets that have some.
///
/// # Errors
/// `SubjectNotFound`, `Erased`, `Restricted`, or a fault.
pub async fn places(
    queries: &Queries,
    permit: &Permit<act::SubjectRead>,
    name: &SubjectName,
) -> Result<(SubjectId, Vec<DatasetId>), QueryError> {
    let SubjectView { row, datasets } = get(queries, permit, name).await?;
    match row.status.as_str() {
        "active" => {}
        "restricted" => return Err(QueryError::Restricted),
        _ => return Err(QueryError::Erased),
    }
    let datasets = datasets
        .iter()
        .map(|dataset| DatasetId::from_uuid(dataset.dataset_id))
        .collect();
    Ok((SubjectId::from_uuid(row.subject_id), datasets))
}

async fn find(queries: &Queries, tenant: TenantId, name: &SubjectName) -> Result<SubjectRow, QueryError> {
    let mut transaction = queries.database.begin_tenant(tenant).await?;
    let id = match name {
        SubjectName::Id(id) => *id,
        SubjectName::External(text) => {
            let names = queries.keys.tenant_lookup(tenant).await?;
            let hash = names.hash(field::SUBJECT_NAME, text.as_bytes());
            let found = Subjects::named_in(&mut transaction, tenant, &[hash]).await?;
            found.get(&hash).copied().ok_or(QueryError::SubjectNotFound)?
        }
    };
    let row = find_subject(&mut transaction, id).await?;
    transaction.commit().await?;
    row.ok_or(QueryError::SubjectNotFound)
}
