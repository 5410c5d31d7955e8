//! Where the lines come from: a file that can be read again, or a stream that cannot.

use std::{
    fs::{File, Metadata},
    io::{self, BufRead, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::wrap::Shape;
use crate::cli::input;

const HASH_BUFFER_BYTES: usize = 1024 * 1024;

/// What an import reads.
pub(super) enum Source {
    /// A regular file: the same bytes can be sent as often as needed.
    File(FileSource),
    /// Standard input or a pipe; none once it was read.
    Stream(Option<Box<dyn Read + Send>>),
}

/// A regular file as it was found.
#[derive(Debug, Clone)]
pub(super) struct FileSource {
    path: PathBuf,
    size_bytes: u64,
    modified: Option<SystemTime>,
}

impl Source {
    /// Opens a file or pipe by its path, or standard input, which is `-`.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stream(Some(Box::new(io::stdin()))));
        }
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let metadata = file
            .metadata()
            .with_context(|| format!("cannot read {}", path.display()))?;
        if metadata.is_dir() {
            bail!("{} is a folder: name a file of JSON lines", path.display());
        }
        if !metadata.is_file() {
            return Ok(Self::Stream(Some(Box::new(file))));
        }
        let (size_bytes, modified) = state(&metadata);
        Ok(Self::File(FileSource {
            path: path.to_owned(),
            size_bytes,
            modified,
        }))
    }

    /// How many bytes there are, where that is known.
    pub(super) const fn size_bytes(&self) -> Option<u64> {
        match self {
            Self::File(file) => Some(file.size_bytes),
            Self::Stream(_) => None,
        }
    }

    /// Whether it can be read now.
    pub(super) const fn can_be_read(&self) -> bool {
        matches!(self, Self::File(_) | Self::Stream(Some(_)))
    }

    /// The lines from the beginning, unpacked; a stream gives them once.
    pub(super) fn read(&mut self, bar: ProgressBar) -> anyhow::Result<Box<dyn BufRead + Send>> {
        match self {
            Self::File(file) => file.read(bar),
            Self::Stream(stream) => {
                let stream = stream
                    .take()
                    .context("the input was read already and cannot be read again")?;
                input::decoded(stream, bar).context("cannot read the input")
            }
        }
    }
}

impl FileSource {
    /// The lines from the beginning, unpacked.
    pub(super) fn read(&self, bar: ProgressBar) -> anyhow::Result<Box<dyn BufRead + Send>> {
        let context = || format!("cannot read {}", self.path.display());
        let file = File::open(&self.path).with_context(context)?;
        // the key stands for these very bytes
        if state(&file.metadata().with_context(context)?) != (self.size_bytes, self.modified) {
            bail!("{} has changed since the import began", self.path.display());
        }
        input::decoded(file, bar).with_context(context)
    }

    /// The SHA-256 of its bytes as they lie.
    pub(super) fn digest(&self, bar: &ProgressBar) -> anyhow::Result<[u8; 32]> {
        let context = || format!("cannot read {}", self.path.display());
        let mut file = File::open(&self.path).with_context(context)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; HASH_BUFFER_BYTES];
        loop {
            let read = file.read(&mut buffer).with_context(context)?;
            if read == 0 {
                return Ok(hasher.finalize().into());
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
            bar.inc(read as u64);
        }
    }
}

fn state(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

/// The key under which the same file goes on into the same dataset. It covers all that decides which bytes are sent,
/// since the server refuses a known key with other bytes.
pub(super) fn key_of_file(dataset: Uuid, shape: &Shape, digest: &[u8; 32]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"vault-server import 1");
    hasher.update(dataset.as_bytes());
    for field in [&shape.external_id_field, &shape.metadata_field] {
        let field = field.as_deref();
        hasher.update([u8::from(field.is_some())]);
        hasher.update(field.map_or(0, str::len).to_le_bytes());
        hasher.update(field.unwrap_or_default());
    }
    hasher.update(digest);
    format!("import-{}", hex::encode(hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn shape(external_id: Option<&str>, metadata: Option<&str>) -> Shape {
        Shape {
            external_id_field: external_id.map(str::to_owned),
            metadata_field: metadata.map(str::to_owned),
        }
    }

    #[test]
    fn a_key_stands_for_dataset_fields_and_bytes() {
        let dataset = Uuid::from_u128(1);
        let key = key_of_file(dataset, &shape(None, None), &[7; 32]);
        assert_eq!(key, key_of_file(dataset, &shape(None, None), &[7; 32]));
        assert!(
            key.len() <= 255 && key.bytes().all(|byte| byte.is_ascii_graphic()),
            "{key}"
        );
        let others = [
            key_of_file(Uuid::from_u128(2), &shape(None, None), &[7; 32]),
            key_of_file(dataset, &shape(None, None), &[8; 32]),
            key_of_file(dataset, &shape(Some("id"), None), &[7; 32]),
            key_of_file(dataset, &shape(None, Some("id")), &[7; 32]),
            key_of_file(dataset, &shape(Some(""), None), &[7; 32]),
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(*other != key && !others[..at].contains(other), "{at}");
        }
    }

    #[test]
    fn a_file_is_read_again_and_one_that_changed_is_not() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"{}\n").expect("can be written");
        let mut source = Source::open(file.path()).expect("can be opened");
        for _ in 0..2 {
            let mut text = String::new();
            let mut reader = source.read(ProgressBar::hidden()).expect("is unchanged");
            reader.read_to_string(&mut text).expect("can be read");
            assert_eq!(text, "{}\n");
        }
        file.write_all(b"{}\n").expect("can be written");
        let refused = source
            .read(ProgressBar::hidden())
            .map(|_| ())
            .expect_err("has changed");
        assert!(refused.to_string().contains("has changed"), "{refused}");
    }

    #[test]
    fn a_stream_is_read_once_and_a_folder_never() {
        let mut source = Source::Stream(Some(Box::new(io::Cursor::new(b"{}\n"))));
        assert!(source.can_be_read() && source.read(ProgressBar::hidden()).is_ok());
        assert!(!source.can_be_read() && source.read(ProgressBar::hidden()).is_err());
        assert!(Source::open(&std::env::temp_dir()).is_err());
        assert!(Source::open(Path::new("/no/such/file")).is_err());
    }

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"abc").expect("can be written");
        let Ok(Source::File(source)) = Source::open(file.path()) else {
            panic!("is a file")
        };
        let digest = source.digest(&ProgressBar::hidden()).expect("can be read");
        assert_eq!(
            hex::encode(digest),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
