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
    let before = text.as_bytes().get(..place)?;
    Some(before.iter().filter(|byte| **byte == b'\n').count() + 1)
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
const fn is_about_policies(action: Action) -> bool {
    matches!(action, Action::PolicyRead | Action::PolicyManage)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use uuid::Uuid;
    use vault_domain::{DatasetId, Role, UserId};

    use super::*;
    use crate::{
        Principal, Resource,
        policy::DatasetAttributes,
        testing::{at, circumstances, principal},
    };

    const READ: Action = Action::RecordRead;

    fn dataset(number: u128) -> DatasetId {
        DatasetId::from_uuid(Uuid::from_u128(number))
    }

    fn policies(texts: &[&str]) -> TenantPolicies {
        let kept: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(number, text)| TenantPolicy {
                id: format!("own.{number}"),
                text: (*text).to_owned(),
            })
            .collect();
        TenantPolicies::new(&kept)
    }

    struct Case<'a> {
        caller: &'a Principal,
        action: Action,
        dataset: Option<&'a DatasetAttributes>,
        now: DateTime<Utc>,
    }

    fn asked(policies: &TenantPolicies, case: &Case<'_>) -> Verdict {
        policies.verdict(&Question {
            principal: case.caller,
            action: case.action,
            resource: Resource::Dataset(dataset(7)),
            dataset: case.dataset,
            circumstances: circumstances(case.now),
        })
    }

    fn read(policies: &TenantPolicies, roles: &[Role], dataset: Option<&DatasetAttributes>) -> Verdict {
        let caller = principal(roles);
        asked(
            policies,
            &Case {
                caller: &caller,
                action: READ,
                dataset,
                now: at(0),
            },
        )
    }

    #[test]
    fn without_own_policies_the_roles_decide() {
        let verdict = read(&TenantPolicies::default(), &[Role::MlEngineer], None);
        assert_eq!(verdict.permitting, ["role.ml_engineer"]);
        assert!(verdict.allows());
        assert!(!read(&TenantPolicies::default(), &[Role::Auditor], None).allows());
    }

    #[test]
    fn an_own_policy_allows_what_no_role_does_and_forbids_what_one_does() {
        let own = policies(&[
            r#"permit (principal in Role::"auditor", action == Action::"record:read", resource);"#,
            r#"forbid (principal in Role::"data_scientist", action, resource is Dataset)
               when { resource.tags.contains("raw") };"#,
        ]);
        let raw = DatasetAttributes {
            tags: vec!["raw".into()],
            ..DatasetAttributes::default()
        };
        let clean = DatasetAttributes::default();
        assert_eq!(read(&own, &[Role::Auditor], Some(&raw)).permitting, ["own.0"]);
        assert!(read(&own, &[Role::DataScientist], Some(&clean)).allows());
        let refused = read(&own, &[Role::DataScientist], Some(&raw));
        assert!(!refused.allows());
        assert_eq!(refused.forbidding, ["own.1"]);
        // another role of the same caller changes nothing
        assert!(!read(&own, &[Role::DataScientist, Role::Auditor], Some(&raw)).allows());
    }

    #[test]
    fn what_the_platform_forbids_no_policy_allows() {
        let own = policies(&["permit (principal, action, resource);"]);
        let refused = read(
            &own,
            &[Role::ExternalConsumer],
            Some(&DatasetAttributes::default()),
        );
        assert_eq!(refused.forbidding, ["platform.outsiders"]);
        assert!(!refused.allows());
    }

    #[test]
    fn a_policy_that_cannot_be_evaluated_denies() {
        let owner = format!("User::\"{}\"", UserId::from_uuid(Uuid::from_u128(9)));
        let text =
            format!("forbid (principal, action, resource is Dataset) when {{ resource.owner == {owner} }};");
        // it would be passed over by Cedar, and the administrator let in
        let own = policies(&[&text]);
        let refused = read(&own, &[Role::Admin], Some(&DatasetAttributes::default()));
        assert_eq!(
            (refused.allows(), &*refused.failing),
            (false, &["own.0".to_owned()][..])
        );
        let broken = policies(&["forbid (principal"]);
        assert_eq!(read(&broken, &[Role::Admin], None).failing, ["own.0"]);
    }

    #[test]
    fn policies_do_not_decide_on_policies() {
        let own = policies(&["forbid (principal, action, resource);"]);
        let caller = principal(&[Role::Admin]);
        let case = |action| Case {
            caller: &caller,
            action,
            dataset: None,
            now: at(0),
        };
        assert!(
            asked(&own, &case(Action::PolicyManage)).allows()
                && asked(&own, &case(Action::PolicyRead)).allows()
        );
        assert!(!asked(&own, &case(READ)).allows());
        let own = policies(&["permit (principal, action, resource);"]);
        let caller = principal(&[Role::Ingest]);
        let case = Case {
            caller: &caller,
            action: Action::PolicyManage,
            dataset: None,
            now: at(0),
        };
        assert!(!asked(&own, &case).allows());
    }

    #[test]
    fn time_is_asked_of_the_request() {
        let own = policies(&[
            r#"forbid (principal, action, resource) unless { context.now < datetime("2027-01-15T09:00:00Z") };"#,
        ]);
        let caller = principal(&[Role::Admin]);
        let case = |seconds| Case {
            caller: &caller,
            action: READ,
            dataset: None,
            now: at(seconds),
        };
        // at(0) is 2027-01-15T08:00:00Z
        assert!(asked(&own, &case(3_599)).allows());
        assert!(!asked(&own, &case(3_600)).allows());
    }

    #[test]
    fn scopes_that_name_others_do_not_concern() {
        let own = policies(&[
            r#"forbid (principal in Role::"auditor", action, resource);"#,
            r#"forbid (principal, action == Action::"dataset:delete", resource);"#,
            r#"forbid (principal, action, resource == Dataset::"00000000-0000-0000-0000-000000000008");"#,
            r#"forbid (principal == User::"00000000-0000-0000-0000-000000000099", action, resource);"#,
        ]);
        assert!(read(&own, &[Role::DataScientist], None).allows());
        let own = policies(&[
            r#"forbid (principal, action, resource == Dataset::"00000000-0000-0000-0000-000000000007");"#,
        ]);
        assert!(!read(&own, &[Role::DataScientist], None).allows());
        let own = policies(&[
            r#"forbid (principal == User::"00000000-0000-0000-0000-000000000002", action, resource);"#,
        ]);
        assert!(!read(&own, &[Role::DataScientist], None).allows());
    }

    #[test]
    fn a_policy_is_checked_before_it_is_asked() {
        let sound = |text: &str| check_policy(text).expect("a sound policy");
        let wide = sound("permit (principal, action, resource);");
        assert_eq!((wide.effect, wide.is_wide), ("permit", true));
        assert!(sound(r#"forbid (principal in Role::"auditor", action, resource);"#).is_wide);
        assert!(sound("forbid (principal is User, action, resource is Dataset);").is_wide);
        let narrow = sound(r#"forbid (principal == User::"x", action, resource);"#);
        assert_eq!((narrow.effect, narrow.is_wide), ("forbid", false));
        assert!(!sound(r#"permit (principal, action, resource == Dataset::"x");"#).is_wide);
        for (text, line) in [
            ("", None),
            ("permit", Some(1)),
            ("permit (principal,\n  action\n  resource);", Some(3)),
            (
                "permit (principal, action, resource); forbid (principal, action, resource);",
                None,
            ),
        ] {
            let Err(InvalidPolicy::Syntax { line: found, .. }) = check_policy(text) else {
                panic!("{text}");
            };
            assert!(line.is_none() || found == line, "{text}: {found:?}");
        }
        let about =
            r#"forbid (principal, action in [Action::"record:read", Action::"policy:manage"], resource);"#;
        assert_eq!(
            check_policy(about),
            Err(InvalidPolicy::AboutPolicies(Action::PolicyManage))
        );
        let unknown = "permit (principal, action, resource)\nwhen {\n  resource.colour == 1\n};";
        let refused = check_policy(unknown).expect_err("no such attribute").to_string();
        assert!(
            refused.contains("(line 3)") && refused.contains("colour"),
            "{refused}"
        );
        for text in [
            r#"permit (principal, action == Action::"dataset:fly", resource);"#,
            "permit (principal, action, resource) when { resource.colour == 1 };",
            // a dataset need not have an owner
            "permit (principal, action, resource is Dataset) when { resource.owner == principal };",
            "permit (principal == ?principal, action, resource);",
        ] {
            let checked = check_policy(text);
            assert!(checked.is_err(), "{text}: {checked:?}");
        }
        let long = format!(
            "permit (principal, action, resource); //{}",
            "x".repeat(MAX_POLICY_BYTES)
        );
        assert_eq!(check_policy(&long), Err(InvalidPolicy::TooLong));
    }
}
