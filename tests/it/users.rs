//! `vault-server users create`, as an operator runs it.

use std::process::Output;

use vault_tests::{Answer, deployment, shared};

async fn create(arguments: &[&str], password: &str) -> Output {
    let file = tempfile::NamedTempFile::new().expect("a password file");
    std::fs::write(file.path(), password).expect("the password is written");
    let mut command = deployment().await.command();
    command
        .args(["users", "create"])
        .args(arguments)
        .arg("--password-file")
        .arg(file.path());
    command.output().expect("the command starts")
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test]
async fn a_new_user_logs_in_and_is_what_the_operator_made_them() {
    let tenant = shared::admin_account().await.tenant;
    for role in ["admin", "data_scientist", "auditor", "ingest"] {
        let (client, account) = shared::new_user(&tenant, role).await;
        let me = client.get("/auth/me").reply().await.expect_status(200).json();
        assert_eq!(me["tenant_id"], tenant);
        assert_eq!(me["user_id"], account.user);
        assert_eq!(me["roles"], serde_json::json!([role]));
    }
}

#[tokio::test]
async fn what_is_not_acceptable_is_refused_without_the_password() {
    let account = shared::admin_account().await;
    let good = "a perfectly good password 1";
    for (email, role, tenant, password, reason) in [
        ("no-email", "admin", account.tenant.as_str(), good, "no email"),
        (
            "new@example.com",
            "king",
            account.tenant.as_str(),
            good,
            "not a role",
        ),
        ("new@example.com", "admin", "not-a-uuid", good, "invalid value"),
        (
            "new@example.com",
            "admin",
            account.tenant.as_str(),
            "Sh0rt-one",
            "fewer than 12",
        ),
        (
            "new@example.com",
            "admin",
            account.tenant.as_str(),
            "password1234",
            "attackers",
        ),
        (
            account.email.as_str(),
            "admin",
            account.tenant.as_str(),
            good,
            "that email already",
        ),
    ] {
        let output = create(&["--tenant", tenant, "--email", email, "--role", role], password).await;
        let said = said(&output);
        assert!(
            !output.status.success() && said.contains(reason),
            "{email} {role} {tenant}: {said}"
        );
        assert!(!said.contains(password), "{said}");
    }
}
