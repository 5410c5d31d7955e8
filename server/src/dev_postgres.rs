//! The private `PostgreSQL` of `vault-server dev`: made once in the data directory, started and stopped with the server.
//!
//! The cluster survives the server. A postmaster that a killed server left behind is found and used again, so that
//! nothing depends on an orderly end. The password never stands in an argument list.

mod account;
mod binaries;
mod cluster;
mod commands;
mod files;
mod postmaster;

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use account::Account;
use cluster::Cluster;
use files::Files;

/// Why the private `PostgreSQL` does not run.
#[derive(Debug, thiserror::Error)]
pub enum DevPostgresError {
    /// No server binaries on this machine.
    #[error(
        "PostgreSQL 15 or later is not installed; run `apt-get install postgresql`, or name its bin folder in VAULT_POSTGRES_BIN"
    )]
    NotInstalled,
    /// The cluster was made by a major version that is not installed any more.
    #[error(
        "{} was made by PostgreSQL {major}, which is not installed; run `apt-get install postgresql-{major}`",
        cluster.display()
    )]
    VersionNotInstalled {
        /// The cluster's folder.
        cluster: PathBuf,
        /// The version it needs.
        major: u32,
    },
    /// Another process holds the data directory.
    #[error("another vault uses the data directory {}", data_dir.display())]
    InUse {
        /// The directory.
        data_dir: PathBuf,
    },
    /// `PostgreSQL` does not run as root, and no other account on this machine reaches the data directory.
    #[error(
        "PostgreSQL cannot run as root, and no other account reaches {}; choose a data directory that user postgres can \
         enter, or start the vault as another user",
        folder.display()
    )]
    NotReachable {
        /// The folder that would hold the cluster.
        folder: PathBuf,
    },
    /// A cluster is there, and its password is not.
    #[error("{} is missing, without it the cluster beside it cannot be opened", path.display())]
    PasswordMissing {
        /// The password file.
        path: PathBuf,
    },
    /// A file or folder of the cluster.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// One of `PostgreSQL`'s programs could not be run at all.
    #[error("cannot run {program}")]
    Spawn {
        /// The program.
        program: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// One of `PostgreSQL`'s programs reported a failure.
    #[error("{program} failed ({status}): {complaint}")]
    Failed {
        /// The program.
        program: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote to standard error.
        complaint: Box<str>,
    },
    /// The postmaster gave up.
    #[error("PostgreSQL did not start: {complaint}\n(from {})", log.display())]
    NotStarted {
        /// Its log.
        log: PathBuf,
        /// The end of that log.
        complaint: Box<str>,
    },
    /// The postmaster did not do what was asked of it in time.
    #[error("PostgreSQL did not {what} within {within_s} s; see {}", log.display())]
    Timeout {
        /// What it was asked for.
        what: &'static str,
        /// How long it had, in seconds.
        within_s: u64,
        /// Its log.
        log: PathBuf,
    },
}

/// A running private cluster, with the data directory locked against other vaults.
///
/// Dropping it releases the lock and leaves `PostgreSQL` running, as `kill -9` would; [`DevPostgres::stop`] ends both.
pub struct DevPostgres {
    cluster: Cluster,
    url: String,
    /// Held for as long as the server lives; the operating system releases it however the server ends.
    lock: File,
}

impl fmt::Debug for DevPostgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevPostgres")
            .field("cluster", &self.cluster)
            .finish_non_exhaustive()
    }
}

impl DevPostgres {
    /// Starts the cluster in `data_dir/postgres`, makes it first where there is none, or takes over one that still runs,
    /// and sees to it that the database `vault` exists.
    ///
    /// # Errors
    /// When `PostgreSQL` is missing, the data directory is in use or out of reach, or a program of `PostgreSQL` fails.
    pub async fn start(data_dir: &Path) -> Result<Self, DevPostgresError> {
        let files = Files::prepare(data_dir)?;
        let lock = files.lock().await?;
        let account = Account::choose(&files).await?;
        let binaries = binaries::find(files.cluster_major()?, &files.cluster)?;
        let password = files.password()?;
        if !files.is_made() {
            cluster::make(&files, &account, &binaries, &password).await?;
        }
        let cluster = Cluster::start(files, account, binaries).await?;
        cluster.ensure_database().await?;
        let url = cluster.url(&password);
        Ok(Self { cluster, url, lock })
    }

    /// Where the database of a vault is that runs in this data directory; `None` when none does.
    ///
    /// # Errors
    /// When the data directory cannot be read.
    pub fn running_url(data_dir: &Path) -> Result<Option<String>, DevPostgresError> {
        let files = Files::prepare(data_dir)?;
        match postmaster::Postmaster::look(&files.cluster) {
            postmaster::Postmaster::Running { port } => Ok(Some(cluster::url_at(port, &files.password()?))),
            _ => Ok(None),
        }
    }

    /// Where the database `vault` is, with the superuser's password: `postgres://...@127.0.0.1:PORT/vault`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The loopback port, a new one at each start.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.cluster.port()
    }

    /// Ends open connections, writes everything to disk and stops; then releases the data directory.
    ///
    /// # Errors
    /// When the postmaster is still there after 30 s.
    pub async fn stop(self) -> Result<(), DevPostgresError> {
        let stopped = self.cluster.stop().await;
        drop(self.lock);
        stopped
    }
}
