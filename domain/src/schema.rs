//! The JSON Schemas of everything that may stand in the log.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};

use crate::{
    Metadata, access::AccessEvent, aggregate::DomainEvent, dataset::DatasetEvent,
    record_batch::RecordBatchEvent, session::SessionEvent, tenant::TenantEvent, user::UserEvent,
};

/// The schema of one event type.
#[derive(Debug, Clone)]
pub struct EventSchema {
    /// The stored name.
    pub event_type: &'static str,
    /// The version that is written today.
    pub event_version: u32,
    /// The payload's schema, complete in itself.
    pub schema: Schema,
}

/// The schemas of all event types, and of the metadata that they share.
#[must_use]
pub fn event_schemas() -> (Vec<EventSchema>, Schema) {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|s| s.inline_subschemas = true)
        .into_generator();
    let mut schemas = Vec::new();
    collect::<DatasetEvent>(&mut generator, &mut schemas);
    collect::<RecordBatchEvent>(&mut generator, &mut schemas);
    collect::<AccessEvent>(&mut generator, &mut schemas);
    collect::<TenantEvent>(&mut generator, &mut schemas);
    collect::<UserEvent>(&mut generator, &mut schemas);
    collect::<SessionEvent>(&mut generator, &mut schemas);
    let metadata = generator.subschema_for::<Metadata>();
    (schemas, metadata)
}

fn collect<E: DomainEvent>(generator: &mut SchemaGenerator, schemas: &mut Vec<EventSchema>) {
    let found = E::schemas(generator);
    schemas.extend(
        found
            .into_iter()
            .map(|(event_type, event_version, schema)| EventSchema {
                event_type,
                event_version,
                schema,
            }),
    );
}
