//! Every payload ever written loads, and what is written today is what was written before.
//!
//! `fixtures/events/TYPE.vVERSION[.VARIANT].json` are frozen: a new version of an event gets new files.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Serialize;
use serde_json::{Value, json};
use vault_domain::{
    DecodeError, DomainEvent, Metadata, access::AccessEvent, api_key::ApiKeyEvent, approval::ApprovalEvent,
    custom_type::CustomTypeEvent, dataset::DatasetEvent, grant::GrantEvent, key::KeyEvent,
    policy::PolicyEvent, projection::SkipEvent, record_batch::RecordBatchEvent, schema::event_schemas,
    session::SessionEvent, subject::SubjectEvent, tenant::TenantEvent, totp::TotpEvent, user::UserEvent,
};

/// Stored names and the versions that are written today. Names are never changed and never used again.
const FROZEN: [(&str, u32); 57] = [
    ("dataset.created", 1),
    ("dataset.updated", 1),
    ("dataset.archived", 1),
    ("dataset.unarchived", 1),
    ("dataset.deleted", 1),
    ("records.added", 2),
    ("pii.detected", 1),
    ("records.read", 1),
    ("access.denied", 1),
    ("login.refused", 1),
    ("keys.used", 1),
    ("tenant.created", 1),
    ("user.registered", 1),
    ("user.roles_changed", 1),
    ("user.disabled", 1),
    ("user.enabled", 1),
    ("user.invited", 1),
    ("user.password_changed", 1),
    ("session.started", 2),
    ("session.ended", 1),
    ("projection.skipped", 1),
    ("key.rotated", 1),
    ("key.revoked", 1),
    ("key.rewrapped", 1),
    ("key.retired", 1),
    ("key.contents_rewrapped", 1),
    ("key.destroyed", 1),
    ("api_key.created", 1),
    ("api_key.rotated", 1),
    ("api_key.revoked", 1),
    ("api_key.expired", 1),
    ("totp.enrolled", 1),
    ("totp.confirmed", 1),
    ("recovery_code.used", 1),
    ("totp.removed", 1),
    ("subject.registered", 1),
    ("subject.held", 1),
    ("subject.hold_released", 1),
    ("subject.restricted", 1),
    ("subject.restriction_lifted", 1),
    ("subject.erased", 1),
    ("subject.purged", 1),
    ("subject.epoch_ended", 1),
    ("custom_type.defined", 1),
    ("custom_type.changed", 1),
    ("custom_type.removed", 1),
    ("policy.created", 1),
    ("policy.replaced", 1),
    ("policy.deleted", 1),
    ("grant.given", 1),
    ("grant.revoked", 1),
    ("approval.requested", 1),
    ("approval.given", 1),
    ("approval.refused", 1),
    ("approval.withdrawn", 1),
    ("approval.glass_broken", 1),
    ("approval.reviewed", 1),
];
/// What stands in the fixtures' envelopes, so that no text can.
const FILLER: &str = "paWl";

type Decoder = fn(&str, u32, &str) -> Result<Value, DecodeError>;
const DECODERS: [Decoder; 15] = [
    again::<DatasetEvent>,
    again::<RecordBatchEvent>,
    again::<AccessEvent>,
    again::<TenantEvent>,
    again::<UserEvent>,
    again::<SessionEvent>,
    again::<SkipEvent>,
    again::<KeyEvent>,
    again::<ApiKeyEvent>,
    again::<TotpEvent>,
    again::<SubjectEvent>,
    again::<CustomTypeEvent>,
    again::<PolicyEvent>,
    again::<GrantEvent>,
    again::<ApprovalEvent>,
];

struct Fixture {
    file: String,
    event_type: String,
    version: u32,
    payload: Value,
}

/// Decodes a payload and writes it again.
fn again<E: DomainEvent>(event_type: &str, version: u32, payload: &str) -> Result<Value, DecodeError> {
    let event = E::decode(event_type, version, payload)?;
    assert_eq!(event.event_type(), event_type);
    Ok(rewritten(&event))
}

fn rewritten(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("it was read from JSON")
}

/// Decodes a payload with the aggregate that knows its type.
fn decode(event_type: &str, version: u32, payload: &Value) -> Result<Value, DecodeError> {
    let known = |decoder: &Decoder| match decoder(event_type, version, &payload.to_string()) {
        Err(DecodeError::UnknownType) => None,
        result => Some(result),
    };
    DECODERS
        .iter()
        .find_map(known)
        .unwrap_or(Err(DecodeError::UnknownType))
}

