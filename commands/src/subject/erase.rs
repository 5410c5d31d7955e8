//! The erasure of a subject: the end of its keys, in one append with the event that tells of it.

use vault_access::{Permit, act};
use vault_crypto::{Scope, envelope};
use vault_domain::{
    Aggregate, EpochId, Operation, Sealed, SubjectId, TenantId, field,
    subject::{Subject, SubjectCommand, SubjectRefusal},
};
use vault_event_store::{
    AppendError, EPOCH_CLOSED, ErasureRow, Guard, GuardState, Loaded, StreamId, Subjects,
};

use super::{
    finish::destroyed_keys,
    name::{SubjectName, load},
    resolve::{name_context, name_hash},
};
use crate::{
    dataset::encode,
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written, context},
    vault::Vault,
};

const ACCEPTED: u16 = 202;
/// How often it is tried again when the subject changes, or its keys move to another epoch, meanwhile.
const MAX_ATTEMPTS: u32 = 8;

/// Destroys the keys of a subject. The same again changes nothing.
///
/// From its answer on no process opens what the keys sealed: the others read the event within a second. What the keys
/// sealed is removed afterwards, and copies of the keys are unreadable when their epoch has ended.
///
/// # Errors
/// `SubjectNotFound`, `SubjectHeld` with the reason, or a fault.
#[tracing::instrument(name = "commands.subject.erase", skip_all)]
pub async fn erase(
    vault: &Vault,
    permit: &Permit<act::SubjectErase>,
    request: &Request,
    name: &SubjectName,
) -> Result<Written<SubjectId>, CommandError> {
    let principal = permit.principal();
    let tenant = principal.tenant;
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(event) = before.as_ref().and_then(|events| events.first()) {
        let id = event.aggregate_id.parse::<SubjectId>();
        let id = id.map_err(|error| CommandError::Internal(Box::new(error)))?;
        return Ok(Written::again(id, event.position));
    }
    let metadata = request.metadata(principal, Operation::EraseSubject);
    for _ in 0..MAX_ATTEMPTS {
        let (id, loaded) = load(vault, tenant, name).await?;
        let Some(decided) = decide(vault, tenant, id, &loaded).await? else {
            return Ok(Written::nothing(id));
        };
        let stream = StreamId {
            aggregate_type: Subject::TYPE,
            aggregate_id: id.as_uuid(),
        };
        let mut append = encode(vault, stream, loaded.sequence, &metadata, &decided.events)?;
        append.sets.push((Guard::subject(id), GuardState::Closed));
        append.releases.push(decided.claim);
        append.rows.erasure = Some(ErasureRow {
            subject_id: id.as_uuid(),
            epoch_id: decided.epoch.as_uuid(),
            erased_at: vault.clock.now(),
        });
        append.rows.idempotency = repeatable.map(|repeatable| repeatable.row(vault, ACCEPTED));
        match vault.appender.append(append).await {
            Ok(appended) => {
                vault.keys.forget(tenant, Scope::Subject(id));
                // what fails now is gone on with by whoever finishes erasures
                if let Err(error) = destroyed_keys(vault, tenant, id).await {
                    tracing::warn!(error = %error, "the end of a subject's keys is told later");
                }
                vault.erasures.notify_one();
                return Ok(Written::now(id, appended));
            }
            Err(AppendError::Conflict { .. }) => {}
            Err(AppendError::Rejected { sqlstate }) if sqlstate == EPOCH_CLOSED => {}
            Err(AppendError::AnsweredBefore) => return Box::pin(erase(vault, permit, request, name)).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Contended)
}

struct Decided {
    events: Vec<vault_domain::subject::SubjectEvent>,
    epoch: EpochId,
    claim: vault_event_store::Claim,
}

/// The events of the erasure, with what commits with them; nothing when it was done before.
async fn decide(
    vault: &Vault,
    tenant: TenantId,
    id: SubjectId,
    loaded: &Loaded<Subject>,
) -> Result<Option<Decided>, CommandError> {
    let subject = &loaded.aggregate;
    let Some(name) = subject.name() else {
        return Ok(None);
    };
    let rows = vault.keys.rows(tenant, Scope::Subject(id)).await?;
    let epoch = rows
        .iter()
        .find_map(|row| row.epoch)
        .ok_or(CommandError::Contended)?;
    let erase = SubjectCommand::Erase {
        epoch_id: epoch,
        key_ids: rows.iter().map(|row| row.key_id).collect(),
    };
    let events = match subject.decide(erase, &context(vault.clock.now())) {
        Ok(events) => events,
        Err(SubjectRefusal::Held) => {
            let reason = match subject.hold() {
                Some(sealed) => open(vault, tenant, id, field::SUBJECT_HOLD_REASON, sealed).await?,
                None => String::new(),
            };
            return Err(CommandError::SubjectHeld { reason });
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let name = open(vault, tenant, id, field::SUBJECT_NAME, name).await?;
    let lookup = vault.keys.tenant_lookup(tenant).await?;
    let claim = Subjects::claim(tenant, id, name_hash(&lookup, &name));
    Ok(Some(Decided { events, epoch, claim }))
}

async fn open(
    vault: &Vault,
    tenant: TenantId,
    id: SubjectId,
    label: &'static str,
    sealed: &Sealed,
) -> Result<String, CommandError> {
    let key = vault
        .keys
        .upkeep_key(tenant, envelope::key_id(sealed.envelope())?)
        .await?;
    let mut place = name_context(tenant, id);
    place.label = vault_crypto::Label::Field(label);
    let opened = key.open(&place, sealed.envelope())?;
    Ok(String::from_utf8_lossy(&opened).into_owned())
}
