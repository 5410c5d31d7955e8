//! Side rows that are too rare for arrays of their own, as the SQL procedure `insert_rare_rows` takes them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    accounts::{ApiKeyRow, SecondFactorRow},
    append::{CredentialRow, SideRows, SubjectRecordRow},
};

/// The rows for which no array exists, as one JSON object; `None` when there are none.
pub(super) fn rare_rows(tenant: Uuid, rows: &SideRows) -> Option<Value> {
    if rows.tenants.is_empty()
        && rows.tenant_keys.is_empty()
        && rows.data_keys.is_empty()
        && rows.credentials.is_empty()
        && rows.api_keys.is_empty()
        && rows.second_factors.is_empty()
        && rows.subject_records.is_empty()
        && rows.erasure.is_none()
        && rows.rewrap.is_none()
        && rows.destroyed_key.is_none()
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
    let mut all = json!({
        "tenants": tenants.collect::<Vec<_>>(),
        "tenant_keys": tenant_keys.collect::<Vec<_>>(),
        "data_keys": data_keys.collect::<Vec<_>>(),
        "credentials": rows.credentials.iter().map(|row| credential(tenant, row)).collect::<Vec<_>>(),
        "api_keys": rows.api_keys.iter().map(|row| api_key(tenant, row)).collect::<Vec<_>>(),
        "second_factors": rows.second_factors.iter().map(|row| second_factor(tenant, row)).collect::<Vec<_>>(),
        "subject_records": rows.subject_records.iter().map(|row| subject_record(tenant, row)).collect::<Vec<_>>(),
    });
    if let Some(row) = &rows.erasure {
        all["erasures"] = json!([{
            "tenant_id": tenant, "subject_id": row.subject_id, "epoch_id": row.epoch_id, "erased_at": row.erased_at,
        }]);
    }
    if let Some(row) = &rows.rewrap {
        all["key_rewraps"] = json!([{
            "tenant_id": tenant, "key_id": row.key_id, "dataset_id": row.dataset, "state": "running",
            "after_address": bytea(&[]), "contents": 0, "size_bytes": 0, "started_at": row.started_at,
        }]);
    }
    if let Some(key) = rows.destroyed_key {
        all["destroyed_keys"] = json!([{ "tenant_id": tenant, "key_id": key }]);
    }
    Some(all)
}

fn subject_record(tenant: Uuid, row: &SubjectRecordRow) -> Value {
    json!({
        "tenant_id": tenant, "subject_id": row.subject_id, "record_id": row.record_id,
        "dataset_id": row.dataset_id, "address": bytea(&row.address), "size_bytes": row.size_bytes,
        "pii_counts": row.pii_counts, "external_id_hash": row.external_id_hash.as_deref().map(bytea),
    })
}

fn credential(tenant: Uuid, row: &CredentialRow) -> Value {
    json!({
        "tenant_id": tenant, "user_id": row.user_id, "email_hash": bytea(&row.email_hash),
        "password_hash": row.password_hash, "roles": row.roles, "created_at": row.created_at,
        "email": row.email.as_deref().map(bytea), "disabled_at": row.disabled_at,
        "invitation_hash": row.invitation_hash.as_deref().map(bytea), "invitation_until": row.invitation_until,
        "sessions_ended_at": row.sessions_ended_at,
    })
}

fn api_key(tenant: Uuid, row: &ApiKeyRow) -> Value {
    json!({
        "tenant_id": tenant, "key_id": row.key_id, "user_id": row.user_id, "secret_hash": bytea(&row.secret_hash),
        "hint": row.hint, "previous_hash": row.previous_hash.as_deref().map(bytea),
        "previous_until": row.previous_until, "name": bytea(&row.name), "scopes": row.scopes,
        "requests_per_s": row.requests_per_s, "created_at": row.created_at, "expires_at": row.expires_at,
        "rotated_at": row.rotated_at, "ended_at": row.ended_at, "is_revoked": row.is_revoked,
    })
}

fn second_factor(tenant: Uuid, row: &SecondFactorRow) -> Value {
    let codes = row.recovery_codes.iter().map(|code| bytea(code));
    json!({
        "tenant_id": tenant, "user_id": row.user_id, "secret": row.secret.as_deref().map(bytea),
        "confirmed_at": row.confirmed_at, "last_step": row.last_step, "recovery_codes": codes.collect::<Vec<_>>(),
    })
}

fn bytea(bytes: &[u8]) -> String {
    format!("\\x{}", hex::encode(bytes))
}
