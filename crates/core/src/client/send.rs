//! One exchange with the API, and its repetitions: the only module that sends.
//!
//! Every request passes here, so these hold for all of them: the header
//! `talend-version`, the token and its renewal, the bounds of
//! [`Limits`](super::Limits), the retry rule, no redirect followed, an answer
//! of bounded size that makes progress, and one line for the observer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header;
use reqwest::{Method, Response, Url};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::answer::{
    AttemptFailure, date_of, is_nothing, late, looks_like_json, no_answer, not_sent, redirect,
    refusal, unreadable_body,
};
use super::auth::{Authenticator, Bearer, FetchedToken};
use super::concurrency::{Load, Slot, learn};
use super::config::{Config, Exchange, Limits};
use super::connect::http_client;
use super::decode;
use super::error::{ClientError, Made, RequestLine, SendError};
use super::rate::{Rate, RateSlot};
use super::request::{ApiRequest, Urgency, Wants};
use super::retry::{self, RetryBudget};
use super::waits::Waits;
use crate::clock;
use crate::time::UtcTime;

/// No answer of the API is nearly as large; a larger one is not read on.
const LARGEST_ANSWER: usize = 32 << 20;
/// A body that comes at less than this many bytes a second, once
/// [`BODY_TIMEOUT`] is over, is given up.
const LEAST_PROGRESS: f64 = 512.0;
const BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// The number of characters that are shown before the place where an answer
/// cannot be read.
const BEFORE: usize = 150;

/// A successful answer.
pub(super) struct ApiReply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// An earlier attempt may have been processed already.
    pub(super) repeated: bool,
    pub(super) line: RequestLine,
    /// When the API answered, by its own clock (the header `Date`).
    pub(super) date: Option<UtcTime>,
}

/// One attempt to send a request.
struct Attempt<'a> {
    url: &'a Url,
    line: &'a RequestLine,
    wants: Wants,
    timeout: Duration,
}

/// The slots and the token with which a request is sent.
struct Admission<'a> {
    rate_slot: RateSlot<'a>,
    slot: Slot<'a>,
    bearer: Bearer,
}

/// Sends, for all clones of a client.
pub(super) struct Sender {
    http: reqwest::Client,
    pub(super) config: Config,
    pub(super) auth: Authenticator,
    pub(super) orchestration: Rate,
    processing: Rate,
    pub(super) in_flight: Load,
    waits: Arc<Waits>,
    budget: Mutex<RetryBudget>,
    ahead_ms: AtomicU64,
    deadline: Option<Instant>,
}

impl Sender {
    pub(super) fn new(mut config: Config) -> Result<Self, ClientError> {
        let waits = Arc::new(Waits::new(config.wait_observer.take()));
        let limits = &config.limits;
        Ok(Self {
            http: http_client(&config)?,
            auth: Authenticator::new(config.credentials.clone()),
            orchestration: Rate::new(limits.rate.max(1), &waits),
            processing: Rate::new(limits.rate.max(1), &waits),
            in_flight: Load::new(limits.concurrency),
            waits,
            budget: Mutex::new(RetryBudget::new()),
            ahead_ms: AtomicU64::new(0),
            deadline: limits.deadline.map(|deadline| Instant::now() + deadline),
            config,
        })
    }

    /// Sends a request, and again where the rule of [`retry`] says so.
    pub(super) async fn send(&self, request: &ApiRequest<'_>) -> Result<ApiReply, SendError> {
        let url = self.url(request);
        let mut line =
            RequestLine { method: request.method_name(), path: url.path().to_owned(), attempts: 0 };
        // In a box, since all futures around it would be as large, and are moved.
        let work = async |line| Box::pin(self.attempts(request, &url, line)).await;
        let done = match self.deadline {
            None => Some(work(&mut line).await),
            // A request that is not begun is certainly not made.
            Some(deadline) if deadline <= Instant::now() => None,
            Some(deadline) => tokio::time::timeout_at(deadline.into(), work(&mut line)).await.ok(),
        };
        if let Some(result) = done {
            return result;
        }
        let made = if line.attempts == 0 { Made::No } else { Made::Unknown };
        Err(SendError { error: ClientError::Deadline { request: line }, made })
    }

