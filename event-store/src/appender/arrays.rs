//! A batch as the arrays that the SQL function `append_batch` takes.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Postgres, postgres::PgArguments, query::QueryAs};
use uuid::Uuid;

use crate::{
    append::{Append, Claim, GuardState, SideRows},
    hash::{BatchMacKey, HashedEvent},
};

/// What the function answers.
#[derive(sqlx::FromRow)]
pub(super) struct Verdict {
    pub(super) head_position: i64,
    pub(super) head_recorded_at: Option<DateTime<Utc>>,
    pub(super) statuses: Option<Vec<i32>>,
    pub(super) actual_sequences: Option<Vec<i64>>,
    pub(super) taken_claims: Option<Vec<i32>>,
    pub(super) taken_holders: Option<Vec<Uuid>>,
}

/// The call, with as many parameters as the function has.
pub(super) const CALL: &str = "SELECT * FROM append_batch(\
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
    $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, \
    $47)";

/// The arrays of one batch, by the prefixes that the function documents.
#[derive(Default)]
pub(super) struct Arrays<'a> {
    a_tenant: Vec<Uuid>,
    a_type: Vec<&'a str>,
    a_stream: Vec<String>,
    a_expected: Vec<i64>,
    t_tenant: Vec<Uuid>,
    t_events: Vec<i32>,
    e_append: Vec<i32>,
    e_tenant: Vec<i32>,
    e_tenant_ordinal: Vec<i32>,
    e_sequence: Vec<i64>,
    e_event_type: Vec<&'a str>,
    e_event_version: Vec<String>,
    e_payload: Vec<&'a str>,
    e_metadata: Vec<&'a str>,
    e_id: Vec<Uuid>,
    g: GuardArrays<'a>,
    s: GuardArrays<'a>,
    s_open: Vec<bool>,
    c: ClaimArrays<'a>,
    c_holder: Vec<Uuid>,
    r: ClaimArrays<'a>,
    x_append: Vec<i32>,
    x_dataset: Vec<Uuid>,
    x_address: Vec<&'a [u8]>,
    x_ciphertext: Vec<&'a [u8]>,
    i_append: Vec<i32>,
    i_key: Vec<&'a [u8]>,
    i_body: Vec<&'a [u8]>,
    i_status: Vec<i16>,
    i_event: Vec<Uuid>,
    i_expires_at: Vec<DateTime<Utc>>,
    k_append: Vec<i32>,
    k_rows: Vec<serde_json::Value>,
}

#[derive(Default)]
struct GuardArrays<'a> {
    append: Vec<i32>,
    guard_type: Vec<&'a str>,
    id: Vec<Uuid>,
}

#[derive(Default)]
struct ClaimArrays<'a> {
    append: Vec<i32>,
    claim_type: Vec<&'a str>,
    scope: Vec<Uuid>,
    key: Vec<&'a [u8]>,
}

impl<'a> ClaimArrays<'a> {
    fn push(&mut self, append: i32, claim: &'a Claim) {
        self.append.push(append);
        self.claim_type.push(claim.claim_type);
        self.scope.push(claim.scope);
        self.key.push(claim.key.as_bytes());
    }
}

/// A one-based number of an append; batches are far smaller than its range.
fn number(index: usize) -> i32 {
    i32::try_from(index + 1).unwrap_or(i32::MAX)
}

