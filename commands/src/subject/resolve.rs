//! From the names of subjects to their keys; a name that nobody has is given to a new subject.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use vault_crypto::{KeyError, KeyedHasher, Label, Scope, ScopeKeyIds, ScopeKeys, SealContext};
use vault_domain::{
    Aggregate, EpochId, KeyId, KeyedHash, Metadata, SubjectId, TenantId, field,
    subject::{Subject, SubjectCommand},
};
use vault_event_store::{AppendError, EPOCH_CLOSED, Guard, GuardState, StreamId, Subjects};

use super::epoch::open_epoch;
use crate::{
    dataset::{encode, key_row, record_created},
    error::CommandError,
    request::context,
    vault::Vault,
};

/// How many subjects' keys are made or loaded at once.
const AT_ONCE: usize = 16;
/// How often it is tried again when subjects are erased, or epochs end, meanwhile.
const MAX_ATTEMPTS: u32 = 4;

/// A subject and its keys.
pub(crate) struct SubjectKeys {
    pub(crate) id: SubjectId,
    pub(crate) keys: Arc<ScopeKeys>,
}

/// Subjects by the clients' names for them.
pub(crate) type Resolved = HashMap<String, SubjectKeys>;

/// What a name means that nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// A new subject.
    AreRegistered,
    /// One that was erased: the name was known before.
    WereErased,
}

/// Finds and makes subjects of one tenant.
pub(crate) struct Resolver<'a> {
    pub(crate) vault: &'a Vault,
    pub(crate) tenant: TenantId,
    pub(crate) metadata: Metadata,
    pub(crate) unknown: Unknown,
}

impl Resolver<'_> {
    /// The subjects of these names.
    ///
    /// # Errors
    /// `SubjectErased`, or a fault.
    pub(crate) async fn resolve(&self, names: BTreeSet<String>) -> Result<Resolved, CommandError> {
        if names.is_empty() {
            return Ok(Resolved::new());
        }
        let lookup = self.vault.keys.tenant_lookup(self.tenant).await?;
        let hashes: Vec<KeyedHash> = names.iter().map(|name| name_hash(&lookup, name)).collect();
        let known = self.vault.subjects.named(self.tenant, &hashes).await;
        let known = known.map_err(|error| CommandError::Load(error.into()))?;
        let has_new = self.unknown == Unknown::AreRegistered && known.len() < hashes.len();
        // once for all of them: the first use begins the epoch
        let epoch = if has_new {
            Some(open_epoch(self.vault).await?)
        } else {
            None
        };
        // in a box each, or the compiler takes the whole for something that lives too shortly
        let ones: Vec<_> = names
            .into_iter()
            .zip(hashes)
            .map(|(name, hash)| self.one(name, hash, known.get(&hash).copied(), epoch).boxed())
            .collect();
        stream::iter(ones).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn one(
        &self,
        name: String,
        hash: KeyedHash,
        mut known: Option<SubjectId>,
        mut epoch: Option<EpochId>,
    ) -> Result<(String, SubjectKeys), CommandError> {
        for _ in 0..MAX_ATTEMPTS {
            let found = match (known, self.unknown) {
                (Some(id), _) => self.load(id).await,
                (None, Unknown::AreRegistered) => self.register(&name, hash, epoch).await,
                (None, Unknown::WereErased) => return Err(CommandError::SubjectErased),
            };
            match found {
                // it was erased since it was looked up: its name is free
                Err(CommandError::Key(KeyError::NoScopeKey { .. })) => known = None,
                Err(CommandError::Append(AppendError::ClaimsTaken(taken))) => {
                    known = taken.first().map(|claim| SubjectId::from_uuid(claim.holder));
                }
                Err(CommandError::Append(AppendError::Rejected { sqlstate })) if sqlstate == EPOCH_CLOSED => {
                    epoch = None;
                }
                // so long ago that its key is gone
                Err(CommandError::Key(KeyError::Epoch(_))) if epoch.take().is_some() => {}
                found => return Ok((name, found?)),
            }
        }
        Err(CommandError::Contended)
    }

    async fn load(&self, id: SubjectId) -> Result<SubjectKeys, CommandError> {
        let scope = Scope::Subject(id);
        let keys = self.vault.keys.scope_keys(self.tenant, scope).await?;
        Ok(SubjectKeys { id, keys })
    }

    /// Its keys are wrapped for an epoch that was open just now, or for the one that is.
    async fn register(
        &self,
        name: &str,
        hash: KeyedHash,
        epoch: Option<EpochId>,
    ) -> Result<SubjectKeys, CommandError> {
        let Self { vault, tenant, .. } = *self;
        let id = SubjectId::from_uuid(vault.ids.next());
        let ids = ScopeKeyIds {
            content: KeyId::from_uuid(vault.ids.next()),
            address: KeyId::from_uuid(vault.ids.next()),
        };
        let epoch = match epoch {
            Some(epoch) => epoch,
            None => open_epoch(vault).await?,
        };
        let new = vault.keys.create_subject_keys(tenant, id, ids, epoch).await?;
        let place = name_context(tenant, id);
        let sealed = new.values.seal_value(&place, name.as_bytes())?;
        let now = vault.clock.now();
        let register = SubjectCommand::Register { name: sealed };
        let events = Subject::default().decide(register, &context(now))?;
        let stream = StreamId {
            aggregate_type: Subject::TYPE,
            aggregate_id: id.as_uuid(),
        };
        let mut append = encode(vault, stream, 0, &self.metadata, &events)?;
        append.sets.push((Guard::subject(id), GuardState::Open));
        append.takes.push(Subjects::claim(tenant, id, hash));
        append.rows.data_keys = new.rows.iter().map(|row| key_row(tenant, row, now)).collect();
        vault
            .appender
            .append(append)
            .await
            .map_err(CommandError::Append)?;
        record_created(vault, tenant, &[ids.content, ids.address]).await?;
        let keys = ScopeKeys {
            content: new.content,
            values: new.values,
            generation: 1,
            address: new.address,
            lookup: new.lookup,
        };
        Ok(SubjectKeys {
            id,
            keys: Arc::new(keys),
        })
    }
}

/// By what a subject's name is found.
pub(super) fn name_hash(lookup: &KeyedHasher, name: &str) -> KeyedHash {
    lookup.hash(field::SUBJECT_NAME, name.as_bytes())
}

/// Where a subject's name is sealed.
pub(super) const fn name_context(tenant: TenantId, id: SubjectId) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::Subject(id),
        label: Label::Field(field::SUBJECT_NAME),
    }
}
