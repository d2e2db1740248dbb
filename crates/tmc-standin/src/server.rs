//! From bytes to routes and back: the listener, the log, the answers.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Response, Version, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::faults::{Effect, Faults, Hit};
use crate::http::{Answer, Ask};
use crate::overload::Served;
use crate::reply::{Script, Spoiled, response};
use crate::requests::{Request, redact, redact_text};
use crate::tenant::Tenant;
use crate::{admin, routes, spoil, tls};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    tenant: Mutex<Tenant>,
    log: Mutex<Vec<Request>>,
    /// Told of every change of the log.
    logged: Condvar,
    faults: Mutex<Faults>,
    served: Served,
    in_flight: AtomicUsize,
    started: Instant,
}

impl Shared {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self {
            tenant: Mutex::new(tenant),
            log: Mutex::default(),
            logged: Condvar::new(),
            faults: Mutex::default(),
            served: Served::default(),
            in_flight: AtomicUsize::new(0),
            started: Instant::now(),
        }
    }

    pub(crate) fn tenant(&self) -> MutexGuard<'_, Tenant> {
        lock(&self.tenant)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<Request>> {
        lock(&self.log)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// Writes down that a request has arrived, and returns its number.
    fn arrived(&self, ask: &Ask, query: &str, version: Version) -> u64 {
        let (at, auth, secrets) = {
            let tenant = self.tenant();
            (tenant.now(), tenant.accounts.identify(ask), tenant.accounts.secrets())
        };
        let mut query = query.to_owned();
        redact_text(&mut query, &secrets);
        let mut body = body_for_log(&ask.body);
        if let Some(body) = &mut body {
            redact(body, &secrets);
        }
        let mut log = self.log();
        let n = log.len() as u64 + 1;
        log.push(Request {
            n,
            at,
            elapsed_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            version: format!("{version:?}"),
            method: ask.method.to_string(),
            path: ask.path.clone(),
            query,
            auth,
            body,
            status: None,
            processed: false,
            faults: Vec::new(),
        });
        self.logged.notify_all();
        n
    }

    /// Waits until the log is as wanted; false if it is not in time.
    pub(crate) fn wait_for_log(
        &self,
        wanted: impl Fn(&[Request]) -> bool,
        patience: Duration,
    ) -> bool {
        let unwanted = |log: &mut Vec<Request>| !wanted(log);
        let result = self.logged.wait_timeout_while(self.log(), patience, unwanted);
        let (log, timeout) = result.unwrap_or_else(PoisonError::into_inner);
        drop(log);
        !timeout.timed_out()
    }

    /// Lets the routes answer.
    pub(crate) fn process(&self, ask: &Ask, n: u64) -> Answer {
        self.note(n, |request| request.processed = true);
        routes::answer(&mut self.tenant(), ask, n)
    }

    /// Writes down how a request was answered, and brings the answer into the
    /// form in which it is sent.
    pub(crate) fn answered(
        &self,
        ask: &Ask,
        n: u64,
        mut answer: Answer,
        spoiled: Spoiled,
    ) -> Response<Script> {
        self.note(n, |request| request.status = Some(answer.status.as_u16()));
        let (gzip, date) = {
            let tenant = self.tenant();
            let date = tenant.now().http_date();
            let shown = date.filter(|_| !tenant.options.manners.no_date_header);
            (tenant.options.gzip && ask.accepts_gzip(), shown)
        };
        answer.headers.extend(date.map(|date| (header::DATE, date)));
        response(if gzip { answer.compressed() } else { answer }, spoiled)
    }

    /// Lets others do what the faults say, before or after.
    pub(crate) fn act(&self, n: u64, faults: &[Hit], now_after: bool) {
        for hit in faults {
            if let Effect::Act { action, after } = &hit.effect
                && *after == now_after
                && let Err(error) = self.tenant().act(action.clone())
            {
                // A wrong id is a mistake of whoever set the fault up.
                self.note(n, |request| request.faults.push(format!("error: {error:#}")));
            }
        }
    }

    /// Notes something about a request that has arrived.
    pub(crate) fn note(&self, n: u64, note: impl FnOnce(&mut Request)) {
        let index = usize::try_from(n).unwrap_or(usize::MAX).wrapping_sub(1);
        if let Some(request) = self.log().get_mut(index) {
            note(request);
            self.logged.notify_all();
        }
    }
}

/// A panic of another thread is reported by that thread: the state is what it
/// was before or after each change, so it can be used on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn body_for_log(body: &[u8]) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    let text = || Value::String(String::from_utf8_lossy(body).into_owned());
    Some(serde_json::from_slice(body).unwrap_or_else(|_| text()))
}

/// Accepts connections for ever.
pub(crate) async fn listen(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
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
    shared: &Shared,
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
async fn serve_http_2(stream: TlsStream<TcpStream>, peer: SocketAddr, shared: Arc<Shared>) {
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

/// The connection is to be reset instead of an answer.
#[derive(Debug)]
pub(crate) struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the connection is reset on demand")
    }
}

impl Error for Reset {}

/// Counts a request as under way for as long as it lives.
struct InFlight<'a>(&'a AtomicUsize);

impl<'a> InFlight<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers one request.
async fn exchange(
    shared: &Shared,
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
        return Ok(response(admin::answer(shared, &ask), Spoiled::No));
    }
    let n = shared.arrived(&ask, query, head.version);
    let _in_flight = InFlight::new(&shared.in_flight);
    let overload = shared.tenant().options.overload;
    let _serving = match overload.map(|bears| shared.served.admit(bears, Instant::now())) {
        Some(Err(refusal)) => {
            return Ok(shared.answered(&ask, n, refusal.into_answer(n), Spoiled::No));
        }
        serving => serving,
    };
    tokio::time::sleep(overload.unwrap_or_default().takes()).await;
    let faults: Vec<Hit> = shared.faults().hit(&ask, query);
    if faults.is_empty() {
        let answer = shared.process(&ask, n);
        return Ok(shared.answered(&ask, n, answer, Spoiled::No));
    }
    spoil::answer(shared, ask, n, &faults).await
}
