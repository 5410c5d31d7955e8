//! The keys of one scope: the tenant itself, a dataset, a user, a subject. That they were made stands with what they were made for.

mod event;

use serde::{Deserialize, Serialize};

pub use event::{
    KeyContentsRewrapped, KeyDestroyed, KeyEvent, KeyRetired, KeyRevoked, KeyRewrapped, KeyRotated, KeyScope,
    RootKeyHolder, RotationReason,
};

use crate::{
    KeyId,
    aggregate::{Aggregate, Context},
};

/// The generation of a scope's first content key.
const FIRST_GENERATION: u32 = 1;

/// The aggregate of one scope's keys. Its stream has the id of the scope; that of the tenant's own scope the tenant's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The newest content key's, once it was rotated.
    rotated_to: Option<(KeyId, u32)>,
    /// What opens nothing any more.
    revoked: Vec<KeyId>,
    /// What seals nothing any more.
    retired: Vec<KeyId>,
    /// What sealed nothing that is left.
    rewrapped: Vec<KeyId>,
    /// What is no more.
    destroyed: Vec<KeyId>,
}

/// An order to one scope's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCommand {
    /// Seal with a new content key from now on.
    Rotate {
        /// Whose keys they are.
        scope: KeyScope,
        /// The newest key, as the caller knows it.
        previous: KeyId,
        /// The new key.
        key_id: KeyId,
        /// Why.
        reason: RotationReason,
    },
    /// Open nothing with a content key any more.
    Revoke {
        /// Whose keys they are.
        scope: KeyScope,
        /// The key.
        key_id: KeyId,
        /// The key that seals in its place, if it is the newest.
        replacement: Option<KeyId>,
    },
    /// The tenant key is wrapped by another root key.
    Rewrap(KeyRewrapped),
    /// Seal nothing with an older content key any more, so that what it sealed can be sealed anew.
    Retire(KeyRetired),
    /// Nothing is left that a retired key sealed.
    FinishRewrap(KeyContentsRewrapped),
    /// Keys are no more: all of an erased subject, or one that nothing needs.
    Destroy(KeyDestroyed),
}

/// The reason why keys refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// The key that was named is not the newest.
    #[error("the key was rotated already")]
    NotNewest,
    /// The key seals what is new.
    #[error("the key seals")]
    Seals,
    /// Something may be left that the key sealed.
    #[error("not everything that the key sealed was sealed anew")]
    NotRewrapped,
}

impl Keys {
    /// The generation that the next rotation makes.
    #[must_use]
    pub fn next_generation(&self) -> u32 {
        self.rotated_to
            .map_or(FIRST_GENERATION, |(_, generation)| generation)
            .saturating_add(1)
    }

    fn rotated(
        &self,
        scope: KeyScope,
        previous: KeyId,
        key_id: KeyId,
        reason: RotationReason,
    ) -> Result<KeyEvent, KeyRefusal> {
        if self.rotated_to.is_some_and(|(newest, _)| newest != previous) {
            return Err(KeyRefusal::NotNewest);
        }
        Ok(KeyEvent::Rotated(KeyRotated {
            scope,
            previous,
            key_id,
            generation: self.next_generation(),
            reason,
        }))
    }

    /// A subject's keys go with the subject; those of what lives on go when nothing is left that they sealed.
    fn destroyed(&self, destroy: KeyDestroyed) -> Result<Vec<KeyEvent>, KeyRefusal> {
        if destroy.key_ids.iter().all(|key| self.destroyed.contains(key)) {
            return Ok(vec![]);
        }
        let is_left = |key: &KeyId| !self.rewrapped.contains(key);
        if !matches!(destroy.scope, KeyScope::Subject(_)) && destroy.key_ids.iter().any(is_left) {
            return Err(KeyRefusal::NotRewrapped);
        }
        Ok(vec![KeyEvent::Destroyed(destroy)])
    }
}

impl Aggregate for Keys {
    const TYPE: &'static str = "key";
    const STATE_VERSION: u32 = 2;
    type Command = KeyCommand;
    type Event = KeyEvent;
    type Refusal = KeyRefusal;

    fn decide(&self, command: KeyCommand, _: &Context) -> Result<Vec<KeyEvent>, KeyRefusal> {
        match command {
            KeyCommand::Rotate {
                scope,
                previous,
                key_id,
                reason,
            } => Ok(vec![self.rotated(scope, previous, key_id, reason)?]),
            KeyCommand::Revoke { key_id, .. } if self.revoked.contains(&key_id) => Ok(vec![]),
            KeyCommand::Revoke {
                scope,
                key_id,
                replacement,
            } => {
                let rotated = replacement
                    .map(|replacement| self.rotated(scope, key_id, replacement, RotationReason::Revoked));
                let revoked = KeyEvent::Revoked(KeyRevoked { scope, key_id });
                Ok(rotated.transpose()?.into_iter().chain([revoked]).collect())
            }
            KeyCommand::Rewrap(rewrapped) => Ok(vec![KeyEvent::Rewrapped(rewrapped)]),
            KeyCommand::Retire(retire) if self.retired.contains(&retire.key_id) => Ok(vec![]),
            KeyCommand::Retire(retire) => {
                if self.rotated_to.is_none_or(|(newest, _)| newest == retire.key_id) {
                    return Err(KeyRefusal::Seals);
                }
                Ok(vec![KeyEvent::Retired(retire)])
            }
            KeyCommand::FinishRewrap(rewrapped) if self.rewrapped.contains(&rewrapped.key_id) => Ok(vec![]),
            KeyCommand::FinishRewrap(rewrapped) => {
                if !self.retired.contains(&rewrapped.key_id) {
                    return Err(KeyRefusal::NotRewrapped);
                }
                Ok(vec![KeyEvent::ContentsRewrapped(rewrapped)])
            }
            KeyCommand::Destroy(destroy) => self.destroyed(destroy),
        }
    }

    fn evolve(&mut self, event: &KeyEvent) {
        match event {
            KeyEvent::Rotated(rotated) => self.rotated_to = Some((rotated.key_id, rotated.generation)),
            KeyEvent::Revoked(revoked) => self.revoked.push(revoked.key_id),
            KeyEvent::Rewrapped(_) => {}
            KeyEvent::Retired(retired) => self.retired.push(retired.key_id),
            KeyEvent::ContentsRewrapped(rewrapped) => self.rewrapped.push(rewrapped.key_id),
            KeyEvent::Destroyed(destroyed) => self.destroyed.extend(&destroyed.key_ids),
        }
    }
}
