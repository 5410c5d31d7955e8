//! What a principal may do: denied unless a policy says otherwise.

mod action;
mod denied;

use std::{fmt, net::IpAddr, ops::Deref, sync::Arc};

use chrono::{DateTime, Utc};
use vault_domain::{
    Action, ApprovalId, DatasetId,
    grant::{GRANTABLE, Grantee},
};

pub use action::act;
pub use action::{TargetKind, target_of};
pub use denied::Denied;

use denied::Visibility;

use crate::{
    Principal,
    policy::{
        Approval, Circumstances, Question, Rules, RulesAway, TenantPolicies, Verdict, is_about_policies,
        verdict,
    },
};

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

/// Who asks for a right, and in which circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// Who asks.
    pub principal: Principal,
    /// When the request came in.
    pub now: DateTime<Utc>,
    /// The address that it came from.
    pub address: IpAddr,
}

/// Decides what principals may do: by what the platform forbids, by the shipped roles, by the tenant's own policies, and by
/// the rights to a dataset that were given to them. Cheap to clone.
#[derive(Clone)]
pub struct Authorizer {
    rules: Arc<dyn Rules>,
    environment: &'static str,
    changes_of_policies: ChangesOfPolicies,
}

/// Who it takes to change a tenant's policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangesOfPolicies {
    /// Whoever may.
    ByOne,
    /// Whoever may, with a second person's approval.
    ByTwo,
}

/// What explanations name when it takes a second person to change policies.
const SECOND_PERSON: &str = "platform.second_person";

/// What was said to a question.
#[derive(Debug, Clone)]
pub enum Said {
    /// By the shipped policies alone.
    Shipped(&'static Verdict),
    /// By tenants' rules too.
    Tenant(Arc<Verdict>),
}

impl Deref for Said {
    type Target = Verdict;

    fn deref(&self) -> &Verdict {
        match self {
            Self::Shipped(verdict) => verdict,
            Self::Tenant(verdict) => verdict,
        }
    }
}

impl Authorizer {
    /// An authorizer that decides by these rules too.
    #[must_use]
    pub const fn new(
        rules: Arc<dyn Rules>,
        environment: &'static str,
        changes_of_policies: ChangesOfPolicies,
    ) -> Self {
        Self {
            rules,
            environment,
            changes_of_policies,
        }
    }

    /// Proves that the asker may do `A` to the target.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`] unless the rules allow it, [`Refusal::Away`] when they cannot be read.
    pub async fn permit<A: Act>(&self, asker: &Asker, target: A::Target) -> Result<Permit<A>, Refusal> {
        let approval = self.check(asker, A::ACTION, target.into()).await?;
        let principal = Principal {
            approval,
            ..asker.principal
        };
        Ok(Permit { principal, target })
    }

    /// Decides without making a proof, for actions that are known at run time only, and names the approval that it took.
    ///
    /// # Errors
    ///
    /// As [`Self::permit`].
    pub async fn check(
        &self,
        asker: &Asker,
        action: Action,
        resource: Resource,
    ) -> Result<Option<ApprovalId>, Refusal> {
        let denied = |visibility| Denied {
            action,
            resource,
            visibility,
        };
        if !asker.principal.is_in_scope(action) {
            return Err(denied(Visibility::OutOfScope).into());
        }
        let verdict = self.verdict(asker, action, resource).await?;
        if verdict.allows() {
            return Ok(match verdict.approval {
                Approval::Used(id) => Some(id),
                Approval::Unneeded | Approval::Wanted => None,
            });
        }
        let sees = match resource {
            Resource::Tenant => true,
            Resource::Dataset(_) => self.verdict(asker, Action::DatasetRead, resource).await?.allows(),
        };
        let visibility = match (sees, verdict.approval) {
            (false, _) => Visibility::Hidden,
            (true, Approval::Wanted) => Visibility::Unapproved,
            (true, Approval::Unneeded | Approval::Used(_)) => Visibility::Seen,
        };
        Err(denied(visibility).into())
    }

    /// What all rules say, whatever the asker's credential is good for. About policies the shipped ones decide alone: also
    /// when a tenant's own cannot be read, those who may mend them can.
    ///
    /// # Errors
    ///
    /// [`RulesAway`].
    pub async fn verdict(
        &self,
        asker: &Asker,
        action: Action,
        resource: Resource,
    ) -> Result<Said, RulesAway> {
        if is_about_policies(action) || self.keeps_to_roles(action) {
            return self.verdict_of_roles(asker, action).await;
        }
        let policies = self.rules.policies(asker.principal.tenant).await?;
        self.verdict_by(&policies, asker, action, resource).await
    }

    /// Where it takes two to change policies, none of these keeps the two from doing so.
    fn keeps_to_roles(&self, action: Action) -> bool {
        let is_about_approvals = matches!(
            action,
            Action::ApprovalRequest
                | Action::ApprovalRead
                | Action::ApprovalDecide
                | Action::ApprovalBreakGlass
        );
        self.changes_of_policies == ChangesOfPolicies::ByTwo && is_about_approvals
    }

