//! Which approvals are shown.

use vault_access::{Asker, Refusal, TenantWide};
use vault_http::Problem;
use vault_queries::approval::Shown;

use crate::state::{ReadState, away};

/// Whoever may see everybody's approvals sees them all, and others those that they asked for.
pub(super) async fn shown(state: &ReadState, asker: &Asker) -> Result<Shown, Problem> {
    match state.authorizer.permit(asker, TenantWide).await {
        Ok(permit) => Ok(Shown::All(permit)),
        Err(Refusal::Denied(_)) => state.permit(asker, TenantWide).await.map(Shown::Own),
        Err(Refusal::Away(error)) => Err(away(error)),
    }
}
