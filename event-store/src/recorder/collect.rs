//! What was taken down within a moment, by caller and kind, until it is committed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio::sync::oneshot;
use vault_domain::{
    Action, Actor, ApprovalId, DatasetId, KeyId, Operation, RecordId, TenantId, UserId,
    access::{
        AccessDenied, AccessEvent, DatasetReads, Denial, DeniedResource, KeyTask, KeyUse, KeysUsed,
        LoginRefused, MAX_DENIED_PER_EVENT, MAX_KEYS_PER_EVENT, MAX_READS_PER_EVENT, RecordsRead,
    },
};

use super::{Access, Taken};

/// From how many accesses on they are committed before their time.
const MAX_COLLECTED: usize = 50_000;

/// Whose accesses of which kind belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    ReadsBy(Actor, Option<ApprovalId>),
    DenialsOf(Actor),
    LoginsRefusedOf(UserId),
    KeyUses,
}

impl Kind {
    pub(super) const fn actor(self) -> Actor {
        match self {
            Self::ReadsBy(actor, _) | Self::DenialsOf(actor) => actor,
            // whoever gave the wrong password is not known to be the user
            Self::LoginsRefusedOf(_) | Self::KeyUses => Actor::System,
        }
    }

    pub(super) const fn approval(self) -> Option<ApprovalId> {
        match self {
            Self::ReadsBy(_, approval) => approval,
            Self::DenialsOf(_) | Self::LoginsRefusedOf(_) | Self::KeyUses => None,
        }
    }

    pub(super) const fn operation(self) -> Operation {
        match self {
            Self::ReadsBy(..) => Operation::ReadRecords,
            Self::DenialsOf(_) => Operation::CheckAccess,
            Self::LoginsRefusedOf(_) => Operation::Login,
            Self::KeyUses => Operation::UseKeys,
        }
    }
}

/// Accesses of one kind, counted.
#[derive(Default)]
pub(super) struct Group {
    reads: BTreeMap<DatasetId, (u64, BTreeSet<RecordId>)>,
    denials: BTreeMap<(Action, DeniedResource), u64>,
    logins_refused: u64,
    key_uses: BTreeMap<(KeyId, KeyTask), u64>,
    /// How many accesses were taken down.
    pub(super) taken: u32,
    /// Who waits until they are durable.
    pub(super) waiters: Vec<oneshot::Sender<()>>,
}

pub(super) type Groups = HashMap<(TenantId, Kind), Group>;

/// What was taken down and is not committed.
#[derive(Default)]
pub(super) struct Collected {
    groups: Groups,
    size: usize,
    awaited: bool,
}

impl Collected {
    pub(super) fn add(&mut self, taken: Taken) {
        let kind = match taken.access {
            Access::Read { actor, approval, .. } => Kind::ReadsBy(actor, approval),
            Access::Denied { actor, .. } => Kind::DenialsOf(actor),
            Access::LoginRefused { user } => Kind::LoginsRefusedOf(user),
            Access::KeyUsed { .. } => Kind::KeyUses,
        };
        let group = self.groups.entry((taken.tenant, kind)).or_default();
        self.size += group.add(taken.access);
        if let Some(waiter) = taken.durable {
            self.awaited = true;
            group.waiters.push(waiter);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    pub(super) const fn is_full(&self) -> bool {
        self.size >= MAX_COLLECTED
    }

    /// Whether somebody waits for a part of it.
    pub(super) const fn is_awaited(&self) -> bool {
        self.awaited
    }

    /// The groups that somebody waits for; the others go on collecting.
    pub(super) fn take_awaited(&mut self) -> Groups {
        self.awaited = false;
        self.groups
            .extract_if(|_, group| !group.waiters.is_empty())
            .collect()
    }

    /// Everything.
    pub(super) fn take(&mut self) -> Groups {
        std::mem::take(self).groups
    }
}

impl Group {
    /// Counts an access, and says how much it adds.
    fn add(&mut self, access: Access) -> usize {
        self.taken = self.taken.saturating_add(1);
        match access {
            Access::Read { dataset, records, .. } => {
                let added = records.len();
                let (reads, ids) = self.reads.entry(dataset).or_default();
                *reads += added as u64;
                ids.extend(records);
                return added;
            }
            Access::Denied { action, resource, .. } => {
                let named = (action, resource);
                let counted =
                    if self.denials.len() < MAX_DENIED_PER_EVENT || self.denials.contains_key(&named) {
                        named
                    } else {
                        (action, DeniedResource::Others)
                    };
                *self.denials.entry(counted).or_default() += 1;
            }
            Access::LoginRefused { .. } => self.logins_refused += 1,
            Access::KeyUsed { key, task } => *self.key_uses.entry((key, task)).or_default() += 1,
        }
        1
    }

    /// The accesses as events, each of a bounded size.
    pub(super) fn into_events(self, kind: Kind) -> Vec<AccessEvent> {
        match kind {
            Kind::ReadsBy(..) => reads(self.reads),
            Kind::DenialsOf(_) => vec![denials(self.denials)],
            Kind::LoginsRefusedOf(user_id) => vec![AccessEvent::LoginRefused(LoginRefused {
                user_id,
                count: self.logins_refused,
            })],
            Kind::KeyUses => key_uses(self.key_uses),
        }
    }
}

fn reads(of: BTreeMap<DatasetId, (u64, BTreeSet<RecordId>)>) -> Vec<AccessEvent> {
    let mut events = Vec::new();
    let mut datasets = Vec::new();
    let mut room = MAX_READS_PER_EVENT;
    for (dataset_id, (reads, ids)) in of {
        let ids: Vec<RecordId> = ids.into_iter().collect();
        // a record that was read more than once counts so in the first piece
        let mut repeated = reads - ids.len() as u64;
        let mut rest = ids.as_slice();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(room));
            datasets.push(DatasetReads {
                dataset_id,
                reads: piece.len() as u64 + std::mem::take(&mut repeated),
                record_ids: piece.to_vec(),
            });
            room -= piece.len();
            rest = after;
            if room == 0 {
                let datasets = std::mem::take(&mut datasets);
                events.push(AccessEvent::Read(RecordsRead { datasets }));
                room = MAX_READS_PER_EVENT;
            }
        }
    }
    if !datasets.is_empty() {
        events.push(AccessEvent::Read(RecordsRead { datasets }));
    }
    events
}

fn denials(of: BTreeMap<(Action, DeniedResource), u64>) -> AccessEvent {
    let denials = of
        .into_iter()
        .map(|((action, resource), count)| Denial {
            action,
            resource,
            count,
        })
        .collect();
    AccessEvent::Denied(AccessDenied { denials })
}

fn key_uses(of: BTreeMap<(KeyId, KeyTask), u64>) -> Vec<AccessEvent> {
    let uses: Vec<KeyUse> = of
        .into_iter()
        .map(|((key_id, task), count)| KeyUse { key_id, task, count })
        .collect();
    uses.chunks(MAX_KEYS_PER_EVENT)
        .map(|piece| AccessEvent::KeysUsed(KeysUsed { uses: piece.to_vec() }))
        .collect()
}

#[cfg(test)]
mod tests;
