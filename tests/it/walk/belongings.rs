//! One of everything that a tenant can have, and requests that name it.

use serde_json::{Value, json};
use vault_tests::{
    Account, Answer, Client, Reply,
    operation::{Need, Operation},
    shared,
};

/// Belongs to nobody.
pub(super) const NOWHERE: &str = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";

/// One of everything that a tenant can have.
pub(super) struct Belongings {
    pub(super) client: Client,
    pub(super) account: Account,
    /// Stands in all of it; no answer to anybody else may hold it.
    pub(super) canary: String,
    dataset: String,
    record: String,
    subject: String,
    key: String,
    custom_type: String,
    session: String,
    api_key: String,
    policy: String,
    grant: String,
    approval: String,
}

impl Belongings {
    pub(super) async fn of_a_new_tenant() -> Self {
        let (client, account) = shared::new_tenant().await;
        let canary = format!("canary_{}", account.user.replace('-', ""));
        let dataset = client.create_dataset(&canary).await;
        let record = json!({
            "data": { "text": canary }, "metadata": { "note": canary },
            "external_id": canary, "subject": canary,
        });
        let record = client.add_record(&dataset, &record).await;
        let custom_type = json!({ "name": canary, "words": [canary] });
        let api_key = json!({ "name": canary, "scopes": ["health:detailed"] });
        let nobody = format!(r#"permit (principal == User::"{NOWHERE}", action, resource);"#);
        let policy = json!({ "name": canary, "policy": nobody });
        let grant = json!({ "user_id": account.user, "actions": ["record:read"], "reason": canary });
        let made = async |path: &str, body: &Value| {
            let request = client.post(path).json(body);
            id(&request.reply().await.expect_status(201).json())
        };
        let (custom_type, api_key) = (
            made("/privacy/custom-types", &custom_type).await,
            made("/api-keys", &api_key).await,
        );
        let (policy, grant) = (
            made("/policies", &policy).await,
            made(&format!("/datasets/{dataset}/grants"), &grant).await,
        );
        let by_two = format!(
            r#"forbid (principal, action == Action::"dataset:delete", resource == Dataset::"{dataset}")
               unless {{ context.approved }};"#
        );
        let _ = made("/policies", &json!({ "name": canary, "policy": by_two })).await;
        let approval = json!({ "action": "dataset:delete", "dataset_id": dataset, "reason": canary });
        let approval = made("/approvals", &approval).await;
        let got = async |path: &str| client.get(path).reply().await.expect_status(200).json();
        Self {
            subject: id(&got(&format!("/subjects/ext:{canary}")).await),
            key: id(&got("/keys").await["items"][0]),
            session: id(&got("/auth/sessions").await["items"][0]),
            record: id(&record),
            client,
            account,
            canary,
            dataset,
            custom_type,
            api_key,
            policy,
            grant,
            approval,
        }
    }

    /// What a parameter of a path names, by the segment before it.
    pub(super) fn named(&self, placeholder: (&str, &str)) -> String {
        let value = match placeholder {
            ("datasets", "id") => &self.dataset,
            ("records", "rid") => &self.record,
            ("subjects", "sid") => &self.subject,
            ("keys", "id") => &self.key,
            ("custom-types", "id") => &self.custom_type,
            ("sessions", "session_id") => &self.session,
            ("api-keys", "api_key_id") => &self.api_key,
            ("policies", "id") => &self.policy,
            ("grants", "grant_id") => &self.grant,
            ("approvals", "approval_id") => &self.approval,
            ("users", "user_id") => &self.account.user,
            ("versions", "v") => "draft",
            ("tile", "path") => "0/000.p/1",
            (segment, name) => {
                assert_eq!(
                    (segment, name),
                    ("", ""),
                    "the walk does not know what this names"
                );
                ""
            }
        };
        value.to_owned()
    }

    pub(super) fn names(&self, operation: &Operation) -> Vec<String> {
        let placeholders = operation.placeholders().into_iter();
        placeholders.map(|placeholder| self.named(placeholder)).collect()
    }

    pub(super) fn dataset(&self) -> &str {
        &self.dataset
    }

    pub(super) fn ids(&self) -> [&str; 12] {
        [
            &self.account.user,
            &self.account.tenant,
            &self.dataset,
            &self.record,
            &self.subject,
            &self.key,
            &self.custom_type,
            &self.session,
            &self.api_key,
            &self.policy,
            &self.grant,
            &self.approval,
        ]
    }

    /// All that its owner reads of it.
    pub(super) async fn state(&self) -> Vec<Value> {
        let Self {
            dataset,
            record,
            subject,
            ..
        } = self;
        let mut state = Vec::new();
        for path in [
            format!("/datasets/{dataset}"),
            format!("/datasets/{dataset}/stats"),
            format!("/datasets/{dataset}/records/{record}"),
            format!("/subjects/{subject}"),
            format!("/datasets/{dataset}/grants"),
            "/policies".to_owned(),
            "/approvals".to_owned(),
            "/datasets".to_owned(),
            "/keys".to_owned(),
            "/privacy/custom-types".to_owned(),
            "/users".to_owned(),
            "/auth/sessions".to_owned(),
            "/api-keys".to_owned(),
        ] {
            let mut read = self.client.get(&path).reply().await.expect_status(200).json();
            without_uses(&mut read);
            state.push(read);
        }
        state
    }
}

/// A key that was shown is used, which its owner sees.
fn without_uses(read: &mut Value) {
    let items = read.get_mut("items").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        item.remove("last_used_at");
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// What is asked for in queries and bodies: this dataset, this user.
pub(super) struct Asked<'a> {
    dataset: &'a str,
    user: &'a str,
    subject: &'a str,
}

impl Asked<'_> {
    pub(super) fn query(&self, operation: &Operation) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for (name, need) in operation.query() {
            let value = match name {
                "resource" | "scope_id" => self.dataset,
                "actor" => self.user,
                "subject" => self.subject,
                _ if need == Need::Required => "1",
                _ => continue,
            };
            pairs.push((name.to_owned(), value.to_owned()));
        }
        pairs
    }

    pub(super) fn known(&self, field: &str, format: &str) -> Option<Value> {
        let value = match (field, format) {
            ("user_id", _) => json!(self.user),
            (_, "uuid") => json!(self.dataset),
            ("action", _) => json!("dataset:read"),
            ("policy", _) => json!("permit (principal, action, resource);"),
            ("actions", _) => json!(["record:read"]),
            ("finding", _) => json!("justified"),
            ("words", _) => json!(["xy"]),
            ("scopes", _) => json!(["dataset:read"]),
            ("data", _) => json!({ "text": "mine" }),
            ("email", _) => json!("walk@example.com"),
            ("roles", _) => json!(["auditor"]),
            ("status", _) => json!("active"),
            ("principal", _) => json!({ "user_id": self.user, "roles": ["admin"] }),
            _ => return None,
        };
        Some(value)
    }

    pub(super) async fn send(&self, client: &Client, operation: &Operation, names: &[String]) -> Reply {
        let request = client.outside(operation.method.clone(), &operation.path(names));
        let request = request.query(&self.query(operation));
        let body = operation.body(&|field, format| self.known(field, format));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.reply().await
    }
}

pub(super) const OF_NOBODY: Asked<'_> = Asked {
    dataset: NOWHERE,
    user: NOWHERE,
    subject: NOWHERE,
};

pub(super) fn asked(owner: &Belongings) -> Asked<'_> {
    Asked {
        dataset: &owner.dataset,
        user: &owner.account.user,
        subject: &owner.subject,
    }
}
