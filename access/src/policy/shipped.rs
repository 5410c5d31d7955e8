//! The policies that the vault ships with.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{LazyLock, OnceLock},
};

use cedar_policy::{Policy, PolicyId, PolicySet};
use chrono::DateTime;
use uuid::Uuid;
use vault_domain::{Action, DatasetId, Role, SessionId, TenantId, UserId};

use super::{Circumstances, Question, Verdict, effect_name};
use crate::{
    Credential, Login, Principal, Resource, RoleSet,
    permission::{TargetKind, target_of},
};

const ROLES: &str = include_str!("../../policies/roles.cedar");
const PLATFORM: &str = include_str!("../../policies/platform.cedar");

/// A policy that the vault ships with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippedPolicy {
    /// Its name: `role.auditor`.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// `permit` or `forbid`.
    pub effect: &'static str,
    /// The policy itself.
    pub text: String,
}

struct Shipped {
    policies: PolicySet,
    listed: Vec<ShippedPolicy>,
}

static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    let parsed: Result<PolicySet, _> = format!("{PLATFORM}\n{ROLES}").parse();
    let parsed = parsed.unwrap_or_else(|error| unreachable!("shipped policies are sound: {error}"));
    let named = parsed.policies().map(|policy| {
        let id = policy.annotation("id").unwrap_or_default();
        policy.new_id(PolicyId::new(id))
    });
    let named: Vec<Policy> = named.collect();
    let mut listed: Vec<ShippedPolicy> = named.iter().map(listed).collect();
    listed.sort_by(|one, other| one.id.cmp(&other.id));
    let policies = PolicySet::from_policies(named);
    Shipped {
        policies: policies.unwrap_or_else(|error| unreachable!("their names are unique: {error}")),
        listed,
    }
});

fn listed(policy: &Policy) -> ShippedPolicy {
    ShippedPolicy {
        id: policy.id().to_string(),
        description: policy.annotation("description").unwrap_or_default().to_owned(),
        effect: effect_name(policy.effect()),
        text: policy.to_string(),
    }
}

/// What the platform forbids and the roles allow, by name.
#[must_use]
pub fn shipped_policies() -> &'static [ShippedPolicy] {
    &SHIPPED.listed
}

/// What the shipped policies say of roles and an action. They ask for nothing else, so it is found out once.
pub(crate) fn verdict(roles: RoleSet, action: Action) -> &'static Verdict {
    static BY_ROLES: [OnceLock<Vec<Verdict>>; 256] = [const { OnceLock::new() }; 256];
    let verdicts = BY_ROLES[usize::from(roles.bits())]
        .get_or_init(|| Action::ALL.iter().map(|action| decide(roles, *action)).collect());
    let place = Action::ALL.iter().position(|known| *known == action);
    &verdicts[place.unwrap_or_default()]
}

/// The shipped roles that allow an action.
pub fn roles_that_would(action: Action) -> impl Iterator<Item = Role> {
    Role::ALL
        .into_iter()
        .filter(move |role| verdict(RoleSet::EMPTY.with(*role), action).allows())
}

/// Asks for somebody with these roles: who that is, and in which tenant, no shipped policy asks.
fn decide(roles: RoleSet, action: Action) -> Verdict {
    let principal = Principal {
        tenant: TenantId::from_uuid(Uuid::nil()),
        user: UserId::from_uuid(Uuid::nil()),
        credential: Credential::Session(Login {
            session: SessionId::from_uuid(Uuid::nil()),
            at_s: 0,
            mfa_at_s: None,
        }),
        roles,
        approval: None,
    };
    let resource = match target_of(action) {
        TargetKind::Tenant => Resource::Tenant,
        TargetKind::Dataset => Resource::Dataset(DatasetId::from_uuid(Uuid::nil())),
    };
    let question = Question {
        principal: &principal,
        action,
        resource,
        dataset: None,
        circumstances: Circumstances {
            now: DateTime::UNIX_EPOCH,
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            environment: "",
            approved: false,
        },
    };
    // what cannot be asked is not permitted
    let mut verdict = Verdict::default();
    if let Ok(asked) = question.ask() {
        verdict.hear(&SHIPPED.policies, &asked);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use cedar_policy::{ResourceConstraint, ValidationMode};

    use super::*;
    use crate::policy::schema::validator;

    #[test]
    fn shipped_policies_ask_for_roles_and_actions_alone() {
        for policy in SHIPPED.policies.policies() {
            assert!(!policy.has_non_scope_constraint(), "{}", policy.id());
            let resource = policy.resource_constraint();
            assert_eq!(resource, ResourceConstraint::Any, "{}", policy.id());
        }
    }

    #[test]
    fn shipped_policies_fit_the_schema_and_are_described() {
        let result = validator().validate(&SHIPPED.policies, ValidationMode::Strict);
        let errors: Vec<_> = result.validation_errors().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{errors:?}");
        for policy in shipped_policies() {
            assert!(
                policy.id.contains('.') && !policy.description.is_empty(),
                "{policy:?}"
            );
        }
    }

    #[test]
    fn every_role_has_its_policy() {
        for role in Role::ALL {
            let id = format!("role.{}", role.name());
            assert!(shipped_policies().iter().any(|policy| policy.id == id), "{id}");
        }
    }
}
