//! Every operation that the served document names, called with what belongs to others: by another tenant, by nobody, by a
//! colleague, and with credentials that have no right to it. A new endpoint is in the walk by being in the document; if
//! its path names something new, the walk fails until [`Belongings::named`] knows what that is.

mod belongings;

use std::collections::BTreeSet;

use belongings::{Belongings, NOWHERE, OF_NOBODY, asked};
use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer, Client, Reply, operation::Operation, shared};

/// Ends the session of whoever calls it, or never ends; neither takes an id in its path.
const ONCE_FOR_ALL: [&str; 2] = ["POST /api/v1/auth/logout", "GET /api/v1/audit/stream"];
/// What every user does, whichever role they have, for themselves or without a tenant's data in it.
const FOR_EVERY_ROLE: [&str; 16] = [
    "GET /api/v1/auth/me",
    "POST /api/v1/auth/logout",
    "GET /api/v1/auth/sessions",
    "DELETE /api/v1/auth/sessions/{session_id}",
    "POST /api/v1/auth/password",
    "POST /api/v1/auth/mfa/totp/enroll",
    "POST /api/v1/auth/mfa/totp/confirm",
    "POST /api/v1/auth/mfa/totp/remove",
    "GET /api/v1/api-keys",
    "POST /api/v1/api-keys",
    "DELETE /api/v1/api-keys/{api_key_id}",
    "POST /api/v1/api-keys/{api_key_id}/rotate",
    "GET /api/v1/datasets",
    "GET /api/v1/datasets/{id}",
    "GET /api/v1/datasets/{id}/stats",
    "GET /api/v1/privacy/entity-types",
];
/// What a key may do that is good for nothing that is asked: say whose it is, and read what stands in the documentation.
const FOR_EVERY_KEY: [&str; 2] = ["GET /api/v1/auth/me", "GET /api/v1/privacy/entity-types"];

/// The same names of nothing; what is no id stays as it is.
fn nowhere(names: &[String]) -> Vec<String> {
    let is_id = |name: &String| name.len() == NOWHERE.len();
    let replaced = |name: &String| {
        if is_id(name) {
            NOWHERE.to_owned()
        } else {
            name.clone()
        }
    };
    names.iter().map(replaced).collect()
}

/// An answer without what differs from one request to the next.
fn essence(reply: &Reply) -> (u16, BTreeSet<String>, String) {
    let mut text = reply.text();
    if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
        for member in ["instance", "trace_id", "timestamp"] {
            if let Some(problem) = body.as_object_mut() {
                problem.remove(member);
            }
        }
        text = body.to_string();
    }
    let headers = reply.headers.keys().map(ToString::to_string).collect();
    (reply.status, headers, text)
}

async fn operations() -> Vec<Operation> {
    let all = Operation::all(&shared::anonymous().await).await;
    assert!(all.len() > 60, "{} operations", all.len());
    all
}

