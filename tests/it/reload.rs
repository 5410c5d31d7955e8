//! Settings that change while the server runs, at SIGHUP.

use std::{fs, path::Path, process::Command, time::Duration};

use vault_tests::{Answer, Client, Deployment, Server, finished};

const ORIGINS: [&str; 2] = ["https://one.example.com", "https://two.example.com"];
const PATIENCE: Duration = Duration::from_secs(20);

/// Level, requests in a second, and the origin that may call.
fn write(folder: &Path, level: &str, requests: u32, origin: &str, connections: u32) {
    let text = format!(
        "[log]\nlevel = {level:?}\n[server]\nrate_limit_per_s = {requests}\ncors_origins = [{origin:?}]\n\
         [database]\nmax_connections = {connections}\n"
    );
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("vault.toml"), text).expect("a file");
}

fn hang_up(server: &Server) {
    let _ = finished(Command::new("kill").arg("-HUP").arg(server.id().to_string()));
}

async fn until_said(server: &Server, text: &str) {
    let said = async {
        while !server.output().contains(text) {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, said).await;
    assert!(waited.is_ok(), "{text} is not said: {}", server.output());
}

/// The limit of requests, and the origin that is let in.
async fn in_force(client: &Client) -> (String, Vec<String>) {
    let mut let_in = Vec::new();
    let mut limit = String::new();
    for origin in ORIGINS {
        let reply = client.get("/auth/me").header("Origin", origin).reply().await;
        reply
            .header("X-RateLimit-Limit")
            .expect("a limit")
            .clone_into(&mut limit);
        let_in.extend(reply.header("Access-Control-Allow-Origin").map(str::to_owned));
    }
    (limit, let_in)
}

#[tokio::test]
async fn what_can_change_does_at_sighup_and_the_rest_is_said_to_need_a_restart() {
    let deployment = Deployment::new().await;
    let folder = deployment.file("config");
    write(&folder, "info", 1_000, ORIGINS[0], 16);
    let server = deployment.serve_with(&[("VAULT_DATABASE_MAX_CONNECTIONS", "")]);
    let client = Client::anonymous(server.url());
    let before = ("1000".to_owned(), vec![ORIGINS[0].to_owned()]);
    assert_eq!(in_force(&client).await, before);

    write(&folder, "info", 0, ORIGINS[1], 16);
    hang_up(&server);
    until_said(&server, "the settings are as they were").await;
    assert_eq!(in_force(&client).await, before, "nothing of a bad file is taken");

    write(&folder, "warn", 2_000, ORIGINS[1], 17);
    hang_up(&server);
    until_said(&server, "needs a restart").await;
    let after = ("2000".to_owned(), vec![ORIGINS[1].to_owned()]);
    assert_eq!(in_force(&client).await, after);
    let output = server.output();
    let said = output.lines().find(|line| line.contains("needs a restart"));
    assert!(
        said.is_some_and(|line| line.contains("database.max_connections")),
        "{output}"
    );
    assert!(
        !output.contains("the settings were read again"),
        "the level is in force: {output}"
    );

    write(&folder, "info", 3_000, ORIGINS[1], 16);
    hang_up(&server);
    until_said(&server, "the settings were read again").await;
    let metrics = client.metrics().await.expect("metrics");
    for line in [
        "config_reloads_total{outcome=\"done\"} 2",
        "config_reloads_total{outcome=\"refused\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{metrics}");
    }
}
