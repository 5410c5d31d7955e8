//! The rules of a dataset.

use proptest::prelude::*;
use vault_domain::{
    Aggregate,
    dataset::{
        Dataset, DatasetArchived, DatasetCommand as Command, DatasetCreated, DatasetDeleted,
        DatasetEvent as Event, DatasetRefusal as Refusal, DatasetUnarchived, DatasetUpdated, FieldChange,
        NewDataset,
    },
};

use crate::{
    samples::{hash, sealed, sealed_text},
    support::{assert_survives_a_snapshot, context, given, replayed},
};

fn create(name: u8) -> Command {
    Command::Create(Box::new(NewDataset {
        name: sealed_text(name),
        description: None,
        task_type: None,
        tags: None,
        schema: None,
        settings: None,
    }))
}

fn created(name: u8) -> Event {
    Event::Created(DatasetCreated {
        name: sealed_text(name),
        description: None,
        task_type: None,
        tags: None,
        schema: None,
        settings: None,
    })
}

fn renaming(name: u8) -> DatasetUpdated {
    DatasetUpdated {
        name: Some(sealed_text(name)),
        ..DatasetUpdated::default()
    }
}

fn update(update: DatasetUpdated) -> Command {
    Command::Update(Box::new(update))
}

fn archived() -> Event {
    Event::Archived(DatasetArchived {})
}

fn unarchived() -> Event {
    Event::Unarchived(DatasetUnarchived {})
}

fn deleted() -> Event {
    Event::Deleted(DatasetDeleted {})
}

fn active_histories() -> Vec<Vec<Event>> {
    vec![
        vec![created(1)],
        vec![created(1), Event::Updated(renaming(1))],
        vec![created(1), archived(), unarchived()],
    ]
}

fn archived_histories() -> Vec<Vec<Event>> {
    vec![
        vec![created(1), archived()],
        vec![created(1), archived(), unarchived(), archived()],
    ]
}

fn deleted_histories() -> Vec<Vec<Event>> {
    vec![
        vec![created(1), deleted()],
        vec![created(1), archived(), deleted()],
    ]
}

#[test]
fn a_new_dataset_begins_with_all_that_was_given() {
    let new = NewDataset {
        name: sealed_text(1),
        description: Some(sealed(2)),
        task_type: Some(sealed(3)),
        tags: Some(sealed(4)),
        schema: Some(sealed(5)),
        settings: Some(sealed(6)),
    };
    given::<Dataset>([])
        .when(Command::Create(Box::new(new)))
        .then([Event::Created(DatasetCreated {
            name: sealed_text(1),
            description: Some(sealed(2)),
            task_type: Some(sealed(3)),
            tags: Some(sealed(4)),
            schema: Some(sealed(5)),
            settings: Some(sealed(6)),
        })]);
}

#[test]
fn a_dataset_is_created_once_and_never_again_after_its_deletion() {
    for history in [active_histories(), archived_histories(), deleted_histories()].concat() {
        given::<Dataset>(history)
            .when(create(2))
            .then_refused(Refusal::AlreadyExists);
    }
}

#[test]
fn an_unknown_dataset_takes_no_order_but_create() {
    for order in [update(renaming(2)), update(DatasetUpdated::default())] {
        given::<Dataset>([]).when(order).then_refused(Refusal::Unknown);
    }
    for order in [Command::Archive, Command::Unarchive, Command::Delete] {
        given::<Dataset>([]).when(order).then_refused(Refusal::Unknown);
    }
}

#[test]
fn a_deleted_dataset_takes_no_order() {
    for history in deleted_histories() {
        let orders = [
            update(renaming(2)),
            update(DatasetUpdated::default()),
            Command::Archive,
            Command::Unarchive,
            Command::Delete,
        ];
        for order in orders {
            given::<Dataset>(history.clone())
                .when(order)
                .then_refused(Refusal::Deleted);
        }
    }
}

#[test]
fn an_active_dataset_records_what_changed_and_nothing_else() {
    let changes = [
        renaming(2),
        DatasetUpdated {
            description: Some(FieldChange::Set(sealed(2))),
            ..DatasetUpdated::default()
        },
        DatasetUpdated {
            task_type: Some(FieldChange::Cleared),
            ..DatasetUpdated::default()
        },
        DatasetUpdated {
            tags: Some(FieldChange::Set(sealed(2))),
            ..DatasetUpdated::default()
        },
        DatasetUpdated {
            schema: Some(FieldChange::Cleared),
            ..DatasetUpdated::default()
        },
        DatasetUpdated {
            settings: Some(FieldChange::Cleared),
            ..DatasetUpdated::default()
        },
    ];
    for history in active_histories() {
        for change in changes.clone() {
            given::<Dataset>(history.clone())
                .when(update(change.clone()))
                .then([Event::Updated(change)]);
        }
    }
}

#[test]
fn an_update_without_changes_records_nothing() {
    for history in active_histories() {
        given::<Dataset>(history)
            .when(update(DatasetUpdated::default()))
            .then_nothing();
    }
}

