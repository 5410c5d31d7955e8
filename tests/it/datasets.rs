//! The life of a dataset.

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer, Client, Reply, shared};

async fn get(client: &Client, id: &str) -> Reply {
    client.get(&format!("/datasets/{id}")).reply().await
}

async fn act(client: &Client, id: &str, action: &str) -> Reply {
    client.post(&format!("/datasets/{id}/{action}")).reply().await
}

async fn send(client: &Client, method: Method, id: &str, body: &Value) -> Reply {
    client
        .request(method, &format!("/datasets/{id}"))
        .json(body)
        .reply()
        .await
}

#[tokio::test]
async fn a_dataset_is_read_as_it_was_created() {
    let client = shared::admin().await;
    let body = json!({
        "name": "Käse & 数据 😀", "description": "line\nline\ttab", "task_type": "chat", "tags": ["a", "b", "a"],
        "schema": {"type": "object", "properties": {"text": {"type": "string"}}}, "settings": {"k": [1, 2.5, null]},
    });
    let created = client
        .post("/datasets")
        .json(&body)
        .reply()
        .await
        .expect_status(201);
    let view = created.json();
    let read = get(&client, view["id"].as_str().expect("an id"))
        .await
        .expect_status(200);
    assert_eq!(read.json(), view);
    assert_eq!(read.header("etag"), created.header("etag"));
    assert!(created.header("vault-position").is_some());
    for member in ["name", "description", "task_type", "schema", "settings"] {
        assert_eq!(view[member], body[member], "{member}");
    }
    assert_eq!(view["tags"], json!(["a", "b"]));
    assert_eq!(view["status"], "active");
    assert_eq!(view["created_by"], shared::admin_account().await.user);
    assert_eq!(view["created_at"], view["updated_at"]);
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_a_put_clears_what_it_does_not() {
    let client = shared::admin().await;
    let body = json!({ "name": "patched", "description": "old", "task_type": "chat", "tags": ["x"] });
    let created = client
        .post("/datasets")
        .json(&body)
        .reply()
        .await
        .expect_status(201)
        .json();
    let id = created["id"].as_str().expect("an id");
    let patch = json!({ "description": "new", "task_type": null });
    let patched = send(&client, Method::PATCH, id, &patch)
        .await
        .expect_status(200)
        .json();
    let expected = [
        ("name", json!("patched")),
        ("description", json!("new")),
        ("task_type", json!(null)),
        ("tags", json!(["x"])),
    ];
    for (member, value) in &expected {
        assert_eq!(&patched[*member], value, "{member}");
    }
    assert!(patched["updated_at"].as_str() > patched["created_at"].as_str());
    assert_eq!(get(&client, id).await.json(), patched);
    let replaced = send(&client, Method::PUT, id, &json!({ "name": "put" }))
        .await
        .expect_status(200)
        .json();
    for (member, value) in [
        ("name", json!("put")),
        ("description", json!(null)),
        ("tags", json!([])),
    ] {
        assert_eq!(replaced[member], value, "{member}");
    }
    assert_eq!(get(&client, id).await.json(), replaced);
}

#[tokio::test]
async fn a_change_to_a_state_that_is_gone_is_412_and_changes_nothing() {
    let client = shared::admin().await;
    let id = client.create_dataset("tagged").await;
    let old = get(&client, &id)
        .await
        .header("etag")
        .expect("an entity tag")
        .to_owned();
    let path = format!("/datasets/{id}");
    let describe = |tag: &str, text: &str| {
        client
            .request(Method::PATCH, &path)
            .header("If-Match", tag)
            .json(&json!({ "description": text }))
            .reply()
    };
    let first = describe(&old, "first").await.expect_status(200);
    let current = first.header("etag").expect("an entity tag").to_owned();
    assert_ne!(current, old);
    describe(&old, "second").await.expect_problem(412, "DATA_4010");
    let put = client
        .request(Method::PUT, &path)
        .header("If-Match", &old)
        .json(&json!({ "name": "no" }));
    put.reply().await.expect_problem(412, "DATA_4010");
    let delete = client.request(Method::DELETE, &path).header("If-Match", &old);
    delete.reply().await.expect_problem(412, "DATA_4010");
    let archive = client.post(&format!("{path}/archive")).header("If-Match", &old);
    archive.reply().await.expect_problem(412, "DATA_4010");
    assert_eq!(get(&client, &id).await.json(), first.json());
    let _ = describe("*", "third").await.expect_status(200);
    let _ = describe(
        &format!(
            "\"other\", {}",
            get(&client, &id).await.header("etag").expect("a tag")
        ),
        "fourth",
    )
    .await
    .expect_status(200);
}

#[tokio::test]
async fn of_many_changes_under_one_entity_tag_one_is_done() {
    let client = shared::admin().await;
    let id = client.create_dataset("raced").await;
    let tag = get(&client, &id)
        .await
        .header("etag")
        .expect("an entity tag")
        .to_owned();
    let path = format!("/datasets/{id}");
    let changes = (0..10).map(|number| {
        let body = json!({ "description": number.to_string() });
        client
            .request(Method::PATCH, &path)
            .header("If-Match", &tag)
            .json(&body)
            .reply()
    });
    let answers = futures::future::join_all(changes).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1,
        "{answers:?}"
    );
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.expect_problem(412, "DATA_4010");
    }
}