    async fn attempts(
        &self,
        request: &ApiRequest<'_>,
        url: &Url,
        line: &mut RequestLine,
    ) -> Result<ApiReply, SendError> {
        let mut made = Made::No;
        let mut renewed = false;
        let mut was_empty = false;
        loop {
            let failure = match self.attempt(request, url, line, &mut renewed).await {
                // A list without items may have no body (and says so with 204),
                // but one time it may also be lost.
                Ok(ApiReply { status: 200, body, .. })
                    if request.wants == Wants::List
                        && is_nothing(&body)
                        && !was_empty
                        && line.attempts <= self.config.limits.retries =>
                {
                    was_empty = true;
                    continue;
                }
                Ok(reply) => {
                    self.budget().refund();
                    return Ok(ApiReply { repeated: made == Made::Unknown, ..reply });
                }
                Err(failure) => failure,
            };
            if failure.made == Made::Unknown {
                made = Made::Unknown;
            }
            let harmless = request.repeatable || failure.made == Made::No;
            let more = failure.again && harmless && line.attempts <= self.config.limits.retries;
            if !more || !self.budget().take() {
                return Err(SendError { error: failure.error, made });
            }
            let status = failure.error.status();
            let mut wait = retry::wait(line.attempts, status, failure.retry_after, fastrand::f64());
            if self.is_urgent(&failure) {
                wait = wait.min(retry::urgent(line.attempts));
            }
            // The next attempt would be too late.
            if request.left().is_some_and(|left| left <= wait) {
                return Err(SendError { error: failure.error, made });
            }
            self.waits.until(failure.wait_reason(), Instant::now() + wait).await;
        }
    }

    /// Whether the wait after a failure is only as long as an urgent caller
    /// bears.
    fn is_urgent(&self, failure: &AttemptFailure) -> bool {
        self.config.limits.is_urgent && failure.error.status() != Some(429)
    }

    /// One attempt; and with a new token one more, once, if the API refuses
    /// the token of a service account.
    async fn attempt(
        &self,
        request: &ApiRequest<'_>,
        url: &Url,
        line: &mut RequestLine,
        renewed: &mut bool,
    ) -> Result<ApiReply, AttemptFailure> {
        loop {
            let mut admission = self.admission(request, line).await?;
            if request.left().is_some_and(|left| left.is_zero()) {
                return Err(late(line));
            }
            if let Some(admission) = &mut admission {
                admission.rate_slot.sent();
            }
            line.attempts += 1;
            let timeout = self.timeout(request);
            let bearer = admission.as_ref().map(|admission| &admission.bearer);
            let builder = self.built(request, url, bearer).timeout(timeout);
            let attempt = Attempt { url, line, wants: request.wants, timeout };
            let began = Instant::now();
            let mut result = self.exchange(builder, &attempt).await;
            let took = began.elapsed();
            if let Err(failure) = &mut result
                && self.is_urgent(failure)
            {
                let bearable = |asked: Duration| asked.min(retry::urgent(line.attempts));
                failure.retry_after = failure.retry_after.map(bearable);
            }
            let Some(Admission { rate_slot, slot, bearer }) = admission else { return result };
            learn(rate_slot, &slot, took, result.as_ref().err());
            let is_refused =
                result.as_ref().is_err_and(|failure| failure.error.status() == Some(401));
            if !is_refused || *renewed || !self.auth.refused(&bearer).await {
                return result;
            }
            *renewed = true;
            line.attempts -= 1;
        }
    }

