//! Comparing two copies of a read model at the same position.

use std::{cmp::Ordering, collections::BTreeMap};

use futures::{Stream, StreamExt as _};
use sqlx::PgConnection;
use uuid::Uuid;
use vault_domain::TenantId;

use crate::{copies::Copy, error::ProjectionError, rebuild::RebuildProgress};

/// The most rows that a comparison names.
const MAX_EXAMPLES: usize = 10;

/// How a new copy differs from the one that serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The position at which both stood.
    pub position: u64,
    /// How many rows serve.
    pub rows: u64,
    /// How many tenants have rows that differ.
    pub tenants: u64,
    /// Rows that serve and are not in the new copy.
    pub missing: u64,
    /// Rows of the new copy that do not serve.
    pub extra: u64,
    /// Rows that are in both and not equal.
    pub changed: u64,
    /// Some of them, by their keys.
    pub examples: Vec<Difference>,
}

impl Comparison {
    /// Whether both copies hold the same.
    #[must_use]
    pub const fn is_same(&self) -> bool {
        self.tenants == 0
    }

    fn add(&mut self, tenant: TenantId, kind: DifferenceKind, key: &str) {
        match kind {
            DifferenceKind::Missing => self.missing += 1,
            DifferenceKind::Extra => self.extra += 1,
            DifferenceKind::Changed => self.changed += 1,
        }
        if self.examples.len() < MAX_EXAMPLES {
            let key = key.to_owned();
            self.examples.push(Difference { tenant, kind, key });
        }
    }
}

/// A row that differs. Its values are not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Whose it is.
    pub tenant: TenantId,
    /// How it differs.
    pub kind: DifferenceKind,
    /// Its primary key: ids, with `/` between them.
    pub key: String,
}

/// How a row differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The new copy does not have it.
    Missing,
    /// Only the new copy has it.
    Extra,
    /// Both have it, and not alike.
    Changed,
}

impl DifferenceKind {
    /// A word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Changed => "changed",
        }
    }
}

/// A row's key and the hash of all that it holds.
type HashedRow = Result<(String, i64), sqlx::Error>;

/// Compares a copy with the one that serves, after bringing it to where that stands.
///
/// The serving rows are read as they were at one moment, so the projector goes on meanwhile.
pub(crate) async fn compare(
    copy: &mut Copy<'_>,
    report: &mut impl FnMut(RebuildProgress),
) -> Result<Comparison, ProjectionError> {
    let model = copy.projection.name();
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
    let mut serving = copy.database.writer.begin_with(begin).await?;
    // rows and checkpoint are of one moment
    let position: i64 =
        sqlx::query_scalar("SELECT position FROM projection_checkpoints WHERE projection = $1")
            .bind(model)
            .fetch_one(&mut *serving)
            .await?;
    copy.advance_to(position.unsigned_abs(), report).await?;
    let mut fresh = copy.database.writer.begin_with(begin).await?;

    let (old, new) = (
        format!("read_models.{model}"),
        format!("{}.{model}", copy.kind.schema()),
    );
    let old_sums = sums(&mut serving, &old).await?;
    let new_sums = sums(&mut fresh, &new).await?;
    let mut comparison = Comparison {
        position: position.unsigned_abs(),
        rows: old_sums.values().map(|(rows, _)| rows.unsigned_abs()).sum(),
        ..Comparison::default()
    };
    let key = key_columns(&mut serving, model).await?;
    let tenants = old_sums
        .keys()
        .chain(new_sums.keys().filter(|tenant| !old_sums.contains_key(tenant)));
    for tenant in tenants.filter(|tenant| old_sums.get(tenant) != new_sums.get(tenant)) {
        comparison.tenants += 1;
        let (old_query, new_query) = (rows_query(&old, &key), rows_query(&new, &key));
        let old_rows = sqlx::query_as(&old_query).bind(tenant).fetch(&mut *serving);
        let new_rows = sqlx::query_as(&new_query).bind(tenant).fetch(&mut *fresh);
        merge(old_rows, new_rows, TenantId::from_uuid(*tenant), &mut comparison).await?;
    }
    fresh.rollback().await?;
    serving.rollback().await?;
    Ok(comparison)
}

/// How many rows each tenant has, and a sum over them that does not depend on their order.
async fn sums(
    connection: &mut PgConnection,
    table: &str,
) -> Result<BTreeMap<Uuid, (i64, String)>, sqlx::Error> {
    let query = format!(
        "SELECT tenant_id, count(*), sum(hashtextextended(t::text, 0)::numeric)::text FROM {table} t GROUP BY tenant_id"
    );
    let sums: Vec<(Uuid, i64, String)> = sqlx::query_as(&query).fetch_all(connection).await?;
    Ok(sums
        .into_iter()
        .map(|(tenant, rows, sum)| (tenant, (rows, sum)))
        .collect())
}

/// The columns of a read model's primary key, as SQL names them.
async fn key_columns(connection: &mut PgConnection, model: &str) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT string_agg(format('%I', a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum)) \
         FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
         WHERE i.indrelid = format('read_models.%I', $1)::regclass AND i.indisprimary",
    )
    .bind(model)
    .fetch_one(connection)
    .await
}

fn rows_query(table: &str, key: &str) -> String {
    format!(
        "SELECT concat_ws('/', {key}) COLLATE \"C\", hashtextextended(t::text, 0) FROM {table} t \
         WHERE tenant_id = $1 ORDER BY 1"
    )
}

/// Goes through the rows of both copies in the order of their keys.
async fn merge(
    mut old_rows: impl Stream<Item = HashedRow> + Unpin,
    mut new_rows: impl Stream<Item = HashedRow> + Unpin,
    tenant: TenantId,
    comparison: &mut Comparison,
) -> Result<(), sqlx::Error> {
    let (mut old, mut new) = (
        old_rows.next().await.transpose()?,
        new_rows.next().await.transpose()?,
    );
    loop {
        let order = match (&old, &new) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old_key, _)), Some((new_key, _))) => old_key.cmp(new_key),
        };
        let (row, kind) = match order {
            Ordering::Less => (&old, DifferenceKind::Missing),
            Ordering::Greater => (&new, DifferenceKind::Extra),
            Ordering::Equal => (&new, DifferenceKind::Changed),
        };
        if let Some((key, _)) = row.as_ref().filter(|_| order != Ordering::Equal || old != new) {
            comparison.add(tenant, kind, key);
        }
        if order != Ordering::Greater {
            old = old_rows.next().await.transpose()?;
        }
        if order != Ordering::Less {
            new = new_rows.next().await.transpose()?;
        }
    }
}
