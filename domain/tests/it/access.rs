//! The rules of written-down accesses.

use uuid::Uuid;
use vault_domain::{
    Action, KeyId, UserId,
    access::{
        Access, AccessCommand, AccessDenied, AccessEvent, AccessRefusal, DatasetReads, Denial,
        DeniedResource, KeyTask, KeyUse, KeysUsed, LoginRefused, RecordsRead,
    },
};

use crate::{
    samples::{dataset_id, record_id},
    support::{assert_survives_a_snapshot, given},
};

fn read(n: usize) -> AccessEvent {
    let datasets = DatasetReads {
        dataset_id: dataset_id(),
        reads: n as u64,
        record_ids: (0..n).map(record_id).collect(),
    };
    AccessEvent::Read(RecordsRead {
        datasets: vec![datasets],
    })
}

fn every_kind() -> [AccessEvent; 4] {
    let denial = Denial {
        action: Action::RecordRead,
        resource: DeniedResource::Dataset(dataset_id()),
        count: 1,
    };
    let key_use = KeyUse {
        key_id: KeyId::from_uuid(Uuid::from_u128(7)),
        task: KeyTask::Open,
        count: 1,
    };
    let refused = LoginRefused {
        user_id: UserId::from_uuid(Uuid::from_u128(8)),
        count: 3,
    };
    [
        read(3),
        AccessEvent::Denied(AccessDenied {
            denials: vec![denial],
        }),
        AccessEvent::LoginRefused(refused),
        AccessEvent::KeysUsed(KeysUsed { uses: vec![key_use] }),
    ]
}

#[test]
fn accesses_of_every_kind_are_written_down_as_one_fact() {
    for event in every_kind() {
        given::<Access>([])
            .when(AccessCommand::Record(event.clone()))
            .then([event]);
    }
}

#[test]
fn no_accesses_are_nothing_to_write_down() {
    let refused = LoginRefused {
        user_id: UserId::from_uuid(Uuid::from_u128(8)),
        count: 0,
    };
    for nothing in [
        AccessEvent::Read(RecordsRead { datasets: vec![] }),
        AccessEvent::Denied(AccessDenied { denials: vec![] }),
        AccessEvent::LoginRefused(refused),
        AccessEvent::KeysUsed(KeysUsed { uses: vec![] }),
    ] {
        given::<Access>([])
            .when(AccessCommand::Record(nothing))
            .then_refused(AccessRefusal::Empty);
    }
}

#[test]
fn accesses_are_written_down_once() {
    for before in every_kind() {
        given::<Access>([before])
            .when(AccessCommand::Record(read(1)))
            .then_refused(AccessRefusal::AlreadyRecorded);
    }
}

#[test]
fn written_down_accesses_survive_their_snapshot() {
    assert_survives_a_snapshot::<Access>(&[]);
    assert_survives_a_snapshot::<Access>(&[read(2)]);
}
