//! The rules of a tenant's approvals.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use vault_domain::{
    Action, Actor, ApiKeyId, ApprovalId, Program, UserId,
    approval::{
        ApprovalCommand, ApprovalEvent, ApprovalGiven, ApprovalRefusal, ApprovalRefused, ApprovalRequested,
        ApprovalTarget, ApprovalWithdrawn, Approvals, Finding, GlassBroken, GlassReviewed,
        MAX_APPROVAL_MINUTES, MAX_APPROVALS, MAX_APPROVALS_OF_ONE, MAX_BROKEN_MINUTES, MAX_ENDED,
        MAX_UNREVIEWED_OF_ONE, Wish,
    },
};

use crate::{
    samples::{dataset_id, sealed},
    support::{assert_survives_a_snapshot, context, given, replayed},
};

const HOUR: u32 = 60;

fn now() -> DateTime<Utc> {
    context().now
}

fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

fn id(n: u128) -> ApprovalId {
    ApprovalId::from_uuid(Uuid::from_u128(n))
}

fn wish(by: u128) -> Wish {
    Wish {
        requester: Actor::User(user(by)),
        action: Action::RecordRead,
        target: ApprovalTarget::Dataset(dataset_id()),
        reason: sealed(40),
    }
}

fn requested_at(n: u128, by: u128, requested_at: DateTime<Utc>) -> ApprovalEvent {
    ApprovalEvent::Requested(ApprovalRequested {
        approval_id: id(n),
        wish: wish(by),
        requested_at,
        lasts_s: 3_600,
    })
}

fn requested(n: u128, by: u128) -> ApprovalEvent {
    requested_at(n, by, now())
}

fn gave_at(n: u128, given_at: DateTime<Utc>) -> ApprovalEvent {
    ApprovalEvent::Given(ApprovalGiven {
        approval_id: id(n),
        approver: user(2),
        note: None,
        given_at,
        expires_at: given_at + TimeDelta::hours(1),
    })
}

fn gave(n: u128) -> ApprovalEvent {
    gave_at(n, now())
}

fn refused(n: u128) -> ApprovalEvent {
    ApprovalEvent::Refused(ApprovalRefused {
        approval_id: id(n),
        approver: user(2),
        note: Some(sealed(40)),
        refused_at: now(),
    })
}

fn withdrawn(n: u128) -> ApprovalEvent {
    ApprovalEvent::Withdrawn(ApprovalWithdrawn {
        approval_id: id(n),
        withdrawn_at: now(),
    })
}

fn broke(n: u128, by: u128) -> ApprovalEvent {
    ApprovalEvent::GlassBroken(GlassBroken {
        approval_id: id(n),
        wish: wish(by),
        broken_at: now(),
        expires_at: now() + TimeDelta::hours(1),
    })
}

fn reviewed(n: u128, finding: Finding) -> ApprovalEvent {
    ApprovalEvent::Reviewed(GlassReviewed {
        approval_id: id(n),
        reviewer: user(2),
        finding,
        note: sealed(40),
        reviewed_at: now(),
    })
}

fn request(n: u128, by: u128, minutes: u32) -> ApprovalCommand {
    ApprovalCommand::Request {
        id: id(n),
        wish: wish(by),
        minutes,
    }
}

fn break_glass(n: u128, by: u128, minutes: u32) -> ApprovalCommand {
    ApprovalCommand::BreakGlass {
        id: id(n),
        wish: wish(by),
        minutes,
    }
}

fn give(n: u128, by: u128) -> ApprovalCommand {
    ApprovalCommand::Give {
        id: id(n),
        approver: user(by),
        note: None,
    }
}

fn refuse(n: u128, by: u128) -> ApprovalCommand {
    ApprovalCommand::Refuse {
        id: id(n),
        approver: user(by),
        note: Some(sealed(40)),
    }
}

fn withdraw(n: u128, by: Actor) -> ApprovalCommand {
    ApprovalCommand::Withdraw {
        id: id(n),
        requester: by,
    }
}

