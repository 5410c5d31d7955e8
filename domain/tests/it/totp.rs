//! The rules of a second factor.

use vault_domain::totp::{
    RecoveryCodeUsed, Totp, TotpCommand, TotpConfirmed, TotpEnrolled, TotpEvent, TotpRefusal, TotpRemoval,
    TotpRemoved,
};

use crate::support::{assert_survives_a_snapshot, given};

const ENROLLED: TotpEvent = TotpEvent::Enrolled(TotpEnrolled {});
const CONFIRM: TotpCommand = TotpCommand::Confirm(TotpConfirmed { recovery_codes: 2 });
const CONFIRMED: TotpEvent = TotpEvent::Confirmed(TotpConfirmed { recovery_codes: 2 });
const REMOVE: TotpCommand = TotpCommand::Remove(TotpRemoval::ByUser);
const REMOVED: TotpEvent = TotpEvent::Removed(TotpRemoved {
    reason: TotpRemoval::ByUser,
});

const fn used(left: u32) -> TotpEvent {
    TotpEvent::RecoveryCodeUsed(RecoveryCodeUsed { left })
}

#[test]
fn a_user_begins_again_and_again_until_a_code_was_shown() {
    for history in [vec![], vec![ENROLLED], vec![ENROLLED, CONFIRMED, REMOVED]] {
        given::<Totp>(history).when(TotpCommand::Enroll).then([ENROLLED]);
    }
    for command in [TotpCommand::Enroll, CONFIRM] {
        given::<Totp>([ENROLLED, CONFIRMED])
            .when(command)
            .then_refused(TotpRefusal::AlreadyActive);
    }
}

#[test]
fn what_was_begun_with_is_confirmed() {
    given::<Totp>([ENROLLED]).when(CONFIRM).then([CONFIRMED]);
    given::<Totp>([])
        .when(CONFIRM)
        .then_refused(TotpRefusal::NotEnrolled);
}

#[test]
fn recovery_codes_come_to_an_end() {
    given::<Totp>([ENROLLED, CONFIRMED])
        .when(TotpCommand::UseRecoveryCode)
        .then([used(1)]);
    for history in [
        vec![],
        vec![ENROLLED],
        vec![ENROLLED, CONFIRMED, used(0)],
        vec![ENROLLED, CONFIRMED, REMOVED],
    ] {
        given::<Totp>(history)
            .when(TotpCommand::UseRecoveryCode)
            .then_refused(TotpRefusal::NothingToUse);
    }
}

#[test]
fn it_is_removed_once() {
    for history in [vec![ENROLLED], vec![ENROLLED, CONFIRMED]] {
        given::<Totp>(history).when(REMOVE).then([REMOVED]);
    }
    given::<Totp>([]).when(REMOVE).then_nothing();
}

#[test]
fn it_survives_its_snapshot() {
    assert_survives_a_snapshot::<Totp>(&[]);
    assert_survives_a_snapshot::<Totp>(&[ENROLLED]);
    assert_survives_a_snapshot::<Totp>(&[ENROLLED, CONFIRMED, used(1)]);
}
