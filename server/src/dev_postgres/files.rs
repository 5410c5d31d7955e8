use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use super::DevPostgresError;
use super::commands::last_words;

pub(super) const SUPERUSER: &str = "vault";
/// How long a lock that another process holds is tried again.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
const LOCK_PAUSE: Duration = Duration::from_millis(20);
const PASSWORD_BYTES: usize = 32;
/// Where the log is put aside and begun again.
const LOG_MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What stands where under the data directory.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) data_dir: PathBuf,
    /// All of the following.
    pub(super) home: PathBuf,
    /// The cluster, once it is complete.
    pub(super) cluster: PathBuf,
    /// Where a new cluster is made; what a crash leaves here is thrown away.
    pub(super) staging: PathBuf,
    /// The superuser's password in libpq's format, for this user alone.
    pub(super) pgpass: PathBuf,
    pub(super) log: PathBuf,
}

impl Files {
    pub(super) fn prepare(data_dir: &Path) -> Result<Self, DevPostgresError> {
        let home = data_dir.join("postgres");
        fs::create_dir_all(&home).map_err(failed("create", &home))?;
        // PostgreSQL compares paths, and its own working folder is not ours.
        let data_dir = fs::canonicalize(data_dir).map_err(failed("resolve", data_dir))?;
        let home = data_dir.join("postgres");
        Ok(Self {
            cluster: home.join("cluster"),
            staging: home.join("cluster.new"),
            pgpass: home.join("pgpass"),
            log: home.join("postgres.log"),
            data_dir,
            home,
        })
    }

    /// Two vaults on one data directory would fight over the postmaster.
    pub(super) async fn lock(&self) -> Result<File, DevPostgresError> {
        let path = self.home.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed("open", &path))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                // a process that was just being started shares the files of its parent until it runs its own program
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => sleep(LOCK_PAUSE).await,
                Err(TryLockError::WouldBlock) => {
                    return Err(DevPostgresError::InUse {
                        data_dir: self.data_dir.clone(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
            }
        }
    }

    pub(super) fn is_made(&self) -> bool {
        self.cluster.exists()
    }

    /// The major version that made the cluster.
    pub(super) fn cluster_major(&self) -> Result<Option<u32>, DevPostgresError> {
        if !self.is_made() {
            return Ok(None);
        }
        let path = self.cluster.join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(failed("read", &path))?;
        let major = text
            .trim()
            .parse()
            .map_err(io::Error::other)
            .map_err(failed("read", &path))?;
        Ok(Some(major))
    }

    /// The superuser's password, made up when there is no cluster yet.
    pub(super) fn password(&self) -> Result<Zeroizing<String>, DevPostgresError> {
        match fs::read_to_string(&self.pgpass).map(Zeroizing::new) {
            Ok(line) => {
                let password = line.trim_end().rsplit(':').next().unwrap_or_default();
                Ok(Zeroizing::new(password.to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_made() => self.new_password(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(DevPostgresError::PasswordMissing {
                path: self.pgpass.clone(),
            }),
            Err(error) => Err(failed("read", &self.pgpass)(error)),
        }
    }

    fn new_password(&self) -> Result<Zeroizing<String>, DevPostgresError> {
        let mut bytes = Zeroizing::new([0_u8; PASSWORD_BYTES]);
        let source = Path::new("/dev/urandom");
        File::open(source)
            .and_then(|mut random| random.read_exact(bytes.as_mut()))
            .map_err(failed("read", source))?;
        let password = Zeroizing::new(hex::encode(&bytes));
        let line = Zeroizing::new(format!("*:*:*:{SUPERUSER}:{}\n", *password));
        // Renamed into place: a crash must not leave half a password beside a cluster made with a whole one.
        let unfinished = self.home.join("pgpass.new");
        write_private(&unfinished, line.as_bytes())?;
        fs::rename(&unfinished, &self.pgpass).map_err(failed("rename", &unfinished))?;
        Ok(password)
    }

    /// Opens the log for whoever runs `PostgreSQL`, and keeps it from growing for ever.
    pub(super) fn ready_log(&self) -> Result<(), DevPostgresError> {
        if fs::metadata(&self.log).is_ok_and(|log| log.len() > LOG_MAX_BYTES) {
            let old = self.home.join("postgres.log.old");
            fs::rename(&self.log, &old).map_err(failed("rename", &self.log))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.log)
            .map(drop)
            .map_err(failed("open", &self.log))
    }

    /// The log's last lines, for a message; empty when it cannot be read.
    pub(super) fn end_of_log(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        last_words(&String::from_utf8_lossy(&text)).to_owned()
    }
}

/// Writes a file that only its owner can read, replacing one that is there.
pub(super) fn write_private(path: &Path, content: &[u8]) -> Result<(), DevPostgresError> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        // The mode above is only for a file that is new.
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(failed("write", path))
}

/// For `map_err`: which file it was, and what was tried with it.
pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DevPostgresError {
    let path = path.to_owned();
    move |source| DevPostgresError::File { action, path, source }
}