    async fn verdict_of_roles(&self, asker: &Asker, action: Action) -> Result<Said, RulesAway> {
        let shipped = verdict(asker.principal.roles, action);
        let is_change = action == Action::PolicyManage;
        if self.changes_of_policies == ChangesOfPolicies::ByOne || !is_change || !shipped.allows() {
            return Ok(Said::Shipped(shipped));
        }
        let mut said = shipped.clone();
        said.approval = if let Some(id) = self.approval(asker, action, Resource::Tenant).await? {
            Approval::Used(id)
        } else {
            said.forbidding.push(SECOND_PERSON.to_owned());
            Approval::Wanted
        };
        Ok(Said::Tenant(Arc::new(said)))
    }

    /// What all rules would say if the tenant had these policies besides its own.
    ///
    /// # Errors
    ///
    /// [`RulesAway`].
    pub async fn verdict_with(
        &self,
        tried: &TenantPolicies,
        asker: &Asker,
        action: Action,
        resource: Resource,
    ) -> Result<Verdict, RulesAway> {
        let mut said = (*self.verdict(asker, action, resource).await?).clone();
        let more = self.verdict_by(tried, asker, action, resource).await?;
        said.add(&more);
        Ok(said)
    }

    async fn verdict_by(
        &self,
        policies: &TenantPolicies,
        asker: &Asker,
        action: Action,
        resource: Resource,
    ) -> Result<Said, RulesAway> {
        let principal = &asker.principal;
        let shipped = verdict(principal.roles, action);
        if !shipped.forbidding.is_empty() {
            return Ok(Said::Shipped(shipped));
        }
        let mut question = Question {
            principal,
            action,
            resource,
            dataset: None,
            circumstances: Circumstances {
                now: asker.now,
                address: asker.address,
                environment: self.environment,
                approved: false,
            },
        };
        let Some(concerning) = policies.concerning(&question) else {
            return self
                .with_grants(asker, action, resource, Said::Shipped(shipped))
                .await;
        };
        let dataset = match resource {
            Resource::Dataset(id) if concerning.read_dataset() => {
                Some(self.rules.dataset(principal.tenant, id).await?)
            }
            Resource::Dataset(_) | Resource::Tenant => None,
        };
        question.dataset = dataset.as_deref();
        let heard = concerning.remembered_verdict(&question, dataset.clone());
        let said = self
            .with_grants(asker, action, resource, Said::Tenant(heard))
            .await?;
        if said.allows() || !concerning.read_circumstances() {
            return Ok(said);
        }
        question.circumstances.approved = true;
        let heard = Arc::new(concerning.verdict(&question));
        let approved = self
            .with_grants(asker, action, resource, Said::Tenant(heard))
            .await?;
        if !approved.allows() {
            return Ok(said);
        }
        let (said, approval) = match self.approval(asker, action, resource).await? {
            Some(id) => (approved, Approval::Used(id)),
            None => (said, Approval::Wanted),
        };
        Ok(Said::Tenant(Arc::new(Verdict {
            approval,
            ..(*said).clone()
        })))
    }

    /// The approval by which the asker may do this now.
    async fn approval(
        &self,
        asker: &Asker,
        action: Action,
        resource: Resource,
    ) -> Result<Option<ApprovalId>, RulesAway> {
        let approvals = self.rules.approvals(asker.principal.tenant).await?;
        Ok(approvals.in_force(asker.principal.actor(), action, resource.into(), asker.now))
    }

    /// What nothing permits and nothing forbids is allowed by a grant that is in force.
    async fn with_grants(
        &self,
        asker: &Asker,
        action: Action,
        resource: Resource,
        said: Said,
    ) -> Result<Said, RulesAway> {
        let Resource::Dataset(dataset) = resource else {
            return Ok(said);
        };
        if !said.is_unmet() || !GRANTABLE.contains(&action) {
            return Ok(said);
        }
        let principal = &asker.principal;
        let grants = self.rules.grants(principal.tenant, dataset).await?;
        let is_meant = |to: Grantee| match to {
            Grantee::User(user) => user == principal.user,
            Grantee::Role(role) => principal.roles.contains(role),
        };
        let permitting: Vec<String> = grants
            .in_force(asker.now)
            .filter(|grant| grant.actions.contains(&action) && is_meant(grant.to))
            .map(|grant| format!("grant.{}", grant.grant_id))
            .collect();
        if permitting.is_empty() {
            return Ok(said);
        }
        Ok(Said::Tenant(Arc::new(Verdict {
            permitting,
            ..Verdict::default()
        })))
    }
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer")
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

/// Why there is no permit.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The principal may not do this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Whether it may cannot be found out.
    #[error(transparent)]
    Away(#[from] RulesAway),
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

#[cfg(test)]
mod tests;