fn review(n: u128, by: u128) -> ApprovalCommand {
    ApprovalCommand::Review {
        id: id(n),
        reviewer: user(by),
        finding: Finding::Justified,
        note: sealed(40),
    }
}

#[test]
fn a_second_person_approves_and_nobody_approves_their_own() {
    given::<Approvals>([])
        .when(request(1, 1, HOUR))
        .then([requested(1, 1)]);
    given::<Approvals>([requested(1, 1)])
        .when(give(1, 2))
        .then([gave(1)]);
    for own in [give(1, 1), refuse(1, 1)] {
        given::<Approvals>([requested(1, 1)])
            .when(own)
            .then_refused(ApprovalRefusal::Own);
    }
    given::<Approvals>([requested(1, 1)])
        .when(give(2, 2))
        .then_refused(ApprovalRefusal::Unknown);
}

#[test]
fn an_approval_is_for_its_requester_and_its_wish_until_its_time_is_over() {
    let approvals: Approvals = replayed(&[requested(1, 1), gave(1), requested(2, 3)]);
    let me = Actor::User(user(1));
    let program = Actor::Program(Program {
        user: user(1),
        api_key: ApiKeyId::from_uuid(Uuid::from_u128(9)),
    });
    let target = ApprovalTarget::Dataset(dataset_id());
    let asked = |actor, action, target, at| approvals.in_force(actor, action, target, at);
    assert_eq!(asked(me, Action::RecordRead, target, now()), Some(id(1)));
    let over = now() + TimeDelta::hours(1);
    assert_eq!(asked(me, Action::RecordRead, target, over), None);
    assert_eq!(asked(program, Action::RecordRead, target, now()), None);
    assert_eq!(
        asked(Actor::User(user(3)), Action::RecordRead, target, now()),
        None
    );
    assert_eq!(asked(me, Action::RecordAdd, target, now()), None);
    assert_eq!(asked(me, Action::RecordRead, ApprovalTarget::Tenant, now()), None);
}

#[test]
fn what_is_decided_is_not_decided_again_but_an_approval_is_taken_back() {
    given::<Approvals>([requested(1, 1), gave(1)])
        .when(refuse(1, 2))
        .then([refused(1)]);
    for history in [
        vec![requested(1, 1), refused(1)],
        vec![requested(1, 1), withdrawn(1)],
        vec![requested_at(1, 1, now() - TimeDelta::hours(24))],
        vec![
            requested_at(1, 1, now() - TimeDelta::hours(9)),
            gave_at(1, now() - TimeDelta::hours(1)),
        ],
        vec![broke(1, 1)],
    ] {
        for late in [give(1, 2), refuse(1, 2)] {
            given::<Approvals>(history.clone())
                .when(late)
                .then_refused(ApprovalRefusal::NotInState);
        }
    }
    given::<Approvals>([requested(1, 1), gave(1)])
        .when(give(1, 2))
        .then_refused(ApprovalRefusal::NotInState);
}

#[test]
fn whoever_asked_may_do_without_and_nobody_else() {
    let me = Actor::User(user(1));
    for history in [vec![requested(1, 1)], vec![requested(1, 1), gave(1)]] {
        given::<Approvals>(history)
            .when(withdraw(1, me))
            .then([withdrawn(1)]);
    }
    given::<Approvals>([requested(1, 1)])
        .when(withdraw(1, Actor::User(user(2))))
        .then_refused(ApprovalRefusal::Unknown);
    for history in [vec![requested(1, 1), refused(1)], vec![broke(1, 1)]] {
        given::<Approvals>(history)
            .when(withdraw(1, me))
            .then_refused(ApprovalRefusal::NotInState);
    }
}

