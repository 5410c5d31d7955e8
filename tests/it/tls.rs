//! TLS that the server ends itself: its versions, and certificates that change while it runs.

use std::{path::PathBuf, process::Command, time::Duration};

use reqwest::{Response, tls::TlsInfo};
use serde_json::Value;
use vault_tests::{Authority, Client, Deployment, Server, finished, shared};

/// How long a server may take to see a new file, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

struct Setting {
    deployment: Deployment,
    authority: Authority,
    server: Server,
    certificate: PathBuf,
    key: PathBuf,
}

impl Setting {
    async fn new() -> Self {
        let deployment = Deployment::new().await;
        let authority = Authority::new("of servers");
        let (certificate, key) = (deployment.file("tls.crt"), deployment.file("tls.key"));
        authority.server().write(&certificate, &key);
        let server = deployment.serve_with(&[
            ("VAULT_TLS_CERT_FILE", &certificate.to_string_lossy()),
            ("VAULT_TLS_KEY_FILE", &key.to_string_lossy()),
        ]);
        Self {
            deployment,
            authority,
            server,
            certificate,
            key,
        }
    }

    fn url(&self) -> String {
        self.server.url().replace("http:", "https:")
    }

    fn http(&self) -> reqwest::Client {
        self.authority.trusted().build().expect("a client")
    }

    async fn live(&self, client: &reqwest::Client) -> reqwest::Result<Response> {
        client.get(format!("{}/health/live", self.url())).send().await
    }

    /// What a new connection is shown, as soon as that is not what was shown before.
    async fn shown_after(&self, before: &[u8]) -> Vec<u8> {
        let asked = async {
            loop {
                let shown = shown(&self.live(&self.http()).await.expect("served"));
                if shown != before {
                    return shown;
                }
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("seen in time")
    }

    async fn admin(&self) -> Client {
        let tenant = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";
        let _ = self
            .deployment
            .create_user(tenant, "tls@example.com", "admin", shared::PASSWORD);
        let client = Client::with_http(self.http(), &self.url());
        client.login("tls@example.com", shared::PASSWORD).await
    }
}

/// The certificate that the connection of an answer began with.
fn shown(response: &Response) -> Vec<u8> {
    let info = response.extensions().get::<TlsInfo>().expect("it came over TLS");
    info.peer_certificate().expect("a certificate").to_vec()
}

/// How the certificate stands, as soon as it is or is not in trouble.
async fn certificate(admin: &Client, in_trouble: bool) -> Value {
    let asked = async {
        loop {
            let health = admin.get("/health/detailed").send().await.expect("served");
            let health: Value = health.json().await.expect("JSON");
            if health["certificate"].get("trouble").is_some() == in_trouble {
                return health;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("seen in time")
}

#[tokio::test]
async fn clients_come_by_tls_1_3_and_by_nothing_older() {
    let setting = Setting::new().await;
    let answer = setting.live(&setting.http()).await.expect("served");
    assert_eq!(answer.status(), 200);
    let header = answer.headers().get("strict-transport-security");
    assert!(header.is_some_and(|header| header.to_str().is_ok_and(|text| text.starts_with("max-age="))));

    let old = setting
        .authority
        .trusted()
        .tls_version_max(reqwest::tls::Version::TLS_1_2);
    let refused = setting.live(&old.build().expect("a client")).await;
    assert!(refused.is_err_and(|error| error.is_connect()));
    let in_clear = format!("{}/health/live", setting.server.url());
    assert!(setting.http().get(in_clear).send().await.is_err());
    let stranger = Authority::new("of others").trusted().build().expect("a client");
    assert!(setting.live(&stranger).await.is_err());
    assert_eq!(setting.live(&setting.http()).await.expect("served").status(), 200);
}

#[tokio::test]
async fn another_certificate_is_served_without_a_restart_and_a_bad_one_never() {
    let setting = Setting::new().await;
    let admin = setting.admin().await;
    let open = setting.http();
    let first = shown(&setting.live(&open).await.expect("served"));
    setting
        .authority
        .server()
        .write(&setting.certificate, &setting.key);
    let second = setting.shown_after(&first).await;
    // the connection that was open is not dropped
    assert_eq!(shown(&setting.live(&open).await.expect("served")), first);

    let mut served = second;
    for bad in ["", "no certificate", &setting.authority.server().certificate] {
        std::fs::write(&setting.certificate, bad).expect("the file is written");
        let health = certificate(&admin, true).await;
        assert_eq!(health["status"], "degraded");
        assert_eq!(
            shown(&setting.live(&setting.http()).await.expect("served")),
            served
        );
        setting
            .authority
            .server()
            .write(&setting.certificate, &setting.key);
        served = setting.shown_after(&served).await;
        let _ = certificate(&admin, false).await;
    }
    assert!(setting.server.output().contains("cannot be served with"));
}

#[tokio::test]
async fn a_signal_makes_the_server_look_at_the_files_and_does_not_end_it() {
    let setting = Setting::new().await;
    let first = shown(&setting.live(&setting.http()).await.expect("served"));
    setting
        .authority
        .server()
        .write(&setting.certificate, &setting.key);
    let _ = finished(
        Command::new("kill")
            .arg("-HUP")
            .arg(setting.server.id().to_string()),
    );
    let _ = setting.shown_after(&first).await;
}

#[tokio::test]
async fn a_server_does_not_start_with_a_certificate_of_another_key() {
    let deployment = Deployment::new().await;
    let authority = Authority::new("of servers");
    let (certificate, key) = (deployment.file("tls.crt"), deployment.file("tls.key"));
    authority.server().write(&certificate, &key);
    std::fs::write(&key, authority.server().key).expect("the file is written");
    let mut command = deployment.command();
    command
        .arg("serve")
        .env("VAULT_TLS_CERT_FILE", &certificate)
        .env("VAULT_TLS_KEY_FILE", &key);
    let output = command.output().expect("the command starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("do not go together"),
        "{said}"
    );
    assert!(!said.contains("PRIVATE"), "{said}");
}
