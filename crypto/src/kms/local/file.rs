//! The key file: one line that says what it is, one line with the key in hexadecimal.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::secret::{KEY_SIZE_BYTES, RandomError, SecretKey, fill_random};

const HEADER: &str = "vault-local-key-v1\n";
const FILE_SIZE_BYTES: usize = HEADER.len() + 2 * KEY_SIZE_BYTES + 1;

/// Why a key file could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is a file already; a key is never overwritten.
    #[error("key file {} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("key file {} does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A symbolic link, folder or device: what is read could be changed by others than the file's owner.
    #[error("key file {} is not a regular file", path.display())]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner may use the file.
    #[error("key file {} has mode {mode:03o}: only its owner may read it (chmod 600)", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// The permission bits.
        mode: u32,
    },
    /// The file does not hold a header line and a key of 64 hexadecimal digits.
    #[error("key file {} is malformed", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("key file {} cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl KeyFileError {
    fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            io::ErrorKind::NotFound => Self::Missing { path },
            _ => Self::Io { path, source },
        }
    }
}

/// Writes a temporary file and links it into place, so that the key file is whole from its first moment.
///
/// A link and not a rename, because a rename would replace a key file that another process has just made.
pub(super) fn create(path: &Path, key: &SecretKey) -> Result<(), KeyFileError> {
    let temporary = temporary_beside(path)?;
    let created = write_synced(&temporary, key).and_then(|()| fs::hard_link(&temporary, path));
    let removed = fs::remove_file(&temporary);
    created
        .and(removed)
        .and_then(|()| sync_folder(path))
        .map_err(|error| KeyFileError::io(path, error))
}

fn temporary_beside(path: &Path) -> Result<PathBuf, KeyFileError> {
    let mut random = [0; 8];
    fill_random(&mut random)?;
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", hex::encode(random)));
    Ok(path.with_file_name(name))
}

fn write_synced(path: &Path, key: &SecretKey) -> io::Result<()> {
    let mut text = Zeroizing::new(String::with_capacity(FILE_SIZE_BYTES));
    let mut digits = Zeroizing::new([0; 2 * KEY_SIZE_BYTES]);
    hex::encode_to_slice(key.expose(), digits.as_mut_slice()).map_err(io::Error::other)?;
    text.push_str(HEADER);
    text.extend(digits.iter().copied().map(char::from));
    text.push('\n');
    let mut file = owner_only().open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes the new name durable; on Unix a folder is synced like a file.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// Reads a key file that nobody but its owner can have read.
pub(super) fn read(path: &Path) -> Result<SecretKey, KeyFileError> {
    let io = |error| KeyFileError::io(path, error);
    // Before opening, because opening a pipe would wait for a writer.
    if !fs::symlink_metadata(path).map_err(io)?.is_file() {
        return Err(KeyFileError::NotRegular {
            path: path.to_owned(),
        });
    }
    let file = File::open(path).map_err(io)?;
    // On the open file, because the name may have been given to another file meanwhile.
    check_private(path, &file)?;
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_SIZE_BYTES + 1));
    file.take(FILE_SIZE_BYTES as u64 + 1)
        .read_to_end(&mut text)
        .map_err(io)?;
    parse(&text).ok_or_else(|| KeyFileError::Malformed {
        path: path.to_owned(),
    })
}

fn check_private(path: &Path, file: &File) -> Result<(), KeyFileError> {
    let metadata = file.metadata().map_err(|error| KeyFileError::io(path, error))?;
    if !metadata.is_file() {
        return Err(KeyFileError::NotRegular {
            path: path.to_owned(),
        });
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&metadata) & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed {
                path: path.to_owned(),
                mode,
            });
        }
    }
    Ok(())
}

fn parse(text: &[u8]) -> Option<SecretKey> {
    let digits = text.strip_prefix(HEADER.as_bytes())?.strip_suffix(b"\n")?;
    let mut bytes = Zeroizing::new([0; KEY_SIZE_BYTES]);
    hex::decode_to_slice(digits, bytes.as_mut_slice()).ok()?;
    Some(SecretKey::take(&mut bytes))
}
