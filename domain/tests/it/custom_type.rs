//! The rules of a tenant's own types.

use uuid::Uuid;
use vault_domain::{
    CustomTypeDefinitionId,
    custom_type::{
        CustomTypeCommand, CustomTypeEvent, CustomTypeRefusal, CustomTypeRemoved, CustomTypes, DefinedType,
        MAX_CUSTOM_TYPES,
    },
};

use crate::{
    samples::{hash, sealed},
    support::{assert_survives_a_snapshot, given},
};

fn id(n: u8) -> CustomTypeDefinitionId {
    CustomTypeDefinitionId::from_uuid(Uuid::from_u128(n.into()))
}

fn named(n: u8, name: u8) -> DefinedType {
    DefinedType {
        id: id(n),
        name: hash(name),
        definition: sealed(40),
    }
}

fn defined(n: u8, name: u8) -> CustomTypeEvent {
    CustomTypeEvent::Defined(named(n, name).into())
}

fn changed(n: u8, name: u8) -> CustomTypeEvent {
    CustomTypeEvent::Changed(named(n, name).into())
}

fn removed(n: u8) -> CustomTypeEvent {
    CustomTypeEvent::Removed(CustomTypeRemoved {
        custom_type_id: id(n),
    })
}

#[test]
fn a_name_is_taken_until_it_is_given_up() {
    let again = || CustomTypeCommand::Define(named(2, 7));
    given::<CustomTypes>([]).when(again()).then([defined(2, 7)]);
    given::<CustomTypes>([defined(1, 7)])
        .when(again())
        .then_refused(CustomTypeRefusal::NameTaken);
    given::<CustomTypes>([defined(1, 7), removed(1)])
        .when(again())
        .then([defined(2, 7)]);
    given::<CustomTypes>([defined(1, 7), changed(1, 8)])
        .when(again())
        .then([defined(2, 7)]);
}

#[test]
fn a_type_may_keep_its_name_and_take_no_other_ones() {
    let history = [defined(1, 7), defined(2, 8)];
    given::<CustomTypes>(history.clone())
        .when(CustomTypeCommand::Change(named(1, 7)))
        .then([changed(1, 7)]);
    given::<CustomTypes>(history)
        .when(CustomTypeCommand::Change(named(1, 8)))
        .then_refused(CustomTypeRefusal::NameTaken);
}

#[test]
fn what_is_not_there_is_neither_changed_nor_removed() {
    let gone = [defined(1, 7), removed(1)];
    given::<CustomTypes>(gone.clone())
        .when(CustomTypeCommand::Change(named(1, 7)))
        .then_refused(CustomTypeRefusal::Unknown);
    given::<CustomTypes>(gone)
        .when(CustomTypeCommand::Remove(id(1)))
        .then_refused(CustomTypeRefusal::Unknown);
}

#[test]
fn there_are_only_so_many() {
    let full: Vec<CustomTypeEvent> = (0..).map(|n| defined(n, n)).take(MAX_CUSTOM_TYPES).collect();
    given::<CustomTypes>(full)
        .when(CustomTypeCommand::Define(named(200, 200)))
        .then_refused(CustomTypeRefusal::TooMany);
}

#[test]
fn a_snapshot_keeps_the_definitions() {
    assert_survives_a_snapshot::<CustomTypes>(&[defined(1, 7), defined(2, 8), changed(1, 9), removed(2)]);
}
