//! What a principal may do: denied unless the table says otherwise.

mod action;

use std::fmt;

use vault_domain::{Action, DatasetId, ErrorCode, Role};

pub use action::act;

use crate::{Principal, RoleSet};

/// An action as a type.
pub trait Act {
    /// The action.
    const ACTION: Action;
    /// What the action is done to.
    type Target: Copy + Into<Resource>;
}

/// The target of actions that concern the whole tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantWide;

/// What an action is done to, within the principal's tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The tenant as a whole.
    Tenant,
    /// One dataset.
    Dataset(DatasetId),
}

/// Decides what principals may do.
///
/// Today a table of roles decides; the questions already name the resource, so that policies can decide instead.
#[derive(Debug, Clone, Copy, Default)]
pub struct Authorizer {
    _private: (),
}

impl Authorizer {
    /// An authorizer that decides by the table of roles.
    #[must_use]
    pub const fn by_role() -> Self {
        Self { _private: () }
    }

    /// Proves that the principal may do `A` to the target.
    ///
    /// # Errors
    ///
    /// [`Denied`] unless a role of the principal allows it.
    pub fn permit<A: Act>(&self, principal: &Principal, target: A::Target) -> Result<Permit<A>, Denied> {
        self.check(principal, A::ACTION, target.into())?;
        Ok(Permit {
            principal: *principal,
            target,
        })
    }

    /// Decides without making a proof, for actions that are known at run time only.
    ///
    /// # Errors
    ///
    /// [`Denied`] unless a role of the principal allows it.
    pub fn check(&self, principal: &Principal, action: Action, resource: Resource) -> Result<(), Denied> {
        if principal.roles.intersects(allowed(action)) {
            return Ok(());
        }
        let sees = match resource {
            Resource::Tenant => true,
            Resource::Dataset(_) => principal.roles.intersects(allowed(Action::DatasetRead)),
        };
        Err(Denied {
            action,
            resource,
            visibility: if sees {
                Visibility::Seen
            } else {
                Visibility::Hidden
            },
        })
    }
}

/// The table: which roles may do what.
const fn allowed(action: Action) -> RoleSet {
    const ADMIN: RoleSet = RoleSet::EMPTY.with(Role::Admin);
    const WORK: RoleSet = ADMIN.with(Role::DataScientist);
    const SEND: RoleSet = WORK.with(Role::Ingest);
    const SEE: RoleSet = SEND.with(Role::Auditor);
    const CHECK: RoleSet = ADMIN.with(Role::Auditor);
    match action {
        Action::DatasetList | Action::DatasetRead => SEE,
        Action::RecordAdd | Action::PrivacyScan => SEND,
        Action::DatasetCreate
        | Action::DatasetUpdate
        | Action::DatasetDelete
        | Action::RecordRead
        | Action::PrivacyAnonymize => WORK,
        Action::AuditRead | Action::HealthDetailed | Action::KeyList => CHECK,
        Action::KeyRotate | Action::PrivacyConfigure => ADMIN,
    }
}

/// The proof that a principal may do `A` to a target; only an [`Authorizer`] makes one.
pub struct Permit<A: Act> {
    principal: Principal,
    target: A::Target,
}

impl<A: Act> Permit<A> {
    /// The principal that may act.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What may be acted on.
    #[must_use]
    pub const fn target(&self) -> A::Target {
        self.target
    }

    /// The action.
    #[must_use]
    pub const fn action(&self) -> Action {
        A::ACTION
    }
}

impl<A: Act> fmt::Debug for Permit<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("action", &A::ACTION)
            .field("resource", &self.target.into())
            .field("principal", &self.principal)
            .finish()
    }
}

/// The principal may not do this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the caller's roles do not allow {}", action.name())]
pub struct Denied {
    action: Action,
    resource: Resource,
    visibility: Visibility,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Seen,
    Hidden,
}

impl Denied {
    /// What was denied.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.action
    }

    /// What it was denied of.
    #[must_use]
    pub const fn resource(&self) -> Resource {
        self.resource
    }

    /// The code to answer with: what a caller may not see does not exist for them.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self.visibility {
            Visibility::Seen => ErrorCode::PermissionDenied,
            Visibility::Hidden => ErrorCode::DatasetNotFound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::principal;

    fn may(roles: &[Role]) -> Vec<&'static str> {
        let someone = principal(roles);
        let authorizer = Authorizer::by_role();
        let check = |action| authorizer.check(&someone, action, Resource::Tenant).is_ok();
        Action::ALL
            .iter()
            .copied()
            .filter(|action| check(*action))
            .map(Action::name)
            .collect()
    }

    #[test]
    fn nobody_may_do_anything_without_a_role() {
        assert!(may(&[]).is_empty());
    }

    #[test]
    fn an_administrator_may_do_everything() {
        assert_eq!(may(&[Role::Admin]).len(), Action::ALL.len());
    }

    #[test]
    fn an_auditor_sees_the_log_and_the_datasets_but_no_content() {
        assert_eq!(
            may(&[Role::Auditor]),
            [
                "dataset:list",
                "dataset:read",
                "audit:read",
                "key:list",
                "health:detailed"
            ]
        );
    }

    #[test]
    fn a_pipeline_sends_records_and_reads_none() {
        assert_eq!(
            may(&[Role::Ingest]),
            ["dataset:list", "dataset:read", "record:add", "privacy:scan"]
        );
    }

    #[test]
    fn a_data_scientist_works_with_datasets_and_does_not_audit() {
        let rights = may(&[Role::DataScientist]);
        assert!(rights.contains(&"dataset:create") && rights.contains(&"record:read"));
        assert!(!rights.contains(&"audit:read") && !rights.contains(&"health:detailed"));
    }

    #[test]
    fn rights_of_several_roles_add_up() {
        let both = may(&[Role::Ingest, Role::Auditor]);
        assert!(both.contains(&"record:add") && both.contains(&"audit:read"));
        assert!(!both.contains(&"record:read"));
    }

    #[test]
    fn a_permit_carries_who_and_what() {
        let someone = principal(&[Role::Ingest]);
        let dataset = DatasetId::from_uuid(uuid::Uuid::from_u128(7));
        let permit = Authorizer::by_role()
            .permit::<act::RecordAdd>(&someone, dataset)
            .expect("is allowed");
        assert_eq!((permit.target(), permit.action()), (dataset, Action::RecordAdd));
        assert_eq!(permit.principal(), &someone);
        let denied = Authorizer::by_role()
            .permit::<act::RecordRead>(&someone, dataset)
            .err();
        assert_eq!(
            denied.map(|denied| denied.code()),
            Some(ErrorCode::PermissionDenied)
        );
    }

    #[test]
    fn what_a_caller_may_not_see_does_not_exist_for_them() {
        let nobody = principal(&[]);
        let dataset = DatasetId::from_uuid(uuid::Uuid::from_u128(7));
        let denied = Authorizer::by_role()
            .permit::<act::RecordAdd>(&nobody, dataset)
            .err();
        assert_eq!(
            denied.map(|denied| denied.code()),
            Some(ErrorCode::DatasetNotFound)
        );
        let denied = Authorizer::by_role()
            .permit::<act::AuditRead>(&nobody, TenantWide)
            .err();
        assert_eq!(
            denied.map(|denied| denied.code()),
            Some(ErrorCode::PermissionDenied)
        );
    }
}
