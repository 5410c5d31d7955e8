//! The rules of a person whom records are about.

use std::collections::BTreeMap;

use uuid::Uuid;
use vault_domain::{
    DatasetId, EpochId, KeyId,
    subject::{
        HoldReleased, MAX_DATASETS_PER_EVENT, PurgedDataset, RestrictionLifted, Subject, SubjectCommand,
        SubjectEpochEnded, SubjectErased, SubjectEvent, SubjectHeld, SubjectPurged, SubjectRefusal,
        SubjectRegistered, SubjectRestricted,
    },
};

use crate::{
    samples::sealed,
    support::{assert_survives_a_snapshot, given, replayed},
};

const KEY: KeyId = KeyId::from_uuid(Uuid::from_u128(8));
const EPOCH: EpochId = EpochId::from_uuid(Uuid::from_u128(9));

fn registered() -> SubjectEvent {
    SubjectEvent::Registered(SubjectRegistered { name: sealed(60) })
}

fn held() -> SubjectEvent {
    SubjectEvent::Held(SubjectHeld { reason: sealed(70) })
}

fn erased() -> SubjectEvent {
    SubjectEvent::Erased(SubjectErased {
        epoch_id: EPOCH,
        key_ids: vec![KEY],
    })
}

fn purged(datasets: usize) -> SubjectEvent {
    let datasets = (0..datasets).map(dataset).collect();
    SubjectEvent::Purged(SubjectPurged { datasets })
}

fn dataset(number: usize) -> PurgedDataset {
    PurgedDataset {
        dataset_id: DatasetId::from_uuid(Uuid::from_u128(number as u128)),
        records: 1,
        size_bytes: 10,
        records_with_pii: 0,
        counts: BTreeMap::new(),
    }
}

fn epoch_ended() -> SubjectEvent {
    SubjectEvent::EpochEnded(SubjectEpochEnded { epoch_id: EPOCH })
}

const HOLD: fn() -> SubjectCommand = || SubjectCommand::Hold { reason: sealed(70) };
const ERASE: fn() -> SubjectCommand = || SubjectCommand::Erase {
    epoch_id: EPOCH,
    key_ids: vec![KEY],
};

#[test]
fn the_first_record_that_names_a_subject_registers_it_and_later_ones_do_not() {
    let register = || SubjectCommand::Register { name: sealed(60) };
    given::<Subject>([]).when(register()).then([registered()]);
    given::<Subject>([registered()]).when(register()).then_nothing();
    given::<Subject>([registered(), erased()])
        .when(register())
        .then_refused(SubjectRefusal::Erased);
}

#[test]
fn nothing_is_done_to_a_subject_that_nobody_named() {
    for command in [
        HOLD(),
        SubjectCommand::Restrict,
        ERASE(),
        SubjectCommand::EndEpoch,
    ] {
        given::<Subject>([])
            .when(command)
            .then_refused(SubjectRefusal::Unknown);
    }
}

#[test]
fn an_erasure_destroys_the_keys_once() {
    given::<Subject>([registered()]).when(ERASE()).then([erased()]);
    given::<Subject>([registered(), erased()])
        .when(ERASE())
        .then_nothing();
}

#[test]
fn a_subject_that_is_held_is_not_erased_until_it_is_released() {
    given::<Subject>([registered()]).when(HOLD()).then([held()]);
    given::<Subject>([registered(), held()])
        .when(ERASE())
        .then_refused(SubjectRefusal::Held);
    let released = SubjectEvent::HoldReleased(HoldReleased {});
    given::<Subject>([registered(), held()])
        .when(SubjectCommand::ReleaseHold)
        .then([released.clone()]);
    given::<Subject>([registered(), held(), released])
        .when(ERASE())
        .then([erased()]);
    given::<Subject>([registered()])
        .when(SubjectCommand::ReleaseHold)
        .then_nothing();
}

