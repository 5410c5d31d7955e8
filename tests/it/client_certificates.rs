//! Programs that prove themselves by a certificate, which an operator has mapped to a user.

use std::time::Duration;

use serde_json::{Value, json};
use vault_tests::{
    Account, Authority, Client, Deployment, Server, Signed, authority::Validity, finished, shared,
};

/// How long a node may take to hear of a change, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const INGEST: &str = "spiffe://example.com/ingest";
const TENANT: &str = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";

struct Setting {
    deployment: Deployment,
    servers: Authority,
    clients: Authority,
    nodes: Vec<Server>,
}

impl Setting {
    /// So many nodes that ask clients for certificates.
    async fn new(wanted: &str, nodes: usize) -> Self {
        let deployment = Deployment::new().await;
        let (servers, clients) = (Authority::new("of servers"), Authority::new("of clients"));
        let path = |name: &str| deployment.file(name).to_string_lossy().into_owned();
        servers
            .server()
            .write(&deployment.file("tls.crt"), &deployment.file("tls.key"));
        std::fs::write(path("clients.crt"), clients.pem()).expect("the authority is written");
        let settings = [
            ("VAULT_TLS_CERT_FILE", path("tls.crt")),
            ("VAULT_TLS_KEY_FILE", path("tls.key")),
            ("VAULT_TLS_CLIENT_CA_FILE", path("clients.crt")),
            ("VAULT_TLS_CLIENT_CERTIFICATES", wanted.to_owned()),
        ];
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let nodes = (0..nodes).map(|_| deployment.serve_with(&settings)).collect();
        Self {
            deployment,
            servers,
            clients,
            nodes,
        }
    }

    fn url(&self, node: usize) -> String {
        self.nodes[node].url().replace("http:", "https:")
    }

    /// A program with this certificate, or with none.
    fn program(&self, certificate: Option<&Signed>) -> Client {
        let http = self.servers.trusted();
        let http = match certificate {
            Some(certificate) => http.identity(certificate.identity()),
            None => http,
        };
        Client::with_http(http.build().expect("a client"), &self.url(0))
    }

    fn user(&self, email: &str, role: &str) -> Account {
        let made = self.deployment.create_user(TENANT, email, role, shared::PASSWORD);
        Account {
            tenant: TENANT.to_owned(),
            user: made["user_id"].as_str().expect("a user id").to_owned(),
            email: email.to_owned(),
            token: String::new(),
        }
    }

    /// Maps a name to a user, and gives the id of the key.
    fn map(&self, name: &str, account: &Account) -> String {
        let mut command = self.deployment.command();
        command.args([
            "users",
            "map-certificate",
            "--tenant",
            TENANT,
            "--user",
            &account.user,
        ]);
        command.args([
            "--name",
            name,
            "--scope",
            "dataset:create",
            "--scope",
            "dataset:list",
        ]);
        let said = finished(&mut command);
        said.split_whitespace().last().expect("an id").to_owned()
    }
}

/// Whether a client gets no connection.
async fn is_turned_away(client: &Client) -> bool {
    client.get("/health").send().await.is_err()
}

async fn status(client: &Client) -> u16 {
    client
        .get("/datasets")
        .send()
        .await
        .expect("served")
        .status()
        .as_u16()
}

async fn code(client: &Client) -> String {
    let answer = client.get("/datasets").send().await.expect("served");
    let problem: Value = answer.json().await.expect("JSON");
    problem["code"].as_str().unwrap_or_default().to_owned()
}

/// Waits until every node answers a program like this.
async fn told(setting: &Setting, program: &Client, wanted: u16) {
    for node in 0..setting.nodes.len() {
        let there = program.at(&setting.url(node));
        let asked = async { while status(&there).await != wanted {} };
        tokio::time::timeout(PATIENCE, asked)
            .await
            .expect("heard in time");
    }
}

#[tokio::test]
async fn a_program_is_who_its_certificate_is_mapped_to_until_it_is_not() {
    let setting = Setting::new("optional", 2).await;
    let account = setting.user("pipeline@example.com", "data_scientist");
    let certificate = setting.clients.client(INGEST, "ingest", Validity::Now);
    let program = setting.program(Some(&certificate));
    assert_eq!(code(&program).await, "VAULT_AUTH_1019");

    let key = setting.map(&format!("uri:{INGEST}"), &account);
    told(&setting, &program, 200).await;
    let me: Value = program
        .get("/auth/me")
        .send()
        .await
        .expect("served")
        .json()
        .await
        .expect("JSON");
    assert_eq!(me["user_id"], account.user.as_str());
    assert_eq!(me["api_key_id"], key.as_str());
    // what the scopes say, and nothing that persons alone do
    let made = program
        .post("/datasets")
        .json(&json!({ "name": "by certificate" }))
        .send()
        .await;
    let made = made.expect("served");
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.expect("JSON");
    let read = program.get(&format!("/datasets/{}", made["id"].as_str().expect("an id")));
    assert_eq!(read.send().await.expect("served").status(), 403);
    assert_eq!(
        program.get("/api-keys").send().await.expect("served").status(),
        403
    );
    // a page makes a browser show its certificate, and must not act as the program
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let by_page = program
            .get("/datasets")
            .header(name, value)
            .send()
            .await
            .expect("served");
        assert_eq!(by_page.status(), 401, "{name}");
    }
    // a credential that is named counts for more than the connection
    assert_eq!(code(&program.with_token("nonsense")).await, "VAULT_AUTH_1001");

    let mut revoke = setting.deployment.command();
    revoke.args(["users", "revoke-api-key", "--tenant", TENANT, "--key", &key]);
    let _ = finished(&mut revoke);
    told(&setting, &program, 401).await;
    let _ = setting.map(&format!("uri:{INGEST}"), &account);
    told(&setting, &program, 200).await;
}

