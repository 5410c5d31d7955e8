//! SARIF 2.1.0, as code scanners' dashboards take it; written finding by finding.

use std::{
    io::{self, Write},
    path::{Component, Path},
};

use reqwest::Url;
use serde_json::{Value, json};
use vault_domain::Sensitivity;
use vault_privacy::EntityType;

use super::{
    finding::Finding,
    report::{Report, Summary},
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes SARIF.
pub(super) struct Sarif<W> {
    out: W,
    /// The names of the rules: the place of a rule is its index.
    rules: Vec<String>,
    any: bool,
}

impl<W: Write> Sarif<W> {
    /// Begins the report; `custom` are the caller's own types.
    pub(super) fn begin(mut out: W, custom: &[(String, Sensitivity)]) -> io::Result<Self> {
        let known = EntityType::ALL.iter().filter(|kind| **kind != EntityType::Custom);
        let mut rules: Vec<Value> = known
            .map(|kind| rule(kind.as_str(), kind.description(), kind.sensitivity()))
            .collect();
        let own = "A type of the caller's own.";
        rules.extend(
            custom
                .iter()
                .map(|(name, sensitivity)| rule(name, own, *sensitivity)),
        );
        let names = rules
            .iter()
            .filter_map(|rule| rule["id"].as_str().map(str::to_owned))
            .collect();
        let driver = json!({
            "name": "vault-server scan", "version": env!("CARGO_PKG_VERSION"), "rules": rules,
        });
        write!(
            out,
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":"
        )?;
        serde_json::to_writer(&mut out, &json!({ "driver": driver }))?;
        write!(out, ",\"columnKind\":\"unicodeCodePoints\",\"results\":[")?;
        Ok(Self {
            out,
            rules: names,
            any: false,
        })
    }
}

impl<W: Write> Report for Sarif<W> {
    fn finding(&mut self, file: &str, finding: &Finding) -> io::Result<()> {
        let separator = if self.any { ",\n" } else { "\n" };
        self.any = true;
        self.out.write_all(separator.as_bytes())?;
        let name = finding.kind.name();
        let rule = self.rules.iter().position(|rule| rule == name);
        serde_json::to_writer(&mut self.out, &result(file, finding, rule))?;
        Ok(())
    }

    fn finish(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let unread = summary.unread.iter().map(|(path, why)| {
            json!({
                "level": "error",
                "message": { "text": format!("not read: {why}") },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&path.to_string_lossy()) } } }],
            })
        });
        let invocation = json!({
            "executionSuccessful": summary.unread.is_empty(),
            "toolExecutionNotifications": unread.collect::<Vec<_>>(),
        });
        write!(self.out, "],\"invocations\":[{invocation}]}}]}}")?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

fn rule(name: &str, description: &str, sensitivity: Sensitivity) -> Value {
    json!({
        "id": name,
        "shortDescription": { "text": description },
        "defaultConfiguration": { "level": level(sensitivity) },
        "properties": { "sensitivity": sensitivity.as_str(), "security-severity": severity(sensitivity) },
    })
}

const fn level(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Low => "note",
        Sensitivity::Medium => "warning",
        Sensitivity::High | Sensitivity::Critical => "error",
    }
}

/// As GitHub takes it, from 0 to 10.
const fn severity(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Low => "2.0",
        Sensitivity::Medium => "5.0",
        Sensitivity::High => "8.0",
        Sensitivity::Critical => "9.5",
    }
}

fn result(file: &str, finding: &Finding, rule: Option<usize>) -> Value {
    let place = &finding.place;
    let mut physical = json!({ "artifactLocation": { "uri": uri(file) } });
    if let Some(line) = place.line {
        let mut region = json!({ "startLine": line });
        // in fields and cells offsets count from their own beginning
        if place.field.is_none() && place.column.is_none() {
            region["startColumn"] = json!(finding.start + 1);
            if finding.kind.entity_type != EntityType::PrivateKey {
                region["endColumn"] = json!(finding.end + 1);
            }
        }
        physical["region"] = region;
    }
    let mut location = json!({ "physicalLocation": physical });
    let mut within = String::new();
    if let Some(row) = place.row {
        within = format!(" in row {row}");
    }
    if let Some(name) = place
        .pointer
        .as_ref()
        .or(place.field.as_ref())
        .or(place.column.as_ref())
    {
        let kind = if place.column.is_some() {
            "column"
        } else {
            "member"
        };
        location["logicalLocations"] = json!([{ "fullyQualifiedName": name, "kind": kind }]);
        within = format!("{within} at {kind} \"{name}\"");
    }
    let test = if finding.test_value { ", a test value" } else { "" };
    let message = format!(
        "{} found{within} ({} % sure{test})",
        finding.kind.name(),
        finding.confidence.percent()
    );
    let mut result = json!({
        "ruleId": finding.kind.name(),
        "level": if finding.test_value { "note" } else { level(finding.kind.sensitivity) },
        "message": { "text": message },
        "locations": [location],
        "properties": {
            "confidence": finding.confidence.fraction(),
            "start": finding.start, "end": finding.end,
            "row": place.row, "test_value": finding.test_value,
        },
    });
    if let Some(rule) = rule {
        result["ruleIndex"] = json!(rule);
    }
    result
}

/// A path as a URI reference: relative ones stay relative to where the command ran.
fn uri(file: &str) -> String {
    let path = Path::new(file);
    let climbs = path.components().any(|part| part == Component::ParentDir);
    if path.is_absolute() || climbs {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        return Url::from_file_path(absolute).map_or_else(|()| String::new(), |url| url.to_string());
    }
    let plain: std::path::PathBuf = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    let url = Url::from_file_path(Path::new("/").join(plain)).map(|url| url.path().to_owned());
    url.map_or_else(|()| String::new(), |path| path.trim_start_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uri_references() {
        assert_eq!(uri("./a b/c#1.txt"), "a%20b/c%231.txt");
        assert_eq!(uri("/tmp/ü?.txt"), "file:///tmp/%C3%BC%3F.txt");
        assert!(uri("../x.txt").starts_with("file:///"));
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
