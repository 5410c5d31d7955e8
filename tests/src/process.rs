//! The real server as a child process, which never outlives the tests.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

/// How long a server may take until it serves: a private PostgreSQL has to be made on a busy machine.
const START: Duration = Duration::from_secs(90);
/// How long a server may take to end after SIGTERM.
const STOP: Duration = Duration::from_secs(40);
const POLL: Duration = Duration::from_millis(20);

/// The server's program: `VAULT_SERVER_BIN`, or what cargo built beside the tests.
#[must_use]
pub fn server_binary() -> PathBuf {
    if let Some(path) = env::var_os("VAULT_SERVER_BIN") {
        return path.into();
    }
    let this = env::current_exe().expect("the path of the test binary");
    let profile = this
        .parent()
        .and_then(std::path::Path::parent)
        .expect("the test binary stands in deps");
    let path = profile.join("vault-server");
    assert!(
        path.is_file(),
        "build the server first (cargo build -p vault-server), or set VAULT_SERVER_BIN"
    );
    path
}

/// Runs a command to its end, which must be a success, and gives its standard output.
#[must_use]
pub fn finished(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the command starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(
        status.success(),
        "{command:?} ended with {status}: {stdout}{stderr}"
    );
    stdout.into_owned()
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Ends the server when this process ends, however it ends.
    watchdog: Child,
    output: Arc<Mutex<String>>,
    url: String,
}

impl Server {
    /// Starts a server and waits until a line with this text names its address.
    pub(crate) fn start(command: &mut Command, announces: &str) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let watchdog = watch(child.id());
        let output = Arc::new(Mutex::new(String::new()));
        let (lines, seen) = mpsc::channel();
        follow(
            child.stdout.take().expect("stdout"),
            Arc::clone(&output),
            lines.clone(),
        );
        follow(child.stderr.take().expect("stderr"), Arc::clone(&output), lines);
        let mut server = Self {
            child,
            watchdog,
            output,
            url: String::new(),
        };
        let deadline = Instant::now() + START;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = seen.recv_timeout(left);
            assert!(line.is_ok(), "the server did not come up: {}", server.output());
            let address = line
                .ok()
                .filter(|line| line.contains(announces))
                .and_then(|line| address(&line));
            if let Some(address) = address {
                server.url = format!("http://{address}");
                return server;
            }
        }
    }

    /// Where the server listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the server has written to its standard output and error so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// SIGKILL, and nothing is left of the process.
    pub fn kill(&mut self) {
        self.child.kill().expect("the server is killed");
        self.child.wait().expect("the server has ended");
    }

    /// SIGTERM, and how the server ended, and how long it took.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        let _ = finished(Command::new("kill").arg("-TERM").arg(self.child.id().to_string()));
        loop {
            if let Some(status) = self.child.try_wait().expect("the server is our child") {
                return (status, begun.elapsed());
            }
            assert!(
                begun.elapsed() < STOP,
                "the server does not end: {}",
                self.output()
            );
            thread::sleep(POLL);
        }
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        if self.has_ended() {
            return;
        }
        // gently: a development server stops its PostgreSQL then
        let _ = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status();
        let deadline = Instant::now() + STOP;
        while !self.has_ended() && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A shell that holds on to our end of a pipe, and ends the server when the pipe closes.
fn watch(server: u32) -> Child {
    Command::new("sh")
        .args([
            "-c",
            "cat >/dev/null; kill -TERM \"$1\"",
            "sh",
            &server.to_string(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts")
}

fn follow(stream: impl Read + Send + 'static, output: Arc<Mutex<String>>, lines: mpsc::Sender<String>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line).into_owned();
            output
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_str(&text);
            // nobody waits for lines once the server is up
            let _ = lines.send(text);
            line.clear();
        }
    });
}

/// `127.0.0.1:PORT` in a line.
fn address(line: &str) -> Option<String> {
    let from = line.find("127.0.0.1:")?;
    let rest = &line[from + "127.0.0.1:".len()..];
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("127.0.0.1:{port}"))
}
