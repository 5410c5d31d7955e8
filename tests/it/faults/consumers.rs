//! Both examples of consumers, running all the while.

use std::path::PathBuf;

use tempfile::TempDir;
use vault_tests::Client;

use crate::kafka::{
    Publishing, Running,
    consumers::{becomes, expected, python, rust, start},
};

/// Both examples, each with a table of its own.
pub(super) struct Consumers {
    folder: TempDir,
    _running: [Running; 2],
}

impl Consumers {
    pub(super) fn start(publishing: &Publishing) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let [first, second] = tables(&folder);
        Self {
            _running: [
                start(rust(), publishing, &first),
                start(python(), publishing, &second),
            ],
            folder,
        }
    }

    /// Waits until their tables say what the vault says of these datasets.
    pub(super) async fn expect_what_serves(&self, client: &Client, datasets: &[String]) {
        let expected = expected(client, datasets).await;
        for table in tables(&self.folder) {
            becomes(&table, &expected).await;
        }
    }
}

fn tables(folder: &TempDir) -> [PathBuf; 2] {
    ["rust.sqlite", "python.sqlite"].map(|name| folder.path().join(name))
}
