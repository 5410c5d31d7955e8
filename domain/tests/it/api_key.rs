//! The rules of an API key.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use vault_domain::{
    Action, UserId,
    api_key::{
        ApiKey, ApiKeyCommand, ApiKeyCreated, ApiKeyEvent, ApiKeyExpired, ApiKeyRefusal, ApiKeyRevocation,
        ApiKeyRevoked, ApiKeyRotated,
    },
};

use crate::{
    samples::sealed,
    support::{assert_survives_a_snapshot, context, given},
};

/// So many seconds from now on.
fn at(seconds: i64) -> DateTime<Utc> {
    context().now + TimeDelta::seconds(seconds)
}

fn key(expires_at: DateTime<Utc>) -> ApiKeyCreated {
    ApiKeyCreated {
        user_id: UserId::from_uuid(Uuid::from_u128(7)),
        name: sealed(60),
        scopes: vec![Action::RecordAdd],
        expires_at,
        requests_per_s: Some(10),
    }
}

fn created(expires_at: DateTime<Utc>) -> ApiKeyEvent {
    ApiKeyEvent::Created(key(expires_at))
}

fn rotated() -> ApiKeyRotated {
    ApiKeyRotated {
        previous_until: at(60),
    }
}

fn revoked() -> ApiKeyEvent {
    ApiKeyEvent::Revoked(ApiKeyRevoked {
        reason: ApiKeyRevocation::ByOwner,
    })
}

fn expired() -> ApiKeyEvent {
    ApiKeyEvent::Expired(ApiKeyExpired {})
}

const REVOKE: ApiKeyCommand = ApiKeyCommand::Revoke(ApiKeyRevocation::ByOwner);

#[test]
fn a_key_is_made_once() {
    given::<ApiKey>([])
        .when(ApiKeyCommand::Create(key(at(100))))
        .then([created(at(100))]);
    for history in [vec![created(at(100))], vec![created(at(100)), revoked()]] {
        given::<ApiKey>(history)
            .when(ApiKeyCommand::Create(key(at(100))))
            .then_refused(ApiKeyRefusal::AlreadyExists);
    }
}

#[test]
fn a_key_is_rotated_again_and_again_while_it_is_good() {
    for history in [
        vec![created(at(1))],
        vec![created(at(1)), ApiKeyEvent::Rotated(rotated())],
    ] {
        given::<ApiKey>(history)
            .when(ApiKeyCommand::Rotate(rotated()))
            .then([ApiKeyEvent::Rotated(rotated())]);
    }
}

#[test]
fn what_is_not_good_is_not_rotated() {
    for history in [
        vec![],
        vec![created(at(0))],
        vec![created(at(100)), revoked()],
        vec![created(at(-1)), expired()],
    ] {
        given::<ApiKey>(history)
            .when(ApiKeyCommand::Rotate(rotated()))
            .then_refused(ApiKeyRefusal::NotActive);
    }
}

#[test]
fn a_key_is_revoked_once_also_when_its_time_is_over_and_nobody_took_that_down() {
    for expires_at in [at(100), at(-100)] {
        given::<ApiKey>([created(expires_at)])
            .when(REVOKE)
            .then([revoked()]);
    }
    given::<ApiKey>([created(at(100)), revoked()])
        .when(REVOKE)
        .then_nothing();
    given::<ApiKey>([])
        .when(REVOKE)
        .then_refused(ApiKeyRefusal::NotActive);
}

#[test]
fn a_key_expires_when_its_time_is_over_and_not_before() {
    given::<ApiKey>([created(at(0))])
        .when(ApiKeyCommand::Expire)
        .then([expired()]);
    given::<ApiKey>([created(at(1))])
        .when(ApiKeyCommand::Expire)
        .then_refused(ApiKeyRefusal::NotExpired);
    for over in [expired(), revoked()] {
        given::<ApiKey>([created(at(-1)), over])
            .when(ApiKeyCommand::Expire)
            .then_nothing();
    }
}

#[test]
fn a_key_survives_its_snapshot() {
    assert_survives_a_snapshot::<ApiKey>(&[]);
    assert_survives_a_snapshot::<ApiKey>(&[created(at(1)), ApiKeyEvent::Rotated(rotated())]);
    assert_survives_a_snapshot::<ApiKey>(&[created(at(1)), revoked()]);
}
