//! A tenant's own policies.

use std::{sync::Arc, time::Duration};

use cedar_policy::{ActionConstraint, Policy, PolicyId, PolicySet, ValidationMode};
use miette::Diagnostic;
use moka::sync::Cache;
use vault_domain::{Action, UserId};

use super::{
    DatasetAttributes, Question, Verdict, question,
    reads::Reads,
    schema::validator,
    shipped,
    slices::{Slice, Slices, is_wide},
};
use crate::{Resource, RoleSet};

/// The longest policy.
pub const MAX_POLICY_BYTES: usize = 8 * 1024;
/// The most decisions that are remembered of a tenant.
const MAX_DECISIONS: u64 = 1_000;
/// The longest that a decision is remembered. What changes it drops it at once; this bounds what nobody thought of.
const DECISION_LIFETIME: Duration = Duration::from_mins(5);

/// Why a policy is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// It is too long.
    #[error("a policy has at most {MAX_POLICY_BYTES} bytes")]
    TooLong,
    /// It is not one policy in Cedar's language.
    #[error("not one Cedar policy{}: {message}", at(*line))]
    Syntax {
        /// In which line, from 1, if that is known.
        line: Option<usize>,
        /// What Cedar says.
        message: String,
    },
    /// It asks for what is not there.
    #[error("the policy does not fit the schema{}: {message}", at(*line))]
    Schema {
        /// In which line, from 1, if that is known.
        line: Option<usize>,
        /// What Cedar says.
        message: String,
    },
    /// It would decide on policies.
    #[error("policies do not decide on {}", .0.name())]
    AboutPolicies(Action),
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!(" (line {line})")).unwrap_or_default()
}

/// A policy as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantPolicy {
    /// Its id, which explanations name.
    pub id: String,
    /// The policy in Cedar's language.
    pub text: String,
}

/// A policy that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundPolicy {
    /// `permit` or `forbid`.
    pub effect: &'static str,
    /// Whether its scope names neither one user nor one dataset.
    pub is_wide: bool,
}

/// Checks a policy before it is asked.
///
/// # Errors
/// [`InvalidPolicy`], with what Cedar says of it.
pub fn check_policy(text: &str) -> Result<SoundPolicy, InvalidPolicy> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(InvalidPolicy::TooLong);
    }
    let policy = parse("policy", text)?;
    let named = [Action::PolicyRead, Action::PolicyManage]
        .into_iter()
        .find(|action| names_action(&policy, *action));
    if let Some(action) = named {
        return Err(InvalidPolicy::AboutPolicies(action));
    }
    let sound = SoundPolicy {
        effect: super::effect_name(policy.effect()),
        is_wide: is_wide(&policy),
    };
    let set = PolicySet::from_policies([policy]).map_err(|error| InvalidPolicy::Syntax {
        line: None,
        message: error.to_string(),
    })?;
    let result = validator().validate(&set, ValidationMode::Strict);
    match result.validation_errors().next() {
        Some(error) => Err(InvalidPolicy::Schema {
            line: line_of(text, error),
            message: error.to_string(),
        }),
        None => Ok(sound),
    }
}

fn parse(id: &str, text: &str) -> Result<Policy, InvalidPolicy> {
    Policy::parse(Some(PolicyId::new(id)), text).map_err(|error| InvalidPolicy::Syntax {
        line: line_of(text, &error),
        message: error.to_string(),
    })
}

/// The line that an error points at, from 1.
fn line_of(text: &str, error: &dyn Diagnostic) -> Option<usize> {
    let place = error.labels()?.next()?.offset();
    Some(text.get(..place)?.matches('\n').count() + 1)
}

fn names_action(policy: &Policy, action: Action) -> bool {
    let action = question::action(action);
    match policy.action_constraint() {
        ActionConstraint::Any => false,
        ActionConstraint::Eq(named) => named == action,
        ActionConstraint::In(named) => named.contains(&action),
    }
}

/// The policies of a tenant, ready to be asked.
#[derive(Debug, Default)]
pub struct TenantPolicies {
    slices: Slices,
    /// Those that this node cannot read, as when a newer one wrote them.
    broken: Vec<String>,
    /// What was decided; nothing without policies.
    decisions: Option<Cache<DecisionKey, Arc<Verdict>>>,
}