#[test]
fn a_broken_glass_works_at_once_and_wants_a_review_by_a_second_person() {
    given::<Approvals>([])
        .when(break_glass(1, 1, HOUR))
        .then([broke(1, 1)]);
    let in_force = |events: &[ApprovalEvent]| {
        let approvals: Approvals = replayed(events);
        let target = ApprovalTarget::Dataset(dataset_id());
        approvals.in_force(Actor::User(user(1)), Action::RecordRead, target, now())
    };
    assert_eq!(in_force(&[broke(1, 1)]), Some(id(1)));
    assert_eq!(
        in_force(&[broke(1, 1), reviewed(1, Finding::Justified)]),
        Some(id(1))
    );
    assert_eq!(in_force(&[broke(1, 1), reviewed(1, Finding::Unjustified)]), None);
    given::<Approvals>([broke(1, 1)])
        .when(review(1, 2))
        .then([reviewed(1, Finding::Justified)]);
    given::<Approvals>([broke(1, 1)])
        .when(review(1, 1))
        .then_refused(ApprovalRefusal::Own);
    for history in [
        vec![broke(1, 1), reviewed(1, Finding::Justified)],
        vec![requested(1, 1), gave(1)],
    ] {
        given::<Approvals>(history)
            .when(review(1, 2))
            .then_refused(ApprovalRefusal::NotInState);
    }
}

#[test]
fn whoever_was_not_reviewed_breaks_no_further_glass() {
    let mut history: Vec<_> = (0..).map(|n| broke(n, 1)).take(MAX_UNREVIEWED_OF_ONE).collect();
    given::<Approvals>(history.clone())
        .when(break_glass(50, 1, HOUR))
        .then_refused(ApprovalRefusal::TooManyUnreviewed);
    given::<Approvals>(history.clone())
        .when(break_glass(50, 3, HOUR))
        .then([broke(50, 3)]);
    history.push(reviewed(0, Finding::Unjustified));
    given::<Approvals>(history)
        .when(break_glass(50, 1, HOUR))
        .then([broke(50, 1)]);
}

#[test]
fn approvals_have_a_length() {
    for minutes in [0, MAX_APPROVAL_MINUTES + 1] {
        given::<Approvals>([])
            .when(request(1, 1, minutes))
            .then_refused(ApprovalRefusal::BadDuration(MAX_APPROVAL_MINUTES));
    }
    for minutes in [0, MAX_BROKEN_MINUTES + 1, u32::MAX] {
        given::<Approvals>([])
            .when(break_glass(1, 1, minutes))
            .then_refused(ApprovalRefusal::BadDuration(MAX_BROKEN_MINUTES));
    }
}

#[test]
fn there_are_only_so_many_at_a_time() {
    let one: Vec<_> = (0..)
        .map(|n| requested(n, 1))
        .take(MAX_APPROVALS_OF_ONE)
        .collect();
    given::<Approvals>(one.clone())
        .when(request(5_000, 1, HOUR))
        .then_refused(ApprovalRefusal::TooManyOfOne);
    let mut with_room = one;
    with_room.push(refused(0));
    given::<Approvals>(with_room)
        .when(request(5_000, 1, HOUR))
        .then([requested(5_000, 1)]);
    let full: Vec<_> = (0..).map(|n| requested(n, n)).take(MAX_APPROVALS).collect();
    given::<Approvals>(full)
        .when(request(5_000, 1, HOUR))
        .then_refused(ApprovalRefusal::TooMany);
}

#[test]
fn what_is_over_is_forgotten_when_it_is_much_and_what_wants_a_review_never_is() {
    let mut history = vec![broke(0, 1)];
    for n in 1..=2 * MAX_ENDED as u128 {
        history.extend([requested(n, 1), refused(n)]);
    }
    let approvals: Approvals = replayed(&history);
    assert_eq!(approvals.all().len(), MAX_ENDED + 2);
    assert!(approvals.get(id(0)).is_some() && approvals.get(id(1)).is_none());
}

#[test]
fn a_snapshot_keeps_the_approvals() {
    assert_survives_a_snapshot::<Approvals>(&[
        requested(1, 1),
        gave(1),
        requested(2, 1),
        refused(2),
        requested(3, 1),
        withdrawn(3),
        broke(4, 1),
        broke(5, 1),
        reviewed(5, Finding::Justified),
        requested(6, 1),
    ]);
}
