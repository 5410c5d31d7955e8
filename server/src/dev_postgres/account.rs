use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use tokio::process::Command;

use super::DevPostgresError;
use super::commands::{clean_command, run, succeeds};
use super::files::{Files, failed};

/// As whom `PostgreSQL` runs. It refuses to run as root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// As this process.
    Own,
    /// As another user; this process is root.
    Other { uid: u32, gid: u32 },
    /// As root outside, and as an ordinary user inside a user namespace: where there is no user `postgres`, or where that
    /// user cannot enter the folder.
    Namespace,
}

impl Account {
    /// Decides by who owns the cluster that is there, or by who could own a new one.
    pub(super) async fn choose(files: &Files) -> Result<Self, DevPostgresError> {
        if id(&["-u"]).await? != Some(0) {
            return Ok(Self::Own);
        }
        if files.is_made() {
            let owner = fs::metadata(&files.cluster).map_err(failed("inspect", &files.cluster))?;
            return Ok(match owner.uid() {
                0 => Self::Namespace,
                uid => Self::Other {
                    uid,
                    gid: owner.gid(),
                },
            });
        }
        if let (Some(uid), Some(gid)) = (id(&["-u", "postgres"]).await?, id(&["-g", "postgres"]).await?) {
            let account = Self::Other { uid, gid };
            if account.can_enter(&files.home).await {
                return Ok(account);
            }
        }
        if Self::Namespace.can_enter(&files.home).await {
            return Ok(Self::Namespace);
        }
        Err(DevPostgresError::NotReachable {
            folder: files.home.clone(),
        })
    }

    /// A command that runs a program of `PostgreSQL` as this account, in a folder that the account can enter.
    pub(super) fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = match self {
            Self::Own => clean_command(program),
            Self::Other { uid, gid } => {
                let mut command = clean_command(Path::new("setpriv"));
                command
                    .arg(format!("--reuid={uid}"))
                    .arg(format!("--regid={gid}"));
                command.args(["--clear-groups", "--"]).arg(program);
                command
            }
            Self::Namespace => {
                let mut command = clean_command(Path::new("unshare"));
                command
                    .args(["--user", "--map-user=1000", "--map-group=1000", "--"])
                    .arg(program);
                command
            }
        };
        command.current_dir(folder);
        command
    }

    /// Hands a file or folder over to this account.
    pub(super) fn give(self, path: &Path) -> Result<(), DevPostgresError> {
        match self {
            Self::Own | Self::Namespace => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)).map_err(failed("give away", path)),
        }
    }

    async fn can_enter(self, folder: &Path) -> bool {
        let mut command = self.command(Path::new("test"), Path::new("/"));
        command.arg("-x").arg(folder);
        succeeds(command).await
    }
}

/// What `id` says, or nothing when there is no such user.
async fn id(arguments: &[&str]) -> Result<Option<u32>, DevPostgresError> {
    let mut command = clean_command(Path::new("id"));
    command.args(arguments);
    let output = match run("id", command).await {
        Ok(output) => output,
        Err(DevPostgresError::Failed { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(output.trim().parse().ok())
}
