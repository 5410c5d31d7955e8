//! Connections: as many as there is room for, none of which waits for a slow client for ever.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use vault_access::ClientCertificate;

use crate::tls::{Tls, client_certificate};

/// The largest head of a request, in bytes; a longer one is answered with 431.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The most header fields of a request.
const MAX_HEADERS: usize = 100;
/// How long to wait when the process has no file descriptor left for a connection.
const OUT_OF_FILES: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// The longest time for the head of a request, counted from the end of the one before.
    pub header_timeout: Duration,
    /// How many there may be at once; the next one waits to be accepted.
    pub connections: usize,
}

/// Serves routes until told to close, and then until the requests that run are answered.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    routes: Router,
    limits: ConnectionLimits,
    closing: CancellationToken,
) {
    let connections = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    while let Some(place) = closing
        .run_until_cancelled(Arc::clone(&room).acquire_owned())
        .await
        .and_then(Result::ok)
    {
        let Some(accepted) = closing.run_until_cancelled(listener.accept()).await else {
            break;
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                refused(&error).await;
                continue;
            }
        };
        // small answers should not wait to be joined
        let _ = stream.set_nodelay(true);
        let connection = Connection {
            client,
            certificate: None,
            routes: routes.clone(),
            limits,
            watcher: connections.watcher(),
            place,
        };
        match &tls {
            None => drop(tokio::spawn(connection.run(stream))),
            Some(tls) => {
                let shaken = connection.shake_hands(Arc::clone(tls), stream, closing.clone());
                drop(tokio::spawn(shaken));
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

/// A client that was accepted.
struct Connection {
    client: SocketAddr,
    certificate: Option<ClientCertificate>,
    routes: Router,
    limits: ConnectionLimits,
    watcher: Watcher,
    place: OwnedSemaphorePermit,
}

impl Connection {
    /// Answers over TLS. The handshake may take as long as the head of a request.
    async fn shake_hands(self, tls: Arc<Tls>, stream: TcpStream, closing: CancellationToken) {
        let handshake = tokio::time::timeout(self.limits.header_timeout, tls.accept(stream));
        let shaken = closing.run_until_cancelled(handshake).await;
        let Some(Ok(shaken)) = shaken else { return };
        match shaken {
            Ok(stream) => {
                let certificate = client_certificate(&stream);
                Self { certificate, ..self }.run(stream).await;
            }
            Err(error) => {
                metrics::counter!("tls_handshakes_failed_total").increment(1);
                tracing::debug!(%error, "a client could not shake hands");
            }
        }
    }

    async fn run(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self {
            client,
            certificate,
            routes,
            limits,
            watcher,
            place,
        } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(client));
            if let Some(certificate) = &certificate {
                request.extensions_mut().insert(certificate.clone());
            }
            let answered = routes.clone().oneshot(request);
            async move { Ok::<_, Infallible>(answered.await.unwrap_or_else(|error| match error {})) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        // what a client breaks off is its own affair
        let _ = watcher.watch(connection).await;
        drop(place);
    }
}

/// A client that went away again is nothing; a process without file descriptors waits until there are some.
async fn refused(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        tracing::error!(%error, "a connection cannot be accepted");
        tokio::time::sleep(OUT_OF_FILES).await;
    }
}
