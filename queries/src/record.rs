//! Questions about records: the row, and the content that it points to, opened.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use vault_access::{Permit, act};
use vault_crypto::{ContentAddress, KeyError, Label, Scope, SealContext, envelope};
use vault_domain::{
    DatasetId, EntityType, KeyedHash, RecordId, SubjectId, TenantId, dataset::Sensitivity, field,
};
use vault_event_store::{Access, Contents};
use vault_projections::read::{RecordFilter, RecordKey, RecordRow, find_record, list_records};
use vault_storage::{ContentPlace, unframe};
use zeroize::Zeroizing;

use crate::{Queries, error::QueryError, moment::Moment};

/// The most bytes of data in one page, unless one record alone is larger.
const MAX_PAGE_BYTES: u64 = 16 * 1024 * 1024;

/// How much a finding adds to an answer, about.
const FINDING_BYTES: u64 = 256;

/// What the detector found in a record when it was added.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Finding {
    /// The kind.
    #[serde(rename = "type")]
    pub entity_type: EntityType,
    /// The field's path.
    pub field: String,
    /// Where it begins in the field, in code points.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
    /// How sure the detector was.
    pub confidence: f64,
    /// Whether it stands in the field's value or in its name.
    #[serde(default)]
    pub part: FindingPart,
    /// Whether it is known to be nobody's.
    #[serde(default)]
    pub test_value: bool,
    /// The name of the tenant's own type, if it is of one.
    pub custom_type: Option<String>,
}

/// Whether a finding stands in a field's value or in its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingPart {
    /// In the value.
    #[default]
    Value,
    /// In the object key that ends the path.
    Key,
}

/// One record, opened.
#[derive(Debug, Clone)]
pub struct RecordView {
    /// Its minted id.
    pub id: RecordId,
    /// The person whom it is about.
    pub subject: Option<SubjectId>,
    /// The client's own id.
    pub external_id: Option<String>,
    /// The data, byte for byte as it was sent.
    pub data: Box<RawValue>,
    /// The client's metadata.
    pub metadata: Option<Value>,
    /// What was found in it.
    pub findings: Vec<Finding>,
    /// The address of its content, in hexadecimal digits.
    pub content_hash: String,
    /// The size of the data.
    pub size_bytes: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// How a client names a record.
#[derive(Debug, Clone)]
pub enum RecordName {
    /// By the minted id.
    Id(RecordId),
    /// By its own id.
    External(String),
}

/// One record, if it was there at a moment.
///
/// # Errors
/// `DatasetNotFound`, `RecordNotFound`, or a fault.
#[tracing::instrument(name = "queries.record.get", skip_all)]
pub async fn get(
    queries: &Queries,
    permit: &Permit<act::RecordRead>,
    name: &RecordName,
    moment: Moment,
) -> Result<RecordView, QueryError> {
    let (tenant, dataset) = (permit.principal().tenant, permit.target());
    let key = match name {
        RecordName::Id(id) => RecordKey::Id(*id),
        RecordName::External(text) => {
            let keys = queries
                .keys
                .dataset_keys(tenant, dataset)
                .await
                .map_err(|error| match error {
                    KeyError::NoScopeKey { .. } | KeyError::NoTenantKey { .. } => QueryError::DatasetNotFound,
                    error => error.into(),
                })?;
            RecordKey::ExternalId(keys.lookup.hash(field::RECORD_EXTERNAL_ID, text.as_bytes()))
        }
    };
    queries.require_then(permit, moment).await?;
    let mut transaction = queries.database.begin_tenant(tenant).await?;
    let care = queries.record_care(&mut transaction, permit, moment).await?;
    let row = find_record(&mut transaction, dataset, key, moment.position())
        .await?
        .ok_or(QueryError::RecordNotFound)?;
    check_subject(&row)?;
    let addresses = [address(&row)?];
    let envelopes = Contents::load(&mut transaction, dataset, &addresses).await?;
    transaction.commit().await?;
    let read = vec![RecordId::from_uuid(row.record_id)];
    record_reads(queries, permit, care, read).await?;
    Reader {
        queries,
        tenant,
        dataset,
        envelopes,
    }
    .open(row)
    .await
}

/// What its subject has to say about a record.
fn check_subject(row: &RecordRow) -> Result<(), QueryError> {
    match row.subject_status.as_deref() {
        Some("erased") => Err(QueryError::Erased),
        Some("restricted") => Err(QueryError::Restricted),
        _ => Ok(()),
    }
}

/// One page of records.
#[derive(Debug)]
pub struct RecordPage {
    /// The records.
    pub records: Vec<RecordView>,
    /// Whether others follow.
    pub more: bool,
}

/// The records that a dataset holds, or held at a moment, in the order in which they were added: at most `limit`, and
/// fewer when they are large.
///
/// # Errors
/// `DatasetNotFound`, or a fault.
#[tracing::instrument(name = "queries.record.list", skip_all)]
pub async fn list(
    queries: &Queries,
    permit: &Permit<act::RecordRead>,
    mut filter: RecordFilter,
    moment: Moment,
    limit: usize,
) -> Result<RecordPage, QueryError> {
    let (tenant, dataset) = (permit.principal().tenant, permit.target());
    queries.require_then(permit, moment).await?;
    let mut transaction = queries.database.begin_tenant(tenant).await?;
    let care = queries.record_care(&mut transaction, permit, moment).await?;
    filter.until = moment.position();
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = list_records(&mut transaction, dataset, &filter, one_more).await?;
    let fitting = fitting(&rows).min(limit);
    let more = rows.len() > fitting;
    rows.truncate(fitting);
    let addresses = rows.iter().map(address).collect::<Result<Vec<_>, _>>()?;
    let envelopes = Contents::load(&mut transaction, dataset, &addresses).await?;
    transaction.commit().await?;
    let read = rows
        .iter()
        .map(|row| RecordId::from_uuid(row.record_id))
        .collect();
    record_reads(queries, permit, care, read).await?;
    let reader = Reader {
        queries,
        tenant,
        dataset,
        envelopes,
    };
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        match reader.open(row).await {
            // it was in the list a moment ago
            Err(QueryError::Erased) => {}
            opened => records.push(opened?),
        }
    }
    Ok(RecordPage { records, more })
}

