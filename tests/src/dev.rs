//! A development vault: one process with a private PostgreSQL in a folder of its own.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::process::{Server, server_binary};

/// A folder in which development vaults run, one after the other.
#[derive(Debug)]
pub struct DevVault {
    folder: TempDir,
}

impl Default for DevVault {
    fn default() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder of its own"),
        }
    }
}

impl DevVault {
    /// Starts the server on a free port.
    #[must_use]
    pub fn start(&self) -> Server {
        let mut command = Command::new(server_binary());
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("VAULT_") && name_text != "VAULT_POSTGRES_BIN" {
                command.env_remove(&name);
            }
        }
        command.current_dir(self.folder.path()).args([
            "dev",
            "--port",
            "0",
            "--metrics-port",
            "0",
            "--data-dir",
        ]);
        Server::start(command.arg(self.data_dir()), "development mode, at http://")
    }

    /// Where everything is kept.
    #[must_use]
    pub fn data_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for DevVault {
    /// A test that fails after it has killed a server leaves a PostgreSQL behind.
    fn drop(&mut self) {
        let home = self.data_dir().join("postgres");
        if let Some(pid) = postmaster(&home.join("cluster")) {
            let _ = Command::new("kill")
                .args(["-INT", &pid])
                .stderr(Stdio::null())
                .status();
        }
    }
}

/// The first line of `postmaster.pid`, if that process works in this cluster: a recycled pid does not deceive.
fn postmaster(cluster: &Path) -> Option<String> {
    let cluster = fs::canonicalize(cluster).ok()?;
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let pid = text.lines().next()?.trim().to_owned();
    let works_in = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    (works_in == cluster).then_some(pid)
}
