//! The head that an auditor remembers from one verification to the next.

use std::{fs, io, path::Path};

use anyhow::{Context, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use vault_event_store::tree::TreeHead;

/// A head of a log, as the state file holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    origin: String,
    size: u64,
    root: String,
}

impl Remembered {
    pub(super) fn new(origin: &str, head: TreeHead) -> Self {
        Self {
            origin: origin.to_owned(),
            size: head.size,
            root: BASE64_STANDARD.encode(head.root),
        }
    }

    /// What the file holds; `None` when there is no such file yet.
    pub(super) fn load(path: &Path) -> anyhow::Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let context = || format!("{} is not a state file of this command", path.display());
        let remembered: Self = serde_json::from_str(&text).with_context(context)?;
        remembered.root().with_context(context)?;
        Ok(Some(remembered))
    }

    /// Replaces the file, whole or not at all.
    pub(super) fn store(&self, path: &Path) -> anyhow::Result<()> {
        let context = || format!("cannot write {}", path.display());
        let beside = path.with_extension("new");
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(&beside, text).with_context(context)?;
        fs::File::open(&beside)
            .and_then(|file| file.sync_all())
            .with_context(context)?;
        fs::rename(&beside, path).with_context(context)
    }

    /// The head, if it is one of this log.
    pub(super) fn head_of(&self, origin: &str) -> anyhow::Result<TreeHead> {
        if self.origin != origin {
            bail!(
                "the state file is of the log {}, and this is {origin}: if that is right, name another file",
                self.origin
            );
        }
        Ok(TreeHead {
            size: self.size,
            root: self.root()?,
        })
    }

    fn root(&self) -> anyhow::Result<[u8; 32]> {
        let bytes = BASE64_STANDARD
            .decode(&self.root)
            .context("the root is not Base64")?;
        bytes.try_into().ok().context("the root has not 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_loaded_and_anything_else_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("head.json");
        assert_eq!(Remembered::load(&path).expect("no file is no error"), None);
        let head = TreeHead {
            size: 7,
            root: [9; 32],
        };
        let remembered = Remembered::new("example.com/log", head);
        remembered.store(&path).expect("stored");
        assert_eq!(Remembered::load(&path).expect("read"), Some(remembered.clone()));
        assert_eq!(remembered.head_of("example.com/log").expect("its own"), head);
        assert!(remembered.head_of("example.com/other").is_err());
        for text in ["", "{}", r#"{"origin":"a","size":1,"root":"AA=="}"#] {
            fs::write(&path, text).expect("written");
            assert!(Remembered::load(&path).is_err(), "{text}");
        }
    }
}
