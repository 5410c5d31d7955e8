//! `vault-server config`, as an operator runs it.

use serde_json::Value;
use vault_tests::{deployment, finished};

#[tokio::test]
async fn a_start_that_would_be_refused_is_refused_by_the_check_with_the_name_of_the_setting() {
    let deployment = deployment().await;
    let check = || {
        let mut command = deployment.command();
        command.args(["config", "check"]);
        command
    };
    assert!(finished(&mut check()).contains("a server may start"));
    for (name, value, setting) in [
        ("VAULT_SERVER_MAX_REQUESTS", "0", "server.max_requests"),
        ("VAULT_SERVER_CORS_ORIGINS", r#"["*"]"#, "server.cors_origins"),
        ("VAULT_STORAGE_BACKEND", "memory", "storage.backend"),
    ] {
        let output = check().env(name, value).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(setting),
            "{name}: {said}"
        );
    }
}

#[tokio::test]
async fn what_is_shown_has_no_secret_and_says_where_it_comes_from() {
    let deployment = deployment().await;
    let shown = finished(deployment.command().args(["config", "show"]));
    assert!(
        !shown.contains(vault_tests::deployment::JWT_SECRET) && !shown.contains("postgres://"),
        "{shown}"
    );
    let rows = finished(deployment.command().args(["config", "show", "--json"]));
    let rows: Value = serde_json::from_str(&rows).expect("JSON");
    let row = |name: &str| {
        let rows = rows.as_array().expect("rows");
        rows.iter()
            .find(|row| row["setting"] == name)
            .expect("the setting")
            .clone()
    };
    assert_eq!(row("auth.jwt_secret")["value"], "[redacted]");
    assert_eq!(row("auth.jwt_secret")["source"], "VAULT_AUTH_JWT_SECRET");
    assert_eq!(row("server.port")["value"], 0);
    assert_eq!(row("server.max_requests")["source"], "default");
}
