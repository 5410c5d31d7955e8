//! The real server, in development mode on a folder of its own that is gone after the measurement.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::Result;

/// How long a process may take to say its address, and the read models to come up with the log.
const START_LIMIT: Duration = Duration::from_secs(90);
const CAUGHT_UP_LIMIT: Duration = Duration::from_mins(5);
const STOP_LIMIT: Duration = Duration::from_mins(1);
/// The account of every development vault.
pub(crate) const ACCOUNT: (&str, &str) = ("admin@example.com", "admin123");
const PORT_AND_PASSWORD: &str = "the server's PostgreSQL has no port or no password";

/// A process that serves HTTP and says where.
pub(crate) struct Serving {
    process: Child,
    /// Where it listens, as `http://address:port`.
    pub(crate) url: String,
}

impl Serving {
    /// Starts it, and waits until its standard output has a line that ends in its address.
    pub(crate) async fn start(command: &mut Command) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or("the process has no output")?;
        let mut lines = BufReader::new(output).lines();
        let said = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(at) = line.find("http://") {
                    return Ok(line[at..].trim_end().to_owned());
                }
            }
            Result::Err("the process ended before it listened".into())
        };
        let url = tokio::time::timeout(START_LIMIT, said).await??;
        // whoever writes into a pipe that nobody reads stands still one day
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { process, url })
    }

    /// Lets it end in order.
    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.process.id() {
            let told = Command::new("kill").arg(pid.to_string()).status().await?;
            if told.success() {
                tokio::time::timeout(STOP_LIMIT, self.process.wait()).await??;
            }
        }
        Ok(())
    }
}

/// The server's binary, which `VAULT_SERVER_BIN` names.
pub(crate) fn binary() -> Result<PathBuf> {
    let named = std::env::var_os("VAULT_SERVER_BIN").ok_or("VAULT_SERVER_BIN names no server")?;
    Ok(PathBuf::from(named).canonicalize()?)
}

/// A vault with its own PostgreSQL.
pub(crate) struct Server {
    serving: Serving,
    folder: TempDir,
    http: reqwest::Client,
    /// The access token of an administrator.
    pub(crate) token: String,
}

impl Server {
    /// Starts the binary that `VAULT_SERVER_BIN` names, without a limit that a load generator would meet.
    pub(crate) async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same, with settings from the environment.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Result<Self> {
        let binary = binary()?;
        let folder = tempfile::Builder::new()
            .prefix("llm-data-vault-bench.")
            .tempdir()?;
        // PostgreSQL does not run as root, and its own account must reach its part of the folder
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        let mut command = Command::new(binary);
        command
            .args(["dev", "--port", "0", "--metrics-port", "0", "--data-dir"])
            .arg(folder.path())
            // away from the configuration of the checkout: what is measured has the defaults
            .current_dir(folder.path())
            .env("VAULT_SERVER_RATE_LIMIT_PER_S", "1000000")
            .envs(settings.iter().copied())
            .stderr(File::create(folder.path().join("server.log"))?);
        let serving = Serving::start(&mut command).await.map_err(|error| {
            let log = fs::read_to_string(folder.path().join("server.log")).unwrap_or_default();
            format!("the server did not start: {error}\n{log}")
        })?;
        // a second time changes nothing
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::new();
        let token = login(&http, &serving.url).await?;
        Ok(Self {
            serving,
            folder,
            http,
            token,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        self.serving.url.clone()
    }

    /// Where an endpoint is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.serving.url)
    }

    /// Its administrator's request, without a body.
    pub(crate) fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(self.url(path)).bearer_auth(&self.token)
    }

    /// Its administrator's question.
    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(self.url(path)).bearer_auth(&self.token)
    }

    /// Makes a dataset; its id.
    pub(crate) async fn create_dataset(&self, name: &str) -> Result<String> {
        let body = self
            .post("/datasets")
            .json(&json!({ "name": name }))
            .send()
            .await?;
        let dataset: Value = body.error_for_status()?.json().await?;
        Ok(dataset["id"]
            .as_str()
            .ok_or("a dataset without an id")?
            .to_owned())
    }

    /// Waits until the read models show everything that was written to a dataset so far.
    pub(crate) async fn caught_up(&self, dataset: &str) -> Result<()> {
        let path = format!("/datasets/{dataset}/records");
        let written = self
            .post(&path)
            .json(&json!({ "data": "the last one" }))
            .send()
            .await?;
        let position = written
            .error_for_status()?
            .headers()
            .get("vault-position")
            .cloned();
        let position = position.ok_or("a write without a position")?;
        self.shows(dataset, position.to_str()?).await
    }

    /// Waits until the read models have passed a position, which the server calls by an opaque name.
    pub(crate) async fn shows(&self, dataset: &str, position: &str) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < CAUGHT_UP_LIMIT {
            let request = self.get(&format!("/datasets/{dataset}"));
            let answer = request.header("vault-min-position", position).send().await?;
            // the server itself waits a while before it says 503
            if answer.status() != reqwest::StatusCode::SERVICE_UNAVAILABLE {
                answer.error_for_status()?;
                return Ok(());
            }
        }
        Err("the read models do not come up with the log".into())
    }

    /// The most memory that it has held, in bytes, since it started.
    pub(crate) fn peak_memory_bytes(&self) -> Result<u64> {
        self.memory_bytes("VmHWM:")
    }

    /// The memory that it holds at this moment, in bytes.
    pub(crate) fn current_memory_bytes(&self) -> Result<u64> {
        self.memory_bytes("VmRSS:")
    }

    fn memory_bytes(&self, field: &str) -> Result<u64> {
        let pid = self.serving.process.id().ok_or("the server has ended")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .ok_or("no such figure")?;
        Ok(kib.parse::<u64>()? * 1_024)
    }

    /// The folder of what it keeps.
    pub(crate) fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// A database of its PostgreSQL, beside which others may be made.
    pub(crate) fn database_url(&self) -> Result<String> {
        let home = self.folder.path().join("postgres");
        let postmaster = fs::read_to_string(home.join("cluster/postmaster.pid"))?;
        let port = postmaster.lines().nth(3).ok_or(PORT_AND_PASSWORD)?.trim();
        let line = fs::read_to_string(home.join("pgpass"))?;
        let mut fields = line.trim_end().rsplit(':');
        let (Some(password), Some(user)) = (fields.next(), fields.next()) else {
            return Err(PORT_AND_PASSWORD.into());
        };
        Ok(format!("postgres://{user}:{password}@127.0.0.1:{port}/vault"))
    }

    /// Stops it, and removes what it stored.
    pub(crate) async fn stop(self) -> Result<()> {
        self.serving.stop().await?;
        self.folder.close()?;
        Ok(())
    }
}

async fn login(http: &reqwest::Client, url: &str) -> Result<String> {
    let (email, password) = ACCOUNT;
    let credentials = json!({ "email": email, "password": password });
    let answer = http
        .post(format!("{url}/api/v1/auth/login"))
        .json(&credentials)
        .send()
        .await?;
    let tokens: Value = answer.error_for_status()?.json().await?;
    Ok(tokens["access_token"]
        .as_str()
        .ok_or("a login without a token")?
        .to_owned())
}
