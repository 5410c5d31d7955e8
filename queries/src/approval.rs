//! Questions about approvals by a second person. They are one aggregate: there is no read model.

use chrono::{DateTime, Utc};
use vault_access::{Permit, act};
use vault_crypto::{Label, Scope, SealContext, envelope};
use vault_domain::{
    ApprovalId, Sealed, TenantId, UserId,
    approval::{Approval, ApprovalView, Approvals},
    field,
};

use crate::{Queries, error::QueryError};

/// Whose approvals are shown.
#[derive(Debug)]
pub enum Shown {
    /// The caller's own.
    Own(Permit<act::ApprovalRequest>),
    /// Everybody's.
    All(Permit<act::ApprovalRead>),
}

impl Shown {
    const fn tenant(&self) -> TenantId {
        match self {
            Self::Own(permit) => permit.principal().tenant,
            Self::All(permit) => permit.principal().tenant,
        }
    }

    const fn user(&self) -> Option<UserId> {
        match self {
            Self::Own(permit) => Some(permit.principal().user),
            Self::All(_) => None,
        }
    }

    fn includes(&self, approval: &Approval) -> bool {
        self.user()
            .is_none_or(|user| approval.wish.requester.user() == Some(user))
    }
}

/// Which approvals are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Whatever became of them.
    Any,
    /// Those on which somebody may decide.
    Open,
    /// Those by which something may be done now.
    InForce,
    /// What was done without a second person, and nobody has reviewed.
    ToReview,
}

impl Wanted {
    fn includes(self, approval: &Approval, now: DateTime<Utc>) -> bool {
        match self {
            Self::Any => true,
            Self::Open => approval.is_open(now),
            Self::InForce => approval.is_in_force(now),
            Self::ToReview => approval.is_unreviewed(),
        }
    }
}

/// At most `limit` approvals after one of them, in the order in which they were asked for.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.approval.list", skip_all)]
pub async fn list(
    queries: &Queries,
    shown: &Shown,
    wanted: Wanted,
    after: Option<ApprovalId>,
    limit: usize,
) -> Result<Vec<ApprovalView>, QueryError> {
    let tenant = shown.tenant();
    let loaded = queries.store.load::<Approvals>(tenant, tenant.as_uuid()).await?;
    let now = queries.clock.now();
    let mut approvals: Vec<&Approval> = loaded.aggregate.all().iter().collect();
    approvals.sort_by_key(|approval| approval.id);
    let page = approvals
        .into_iter()
        .filter(|approval| after.is_none_or(|after| approval.id > after))
        .filter(|approval| shown.includes(approval) && wanted.includes(approval, now))
        .take(limit);
    let mut views = Vec::new();
    for approval in page {
        views.push(view(queries, tenant, approval, now).await?);
    }
    Ok(views)
}

/// One approval, if it is shown to the caller.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.approval.get", skip_all)]
pub async fn get(
    queries: &Queries,
    shown: &Shown,
    id: ApprovalId,
) -> Result<Option<ApprovalView>, QueryError> {
    let tenant = shown.tenant();
    let loaded = queries.store.load::<Approvals>(tenant, tenant.as_uuid()).await?;
    match loaded
        .aggregate
        .get(id)
        .filter(|approval| shown.includes(approval))
    {
        Some(approval) => view(queries, tenant, approval, queries.clock.now())
            .await
            .map(Some),
        None => Ok(None),
    }
}

async fn view(
    queries: &Queries,
    tenant: TenantId,
    approval: &Approval,
    now: DateTime<Utc>,
) -> Result<ApprovalView, QueryError> {
    let open = async |name, text: &Sealed| -> Result<String, QueryError> {
        let key_id = envelope::key_id(text.envelope())?;
        let key = queries.keys.upkeep_key(tenant, key_id).await?;
        let context = SealContext {
            tenant,
            scope: Scope::Tenant,
            label: Label::FieldOf(name, approval.id.as_uuid()),
        };
        let opened = key.open_value(&context, text)?;
        Ok(String::from_utf8_lossy(&opened).into_owned())
    };
    let note = match approval.note() {
        Some(note) => Some(open(field::APPROVAL_NOTE, note).await?),
        None => None,
    };
    Ok(ApprovalView {
        approval: approval.clone(),
        reason: open(field::APPROVAL_REASON, &approval.wish.reason).await?,
        note,
        now,
    })
}
