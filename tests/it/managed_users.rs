//! Users as administrators manage them, over HTTP and as operators do: invited, changed, disabled, on all nodes together.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Account, Answer, Client, Deployment, Reply, Server, shared};

/// How long another node may take to hear of a change, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const OTHER_PASSWORD: &str = "another horse battery staple 8";

struct Setting {
    deployment: Deployment,
    nodes: [Server; 2],
    admin: Account,
}

impl Setting {
    async fn new() -> Self {
        let deployment = Deployment::new().await;
        let nodes = [deployment.serve(&[]), deployment.serve(&[])];
        let admin = shared::register(&deployment, nodes[0].url(), None, "admin").await;
        Self {
            deployment,
            nodes,
            admin,
        }
    }

    fn node(&self, number: usize) -> Client {
        Client::anonymous(self.nodes[number].url())
    }

    fn admin(&self) -> Client {
        self.node(0).with_token(&self.admin.token)
    }

    async fn colleague(&self, role: &str) -> Account {
        let tenant = Some(self.admin.tenant.as_str());
        shared::register(&self.deployment, self.nodes[0].url(), tenant, role).await
    }

    async fn patch(&self, user: &str, change: &Value) -> Reply {
        let request = self.admin().request(Method::PATCH, &format!("/users/{user}"));
        request.json(change).reply().await
    }
}

async fn login(client: &Client, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password });
    client.post("/auth/login").json(&body).reply().await
}

async fn redeem(client: &Client, invitation: &str, password: &str) -> Reply {
    let body = json!({ "invitation": invitation, "password": password });
    client.post("/auth/invitation").json(&body).reply().await
}