#[test]
fn an_archived_dataset_refuses_updates_even_empty_ones() {
    for history in archived_histories() {
        given::<Dataset>(history.clone())
            .when(update(renaming(2)))
            .then_refused(Refusal::Archived);
        given::<Dataset>(history)
            .when(update(DatasetUpdated::default()))
            .then_refused(Refusal::Archived);
    }
}

#[test]
fn an_active_dataset_is_archived() {
    for history in active_histories() {
        given::<Dataset>(history)
            .when(Command::Archive)
            .then([archived()]);
    }
}

#[test]
fn archiving_an_archived_dataset_records_nothing() {
    for history in archived_histories() {
        given::<Dataset>(history).when(Command::Archive).then_nothing();
    }
}

#[test]
fn an_archived_dataset_is_unarchived() {
    for history in archived_histories() {
        given::<Dataset>(history)
            .when(Command::Unarchive)
            .then([unarchived()]);
    }
}

#[test]
fn unarchiving_an_active_dataset_records_nothing() {
    for history in active_histories() {
        given::<Dataset>(history).when(Command::Unarchive).then_nothing();
    }
}

#[test]
fn a_dataset_is_deleted_whether_active_or_archived() {
    for history in [active_histories(), archived_histories()].concat() {
        given::<Dataset>(history).when(Command::Delete).then([deleted()]);
    }
}

#[test]
fn only_an_active_dataset_takes_records() {
    assert!(!Dataset::default().takes_records());
    assert!(
        active_histories()
            .iter()
            .all(|history| replayed::<Dataset>(history).takes_records())
    );
    let closed = [archived_histories(), deleted_histories()].concat();
    assert!(
        !closed
            .iter()
            .any(|history| replayed::<Dataset>(history).takes_records())
    );
}

#[test]
fn a_dataset_holds_its_latest_name_until_it_is_deleted() {
    let name = |history: &[Event]| replayed::<Dataset>(history).name_hash();
    assert_eq!(name(&[]), None);
    assert_eq!(name(&[created(1)]), Some(hash(1)));
    assert_eq!(name(&[created(1), Event::Updated(renaming(2))]), Some(hash(2)));
    assert_eq!(
        name(&[created(1), Event::Updated(DatasetUpdated::default())]),
        Some(hash(1))
    );
    assert_eq!(
        name(&[created(1), Event::Updated(renaming(2)), archived()]),
        Some(hash(2))
    );
    assert_eq!(
        name(&[created(1), archived(), Event::Updated(renaming(2))]),
        Some(hash(2))
    );
    assert_eq!(name(&[created(1), archived(), unarchived()]), Some(hash(1)));
    assert_eq!(name(&[created(1), deleted()]), None);
}

#[test]
fn facts_out_of_their_order_bring_no_dataset_to_life() {
    for stray in [archived(), unarchived(), Event::Updated(renaming(2))] {
        assert_eq!(
            replayed::<Dataset>(std::slice::from_ref(&stray)),
            Dataset::default()
        );
        let after_deletion = [created(1), deleted(), stray];
        assert_eq!(
            replayed::<Dataset>(&after_deletion),
            replayed::<Dataset>(&after_deletion[..2])
        );
    }
}

#[test]
fn a_dataset_survives_its_snapshot_in_every_state() {
    assert_survives_a_snapshot::<Dataset>(&[]);
    for history in [active_histories(), archived_histories(), deleted_histories()].concat() {
        assert_survives_a_snapshot::<Dataset>(&history);
    }
}

fn any_order() -> impl Strategy<Value = Command> {
    prop_oneof![
        any::<u8>().prop_map(create),
        any::<u8>().prop_map(|name| update(renaming(name))),
        Just(update(DatasetUpdated::default())),
        Just(Command::Archive),
        Just(Command::Unarchive),
        Just(Command::Delete),
    ]
}

proptest! {
    #[test]
    fn whatever_is_ordered_the_facts_tell_one_life(orders in prop::collection::vec(any_order(), 0..40)) {
        let mut history = Vec::new();
        for order in orders {
            if let Ok(facts) = replayed::<Dataset>(&history).decide(order, &context()) {
                history.extend(facts);
            }
        }
        let (mut is_archived, mut is_deleted) = (false, false);
        for (index, fact) in history.iter().enumerate() {
            prop_assert!(!is_deleted, "a fact after the deletion");
            prop_assert_eq!(index == 0, matches!(fact, Event::Created(_)), "creation comes first, and once");
            match fact {
                Event::Created(_) => {}
                Event::Updated(updated) => prop_assert!(!is_archived && !updated.is_empty()),
                Event::Archived(_) => prop_assert!(!std::mem::replace(&mut is_archived, true)),
                Event::Unarchived(_) => prop_assert!(std::mem::replace(&mut is_archived, false)),
                Event::Deleted(_) => is_deleted = true,
            }
        }
    }
}