fn read(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let entries = fs::read_dir(folder).expect("the folder of fixtures");
    let read = |path: &Path| {
        let text = fs::read_to_string(path).expect("a fixture");
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        (name, serde_json::from_str(&text).expect("a fixture is JSON"))
    };
    entries
        .map(|entry| read(&entry.expect("an entry").path()))
        .collect()
}

fn fixtures() -> Vec<Fixture> {
    let named = |(file, payload): (String, Value)| {
        let (event_type, rest) = file.split_once(".v").expect("TYPE.vVERSION");
        let version = rest
            .split('.')
            .next()
            .and_then(|version| version.parse().ok())
            .expect("a version");
        Fixture {
            event_type: event_type.to_owned(),
            version,
            payload,
            file,
        }
    };
    read("events").into_iter().map(named).collect()
}

#[test]
fn the_stored_names_are_frozen() {
    let (schemas, _) = event_schemas();
    let names: Vec<_> = schemas
        .iter()
        .map(|schema| (schema.event_type, schema.event_version))
        .collect();
    assert_eq!(names, FROZEN);
    assert_eq!(
        names.iter().map(|(name, _)| name).collect::<BTreeSet<_>>().len(),
        names.len()
    );
}

/// Every version of every type that was ever written, by the versions that are written today.
fn ever_written<'a>(today: impl IntoIterator<Item = (&'a str, u32)>) -> BTreeSet<(String, u32)> {
    let versions = |(event_type, newest): (&str, u32)| {
        (1..=newest)
            .map(|version| (event_type.to_owned(), version))
            .collect::<Vec<_>>()
    };
    today.into_iter().flat_map(versions).collect()
}

#[test]
fn every_event_type_and_version_has_a_fixture_and_every_fixture_a_type() {
    let fixtures: BTreeSet<_> = fixtures()
        .into_iter()
        .map(|fixture| (fixture.event_type, fixture.version))
        .collect();
    let (schemas, _) = event_schemas();
    let today = schemas
        .iter()
        .map(|schema| (schema.event_type, schema.event_version));
    assert_eq!(fixtures, ever_written(today));
}

#[test]
fn a_new_version_asks_for_a_fixture_and_keeps_those_of_the_old_ones() {
    let newer = FROZEN.map(|(event_type, version)| (event_type, version + 1));
    let asked: BTreeSet<_> = ever_written(newer);
    let here = ever_written(FROZEN);
    assert!(asked.is_superset(&here));
    assert_eq!(asked.difference(&here).count(), FROZEN.len());
}

#[test]
fn every_fixture_loads_and_is_written_again_as_it_was() {
    let (schemas, _) = event_schemas();
    for fixture in fixtures() {
        let decoded = decode(&fixture.event_type, fixture.version, &fixture.payload);
        let decoded = decoded.unwrap_or_else(|error| panic!("{}: {error:?}", fixture.file));
        let is_current = schemas
            .iter()
            .any(|schema| schema.event_type == fixture.event_type && schema.event_version == fixture.version);
        if is_current {
            assert_eq!(decoded, fixture.payload, "{}", fixture.file);
        }
    }
}

#[test]
fn every_metadata_fixture_loads_and_is_written_again_as_it_was() {
    for (file, metadata) in read("metadata") {
        let decoded: Metadata = serde_json::from_value(metadata.clone()).expect("metadata");
        assert_eq!(rewritten(&decoded), metadata, "{file}");
    }
}

#[test]
fn every_optional_member_is_there_in_one_fixture_and_absent_in_another() {
    let (schemas, metadata) = event_schemas();
    let all = fixtures();
    for schema in schemas {
        let payloads: Vec<&Value> = all
            .iter()
            .filter(|fixture| {
                fixture.event_type == schema.event_type && fixture.version == schema.event_version
            })
            .map(|fixture| &fixture.payload)
            .collect();
        assert_shown(schema.schema.as_value(), &payloads, schema.event_type);
    }
    let fixtures = read("metadata");
    assert_shown(
        metadata.as_value(),
        &fixtures.iter().map(|(_, value)| value).collect::<Vec<_>>(),
        "metadata",
    );
}

fn assert_shown(schema: &Value, values: &[&Value], path: &str) {
    for alternative in ["anyOf", "oneOf"]
        .iter()
        .filter_map(|keyword| schema[keyword].as_array())
        .flatten()
    {
        let names = alternative["properties"].as_object();
        let of_this: Vec<&Value> = values
            .iter()
            .copied()
            .filter(|value| names.is_none_or(|names| names.keys().any(|name| value.get(name).is_some())))
            .collect();
        assert_shown(alternative, &of_this, path);
    }
    if let Some(items) = schema.get("items") {
        let elements: Vec<&Value> = values
            .iter()
            .filter_map(|value| value.as_array())
            .flatten()
            .collect();
        assert_shown(items, &elements, &format!("{path}[]"));
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        let objects = values.iter().filter(|value| value.is_object());
        let (with, without): (Vec<&Value>, Vec<&Value>) =
            objects.partition(|value| value.get(name).is_some());
        assert!(!with.is_empty(), "no fixture shows {path}");
        assert!(
            required.contains(&json!(name)) || !without.is_empty(),
            "no fixture lacks {path}"
        );
        assert_shown(
            property,
            &with.iter().map(|value| &value[name]).collect::<Vec<_>>(),
            &path,
        );
    }
}

