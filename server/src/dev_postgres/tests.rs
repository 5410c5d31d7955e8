//! Against real clusters. Each test has its own data directory.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Weak};

use tempfile::TempDir;
use tokio::sync::Mutex;

use super::*;
use crate::dev_postgres::commands::run;

/// A data directory; a postmaster that a failing test leaves in it is ended.
struct DataDir {
    folder: TempDir,
    /// Keeps the template for the tests that run beside this one.
    _template: Option<Arc<Self>>,
}

/// Making a cluster takes most of a test's time; the tests that are not about that share one, by copying it.
static TEMPLATE: Mutex<Weak<DataDir>> = Mutex::const_new(Weak::new());

impl DataDir {
    fn new() -> Self {
        Self::holding(None)
    }

    fn holding(template: Option<Arc<Self>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // As root, user postgres must be able to enter.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self {
            folder,
            _template: template,
        }
    }

    /// With a cluster that was started once and stopped.
    async fn with_cluster() -> Self {
        let mut shared = TEMPLATE.lock().await;
        let template = if let Some(template) = shared.upgrade() {
            template
        } else {
            let template = Arc::new(Self::new());
            DevPostgres::start(template.path())
                .await
                .unwrap()
                .stop()
                .await
                .unwrap();
            *shared = Arc::downgrade(&template);
            template
        };
        let copy = Self::holding(Some(template.clone()));
        let mut cp = Command::new("cp");
        cp.arg("-a")
            .arg(template.path().join("postgres"))
            .arg(copy.path());
        assert!(cp.status().unwrap().success());
        copy
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn postgres(&self, name: &str) -> PathBuf {
        self.path().join("postgres").join(name)
    }

    fn postmaster_pid(&self) -> Option<String> {
        let text = fs::read_to_string(self.postgres("cluster/postmaster.pid")).ok()?;
        text.lines().next().map(str::to_owned)
    }

    fn kill_postmaster(&self) {
        let pid = self.postmaster_pid().unwrap();
        assert!(
            Command::new("kill")
                .args(["-KILL", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        let cluster = self.postgres("cluster").canonicalize().ok();
        if let (Some(pid), Some(cluster)) = (self.postmaster_pid(), cluster)
            && fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == cluster)
        {
            let _ = Command::new("kill").args(["-KILL", &pid]).status();
        }
    }
}

async fn sql(postgres: &DevPostgres, statement: &str) -> String {
    let mut psql = postgres.cluster.client("psql");
    psql.args(["--no-psqlrc", "-Atq", "--dbname", "vault", "--command", statement]);
    run("psql", psql).await.unwrap().trim().to_owned()
}

#[tokio::test]
async fn first_start_makes_a_durable_database_and_a_restart_keeps_its_data() {
    let data = DataDir::new();
    let postgres = DevPostgres::start(data.path()).await.unwrap();
    assert!(postgres.url().starts_with("postgres://vault:"));
    assert!(
        postgres
            .url()
            .ends_with(&format!("@127.0.0.1:{}/vault", postgres.port()))
    );
    assert_eq!(sql(&postgres, "SHOW fsync").await, "on");
    assert_eq!(sql(&postgres, "SHOW data_checksums").await, "on");
    assert_eq!(sql(&postgres, "SHOW server_encoding").await, "UTF8");
    sql(&postgres, "CREATE TABLE kept AS SELECT 42 AS answer").await;
    postgres.stop().await.unwrap();
    assert_eq!(data.postmaster_pid(), None);

    let postgres = DevPostgres::start(data.path()).await.unwrap();
    assert_eq!(sql(&postgres, "SELECT answer FROM kept").await, "42");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn killed_postmaster_is_started_again_with_what_was_committed() {
    let data = DataDir::with_cluster().await;
    let postgres = DevPostgres::start(data.path()).await.unwrap();
    sql(&postgres, "CREATE TABLE kept AS SELECT 42 AS answer").await;
    data.kill_postmaster();
    drop(postgres);

    let postgres = DevPostgres::start(data.path()).await.unwrap();
    assert_eq!(sql(&postgres, "SELECT answer FROM kept").await, "42");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn postmaster_that_a_killed_server_left_behind_is_used_again() {
    let data = DataDir::with_cluster().await;
    let killed = DevPostgres::start(data.path()).await.unwrap();
    let (pid, port) = (data.postmaster_pid(), killed.port());
    drop(killed);

    let next = DevPostgres::start(data.path()).await.unwrap();
    assert_eq!((data.postmaster_pid(), next.port()), (pid, port));
    next.stop().await.unwrap();
    assert_eq!(data.postmaster_pid(), None);
}

#[tokio::test]
async fn second_vault_on_the_same_data_directory_is_refused_until_the_first_ends() {
    let data = DataDir::with_cluster().await;
    let first = DevPostgres::start(data.path()).await.unwrap();
    let second = DevPostgres::start(data.path()).await;
    assert!(
        matches!(second, Err(DevPostgresError::InUse { .. })),
        "{second:?}"
    );
    assert_eq!(sql(&first, "SELECT 1").await, "1");
    first.stop().await.unwrap();
    DevPostgres::start(data.path())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
}

#[tokio::test]
async fn half_made_cluster_of_a_crash_is_made_anew() {
    let data = DataDir::new();
    fs::create_dir_all(data.postgres("cluster.new/cluster/base")).unwrap();
    fs::write(data.postgres("cluster.new/password"), "of an earlier attempt").unwrap();
    let postgres = DevPostgres::start(data.path()).await.unwrap();
    assert!(!data.postgres("cluster.new").exists());
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn pid_file_whose_number_belongs_to_another_process_is_no_obstacle() {
    let data = DataDir::with_cluster().await;
    let postgres = DevPostgres::start(data.path()).await.unwrap();
    let account = Account::choose(&Files::prepare(data.path()).unwrap())
        .await
        .unwrap();
    postgres.stop().await.unwrap();

    // Of the same account, or PostgreSQL would see through it by itself.
    let mut stranger = account
        .command(Path::new("sleep"), Path::new("/"))
        .arg("600")
        .spawn()
        .unwrap();
    let pid = stranger.id().unwrap();
    fs::write(
        data.postgres("cluster/postmaster.pid"),
        format!("{pid}\n/\n0\n5432\n"),
    )
    .unwrap();
    let postgres = DevPostgres::start(data.path()).await.unwrap();
    assert_eq!(sql(&postgres, "SELECT 1").await, "1");
    postgres.stop().await.unwrap();
    stranger.kill().await.unwrap();
}

#[tokio::test]
async fn password_is_in_one_private_file_and_in_no_argument_list() {
    let data = DataDir::with_cluster().await;
    let postgres = DevPostgres::start(data.path()).await.unwrap();
    let pgpass = fs::read_to_string(data.postgres("pgpass")).unwrap();
    let password = pgpass.trim().rsplit(':').next().unwrap();
    assert_eq!(password.len(), 64);
    assert_eq!(
        fs::metadata(data.postgres("pgpass"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    let arguments = fs::read(format!("/proc/{}/cmdline", data.postmaster_pid().unwrap())).unwrap();
    assert!(!String::from_utf8_lossy(&arguments).contains(password));
    assert!(
        !fs::read_to_string(data.postgres("postgres.log"))
            .unwrap()
            .contains(password)
    );
    assert!(!format!("{postgres:?}").contains(password));
    postgres.stop().await.unwrap();

    fs::remove_file(data.postgres("pgpass")).unwrap();
    let error = DevPostgres::start(data.path()).await.unwrap_err();
    assert!(
        matches!(error, DevPostgresError::PasswordMissing { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn cluster_that_cannot_start_is_reported_with_its_last_words() {
    let data = DataDir::with_cluster().await;
    DevPostgres::start(data.path())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    let conf = data.postgres("cluster/postgresql.conf");
    let text = fs::read_to_string(&conf).unwrap();
    fs::write(&conf, text + "\nno_such_setting = 1\n").unwrap();
    let error = DevPostgres::start(data.path()).await.unwrap_err();
    assert!(matches!(error, DevPostgresError::NotStarted { .. }), "{error:?}");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[tokio::test]
async fn version_that_is_not_installed_is_named() {
    let data = DataDir::new();
    fs::create_dir_all(data.postgres("cluster")).unwrap();
    fs::write(data.postgres("cluster/PG_VERSION"), "9\n").unwrap();
    let error = DevPostgres::start(data.path()).await.unwrap_err();
    let message = error.to_string();
    assert!(
        matches!(error, DevPostgresError::VersionNotInstalled { major: 9, .. }),
        "{message}"
    );
    assert!(message.contains("apt-get install postgresql-9"), "{message}");

    fs::write(data.postgres("cluster/PG_VERSION"), "not a number").unwrap();
    let error = DevPostgres::start(data.path()).await.unwrap_err();
    assert!(
        matches!(error, DevPostgresError::File { action: "read", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn folder_that_user_postgres_cannot_enter_works_or_is_refused_with_advice() {
    let data = DataDir::new();
    fs::set_permissions(data.path(), Permissions::from_mode(0o700)).unwrap();
    match DevPostgres::start(data.path()).await {
        Ok(postgres) => {
            assert_eq!(sql(&postgres, "SELECT 1").await, "1");
            drop(postgres);
            let again = DevPostgres::start(data.path()).await.unwrap();
            again.stop().await.unwrap();
            assert_eq!(data.postmaster_pid(), None);
        }
        // As root where user namespaces are forbidden.
        Err(error) => assert!(
            matches!(error, DevPostgresError::NotReachable { .. }),
            "{error:?}"
        ),
    }
}

#[tokio::test]
async fn data_directory_that_is_a_file_is_refused() {
    let data = DataDir::new();
    let path = data.path().join("file");
    fs::write(&path, "").unwrap();
    let error = DevPostgres::start(&path).await.unwrap_err();
    assert!(
        matches!(error, DevPostgresError::File { action: "create", .. }),
        "{error:?}"
    );
}
