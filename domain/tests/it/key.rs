//! The rules of a scope's keys.

use uuid::Uuid;
use vault_domain::{
    KeyId,
    key::{
        KeyCommand, KeyContentsRewrapped, KeyDestroyed, KeyEvent, KeyRefusal, KeyRetired, KeyRevoked,
        KeyRewrapped, KeyRotated, KeyScope, Keys, RootKeyHolder, RotationReason,
    },
};

use crate::{
    samples::dataset_id,
    support::{assert_survives_a_snapshot, given},
};

fn key(n: u128) -> KeyId {
    KeyId::from_uuid(Uuid::from_u128(n))
}

fn rotate(previous: u128, key_id: u128) -> KeyCommand {
    KeyCommand::Rotate {
        scope: KeyScope::Dataset(dataset_id()),
        previous: key(previous),
        key_id: key(key_id),
        reason: RotationReason::Asked,
    }
}

fn rotated(previous: u128, key_id: u128, generation: u32) -> KeyEvent {
    KeyEvent::Rotated(KeyRotated {
        scope: KeyScope::Dataset(dataset_id()),
        previous: key(previous),
        key_id: key(key_id),
        generation,
        reason: RotationReason::Asked,
    })
}

fn rewrapped() -> KeyRewrapped {
    KeyRewrapped {
        key_id: key(9),
        from: RootKeyHolder::Local,
        to: RootKeyHolder::Aws,
    }
}

#[test]
fn the_first_rotation_makes_the_second_generation() {
    given::<Keys>([]).when(rotate(1, 2)).then([rotated(1, 2, 2)]);
}

#[test]
fn each_rotation_makes_the_next_generation() {
    given::<Keys>([rotated(1, 2, 2)])
        .when(rotate(2, 3))
        .then([rotated(2, 3, 3)]);
}

#[test]
fn a_key_that_was_rotated_is_not_rotated_again() {
    given::<Keys>([rotated(1, 2, 2)])
        .when(rotate(1, 3))
        .then_refused(KeyRefusal::NotNewest);
}

fn revoke(key_id: u128, replacement: Option<u128>) -> KeyCommand {
    KeyCommand::Revoke {
        scope: KeyScope::Dataset(dataset_id()),
        key_id: key(key_id),
        replacement: replacement.map(key),
    }
}

fn revoked(key_id: u128) -> KeyEvent {
    KeyEvent::Revoked(KeyRevoked {
        scope: KeyScope::Dataset(dataset_id()),
        key_id: key(key_id),
    })
}

#[test]
fn revoking_the_newest_key_rotates_it() {
    let KeyEvent::Rotated(by_hand) = rotated(1, 2, 2) else {
        unreachable!("a rotation")
    };
    let replaced = KeyEvent::Rotated(KeyRotated {
        reason: RotationReason::Revoked,
        ..by_hand
    });
    given::<Keys>([])
        .when(revoke(1, Some(2)))
        .then([replaced, revoked(1)]);
    given::<Keys>([rotated(1, 3, 2)])
        .when(revoke(1, Some(2)))
        .then_refused(KeyRefusal::NotNewest);
}

#[test]
fn an_older_key_is_revoked_alone_and_once() {
    given::<Keys>([rotated(1, 2, 2)])
        .when(revoke(1, None))
        .then([revoked(1)]);
    given::<Keys>([rotated(1, 2, 2), revoked(1)])
        .when(revoke(1, None))
        .then_nothing();
}

#[test]
fn rewrapping_changes_no_generation() {
    given::<Keys>([])
        .when(KeyCommand::Rewrap(rewrapped()))
        .then([KeyEvent::Rewrapped(rewrapped())]);
    given::<Keys>([KeyEvent::Rewrapped(rewrapped())])
        .when(rotate(1, 2))
        .then([rotated(1, 2, 2)]);
}

fn retire(key_id: u128) -> KeyRetired {
    KeyRetired {
        scope: KeyScope::Dataset(dataset_id()),
        key_id: key(key_id),
    }
}

fn finish(key_id: u128) -> KeyContentsRewrapped {
    KeyContentsRewrapped {
        scope: KeyScope::Dataset(dataset_id()),
        key_id: key(key_id),
        contents: 7,
        size_bytes: 700,
    }
}

fn destroy(key_id: u128) -> KeyDestroyed {
    KeyDestroyed {
        scope: KeyScope::Dataset(dataset_id()),
        key_ids: vec![key(key_id)],
    }
}

#[test]
fn a_key_that_seals_is_not_retired() {
    given::<Keys>([])
        .when(KeyCommand::Retire(retire(1)))
        .then_refused(KeyRefusal::Seals);
    given::<Keys>([rotated(1, 2, 2)])
        .when(KeyCommand::Retire(retire(2)))
        .then_refused(KeyRefusal::Seals);
}

#[test]
fn an_older_key_is_retired_rewrapped_and_destroyed_each_once_and_in_this_order() {
    let retired = KeyEvent::Retired(retire(1));
    let rewrapped = KeyEvent::ContentsRewrapped(finish(1));
    let destroyed = KeyEvent::Destroyed(destroy(1));
    let mut events = vec![rotated(1, 2, 2)];
    given::<Keys>(events.clone())
        .when(KeyCommand::FinishRewrap(finish(1)))
        .then_refused(KeyRefusal::NotRewrapped);
    for (command, event) in [
        (KeyCommand::Retire(retire(1)), retired),
        (KeyCommand::FinishRewrap(finish(1)), rewrapped),
        (KeyCommand::Destroy(destroy(1)), destroyed),
    ] {
        if !matches!(command, KeyCommand::Destroy(_)) {
            given::<Keys>(events.clone())
                .when(KeyCommand::Destroy(destroy(1)))
                .then_refused(KeyRefusal::NotRewrapped);
        }
        given::<Keys>(events.clone())
            .when(command.clone())
            .then([event.clone()]);
        events.push(event);
        given::<Keys>(events.clone()).when(command).then_nothing();
    }
}

#[test]
fn keys_survive_a_snapshot() {
    assert_survives_a_snapshot::<Keys>(&[
        rotated(1, 2, 2),
        rotated(2, 3, 3),
        revoked(1),
        KeyEvent::Rewrapped(rewrapped()),
        KeyEvent::Retired(retire(1)),
        KeyEvent::ContentsRewrapped(finish(1)),
        KeyEvent::Destroyed(destroy(1)),
    ]);
}
