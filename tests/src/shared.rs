//! One deployment with one server for all tests that do not need their own.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection;
use tokio::sync::OnceCell;

use crate::{client::Client, deployment::Deployment, process::Server};

/// The password of every account that tests make.
pub const PASSWORD: &str = "correct horse battery staple 7";

static SHARED: OnceCell<Shared> = OnceCell::const_new();
static ACCOUNTS: AtomicU32 = AtomicU32::new(0);

struct Shared {
    deployment: Deployment,
    server: Server,
    admin: Account,
}

/// Who can log in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The tenant.
    pub tenant: String,
    /// The user.
    pub user: String,
    /// The email.
    pub email: String,
    /// An access token that a login gave.
    pub token: String,
}

async fn shared() -> &'static Shared {
    let start = async || {
        let deployment = Deployment::new().await;
        let server = deployment.serve(&[]);
        let admin = register(&deployment, server.url(), None, "admin").await;
        Shared {
            deployment,
            server,
            admin,
        }
    };
    SHARED.get_or_init(start).await
}

/// The deployment that tests share.
pub async fn deployment() -> &'static Deployment {
    &shared().await.deployment
}

/// Nobody, at the server that tests share.
pub async fn anonymous() -> Client {
    Client::anonymous(shared().await.server.url())
}

/// The administrator of the tenant that tests share.
pub async fn admin() -> Client {
    let shared = shared().await;
    Client::anonymous(shared.server.url()).with_token(&shared.admin.token)
}

/// The administrator's account.
pub async fn admin_account() -> Account {
    shared().await.admin.clone()
}

/// A new tenant, and its administrator's client.
pub async fn new_tenant() -> (Client, Account) {
    let shared = shared().await;
    let account = register(&shared.deployment, shared.server.url(), None, "admin").await;
    (
        Client::anonymous(shared.server.url()).with_token(&account.token),
        account,
    )
}

/// One more user of a tenant.
pub async fn new_user(tenant: &str, role: &str) -> (Client, Account) {
    let shared = shared().await;
    let account = register(&shared.deployment, shared.server.url(), Some(tenant), role).await;
    (
        Client::anonymous(shared.server.url()).with_token(&account.token),
        account,
    )
}

/// Registers a user of a deployment, in a new tenant when none is named, and logs in.
pub async fn register(deployment: &Deployment, url: &str, tenant: Option<&str>, role: &str) -> Account {
    let tenant = match tenant {
        Some(tenant) => tenant.to_owned(),
        None => new_id(deployment).await,
    };
    let email = format!("user-{}@example.com", ACCOUNTS.fetch_add(1, Ordering::Relaxed));
    let report = deployment.create_user(&tenant, &email, role, PASSWORD);
    let client = Client::anonymous(url).login(&email, PASSWORD).await;
    let user = report["user_id"].as_str().expect("a user id").to_owned();
    Account {
        tenant,
        user,
        email,
        token: client.token().to_owned(),
    }
}

async fn new_id(deployment: &Deployment) -> String {
    let mut connection = deployment.sql().await;
    let id = sqlx::query_scalar("SELECT gen_random_uuid()::text")
        .fetch_one(&mut connection)
        .await
        .expect("a new id");
    connection.close().await.expect("the connection closes");
    id
}
