use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::DevPostgresError;
use super::account::Account;
use super::binaries::Binaries;
use super::commands::{clean_command, run};
use super::files::{Files, SUPERUSER, failed, write_private};
use super::postmaster::Postmaster;

const DATABASE: &str = "vault";
const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How long a failing start is tried again; what has not passed by then is a real fault.
const RETRY_LIMIT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// For a small machine that also runs the server. Durable: the data directory holds what a user has put in.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=100",
    "shared_buffers=256MB",
    "max_wal_size=2GB",
    "wal_compression=on",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "log_min_messages=warning",
];

/// Makes a cluster beside its place and moves it there when it is complete.
pub(super) async fn make(
    files: &Files,
    account: &Account,
    binaries: &Binaries,
    password: &str,
) -> Result<(), DevPostgresError> {
    let staging = &files.staging;
    if staging.exists() {
        fs::remove_dir_all(staging).map_err(failed("remove", staging))?;
    }
    fs::DirBuilder::new()
        .mode(0o700)
        .create(staging)
        .map_err(failed("create", staging))?;
    let cluster = staging.join("cluster");
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&cluster)
        .map_err(failed("create", &cluster))?;
    // Its own copy, because the account cannot read ours; gone with the staging folder.
    let password_file = staging.join("password");
    write_private(&password_file, password.as_bytes())?;
    for path in [&password_file, &cluster, staging] {
        account.give(path)?;
    }

    let mut initdb = account.command(&binaries.path("initdb"), staging);
    initdb
        .arg("--pgdata")
        .arg(&cluster)
        .arg("--pwfile")
        .arg(&password_file)
        .args([
            "--username",
            SUPERUSER,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
        ]);
    run("initdb", initdb).await?;

    fs::rename(&cluster, &files.cluster).map_err(failed("rename", &cluster))?;
    // PostgreSQL syncs what is inside; that the cluster has its name is ours to sync.
    File::open(&files.home)
        .and_then(|home| home.sync_all())
        .map_err(failed("sync", &files.home))?;
    fs::remove_dir_all(staging).map_err(failed("remove", staging))
}

/// A cluster whose postmaster answers.
#[derive(Debug)]
pub(super) struct Cluster {
    files: Files,
    account: Account,
    binaries: Binaries,
    port: u16,
}

impl Cluster {
    /// Takes over a postmaster that still runs, or starts one on a free port.
    pub(super) async fn start(
        files: Files,
        account: Account,
        binaries: Binaries,
    ) -> Result<Self, DevPostgresError> {
        files.ready_log()?;
        account.give(&files.log)?;
        let mut cluster = Self {
            files,
            account,
            binaries,
            port: 0,
        };
        let begun = Instant::now();
        while begun.elapsed() < START_LIMIT {
            match Postmaster::look(&cluster.files.cluster) {
                Postmaster::Running { port } => {
                    cluster.port = port;
                    if cluster.answers().await {
                        return Ok(cluster);
                    }
                }
                Postmaster::Starting | Postmaster::Ending => {}
                Postmaster::PidTaken => cluster.remove_pid_file()?,
                Postmaster::Absent => {
                    let launched = cluster.launch().await;
                    if begun.elapsed() > RETRY_LIMIT {
                        launched?;
                    }
                }
            }
            sleep(POLL).await;
        }
        Err(cluster.timeout("start", START_LIMIT))
    }

