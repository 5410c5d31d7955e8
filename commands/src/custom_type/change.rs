//! Describing types, changing and removing them. A definition is compiled together with the tenant's other ones before
//! it is taken, so that what is in the log can be looked for.

use vault_access::{Permit, Principal, act};
use vault_crypto::Scope;
use vault_domain::{
    Aggregate, CustomTypeDefinitionId, ErrorCode, Operation,
    custom_type::{CustomTypeCommand, CustomTypeEvent, CustomTypeView, CustomTypes, DefinedType},
    field,
};
use vault_event_store::{Append, AppendError, Loaded, StoredEvent, StreamId};
use vault_privacy::{CustomType, custom::CustomTypeDefinition};

use super::{MAX_DEFINITION_BYTES, compile, context as seal_context, load, open, open_all};
use crate::{
    dataset::encode,
    error::CommandError,
    idempotency::{Repeatable, look_up},
    request::{Request, Written, context},
    vault::Vault,
};

/// How often a change is decided again when another one comes in between.
const MAX_ATTEMPTS: usize = 5;
const CREATED: u16 = 201;
const OK: u16 = 200;
const NO_CONTENT: u16 = 204;

/// Describes another type.
///
/// # Errors
/// `Invalid` for a bad definition, `CustomTypeNameTaken`, `TooManyCustomTypes`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.custom_type.define", skip_all)]
pub async fn define(
    vault: &Vault,
    permit: &Permit<act::PrivacyConfigure>,
    request: &Request,
    definition: CustomTypeDefinition,
) -> Result<Written<CustomTypeView>, CommandError> {
    let id = CustomTypeDefinitionId::from_uuid(vault.ids.next());
    describe(
        vault,
        permit,
        request,
        Order::Define(Checked::new(id, definition)?),
    )
    .await
}

/// Describes a type in another way.
///
/// # Errors
/// As [`define`], and `CustomTypeNotFound`.
#[tracing::instrument(name = "commands.custom_type.change", skip_all)]
pub async fn change(
    vault: &Vault,
    permit: &Permit<act::PrivacyConfigure>,
    request: &Request,
    id: CustomTypeDefinitionId,
    definition: CustomTypeDefinition,
) -> Result<Written<CustomTypeView>, CommandError> {
    describe(
        vault,
        permit,
        request,
        Order::Change(Checked::new(id, definition)?),
    )
    .await
}

/// Removes a type: it is looked for no more. What was found of it stays.
///
/// # Errors
/// `CustomTypeNotFound`, `IdempotencyKeyReused`, or a fault.
#[tracing::instrument(name = "commands.custom_type.remove", skip_all)]
pub async fn remove(
    vault: &Vault,
    permit: &Permit<act::PrivacyConfigure>,
    request: &Request,
    id: CustomTypeDefinitionId,
) -> Result<Written<()>, CommandError> {
    let done = run(vault, permit.principal(), request, &Order::Remove(id)).await?;
    Ok(done.map(|_| ()))
}

async fn describe(
    vault: &Vault,
    permit: &Permit<act::PrivacyConfigure>,
    request: &Request,
    order: Order,
) -> Result<Written<CustomTypeView>, CommandError> {
    let done = run(vault, permit.principal(), request, &order).await?;
    let defined: DefinedType = match done.value.clone() {
        CustomTypeEvent::Defined(event) => event.into(),
        CustomTypeEvent::Changed(event) => event.into(),
        CustomTypeEvent::Removed(_) => return Err(CommandError::IdempotencyKeyReused),
    };
    let definition = open(vault, permit.principal().tenant, &defined).await?;
    Ok(done.map(|_| CustomTypeView {
        id: defined.id,
        definition,
    }))
}

/// What is to be done.
enum Order {
    Define(Checked),
    Change(Checked),
    Remove(CustomTypeDefinitionId),
}

/// A definition that can be looked for by itself.
struct Checked {
    id: CustomTypeDefinitionId,
    name: String,
    json: String,
    custom: CustomType,
}

impl Checked {
    fn new(id: CustomTypeDefinitionId, definition: CustomTypeDefinition) -> Result<Self, CommandError> {
        let invalid = |error: vault_privacy::custom::DefinitionError| {
            CommandError::invalid(&error.field, ErrorCode::InvalidFieldValue, error.message)
        };
        let custom = definition.check().map_err(invalid)?;
        let json =
            serde_json::to_string(&definition).map_err(|error| CommandError::Internal(Box::new(error)))?;
        if json.len() > MAX_DEFINITION_BYTES {
            let message = format!("and all else must be at most {MAX_DEFINITION_BYTES} bytes of JSON");
            return Err(CommandError::invalid("words", ErrorCode::FieldTooLong, message));
        }
        Ok(Self {
            id,
            name: definition.name,
            json,
            custom,
        })
    }
}