/// Waits until a caller is refused.
async fn refused(caller: &Client) -> Reply {
    let asked = async {
        loop {
            let reply = caller.get("/auth/me").reply().await;
            if reply.status != 200 {
                return reply;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .expect("heard in time")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_user_who_is_invited_chooses_a_password_once_and_logs_in() {
    let (admin, account) = shared::new_tenant().await;
    let email = format!("invited-{}@example.com", account.user);
    let body = json!({ "email": email.to_uppercase(), "roles": ["auditor", "ingest", "auditor"] });
    let made = admin.post("/users").json(&body).reply().await.expect_status(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    let (id, invitation) = (text(&made["id"]), text(&made["invitation"]));
    assert_eq!(made["email"], email);
    assert_eq!(made["roles"], json!(["auditor", "ingest"]));
    assert_eq!(made["status"], "invited");

    let anonymous = shared::anonymous().await;
    login(&anonymous, &email, shared::PASSWORD)
        .await
        .expect_problem(401, "AUTH_1008");
    redeem(&anonymous, &invitation, "too short")
        .await
        .expect_problem(400, "VALID_3006");
    for bad in [
        "",
        "vin_",
        &invitation.replace("vin_", "vrt_"),
        &format!("{invitation}A"),
    ] {
        redeem(&anonymous, bad, shared::PASSWORD)
            .await
            .expect_problem(401, "AUTH_1008");
    }
    let _ = redeem(&anonymous, &invitation, shared::PASSWORD)
        .await
        .expect_status(204);
    redeem(&anonymous, &invitation, OTHER_PASSWORD)
        .await
        .expect_problem(401, "AUTH_1008");
    let me = anonymous.login(&email, shared::PASSWORD).await;
    assert_eq!(me.get("/auth/me").reply().await.json()["user_id"], id.as_str());
    let known = admin
        .get(&format!("/users/{id}"))
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(known["status"], "active");
    assert_eq!(known["invitation"], Value::Null);
}

#[tokio::test]
async fn an_invitation_is_good_for_three_days() {
    let setting = Setting::new().await;
    let body = json!({ "email": "late@example.com", "roles": [] });
    let made = setting
        .admin()
        .post("/users")
        .json(&body)
        .reply()
        .await
        .expect_status(201)
        .json();
    let mut sql = setting.deployment.sql().await;
    sqlx::query("UPDATE credentials SET invitation_until = invitation_until - interval '3 days'")
        .execute(&mut sql)
        .await
        .expect("three days go by");
    redeem(&setting.node(1), &text(&made["invitation"]), shared::PASSWORD)
        .await
        .expect_problem(401, "AUTH_1008");
}

#[tokio::test]
async fn what_is_no_user_is_refused_by_field_and_an_email_is_given_once_in_the_vault() {
    let (admin, account) = shared::new_tenant().await;
    let (_, elsewhere) = shared::new_tenant().await;
    let post = async |body: Value| admin.post("/users").json(&body).reply().await;
    for email in [
        "",
        "ana",
        "ana@",
        "an a@example.com",
        &format!("{}@example.com", "a".repeat(250)),
    ] {
        let reply = post(json!({ "email": email, "roles": [] })).await;
        let problem = reply.expect_problem(400, "VALID_3008");
        assert_eq!(problem["errors"][0]["field"], "email");
    }
    for password in ["Sh0rt-one", "password1234"] {
        let body = json!({ "email": "new@example.com", "roles": [], "password": password });
        let reply = post(body).await.expect_status(400);
        assert_eq!(reply.json()["errors"][0]["field"], "password");
        assert!(!reply.text().contains(password));
    }
    for taken in [&account.email, &elsewhere.email.to_uppercase()] {
        post(json!({ "email": taken, "roles": [] }))
            .await
            .expect_problem(409, "DATA_4006");
    }
    let email = format!("twice-{}@example.com", account.user);
    let body = json!({ "email": email, "roles": [] });
    let (one, other) = tokio::join!(post(body.clone()), post(body));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test]
async fn a_user_is_registered_once_under_an_idempotency_key_and_an_invitation_is_shown_once() {
    let (admin, account) = shared::new_tenant().await;
    let post = async |key: &str, body: &Value| {
        let request = admin.post("/users").header("Idempotency-Key", key);
        request.json(body).reply().await
    };
    let email = format!("key-{}@example.com", account.user);
    let with_password = json!({ "email": email, "roles": [], "password": shared::PASSWORD });
    let first = post("one", &with_password).await.expect_status(201).json();
    let again = post("one", &with_password).await.expect_status(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), first);
    let invited = json!({ "email": format!("other-{email}"), "roles": [] });
    let _ = post("two", &invited).await.expect_status(201);
    post("two", &invited).await.expect_problem(409, "DATA_4009");
}

#[tokio::test]
async fn users_are_listed_page_by_page_in_the_order_of_their_registration() {
    let (admin, account) = shared::new_tenant().await;
    let mut emails = vec![account.email.clone()];
    for number in 0..4 {
        let email = format!("page-{number}-{}@example.com", account.user);
        let body = json!({ "email": email, "roles": ["ingest"], "password": shared::PASSWORD });
        let _ = admin.post("/users").json(&body).reply().await.expect_status(201);
        emails.push(email);
    }
    let listed = admin.all_pages("/users", "?limit=2", "cursor").await;
    let listed: Vec<String> = listed.iter().map(|user| text(&user["email"])).collect();
    assert_eq!(listed, emails);
}

#[tokio::test]
async fn a_disabled_user_is_refused_by_every_node_with_sessions_and_keys_until_it_is_enabled() {
    let setting = Setting::new().await;
    let user = setting.colleague("data_scientist").await;
    let session = setting.node(0).login(&user.email, shared::PASSWORD).await;
    let refresh = login(&setting.node(0), &user.email, shared::PASSWORD)
        .await
        .json();
    let refresh = json!({ "refresh_token": refresh["refresh_token"] });
    let key = json!({ "name": "nightly", "scopes": ["dataset:list"] });
    let key = session
        .post("/api-keys")
        .json(&key)
        .reply()
        .await
        .expect_status(201)
        .json();
    let program = session.with_token(&text(&key["key"]));
    let there = [
        session.at(setting.nodes[1].url()),
        program.at(setting.nodes[1].url()),
    ];
    for caller in &there {
        let _ = caller.get("/auth/me").reply().await.expect_status(200);
    }

    let disabled = setting.patch(&user.user, &json!({ "status": "disabled" })).await;
    assert_eq!(disabled.expect_status(200).json()["status"], "disabled");
    refused(&there[0]).await.expect_problem(401, "AUTH_1014");
    refused(&there[1]).await.expect_problem(401, "AUTH_1021");
    refused(&session).await.expect_problem(401, "AUTH_1014");
    refused(&program).await.expect_problem(401, "AUTH_1021");
    for node in [0, 1] {
        let node = setting.node(node);
        // only who knows the password hears of it
        login(&node, &user.email, OTHER_PASSWORD)
            .await
            .expect_problem(401, "AUTH_1008");
        login(&node, &user.email, shared::PASSWORD)
            .await
            .expect_problem(401, "AUTH_1010");
        let refreshed = node.post("/auth/refresh").json(&refresh).reply().await;
        refreshed.expect_problem(401, "AUTH_1017");
    }

    let enabled = setting.patch(&user.user, &json!({ "status": "active" })).await;
    assert_eq!(enabled.expect_status(200).json()["status"], "active");
    let _ = setting.node(1).login(&user.email, shared::PASSWORD).await;
    let accepted = async { while there[1].get("/auth/me").reply().await.status != 200 {} };
    tokio::time::timeout(PATIENCE, accepted)
        .await
        .expect("heard in time");
    // what was over stays over
    refused(&session).await.expect_problem(401, "AUTH_1014");
}

#[tokio::test]
async fn who_loses_a_role_is_logged_out_and_who_gains_one_has_it_from_the_next_refresh_on() {
    let setting = Setting::new().await;
    let user = setting.colleague("data_scientist").await;
    let tokens = login(&setting.node(1), &user.email, shared::PASSWORD)
        .await
        .json();
    let session = setting.node(1).with_token(&text(&tokens["access_token"]));
    let more = json!({ "roles": ["auditor", "data_scientist"] });
    let changed = setting.patch(&user.user, &more).await.expect_status(200).json();
    assert_eq!(changed["roles"], json!(["data_scientist", "auditor"]));
    session
        .get("/audit/events")
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let refreshed = setting.node(1).post("/auth/refresh").json(&refresh).reply().await;
    let session = session.with_token(&text(&refreshed.expect_status(200).json()["access_token"]));
    let _ = session.get("/audit/events").reply().await.expect_status(200);

    let fewer = json!({ "roles": ["data_scientist"] });
    let _ = setting.patch(&user.user, &fewer).await.expect_status(200);
    refused(&session).await.expect_problem(401, "AUTH_1014");
    let session = setting.node(1).login(&user.email, shared::PASSWORD).await;
    session
        .get("/audit/events")
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
}

#[tokio::test]
async fn the_last_administrator_who_can_log_in_stays_one_also_when_two_disable_each_other() {
    let setting = Setting::new().await;
    let disable = json!({ "status": "disabled" });
    for change in [&disable, &json!({ "roles": ["auditor"] })] {
        setting
            .patch(&setting.admin.user, change)
            .await
            .expect_problem(409, "AUTHZ_2008");
    }
    let other = setting.colleague("admin").await;
    let by_other = setting.node(1).with_token(&other.token);
    let by_other = by_other.request(Method::PATCH, &format!("/users/{}", setting.admin.user));
    let (one, two) = tokio::join!(
        setting.patch(&other.user, &disable),
        by_other.json(&disable).reply(),
    );
    let succeeded = [&one, &two].iter().filter(|reply| reply.status == 200).count();
    assert_eq!(succeeded, 1, "{one:?} {two:?}");
    let mut sql = setting.deployment.sql().await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM credentials WHERE disabled_at IS NULL")
        .fetch_one(&mut sql)
        .await
        .expect("users are counted");
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_password_that_is_reset_is_good_no_more_and_its_sessions_are_over() {
    let setting = Setting::new().await;
    let user = setting.colleague("auditor").await;
    let session = setting.node(1).with_token(&user.token);
    let path = format!("/users/{}/reset-password", user.user);
    let earlier = setting
        .admin()
        .post(&path)
        .reply()
        .await
        .expect_status(200)
        .json();
    let reset = setting
        .admin()
        .post(&path)
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(reset["status"], "invited");
    refused(&session).await.expect_problem(401, "AUTH_1014");
    let node = setting.node(1);
    login(&node, &user.email, shared::PASSWORD)
        .await
        .expect_problem(401, "AUTH_1008");
    // the latest invitation alone is good
    redeem(&node, &text(&earlier["invitation"]), OTHER_PASSWORD)
        .await
        .expect_problem(401, "AUTH_1008");
    let _ = redeem(&node, &text(&reset["invitation"]), OTHER_PASSWORD)
        .await
        .expect_status(204);
    let _ = node.login(&user.email, OTHER_PASSWORD).await;
    setting
        .admin()
        .post(&format!("/users/{}/reset-password", setting.admin.tenant))
        .reply()
        .await
        .expect_problem(404, "DATA_4001");
}

#[tokio::test]
async fn users_choose_another_password_with_the_one_before() {
    let setting = Setting::new().await;
    let user = setting.colleague("auditor").await;
    let session = setting.node(0).with_token(&user.token);
    let change = async |password: &str, new: &str| {
        let body = json!({ "password": password, "new_password": new });
        session.post("/auth/password").json(&body).reply().await
    };
    change(OTHER_PASSWORD, OTHER_PASSWORD)
        .await
        .expect_problem(401, "AUTH_1008");
    let weak = change(shared::PASSWORD, "short").await.expect_status(400);
    assert_eq!(weak.json()["errors"][0]["field"], "new_password");
    let _ = change(shared::PASSWORD, OTHER_PASSWORD).await.expect_status(204);
    refused(&session).await.expect_problem(401, "AUTH_1014");
    login(&setting.node(1), &user.email, shared::PASSWORD)
        .await
        .expect_problem(401, "AUTH_1008");
    let _ = setting.node(1).login(&user.email, OTHER_PASSWORD).await;
}

#[tokio::test]
async fn a_change_is_made_once_under_its_key_and_a_repeat_shows_the_user_as_it_is() {
    let setting = Setting::new().await;
    let user = setting.colleague("auditor").await;
    let patch = async |key: &str, change: &Value| {
        let request = setting
            .admin()
            .request(Method::PATCH, &format!("/users/{}", user.user));
        let request = request.header("Idempotency-Key", key);
        request.json(change).reply().await
    };
    let disable = json!({ "roles": ["ingest"], "status": "disabled" });
    let first = patch("one", &disable).await.expect_status(200);
    let enable = json!({ "status": "active" });
    let _ = patch("two", &enable).await.expect_status(200);
    let again = patch("one", &disable).await.expect_status(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("vault-position"), first.header("vault-position"));
    assert_eq!(again.json()["status"], "active", "it is not disabled once more");
    patch("one", &enable).await.expect_problem(422, "DATA_4009");
    let roles = json!({ "roles": [] });
    let (one, other) = tokio::join!(patch("three", &roles), patch("three", &roles));
    let replayed = |reply: &Reply| reply.header("idempotency-replayed").is_some();
    assert_eq!([one.status, other.status], [200, 200]);
    assert_ne!(replayed(&one), replayed(&other));
}

#[tokio::test]
async fn a_password_is_changed_once_under_its_key_and_a_repeat_is_known_by_the_new_one() {
    let setting = Setting::new().await;
    let user = setting.colleague("auditor").await;
    let change = async |session: &Client, new: &str| {
        let body = json!({ "password": shared::PASSWORD, "new_password": new });
        let request = session.post("/auth/password").header("Idempotency-Key", "one");
        request.json(&body).reply().await
    };
    let first = setting.node(0).with_token(&user.token);
    let changed = change(&first, OTHER_PASSWORD).await.expect_status(204);
    assert_eq!(changed.header("idempotency-replayed"), None);
    let session = setting.node(1).login(&user.email, OTHER_PASSWORD).await;
    let again = change(&session, OTHER_PASSWORD).await.expect_status(204);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    // the session goes on: nothing was changed
    let _ = session.get("/auth/me").reply().await.expect_status(200);
    change(&session, "a third horse battery staple 7")
        .await
        .expect_problem(401, "AUTH_1008");
}

#[tokio::test]
async fn what_becomes_of_users_is_in_the_log_without_passwords_and_invitations() {
    let setting = Setting::new().await;
    let user = setting.colleague("auditor").await;
    let _ = setting
        .patch(&user.user, &json!({ "roles": [], "status": "disabled" }))
        .await
        .expect_status(200);
    let _ = setting
        .patch(&user.user, &json!({ "status": "active" }))
        .await
        .expect_status(200);
    let reset = setting
        .admin()
        .post(&format!("/users/{}/reset-password", user.user));
    let reset = reset.reply().await.expect_status(200).json();
    let invitation = text(&reset["invitation"]);
    let _ = redeem(&setting.node(0), &invitation, OTHER_PASSWORD)
        .await
        .expect_status(204);
    let _ = setting
        .admin()
        .post(&format!("/users/{}/reset-mfa", user.user))
        .reply()
        .await
        .expect_status(204);
    let query = format!("?limit=100&resource={}", user.user);
    let events = setting.admin().all_pages("/audit/events", &query, "after").await;
    let of_user: Vec<&Value> = events
        .iter()
        .filter(|event| {
            event["stream"]
                .as_str()
                .is_some_and(|stream| stream.starts_with("user/"))
        })
        .collect();
    let types: Vec<&str> = of_user
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    let all = [
        "user.registered",
        "user.roles_changed",
        "user.disabled",
        "user.enabled",
        "user.invited",
        "user.password_changed",
    ];
    assert_eq!(types, all, "{events:?}");
    let operations: Vec<&str> = of_user
        .iter()
        .filter_map(|event| event["metadata"]["operation"].as_str())
        .collect();
    let by = [
        "register_user",
        "change_user",
        "change_user",
        "change_user",
        "reset_password",
        "change_password",
    ];
    assert_eq!(operations, by, "{events:?}");
    let said = serde_json::to_string(&events).expect("JSON");
    for secret in [invitation.as_str(), OTHER_PASSWORD, "argon2"] {
        assert!(!said.contains(secret));
    }
    assert_eq!(
        of_user[1]["metadata"]["actor"]["user"],
        setting.admin.user.as_str(),
        "{:?}",
        of_user[1]
    );
}

#[tokio::test]
async fn operators_list_disable_enable_and_reset_users() {
    let setting = Setting::new().await;
    let user = setting.colleague("auditor").await;
    let run = |arguments: &[&str]| {
        let mut command = setting.deployment.command();
        let output = command
            .arg("users")
            .args(arguments)
            .output()
            .expect("the command starts");
        let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).into_owned());
        (output.status.success(), said.concat())
    };
    let named = ["--tenant", &setting.admin.tenant, "--user", &user.user];
    let with = |first: &'static str| [&[first], named.as_slice()].concat();
    let (done, _) = run(&with("disable"));
    assert!(done);
    login(&setting.node(0), &user.email, shared::PASSWORD)
        .await
        .expect_problem(401, "AUTH_1010");
    let (done, said) = run(&["list", "--tenant", &setting.admin.tenant]);
    assert!(
        done && said.contains(&format!("{} is disabled: auditor", user.email)),
        "{said}"
    );
    assert!(run(&with("enable")).0);
    assert!(run(&[with("set-roles").as_slice(), &["--role", "ingest"]].concat()).0);
    let (done, said) = run(&with("reset-password"));
    let invitation = said.split_whitespace().last().expect("an invitation");
    assert!(done, "{said}");
    let _ = redeem(&setting.node(0), invitation, OTHER_PASSWORD)
        .await
        .expect_status(204);
    let me = setting.node(0).login(&user.email, OTHER_PASSWORD).await;
    assert_eq!(
        me.get("/auth/me").reply().await.json()["roles"],
        json!(["ingest"])
    );
    let (done, said) = run(&[
        "disable",
        "--tenant",
        &setting.admin.tenant,
        "--user",
        &setting.admin.user,
    ]);
    assert!(!done && said.contains("no administrator"), "{said}");
}

#[tokio::test]
async fn who_manages_users_by_a_policy_gives_no_roles_that_it_does_not_have() {
    let setting = Setting::new().await;
    let manager = setting.colleague("auditor").await;
    let policy = format!(
        r#"permit (principal == User::"{}", action == Action::"user:manage", resource);"#,
        manager.user
    );
    let policy = json!({ "name": "help desk", "policy": policy });
    let _ = setting
        .admin()
        .post("/policies")
        .json(&policy)
        .reply()
        .await
        .expect_status(201);
    let client = setting.node(0).with_token(&manager.token);
    let beyond = json!({ "email": "king@example.com", "roles": ["admin"] });
    client
        .post("/users")
        .json(&beyond)
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    let user = setting.colleague("auditor").await;
    let patch = async |id: &str, body: &Value| {
        client
            .request(Method::PATCH, &format!("/users/{id}"))
            .json(body)
            .reply()
            .await
    };
    patch(
        &user.user,
        &beyond["roles"]
            .as_array()
            .map(|roles| json!({ "roles": roles }))
            .expect("roles"),
    )
    .await
    .expect_problem(403, "AUTHZ_2001");
    patch(&setting.admin.user, &json!({ "status": "disabled" }))
        .await
        .expect_problem(403, "AUTHZ_2001");
    for what in ["reset-password", "reset-mfa"] {
        let reset = client.post(&format!("/users/{}/{what}", setting.admin.user));
        reset.reply().await.expect_problem(403, "AUTHZ_2001");
    }
    let _ = patch(&user.user, &json!({ "roles": [] }))
        .await
        .expect_status(200);
}
