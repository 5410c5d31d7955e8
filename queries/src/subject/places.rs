//! The places where something of an erased subject was, or still is, and what became of it there.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long after an erasure the key of its epoch lasts, at most.
const EPOCH_LASTS: TimeDelta = TimeDelta::hours(24);
/// How long answers to repeated requests are remembered.
const ANSWERS_LAST: TimeDelta = TimeDelta::hours(24);

/// What became of a subject's things in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceState {
    /// They are removed.
    Purged,
    /// They are there, and nothing opens them.
    Unreadable,
    /// They are there, and whoever has a key opens them.
    Reversible,
    /// They will be removed.
    Pending,
    /// Others have them, and are told.
    Notified,
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Which one.
    pub place: String,
    /// What became of the subject's things there.
    pub state: PlaceState,
    /// What they are, and what that means.
    pub detail: String,
    /// The event that says so; without one it follows from how the vault works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The key that still opens them, or still confirms a guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Until when, at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// What is known of an erasure.
pub(super) struct Facts {
    pub(super) now: DateTime<Utc>,
    pub(super) erased_at: DateTime<Utc>,
    pub(super) erased: u64,
    pub(super) epoch: String,
    pub(super) purged: Option<u64>,
    pub(super) epoch_ended: Option<u64>,
    /// Whether events are published to Kafka.
    pub(super) is_published: bool,
}

impl Place {
    fn new(place: &str, state: PlaceState, detail: &str) -> Self {
        Self {
            place: place.to_owned(),
            state,
            detail: detail.to_owned(),
            position: None,
            key: None,
            until: None,
        }
    }

    fn by(self, position: u64) -> Self {
        Self {
            position: Some(position),
            ..self
        }
    }

    /// Whether nothing more will become of it by itself.
    pub(super) const fn is_settled(&self) -> bool {
        !matches!(self.state, PlaceState::Pending)
            && !matches!((self.state, self.until), (PlaceState::Reversible, Some(_)))
    }
}

/// Every place, and what can be said of it.
pub(super) fn places(facts: &Facts) -> Vec<Place> {
    let mut places = vec![
        Place::new(
            "keys",
            PlaceState::Purged,
            "the rows of the subject's wrapped keys, removed in the transaction of subject.erased",
        )
        .by(facts.erased),
        Place::new(
            "name",
            PlaceState::Purged,
            "the look-up of the client's name for the subject, removed in the same transaction",
        )
        .by(facts.erased),
        contents(facts),
        Place::new(
            "read_models",
            PlaceState::Purged,
            "addresses, external ids and metadata, which were sealed; that a record was there, and when, stays",
        )
        .by(facts.erased),
        Place::new(
            "log",
            PlaceState::Unreadable,
            "sealed values, and hashes made with the subject's own key, in events and their archive; ids, sizes, times \
             and counts of findings stay",
        )
        .by(facts.erased),
        Place::new(
            "memory",
            PlaceState::Purged,
            "opened keys: each process drops them within a second of the event, or keeps no keys at all; what requests \
             brought may stand in memory that was given back, until it is used again or the process ends",
        ),
        copies(facts),
        Place {
            key: Some("the tenant's look-up key, and the address keys of the datasets".to_owned()),
            ..Place::new(
                "lookup_hashes_in_copies",
                PlaceState::Reversible,
                "in the database's own log and in backups, until those are gone: keyed hashes of the client's names for \
                 the subject and its records; they tell nothing, but confirm a guess",
            )
        },
        answers(facts),
        Place::new(
            "recipients",
            PlaceState::Notified,
            "what callers have read is theirs; the log says who read which records, and that the subject was erased",
        )
        .by(facts.erased),
    ];
    if facts.is_published {
        places.push(
            Place::new(
                "kafka",
                PlaceState::Notified,
                "topics hold events without sealed values; consumers are told by subject.erased",
            )
            .by(facts.erased),
        );
    }
    places
}

fn contents(facts: &Facts) -> Place {
    match facts.purged {
        Some(position) => Place::new(
            "contents",
            PlaceState::Purged,
            "ciphertexts in the database and in the object store, and the look-ups of external ids",
        )
        .by(position),
        None => Place::new(
            "contents",
            PlaceState::Pending,
            "ciphertexts that nothing opens any more; they are being removed",
        ),
    }
}

fn copies(facts: &Facts) -> Place {
    let name = "database_log_and_backups";
    match facts.epoch_ended {
        Some(position) => Place::new(
            name,
            PlaceState::Unreadable,
            "copies of the wrapped keys and of ciphertexts: the key of the erasure epoch that it takes to open them is \
             destroyed",
        )
        .by(position),
        None => Place {
            key: Some(format!("the key of erasure epoch {}, with the root key", facts.epoch)),
            until: Some(facts.erased_at + EPOCH_LASTS),
            ..Place::new(
                name,
                PlaceState::Reversible,
                "copies of the wrapped keys and of ciphertexts, until the epoch has ended",
            )
        },
    }
}

fn answers(facts: &Facts) -> Place {
    let until = facts.erased_at + ANSWERS_LAST;
    let detail =
        "keyed hashes of requests that had an Idempotency-Key; they tell nothing, but confirm a guess";
    if facts.now > until + TimeDelta::minutes(5) {
        return Place::new("answered_requests", PlaceState::Purged, detail);
    }
    Place {
        until: Some(until),
        ..Place::new("answered_requests", PlaceState::Pending, detail)
    }
}
