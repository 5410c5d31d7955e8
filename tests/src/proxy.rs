//! A way to Postgres, or another service, that can fall silent, as when a machine or a network vanishes.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// A TCP proxy before a service.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    silent: watch::Sender<bool>,
}

impl Proxy {
    /// Listens, on a port of its own, for connections to that server.
    pub async fn start(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let silent = watch::Sender::new(false);
        let passing = silent.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, silent) = (target.clone(), passing.subscribe());
                tokio::spawn(async move {
                    let server = TcpStream::connect(target).await.expect("the service listens");
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    tokio::spawn(pass(from_client, to_server, silent.clone()));
                    tokio::spawn(pass(from_server, to_client, silent));
                });
            }
        });
        Self { port, silent }
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on everything that is sent is swallowed, and no end of a connection is told to the other side.
    pub fn fall_silent(&self) {
        self.silent.send_replace(true);
    }

    /// Connections that are made from now on speak again.
    pub fn speak(&self) {
        self.silent.send_replace(false);
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, silent: watch::Receiver<bool>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        if *silent.borrow() {
            if read == 0 {
                // keeps the other side open for as long as the tests run
                std::future::pending::<()>().await;
            }
        } else if read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
