//! The rules of a tenant's own policies.

use uuid::Uuid;
use vault_domain::{
    PolicyId,
    policy::{
        MAX_POLICIES, MAX_WIDE_POLICIES, NewPolicy, Policies, PolicyCommand, PolicyDeleted, PolicyEvent,
        PolicyRefusal,
    },
};

use crate::{
    samples::sealed,
    support::{assert_survives_a_snapshot, given, replayed},
};

fn id(n: u128) -> PolicyId {
    PolicyId::from_uuid(Uuid::from_u128(n))
}

fn policy(n: u128, wide: bool) -> NewPolicy {
    NewPolicy {
        id: id(n),
        wide,
        content: sealed(40),
    }
}

fn created(n: u128, wide: bool) -> PolicyEvent {
    PolicyEvent::Created(policy(n, wide).into())
}

fn replaced(n: u128, wide: bool) -> PolicyEvent {
    PolicyEvent::Replaced(policy(n, wide).into())
}

fn deleted(n: u128) -> PolicyEvent {
    PolicyEvent::Deleted(PolicyDeleted { policy_id: id(n) })
}

#[test]
fn what_is_not_there_is_neither_replaced_nor_deleted() {
    let gone = [created(1, false), deleted(1)];
    given::<Policies>(gone.clone())
        .when(PolicyCommand::Replace(policy(1, false)))
        .then_refused(PolicyRefusal::Unknown);
    given::<Policies>(gone)
        .when(PolicyCommand::Delete(id(1)))
        .then_refused(PolicyRefusal::Unknown);
}

#[test]
fn there_are_only_so_many() {
    let full: Vec<PolicyEvent> = (0..).map(|n| created(n, false)).take(MAX_POLICIES).collect();
    let one_more = PolicyCommand::Create(policy(9_999, false));
    given::<Policies>(full.clone())
        .when(one_more.clone())
        .then_refused(PolicyRefusal::TooMany);
    let freed: Vec<PolicyEvent> = full.into_iter().chain([deleted(3)]).collect();
    given::<Policies>(freed)
        .when(one_more)
        .then([created(9_999, false)]);
}

#[test]
fn only_so_many_of_them_are_wide() {
    let full: Vec<PolicyEvent> = (0..)
        .map(|n| created(n, true))
        .take(MAX_WIDE_POLICIES)
        .chain([created(500, false)])
        .collect();
    for command in [
        PolicyCommand::Create(policy(501, true)),
        PolicyCommand::Replace(policy(500, true)),
    ] {
        given::<Policies>(full.clone())
            .when(command)
            .then_refused(PolicyRefusal::TooManyWide);
    }
    given::<Policies>(full.clone())
        .when(PolicyCommand::Replace(policy(0, true)))
        .then([replaced(0, true)]);
    given::<Policies>(full)
        .when(PolicyCommand::Create(policy(501, false)))
        .then([created(501, false)]);
}

#[test]
fn a_policy_knows_at_which_sequence_it_became_what_it_is() {
    let policies: Policies = replayed(&[created(1, true), created(2, true), replaced(1, false)]);
    let sequence = |n| policies.get(id(n)).map(|kept| kept.sequence);
    assert_eq!((sequence(1), sequence(2)), (Some(3), Some(2)));
}

#[test]
fn a_snapshot_keeps_the_policies() {
    assert_survives_a_snapshot::<Policies>(&[
        created(1, true),
        created(2, false),
        replaced(1, false),
        deleted(2),
    ]);
}
