//! A tenant's policies, by the scope that each names, so that a question is put to those alone that it may concern.

use std::collections::HashMap;

use cedar_policy::{
    ActionConstraint, EntityUid, Policy, PolicySet, PolicySetError, PrincipalConstraint, ResourceConstraint,
};

use super::{
    Question, Verdict,
    question::{Asked, action, resource, role, user},
    reads::Reads,
    schema::names,
};

/// What a policy's scope names; nothing stands for anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Scope {
    principal: Option<EntityUid>,
    action: Option<EntityUid>,
    resource: Option<EntityUid>,
}

/// Policies of one scope.
#[derive(Debug, Default)]
pub(super) struct Slice {
    policies: PolicySet,
    /// What any of them reads beside the scope.
    pub(super) reads: Reads,
}

impl Slice {
    /// Adds what the policies say.
    pub(super) fn hear(&self, asked: &Asked, verdict: &mut Verdict) {
        verdict.hear(&self.policies, asked);
    }
}

/// Policies by scope.
#[derive(Debug, Default)]
pub(super) struct Slices(HashMap<Scope, Slice>);

impl Slices {
    pub(super) fn add(&mut self, policy: &Policy) -> Result<(), Box<PolicySetError>> {
        let reads = Reads::of(policy);
        for action in actions(policy) {
            let scope = Scope {
                principal: principal_of(policy),
                action,
                resource: resource_of(policy),
            };
            let slice = self.0.entry(scope).or_default();
            slice.policies.add(policy.clone())?;
            slice.reads = slice.reads.and(reads);
        }
        Ok(())
    }

    /// The policies that may concern the question.
    pub(super) fn of(&self, question: &Question<'_>) -> impl Iterator<Item = &Slice> {
        let caller = question.principal;
        let mut principals = vec![None, Some(user(caller.user))];
        principals.extend(caller.roles.iter().map(|of| Some(role(of))));
        let actions = [None, Some(action(question.action))];
        let resources = [None, Some(resource(caller, question.resource))];
        let mut scopes = Vec::with_capacity(principals.len() * 4);
        for principal in principals {
            for action in &actions {
                for resource in &resources {
                    scopes.push(Scope {
                        principal: principal.clone(),
                        action: action.clone(),
                        resource: resource.clone(),
                    });
                }
            }
        }
        scopes.into_iter().filter_map(|scope| self.0.get(&scope))
    }
}

/// Whether a policy's scope names neither one user nor one dataset: then most questions have to be put to it.
pub(super) fn is_wide(policy: &Policy) -> bool {
    let names_user = match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid) => uid.type_name() == &names().user,
        PrincipalConstraint::Any
        | PrincipalConstraint::Is(_)
        | PrincipalConstraint::In(_)
        | PrincipalConstraint::IsIn(..) => false,
    };
    !names_user && resource_of(policy).is_none_or(|uid| uid.type_name() != &names().dataset)
}

fn principal_of(policy: &Policy) -> Option<EntityUid> {
    match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => {
            Some(uid)
        }
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) => None,
    }
}

/// A tenant is no narrower than nothing: all that the caller may ask of is in it.
fn resource_of(policy: &Policy) -> Option<EntityUid> {
    match policy.resource_constraint() {
        ResourceConstraint::Eq(uid) => Some(uid),
        ResourceConstraint::Any
        | ResourceConstraint::In(_)
        | ResourceConstraint::Is(_)
        | ResourceConstraint::IsIn(..) => None,
    }
}

fn actions(policy: &Policy) -> Vec<Option<EntityUid>> {
    match policy.action_constraint() {
        ActionConstraint::Any => vec![None],
        ActionConstraint::Eq(action) => vec![Some(action)],
        ActionConstraint::In(mut actions) => {
            actions.sort();
            actions.dedup();
            actions.into_iter().map(Some).collect()
        }
    }
}
