//! A batch as the arrays that the SQL function `append_batch` takes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::Sha256;
use sqlx::{Arguments as _, Encode, Postgres, Type, error::BoxDynError, postgres::PgArguments};
use uuid::Uuid;
use vault_domain::TenantId;

use super::json_text::JsonText;
use crate::{
    append::{Append, Claim, Guard, GuardState, SideRows, SubjectRecordRow},
    hash::{BatchMacKey, HashEnding},
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
    a_tenant_number: Vec<i32>,
    a_type: Vec<&'a str>,
    a_stream: Vec<String>,
    a_expected: Vec<i64>,
    a_metadata: Vec<JsonText<'a>>,
    t_tenant: Vec<Uuid>,
    t_events: Vec<i32>,
    e_append: Vec<i32>,
    e_tenant_ordinal: Vec<i32>,
    e_sequence: Vec<i64>,
    e_event_type: Vec<&'a str>,
    e_event_version: Vec<&'a str>,
    e_payload: Vec<JsonText<'a>>,
    e_id: Vec<Uuid>,
    e_begun_hash: Vec<&'a Sha256>,
    g: NeededGuards<'a>,
    n_append: Vec<i32>,
    n_guard: Vec<i32>,
    s_append: Vec<i32>,
    s_type: Vec<&'a str>,
    s_id: Vec<Uuid>,
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

/// Guards, each once however many appends need it: most of a batch goes to few datasets.
#[derive(Default)]
struct NeededGuards<'a> {
    tenant: Vec<Uuid>,
    guard_type: Vec<&'a str>,
    id: Vec<Uuid>,
    numbers: HashMap<(Uuid, Guard), i32>,
}

impl NeededGuards<'_> {
    fn number(&mut self, tenant: Uuid, guard: &Guard) -> i32 {
        let next = number(self.id.len());
        let number = *self.numbers.entry((tenant, *guard)).or_insert(next);
        if number == next {
            self.tenant.push(tenant);
            self.guard_type.push(guard.guard_type);
            self.id.push(guard.id);
        }
        number
    }
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

    fn add(&self, to: &mut PgArguments) -> Result<(), BoxDynError> {
        add_unless_empty(to, &self.append)?;
        add_unless_empty(to, &self.claim_type)?;
        add_unless_empty(to, &self.scope)?;
        add_unless_empty(to, &self.key)
    }
}

/// Adds an array, or NULL for one without elements: PL/pgSQL gives each array that it is given a memory context.
fn add_unless_empty<'a, T>(to: &mut PgArguments, array: &'a Vec<T>) -> Result<(), BoxDynError>
where
    &'a Vec<T>: Encode<'a, Postgres> + Type<Postgres>,
{
    to.add((!array.is_empty()).then_some(array))
}

/// A one-based number of an append; batches are far smaller than its range.
fn number(index: usize) -> i32 {
    i32::try_from(index + 1).unwrap_or(i32::MAX)
}

