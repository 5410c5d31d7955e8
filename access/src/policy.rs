//! Decisions by Cedar policies: what the platform forbids, what the shipped roles allow, and a tenant's own.
//!
//! Everything is denied that no policy permits; whatever forbids wins; and a policy that cannot be evaluated denies, because
//! Cedar by itself passes such a policy over, even one that would have forbidden.
//!
//! Cedar: Cutler et al., "Cedar: A New Language for Expressive, Fast, Safe, and Analyzable Authorization", OOPSLA 2024.

mod question;
mod reads;
mod rules;
mod schema;
mod shipped;
mod slices;
mod tenant;

pub use question::{Circumstances, DatasetAttributes, Question};
pub use rules::{Rules, RulesAway};
pub use schema::schema_text;
pub(crate) use shipped::verdict;
pub use shipped::{ShippedPolicy, roles_that_would, shipped_policies};
pub(crate) use tenant::is_about_policies;
pub use tenant::{
    Concerning, InvalidPolicy, MAX_POLICY_BYTES, SoundPolicy, TenantPolicies, TenantPolicy, check_policy,
};

use cedar_policy::{
    AuthorizationError, Authorizer as Cedar, Decision, Effect, PolicyId, PolicySet, Response,
};
use vault_domain::ApprovalId;

/// What policies say to a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Those that permit.
    pub permitting: Vec<String>,
    /// Those that forbid.
    pub forbidding: Vec<String>,
    /// Those that could not be evaluated.
    pub failing: Vec<String>,
    /// What a second person's approval is to it.
    pub approval: Approval,
}

/// What a second person's approval is to an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Approval {
    /// Without one the answer is the same.
    #[default]
    Unneeded,
    /// There is none, and with one the answer would be yes.
    Wanted,
    /// Without this one the answer would be no.
    Used(ApprovalId),
}

impl Verdict {
    /// Whether the answer is yes.
    #[must_use]
    pub const fn allows(&self) -> bool {
        !self.permitting.is_empty() && self.forbidding.is_empty() && self.failing.is_empty()
    }

    /// Whether nobody said anything.
    #[must_use]
    pub const fn is_unmet(&self) -> bool {
        self.permitting.is_empty() && self.forbidding.is_empty() && self.failing.is_empty()
    }

    /// Adds what others say that were not heard yet.
    pub(crate) fn add(&mut self, other: &Self) {
        for (ours, theirs) in [
            (&mut self.permitting, &other.permitting),
            (&mut self.forbidding, &other.forbidding),
            (&mut self.failing, &other.failing),
        ] {
            let new: Vec<String> = theirs
                .iter()
                .filter(|name| !ours.contains(name))
                .cloned()
                .collect();
            ours.extend(new);
        }
        if other.approval != Approval::Unneeded {
            self.approval = other.approval;
        }
    }

    /// Adds what more policies say.
    ///
    /// Sets may be heard one after the other: those that permit tell only while none forbids, but then nothing is allowed
    /// anyhow.
    fn hear(&mut self, policies: &PolicySet, asked: &question::Asked) {
        let response: Response = Cedar::new().is_authorized(&asked.request, policies, &asked.entities);
        let names =
            |ids: &mut dyn Iterator<Item = &PolicyId>| ids.map(ToString::to_string).collect::<Vec<_>>();
        let reasons = names(&mut response.diagnostics().reason());
        match response.decision() {
            Decision::Allow => self.permitting.extend(reasons),
            Decision::Deny => self.forbidding.extend(reasons),
        }
        for error in response.diagnostics().errors() {
            let AuthorizationError::PolicyEvaluationError(error) = error;
            self.failing.push(error.policy_id().to_string());
        }
    }
}

/// Whether a policy permits or forbids.
const fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Permit => "permit",
        Effect::Forbid => "forbid",
    }
}
