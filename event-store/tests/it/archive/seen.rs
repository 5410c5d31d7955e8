//! Everything that can be asked of a log.

use chrono::TimeDelta;
use vault_domain::{Aggregate as _, TenantId};
use vault_event_store::{
    Database, EventFilter, EventStore, Log, PageLimit, StoredEvent,
    tree::{InclusionProof, TenantHead, Tree, TreeHead, verify_inclusion},
};

use super::vault::Story;
use crate::{
    counter::Counter,
    support::Rig,
    tree::{seal, verify},
};

/// Everything that can be asked of a log up to a position, and what is answered.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) all: Vec<StoredEvent>,
    replayed: Vec<StoredEvent>,
    streams: Vec<Vec<StoredEvent>>,
    sums: Vec<u64>,
    filtered: Vec<Vec<StoredEvent>>,
    positions: Vec<u64>,
    proved: Proved,
}

/// What the tree says of it.
#[derive(Debug, Default, PartialEq)]
struct Proved {
    entries: Vec<Vec<u8>>,
    proofs: Vec<InclusionProof>,
    tenant_heads: Vec<TenantHead>,
}

pub(crate) async fn read_all(log: &Log, limit: u32) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    loop {
        let page = log.read_after(events.len() as u64, limit).await.expect("read");
        assert!(page.len() <= limit as usize);
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

pub(crate) async fn replay_all(log: &Log) -> Vec<StoredEvent> {
    let (mut replay, mut events) = (log.replay(0, PageLimit::of_events(700)), Vec::new());
    while let Some(page) = replay.next_page().await.expect("replayed") {
        events.extend(page);
    }
    events
}

/// Filters of all kinds, made from events.
fn filters(all: &[StoredEvent], story: &Story) -> Vec<EventFilter> {
    let (third, last) = (&all[all.len() / 3], &all[all.len() - 1]);
    let any = EventFilter::default;
    vec![
        any(),
        EventFilter {
            event_types: vec!["counter.padded".to_owned()],
            ..any()
        },
        EventFilter {
            event_types: vec!["counter.padded".to_owned(), "no.such".to_owned()],
            ..any()
        },
        EventFilter {
            event_types: vec!["no.such".to_owned()],
            ..any()
        },
        EventFilter {
            resource: Some(story.streams[0].1),
            ..any()
        },
        EventFilter {
            subject: third.aggregate_id.parse().ok(),
            ..any()
        },
        EventFilter {
            resource: last.aggregate_id.parse().ok(),
            ..any()
        },
        EventFilter {
            operation: Some("create_dataset".to_owned()),
            ..any()
        },
        EventFilter {
            operation: Some("no_such".to_owned()),
            ..any()
        },
        EventFilter {
            actor: Some(story.users[0].as_uuid()),
            ..any()
        },
        EventFilter {
            until: Some(third.position + 5),
            ..any()
        },
        EventFilter {
            from: Some(third.recorded_at),
            ..any()
        },
        EventFilter {
            to: Some(third.recorded_at),
            ..any()
        },
        EventFilter {
            from: Some(third.recorded_at),
            to: Some(last.recorded_at),
            actor: Some(story.users[1].as_uuid()),
            event_types: vec!["counter.counted".to_owned()],
            ..any()
        },
    ]
}

pub(crate) async fn pages(
    log: &Log,
    tenant: TenantId,
    limit: usize,
    filter: &EventFilter,
) -> Vec<StoredEvent> {
    let (mut events, mut after) = (Vec::<StoredEvent>::new(), 0);
    loop {
        let page = log
            .tenant_events(tenant, after, limit, filter)
            .await
            .expect("read");
        assert!(page.events.len() <= limit);
        assert!(page.events.iter().all(|event| event.tenant_id == tenant));
        events.extend(page.events);
        let Some(next) = page.next else { return events };
        assert!(next > after);
        after = next;
    }
}

pub(crate) async fn look(database: &Database, rig: &Rig, story: &Story) -> Seen {
    let log = Log::new(database.clone());
    let all = read_all(&log, 97).await;
    let head = seal(rig).await;
    let (mut streams, mut sums) = (Vec::new(), Vec::new());
    let aggregates = EventStore::new(database.clone());
    for (tenant, id) in &story.streams {
        for after in [0, 4] {
            let events = aggregates.stream(*tenant, Counter::TYPE, *id, after).await;
            streams.push(events.expect("read"));
        }
        let loaded = aggregates.load::<Counter>(*tenant, *id).await.expect("loaded");
        sums.push(loaded.aggregate.sum);
    }
    let (mut filtered, quarter) = (Vec::new(), all.len() as u64 / 4);
    for tenant in story.tenants {
        for filter in filters(&all, story) {
            for (after, limit) in [(0, 10_000), (quarter, 40)] {
                let events = log.tenant_events(tenant, after, limit, &filter).await;
                filtered.push(events.expect("read").events);
            }
            filtered.push(pages(&log, tenant, 13, &filter).await);
        }
    }
    let mut positions = Vec::new();
    for event in all.iter().step_by(41) {
        for time in [event.recorded_at, event.recorded_at - TimeDelta::microseconds(1)] {
            positions.push(log.position_at(time).await.expect("read"));
            for tenant in story.tenants {
                positions.push(log.tenant_position_at(tenant, time).await.expect("read"));
            }
        }
    }
    let verified = verify(&Rig::over(rig.owner.clone(), database.clone()), Some(head)).await;
    assert_eq!((verified.events, verified.finding), (all.len() as u64, None));
    Seen {
        replayed: replay_all(&log).await,
        proved: proved(&Tree::new(database.clone()), &all, head, story).await,
        all,
        streams,
        sums,
        filtered,
        positions,
    }
}

async fn proved(tree: &Tree, all: &[StoredEvent], head: TreeHead, story: &Story) -> Proved {
    let mut proved = Proved::default();
    for event in all.iter().step_by(41) {
        let proof = tree.inclusion(event.position, head).await.expect("a proof");
        assert!(verify_inclusion(&proof, head).is_ok());
        proved.proofs.push(proof);
        for tenant in story.tenants {
            let head = tree.tenant_head(tenant, event.position).await;
            proved.tenant_heads.push(head.expect("read"));
        }
    }
    for (number, width) in [(0, 256), (1, 256), (0, 3)] {
        let bundle = tree.entries(number, width).await.expect("read").expect("sealed");
        let bytes = bundle.iter().flat_map(|entry| entry.to_bytes()).collect();
        proved.entries.push(bytes);
    }
    proved
}