    /// Waits until a request may be sent: for its turn, a slot and the token. `None` for a
    /// request that fetches a token: another one holds a slot meanwhile, so it must not wait
    /// for a slot of its own.
    async fn admission(
        &self,
        request: &ApiRequest<'_>,
        line: &RequestLine,
    ) -> Result<Option<Admission<'_>>, AttemptFailure> {
        // Each part of the API has an allowance of its own.
        let rate = match request.path {
            ["security", ..] => return Ok(None),
            ["processing", ..] => &self.processing,
            _ => &self.orchestration,
        };
        let urgency = request.urgency();
        let slots = async || (rate.slot().await, self.slot(rate, urgency).await);
        let in_turn = rate.in_turn(urgency, slots);
        let (rate_slot, slot) = within(request.left(), in_turn).await.ok_or_else(|| late(line))?;
        let fetch = async || self.fetch_token().await;
        let bearer = self.auth.bearer(fetch).await.map_err(not_sent)?;
        Ok(Some(Admission { rate_slot, slot, bearer }))
    }

    /// The request with its credentials and its body.
    fn built(
        &self,
        request: &ApiRequest<'_>,
        url: &Url,
        bearer: Option<&Bearer>,
    ) -> reqwest::RequestBuilder {
        let builder = self.http.request(request.method.clone(), url.clone());
        let builder = match (bearer, self.auth.account()) {
            (Some(bearer), _) => builder.header(header::AUTHORIZATION, bearer.header.clone()),
            (None, Some((id, secret))) => {
                builder.basic_auth(id.expose_secret(), Some(secret.expose_secret()))
            }
            (None, None) => builder,
        };
        match &request.body {
            Some(body) => builder.json(body),
            None => builder,
        }
    }

    /// The time for one attempt.
    fn timeout(&self, request: &ApiRequest<'_>) -> Duration {
        let Limits { timeout, is_urgent, .. } = self.config.limits;
        let left = request.left().filter(|_| is_urgent);
        left.map_or(timeout, |left| timeout.min(retry::attempt_timeout(left)))
    }

    /// Waits for a slot. Whoever has one when the API asks all to wait gives
    /// it back meanwhile.
    async fn slot(&self, rate: &Rate, urgency: Urgency) -> Slot<'_> {
        loop {
            let slot = self.in_flight.slot(urgency).await;
            if !rate.is_closed() {
                return slot;
            }
            drop(slot);
            rate.opened().await;
        }
    }

    /// Sends once, reads the whole answer, and informs the observer.
    async fn exchange(
        &self,
        builder: reqwest::RequestBuilder,
        attempt: &Attempt<'_>,
    ) -> Result<ApiReply, AttemptFailure> {
        let Attempt { url, line, .. } = *attempt;
        let start = Instant::now();
        let (mut body, mut date) = (Vec::new(), None);
        let (status, mut result) = match builder.send().await {
            Ok(response) => {
                let status = response.status();
                date = date_of(response.headers());
                (Some(status.as_u16()), self.read(response, &mut body, attempt).await)
            }
            Err(error) => {
                (None, Err(no_answer(line, self.config.base.origin(), attempt.timeout, &error)))
            }
        };
        if let Err(failure) = &mut result {
            failure.error.show(|text| self.show(text));
        }
        let failure = result.as_ref().err();
        if let Some(observer) = &self.config.observer {
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            observer(&Exchange {
                method: line.method,
                path: &format!("{}{query}", line.path),
                status,
                bytes: body.len(),
                took: start.elapsed(),
                attempt: line.attempts,
                failure: failure.and_then(|failure| match &failure.error {
                    ClientError::NoAnswer { cause: text, .. }
                    | ClientError::Unreadable { what: text, .. } => Some(text.as_str()),
                    _ => None,
                }),
                retry_after: failure.and_then(|failure| failure.retry_after),
            });
        }
        result.map(|status| ApiReply { status, body, repeated: false, line: line.clone(), date })
    }

    /// Reads an answer's body within its bounds, and judges its status.
    async fn read(
        &self,
        mut response: Response,
        body: &mut Vec<u8>,
        attempt: &Attempt<'_>,
    ) -> Result<u16, AttemptFailure> {
        let Attempt { line, wants, .. } = *attempt;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        self.note_date(&headers);
        if status.is_redirection() {
            return Err(redirect(status, &headers, line));
        }
        let (received, broken) = self.receive(response, attempt).await;
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        *body = decode::to_utf8(content_type, received);
        // A new token is a secret in its right place.
        if !line.is_for_token() {
            *body = self.auth.secrets().clean(std::mem::take(body));
        }
        match broken {
            // A refusal is one also if the words that go with it are lost.
            _ if !status.is_success() => Err(refusal(status, &headers, body, line)),
            _ if wants == Wants::Nothing => Ok(status.as_u16()),
            Some(failure) => Err(failure),
            None if wants == Wants::List && is_nothing(body) => Ok(status.as_u16()),
            None if looks_like_json(body) => Ok(status.as_u16()),
            None => Err(unreadable_body(line, "it is not JSON".to_owned())),
        }
    }

    /// Receives an answer's body. Returns it as far as it came, and why it is not whole.
    async fn receive(
        &self,
        mut response: Response,
        attempt: &Attempt<'_>,
    ) -> (Vec<u8>, Option<AttemptFailure>) {
        let Attempt { line, timeout, .. } = *attempt;
        // The time that the server took to think is not the body's.
        let began = Instant::now();
        let mut body = Vec::new();
        let broken = loop {
            match tokio::time::timeout(BODY_TIMEOUT, response.chunk()).await {
                Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
                Ok(Ok(None)) => break None,
                Ok(Err(error)) => {
                    break Some(no_answer(line, self.config.base.origin(), timeout, &error));
                }
                Err(_) => {}
            }
            if body.len() > LARGEST_ANSWER {
                let what = format!("it is larger than {} MiB", LARGEST_ANSWER >> 20);
                break Some(AttemptFailure { again: false, ..unreadable_body(line, what) });
            }
            let took = began.elapsed();
            #[expect(clippy::cast_precision_loss, reason = "a rate, compared with a rough bound")]
            let progress = body.len() as f64 / took.as_secs_f64();
            if took > BODY_TIMEOUT && progress < LEAST_PROGRESS {
                let what = format!("{} bytes in {} s", body.len(), took.as_secs());
                break Some(unreadable_body(line, what));
            }
        };
        (body, broken)
    }

    /// `POST /security/oauth/token`, with the service account's ID and secret.
    async fn fetch_token(&self) -> Result<FetchedToken, ClientError> {
        let request = ApiRequest {
            body: Some(json!({
                "audience": self.config.base.origin(),
                "grant_type": "client_credentials",
            })),
            ..ApiRequest::new(Method::POST, &["security", "oauth", "token"])
        };
        let reply = self.send(&request).await.map_err(|failed| failed.error)?;
        // What serde says of a wrong body could quote the token.
        serde_json::from_slice(&reply.body).map_err(|_| ClientError::Unreadable {
            request: reply.line,
            what: "no `access_token` in it".to_owned(),
        })
    }

    /// The body of an answer as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, reply: &ApiReply) -> Result<T, ClientError> {
        decode::read_json(&reply.body).map_err(|error| self.unreadable(reply, &error))
    }

    /// An answer that cannot be read, with what stands where the reading ended.
    pub(super) fn unreadable(&self, reply: &ApiReply, error: &serde_json::Error) -> ClientError {
        let body = String::from_utf8_lossy(&reply.body);
        let line = body.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
        let end = error.column().min(line.len());
        // Secrets are out of all of it, so none is cut in two.
        let near: String = line.chars().skip(end.saturating_sub(BEFORE)).collect();
        let what = self.show(&format!("{error}: {near}"));
        ClientError::Unreadable { request: reply.line.clone(), what }
    }

    /// A text from outside as it may be shown: without the secrets that this
    /// client knows, on one line, and not long.
    pub(super) fn show(&self, text: &str) -> String {
        self.auth.secrets().show(text)
    }

    /// By how much the API's clock is ahead of this machine's, by the header
    /// `Date` of its last answer; zero if it is not.
    pub(super) fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// Holds the API's clock against this machine's.
    fn note_date(&self, headers: &header::HeaderMap) {
        if let Some(date) = date_of(headers) {
            // The header has whole seconds: it may be nearly one more.
            let ahead = date.saturating_add(Duration::from_secs(1)).since(clock::now());
            let ahead = if ahead <= Duration::from_secs(1) { Duration::ZERO } else { ahead };
            let ahead = u64::try_from(ahead.as_millis()).unwrap_or(0);
            self.ahead_ms.store(ahead, Ordering::Relaxed);
        }
    }

    fn url(&self, request: &ApiRequest<'_>) -> Url {
        let mut url = self.config.base.join(request.path);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        url
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, RetryBudget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for something, at most that long. `None`: it was left.
async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        None => Some(work.await),
        Some(limit) => tokio::time::timeout(limit, work).await.ok(),
    }
}