/// All that a decision depends on which does not depend on the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct DecisionKey {
    user: UserId,
    roles: RoleSet,
    action: Action,
    resource: Resource,
    dataset: Option<Arc<DatasetAttributes>>,
}

impl TenantPolicies {
    /// Makes policies ready. One that cannot be read denies everything: it may be one that forbids.
    #[must_use]
    pub fn new(policies: &[TenantPolicy]) -> Self {
        let mut made = Self::default();
        for policy in policies {
            let parsed = parse(&policy.id, &policy.text).ok();
            let added = parsed.is_some_and(|parsed| made.slices.add(&parsed).is_ok());
            if !added {
                made.broken.push(policy.id.clone());
            }
        }
        if !policies.is_empty() {
            let decisions = Cache::builder()
                .max_capacity(MAX_DECISIONS)
                .time_to_live(DECISION_LIFETIME);
            made.decisions = Some(decisions.build());
        }
        made
    }

    /// Those that a question has to be put to; nothing when the shipped policies alone answer it.
    #[must_use]
    pub fn concerning(&self, question: &Question<'_>) -> Option<Concerning<'_>> {
        if is_about_policies(question.action) {
            return None;
        }
        let slices: Vec<&Slice> = self.slices.of(question).collect();
        if slices.is_empty() && self.broken.is_empty() {
            return None;
        }
        let reads = slices
            .iter()
            .fold(Reads::default(), |reads, slice| reads.and(slice.reads));
        Some(Concerning {
            policies: self,
            slices,
            reads,
        })
    }

    /// What all policies together say: the shipped ones, and the tenant's own.
    #[must_use]
    pub fn verdict(&self, question: &Question<'_>) -> Verdict {
        match self.concerning(question) {
            Some(concerning) => concerning.verdict(question),
            None => shipped::verdict(question.principal.roles, question.action).clone(),
        }
    }
}

/// The policies of a tenant that a question has to be put to.
#[derive(Debug)]
pub struct Concerning<'a> {
    policies: &'a TenantPolicies,
    slices: Vec<&'a Slice>,
    reads: Reads,
}

impl Concerning<'_> {
    /// Whether they read what is known of the dataset.
    #[must_use]
    pub const fn read_dataset(&self) -> bool {
        self.reads.dataset
    }

    /// Whether they read what is known of the request, of which an approval is part.
    #[must_use]
    pub const fn read_circumstances(&self) -> bool {
        self.reads.circumstances
    }

    /// What they and the shipped policies say.
    #[must_use]
    pub fn verdict(&self, question: &Question<'_>) -> Verdict {
        let mut verdict = shipped::verdict(question.principal.roles, question.action).clone();
        verdict.failing.extend(self.policies.broken.iter().cloned());
        match question.ask() {
            Ok(asked) => self
                .slices
                .iter()
                .for_each(|slice| slice.hear(&asked, &mut verdict)),
            Err(_) => verdict.failing.push("request".to_owned()),
        }
        verdict
    }

    /// The same, remembered for a while unless it depends on the request.
    #[must_use]
    pub fn remembered_verdict(
        &self,
        question: &Question<'_>,
        dataset: Option<Arc<DatasetAttributes>>,
    ) -> Arc<Verdict> {
        let decisions = self
            .policies
            .decisions
            .as_ref()
            .filter(|_| !self.reads.circumstances);
        let Some(decisions) = decisions else {
            return Arc::new(self.verdict(question));
        };
        let key = DecisionKey {
            user: question.principal.user,
            roles: question.principal.roles,
            action: question.action,
            resource: question.resource,
            dataset,
        };
        decisions.get_with(key, || Arc::new(self.verdict(question)))
    }
}

/// Policies do not decide on policies: nobody can allow themselves everything by one, or lock everybody out.
pub(crate) const fn is_about_policies(action: Action) -> bool {
    matches!(action, Action::PolicyRead | Action::PolicyManage)
}

#[cfg(test)]
mod tests;
