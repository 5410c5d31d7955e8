//! Which files are scanned, in which order, and which are passed over.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use super::read::Source;
use crate::cli::printable;

/// How many paths of a kind are named.
const NAMED: usize = 10;
/// The most files of one scan.
const MAX_FILES: usize = 1_000_000;
/// How deeply folders may nest.
const MAX_DEPTH: usize = 256;
/// Names standard input.
const STDIN: &str = "-";

/// Paths that are counted, the first of them by name.
#[derive(Debug, Default)]
pub(super) struct Paths {
    count: u64,
    first: Vec<PathBuf>,
}

impl Paths {
    pub(super) fn add(&mut self, path: &Path) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(path.to_owned());
        }
    }

    fn tell(&self, what: &str, notes: &mut dyn Write) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let names: Vec<String> = self
            .first
            .iter()
            .map(|path| printable(&path.to_string_lossy()).into_owned())
            .collect();
        let more = if self.count > NAMED as u64 { ", ..." } else { "" };
        writeln!(
            notes,
            "passed over {} {what}: {}{more}",
            self.count,
            names.join(", ")
        )
    }
}

/// What is not scanned.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    /// Files that are no text.
    pub(super) binary: Paths,
    git: Paths,
    links: Paths,
    special: Paths,
}

impl Skipped {
    /// Says what was passed over.
    pub(super) fn tell(&self, notes: &mut dyn Write) -> io::Result<()> {
        self.binary.tell("binary files", notes)?;
        self.git.tell("folders of git", notes)?;
        self.links.tell("symbolic links", notes)?;
        self.special.tell("things that are no files", notes)
    }
}

/// The files under some paths.
#[derive(Debug)]
pub(super) struct Walk {
    /// Sorted by name within each path.
    pub(super) sources: Vec<Source>,
    pub(super) size_bytes: u64,
    /// Whether all of it is files.
    pub(super) has_known_size: bool,
    pub(super) skipped: Skipped,
    /// What could not be looked into.
    pub(super) unread: Vec<(PathBuf, String)>,
}

impl Walk {
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let mut walk = Self {
            sources: Vec::new(),
            size_bytes: 0,
            has_known_size: true,
            skipped: Skipped::default(),
            unread: Vec::new(),
        };
        for path in paths {
            if path.as_os_str() == STDIN {
                walk.has_known_size = false;
                walk.sources.push(Source::Stdin);
            } else {
                walk.add(path);
            }
        }
        walk
    }

    fn add(&mut self, root: &Path) {
        let folders = WalkDir::new(root).sort_by_file_name().max_depth(MAX_DEPTH);
        let mut entries = folders.into_iter();
        while let Some(entry) = entries.next() {
            if self.sources.len() >= MAX_FILES {
                let why = format!("more than {MAX_FILES} files");
                self.unread.push((root.to_owned(), why));
                return;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let why = error
                        .io_error()
                        .map_or_else(|| error.to_string(), ToString::to_string);
                    self.unread.push((path, why));
                    continue;
                }
            };
            let kind = entry.file_type();
            if is_git(&entry) {
                self.skipped.git.add(entry.path());
                if kind.is_dir() {
                    entries.skip_current_dir();
                }
            } else if kind.is_file() {
                self.size_bytes += entry.metadata().map_or(0, |metadata| metadata.len());
                self.sources.push(Source::File(entry.into_path()));
            } else if kind.is_dir() && entry.depth() >= MAX_DEPTH {
                let why = format!("nested {MAX_DEPTH} folders deep");
                self.unread.push((entry.into_path(), why));
            } else if kind.is_symlink() {
                self.skipped.links.add(entry.path());
            } else if !kind.is_dir() {
                self.skipped.special.add(entry.path());
            }
        }
    }
}

/// One that was named on the command line is wanted.
fn is_git(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name() == ".git"
}
