//! A way to Postgres that breaks when it is told to.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Notify, watch},
};

/// What the proxy does with what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Passes everything on.
    Open,
    /// Ends every connection, and lets none begin.
    Away,
    /// Passes requests on, and ends the connection in place of the next answer; then it is open again.
    SwallowAnswer,
    /// Ends the connection at the next request, which reaches the server later; then it is open again.
    HoldRequest,
}

/// A TCP proxy before a Postgres.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Shared,
}

/// What all connections of a proxy share.
#[derive(Clone)]
struct Shared {
    mode: Arc<watch::Sender<Mode>>,
    /// How many more bytes of answers pass before every connection ends.
    answer_bytes: Arc<AtomicU64>,
    /// Wakes the request that is held.
    deliver: Arc<Notify>,
}

impl Shared {
    /// Whether a mode was on that acts once; then the proxy is open again.
    fn take(&self, once: Mode) -> bool {
        self.mode.send_if_modified(|mode| {
            let is_on = *mode == once;
            *mode = if is_on { Mode::Open } else { *mode };
            is_on
        })
    }
}

impl Proxy {
    /// Listens, on a port of its own, for connections to that server.
    pub(crate) async fn start(server: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Shared {
            mode: Arc::new(watch::Sender::new(Mode::Open)),
            answer_bytes: Arc::new(AtomicU64::new(u64::MAX)),
            deliver: Arc::new(Notify::new()),
        };
        let target = format!("{}:{}", server.get_host(), server.get_port());
        let passing = shared.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *passing.mode.borrow() != Mode::Away {
                    tokio::spawn(pass(client, target.clone(), passing.clone()));
                }
            }
        });
        Self { address, shared }
    }

    /// The same database, by way of the proxy.
    pub(crate) fn through(&self, server: &PgConnectOptions) -> PgConnectOptions {
        server
            .clone()
            .host(&self.address.ip().to_string())
            .port(self.address.port())
            .ssl_mode(sqlx::postgres::PgSslMode::Disable)
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.shared.mode.send_replace(mode);
    }

    /// Waits until it does this.
    pub(crate) async fn reached(&self, mode: Mode) {
        let mut modes = self.shared.mode.subscribe();
        modes.wait_for(|now| *now == mode).await.expect("the proxy runs");
    }

    /// Ends connections after so many more bytes of answers.
    pub(crate) fn cut_answers_after(&self, bytes: u64) {
        self.shared.answer_bytes.store(bytes, Ordering::SeqCst);
    }

    /// Lets the request that is held reach the server.
    pub(crate) fn deliver(&self) {
        self.shared.deliver.notify_one();
    }
}

async fn pass(client: TcpStream, target: String, shared: Shared) {
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut modes = shared.mode.subscribe();
    let held = tokio::select! {
        held = requests(from_client, &mut to_server, &shared) => held,
        () = answers(&mut from_server, &mut to_client, &shared) => None,
        _ = modes.wait_for(|mode| *mode == Mode::Away) => None,
    };
    drop(to_client);
    if let Some(request) = held {
        shared.deliver.notified().await;
        to_server.write_all(&request).await.expect("the server waits");
        // its answer goes nowhere, and the connection stays until there is one
        let _ = from_server.read(&mut [0; 64]).await;
    }
}

/// Returns the request that is to be held, if any, when the connection ends.
async fn requests(
    mut from_client: OwnedReadHalf,
    to_server: &mut OwnedWriteHalf,
    shared: &Shared,
) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from_client
            .read(&mut buffer)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        if shared.take(Mode::HoldRequest) {
            return Some(buffer[..read].to_vec());
        }
        to_server.write_all(&buffer[..read]).await.ok()?;
    }
}

async fn answers(from_server: &mut OwnedReadHalf, to_client: &mut OwnedWriteHalf, shared: &Shared) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
        let left = shared.answer_bytes.load(Ordering::SeqCst);
        shared
            .answer_bytes
            .store(left.saturating_sub(read as u64), Ordering::SeqCst);
        let cut = shared.take(Mode::SwallowAnswer) || left < read as u64;
        if cut || to_client.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
