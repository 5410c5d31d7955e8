//! The rules of a dataset's grants.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use vault_domain::{
    Action, GrantId, Role,
    grant::{
        GrantCommand, GrantEvent, GrantGiven, GrantRefusal, GrantRevoked, Grantee, Grants, MAX_GRANT_DAYS,
        MAX_GRANTS,
    },
};

use crate::{
    samples::sealed,
    support::{assert_survives_a_snapshot, context, given, replayed},
};

fn now() -> DateTime<Utc> {
    context().now
}

fn id(n: u128) -> GrantId {
    GrantId::from_uuid(Uuid::from_u128(n))
}

fn grant(n: u128, expires_at: Option<DateTime<Utc>>) -> GrantGiven {
    GrantGiven {
        grant_id: id(n),
        to: Grantee::Role(Role::Auditor),
        actions: vec![Action::RecordRead],
        reason: sealed(40),
        given_at: now(),
        expires_at,
    }
}

fn gave(n: u128) -> GrantEvent {
    GrantEvent::Given(grant(n, None))
}

fn ended(n: u128) -> GrantEvent {
    GrantEvent::Given(GrantGiven {
        given_at: now() - TimeDelta::hours(2),
        ..grant(n, Some(now() - TimeDelta::hours(1)))
    })
}

fn revoked(n: u128) -> GrantEvent {
    GrantEvent::Revoked(GrantRevoked { grant_id: id(n) })
}

#[test]
fn only_rights_to_a_dataset_are_given() {
    let with = |actions: &[Action]| {
        GrantCommand::Give(GrantGiven {
            actions: actions.to_vec(),
            ..grant(1, None)
        })
    };
    given::<Grants>([])
        .when(with(&[]))
        .then_refused(GrantRefusal::NoActions);
    for action in [Action::AuditRead, Action::GrantManage, Action::GrantRead] {
        given::<Grants>([])
            .when(with(&[Action::RecordRead, action]))
            .then_refused(GrantRefusal::NotGrantable(action));
    }
}

#[test]
fn a_grant_ends_after_it_begins_and_not_too_late() {
    let until = |end| GrantCommand::Give(grant(1, Some(end)));
    for end in [
        now(),
        now() - TimeDelta::seconds(1),
        now() + TimeDelta::days(MAX_GRANT_DAYS) + TimeDelta::seconds(1),
    ] {
        given::<Grants>([])
            .when(until(end))
            .then_refused(GrantRefusal::BadExpiry);
    }
    let end = now() + TimeDelta::days(MAX_GRANT_DAYS);
    given::<Grants>([])
        .when(until(end))
        .then([GrantEvent::Given(grant(1, Some(end)))]);
}

#[test]
fn only_so_many_are_in_force() {
    let full: Vec<GrantEvent> = (0..).map(gave).take(MAX_GRANTS).collect();
    given::<Grants>(full.clone())
        .when(GrantCommand::Give(grant(5_000, None)))
        .then_refused(GrantRefusal::TooMany);
    let mut partly = full;
    partly.truncate(MAX_GRANTS - 1);
    partly.insert(0, ended(6_000));
    given::<Grants>(partly)
        .when(GrantCommand::Give(grant(5_000, None)))
        .then([gave(5_000)]);
}

#[test]
fn what_is_over_or_not_there_is_not_taken_back() {
    given::<Grants>([gave(1)])
        .when(GrantCommand::Revoke(id(1)))
        .then([revoked(1)]);
    let history = [ended(2), gave(1), revoked(1)];
    for unknown in [1, 2, 3] {
        given::<Grants>(history.clone())
            .when(GrantCommand::Revoke(id(unknown)))
            .then_refused(GrantRefusal::Unknown);
    }
}

#[test]
fn a_grant_is_in_force_until_its_time_is_over() {
    let end = now() + TimeDelta::hours(1);
    let grants: Grants = replayed(&[GrantEvent::Given(grant(1, Some(end))), gave(2)]);
    let in_force = |at| {
        grants
            .in_force(at)
            .map(|grant| grant.grant_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(in_force(end - TimeDelta::microseconds(1)), [id(1), id(2)]);
    assert_eq!(in_force(end), [id(2)]);
}

#[test]
fn a_snapshot_keeps_the_grants() {
    assert_survives_a_snapshot::<Grants>(&[ended(3), gave(1), gave(2), revoked(1)]);
}
