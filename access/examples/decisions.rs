//! How long a decision takes that is not remembered, for a tenant with as many policies as it may have.
//!
//! `cargo run --release -p vault-access --example decisions`
#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use chrono::DateTime;
use uuid::Uuid;
use vault_access::{
    Credential, Login, Principal, Resource, Role,
    policy::{Circumstances, DatasetAttributes, Question, TenantPolicies, TenantPolicy},
};
use vault_domain::{
    Action, DatasetId, SessionId, TenantId, UserId,
    policy::{MAX_POLICIES, MAX_WIDE_POLICIES},
};

const DECISIONS: u32 = 50_000;

fn main() {
    let policies: Vec<TenantPolicy> = (0..MAX_POLICIES).map(policy).collect();
    let start = Instant::now();
    let policies = TenantPolicies::new(&policies);
    println!("{MAX_POLICIES} policies made ready in {:?}", start.elapsed());
    let dataset = DatasetAttributes {
        tags: vec!["support".to_owned(), "chat".to_owned()],
        ..DatasetAttributes::default()
    };
    let mut times: Vec<Duration> = (0..DECISIONS)
        .map(|number| decide(&policies, &dataset, number))
        .collect();
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("one decision: p50 {:?}, p99 {:?}, of {DECISIONS}", at(50), at(99));
}

/// As many as may be concern everybody; the rest name a user or a dataset, as a thousand users and datasets have them.
fn policy(number: usize) -> TenantPolicy {
    let id = Uuid::from_u128(number as u128);
    let text = match number {
        0..MAX_WIDE_POLICIES => format!(
            r#"forbid (principal, action, resource is Dataset)
               when {{ resource.tags.contains("secret-{number}") && context has mfa_age_s && context.mfa_age_s > 300 }};"#
        ),
        _ if number.is_multiple_of(2) => format!(
            r#"permit (principal == User::"{id}", action == Action::"record:read", resource is Dataset)
               when {{ resource.tags.contains("chat") }};"#
        ),
        _ => format!(
            r#"forbid (principal, action in [Action::"record:read", Action::"record:add"], resource == Dataset::"{id}")
               when {{ resource.sensitive }};"#
        ),
    };
    TenantPolicy {
        id: id.to_string(),
        text,
    }
}

fn decide(policies: &TenantPolicies, dataset: &DatasetAttributes, number: u32) -> Duration {
    let number = u128::from(number) % MAX_POLICIES as u128;
    let principal = Principal {
        tenant: TenantId::from_uuid(Uuid::nil()),
        user: UserId::from_uuid(Uuid::from_u128(number)),
        credential: Credential::Session(Login {
            session: SessionId::from_uuid(Uuid::nil()),
            at_s: 0,
            mfa_at_s: Some(0),
        }),
        roles: [Role::MlEngineer, Role::Auditor].into_iter().collect(),
        approval: None,
    };
    let question = Question {
        principal: &principal,
        action: Action::RecordRead,
        resource: Resource::Dataset(DatasetId::from_uuid(Uuid::from_u128(number + 1))),
        dataset: Some(dataset),
        circumstances: Circumstances {
            now: DateTime::UNIX_EPOCH,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            environment: "prod",
            approved: false,
        },
    };
    let start = Instant::now();
    black_box(policies.verdict(&question));
    start.elapsed()
}
