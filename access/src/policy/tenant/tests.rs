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
        asked(&own, &case(Action::PolicyManage)).allows() && asked(&own, &case(Action::PolicyRead)).allows()
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