/// Every version of a value in which one place is changed.
fn mutants(value: &Value, change: &impl Fn(&Value) -> Option<Value>) -> Vec<Value> {
    let mut found: Vec<Value> = change(value).into_iter().collect();
    let places: Vec<String> = match value {
        Value::Object(members) => members.keys().map(|key| format!("/{key}")).collect(),
        Value::Array(items) => (0..items.len()).map(|index| format!("/{index}")).collect(),
        _ => vec![],
    };
    for place in places {
        let part = value.pointer(&place).expect("a place of the value");
        for mutant in mutants(part, change) {
            let mut whole = value.clone();
            *whole.pointer_mut(&place).expect("a place of the value") = mutant;
            found.push(whole);
        }
    }
    found
}

#[track_caller]
fn assert_all_refused(change: &impl Fn(&Value) -> Option<Value>) {
    let mut refused = 0;
    for fixture in fixtures() {
        for mutant in mutants(&fixture.payload, change) {
            let decoded = decode(&fixture.event_type, fixture.version, &mutant);
            assert!(
                matches!(decoded, Err(DecodeError::Payload(_))),
                "{}: {mutant}",
                fixture.file
            );
            refused += 1;
        }
    }
    for (file, metadata) in read("metadata") {
        for mutant in mutants(&metadata, change) {
            assert!(
                serde_json::from_value::<Metadata>(mutant.clone()).is_err(),
                "{file}: {mutant}"
            );
            refused += 1;
        }
    }
    assert!(refused > 0, "nothing was changed");
}

#[test]
fn a_member_that_nobody_knows_is_refused_in_every_object() {
    assert_all_refused(&|value| {
        let mut members = value.as_object()?.clone();
        members.insert("note".to_owned(), json!(1));
        Some(Value::Object(members))
    });
}

#[test]
fn plain_text_in_place_of_a_sealed_value_is_refused() {
    assert_all_refused(&|value| value.get("$sealed").map(|_| json!("plain")));
    assert_all_refused(&|value| value.get("$sealed").map(|_| json!({"$sealed": "not base64!"})));
}

#[test]
fn any_other_text_in_place_of_a_text_is_refused() {
    assert_all_refused(&|value| value.as_str().map(|_| json!("no id, no hash, no name!")));
    let empty = |value: &Value| {
        if value.get("$sealed").is_some() {
            None
        } else {
            text_members_emptied(value)
        }
    };
    assert_all_refused(&empty);
}

fn text_members_emptied(value: &Value) -> Option<Value> {
    let mut members = value.as_object()?.clone();
    let text = members.values_mut().find(|member| member.is_string())?;
    *text = json!("");
    Some(Value::Object(members))
}

#[test]
fn a_fraction_or_a_negative_number_is_refused() {
    assert_all_refused(&|value| value.as_u64().map(|_| json!(0.5)));
    assert_all_refused(&|value| value.as_u64().map(|_| json!(-1)));
}

#[test]
fn unknown_types_and_versions_are_told_from_bad_payloads() {
    let unknown = [
        ("dataset.created", 0),
        ("dataset.created", 2),
        ("dataset.renamed", 1),
        ("", 1),
        ("Dataset.Created", 1),
    ];
    for (event_type, version) in unknown {
        assert!(
            matches!(
                decode(event_type, version, &json!({})),
                Err(DecodeError::UnknownType)
            ),
            "{event_type}"
        );
    }
    for payload in [json!(null), json!([]), json!("text"), json!({})] {
        let decoded = decode("dataset.created", 1, &payload);
        assert!(matches!(decoded, Err(DecodeError::Payload(_))), "{payload}");
    }
}

#[test]
fn fixtures_hold_no_text_of_anybody() {
    let all = fixtures()
        .into_iter()
        .map(|fixture| (fixture.file, fixture.payload))
        .chain(read("metadata"));
    for (file, value) in all {
        let text = value.to_string();
        for sealed in text.split("\"$sealed\":\"").skip(1) {
            let envelope = sealed.split('"').next().unwrap_or_default();
            assert_eq!(envelope.replace(FILLER, ""), "", "{file}");
        }
    }
}
