use std::net::Ipv4Addr;

use async_trait::async_trait;
use chrono::TimeDelta;
use uuid::Uuid;
use vault_domain::{
    Aggregate as _, ErrorCode, GrantId, Role, Sealed, TenantId, UserId,
    approval::{ApprovalEvent, Approvals, GlassBroken, Wish},
    grant::{GrantEvent, GrantGiven, Grants},
};

use super::*;
use crate::{
    policy::{DatasetAttributes, TenantPolicy},
    testing::{at, principal},
};

/// Rules that stand in a test.
#[derive(Default)]
struct Kept {
    policies: Arc<TenantPolicies>,
    grants: Arc<Grants>,
    approvals: Arc<Approvals>,
    dataset: Arc<DatasetAttributes>,
    is_away: bool,
}

#[async_trait]
impl Rules for Kept {
    async fn policies(&self, _: TenantId) -> Result<Arc<TenantPolicies>, RulesAway> {
        if self.is_away {
            return Err(RulesAway("away".into()));
        }
        Ok(Arc::clone(&self.policies))
    }

    async fn grants(&self, _: TenantId, _: DatasetId) -> Result<Arc<Grants>, RulesAway> {
        Ok(Arc::clone(&self.grants))
    }

    async fn approvals(&self, _: TenantId) -> Result<Arc<Approvals>, RulesAway> {
        Ok(Arc::clone(&self.approvals))
    }

    async fn dataset(&self, _: TenantId, _: DatasetId) -> Result<Arc<DatasetAttributes>, RulesAway> {
        Ok(Arc::clone(&self.dataset))
    }
}

fn by(kept: Kept) -> Authorizer {
    Authorizer::new(Arc::new(kept), "dev", ChangesOfPolicies::ByOne)
}

fn own(texts: &[&str]) -> Arc<TenantPolicies> {
    let kept: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| TenantPolicy {
            id: format!("own.{number}"),
            text: (*text).to_owned(),
        })
        .collect();
    Arc::new(TenantPolicies::new(&kept))
}

fn asker(roles: &[Role]) -> Asker {
    Asker {
        principal: principal(roles),
        now: at(0),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

fn a_dataset() -> DatasetId {
    DatasetId::from_uuid(Uuid::from_u128(7))
}

/// The code of the denial; nothing when there is a permit.
async fn denial<A: Act>(authorizer: &Authorizer, asker: &Asker, target: A::Target) -> Option<ErrorCode> {
    match authorizer.permit::<A>(asker, target).await {
        Ok(_) => None,
        Err(Refusal::Denied(denied)) => Some(denied.code()),
        Err(Refusal::Away(_)) => Some(ErrorCode::ServiceUnavailable),
    }
}

fn may(roles: &[Role]) -> Vec<&'static str> {
    let roles = roles.iter().copied().collect();
    let allowed = |action: &Action| verdict(roles, *action).allows();
    Action::ALL
        .iter()
        .copied()
        .filter(allowed)
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
            "api_key:manage",
            "policy:read",
            "grant:read",
            "subject:read",
            "health:detailed",
            "approval:read"
        ]
    );
}