fn once_for_all(operation: &Operation) -> bool {
    ONCE_FOR_ALL.contains(&operation.name().as_str())
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_answered_like_what_does_not_exist() {
    let owner = Belongings::of_a_new_tenant().await;
    let stranger = Belongings::of_a_new_tenant().await;
    let before = owner.state().await;
    let scopes = json!({ "name": "all", "scopes": every_scope(&stranger.client).await });
    let made = stranger.client.post("/api-keys").json(&scopes).reply().await;
    let made = made.expect_status(201).json();
    let program = stranger.client.with_token(made["key"].as_str().expect("a key"));
    for operation in operations().await {
        if once_for_all(&operation) {
            continue;
        }
        for caller in [&stranger.client, &program] {
            for theirs in names_of_theirs(&operation, &owner, &stranger) {
                check_hidden(caller, &operation, &theirs, &owner).await;
            }
        }
    }
    assert_eq!(owner.state().await, before, "nothing of it took effect");
}

/// The path to what is the owner's, directly and below something of the stranger's own.
fn names_of_theirs(operation: &Operation, owner: &Belongings, stranger: &Belongings) -> Vec<Vec<String>> {
    let theirs = owner.names(operation);
    let below_own = |from: usize| {
        let mut names = stranger.names(operation);
        names[from..].clone_from_slice(&theirs[from..]);
        names
    };
    let mut all: Vec<_> = (0..theirs.len().max(1))
        .map(|from| {
            if theirs.is_empty() {
                Vec::new()
            } else {
                below_own(from)
            }
        })
        .collect();
    // a path that ends in the name of a version leads to the stranger's own
    all.retain(|names| names.is_empty() || names.iter().any(|name| owner.ids().contains(&name.as_str())));
    if all.is_empty() {
        all.push(theirs);
    }
    all
}

async fn check_hidden(caller: &Client, operation: &Operation, theirs: &[String], owner: &Belongings) {
    let what = operation.name();
    let there = asked(owner).send(caller, operation, theirs).await;
    let text = there.text();
    assert!(!text.contains(&owner.canary), "{what}: {there:?}");
    let named = theirs.iter().any(|name| owner.ids().contains(&name.as_str()));
    let asks_for_ids = named || !asked(owner).query(operation).is_empty() || has_ids(operation);
    if !asks_for_ids {
        for id in owner.ids() {
            assert!(!text.contains(id), "{what}: {there:?}");
        }
        return;
    }
    let missing = stranger_names(theirs, owner);
    let not_there = OF_NOBODY.send(caller, operation, &missing).await;
    assert_eq!(essence(&there), essence(&not_there), "{what} {theirs:?}");
    if named {
        // what only persons do, and may give to no program, is refused to programs; whoever has nothing has an empty list
        let is_refused = |code| there.status == 403 && text.contains(code);
        let persons_only = is_refused("VAULT_AUTHZ_2020") || is_refused("VAULT_AUTHZ_2004");
        let is_hidden = there.status == 404 || persons_only || text == r#"{"items":[]}"#;
        assert!(is_hidden, "{what} {theirs:?}: {there:?}");
    }
}

/// The same path with nothing in place of what is the owner's.
fn stranger_names(theirs: &[String], owner: &Belongings) -> Vec<String> {
    let replaced = |name: &String| {
        if owner.ids().contains(&name.as_str()) {
            NOWHERE.to_owned()
        } else {
            name.clone()
        }
    };
    theirs.iter().map(replaced).collect()
}

/// Whether its body names something by id.
fn has_ids(operation: &Operation) -> bool {
    let body = operation.body(&|field, format| OF_NOBODY.known(field, format));
    body.is_some_and(|body| body.to_string().contains(NOWHERE))
}

/// The owner's names of its own things lead nowhere for others, below whatever of the owner's or of theirs.
#[tokio::test]
async fn what_another_tenant_calls_its_things_means_nothing() {
    let owner = Belongings::of_a_new_tenant().await;
    let stranger = Belongings::of_a_new_tenant().await;
    let before = owner.state().await;
    let mut asked_for = 0;
    for operation in operations().await {
        let placeholders = operation.placeholders();
        let Some(last) = placeholders
            .iter()
            .rposition(|(_, name)| ["rid", "sid"].contains(name))
        else {
            continue;
        };
        for mut names in [stranger.names(&operation), owner.names(&operation)] {
            names[last] = format!("ext:{}", owner.canary);
            let there = asked(&stranger).send(&stranger.client, &operation, &names).await;
            names[last] = "ext:nobody".to_owned();
            let not_there = asked(&stranger).send(&stranger.client, &operation, &names).await;
            assert_eq!(there.status, 404, "{} {names:?}: {there:?}", operation.name());
            assert_eq!(
                essence(&there),
                essence(&not_there),
                "{} {names:?}",
                operation.name()
            );
            asked_for += 1;
        }
    }
    assert!(asked_for >= 10, "{asked_for}");
    assert_eq!(owner.state().await, before);
}

/// Hides the owner's dataset from everybody with this role.
async fn hide(owner: &Belongings, role: &str) {
    let policy = format!(
        r#"forbid (principal in Role::"{role}", action, resource == Dataset::"{}");"#,
        owner.dataset()
    );
    let policy = json!({ "name": owner.canary, "policy": policy });
    let kept = owner.client.post("/policies").json(&policy).reply().await;
    let _ = kept.expect_status(201);
}

#[tokio::test]
async fn a_dataset_that_a_policy_hides_is_answered_like_one_that_does_not_exist() {
    let owner = Belongings::of_a_new_tenant().await;
    let (scientist, _) = shared::new_user(&owner.account.tenant, "data_scientist").await;
    hide(&owner, "data_scientist").await;
    let before = owner.state().await;
    let mut hidden = 0;
    for operation in operations().await {
        if !operation.template.contains("/datasets/{id}") && !has_ids(&operation) {
            continue;
        }
        let names = owner.names(&operation);
        let there = asked(&owner).send(&scientist, &operation, &names).await;
        let not_there = OF_NOBODY.send(&scientist, &operation, &nowhere(&names)).await;
        assert_eq!(essence(&there), essence(&not_there), "{}", operation.name());
        assert!(
            !there.text().contains(&owner.canary),
            "{}: {there:?}",
            operation.name()
        );
        hidden += u32::from(there.status == 404);
    }
    assert!(hidden >= 12, "{hidden}");
    assert_eq!(owner.state().await, before, "nothing of it took effect");
}

async fn every_scope(client: &Client) -> Vec<Value> {
    let schema = client.get("/policies").reply().await.expect_status(200).json();
    let text = schema.to_string();
    let names = text.split("Action::\\\"").skip(1);
    let names: BTreeSet<&str> = names.filter_map(|rest| rest.split("\\\"").next()).collect();
    assert!(names.len() > 10, "{names:?}");
    // no key makes credentials or gives rights
    let of_people = [
        "api_key:manage",
        "approval:break_glass",
        "approval:decide",
        "grant:manage",
        "policy:manage",
        "user:manage",
    ];
    let held = names.into_iter().filter(|name| !of_people.contains(name));
    held.map(|name| json!(name)).collect()
}

#[tokio::test]
async fn nobody_is_asked_for_a_credential_before_anything_else() {
    let owner = Belongings::of_a_new_tenant().await;
    let before = owner.state().await;
    let anonymous = shared::anonymous().await;
    for operation in operations().await.iter().filter(|operation| !operation.is_open()) {
        let there = asked(&owner)
            .send(&anonymous, operation, &owner.names(operation))
            .await;
        there.expect_problem(401, "AUTH_1005");
        let missing = nowhere(&owner.names(operation));
        let not_there = OF_NOBODY.send(&anonymous, operation, &missing).await;
        assert_eq!(essence(&there), essence(&not_there), "{}", operation.name());
    }
    assert_eq!(owner.state().await, before);
}

#[tokio::test]
async fn a_key_without_the_right_learns_nothing_of_what_there_is() {
    let owner = Belongings::of_a_new_tenant().await;
    let body = json!({ "name": "for nothing that is asked", "scopes": ["health:detailed"] });
    let made = owner
        .client
        .post("/api-keys")
        .json(&body)
        .reply()
        .await
        .expect_status(201)
        .json();
    let program = owner.client.with_token(made["key"].as_str().expect("a key"));
    let before = owner.state().await;
    for operation in operations().await {
        let name = operation.name();
        let is_for_keys = FOR_EVERY_KEY.contains(&name.as_str()) || name.contains("/health");
        if operation.is_open() || is_for_keys {
            continue;
        }
        let there = asked(&owner)
            .send(&program, &operation, &owner.names(&operation))
            .await;
        assert_eq!(there.status, 403, "{name}: {there:?}");
        assert!(!there.text().contains(&owner.canary), "{name}: {there:?}");
        let missing = nowhere(&owner.names(&operation));
        let not_there = OF_NOBODY.send(&program, &operation, &missing).await;
        assert_eq!(essence(&there), essence(&not_there), "{name}");
    }
    assert_eq!(owner.state().await, before);
}

#[tokio::test]
async fn each_operation_is_refused_to_some_role_and_then_has_no_effect() {
    let owner = Belongings::of_a_new_tenant().await;
    let (auditor, _) = shared::new_user(&owner.account.tenant, "auditor").await;
    let (pipeline, _) = shared::new_user(&owner.account.tenant, "ingest").await;
    let before = owner.state().await;
    let adds =
        |operation: &Operation| operation.method == Method::POST && operation.template.ends_with("/records");
    for operation in operations().await {
        let name = operation.name();
        let is_for_all = operation.is_open() || FOR_EVERY_ROLE.contains(&name.as_str());
        if is_for_all {
            continue;
        }
        let mut refusals = 0;
        for (caller, role) in [(&auditor, "auditor"), (&pipeline, "ingest")] {
            let skipped =
                once_for_all(&operation) && role == "auditor" || adds(&operation) && role == "ingest";
            if skipped {
                continue;
            }
            let reply = asked(&owner)
                .send(caller, &operation, &owner.names(&operation))
                .await;
            if reply.status == 403 {
                reply.expect_problem(403, "AUTHZ_2001");
                assert!(!reply.text().contains(&owner.canary), "{name}: {reply:?}");
                refusals += 1;
            }
        }
        assert!(refusals > 0, "{name} is refused to no role");
    }
    assert_eq!(owner.state().await, before);
}

#[tokio::test]
async fn what_is_a_colleagues_own_does_not_exist_for_others_without_the_right_to_it() {
    let owner = Belongings::of_a_new_tenant().await;
    let (colleague, _) = shared::new_user(&owner.account.tenant, "data_scientist").await;
    let before = owner.state().await;
    let own = ["/api/v1/auth/sessions/", "/api/v1/api-keys/"];
    let mut asked_for = 0;
    for operation in operations().await {
        if !own.iter().any(|prefix| operation.template.starts_with(prefix)) {
            continue;
        }
        let names = owner.names(&operation);
        let there = asked(&owner).send(&colleague, &operation, &names).await;
        let not_there = OF_NOBODY.send(&colleague, &operation, &nowhere(&names)).await;
        assert_eq!(there.status, 404, "{}: {there:?}", operation.name());
        assert_eq!(essence(&there), essence(&not_there), "{}", operation.name());
        asked_for += 1;
    }
    assert!(asked_for >= 3, "{asked_for}");
    assert_eq!(owner.state().await, before);
}
