//! `vault-server keys rotate`

use anyhow::Context;
use chrono::TimeDelta;
use serde_json::json;
use vault_commands::key::rotate_as_operator;
use vault_domain::{KeyId, TenantId};
use vault_event_store::KeyRows;

use super::{Report, RotateArgs};
use crate::{parts::Parts, rotation::rotate_old};

pub(super) async fn rotate(parts: &Parts, args: &RotateArgs) -> anyhow::Result<Report> {
    if let Some(days) = args.older_than_days {
        let rows = KeyRows::new(parts.database().clone());
        let before = parts.clock.now() - TimeDelta::days(i64::from(days));
        let rotated = rotate_old(&parts.vault, &rows, before).await?;
        return Ok(Report {
            text: format!("{rotated} keys were rotated."),
            json: json!({ "rotated": rotated }),
        });
    }
    let (tenant, key) = args.tenant.zip(args.key).context("no key is named")?;
    let (tenant, key) = (TenantId::from_uuid(tenant), KeyId::from_uuid(key));
    let new = rotate_as_operator(&parts.vault, tenant, key).await?.value;
    Ok(Report {
        text: format!(
            "Key {} of generation {} seals from now on.",
            new.key_id, new.generation
        ),
        json: json!({ "id": new.key_id, "previous_id": new.previous, "generation": new.generation }),
    })
}
