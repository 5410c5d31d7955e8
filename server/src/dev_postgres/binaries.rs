use std::path::{Path, PathBuf};
use std::{env, fs};

use super::DevPostgresError;

/// The oldest version that the schema's SQL runs on.
const OLDEST_MAJOR: u32 = 15;
const DEBIAN_ROOT: &str = "/usr/lib/postgresql";

/// The folder with `initdb`, `pg_ctl`, `psql` and `createdb`.
#[derive(Clone, Debug)]
pub(super) struct Binaries(PathBuf);

impl Binaries {
    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.0.join(program)
    }
}

/// The binaries for an existing cluster's version, or the newest: `VAULT_POSTGRES_BIN`, Debian's folders, `PATH`.
pub(super) fn find(cluster_major: Option<u32>, cluster: &Path) -> Result<Binaries, DevPostgresError> {
    if let Some(named) = env::var_os("VAULT_POSTGRES_BIN").map(PathBuf::from) {
        return if is_complete(&named) {
            Ok(Binaries(named))
        } else {
            Err(DevPostgresError::NotInstalled)
        };
    }
    let debian = choose(&installed(Path::new(DEBIAN_ROOT)), cluster_major);
    match (debian, cluster_major) {
        (Some(folder), _) => Ok(Binaries(folder)),
        // Where there are no versioned folders, the version shows only when the cluster is opened.
        (None, _) if let Some(folder) = on_path() => Ok(Binaries(folder)),
        (None, Some(major)) => Err(DevPostgresError::VersionNotInstalled {
            cluster: cluster.to_owned(),
            major,
        }),
        (None, None) => Err(DevPostgresError::NotInstalled),
    }
}

fn choose(installed: &[(u32, PathBuf)], wanted: Option<u32>) -> Option<PathBuf> {
    installed
        .iter()
        .filter(|(major, _)| wanted.map_or(*major >= OLDEST_MAJOR, |wanted| *major == wanted))
        .max_by_key(|(major, _)| *major)
        .map(|(_, folder)| folder.clone())
}

/// The versions in folders named by their number, as Debian lays them out.
fn installed(root: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(root) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, folder)| is_complete(folder))
        .collect()
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|folder| folder.is_absolute() && is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres", "psql", "createdb"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(root: &Path, majors: &[&str]) {
        for major in majors {
            let bin = root.join(major).join("bin");
            fs::create_dir_all(&bin).unwrap();
            for program in ["initdb", "pg_ctl", "postgres", "psql", "createdb"] {
                fs::write(bin.join(program), "").unwrap();
            }
        }
    }

    #[test]
    fn newest_version_is_chosen_by_number_not_by_text() {
        let root = tempfile::tempdir().unwrap();
        versions(root.path(), &["9", "15", "100", "not-a-version"]);
        assert_eq!(
            choose(&installed(root.path()), None),
            Some(root.path().join("100/bin"))
        );
    }

    #[test]
    fn cluster_keeps_the_version_that_made_it() {
        let root = tempfile::tempdir().unwrap();
        versions(root.path(), &["15", "17"]);
        assert_eq!(
            choose(&installed(root.path()), Some(15)),
            Some(root.path().join("15/bin"))
        );
        assert_eq!(choose(&installed(root.path()), Some(16)), None);
    }

    #[test]
    fn versions_that_are_too_old_or_incomplete_are_passed_over() {
        let root = tempfile::tempdir().unwrap();
        versions(root.path(), &["14"]);
        fs::create_dir_all(root.path().join("16/bin")).unwrap();
        assert_eq!(choose(&installed(root.path()), None), None);
    }
}
