//! Which keys of a log an auditor may trust, by those that are trusted: a key that a trusted one handed over to, and the key
//! of an origin whose statement a trusted one signed.

use std::collections::BTreeSet;

use anyhow::bail;
use serde::Deserialize;
use vault_event_store::tree::{HeadVerifier, Origin, Restart, TreeHead};

use super::{remembered::Remembered, report::Restarted, source::Source};

/// The keys of a log, as it shows them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ShownKeys {
    /// The present origin.
    pub(super) origin: String,
    pub(super) keys: Vec<ShownKey>,
}

/// A key of a log.
#[derive(Debug, Deserialize)]
pub(super) struct ShownKey {
    pub(super) verifier: String,
    pub(super) handover: Option<String>,
}

/// The origins of a log, as it shows them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ShownOrigins {
    pub(super) items: Vec<ShownOrigin>,
}

/// An origin.
#[derive(Debug, Deserialize)]
pub(super) struct ShownOrigin {
    pub(super) continues: Option<ShownContinued>,
}

/// What an origin continues.
#[derive(Debug, Deserialize)]
pub(super) struct ShownContinued {
    pub(super) statement: String,
}

/// What is trusted of a log.
pub(super) struct Trust {
    /// The log's present origin.
    origin: String,
    /// Trusted public keys, of any of its origins.
    verifiers: BTreeSet<String>,
    /// Those of them that the log itself showed to be its own.
    pub(super) taken_over: Vec<String>,
    /// Heads at which one key handed over to the next, and those at which an origin began: the log must hold them.
    pub(super) heads: Vec<TreeHead>,
    restarts: Vec<Restart>,
}

impl Trust {
    /// Goes on from the keys that are given to those that follow.
    pub(super) async fn extend(
        source: &dyn Source,
        given: impl IntoIterator<Item = String>,
    ) -> anyhow::Result<Self> {
        let shown = source.keys().await?;
        let mut trust = Self {
            origin: shown.origin,
            verifiers: given.into_iter().collect(),
            taken_over: Vec::new(),
            heads: Vec::new(),
            restarts: Vec::new(),
        };
        let statements: Vec<String> = source
            .origins()
            .await?
            .items
            .into_iter()
            .filter_map(|origin| Some(origin.continues?.statement))
            .collect();
        // each round takes over at least one key
        for _ in &shown.keys {
            let known = trust.verifiers.len();
            for key in &shown.keys {
                if !trust.verifiers.contains(&key.verifier) {
                    trust.take_over(key, &statements);
                }
            }
            if trust.verifiers.len() == known {
                break;
            }
        }
        let verifier = trust.verifier()?;
        trust.restarts = statements
            .iter()
            .filter_map(|statement| verifier.restart(statement).ok())
            .collect();
        trust
            .heads
            .extend(trust.restarts.iter().map(|restart| restart.agreed));
        Ok(trust)
    }

    /// Trusts a key if a trusted one signed that it follows, or that its origin does. Never the other way round: who follows
    /// a stolen key's successor must not be led back to the thief.
    fn take_over(&mut self, key: &ShownKey, statements: &[String]) {
        let own = HeadVerifier::new(&[&key.verifier]);
        let (Ok(trusted), Ok(own)) = (self.verifier(), own) else {
            return;
        };
        let handed = |note: &String| {
            let (next, head) = trusted.handover(note).ok()?;
            (next == key.verifier).then_some(head)
        };
        let begun = |statement: &String| {
            let restart = trusted.restart(statement).ok()?;
            let same = own.restart(statement).ok()? == restart;
            (same && restart.origin == own.origin()).then_some(restart.agreed)
        };
        let head = key.handover.as_ref().and_then(handed);
        if let Some(head) = head.or_else(|| statements.iter().find_map(begun)) {
            self.heads.push(head);
            self.verifiers.insert(key.verifier.clone());
            self.taken_over.push(key.verifier.clone());
        }
    }

    /// Checks signatures with what is trusted.
    pub(super) fn verifier(&self) -> anyhow::Result<HeadVerifier> {
        let verifiers: Vec<&String> = self.verifiers.iter().collect();
        Ok(HeadVerifier::across(&self.origin, &verifiers)?)
    }

    /// How the log came from an origin to that of now; `None` when it is the same.
    pub(super) fn path_from(&self, origin: &str, now: &str) -> anyhow::Result<Option<RestartedFrom>> {
        restarted_from(&self.restarts, origin, now)
    }
}

/// That a log was put back since an auditor saw it, once or more often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RestartedFrom {
    /// The origin that the auditor knows.
    pub(super) origin: String,
    /// Up to here the log of that origin goes on.
    pub(super) agreed: u64,
    /// The last head of it that the log's operator knew.
    pub(super) old_size: u64,
}

impl RestartedFrom {
    /// What a report says of it.
    pub(super) fn report(self, remembered: Option<&Remembered>, accepted: bool) -> Restarted {
        let known = remembered.map_or(0, Remembered::size).max(self.old_size);
        Restarted {
            old_origin: self.origin,
            size: self.agreed,
            lost: known.saturating_sub(self.agreed),
            accepted,
        }
    }
}

/// How the log came from an origin to another.
pub(super) fn restarted_from(
    restarts: &[Restart],
    origin: &str,
    now: &str,
) -> anyhow::Result<Option<RestartedFrom>> {
    if origin == now {
        return Ok(None);
    }
    let mut name = origin;
    let mut from = RestartedFrom {
        origin: origin.to_owned(),
        agreed: u64::MAX,
        old_size: 0,
    };
    for _ in restarts {
        let Some(restart) = restarts.iter().find(|restart| restart.continued == name) else {
            break;
        };
        from.agreed = from.agreed.min(restart.agreed.size);
        if name == origin {
            from.old_size = restart.old_head.size;
        }
        name = &restart.origin;
        if name == now {
            return Ok(Some(from));
        }
    }
    bail!(
        "the state file or key is of the log {origin}, and this is {now}, which does not say that it continues it: if that is \
         right, name another file"
    )
}

/// What the statements of origins say, of those that are signed.
pub(super) fn restarts(origins: &[Origin], keys: &HeadVerifier) -> Vec<Restart> {
    let statements = origins.iter().filter_map(|origin| origin.continues.as_ref());
    statements
        .filter_map(|continued| keys.restart(&continued.statement).ok())
        .collect()
}

/// The remembered heads that the log must hold: all, or those before it was put back.
pub(super) fn heads_to_hold(
    remembered: Option<&Remembered>,
    restarted: Option<&RestartedFrom>,
) -> anyhow::Result<Vec<TreeHead>> {
    let mut heads = remembered.map_or_else(|| Ok(Vec::new()), Remembered::heads)?;
    if let Some(restarted) = restarted {
        heads.retain(|head| head.size <= restarted.agreed);
    }
    Ok(heads)
}
