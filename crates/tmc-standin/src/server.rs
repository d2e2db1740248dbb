//! From bytes to routes and back: the listener and its connections.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::faults::Hit;
use crate::http::Ask;
use crate::reply::{Script, response};
use crate::shared::{Reset, StandinState};
use crate::{admin, inject_faults, tls};

/// Accepts connections for ever.
pub(crate) async fn listen(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<StandinState>,
) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // One connection did not come about, or there are too many files:
            // others may be closed in a moment.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Small answers must not wait for the acknowledgement of others.
        let _ = stream.set_nodelay(true);
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            match acceptor {
                None => serve(stream, |stream| stream, peer, &shared).await,
                // Clients that do not trust us end here.
                Some(acceptor) => {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    if stream.get_ref().1.alpn_protocol() == Some(tls::HTTP_2) {
                        serve_http_2(stream, peer, shared).await;
                    } else {
                        serve(stream, |stream| stream.get_ref().0, peer, &shared).await;
                    }
                }
            }
        });
    }
}

/// Answers the requests of one connection, one after the other.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    socket: impl Fn(&S) -> &TcpStream,
    peer: SocketAddr,
    shared: &StandinState,
) {
    let service = service_fn(|request| exchange(shared, peer.ip(), request));
    let mut connection = hyper::server::conn::http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    // Clients that go away are none of our business; a reset is our own.
    if let Err(error) = (&mut connection).await
        && error.source().is_some_and(<dyn Error>::is::<Reset>)
    {
        // Without lingering the kernel sends a reset when the socket closes.
        let stream = connection.into_parts().io.into_inner();
        let _ = socket(&stream).set_zero_linger();
    }
}

/// Answers the requests of one connection side by side. A reset on demand ends
/// one stream here, and not the connection.
async fn serve_http_2(stream: TlsStream<TcpStream>, peer: SocketAddr, shared: Arc<StandinState>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { exchange(&shared, peer.ip(), request).await }
    });
    // Clients that go away are none of our business.
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Answers one request.
async fn exchange(
    shared: &StandinState,
    source: IpAddr,
    request: hyper::Request<Incoming>,
) -> Result<Response<Script>, Reset> {
    let (head, body) = request.into_parts();
    // Fails if the client went away or sent nonsense.
    let body = body.collect().await.map_err(|_| Reset)?;
    let query = head.uri.query().unwrap_or_default();
    let ask = Ask {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: head.headers,
        body: body.to_bytes(),
        source,
    };
    if ask.path.starts_with(admin::PREFIX) {
        return Ok(response(admin::answer(shared, &ask), None));
    }
    let n = shared.arrived(&ask, query, head.version);
    let _underway = shared.count();
    let overload = shared.tenant().options.overload;
    let _serving = match overload.map(|bears| shared.served.admit(bears, Instant::now())) {
        Some(Err(refusal)) => {
            return Ok(shared.answered(&ask, n, refusal.into_answer(n), None));
        }
        serving => serving,
    };
    tokio::time::sleep(overload.unwrap_or_default().takes()).await;
    let faults: Vec<Hit> = shared.faults().hit(&ask, query);
    if faults.is_empty() {
        let answer = shared.process(&ask, n);
        return Ok(shared.answered(&ask, n, answer, None));
    }
    inject_faults::answer(shared, ask, n, &faults).await
}