/// How much was found in a record.
fn findings(row: &RecordRow) -> u64 {
    row.pii_counts
        .as_object()
        .into_iter()
        .flat_map(|counts| counts.values())
        .filter_map(Value::as_u64)
        .sum()
}

/// A read that is not taken down is not answered. That of a sensitive dataset is answered when its event is durable.
async fn record_reads(
    queries: &Queries,
    permit: &Permit<act::RecordRead>,
    care: Sensitivity,
    records: Vec<RecordId>,
) -> Result<(), QueryError> {
    if records.is_empty() {
        return Ok(());
    }
    let principal = permit.principal();
    let access = Access::Read {
        actor: principal.actor(),
        approval: principal.approval,
        dataset: permit.target(),
        records,
    };
    match care {
        Sensitivity::Sensitive => queries.recorder.record_durably(principal.tenant, access).await?,
        Sensitivity::Normal => queries.recorder.record(principal.tenant, access).await?,
    }
    Ok(())
}

/// How many of the first rows fit into a page's bytes; one always does.
fn fitting(rows: &[RecordRow]) -> usize {
    let mut bytes = 0_u64;
    let fits = |row: &&RecordRow| {
        bytes += row.size_bytes.unsigned_abs() + findings(row) * FINDING_BYTES;
        bytes <= MAX_PAGE_BYTES
    };
    rows.iter().take_while(fits).count().max(1)
}

fn address(row: &RecordRow) -> Result<KeyedHash, QueryError> {
    let bytes = <[u8; 32]>::try_from(row.content.as_slice()).map_err(|_| QueryError::ContentMissing)?;
    Ok(KeyedHash::from_bytes(bytes))
}

struct Reader<'a> {
    queries: &'a Queries,
    tenant: TenantId,
    dataset: DatasetId,
    envelopes: HashMap<KeyedHash, Vec<u8>>,
}

impl Reader<'_> {
    /// A record whose subject was erased since its row was read is gone.
    async fn open(&self, row: RecordRow) -> Result<RecordView, QueryError> {
        let has_subject = row.subject_id.is_some();
        self.open_row(row).await.map_err(|error| match error {
            QueryError::Key(KeyError::NoKey { .. } | KeyError::NoScopeKey { .. }) if has_subject => {
                QueryError::Erased
            }
            error => error,
        })
    }

    async fn open_row(&self, row: RecordRow) -> Result<RecordView, QueryError> {
        let id = RecordId::from_uuid(row.record_id);
        let subject = row.subject_id.map(SubjectId::from_uuid);
        let scope = subject.map_or(Scope::Dataset(self.dataset), Scope::Subject);
        let address = address(&row)?;
        let content = ContentAddress::from_bytes(*address.as_bytes());
        let framed = if let Some(sealed) = self.envelopes.get(&address) {
            self.open_envelope(scope, Label::Content(content), sealed).await?
        } else {
            let tenant = self.tenant;
            let place = ContentPlace { tenant, scope };
            self.queries.contents.get(place, content).await?
        };
        let (findings, data) = unframe(&framed)?;
        Ok(RecordView {
            id,
            subject,
            external_id: self
                .text(scope, id, field::RECORD_EXTERNAL_ID, row.external_id.as_deref())
                .await?,
            data: RawValue::from_string(data.to_owned())?,
            metadata: self
                .metadata(scope, id, row.metadata, row.metadata_sealed.as_deref())
                .await?,
            findings: serde_json::from_str(findings)?,
            content_hash: address.to_string(),
            size_bytes: row.size_bytes,
            created_at: row.created_at,
        })
    }

    /// The whole metadata: the row's, unless something was found in it.
    async fn metadata(
        &self,
        scope: Scope,
        id: RecordId,
        clean: Option<Value>,
        sealed: Option<&[u8]>,
    ) -> Result<Option<Value>, QueryError> {
        match self.text(scope, id, field::RECORD_METADATA, sealed).await? {
            Some(text) => Ok(Some(serde_json::from_str(&text)?)),
            None => Ok(clean),
        }
    }

    async fn text(
        &self,
        scope: Scope,
        id: RecordId,
        name: &'static str,
        sealed: Option<&[u8]>,
    ) -> Result<Option<String>, QueryError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let opened = self
            .open_envelope(scope, Label::FieldOf(name, id.as_uuid()), sealed)
            .await?;
        Ok(Some(String::from_utf8_lossy(&opened).into_owned()))
    }

    async fn open_envelope(
        &self,
        scope: Scope,
        label: Label,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, QueryError> {
        let key = self
            .queries
            .keys
            .data_key(self.tenant, envelope::key_id(sealed)?)
            .await?;
        let context = SealContext {
            tenant: self.tenant,
            scope,
            label,
        };
        Ok(key.open(&context, sealed)?)
    }
}
