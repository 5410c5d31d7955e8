//! A deployment of its own: a database, a key file, a folder of large contents, and as many servers as a test wants.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{self, Command},
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

use crate::{
    process::{Server, finished, server_binary},
    proxy::Proxy,
};

/// What access tokens are signed with, so that tests can make ones that the server would not.
pub const JWT_SECRET: &str = "0f9a61b7c2d84e35a7f0c1d2e3b4958677a8b9cadbecfd0e";

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A deployment of its own. Its database stays in the test cluster, which is disposable.
#[derive(Debug)]
pub struct Deployment {
    folder: TempDir,
    database: PgConnectOptions,
    /// What differs from the settings of all tests.
    settings: BTreeMap<String, String>,
}

impl Deployment {
    /// Makes the database and brings its schema up to date.
    pub async fn new() -> Self {
        let url = env::var("VAULT_TEST_DATABASE_URL").expect(
            "VAULT_TEST_DATABASE_URL names a disposable PostgreSQL: eval \"$(scripts/services env)\"",
        );
        Self::on(&url).await
    }

    /// The same, on the cluster of this URL.
    pub async fn on(url: &str) -> Self {
        let cluster = PgConnectOptions::from_str(url).expect("the cluster's URL is one");
        let name = format!(
            "vault_e2e_{}_{}",
            process::id(),
            DATABASES.fetch_add(1, Ordering::Relaxed)
        );
        let mut connection = cluster.connect().await.expect("the test cluster answers");
        for statement in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
        ] {
            sqlx::query(&statement)
                .execute(&mut connection)
                .await
                .expect("a database of its own");
        }
        connection.close().await.expect("the connection closes");
        let folder = tempfile::tempdir().expect("a folder of its own");
        write_private(
            &folder.path().join("root.key"),
            &format!("vault-local-key-v1\n{}\n", random_hex()),
        );
        let deployment = Self {
            folder,
            database: cluster.database(&name),
            settings: BTreeMap::new(),
        };
        let _ = finished(deployment.command().arg("migrate"));
        deployment
    }

    /// The server's program with the deployment's settings.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(server_binary());
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("VAULT_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.folder.path())
            .env("VAULT_DATABASE_URL", self.database.to_url_lossy().as_str())
            .env("VAULT_DATABASE_MAX_CONNECTIONS", "16")
            .env("VAULT_AUTH_JWT_SECRET", JWT_SECRET)
            .env("VAULT_AUTH_LOGIN_LIMIT_PER_MIN", "100000")
            .env("VAULT_AUTH_LOCKOUT_NETWORK_FAILURES", "1000000")
            .env("VAULT_ENCRYPTION_KEY_FILE", self.folder.path().join("root.key"))
            .env("VAULT_STORAGE_BACKEND", "local")
            .env("VAULT_STORAGE_LOCATION", self.contents())
            .env("VAULT_ARCHIVE_DIR", self.archive())
            .env("VAULT_SERVER_PORT", "0")
            .env("VAULT_SERVER_METRICS_PORT", "0")
            .envs(&self.settings);
        command
    }

    /// Sets what every command and server from now on finds in its environment; nothing for an empty value.
    pub fn set(&mut self, settings: &[(&str, &str)]) {
        for (name, value) in settings {
            self.settings.insert((*name).to_owned(), (*value).to_owned());
        }
    }

    /// A file in the deployment's folder.
    #[must_use]
    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of large contents.
    #[must_use]
    pub fn contents(&self) -> std::path::PathBuf {
        self.folder.path().join("contents")
    }

    /// The folder of bundles of old events.
    #[must_use]
    pub fn archive(&self) -> std::path::PathBuf {
        self.folder.path().join("archive")
    }

    /// Starts a process of the deployment, such as `["--role", "api"]`.
    #[must_use]
    pub fn serve(&self, arguments: &[&str]) -> Server {
        Server::start(self.command().arg("serve").args(arguments), "serves the API")
    }

    /// Starts a process that does everything, with more settings.
    #[must_use]
    pub fn serve_with(&self, settings: &[(&str, &str)]) -> Server {
        self.serve_as("all", settings)
    }

    /// Starts a process of a role that has an API, with more settings.
    #[must_use]
    pub fn serve_as(&self, role: &str, settings: &[(&str, &str)]) -> Server {
        let mut command = self.command();
        command
            .args(["serve", "--role", role])
            .envs(settings.iter().copied());
        Server::start(&mut command, "serves the API")
    }

    /// Starts a process that does everything, and reaches Postgres by way of a proxy.
    pub async fn serve_through_proxy(&self) -> (Server, Proxy) {
        let target = format!("{}:{}", self.database.get_host(), self.database.get_port());
        let proxy = Proxy::start(target).await;
        let options = self.database.clone().host("127.0.0.1").port(proxy.port());
        let url = options.to_url_lossy().to_string();
        let mut command = self.command();
        command.arg("serve").env("VAULT_DATABASE_URL", url);
        // the proxy must run meanwhile
        let server = tokio::task::spawn_blocking(move || Server::start(&mut command, "serves the API"));
        (server.await.expect("the server starts"), proxy)
    }

    /// Keeps the database as it is, with which nobody may be connected.
    pub async fn back_up(&self) {
        let name = self.database_name();
        self.as_operator(&[format!("CREATE DATABASE {name}_backup TEMPLATE {name}")])
            .await;
    }

    /// Puts the database back that [`Self::back_up`] kept.
    pub async fn put_back(&self) {
        let name = self.database_name();
        self.as_operator(&[
            format!("DROP DATABASE {name} WITH (FORCE)"),
            format!("ALTER DATABASE {name}_backup RENAME TO {name}"),
        ])
        .await;
    }

    fn database_name(&self) -> &str {
        self.database.get_database().expect("a database of its own")
    }

    /// Runs statements in another database of the cluster.
    async fn as_operator(&self, statements: &[String]) {
        let mut connection = self
            .database
            .clone()
            .database("postgres")
            .connect()
            .await
            .expect("the test cluster answers");
        for statement in statements {
            sqlx::query(statement)
                .execute(&mut connection)
                .await
                .expect("done");
        }
        connection.close().await.expect("the connection closes");
    }

    /// Registers a user, as an operator does; gives the report of the command.
    #[must_use]
    pub fn create_user(&self, tenant: &str, email: &str, role: &str, password: &str) -> Value {
        let file = tempfile::NamedTempFile::new_in(self.folder.path()).expect("a password file");
        fs::write(file.path(), format!("{password}\n")).expect("the password is written");
        let report = finished(
            self.command()
                .args([
                    "users", "create", "--json", "--tenant", tenant, "--email", email, "--role", role,
                ])
                .arg("--password-file")
                .arg(file.path()),
        );
        serde_json::from_str(&report).expect("the report is JSON")
    }

    /// A connection as the cluster's superuser, whom no row-level security holds.
    pub async fn sql(&self) -> PgConnection {
        self.database.connect().await.expect("the test cluster answers")
    }
}

fn write_private(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .expect("the key file is made");
    file.write_all(text.as_bytes()).expect("the key file is written");
}

/// 64 hexadecimal digits: the key of a test needs no more chance than this.
fn random_hex() -> String {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .expect("random bytes");
    format!("{:032x}", u128::from_ne_bytes(bytes)).repeat(2)
}