#[test]
fn a_subject_that_was_erased_is_neither_held_nor_restricted() {
    for command in [
        HOLD(),
        SubjectCommand::ReleaseHold,
        SubjectCommand::Restrict,
        SubjectCommand::LiftRestriction,
    ] {
        given::<Subject>([registered(), erased()])
            .when(command)
            .then_refused(SubjectRefusal::Erased);
    }
}

#[test]
fn a_restriction_holds_until_it_is_lifted_and_does_not_keep_an_erasure_back() {
    let restricted = SubjectEvent::Restricted(SubjectRestricted {});
    let lifted = SubjectEvent::RestrictionLifted(RestrictionLifted {});
    given::<Subject>([registered()])
        .when(SubjectCommand::Restrict)
        .then([restricted.clone()]);
    given::<Subject>([registered(), restricted.clone()])
        .when(SubjectCommand::Restrict)
        .then_nothing();
    given::<Subject>([registered(), restricted.clone()])
        .when(SubjectCommand::LiftRestriction)
        .then([lifted.clone()]);
    assert!(replayed::<Subject>(&[registered(), restricted.clone()]).is_restricted());
    assert!(!replayed::<Subject>(&[registered(), restricted.clone(), lifted]).is_restricted());
    given::<Subject>([registered(), restricted])
        .when(ERASE())
        .then([erased()]);
}

#[test]
fn what_follows_an_erasure_is_told_once_and_of_erasures_alone() {
    let purge = |datasets| SubjectCommand::Purge {
        datasets: (0..datasets).map(dataset).collect(),
    };
    given::<Subject>([registered()]).when(purge(1)).then_nothing();
    given::<Subject>([registered(), erased()])
        .when(purge(1))
        .then([purged(1)]);
    given::<Subject>([registered(), erased(), purged(1)])
        .when(purge(1))
        .then_nothing();
    given::<Subject>([registered()])
        .when(SubjectCommand::EndEpoch)
        .then_nothing();
    given::<Subject>([registered(), erased(), purged(1)])
        .when(SubjectCommand::EndEpoch)
        .then([epoch_ended()]);
    given::<Subject>([registered(), erased(), epoch_ended()])
        .when(SubjectCommand::EndEpoch)
        .then_nothing();
}

#[test]
fn what_was_removed_is_told_in_events_that_fit() {
    let datasets: Vec<_> = (0..=MAX_DATASETS_PER_EVENT).map(dataset).collect();
    let (first, second) = datasets.split_at(MAX_DATASETS_PER_EVENT);
    let told = |datasets: &[PurgedDataset]| {
        let datasets = datasets.to_vec();
        SubjectEvent::Purged(SubjectPurged { datasets })
    };
    let (first, second) = (told(first), told(second));
    given::<Subject>([registered(), erased()])
        .when(SubjectCommand::Purge { datasets })
        .then([first, second]);
    let nothing = SubjectCommand::Purge { datasets: vec![] };
    given::<Subject>([registered(), erased()])
        .when(nothing)
        .then([purged(0)]);
}

#[test]
fn a_subject_tells_how_far_its_erasure_is() {
    let far = |history: &[SubjectEvent]| {
        let subject = replayed::<Subject>(history);
        let erasure = subject.erasure();
        erasure.map(|erasure| (erasure.purged, erasure.epoch_ended))
    };
    assert_eq!(far(&[registered()]), None);
    assert_eq!(far(&[registered(), erased()]), Some((false, false)));
    assert_eq!(far(&[registered(), erased(), purged(0)]), Some((true, false)));
    assert_eq!(
        far(&[registered(), erased(), purged(0), epoch_ended()]),
        Some((true, true))
    );
}

#[test]
fn a_subject_survives_its_snapshot() {
    assert_survives_a_snapshot::<Subject>(&[]);
    assert_survives_a_snapshot::<Subject>(&[registered(), held()]);
    assert_survives_a_snapshot::<Subject>(&[registered(), erased(), purged(2)]);
}
