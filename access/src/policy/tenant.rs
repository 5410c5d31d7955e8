//! A tenant's own policies.

use cedar_policy::{Policy, PolicyId, PolicySet, ValidationMode};
use vault_domain::Action;

use super::{Question, Verdict, schema::validator, shipped, slices::Slices};

/// The longest policy.
const MAX_POLICY_BYTES: usize = 16 * 1024;
/// Why a policy is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// It is too long.
    #[error("a policy has at most {MAX_POLICY_BYTES} bytes")]
    TooLong,
    /// It is not one policy in Cedar's language.
    #[error("not one Cedar policy: {0}")]
    Syntax(String),
    /// It asks for what is not there.
    #[error("the policy does not fit the schema: {0}")]
    Schema(String),
}

/// A policy as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantPolicy {
    /// Its id, which explanations name.
    pub id: String,
    /// The policy in Cedar's language.
    pub text: String,
}

/// Checks a policy before it is asked.
///
/// # Errors
/// [`InvalidPolicy`], with what Cedar says of it.
pub fn check_policy(text: &str) -> Result<(), InvalidPolicy> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(InvalidPolicy::TooLong);
    }
    let policy = parse("policy", text)?;
    let set = PolicySet::from_policies([policy]).map_err(|error| InvalidPolicy::Syntax(error.to_string()))?;
    let result = validator().validate(&set, ValidationMode::Strict);
    match result.validation_errors().next() {
        Some(error) => Err(InvalidPolicy::Schema(error.to_string())),
        None => Ok(()),
    }
}

fn parse(id: &str, text: &str) -> Result<Policy, InvalidPolicy> {
    Policy::parse(Some(PolicyId::new(id)), text).map_err(|error| InvalidPolicy::Syntax(error.to_string()))
}

/// The policies of a tenant, ready to be asked.
#[derive(Debug, Default)]
pub struct TenantPolicies {
    slices: Slices,
    /// Those that this node cannot read, as when a newer one wrote them.
    broken: Vec<String>,
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
        made
    }

    /// Whether an answer takes more than the shipped policies.
    #[must_use]
    pub fn concern(&self, question: &Question<'_>) -> bool {
        !is_about_policies(question.action) && (!self.broken.is_empty() || self.slices.concern(question))
    }

    /// What all policies together say: the shipped ones, and the tenant's own.
    #[must_use]
    pub fn verdict(&self, question: &Question<'_>) -> Verdict {
        let mut verdict = shipped::verdict(question.principal.roles, question.action).clone();
        if !self.concern(question) {
            return verdict;
        }
        verdict.failing.extend(self.broken.iter().cloned());
        match question.ask() {
            Ok(asked) => self.slices.hear(question, &asked, &mut verdict),
            Err(_) => verdict.failing.push("request".to_owned()),
        }
        verdict
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
        policy::{Circumstances, DatasetAttributes},
        testing::{at, principal},
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
            circumstances: Circumstances { now: case.now },
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
        assert!(asked(&own, &case(Action::PolicyManage)).allows());
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
        assert_eq!(check_policy("permit (principal, action, resource);"), Ok(()));
        let narrow = r#"permit (principal == User::"x", action, resource);"#;
        assert_eq!(check_policy(narrow), Ok(()));
        for text in [
            "",
            "permit",
            "permit (principal, action, resource); forbid (principal, action, resource);",
        ] {
            assert!(
                matches!(check_policy(text), Err(InvalidPolicy::Syntax(_))),
                "{text}"
            );
        }
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
