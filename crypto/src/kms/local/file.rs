//! The key file: one line that says what it is, then the key in hexadecimal, or what opens with a passphrase.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::passphrase::{Costs, MIN_PASSPHRASE_CHARS, SALT_SIZE_BYTES, SealedRoot};
use crate::{
    envelope::CryptoError,
    secret::{KEY_SIZE_BYTES, RandomError, SecretKey, fill_random},
};

const HEADER: &str = "vault-local-key-v1\n";
const SEALED_HEADER: &str = "vault-local-passphrase-v1\n";
const MAX_FILE_SIZE_BYTES: usize = 512;

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
    /// The key is sealed under a passphrase, and there is none.
    #[error("key file {} needs a passphrase (encryption.passphrase)", path.display())]
    NeedsPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// There is a passphrase, and the key stands in clear: somebody may have replaced the file.
    #[error("key file {} is not sealed under a passphrase", path.display())]
    NotSealed {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase is not the file's, or the file was changed.
    #[error("key file {} does not open with this passphrase", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase is too short to guard anything.
    #[error("a passphrase has at least {MIN_PASSPHRASE_CHARS} characters")]
    ShortPassphrase,
    /// The key could not be sealed.
    #[error("the root key cannot be sealed")]
    Seal(#[source] CryptoError),
    /// No key could be made of the passphrase.
    #[error("the passphrase cannot be stretched")]
    Stretch(#[source] argon2::Error),
    /// The file does not hold a header line and a key in hexadecimal digits.
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
pub(super) fn create(path: &Path, key: &SecretKey, passphrase: Option<&str>) -> Result<(), KeyFileError> {
    let text = match passphrase {
        None => clear_text(key),
        Some(short) if short.chars().count() < MIN_PASSPHRASE_CHARS => {
            return Err(KeyFileError::ShortPassphrase);
        }
        Some(passphrase) => sealed_text(&SealedRoot::seal(key, passphrase)?),
    };
    let temporary = temporary_beside(path)?;
    let created = write_synced(&temporary, &text).and_then(|()| fs::hard_link(&temporary, path));
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

fn clear_text(key: &SecretKey) -> Zeroizing<String> {
    let digits = Zeroizing::new(hex::encode(key.expose()));
    let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_SIZE_BYTES));
    text.push_str(HEADER);
    text.push_str(&digits);
    text.push('\n');
    text
}

fn sealed_text(sealed: &SealedRoot) -> Zeroizing<String> {
    let Costs {
        memory_kib,
        passes,
        lanes,
    } = sealed.costs;
    let (salt, envelope) = (hex::encode(sealed.salt), hex::encode(&sealed.envelope));
    Zeroizing::new(format!(
        "{SEALED_HEADER}argon2id {memory_kib} {passes} {lanes}\n{salt}\n{envelope}\n"
    ))
}

fn write_synced(path: &Path, text: &str) -> io::Result<()> {
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
pub(super) fn read(path: &Path, passphrase: Option<&str>) -> Result<SecretKey, KeyFileError> {
    let text = read_private(path)?;
    let path = || path.to_owned();
    let Some(sealed) = text.strip_prefix(SEALED_HEADER.as_bytes()) else {
        let key = parse(&text).ok_or_else(|| KeyFileError::Malformed { path: path() })?;
        return match passphrase {
            None => Ok(key),
            Some(_) => Err(KeyFileError::NotSealed { path: path() }),
        };
    };
    let sealed = parse_sealed(sealed).ok_or_else(|| KeyFileError::Malformed { path: path() })?;
    let passphrase = passphrase.ok_or_else(|| KeyFileError::NeedsPassphrase { path: path() })?;
    let opened = sealed.open(passphrase);
    opened.ok_or_else(|| KeyFileError::WrongPassphrase { path: path() })
}

fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
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
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_FILE_SIZE_BYTES + 1));
    file.take(MAX_FILE_SIZE_BYTES as u64 + 1)
        .read_to_end(&mut text)
        .map_err(io)?;
    Ok(text)
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

/// What follows the header of a sealed key: costs, salt and envelope, a line each.
fn parse_sealed(text: &[u8]) -> Option<SealedRoot> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('\n')?;
    let mut lines = text.split('\n');
    let mut costs = lines.next()?.strip_prefix("argon2id ")?.split(' ');
    let mut next = || costs.next()?.parse().ok();
    let costs_read = Costs {
        memory_kib: next()?,
        passes: next()?,
        lanes: next()?,
    };
    let mut salt = [0; SALT_SIZE_BYTES];
    hex::decode_to_slice(lines.next()?, &mut salt).ok()?;
    let envelope = hex::decode(lines.next()?).ok()?;
    let whole = costs.next().is_none() && lines.next().is_none();
    whole.then_some(SealedRoot {
        costs: costs_read,
        salt,
        envelope,
    })
}
