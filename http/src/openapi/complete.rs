//! What follows for each operation from the rest of the document: a name of its own, the refusals that its kind has, and where
//! its answer leads.

use utoipa::openapi::{
    Deprecated as Mark, OpenApi, PathItem, RefOr,
    link::Link,
    path::{Operation, Parameter},
    response::Response,
};

use crate::DEPRECATED;

/// Below what the API stands.
const BASE: &str = "/api/v1/";
/// What a write may be refused with, beside what anything may be.
const OF_WRITES: [(&str, &str); 3] = [
    (
        "409",
        "It does not go with what there is, or with what others do at the same time.",
    ),
    ("412", "It has changed since the state that `If-Match` names."),
    ("422", "The idempotency key was used with another request."),
];
/// What a body may be refused with.
const OF_BODIES: (&str, &str) = ("413", "The body is larger than this endpoint takes.");
/// What may have been erased.
const OF_THE_ERASED: (&str, &str) = ("410", "The person whom it is about was erased.");

/// Completes the document.
pub fn complete(document: &mut OpenApi) {
    let named: Vec<(String, String)> = document
        .paths
        .paths
        .keys()
        .map(|path| (path.clone(), words(path)))
        .collect();
    for (path, words) in &named {
        let Some(item) = document.paths.paths.get_mut(path) else {
            continue;
        };
        for (method, operation) in operations(item) {
            operation.operation_id = Some(format!("{method}_{words}"));
            refuse(path, operation);
            let will_go = DEPRECATED
                .iter()
                .any(|entry| entry.route == path && entry.method.eq_ignore_ascii_case(method));
            if will_go {
                operation.deprecated = Some(Mark::True);
            }
        }
    }
    lead(document);
}

/// The methods of a path that there are.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", item.get.as_mut()),
        ("post", item.post.as_mut()),
        ("put", item.put.as_mut()),
        ("patch", item.patch.as_mut()),
        ("delete", item.delete.as_mut()),
    ];
    all.into_iter()
        .filter_map(|(name, operation)| Some((name, operation?)))
}

/// A path as part of a name: `datasets_by_id_records`. What stands outside the base path says so.
fn words(path: &str) -> String {
    let (first, rest) = match path.strip_prefix(BASE) {
        Some(rest) => (None, rest),
        None => (Some("root".to_owned()), path.trim_start_matches('/')),
    };
    let segments = rest.split('/').map(|segment| {
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => format!("by_{name}"),
            None => segment.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"),
        }
    });
    first.into_iter().chain(segments).collect::<Vec<_>>().join("_")
}

fn refuse(path: &str, operation: &mut Operation) {
    let is_write = operation.parameters.iter().flatten().any(is_idempotency_key);
    let mut refusals = Vec::new();
    if is_write || operation.request_body.is_some() {
        refusals.extend(OF_WRITES);
    }
    if operation.request_body.is_some() {
        refusals.push(OF_BODIES);
    }
    if path.contains("/records") || path.contains("/subjects/") {
        refusals.push(OF_THE_ERASED);
    }
    let responses = &mut operation.responses.responses;
    let Some(RefOr::T(problem)) = responses.get("400").cloned() else {
        return;
    };
    for (status, description) in refusals {
        let mut refusal: Response = problem.clone();
        description.clone_into(&mut refusal.description);
        match responses.get_mut(status) {
            // what is said of it stays, and how it looks is added
            Some(RefOr::T(told)) if told.content.is_empty() => told.content = refusal.content,
            Some(_) => {}
            None => {
                responses.insert(status.to_owned(), refusal.into());
            }
        }
    }
}

fn is_idempotency_key(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == "Idempotency-Key")
}

/// What was created has an id, by which what stands below it is asked for.
fn lead(document: &mut OpenApi) {
    let paths: Vec<String> = document.paths.paths.keys().cloned().collect();
    for collection in &paths {
        let below = paths.iter().filter_map(|path| {
            let rest = path.strip_prefix(collection.as_str())?.strip_prefix("/{")?;
            let (parameter, rest) = rest.split_once('}')?;
            (!rest.contains('{')).then_some((path, parameter))
        });
        let mut links = Vec::new();
        for (path, parameter) in below {
            let Some(item) = document.paths.paths.get_mut(path) else {
                continue;
            };
            let known = operations(item).filter_map(|(_, operation)| operation.operation_id.clone());
            links.extend(known.map(|id| {
                let link = Link::builder()
                    .operation_id(id.as_str())
                    .parameter(parameter, "$response.body#/id")
                    .build();
                (id, link)
            }));
        }
        let created = document
            .paths
            .paths
            .get_mut(collection)
            .and_then(|item| item.post.as_mut())
            .and_then(|operation| operation.responses.responses.get_mut("201"));
        if let Some(RefOr::T(created)) = created {
            created
                .links
                .extend(links.into_iter().map(|(id, link)| (id, link.into())));
        }
    }
}
