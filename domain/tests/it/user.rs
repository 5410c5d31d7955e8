//! The rules of a user.

use chrono::DateTime;
use vault_domain::{
    Role,
    user::{
        PasswordProof, User, UserCommand, UserDisabled, UserEnabled, UserEvent, UserInvited,
        UserPasswordChanged, UserRefusal, UserRegistered, UserRolesChanged, UserStatus,
    },
};

use crate::{
    samples::sealed_text,
    support::{assert_survives_a_snapshot, given},
};

const DISABLED: UserEvent = UserEvent::Disabled(UserDisabled {});
const ENABLED: UserEvent = UserEvent::Enabled(UserEnabled {});
const CHOOSE: UserCommand = UserCommand::ChangePassword(PasswordProof::Invitation);

fn register(email: u8, roles: &[Role]) -> UserCommand {
    UserCommand::Register {
        email: sealed_text(email),
        roles: roles.to_vec(),
    }
}

fn registered(email: u8, roles: &[Role]) -> UserEvent {
    UserEvent::Registered(UserRegistered {
        email: sealed_text(email),
        roles: roles.to_vec(),
    })
}

fn change(roles: Option<&[Role]>, status: Option<UserStatus>) -> UserCommand {
    UserCommand::Change {
        roles: roles.map(<[Role]>::to_vec),
        status,
    }
}

fn roles_changed(roles: &[Role]) -> UserEvent {
    UserEvent::RolesChanged(UserRolesChanged {
        roles: roles.to_vec(),
    })
}

fn invite() -> UserCommand {
    UserCommand::Invite {
        expires_at: DateTime::UNIX_EPOCH,
    }
}

fn invited() -> UserEvent {
    UserEvent::Invited(UserInvited {
        expires_at: DateTime::UNIX_EPOCH,
    })
}

#[test]
fn a_user_is_registered_with_its_address_and_roles() {
    given::<User>([])
        .when(register(1, &Role::ALL))
        .then([registered(1, &Role::ALL)]);
}

#[test]
fn a_user_may_have_no_role() {
    given::<User>([])
        .when(register(1, &[]))
        .then([registered(1, &[])]);
}

#[test]
fn a_user_is_registered_once_whatever_address_and_roles_it_is_given() {
    for again in [register(1, &[Role::Admin]), register(2, &[])] {
        given::<User>([registered(1, &[Role::Admin])])
            .when(again)
            .then_refused(UserRefusal::AlreadyRegistered);
    }
}

#[test]
fn nothing_becomes_of_a_user_that_does_not_exist() {
    for command in [change(Some(&[]), Some(UserStatus::Disabled)), invite(), CHOOSE] {
        given::<User>([]).when(command).then_refused(UserRefusal::Unknown);
    }
}

#[test]
fn a_user_becomes_what_is_said_and_nothing_is_said_twice() {
    let admin = || registered(1, &[Role::Admin]);
    let disabled = Some(UserStatus::Disabled);
    given::<User>([admin()])
        .when(change(Some(&[Role::Auditor]), disabled))
        .then([roles_changed(&[Role::Auditor]), DISABLED]);
    given::<User>([admin()])
        .when(change(Some(&[Role::Admin]), Some(UserStatus::Active)))
        .then([]);
    given::<User>([admin(), roles_changed(&[Role::Auditor]), DISABLED])
        .when(change(Some(&[Role::Auditor]), disabled))
        .then([]);
    given::<User>([admin(), DISABLED])
        .when(change(None, Some(UserStatus::Active)))
        .then([ENABLED]);
    given::<User>([admin(), DISABLED, ENABLED])
        .when(change(None, disabled))
        .then([DISABLED]);
}

#[test]
fn a_user_who_can_log_in_chooses_a_password_and_one_who_is_disabled_is_only_invited() {
    let chosen = UserEvent::PasswordChanged(UserPasswordChanged {
        with: PasswordProof::Invitation,
    });
    given::<User>([registered(1, &[]), invited()])
        .when(CHOOSE)
        .then([chosen]);
    given::<User>([registered(1, &[]), DISABLED])
        .when(invite())
        .then([invited()]);
    given::<User>([registered(1, &[]), DISABLED, invited()])
        .when(CHOOSE)
        .then_refused(UserRefusal::Disabled);
}

#[test]
fn a_user_survives_its_snapshot() {
    assert_survives_a_snapshot::<User>(&[]);
    assert_survives_a_snapshot::<User>(&[registered(1, &[]), roles_changed(&Role::ALL), DISABLED]);
}
