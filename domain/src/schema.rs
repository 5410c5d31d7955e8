//! The JSON Schemas of everything that may stand in the log.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};

use crate::{
    Metadata,
    access::Access,
    aggregate::{Aggregate, DomainEvent},
    api_key::ApiKey,
    approval::Approvals,
    custom_type::CustomTypes,
    dataset::Dataset,
    grant::Grants,
    key::Keys,
    policy::Policies,
    projection::Skip,
    record_batch::RecordBatch,
    session::Session,
    subject::Subject,
    tenant::Tenant,
    totp::Totp,
    user::User,
};

/// The schema of one event type.
#[derive(Debug, Clone)]
pub struct EventSchema {
    /// The type of its streams.
    pub stream_type: &'static str,
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
    collect::<Dataset>(&mut generator, &mut schemas);
    collect::<RecordBatch>(&mut generator, &mut schemas);
    collect::<Access>(&mut generator, &mut schemas);
    collect::<Tenant>(&mut generator, &mut schemas);
    collect::<User>(&mut generator, &mut schemas);
    collect::<Session>(&mut generator, &mut schemas);
    collect::<Skip>(&mut generator, &mut schemas);
    collect::<Keys>(&mut generator, &mut schemas);
    collect::<ApiKey>(&mut generator, &mut schemas);
    collect::<Totp>(&mut generator, &mut schemas);
    collect::<Subject>(&mut generator, &mut schemas);
    collect::<CustomTypes>(&mut generator, &mut schemas);
    collect::<Policies>(&mut generator, &mut schemas);
    collect::<Grants>(&mut generator, &mut schemas);
    collect::<Approvals>(&mut generator, &mut schemas);
    let metadata = generator.subschema_for::<Metadata>();
    (schemas, metadata)
}

fn collect<A: Aggregate>(generator: &mut SchemaGenerator, schemas: &mut Vec<EventSchema>) {
    let found = A::Event::schemas(generator);
    schemas.extend(
        found
            .into_iter()
            .map(|(event_type, event_version, schema)| EventSchema {
                stream_type: A::TYPE,
                event_type,
                event_version,
                schema,
            }),
    );
}