impl<'a> Arrays<'a> {
    /// Lays a batch out. What depends on the stamp comes with [`Self::stamp`].
    pub(super) fn new(appends: &[&'a Append]) -> Self {
        let mut arrays = Self::default();
        for (index, append) in appends.iter().enumerate() {
            arrays.push(number(index), append);
        }
        arrays
    }

    fn push(&mut self, n: i32, append: &'a Append) {
        self.a_tenant.push(append.tenant.as_uuid());
        self.a_type.push(append.stream.aggregate_type);
        self.a_stream.push(append.stream.aggregate_id.to_string());
        self.a_expected.push(append.expected_sequence.cast_signed());
        self.push_events(n, append);
        for guard in &append.needs_open {
            self.g.append.push(n);
            self.g.guard_type.push(guard.guard_type);
            self.g.id.push(guard.id);
        }
        for (guard, state) in &append.sets {
            self.s.append.push(n);
            self.s.guard_type.push(guard.guard_type);
            self.s.id.push(guard.id);
            self.s_open.push(*state == GuardState::Open);
        }
        for claim in &append.takes {
            self.c.push(n, claim);
            self.c_holder.push(claim.holder);
        }
        for claim in &append.releases {
            self.r.push(n, claim);
        }
        self.push_rows(n, append);
    }

    fn push_events(&mut self, n: i32, append: &'a Append) {
        let tenant = self.tenant_number(append.tenant.as_uuid());
        for (event, sequence) in append.events.iter().zip(append.expected_sequence + 1..) {
            self.t_events[tenant] += 1;
            self.e_append.push(n);
            self.e_tenant.push(number(tenant));
            self.e_tenant_ordinal.push(self.t_events[tenant]);
            self.e_sequence.push(sequence.cast_signed());
            self.e_event_type.push(&event.event_type);
            self.e_event_version.push(event.event_version.to_string());
            self.e_payload.push(&event.payload);
            self.e_metadata.push(&append.metadata);
            self.e_id.push(event.id.as_uuid());
        }
    }

    /// The index of a tenant among the batch's tenants; a batch has few.
    fn tenant_number(&mut self, tenant: Uuid) -> usize {
        self.t_tenant.iter().rposition(|known| *known == tenant).unwrap_or_else(|| {
            self.t_tenant.push(tenant);
            self.t_events.push(0);
            self.t_tenant.len() - 1
        })
    }

    fn push_rows(&mut self, n: i32, append: &'a Append) {
        for content in &append.rows.contents {
            self.x_append.push(n);
            self.x_dataset.push(content.dataset.as_uuid());
            self.x_address.push(content.address.as_bytes());
            self.x_ciphertext.push(&content.ciphertext);
        }
        if let Some(row) = &append.rows.idempotency {
            self.i_append.push(n);
            self.i_key.push(row.key.as_bytes());
            self.i_body.push(row.body.as_bytes());
            self.i_status.push(row.status.cast_signed());
            self.i_event.push(append.first_event_id().as_uuid());
            self.i_expires_at.push(row.expires_at);
        }
        if let Some(rows) = rare_rows(append.tenant.as_uuid(), &append.rows) {
            self.k_append.push(n);
            self.k_rows.push(rows);
        }
    }

    /// Hashes every event as recorded at this time.
    pub(super) fn hashes(&self, appends: &[&Append], recorded_at: DateTime<Utc>) -> Vec<[u8; 32]> {
        let mut buffer = String::with_capacity(1024);
        let mut hashes = Vec::with_capacity(self.e_id.len());
        let mut id_buffer = [0; uuid::fmt::Hyphenated::LENGTH];
        for (index, id) in self.e_id.iter().enumerate() {
            let append = (self.e_append[index] - 1).unsigned_abs() as usize;
            let event = HashedEvent {
                aggregate_type: self.a_type[append],
                aggregate_id: &self.a_stream[append],
                sequence: self.e_sequence[index].unsigned_abs(),
                event_type: self.e_event_type[index],
                event_version: &self.e_event_version[index],
                payload: self.e_payload[index],
                metadata: self.e_metadata[index],
                event_id: id.hyphenated().encode_lower(&mut id_buffer),
                tenant_id: appends[append].tenant,
                recorded_at,
            };
            hashes.push(event.hash(&mut buffer));
        }
        hashes
    }

    /// The call with every argument bound.
    pub(super) fn query<'q>(
        &'q self,
        recorded_at: DateTime<Utc>,
        hashes: &'q [[u8; 32]],
        mac_key: &BatchMacKey,
    ) -> QueryAs<'q, Postgres, Verdict, PgArguments> {
        let mac = mac_key.mac(hashes.iter().map(<[u8; 32]>::as_slice));
        let at = |n: &i32| (n - 1).unsigned_abs() as usize;
        let e_type: Vec<&str> = self.e_append.iter().map(|n| self.a_type[at(n)]).collect();
        let e_stream: Vec<&str> = self.e_append.iter().map(|n| self.a_stream[at(n)].as_str()).collect();
        let query = sqlx::query_as(CALL).bind(recorded_at).bind(mac.to_vec());
        let query = query.bind(&self.a_tenant).bind(&self.a_type).bind(&self.a_stream).bind(&self.a_expected);
        let query = query.bind(&self.t_tenant);
        let query = query.bind(&self.e_append).bind(&self.e_tenant).bind(&self.e_tenant_ordinal);
        let query = query.bind(e_type).bind(e_stream).bind(&self.e_sequence);
        let query = query.bind(&self.e_event_type).bind(&self.e_event_version).bind(&self.e_payload);
        let query = query.bind(&self.e_metadata).bind(&self.e_id).bind(hashes);
        let query = query.bind(&self.g.append).bind(&self.g.guard_type).bind(&self.g.id);
        let query = query.bind(&self.s.append).bind(&self.s.guard_type).bind(&self.s.id).bind(&self.s_open);
        let query = query.bind(&self.c.append).bind(&self.c.claim_type).bind(&self.c.scope).bind(&self.c.key);
        let query = query.bind(&self.c_holder);
        let query = query.bind(&self.r.append).bind(&self.r.claim_type).bind(&self.r.scope).bind(&self.r.key);
        let query = query.bind(&self.x_append).bind(&self.x_dataset).bind(&self.x_address);
        let query = query.bind(&self.x_ciphertext);
        let query = query.bind(&self.i_append).bind(&self.i_key).bind(&self.i_body).bind(&self.i_status);
        let query = query.bind(&self.i_event).bind(&self.i_expires_at);
        query.bind(&self.k_append).bind(&self.k_rows)
    }

    /// Which of an append's own claims the claim with this one-based number of the batch is.
    pub(super) fn claim_index(&self, claim_number: i32) -> Option<(usize, usize)> {
        let index = usize::try_from(claim_number - 1).ok()?;
        let append = *self.c.append.get(index)?;
        let first = self.c.append.iter().position(|n| *n == append)?;
        Some(((append - 1).unsigned_abs() as usize, index - first))
    }
}

