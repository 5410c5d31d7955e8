//! Payloads that somebody might write one day, each refused for its own reason.

#![expect(dead_code, reason = "the types are looked at by their schemas alone")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vault_domain::{EntityType, Sealed};

use super::{Fault, faults};

#[derive(JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<T> {
    value: T,
}

#[derive(JsonSchema)]
struct Open {
    count: u32,
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
struct Inner {
    name: String,
}

#[derive(JsonSchema)]
enum Reason {
    Known,
    Other(String),
}

#[derive(JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
    Text(String),
}

fn faults_of<T: JsonSchema>() -> Vec<(String, Fault)> {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|s| s.inline_subschemas = true)
        .into_generator();
    faults(generator.subschema_for::<Payload<T>>().as_value())
}

#[track_caller]
fn assert_refused<T: JsonSchema>(path: &str, fault: Fault) {
    assert_eq!(faults_of::<T>(), [(path.to_owned(), fault)]);
}

#[test]
fn a_string_is_refused_wherever_it_hides() {
    assert_refused::<String>("$.value", Fault::FreeString);
    assert_refused::<Option<String>>("$.value", Fault::FreeString);
    assert_refused::<Vec<String>>("$.value[]", Fault::FreeString);
    assert_refused::<Inner>("$.value.name", Fault::FreeString);
    assert_refused::<Option<Inner>>("$.value.name", Fault::FreeString);
    assert_refused::<Reason>("$.value.Other", Fault::FreeString);
    assert_refused::<Untagged>("$.value", Fault::FreeString);
}

#[test]
fn a_map_with_keys_of_the_clients_choice_is_refused() {
    assert_refused::<BTreeMap<String, u32>>("$.value", Fault::FreeKeys);
    // its derived schema does not name the keys
    assert_refused::<BTreeMap<EntityType, u32>>("$.value", Fault::FreeKeys);
}

#[test]
fn an_object_that_takes_unnamed_members_is_refused() {
    assert_refused::<Open>("$.value", Fault::OpenObject);
}

#[test]
fn a_value_of_any_form_is_refused() {
    assert_refused::<Value>("$.value", Fault::FreeForm);
    assert_refused::<Vec<Value>>("$.value[]", Fault::FreeForm);
    assert_eq!(
        faults(&json!({"type": "array"})),
        [("$[]".to_owned(), Fault::FreeForm)]
    );
}

#[test]
fn a_fraction_is_refused() {
    assert_refused::<f64>("$.value", Fault::Fraction);
}

#[test]
fn hand_written_schemas_are_refused_as_well() {
    let refused = [
        (json!({"type": "string", "format": "email"}), Fault::FreeString),
        (
            json!({"type": "string", "minLength": 1, "format": "uuid"}),
            Fault::UnknownKeyword,
        ),
        (
            json!({"type": "integer", "patternProperties": {}}),
            Fault::UnknownKeyword,
        ),
        (
            json!({"$ref": "#/$defs/Anything", "const": 1}),
            Fault::UnknownKeyword,
        ),
        (
            json!({"type": "object", "additionalProperties": true}),
            Fault::OpenObject,
        ),
        (json!({"anyOf": [true, {"type": "null"}]}), Fault::FreeForm),
        (json!({"type": ["null", "string"]}), Fault::FreeString),
        (json!({"type": "text"}), Fault::FreeForm),
        (json!({}), Fault::FreeForm),
        (json!(true), Fault::FreeForm),
    ];
    for (schema, fault) in refused {
        assert_eq!(faults(&schema), [("$".to_owned(), fault)], "{schema}");
    }
}

#[test]
fn what_may_stand_in_the_log_is_not_refused() {
    assert_eq!(faults_of::<Option<Sealed>>(), []);
    assert_eq!(faults_of::<Vec<EntityType>>(), []);
    assert_eq!(faults_of::<Option<EntityType>>(), []);
}
