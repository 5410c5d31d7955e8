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
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    sync::watch,
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
}

/// A TCP proxy before a Postgres.
pub(crate) struct Proxy {
    address: SocketAddr,
    mode: Arc<watch::Sender<Mode>>,
    /// How many more bytes of answers pass before every connection ends.
    answer_bytes: Arc<AtomicU64>,
}

impl Proxy {
    /// Listens, on a port of its own, for connections to that server.
    pub(crate) async fn start(server: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mode = Arc::new(watch::Sender::new(Mode::Open));
        let answer_bytes = Arc::new(AtomicU64::new(u64::MAX));
        let target = format!("{}:{}", server.get_host(), server.get_port());
        let (modes, bytes) = (Arc::clone(&mode), Arc::clone(&answer_bytes));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *modes.borrow() != Mode::Away {
                    tokio::spawn(pass(
                        client,
                        target.clone(),
                        Arc::clone(&modes),
                        Arc::clone(&bytes),
                    ));
                }
            }
        });
        Self {
            address,
            mode,
            answer_bytes,
        }
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
        self.mode.send_replace(mode);
    }

    /// Waits until it does this.
    pub(crate) async fn reached(&self, mode: Mode) {
        self.mode
            .subscribe()
            .wait_for(|now| *now == mode)
            .await
            .expect("the proxy runs");
    }

    /// Ends connections after so many more bytes of answers.
    pub(crate) fn cut_answers_after(&self, bytes: u64) {
        self.answer_bytes.store(bytes, Ordering::SeqCst);
    }
}

async fn pass(
    client: TcpStream,
    target: String,
    mode: Arc<watch::Sender<Mode>>,
    answer_bytes: Arc<AtomicU64>,
) {
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let mut modes = mode.subscribe();
    let requests = async {
        // an error here ends the connection, as the end of the stream does
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
    };
    tokio::select! {
        () = requests => {}
        () = answers(from_server, &mut to_client, &mode, &answer_bytes) => {}
        _ = modes.wait_for(|mode| *mode == Mode::Away) => {}
    }
}

async fn answers(
    mut from_server: OwnedReadHalf,
    to_client: &mut tokio::net::tcp::OwnedWriteHalf,
    mode: &watch::Sender<Mode>,
    answer_bytes: &AtomicU64,
) {
    let mut buffer = [0; 4096];
    while let Ok(read) = from_server.read(&mut buffer).await {
        let swallowed = mode.send_if_modified(|mode| {
            let swallow = *mode == Mode::SwallowAnswer;
            *mode = if swallow { Mode::Open } else { *mode };
            swallow
        });
        let left = answer_bytes.load(Ordering::SeqCst);
        answer_bytes.store(left.saturating_sub(read as u64), Ordering::SeqCst);
        if read == 0 || swallowed || left < read as u64 || to_client.write_all(&buffer[..read]).await.is_err()
        {
            return;
        }
    }
}
