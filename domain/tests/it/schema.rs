//! No free text in the log: what the schemas of events and metadata may allow.

use serde_json::Value;
use vault_domain::schema::event_schemas;

mod bad;

/// What a string may be.
const STRING_FORMATS: [&str; 5] = ["uuid", "sealed", "keyed-hash", "trace-parent", "date-time"];
/// What a schema may say; anything else could allow what is not looked at here.
const KEYWORDS: [&str; 15] = [
    "additionalProperties",
    "anyOf",
    "const",
    "description",
    "enum",
    "format",
    "items",
    "maximum",
    "minimum",
    "oneOf",
    "properties",
    "propertyNames",
    "required",
    "title",
    "type",
];

/// Why something may not stand in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// A string of no closed set and no known format.
    FreeString,
    /// Any value at all.
    FreeForm,
    /// An object that takes members which nobody named.
    OpenObject,
    /// A map whose keys are of no closed set.
    FreeKeys,
    /// A number that is no integer.
    Fraction,
    /// A keyword that this test does not know.
    UnknownKeyword,
}

fn faults(schema: &Value) -> Vec<(String, Fault)> {
    let mut found = Vec::new();
    judge(schema, "$", &mut found);
    found
}

fn judge(schema: &Value, path: &str, found: &mut Vec<(String, Fault)>) {
    let Value::Object(members) = schema else {
        found.push((path.to_owned(), Fault::FreeForm));
        return;
    };
    if members
        .keys()
        .any(|keyword| !KEYWORDS.contains(&keyword.as_str()))
    {
        found.push((path.to_owned(), Fault::UnknownKeyword));
    }
    if is_closed_set(schema) {
        return;
    }
    let alternatives = ["anyOf", "oneOf"]
        .iter()
        .filter_map(|keyword| schema[keyword].as_array());
    let mut says_something = false;
    for alternative in alternatives.flatten() {
        judge(alternative, path, found);
        says_something = true;
    }
    for kind in kinds(&schema["type"]) {
        judge_kind(kind, schema, path, found);
        says_something = true;
    }
    if !says_something {
        found.push((path.to_owned(), Fault::FreeForm));
    }
}

fn judge_kind(kind: &str, schema: &Value, path: &str, found: &mut Vec<(String, Fault)>) {
    match kind {
        "string"
            if schema["format"]
                .as_str()
                .is_some_and(|format| STRING_FORMATS.contains(&format)) => {}
        "string" => found.push((path.to_owned(), Fault::FreeString)),
        "integer" | "boolean" | "null" => {}
        "number" => found.push((path.to_owned(), Fault::Fraction)),
        "array" => judge(&schema["items"], &format!("{path}[]"), found),
        "object" => judge_object(schema, path, found),
        _ => found.push((path.to_owned(), Fault::FreeForm)),
    }
}

fn judge_object(schema: &Value, path: &str, found: &mut Vec<(String, Fault)>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        judge(property, &format!("{path}.{name}"), found);
    }
    match &schema["additionalProperties"] {
        Value::Bool(false) => {}
        values @ Value::Object(_) => {
            judge(values, &format!("{path}.*"), found);
            if !is_closed_set(&schema["propertyNames"]) {
                found.push((path.to_owned(), Fault::FreeKeys));
            }
        }
        _ => found.push((path.to_owned(), Fault::OpenObject)),
    }
}

/// The names of a `type` keyword.
fn kinds(kind: &Value) -> Vec<&str> {
    match kind {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    }
}

/// Whether the schema lists all its values.
fn is_closed_set(schema: &Value) -> bool {
    let closed_alternatives = |keyword: &str| {
        schema[keyword]
            .as_array()
            .is_some_and(|all| all.iter().all(is_closed_set))
    };
    let listed = schema.get("const").is_some() || schema.get("enum").is_some();
    listed || closed_alternatives("oneOf") || closed_alternatives("anyOf")
}

#[test]
fn no_event_allows_a_free_text() {
    let (schemas, _) = event_schemas();
    assert!(!schemas.is_empty());
    for schema in schemas {
        assert_eq!(faults(schema.schema.as_value()), [], "{}", schema.event_type);
    }
}

#[test]
fn the_metadata_allow_no_free_text() {
    assert_eq!(faults(event_schemas().1.as_value()), []);
}

#[test]
fn schemas_have_no_references_to_elsewhere() {
    let (schemas, metadata) = event_schemas();
    for schema in schemas.iter().map(|schema| &schema.schema).chain([&metadata]) {
        assert!(!schema.as_value().to_string().contains("\"$ref\""));
    }
}
