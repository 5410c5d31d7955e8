//! A Redis of a test's own, which it may end and start again.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::Signed;

/// How long it may take to come up.
const START: Duration = Duration::from_secs(30);

/// A running Redis on a port of its own.
pub struct Redis {
    child: Child,
    port: u16,
    folder: TempDir,
    scheme: &'static str,
}

impl Redis {
    /// Starts Debian's `redis-server`.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_in(folder, "redis", |port| {
            ["--port".to_owned(), port.to_string()].into()
        })
    }

    /// Starts one that speaks TLS alone, with this certificate.
    #[must_use]
    pub fn start_with_tls(signed: &Signed) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        signed.write(&folder.path().join("redis.crt"), &folder.path().join("redis.key"));
        Self::start_in(folder, "rediss", |port| {
            let port = port.to_string();
            let arguments = ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"];
            let files = ["--tls-cert-file", "redis.crt", "--tls-key-file", "redis.key"];
            arguments.into_iter().chain(files).map(str::to_owned).collect()
        })
    }

    fn start_in(folder: TempDir, scheme: &'static str, listening: impl Fn(u16) -> Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let child = run(port, &listening(port), &folder);
        Self {
            child,
            port,
            folder,
            scheme,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}/", self.scheme, self.port)
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("Redis is killed");
        self.child.wait().expect("Redis has ended");
    }

    /// Starts it again on its port, without what it held.
    pub fn start_again(&mut self) {
        let listening = ["--port".to_owned(), self.port.to_string()];
        self.child = run(self.port, &listening, &self.folder);
    }

    /// What `redis-cli` says to a command.
    #[must_use]
    pub fn say(&self, arguments: &[&str]) -> String {
        let tls: &[&str] = if self.scheme == "rediss" {
            &["--tls", "--insecure"]
        } else {
            &[]
        };
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(tls)
            .args(arguments)
            .output()
            .expect("redis-cli runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(port: u16, listening: &[String], folder: &TempDir) -> Child {
    let child = Command::new("redis-server")
        .args(listening)
        .args(["--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server starts: scripts/setup test");
    let deadline = Instant::now() + START;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "Redis does not come up");
        std::thread::yield_now();
    }
    child
}