#[tokio::test]
async fn an_archived_dataset_is_read_but_not_changed_until_it_is_opened_again() {
    let client = shared::admin().await;
    let id = client.create_dataset("archived").await;
    let record = json!({ "data": { "text": "kept" } });
    client.add_record(&id, &record).await;
    assert_eq!(
        act(&client, &id, "archive").await.expect_status(200).json()["status"],
        "archived"
    );
    let records = format!("/datasets/{id}/records");
    client
        .post(&records)
        .json(&record)
        .reply()
        .await
        .expect_problem(409, "AUTHZ_2008");
    let batch = format!("/datasets/{id}/versions/draft/records");
    client
        .post(&batch)
        .json(&json!({ "records": [record] }))
        .reply()
        .await
        .expect_problem(409, "AUTHZ_2008");
    let lines = client
        .post(&batch)
        .header("Content-Type", "application/x-ndjson")
        .body("{\"data\":1}\n");
    lines.reply().await.expect_problem(409, "AUTHZ_2008");
    send(&client, Method::PATCH, &id, &json!({ "name": "no" }))
        .await
        .expect_problem(409, "AUTHZ_2008");
    assert_eq!(
        client.get(&records).reply().await.expect_status(200).json()["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        act(&client, &id, "unarchive").await.expect_status(200).json()["status"],
        "active"
    );
    client.add_record(&id, &record).await;
    assert_eq!(client.stats(&id).await["record_count"], 2);
}

#[tokio::test]
async fn a_deleted_dataset_is_gone_and_its_name_is_free() {
    let client = shared::admin().await;
    let id = client.create_dataset("reused name").await;
    let record = client
        .add_record(&id, &json!({ "data": 1, "external_id": "one" }))
        .await;
    let rid = record["id"].as_str().expect("an id");
    let taken = client
        .post("/datasets")
        .json(&json!({ "name": "reused name" }))
        .reply()
        .await;
    taken.expect_field(409, "DATA_4007", "name");
    let path = format!("/datasets/{id}");
    let deleted = client
        .request(Method::DELETE, &path)
        .reply()
        .await
        .expect_status(204);
    assert!(deleted.body.is_empty());
    for suffix in [
        "",
        "/stats",
        "/records",
        &format!("/records/{rid}"),
        "/records/ext:one",
    ] {
        client
            .get(&format!("{path}{suffix}"))
            .reply()
            .await
            .expect_problem(404, "DATA_4002");
    }
    client
        .request(Method::DELETE, &path)
        .reply()
        .await
        .expect_problem(404, "DATA_4002");
    act(&client, &id, "archive")
        .await
        .expect_problem(404, "DATA_4002");
    send(&client, Method::PATCH, &id, &json!({ "name": "no" }))
        .await
        .expect_problem(404, "DATA_4002");
    let records = format!("{path}/records");
    client
        .post(&records)
        .json(&json!({ "data": 1 }))
        .reply()
        .await
        .expect_problem(404, "DATA_4002");
    assert_ne!(client.create_dataset("reused name").await, id);
    let listed = client
        .get("/datasets?name=reused%20name")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn blanks_around_a_name_do_not_make_another_name() {
    let client = shared::admin().await;
    let _ = client.create_dataset("  trimmed name ").await;
    let taken = client
        .post("/datasets")
        .json(&json!({ "name": "trimmed name\n" }))
        .reply()
        .await;
    taken.expect_field(409, "DATA_4007", "name");
    let id = client.create_dataset("to be renamed").await;
    send(&client, Method::PATCH, &id, &json!({ "name": "trimmed name" }))
        .await
        .expect_problem(409, "DATA_4007");
    let _ = send(&client, Method::PATCH, &id, &json!({ "name": "to be renamed" }))
        .await
        .expect_status(200);
    // a name that was given up can be taken
    let _ = send(&client, Method::PATCH, &id, &json!({ "name": "renamed" }))
        .await
        .expect_status(200);
    let _ = client.create_dataset("to be renamed").await;
}

#[tokio::test]
async fn of_twenty_datasets_of_one_name_one_is_created() {
    let client = shared::admin().await;
    let body = json!({ "name": "wanted by many" });
    let answers =
        futures::future::join_all((0..20).map(|_| client.post("/datasets").json(&body).reply())).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.expect_problem(409, "DATA_4007");
    }
}