#[test]
fn a_pipeline_sends_records_and_reads_none() {
    assert_eq!(
        may(&[Role::Ingest]),
        [
            "dataset:list",
            "dataset:read",
            "record:add",
            "privacy:scan",
            "api_key:manage"
        ]
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

#[tokio::test]
async fn a_permit_carries_who_and_what() {
    let someone = asker(&[Role::Ingest]);
    let authorizer = by(Kept::default());
    let permit = authorizer
        .permit::<act::RecordAdd>(&someone, a_dataset())
        .await
        .expect("is allowed");
    assert_eq!(
        (permit.target(), permit.action()),
        (a_dataset(), Action::RecordAdd)
    );
    assert_eq!(permit.principal(), &someone.principal);
    let denied = denial::<act::RecordRead>(&authorizer, &someone, a_dataset()).await;
    assert_eq!(denied, Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn what_a_caller_may_not_see_does_not_exist_for_them() {
    let (nobody, authorizer) = (asker(&[]), by(Kept::default()));
    let denied = denial::<act::RecordAdd>(&authorizer, &nobody, a_dataset()).await;
    assert_eq!(denied, Some(ErrorCode::DatasetNotFound));
    let denied = denial::<act::AuditRead>(&authorizer, &nobody, TenantWide).await;
    assert_eq!(denied, Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn without_the_tenants_rules_nothing_is_allowed_but_to_mend_them() {
    let kept = Kept {
        is_away: true,
        ..Kept::default()
    };
    let (authorizer, admin) = (by(kept), asker(&[Role::Admin]));
    let denied = denial::<act::DatasetRead>(&authorizer, &admin, a_dataset()).await;
    assert_eq!(denied, Some(ErrorCode::ServiceUnavailable));
    assert_eq!(
        denial::<act::PolicyManage>(&authorizer, &admin, TenantWide).await,
        None
    );
}

#[tokio::test]
async fn a_dataset_is_looked_at_when_a_policy_asks() {
    let raw = DatasetAttributes {
        tags: vec!["raw".to_owned()],
        ..DatasetAttributes::default()
    };
    let kept = Kept {
        policies: own(&[
            r#"forbid (principal, action == Action::"record:read", resource is Dataset)
            when { resource.tags.contains("raw") };"#,
        ]),
        dataset: Arc::new(raw),
        ..Kept::default()
    };
    let authorizer = by(kept);
    let scientist = asker(&[Role::DataScientist]);
    let denied = denial::<act::RecordRead>(&authorizer, &scientist, a_dataset()).await;
    assert_eq!(denied, Some(ErrorCode::PermissionDenied));
    assert_eq!(
        denial::<act::RecordAdd>(&authorizer, &scientist, a_dataset()).await,
        None
    );
}

#[tokio::test]
async fn a_decision_is_remembered_unless_it_depends_on_the_request() {
    let kept = Kept {
        policies: own(&[
            r#"forbid (principal, action == Action::"record:read", resource)
               unless { context.address.isLoopback() && context.environment == "dev" };"#,
            r#"forbid (principal in Role::"ingest", action == Action::"record:add", resource is Dataset)
               when { resource.sensitive };"#,
        ]),
        ..Kept::default()
    };
    let authorizer = by(kept);
    let here = asker(&[Role::DataScientist, Role::Ingest]);
    let elsewhere = Asker {
        address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        ..here
    };
    for _ in 0..2 {
        assert_eq!(
            denial::<act::RecordRead>(&authorizer, &here, a_dataset()).await,
            None
        );
        let denied = denial::<act::RecordRead>(&authorizer, &elsewhere, a_dataset()).await;
        assert_eq!(denied, Some(ErrorCode::PermissionDenied));
    }
    let resource = a_dataset().into();
    let first = authorizer.verdict(&here, Action::RecordAdd, resource).await;
    let second = authorizer.verdict(&elsewhere, Action::RecordAdd, resource).await;
    match (first, second) {
        (Ok(Said::Tenant(first)), Ok(Said::Tenant(second))) => assert!(Arc::ptr_eq(&first, &second)),
        other => panic!("{other:?}"),
    }
}

fn grants(to: Grantee, actions: &[Action], expires_at: Option<DateTime<Utc>>) -> Arc<Grants> {
    let mut grants = Grants::default();
    grants.evolve(&GrantEvent::Given(GrantGiven {
        grant_id: GrantId::from_uuid(Uuid::from_u128(5)),
        to,
        actions: actions.to_vec(),
        reason: Sealed::from_envelope(Vec::new()),
        given_at: at(0),
        expires_at,
    }));
    Arc::new(grants)
}

#[tokio::test]
async fn a_grant_allows_until_its_time_is_over() {
    let user = asker(&[]).principal.user;
    let actions = [Action::DatasetRead, Action::RecordRead];
    for (to, roles) in [
        (Grantee::User(user), [].as_slice()),
        (Grantee::Role(Role::Auditor), &[Role::Auditor]),
    ] {
        let kept = Kept {
            grants: grants(to, &actions, Some(at(60))),
            ..Kept::default()
        };
        let authorizer = by(kept);
        let during = asker(roles);
        assert_eq!(
            denial::<act::RecordRead>(&authorizer, &during, a_dataset()).await,
            None
        );
        assert!(
            denial::<act::RecordAdd>(&authorizer, &during, a_dataset())
                .await
                .is_some()
        );
        let after = Asker {
            now: at(0) + TimeDelta::seconds(60),
            ..during
        };
        assert!(
            denial::<act::RecordRead>(&authorizer, &after, a_dataset())
                .await
                .is_some()
        );
        let other = Asker {
            principal: Principal {
                user: UserId::from_uuid(Uuid::from_u128(99)),
                ..asker(&[Role::Ingest]).principal
            },
            ..during
        };
        assert!(
            denial::<act::RecordRead>(&authorizer, &other, a_dataset())
                .await
                .is_some()
        );
    }
}

#[tokio::test]
async fn what_is_forbidden_no_grant_allows() {
    let everybody = [Role::Auditor, Role::ExternalConsumer].map(Grantee::Role);
    let policies =
        own(&[r#"forbid (principal in Role::"auditor", action == Action::"record:read", resource);"#]);
    for (to, role) in everybody.into_iter().zip([Role::Auditor, Role::ExternalConsumer]) {
        let kept = Kept {
            policies: Arc::clone(&policies),
            grants: grants(to, &[Action::RecordRead], None),
            ..Kept::default()
        };
        let denied = denial::<act::RecordRead>(&by(kept), &asker(&[role]), a_dataset()).await;
        assert_eq!(denied, Some(ErrorCode::PermissionDenied), "{role:?}");
    }
}

const BY_TWO: &str = r#"forbid (principal, action == Action::"record:read", resource is Dataset) unless { context.approved };"#;

/// A glass that somebody broke for an hour.
fn broken_by(asker: &Asker, action: Action, resource: Resource) -> Arc<Approvals> {
    let mut approvals = Approvals::default();
    approvals.evolve(&ApprovalEvent::GlassBroken(GlassBroken {
        approval_id: an_approval(),
        wish: Wish {
            requester: asker.principal.actor(),
            action,
            target: resource.into(),
            reason: Sealed::from_envelope(Vec::new()),
        },
        broken_at: at(0),
        expires_at: at(3_600),
    }));
    Arc::new(approvals)
}

fn an_approval() -> ApprovalId {
    ApprovalId::from_uuid(Uuid::from_u128(8))
}

#[tokio::test]
async fn what_a_policy_wants_approved_is_done_with_the_approval_that_the_permit_names() {
    let scientist = asker(&[Role::DataScientist]);
    let without = by(Kept {
        policies: own(&[BY_TWO]),
        ..Kept::default()
    });
    let denied = denial::<act::RecordRead>(&without, &scientist, a_dataset()).await;
    assert_eq!(denied, Some(ErrorCode::PolicyViolation));
    let with = by(Kept {
        policies: own(&[BY_TWO]),
        approvals: broken_by(&scientist, Action::RecordRead, a_dataset().into()),
        ..Kept::default()
    });
    let permit = with.permit::<act::RecordRead>(&scientist, a_dataset()).await;
    let approval = permit.expect("is permitted").principal().approval;
    assert_eq!(approval, Some(an_approval()));
    let unneeded = with.permit::<act::RecordAdd>(&scientist, a_dataset()).await;
    assert_eq!(unneeded.expect("is permitted").principal().approval, None);
    let late = Asker {
        now: at(3_600),
        ..scientist
    };
    let denied = denial::<act::RecordRead>(&with, &late, a_dataset()).await;
    assert_eq!(denied, Some(ErrorCode::PolicyViolation));
}

#[tokio::test]
async fn an_approval_gives_nobody_a_right_that_no_policy_makes_depend_on_it() {
    let auditor = asker(&[Role::Auditor]);
    let kept = Kept {
        policies: own(&[BY_TWO]),
        approvals: broken_by(&auditor, Action::RecordRead, a_dataset().into()),
        ..Kept::default()
    };
    let denied = denial::<act::RecordRead>(&by(kept), &auditor, a_dataset()).await;
    assert_eq!(denied, Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn where_it_takes_two_to_change_policies_no_policy_keeps_the_two_from_it() {
    let admin = asker(&[Role::Admin]);
    let policies = own(&["forbid (principal, action, resource);"]);
    let by_two = |approvals| {
        let kept = Kept {
            policies: Arc::clone(&policies),
            approvals,
            ..Kept::default()
        };
        Authorizer::new(Arc::new(kept), "dev", ChangesOfPolicies::ByTwo)
    };
    let alone = by_two(Arc::default());
    let denied = denial::<act::PolicyManage>(&alone, &admin, TenantWide).await;
    assert_eq!(denied, Some(ErrorCode::PolicyViolation));
    assert_eq!(denial::<act::PolicyRead>(&alone, &admin, TenantWide).await, None);
    assert_eq!(
        denial::<act::ApprovalDecide>(&alone, &admin, TenantWide).await,
        None
    );
    let together = by_two(broken_by(&admin, Action::PolicyManage, Resource::Tenant));
    assert_eq!(
        denial::<act::PolicyManage>(&together, &admin, TenantWide).await,
        None
    );
    let scientist = asker(&[Role::DataScientist]);
    let denied = denial::<act::PolicyManage>(&alone, &scientist, TenantWide).await;
    assert_eq!(denied, Some(ErrorCode::PermissionDenied));
}
