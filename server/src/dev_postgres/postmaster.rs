use std::fs;
use std::io;
use std::path::Path;

/// What `postmaster.pid` says, checked against the process it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Postmaster {
    /// It runs and has a port; it may not answer yet.
    Running { port: u16 },
    /// It runs and has not written its port yet.
    Starting,
    /// The postmaster is gone, its pid belongs to another process, and its backends are still about.
    Ending,
    /// The postmaster is gone and its pid belongs to another process: `PostgreSQL` would take that for a postmaster and
    /// refuse to start.
    PidTaken,
    /// There is no postmaster. Its pid file may be there: `PostgreSQL` deals with that, and needs the file for it.
    Absent,
}

impl Postmaster {
    pub(super) fn look(cluster: &Path) -> Self {
        let Ok(text) = fs::read_to_string(cluster.join("postmaster.pid")) else {
            return Self::Absent;
        };
        let mut lines = text.lines().map(str::trim);
        let Some(pid) = lines.next().and_then(|line| line.parse::<u32>().ok()) else {
            return Self::Absent;
        };
        match owner_of(pid, cluster) {
            Owner::Postmaster => match lines.nth(2).and_then(|line| line.parse().ok()) {
                Some(port) => Self::Running { port },
                None => Self::Starting,
            },
            Owner::Nobody => Self::Absent,
            Owner::Stranger if has_backends(cluster) => Self::Ending,
            Owner::Stranger => Self::PidTaken,
        }
    }
}

enum Owner {
    Postmaster,
    Stranger,
    Nobody,
}

/// Every process of a cluster works in its data folder, so that a number given out again does not deceive.
fn owner_of(pid: u32, cluster: &Path) -> Owner {
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(folder) if folder == cluster => Owner::Postmaster,
        Ok(_) => Owner::Stranger,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Where there is no /proc, only the password can tell, and it is asked for before the port is trusted.
            if Path::new("/proc/self/cwd").exists() {
                Owner::Nobody
            } else {
                Owner::Postmaster
            }
        }
        // Somebody else's process; PostgreSQL takes it for no postmaster either.
        Err(_) => Owner::Nobody,
    }
}

fn has_backends(cluster: &Path) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return false;
    };
    processes
        .filter_map(Result::ok)
        .any(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|folder| folder == cluster))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(pid_file: &str) -> Postmaster {
        let cluster = tempfile::tempdir().unwrap();
        fs::write(cluster.path().join("postmaster.pid"), pid_file).unwrap();
        Postmaster::look(&cluster.path().canonicalize().unwrap())
    }

    #[test]
    fn missing_empty_or_garbled_pid_file_is_no_postmaster() {
        let cluster = tempfile::tempdir().unwrap();
        assert_eq!(Postmaster::look(cluster.path()), Postmaster::Absent);
        for text in ["", "\n\n\n", "-7\n", "what\nis\nthis\n5432\n", "99999999999999\n"] {
            assert_eq!(look_at(text), Postmaster::Absent, "{text:?}");
        }
    }

    #[test]
    fn pid_of_nobody_is_no_postmaster() {
        // Above the kernel's largest pid.
        assert_eq!(look_at("4194305\n/data\n0\n5432\n"), Postmaster::Absent);
    }

    #[test]
    fn pid_of_a_process_that_works_elsewhere_is_taken() {
        let pid = std::process::id();
        assert_eq!(look_at(&format!("{pid}\n/data\n0\n5432\n")), Postmaster::PidTaken);
    }

    #[test]
    fn process_in_the_data_folder_is_the_postmaster_and_its_port_is_the_fourth_line() {
        let cluster = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert!(matches!(
            owner_of(std::process::id(), &cluster),
            Owner::Postmaster
        ));
        assert!(has_backends(&cluster));
    }
}
