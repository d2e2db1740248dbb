//! The state that all connections share: the tenant, the log, the faults.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::{Response, Version, header};
use serde_json::Value;

use crate::faults::{Effect, Faults, Hit};
use crate::http::{Answer, Ask};
use crate::overload::Served;
use crate::reply::{Script, response};
use crate::requests::{Request, redact, redact_text};
use crate::routes;
use crate::tenant::Tenant;

/// The state that all connections share.
#[derive(Debug)]
pub(crate) struct StandinState {
    tenant: Mutex<Tenant>,
    log: Mutex<Vec<Request>>,
    /// The number of requests that were taken out of the log.
    taken: AtomicU64,
    /// Notified of every change of the log.
    logged: Condvar,
    faults: Mutex<Faults>,
    pub(crate) served: Served,
    in_flight: AtomicUsize,
    started: Instant,
}

impl StandinState {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self {
            tenant: Mutex::new(tenant),
            log: Mutex::default(),
            taken: AtomicU64::new(0),
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

    /// Takes all requests out of the log; those that follow are numbered on.
    pub(crate) fn take_log(&self) -> Vec<Request> {
        let mut log = self.log();
        let taken = std::mem::take(&mut *log);
        self.taken.fetch_add(taken.len() as u64, Ordering::Relaxed);
        taken
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// Writes down that a request has arrived, and returns its number.
    pub(crate) fn arrived(&self, ask: &Ask, query: &str, version: Version) -> u64 {
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
        let n = self.taken.load(Ordering::Relaxed) + log.len() as u64 + 1;
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

    /// Writes down the answer to a request, and brings the answer into the
    /// form in which it is sent.
    pub(crate) fn answered(
        &self,
        ask: &Ask,
        n: u64,
        mut answer: Answer,
        body_fault: Option<&Effect>,
    ) -> Response<Script> {
        self.note(n, |request| request.status = Some(answer.status.as_u16()));
        let (gzip, date) = {
            let tenant = self.tenant();
            let date = tenant.now().http_date();
            let shown = date.filter(|_| !tenant.options.shapes.no_date_header);
            (tenant.options.gzip && ask.accepts_gzip(), shown)
        };
        answer.headers.extend(date.map(|date| (header::DATE, date)));
        response(if gzip { answer.compressed() } else { answer }, body_fault)
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
        let mut log = self.log();
        let before = self.taken.load(Ordering::Relaxed) + 1;
        let index = n.checked_sub(before).and_then(|index| usize::try_from(index).ok());
        if let Some(request) = index.and_then(|index| log.get_mut(index)) {
            note(request);
            self.logged.notify_all();
        }
    }

    /// Counts a request as under way for as long as the guard lives.
    pub(crate) fn count(&self) -> Underway<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Underway(&self.in_flight)
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

/// The connection is to be reset instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset on demand")]
pub(crate) struct Reset;

/// A request that counts as under way.
pub(crate) struct Underway<'a>(&'a AtomicUsize);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
