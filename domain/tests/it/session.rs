//! The rules of a session.

use uuid::Uuid;
use vault_domain::{
    UserId,
    session::{
        SecondFactor, Session, SessionCommand, SessionEnd, SessionEnded, SessionEvent, SessionRefusal,
        SessionStarted,
    },
};

use crate::support::{assert_survives_a_snapshot, given};

fn user_id() -> UserId {
    UserId::from_uuid(Uuid::from_u128(7))
}

fn started() -> SessionEvent {
    SessionEvent::Started(SessionStarted {
        user_id: user_id(),
        second_factor: Some(SecondFactor::Totp),
    })
}

fn start() -> SessionCommand {
    SessionCommand::Start(SessionStarted {
        user_id: user_id(),
        second_factor: Some(SecondFactor::Totp),
    })
}

fn ended(reason: SessionEnd) -> SessionEvent {
    SessionEvent::Ended(SessionEnded {
        user_id: user_id(),
        reason,
    })
}

const END: fn(SessionEnd) -> SessionCommand = |reason| SessionCommand::End(user_id(), reason);

#[test]
fn a_login_starts_a_session() {
    given::<Session>([]).when(start()).then([started()]);
}

#[test]
fn a_session_starts_once() {
    for history in [vec![started()], vec![started(), ended(SessionEnd::Logout)]] {
        given::<Session>(history)
            .when(start())
            .then_refused(SessionRefusal::AlreadyStarted);
    }
}

#[test]
fn a_session_ends_for_its_reason() {
    for reason in [SessionEnd::Logout, SessionEnd::RefreshTokenReused] {
        given::<Session>([started()])
            .when(END(reason))
            .then([ended(reason)]);
    }
}

#[test]
fn a_session_that_began_before_logins_were_recorded_ends_all_the_same() {
    given::<Session>([])
        .when(END(SessionEnd::Logout))
        .then([ended(SessionEnd::Logout)]);
}

#[test]
fn a_session_that_has_ended_does_not_end_again() {
    given::<Session>([started(), ended(SessionEnd::Logout)])
        .when(END(SessionEnd::RefreshTokenReused))
        .then_nothing();
}

#[test]
fn a_session_survives_its_snapshot() {
    assert_survives_a_snapshot::<Session>(&[]);
    assert_survives_a_snapshot::<Session>(&[started()]);
    assert_survives_a_snapshot::<Session>(&[started(), ended(SessionEnd::Logout)]);
}
