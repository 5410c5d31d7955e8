//! Objects as files on a local disk.

use std::path::Path;

use object_store::local::LocalFileSystem;

/// An object store in a folder that exists already.
///
/// Files and folders are synced before a write is answered. Folders that become empty are removed, because their names
/// hold addresses, and no address outlives an erasure.
///
/// # Errors
/// When the folder does not exist.
pub fn local_disk(folder: &Path) -> object_store::Result<LocalFileSystem> {
    let store = LocalFileSystem::new_with_prefix(folder)?;
    Ok(store.with_fsync(true).with_automatic_cleanup(true))
}
