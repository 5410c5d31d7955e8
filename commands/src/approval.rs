//! Use cases of approvals by a second person.

mod ask;
mod decide;
mod view;

pub use ask::{WishInput, break_glass, request, withdraw};
pub use decide::{give, refuse, review};

use vault_access::{Permit, Principal, act};
use vault_crypto::{Label, Scope, SealContext};
use vault_domain::{
    ApprovalId, ErrorCode, Operation, Sealed, TenantId,
    approval::{ApprovalCommand, ApprovalEvent, ApprovalView, Approvals},
    field,
};

use crate::{
    error::CommandError,
    request::{Request, Written},
    stream::StreamChange,
    vault::Vault,
};

/// The longest reason, and the longest note, in bytes.
const MAX_TEXT_BYTES: usize = 1_024;
const OK: u16 = 200;

/// What is to be done to a tenant's approvals.
struct Order<'a> {
    vault: &'a Vault,
    principal: &'a Principal,
    request: &'a Request,
    operation: Operation,
    status: u16,
}

impl<'a> Order<'a> {
    const fn of_decision(
        vault: &'a Vault,
        permit: &'a Permit<act::ApprovalDecide>,
        request: &'a Request,
        operation: Operation,
    ) -> Self {
        Self {
            vault,
            principal: permit.principal(),
            request,
            operation,
            status: OK,
        }
    }

    async fn run(&self, command: ApprovalCommand) -> Result<Written<ApprovalEvent>, CommandError> {
        let tenant = self.principal.tenant;
        let change = StreamChange {
            vault: self.vault,
            principal: self.principal,
            request: self.request,
            operation: self.operation,
            status: self.status,
            id: tenant.as_uuid(),
            needs_open: None,
        };
        let done = change.run(command, |_: &Approvals| Ok(())).await;
        // whatever became of it: what may have changed is read again
        self.vault.rules.forget_approvals(tenant);
        Ok(done?.map(|done| done.event))
    }

    /// The approval after it.
    async fn view(
        &self,
        done: Written<ApprovalEvent>,
        id: ApprovalId,
    ) -> Result<Written<ApprovalView>, CommandError> {
        let view = view::view(self.vault, self.principal.tenant, id).await?;
        Ok(done.map(|_| view))
    }

    async fn seal(&self, name: &'static str, id: ApprovalId, text: &str) -> Result<Sealed, CommandError> {
        let tenant = self.principal.tenant;
        let key = self.vault.keys.content_key(tenant, Scope::Tenant).await?;
        Ok(key.seal_value(&context(tenant, name, id), text.as_bytes())?)
    }

    async fn seal_note(&self, id: ApprovalId, note: Option<&str>) -> Result<Option<Sealed>, CommandError> {
        match note {
            None => Ok(None),
            Some(note) => {
                check_text("note", note)?;
                self.seal(field::APPROVAL_NOTE, id, note).await.map(Some)
            }
        }
    }
}

fn check_text(field: &str, text: &str) -> Result<(), CommandError> {
    if text.trim().is_empty() {
        let message = "must not be empty";
        return Err(CommandError::invalid(
            field,
            ErrorCode::InvalidFieldValue,
            message,
        ));
    }
    if text.len() > MAX_TEXT_BYTES {
        let message = format!("must have at most {MAX_TEXT_BYTES} bytes");
        return Err(CommandError::invalid(field, ErrorCode::FieldTooLong, message));
    }
    Ok(())
}

const fn context(tenant: TenantId, name: &'static str, id: ApprovalId) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(name, id.as_uuid()),
    }
}
