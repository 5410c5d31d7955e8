//! The AsyncAPI document of what is published, made from the schemas of the events.

use serde_json::{Map, Value, json};
use vault_domain::schema::{EventSchema, event_schemas};

use crate::{publisher::stream_types, sealed::published_schema};

/// The prefix of topics that the document shows: the default one.
const PREFIX: &str = "vault";

/// The AsyncAPI 3 document of what is published.
#[must_use]
pub fn document() -> Value {
    let (schemas, _) = event_schemas();
    let mut channels = Map::new();
    let mut operations = Map::new();
    for stream_type in stream_types() {
        let of_type = || schemas.iter().filter(|schema| schema.stream_type == stream_type);
        channels.insert(stream_type.to_owned(), channel(stream_type, of_type()));
        operations.insert(
            format!("publish_{stream_type}"),
            json!({ "action": "send", "channel": { "$ref": format!("#/channels/{stream_type}") } }),
        );
    }
    let messages: Map<String, Value> = schemas
        .iter()
        .map(|schema| (schema.event_type.to_owned(), message(schema)))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "LLM Data Vault",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every event of the vault, as CloudEvents 1.0 in Kafka binary mode. Sealed values (whatever a \
                client wrote as text) stay in the vault: what held one is there without it. At least once, in order \
                for each key; read with isolation.level=read_committed, and drop what is not beyond the last epoch and \
                position of its partition. Topics are one for each type of stream, as shown here, or one for each \
                tenant, as the operator configures.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": { "headers": headers() } },
    })
}

fn channel<'a>(stream_type: &str, schemas: impl Iterator<Item = &'a EventSchema>) -> Value {
    let messages: Map<String, Value> = schemas
        .map(|schema| {
            let place = format!("#/components/messages/{}", schema.event_type);
            (schema.event_type.to_owned(), json!({ "$ref": place }))
        })
        .collect();
    json!({
        "address": format!("{PREFIX}.{stream_type}"),
        "messages": messages,
        "bindings": { "kafka": { "bindingVersion": "0.5.0" } },
    })
}

fn message(schema: &EventSchema) -> Value {
    let payload = published_schema(schema.schema.as_value().clone());
    let key = json!({ "type": "string", "description": "The id of the event's stream." });
    json!({
        "name": schema.event_type,
        "title": format!("{} v{}", schema.event_type, schema.event_version),
        "contentType": "application/json",
        "headers": { "$ref": "#/components/schemas/headers" },
        "payload": payload,
        "bindings": { "kafka": { "key": key, "bindingVersion": "0.5.0" } },
    })
}

fn headers() -> Value {
    let text = |says: &str| json!({ "type": "string", "description": says });
    let number = |says: &str| json!({ "type": "string", "pattern": "^[0-9]+$", "description": says });
    let id = |says: &str| json!({ "type": "string", "format": "uuid", "description": says });
    json!({
        "type": "object",
        "required": [
            "ce_actor", "ce_correlationid", "ce_epoch", "ce_id", "ce_operation", "ce_position", "ce_source",
            "ce_specversion", "ce_streamsequence", "ce_subject", "ce_tenant", "ce_tenantposition", "ce_time",
            "ce_type", "ce_typeversion", "content-type",
        ],
        "properties": {
            "content-type": { "const": "application/json" },
            "ce_specversion": { "const": "1.0" },
            "ce_id": id("The event's id."),
            "ce_source": text("The name of the log in this epoch."),
            "ce_type": text("The event's type."),
            "ce_typeversion": number("The version of the payload."),
            "ce_subject": text("The event's stream: its type, a slash, its id."),
            "ce_streamsequence": number("The place in the stream, from 1."),
            "ce_time": { "type": "string", "format": "date-time", "description": "When it was recorded." },
            "ce_tenant": id("Whose event it is."),
            "ce_tenantposition": number("The place among the tenant's events, from 1."),
            "ce_position": number("The place in the log, from 1."),
            "ce_epoch": number("The epoch of the log: it grows when the log was put back to an earlier point."),
            "ce_actor": text("`user/<id>`, `user/<id>/api_key/<id>` or `system`."),
            "ce_operation": text("What was asked for."),
            "ce_correlationid": id("The request, which all its events share."),
            "ce_causationid": id("The event that caused this one, where one did."),
            "ce_traceparent": text("The W3C trace context, where there is one."),
            "traceparent": text("The same, for tracing libraries."),
        },
    })
}
