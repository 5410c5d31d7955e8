//! The keys of erasure epochs: they wrap subjects' keys once more, and are kept where no database and no backup is.
//!
//! While an epoch lasts, a copy of the database still opens what it held, with the root key. Once its key is destroyed
//! nothing opens what was wrapped with it and was not wrapped for the next epoch.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use vault_domain::EpochId;

use crate::{
    kms::{KeyFileError, create_key_file, read_key_file},
    secret::{RandomError, SecretKey},
};

/// Why the key of an epoch is not to be had, made or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum EpochError {
    /// It was not said where they are kept.
    #[error("there is no folder for the keys of erasure epochs (encryption.epoch_dir)")]
    NoPlace,
    /// The file cannot be made or read.
    #[error("the key of erasure epoch {epoch} is not to be had")]
    File {
        /// The epoch.
        epoch: EpochId,
        /// The cause.
        source: KeyFileError,
    },
    /// The folder or the file cannot be used.
    #[error("{} cannot be used", path.display())]
    Io {
        /// The folder or the file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The task that does it ended.
    #[error("a task ended")]
    Task(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Keeps the keys of erasure epochs outside the database, its log and its backups; all processes reach the same ones.
#[async_trait]
pub trait EpochKeeper: Send + Sync {
    /// Makes a key, which is durable once this returns.
    ///
    /// # Errors
    /// [`EpochError`]
    async fn create(&self, epoch: EpochId) -> Result<(), EpochError>;

    /// The key.
    ///
    /// # Errors
    /// [`EpochError`], also when it was destroyed.
    async fn open(&self, epoch: EpochId) -> Result<SecretKey, EpochError>;

    /// Destroys the key; it need not be there.
    ///
    /// # Errors
    /// [`EpochError`]; destroying it again goes on.
    async fn destroy(&self, epoch: EpochId) -> Result<(), EpochError>;
}

/// Keeps none: no record can name a subject then.
#[derive(Debug, Clone, Copy)]
pub struct NoEpochs;

#[async_trait]
impl EpochKeeper for NoEpochs {
    async fn create(&self, _: EpochId) -> Result<(), EpochError> {
        Err(EpochError::NoPlace)
    }

    async fn open(&self, _: EpochId) -> Result<SecretKey, EpochError> {
        Err(EpochError::NoPlace)
    }

    async fn destroy(&self, _: EpochId) -> Result<(), EpochError> {
        Err(EpochError::NoPlace)
    }
}

/// Keeps each key in a file of a folder, for its owner alone.
#[derive(Debug, Clone)]
pub struct EpochFiles {
    folder: PathBuf,
}

impl EpochFiles {
    /// Keeps them in this folder, which the first key makes.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, epoch: EpochId) -> PathBuf {
        self.folder.join(format!("{epoch}.key"))
    }

    async fn blocking<T: Send + 'static>(
        work: impl FnOnce() -> Result<T, EpochError> + Send + 'static,
    ) -> Result<T, EpochError> {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| EpochError::Task(Box::new(error)))?
    }
}

#[async_trait]
impl EpochKeeper for EpochFiles {
    async fn create(&self, epoch: EpochId) -> Result<(), EpochError> {
        let (folder, path) = (self.folder.clone(), self.path(epoch));
        Self::blocking(move || {
            make_folder(&folder).map_err(|source| EpochError::Io { path: folder, source })?;
            let key = SecretKey::generate()?;
            create_key_file(&path, &key).map_err(|source| EpochError::File { epoch, source })
        })
        .await
    }

    async fn open(&self, epoch: EpochId) -> Result<SecretKey, EpochError> {
        let path = self.path(epoch);
        Self::blocking(move || read_key_file(&path).map_err(|source| EpochError::File { epoch, source }))
            .await
    }

    async fn destroy(&self, epoch: EpochId) -> Result<(), EpochError> {
        let path = self.path(epoch);
        Self::blocking(move || wipe(&path).map_err(|source| EpochError::Io { path, source })).await
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes over the key before its name goes, for file systems that write in place; then makes both durable.
fn wipe(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    file.write_all(&vec![b'0'; size.min(4096)])?;
    file.sync_all()?;
    fs::remove_file(path)?;
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn epoch(number: u128) -> EpochId {
        EpochId::from_uuid(Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn a_key_is_what_it_was_until_it_is_destroyed() {
        let folder = tempfile::tempdir().expect("a folder");
        let keeper = EpochFiles::new(folder.path().join("epochs"));
        keeper.create(epoch(1)).await.expect("made");
        keeper.create(epoch(2)).await.expect("made");
        let first = *keeper.open(epoch(1)).await.expect("opens").expose();
        assert_eq!(keeper.open(epoch(1)).await.expect("opens").expose(), &first);
        assert_ne!(keeper.open(epoch(2)).await.expect("opens").expose(), &first);
        keeper.destroy(epoch(1)).await.expect("destroyed");
        keeper.destroy(epoch(1)).await.expect("and again");
        assert!(matches!(
            keeper.open(epoch(1)).await,
            Err(EpochError::File {
                source: KeyFileError::Missing { .. },
                ..
            })
        ));
        let left: Vec<_> = fs::read_dir(folder.path().join("epochs"))
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(left, [format!("{}.key", epoch(2)).as_str()]);
    }

    #[tokio::test]
    async fn a_key_is_made_once_and_read_from_a_private_file_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let keeper = EpochFiles::new(folder.path().to_owned());
        keeper.create(epoch(1)).await.expect("made");
        assert!(matches!(
            keeper.create(epoch(1)).await,
            Err(EpochError::File {
                source: KeyFileError::Exists { .. },
                ..
            })
        ));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let path = folder.path().join(format!("{}.key", epoch(1)));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened to others");
            assert!(matches!(
                keeper.open(epoch(1)).await,
                Err(EpochError::File {
                    source: KeyFileError::Exposed { .. },
                    ..
                })
            ));
        }
    }
}