#[tokio::test]
async fn a_disabled_user_is_no_program_any_more() {
    let setting = Setting::new("optional", 1).await;
    let account = setting.user("pipeline@example.com", "data_scientist");
    let certificate = setting.clients.client(INGEST, "by its subject", Validity::Now);
    let program = setting.program(Some(&certificate));
    let _ = setting.map("subject:CN=by its subject", &account);
    told(&setting, &program, 200).await;
    let mut disable = setting.deployment.command();
    disable.args(["users", "disable", "--tenant", TENANT, "--user", &account.user]);
    let _ = finished(&mut disable);
    told(&setting, &program, 401).await;
}

#[tokio::test]
async fn certificates_of_others_and_those_whose_time_is_over_get_no_connection() {
    let setting = Setting::new("optional", 1).await;
    let account = setting.user("pipeline@example.com", "data_scientist");
    let _ = setting.map(&format!("uri:{INGEST}"), &account);
    let good = setting.clients.client(INGEST, "ingest", Validity::Now);
    told(&setting, &setting.program(Some(&good)), 200).await;
    let forged = Authority::new("of clients").client(INGEST, "ingest", Validity::Now);
    assert!(is_turned_away(&setting.program(Some(&forged))).await);
    let over = setting.clients.client(INGEST, "ingest", Validity::Over);
    assert!(is_turned_away(&setting.program(Some(&over))).await);
    // persons need none
    let person = setting
        .program(None)
        .login(&account.email, shared::PASSWORD)
        .await;
    assert_eq!(status(&person).await, 200);
    assert_eq!(code(&setting.program(None)).await, "VAULT_AUTH_1005");
}

#[tokio::test]
async fn a_certificate_whose_time_ends_is_refused_on_a_connection_that_is_open() {
    let setting = Setting::new("optional", 1).await;
    let account = setting.user("pipeline@example.com", "data_scientist");
    let _ = setting.map(&format!("uri:{INGEST}"), &account);
    let brief = setting.clients.client(INGEST, "ingest", Validity::ForSeconds(15));
    let program = setting.program(Some(&brief));
    told(&setting, &program, 200).await;
    // it is served to the end: a new connection would fail
    told(&setting, &program, 401).await;
    assert_eq!(code(&program).await, "VAULT_AUTH_1020");
    // TLS looks at whole seconds
    let turned_away = async { while !is_turned_away(&setting.program(Some(&brief))).await {} };
    tokio::time::timeout(PATIENCE, turned_away)
        .await
        .expect("its time is over");
}

#[tokio::test]
async fn where_certificates_are_required_nobody_else_gets_a_connection() {
    let setting = Setting::new("required", 1).await;
    assert!(is_turned_away(&setting.program(None)).await);
    let certificate = setting.clients.client(INGEST, "ingest", Validity::Now);
    assert!(!is_turned_away(&setting.program(Some(&certificate))).await);
}

#[tokio::test]
async fn a_name_stands_for_one_user_of_the_vault() {
    let deployment = Deployment::new().await;
    let map = |tenant: &str, user: &str, name: &str, scope: &str| {
        let mut command = deployment.command();
        command.args(["users", "map-certificate", "--tenant", tenant, "--user", user]);
        command.args(["--name", name, "--scope", scope]);
        let output = command.output().expect("the command starts");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let other = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0c";
    let users = [(TENANT, "one@example.com"), (other, "other@example.com")].map(|(tenant, email)| {
        let made = deployment.create_user(tenant, email, "ingest", shared::PASSWORD);
        made["user_id"].as_str().expect("a user id").to_owned()
    });
    let name = "dns:ingest.example.com";
    assert!(map(TENANT, &users[0], name, "record:add").0);
    let (done, said) = map(other, &users[1], "dns:INGEST.example.com", "record:add");
    assert!(!done && said.contains("mapped already"), "{said}");
    for (user, name, scope) in [
        (&users[0], "ingest", "record:add"),
        (&users[0], "uri:a", "user:manage"),
        (&users[1], "uri:a", "record:add"),
    ] {
        assert!(!map(TENANT, user, name, scope).0, "{user} {name} {scope}");
    }
}