impl<'a> Arrays<'a> {
    /// Lays a batch out. What depends on the time comes with [`Self::arguments`].
    pub(super) fn new(appends: &[&'a Append]) -> Self {
        let mut arrays = Self::default();
        for (index, append) in appends.iter().enumerate() {
            arrays.push(number(index), append);
        }
        arrays
    }

    fn push(&mut self, n: i32, append: &'a Append) {
        let tenant = self.tenant_number(append.tenant.as_uuid());
        self.a_tenant.push(append.tenant.as_uuid());
        self.a_tenant_number.push(number(tenant));
        self.a_type.push(append.stream.aggregate_type);
        self.a_stream.push(append.stream.aggregate_id.to_string());
        self.a_expected.push(append.expected_sequence.cast_signed());
        self.a_metadata.push(JsonText(&append.metadata));
        self.push_events(n, tenant, append);
        for guard in &append.needs_open {
            self.n_append.push(n);
            self.n_guard.push(self.g.number(append.tenant.as_uuid(), guard));
        }
        for (guard, state) in &append.sets {
            self.s_append.push(n);
            self.s_type.push(guard.guard_type);
            self.s_id.push(guard.id);
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

    fn push_events(&mut self, n: i32, tenant: usize, append: &'a Append) {
        for (event, sequence) in append.events.iter().zip(append.expected_sequence + 1..) {
            self.t_events[tenant] += 1;
            self.e_append.push(n);
            self.e_tenant_ordinal.push(self.t_events[tenant]);
            self.e_sequence.push(sequence.cast_signed());
            self.e_event_type.push(&event.event_type);
            self.e_event_version.push(&event.event_version);
            self.e_payload.push(JsonText(&event.payload));
            self.e_id.push(event.id.as_uuid());
            self.e_begun_hash.push(&event.begun_hash);
        }
    }

    /// The index of a tenant among the batch's tenants; a batch has few.
    fn tenant_number(&mut self, tenant: Uuid) -> usize {
        self.t_tenant
            .iter()
            .rposition(|known| *known == tenant)
            .unwrap_or_else(|| {
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
    fn hashes(&self, recorded_at: DateTime<Utc>) -> Vec<[u8; 32]> {
        let (ending, mut buffer) = (HashEnding::new(recorded_at), String::with_capacity(160));
        let event = |((begun, sequence), append): ((&&Sha256, &i64), &i32)| {
            let tenant = TenantId::from_uuid(self.a_tenant[index(*append)]);
            ending.finish(begun, sequence.unsigned_abs(), tenant, &mut buffer)
        };
        self.e_begun_hash
            .iter()
            .zip(&self.e_sequence)
            .zip(&self.e_append)
            .map(event)
            .collect()
    }

    /// Every argument of the call, as recorded at this time.
    pub(super) fn arguments(
        &self,
        recorded_at: DateTime<Utc>,
        mac_key: &BatchMacKey,
    ) -> Result<PgArguments, BoxDynError> {
        let hashes = self.hashes(recorded_at);
        let mac = mac_key.mac(hashes.iter().map(<[u8; 32]>::as_slice));
        let mut arguments = PgArguments::default();
        arguments.add(recorded_at)?;
        arguments.add(mac.as_slice())?;
        self.add_events(&mut arguments, &hashes)?;
        self.add_guards_and_claims(&mut arguments)?;
        self.add_rows(&mut arguments)?;
        Ok(arguments)
    }

    fn add_events(&self, to: &mut PgArguments, hashes: &[[u8; 32]]) -> Result<(), BoxDynError> {
        to.add(&self.a_tenant)?;
        to.add(&self.a_tenant_number)?;
        to.add(&self.a_type)?;
        to.add(&self.a_stream)?;
        to.add(&self.a_expected)?;
        to.add(&self.a_metadata)?;
        to.add(&self.t_tenant)?;
        to.add(&self.e_append)?;
        to.add(&self.e_tenant_ordinal)?;
        to.add(&self.e_sequence)?;
        to.add(&self.e_event_type)?;
        to.add(&self.e_event_version)?;
        to.add(&self.e_payload)?;
        to.add(&self.e_id)?;
        to.add(hashes)
    }

    fn add_guards_and_claims(&self, to: &mut PgArguments) -> Result<(), BoxDynError> {
        add_unless_empty(to, &self.g.tenant)?;
        add_unless_empty(to, &self.g.guard_type)?;
        add_unless_empty(to, &self.g.id)?;
        add_unless_empty(to, &self.n_append)?;
        add_unless_empty(to, &self.n_guard)?;
        add_unless_empty(to, &self.s_append)?;
        add_unless_empty(to, &self.s_type)?;
        add_unless_empty(to, &self.s_id)?;
        add_unless_empty(to, &self.s_open)?;
        self.c.add(to)?;
        add_unless_empty(to, &self.c_holder)?;
        self.r.add(to)
    }

    fn add_rows(&self, to: &mut PgArguments) -> Result<(), BoxDynError> {
        add_unless_empty(to, &self.x_append)?;
        add_unless_empty(to, &self.x_dataset)?;
        add_unless_empty(to, &self.x_address)?;
        add_unless_empty(to, &self.x_ciphertext)?;
        add_unless_empty(to, &self.i_append)?;
        add_unless_empty(to, &self.i_key)?;
        add_unless_empty(to, &self.i_body)?;
        add_unless_empty(to, &self.i_status)?;
        add_unless_empty(to, &self.i_event)?;
        add_unless_empty(to, &self.i_expires_at)?;
        add_unless_empty(to, &self.k_append)?;
        add_unless_empty(to, &self.k_rows)
    }
}

/// The index of what has this one-based number.
const fn index(number: i32) -> usize {
    (number - 1).unsigned_abs() as usize
}

/// The rows for which no array exists, as one JSON object; `None` when there are none.
fn rare_rows(tenant: Uuid, rows: &SideRows) -> Option<serde_json::Value> {
    if rows.tenants.is_empty()
        && rows.tenant_keys.is_empty()
        && rows.data_keys.is_empty()
        && rows.credentials.is_empty()
        && rows.subject_records.is_empty()
        && rows.erasure.is_none()
    {
        return None;
    }
    let tenants = rows
        .tenants
        .iter()
        .map(|row| json!({"tenant_id": tenant, "created_at": row.created_at}));
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
            "epoch_id": row.epoch_id, "created_at": row.created_at,
        })
    });
    let credentials = rows.credentials.iter().map(|row| {
        json!({
            "tenant_id": tenant, "user_id": row.user_id, "email_hash": bytea(&row.email_hash),
            "password_hash": row.password_hash, "roles": row.roles, "created_at": row.created_at,
        })
    });
    let mut all = json!({
        "tenants": tenants.collect::<Vec<_>>(),
        "tenant_keys": tenant_keys.collect::<Vec<_>>(),
        "data_keys": data_keys.collect::<Vec<_>>(),
        "credentials": credentials.collect::<Vec<_>>(),
        "subject_records": subject_records(tenant, rows),
    });
    if let Some(row) = &rows.erasure {
        all["erasures"] = json!([{
            "tenant_id": tenant, "subject_id": row.subject_id, "epoch_id": row.epoch_id, "erased_at": row.erased_at,
        }]);
    }
    Some(all)
}

fn bytea(bytes: &[u8]) -> String {
    format!("\\x{}", hex::encode(bytes))
}

fn subject_records(tenant: Uuid, rows: &SideRows) -> Vec<serde_json::Value> {
    let row = |row: &SubjectRecordRow| {
        json!({
            "tenant_id": tenant, "subject_id": row.subject_id, "record_id": row.record_id,
            "dataset_id": row.dataset_id, "address": bytea(&row.address), "size_bytes": row.size_bytes,
            "pii_counts": row.pii_counts, "external_id_hash": row.external_id_hash.as_deref().map(bytea),
        })
    };
    rows.subject_records.iter().map(row).collect()
}
