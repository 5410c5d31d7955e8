//! A witness of logs that is not ours, as a child process.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::process::finished;

/// A witness that shares no code with the vault. It ends with its input.
#[derive(Debug)]
pub struct Witness {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Its public key.
    pub key: String,
    address: String,
    _folder: TempDir,
}

impl Witness {
    /// Starts one that knows no log.
    pub async fn start(name: &str) -> Self {
        static BUILT: OnceCell<PathBuf> = OnceCell::const_new();
        let built = BUILT.get_or_init(async || build()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(built.join("witness"))
            .arg(name)
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the witness starts");
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("output"));
        let (key, address) = (line(&mut output), line(&mut output));
        Self {
            child,
            input,
            output,
            key,
            address,
            _folder: folder,
        }
    }

    /// Lets it know a log by its public key.
    pub fn knows(&mut self, log: &str) {
        writeln!(self.input.as_mut().expect("it runs"), "{log}").expect("told");
        assert_eq!(line(&mut self.output), "ok");
    }

    /// Ends it.
    pub fn end(&mut self) {
        self.input = None;
        self.child.wait().expect("it ends");
    }

    /// The setting that names these witnesses.
    #[must_use]
    pub fn setting(witnesses: &[&Self]) -> String {
        let each = witnesses.iter().map(|witness| {
            format!(
                "{{ key = \"{}\", url = \"http://{}\" }}",
                witness.key, witness.address
            )
        });
        format!("[{}]", each.collect::<Vec<_>>().join(", "))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.end();
    }
}

fn line(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

fn build() -> PathBuf {
    // beside the tests, where only this test binary builds
    let folder = env::current_exe()
        .expect("the path of the test binary")
        .with_extension("witness");
    let _ = finished(
        Command::new("go")
            .args(["build", "-o"])
            // with a slash, it is a folder for both programs
            .arg(folder.join(""))
            .args([".", "filippo.io/torchwood/cmd/litewitness"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("witness")),
    );
    folder
}
