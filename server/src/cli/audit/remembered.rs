//! The head that an auditor remembers from one verification to the next.

use std::{fs, io, path::Path};

use anyhow::Context;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use vault_event_store::tree::TreeHead;

/// How many earlier heads are remembered.
const MAX_EARLIER: usize = 100;

/// A head of a log, as the state file holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    origin: String,
    #[serde(flatten)]
    head: Seen,
    /// The signed note of the head: who puts back a backup cites it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    /// Heads that were right before, the newest last: when the log is put back, one of them may still be in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Seen>,
    /// Public keys that the log handed over to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<String>,
}

/// A head that was right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    size: u64,
    root: String,
}

impl Seen {
    fn new(head: TreeHead) -> Self {
        Self {
            size: head.size,
            root: BASE64_STANDARD.encode(head.root),
        }
    }

    fn head(&self) -> anyhow::Result<TreeHead> {
        let bytes = BASE64_STANDARD
            .decode(&self.root)
            .context("the root is not Base64")?;
        Ok(TreeHead {
            size: self.size,
            root: bytes.try_into().ok().context("the root has not 32 bytes")?,
        })
    }
}

impl Remembered {
    /// Remembers a head after those that were remembered before.
    pub(super) fn new(
        origin: &str,
        head: TreeHead,
        checkpoint: Option<String>,
        keys: &[String],
        before: Option<&Self>,
    ) -> Self {
        let before = before.filter(|before| before.origin == origin);
        let mut earlier = before.map_or_else(Vec::new, |before| before.earlier.clone());
        earlier.extend(before.map(|before| before.head.clone()));
        earlier.retain(|seen| seen.size < head.size);
        earlier.dedup();
        let surplus = earlier.len().saturating_sub(MAX_EARLIER);
        earlier.drain(..surplus);
        Self {
            origin: origin.to_owned(),
            head: Seen::new(head),
            checkpoint,
            earlier,
            keys: keys.to_vec(),
        }
    }

    /// The log that it is of.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Public keys that the log handed over to.
    pub(super) fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The signed note of the head, if it was remembered.
    pub(super) fn checkpoint(&self) -> Option<&str> {
        self.checkpoint.as_deref()
    }

    /// How many events the head covers.
    pub(super) const fn size(&self) -> u64 {
        self.head.size
    }

    /// All heads that were right, the newest last.
    pub(super) fn heads(&self) -> anyhow::Result<Vec<TreeHead>> {
        self.earlier.iter().chain([&self.head]).map(Seen::head).collect()
    }

    /// What the file holds; `None` when there is no such file yet.
    pub(super) fn load(path: &Path) -> anyhow::Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let context = || format!("{} is not a state file of this command", path.display());
        let remembered: Self = serde_json::from_str(&text).with_context(context)?;
        remembered.heads().with_context(context)?;
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
        let remembered = Remembered::new("example.com/log", head, None, &[], None);
        remembered.store(&path).expect("stored");
        assert_eq!(Remembered::load(&path).expect("read"), Some(remembered.clone()));
        assert_eq!(remembered.heads().expect("heads"), [head]);
        let (origin, before) = ("example.com/log", Some(&remembered));
        let later = TreeHead { size: 9, ..head };
        let next = Remembered::new(origin, later, Some("note".into()), &["key".into()], before);
        next.store(&path).expect("stored");
        assert_eq!(Remembered::load(&path).expect("read"), Some(next.clone()));
        assert_eq!(next.heads().expect("heads"), [head, later]);
        assert_eq!(
            Remembered::new(origin, later, None, &[], Some(&next))
                .heads()
                .expect("heads"),
            [head, later],
            "the same again is remembered once"
        );
        assert_eq!(
            Remembered::new("example.com/other", later, None, &[], before)
                .heads()
                .expect("heads"),
            [later]
        );
        for text in ["", "{}", r#"{"origin":"a","size":1,"root":"AA=="}"#] {
            fs::write(&path, text).expect("written");
            assert!(Remembered::load(&path).is_err(), "{text}");
        }
    }
}