/// The rows for which no array exists, as one JSON object; `None` when there are none.
fn rare_rows(tenant: Uuid, rows: &SideRows) -> Option<serde_json::Value> {
    let bytea = |bytes: &[u8]| format!("\\x{}", hex::encode(bytes));
    if rows.tenants.is_empty()
        && rows.tenant_keys.is_empty()
        && rows.data_keys.is_empty()
        && rows.credentials.is_empty()
    {
        return None;
    }
    let tenants = rows.tenants.iter().map(|row| json!({"tenant_id": tenant, "created_at": row.created_at}));
    let tenant_keys = rows.tenant_keys.iter().map(|row| {
        json!({
            "tenant_id": tenant, "key_id": row.key_id, "kms_provider": row.kms_provider, "kms_key": row.kms_key,
            "wrapped": bytea(&row.wrapped), "created_at": row.created_at,
        })
    });
    let data_keys = rows.data_keys.iter().map(|row| {
        json!({
            "tenant_id": tenant, "key_id": row.key_id, "scope_type": row.scope_type, "scope_id": row.scope_id,
            "purpose": row.purpose, "generation": row.generation, "wrapped": bytea(&row.wrapped),
            "created_at": row.created_at,
        })
    });
    let credentials = rows.credentials.iter().map(|row| {
        json!({
            "tenant_id": tenant, "user_id": row.user_id, "email_hash": bytea(&row.email_hash),
            "password_hash": row.password_hash, "roles": row.roles, "created_at": row.created_at,
        })
    });
    Some(json!({
        "tenants": tenants.collect::<Vec<_>>(),
        "tenant_keys": tenant_keys.collect::<Vec<_>>(),
        "data_keys": data_keys.collect::<Vec<_>>(),
        "credentials": credentials.collect::<Vec<_>>(),
    }))
}
