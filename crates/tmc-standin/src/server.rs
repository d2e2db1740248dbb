//! From bytes to routes and back: the listener, the log, the answers.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::http::{Answer, Ask};
use crate::requests::{Request, redact, redact_text};
use crate::tenant::Tenant;
use crate::{admin, routes};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    tenant: Mutex<Tenant>,
    log: Mutex<Vec<Request>>,
    in_flight: AtomicUsize,
    started: Instant,
}

impl Shared {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self {
            tenant: Mutex::new(tenant),
            log: Mutex::default(),
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

    /// Writes down that a request has arrived, and returns its number.
    fn arrived(&self, ask: &Ask, query: &str) -> u64 {
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
            method: ask.method.to_string(),
            path: ask.path.clone(),
            query,
            auth,
            body,
            status: None,
            processed: false,
            faults: Vec::new(),
        });
        n
    }

    /// Notes something about a request that has arrived.
    fn note(&self, n: u64, note: impl FnOnce(&mut Request)) {
        let index = usize::try_from(n).unwrap_or(usize::MAX).wrapping_sub(1);
        if let Some(request) = self.log().get_mut(index) {
            note(request);
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
pub(crate) async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        // An error here concerns one connection that did not come about.
        if let Ok((stream, peer)) = listener.accept().await {
            // Small answers must not wait for the acknowledgement of others.
            let _ = stream.set_nodelay(true);
            tokio::spawn(serve(TokioIo::new(stream), peer, Arc::clone(&shared)));
        }
    }
}

async fn serve(io: TokioIo<tokio::net::TcpStream>, peer: SocketAddr, shared: Arc<Shared>) {
    let service = service_fn(|request| exchange(&shared, peer.ip(), request));
    // Clients that go away are none of our business.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
}

/// Answers one request.
async fn exchange(
    shared: &Shared,
    source: IpAddr,
    request: hyper::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        // The client went away or sent nonsense: nobody reads the answer.
        return Ok(response(Answer::empty(StatusCode::BAD_REQUEST)));
    };
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
        return Ok(response(admin::answer(shared, &ask)));
    }
    let n = shared.arrived(&ask, query);
    shared.in_flight.fetch_add(1, Ordering::Relaxed);
    let answer = routes::answer(&mut shared.tenant(), &ask, n);
    shared.in_flight.fetch_sub(1, Ordering::Relaxed);
    shared.note(n, |request| {
        request.processed = true;
        request.status = Some(answer.status.as_u16());
    });
    Ok(response(answer))
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let Answer { status, headers, body } = answer;
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let no_store = header::HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}
