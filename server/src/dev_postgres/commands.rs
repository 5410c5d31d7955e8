use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::DevPostgresError;

const COMPLAINT_MAX_CHARS: usize = 800;

/// A command without our environment: the server's secrets and the user's `PG*` variables stay out of it.
pub(super) fn clean_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    for name in ["PATH", "LD_LIBRARY_PATH", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Runs to the end and gives standard output.
pub(super) async fn run(program: &'static str, mut command: Command) -> Result<String, DevPostgresError> {
    let output = command
        .output()
        .await
        .map_err(|source| DevPostgresError::Spawn { program, source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(DevPostgresError::Failed {
        program,
        status: output.status,
        complaint: last_words(&String::from_utf8_lossy(&output.stderr)).into(),
    })
}

/// Whether it runs and ends well, for questions that have no other answer.
pub(super) async fn succeeds(mut command: Command) -> bool {
    command.output().await.is_ok_and(|output| output.status.success())
}

/// The end of a text: programs say last why they gave up.
pub(super) fn last_words(text: &str) -> &str {
    let text = text.trim();
    match text.char_indices().rev().nth(COMPLAINT_MAX_CHARS - 1) {
        Some((start, _)) => &text[start..],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    pub(super) fn last_words_are_the_end_of_long_texts_and_all_of_short_ones() {
        assert_eq!(last_words("  refused\n"), "refused");
        assert_eq!(last_words(""), "");
        let long = "é".repeat(COMPLAINT_MAX_CHARS) + "end";
        assert_eq!(last_words(&long).chars().count(), COMPLAINT_MAX_CHARS);
        assert!(last_words(&long).ends_with("éend"));
    }

    #[tokio::test]
    async fn failure_tells_program_status_and_complaint() {
        let mut command = clean_command(Path::new("sh"));
        command.args(["-c", "echo why >&2; exit 3"]);
        let error = run("sh", command).await.unwrap_err();
        assert_eq!(error.to_string(), "sh failed (exit status: 3): why");
    }

    #[tokio::test]
    async fn environment_is_not_handed_down() {
        let output = run("env", clean_command(Path::new("env"))).await.unwrap();
        let names: Vec<&str> = output.lines().filter_map(|line| line.split('=').next()).collect();
        assert!(names.contains(&"LC_ALL"));
        assert!(!names.iter().any(|name| name.starts_with("CARGO")), "{names:?}");
    }
}
