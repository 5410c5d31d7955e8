//! `vault-server keys destroy`

use serde_json::json;
use vault_commands::key::destroy_as_operator;
use vault_domain::{KeyId, TenantId};

use super::{DestroyArgs, Report};
use crate::parts::Parts;

pub(super) async fn destroy_key(parts: &Parts, args: &DestroyArgs) -> anyhow::Result<Report> {
    let (tenant, key) = (TenantId::from_uuid(args.tenant), KeyId::from_uuid(args.key));
    let destroyed = destroy_as_operator(&parts.vault, tenant, key).await?.key_id;
    Ok(Report {
        text: format!(
            "Key {destroyed} was destroyed: what it sealed opens no more.\nBackups from before hold it, wrapped."
        ),
        json: json!({ "id": destroyed }),
    })
}
