use uuid::Uuid;

use super::*;

fn tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(1))
}

fn user(id: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(id))
}

fn dataset(id: u128) -> DatasetId {
    DatasetId::from_uuid(Uuid::from_u128(id))
}

fn read(of: u128, records: impl IntoIterator<Item = u128>) -> Access {
    Access::Read {
        actor: Actor::User(user(2)),
        approval: None,
        dataset: dataset(of),
        records: records
            .into_iter()
            .map(|id| RecordId::from_uuid(Uuid::from_u128(id)))
            .collect(),
    }
}

fn denied(action: Action, of: u128) -> Access {
    Access::Denied {
        actor: Actor::User(user(2)),
        action,
        resource: DeniedResource::Dataset(dataset(of)),
    }
}

fn taken(access: Access, durable: Option<oneshot::Sender<()>>) -> Taken {
    Taken {
        tenant: tenant(),
        access,
        durable,
    }
}

fn events(accesses: impl IntoIterator<Item = Access>) -> Vec<AccessEvent> {
    let mut collected = Collected::default();
    for access in accesses {
        collected.add(taken(access, None));
    }
    let groups = collected.take().into_iter();
    groups
        .flat_map(|((_, kind), group)| group.into_events(kind))
        .collect()
}

#[test]
fn every_read_is_counted_and_every_record_is_named_once() {
    let events = events([read(3, 0..1_500), read(3, 0..10), read(4, [7])]);
    let mut named = BTreeSet::new();
    let mut count = 0;
    for event in &events {
        let AccessEvent::Read(read) = event else {
            panic!("{event:?}")
        };
        let ids = read.datasets.iter().map(|reads| reads.record_ids.len());
        assert!(ids.sum::<usize>() <= MAX_READS_PER_EVENT);
        for reads in &read.datasets {
            count += reads.reads;
            for id in &reads.record_ids {
                assert!(named.insert((reads.dataset_id, *id)), "{id} is named twice");
            }
        }
    }
    assert_eq!((events.len(), named.len(), count), (2, 1_501, 1_511));
}

#[test]
fn denials_are_counted_and_beyond_a_limit_only_counted() {
    let more = MAX_DENIED_PER_EVENT as u128 + 20;
    let walked = (0..more).map(|id| denied(Action::RecordRead, id));
    let again = [denied(Action::RecordRead, 0), denied(Action::DatasetDelete, 1)];
    let events = events(walked.chain(again));
    let [AccessEvent::Denied(denied)] = events.as_slice() else {
        panic!("{events:?}")
    };
    let count_of = |action, resource| {
        denied
            .denials
            .iter()
            .find(|denial| denial.action == action && denial.resource == resource)
            .map(|denial| denial.count)
    };
    assert_eq!(
        count_of(Action::RecordRead, DeniedResource::Dataset(dataset(0))),
        Some(2)
    );
    assert_eq!(count_of(Action::RecordRead, DeniedResource::Others), Some(20));
    assert_eq!(count_of(Action::DatasetDelete, DeniedResource::Others), Some(1));
    assert_eq!(denied.denials.len(), MAX_DENIED_PER_EVENT + 2);
}

#[test]
fn what_belongs_to_several_callers_stands_in_several_events() {
    let refused = |id| Access::LoginRefused { user: user(id) };
    let found = events([refused(5), refused(6), refused(5)]);
    assert_eq!(found.len(), 2);
    let counted = |id, count| {
        AccessEvent::LoginRefused(LoginRefused {
            user_id: user(id),
            count,
        })
    };
    assert!(found.contains(&counted(5, 2)) && found.contains(&counted(6, 1)));
}

#[test]
fn the_uses_of_keys_are_counted_by_key_and_task() {
    let used = |key, task| Access::KeyUsed {
        key: KeyId::from_uuid(Uuid::from_u128(key)),
        task,
    };
    let many = (0..=MAX_KEYS_PER_EVENT as u128).map(|key| used(key, KeyTask::Open));
    let found = events(many.chain([used(0, KeyTask::Open), used(0, KeyTask::Seal)]));
    let AccessEvent::KeysUsed(first) = &found[0] else {
        panic!("{found:?}")
    };
    assert_eq!(found.len(), 2);
    assert_eq!((first.uses[0].task, first.uses[0].count), (KeyTask::Seal, 1));
    assert_eq!((first.uses[1].task, first.uses[1].count), (KeyTask::Open, 2));
}

#[test]
fn only_what_somebody_waits_for_is_taken_before_its_time() {
    let mut collected = Collected::default();
    let (done, _durable) = oneshot::channel();
    collected.add(taken(read(3, [1]), Some(done)));
    collected.add(taken(denied(Action::AuditRead, 9), None));
    assert!(collected.is_awaited());
    let awaited = collected.take_awaited();
    assert_eq!(
        awaited.keys().collect::<Vec<_>>(),
        [&(tenant(), Kind::ReadsBy(Actor::User(user(2)), None))]
    );
    assert!(!collected.is_awaited() && !collected.is_empty());
    assert_eq!(collected.take().len(), 1);
    assert!(collected.is_empty());
}
