//! Which files are scanned, in which order, and which are passed over.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use crate::cli::printable;

/// How many paths of a kind are named.
const NAMED: usize = 10;

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
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Sorted by name within each path.
    pub(super) files: Vec<PathBuf>,
    pub(super) size_bytes: u64,
    pub(super) skipped: Skipped,
    /// What could not be looked into.
    pub(super) unread: Vec<(PathBuf, String)>,
}

impl Walk {
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let mut walk = Self::default();
        for path in paths {
            walk.add(path);
        }
        walk
    }

    fn add(&mut self, root: &Path) {
        let mut entries = WalkDir::new(root).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
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
                self.files.push(entry.into_path());
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
