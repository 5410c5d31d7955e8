//! A Postgres of a test's own, which it may take away from the servers.

use std::{path::Path, process::Command};

use tempfile::TempDir;

use crate::process::finished;

/// A Postgres that writes to disk like a real one, and ends with the test.
#[derive(Debug)]
pub struct OwnPostgres {
    folder: TempDir,
    url: String,
}

impl Default for OwnPostgres {
    fn default() -> Self {
        let folder = tempfile::tempdir().expect("a folder of its own");
        let mut postgres = Self {
            folder,
            url: String::new(),
        };
        let _ = finished(postgres.services().args(["start", "--durable"]));
        let exports = finished(postgres.services().arg("env"));
        let url = exports
            .lines()
            .find_map(|line| line.strip_prefix("export DATABASE_URL="));
        url.expect("a URL").clone_into(&mut postgres.url);
        postgres
    }
}

impl OwnPostgres {
    fn services(&self) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/services");
        let mut command = Command::new(script);
        command.env("VAULT_SERVICES_DIR", self.folder.path());
        command
    }

    /// How to reach it, as its superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it for good.
    pub fn end(&self) {
        let _ = finished(self.services().arg("stop"));
    }

    /// Ends it without warning, and starts it again.
    pub fn restart(&self) {
        let _ = finished(self.services().arg("restart"));
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        let _ = self.services().arg("stop").status();
    }
}
