//! The rules of a user.

use vault_domain::{
    Role,
    user::{User, UserCommand, UserEvent, UserRefusal, UserRegistered},
};

use crate::{
    samples::sealed_text,
    support::{assert_survives_a_snapshot, given},
};

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
fn a_user_survives_its_snapshot() {
    assert_survives_a_snapshot::<User>(&[]);
    assert_survives_a_snapshot::<User>(&[registered(1, &[])]);
}