impl Order {
    const fn operation(&self) -> Operation {
        match self {
            Self::Define(_) => Operation::DefineCustomType,
            Self::Change(_) => Operation::ChangeCustomType,
            Self::Remove(_) => Operation::RemoveCustomType,
        }
    }

    const fn status(&self) -> u16 {
        match self {
            Self::Define(_) => CREATED,
            Self::Change(_) => OK,
            Self::Remove(_) => NO_CONTENT,
        }
    }

    const fn checked(&self) -> Option<&Checked> {
        match self {
            Self::Define(checked) | Self::Change(checked) => Some(checked),
            Self::Remove(_) => None,
        }
    }
}

/// Carries an order out; gives the event that did.
async fn run(
    vault: &Vault,
    principal: &Principal,
    request: &Request,
    order: &Order,
) -> Result<Written<CustomTypeEvent>, CommandError> {
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(events) = before {
        return again(&events);
    }
    for _ in 0..MAX_ATTEMPTS {
        let loaded = load(vault, principal.tenant).await?;
        let attempt = Attempt {
            vault,
            principal,
            request,
            order,
            loaded,
            repeatable: repeatable.as_ref(),
        };
        let (event, append) = attempt.decide().await?;
        match vault.appender.append(append).await {
            Ok(appended) => {
                vault.detectors.forget(principal.tenant);
                return Ok(Written::now(event, appended));
            }
            Err(AppendError::Conflict { .. }) => {}
            Err(AppendError::AnsweredBefore) => {
                let repeatable = repeatable.as_ref().ok_or(CommandError::Contended)?;
                let events = repeatable.events_before(vault, principal).await?;
                return again(&events.unwrap_or_default());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Contended)
}

fn again(events: &[StoredEvent]) -> Result<Written<CustomTypeEvent>, CommandError> {
    let event = events.first().ok_or(CommandError::Contended)?;
    Ok(Written::again(event.decode()?, event.position))
}

/// One decision against one state.
struct Attempt<'a> {
    vault: &'a Vault,
    principal: &'a Principal,
    request: &'a Request,
    order: &'a Order,
    loaded: Loaded<CustomTypes>,
    repeatable: Option<&'a Repeatable>,
}

impl Attempt<'_> {
    async fn decide(&self) -> Result<(CustomTypeEvent, Append), CommandError> {
        let command = match self.order {
            Order::Define(checked) => CustomTypeCommand::Define(self.seal(checked).await?),
            Order::Change(checked) => CustomTypeCommand::Change(self.seal(checked).await?),
            Order::Remove(id) => CustomTypeCommand::Remove(*id),
        };
        let now = context(self.vault.clock.now());
        let events = self.loaded.aggregate.decide(command, &now)?;
        if let Some(checked) = self.order.checked() {
            self.compile_with(checked).await?;
        }
        let metadata = self.request.metadata(self.principal, self.order.operation());
        let stream = StreamId {
            aggregate_type: CustomTypes::TYPE,
            aggregate_id: self.principal.tenant.as_uuid(),
        };
        let mut append = encode(self.vault, stream, self.loaded.sequence, &metadata, &events)?;
        let status = self.order.status();
        append.rows.idempotency = self
            .repeatable
            .map(|repeatable| repeatable.row(self.vault, status));
        let event = events.into_iter().next().ok_or(CommandError::Contended)?;
        Ok((event, append))
    }

    async fn seal(&self, checked: &Checked) -> Result<DefinedType, CommandError> {
        let (vault, tenant) = (self.vault, self.principal.tenant);
        let key = vault.keys.content_key(tenant, Scope::Tenant).await?;
        let names = vault.keys.tenant_lookup(tenant).await?;
        Ok(DefinedType {
            id: checked.id,
            name: names.hash(field::CUSTOM_TYPE_NAME, checked.name.as_bytes()),
            definition: key.seal_value(&seal_context(tenant, checked.id), checked.json.as_bytes())?,
        })
    }

    /// Whether the definition and the tenant's others can be looked for together.
    async fn compile_with(&self, checked: &Checked) -> Result<(), CommandError> {
        let types = self.loaded.aggregate.types();
        let others: Vec<DefinedType> = types
            .iter()
            .filter(|other| other.id != checked.id)
            .cloned()
            .collect();
        let mut types = open_all(self.vault, self.principal.tenant, &others).await?;
        types.push(checked.custom.clone());
        compile(self.vault, types).await?.map(|_| ()).map_err(|_| {
            let message = "compile to too much together with the tenant's other types";
            CommandError::invalid("patterns", ErrorCode::InvalidFieldValue, message)
        })
    }
}