    /// One attempt. It can fail because another program took the port, or because backends of a killed postmaster have
    /// not noticed yet that it is gone; both pass soon.
    async fn launch(&self) -> Result<(), DevPostgresError> {
        let log = &self.files.log;
        let port = free_port().map_err(failed("find a free port for", &self.files.cluster))?;
        let settings: Vec<String> = SETTINGS.iter().map(|setting| format!("-c {setting}")).collect();
        let mut start = self.pg_ctl("start", START_LIMIT);
        start
            .arg("--log")
            .arg(log)
            .arg("--options")
            .arg(format!("-p {port} {}", settings.join(" ")));
        match run("pg_ctl", start).await {
            Ok(_) => Ok(()),
            Err(DevPostgresError::Failed { .. }) => Err(DevPostgresError::NotStarted {
                log: log.clone(),
                complaint: self.files.end_of_log().into(),
            }),
            Err(error) => Err(error),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self, password: &str) -> String {
        url_at(self.port, password)
    }

    pub(super) async fn ensure_database(&self) -> Result<(), DevPostgresError> {
        let question = format!("SELECT count(*) FROM pg_database WHERE datname = '{DATABASE}'");
        if self.ask(&question).await?.trim() == "1" {
            return Ok(());
        }
        let mut createdb = self.client("createdb");
        createdb.arg(DATABASE);
        run("createdb", createdb).await.map(drop)
    }

    /// First as polite as the deadline allows, then without waiting for a checkpoint; both lose nothing.
    pub(super) async fn stop(&self) -> Result<(), DevPostgresError> {
        for mode in ["fast", "immediate"] {
            if self.is_gone() {
                return Ok(());
            }
            let mut stop = self.pg_ctl("stop", STOP_LIMIT);
            stop.arg("--mode").arg(mode);
            match run("pg_ctl", stop).await {
                // It says so when the server did not stop in time, and when there was none any more.
                Ok(_) | Err(DevPostgresError::Failed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if self.is_gone() {
            Ok(())
        } else {
            Err(self.timeout("stop", STOP_LIMIT))
        }
    }

    fn is_gone(&self) -> bool {
        matches!(
            Postmaster::look(&self.files.cluster),
            Postmaster::Absent | Postmaster::PidTaken | Postmaster::Ending
        )
    }

    /// Whether the server behind the port is ours: it knows our password's verifier and says where its data lies.
    async fn answers(&self) -> bool {
        let Ok(answer) = self.ask("SHOW data_directory").await else {
            return false;
        };
        Path::new(answer.trim()) == self.files.cluster
    }

    async fn ask(&self, query: &str) -> Result<String, DevPostgresError> {
        let mut psql = self.client("psql");
        psql.args([
            "--no-psqlrc",
            "--no-align",
            "--tuples-only",
            "--dbname",
            "postgres",
            "--command",
            query,
        ]);
        run("psql", psql).await
    }

    /// A client program, as this process; its password comes from a file.
    pub(super) fn client(&self, program: &str) -> Command {
        let mut command = clean_command(&self.binaries.path(program));
        command
            .env("PGPASSFILE", &self.files.pgpass)
            .env("PGCONNECT_TIMEOUT", "5");
        command.args(["--host", "127.0.0.1", "--username", SUPERUSER, "--no-password"]);
        command.arg("--port").arg(self.port.to_string());
        command
    }

    fn pg_ctl(&self, action: &str, limit: Duration) -> Command {
        let mut command = self
            .account
            .command(&self.binaries.path("pg_ctl"), &self.files.cluster);
        command
            .arg(action)
            .arg("--silent")
            .arg("--pgdata")
            .arg(&self.files.cluster);
        command
            .arg("--wait")
            .arg("--timeout")
            .arg(limit.as_secs().to_string());
        command
    }

    fn timeout(&self, what: &'static str, limit: Duration) -> DevPostgresError {
        DevPostgresError::Timeout {
            what,
            within_s: limit.as_secs(),
            log: self.files.log.clone(),
        }
    }

    fn remove_pid_file(&self) -> Result<(), DevPostgresError> {
        let path = self.files.cluster.join("postmaster.pid");
        fs::remove_file(&path).map_err(failed("remove", &path))
    }
}

/// A port that nobody listened on a moment ago.
/// Where the database of a cluster on this port is.
pub(super) fn url_at(port: u16, password: &str) -> String {
    format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/{DATABASE}")
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
