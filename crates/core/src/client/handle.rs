//! The client: a handle whose clones share one connection to the API.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::completeness::RawPage;
use super::config::Config;
use super::decode::read_json;
use super::error::{ClientError, RequestLine};
use super::list_limit::Bound;
use super::request::ApiRequest;
use super::send::Sender;
use crate::time::UtcTime;

/// A client of the API. Clones share connections, token, allowance and budget.
#[derive(Clone)]
pub struct Client(Arc<Sender>);

impl Client {
    /// Makes a client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A root certificate cannot be read, or TLS cannot be set up.
    pub fn new(config: Config) -> Result<Self, ClientError> {
        Ok(Self(Arc::new(Sender::new(config)?)))
    }

    /// Where the API is: scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.config.base.origin()
    }

    /// The end of the life of the token that was sent last, if it is known: a token
    /// that was fetched says it, and one that is a JSON Web Token.
    pub async fn token_expiry(&self) -> Option<UtcTime> {
        self.sender().auth.expires().await
    }

    pub(super) fn sender(&self) -> &Sender {
        &self.0
    }

    /// The bound of one list.
    pub(super) fn bound(&self) -> Bound {
        Bound::new(&self.0.config.limits)
    }

    /// The most requests that are ever in flight.
    pub(super) fn concurrency(&self) -> usize {
        self.0.config.limits.concurrency.most()
    }

    /// The number of requests that may be in flight now. It changes with each
    /// answer.
    #[must_use]
    pub fn allowed_in_flight(&self) -> usize {
        self.0.in_flight.allowed()
    }

    /// Whether requests of the Orchestration API have to wait now: those of the last
    /// minute are as many as are allowed, or the API asked all to wait.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.0.orchestration.is_used_up()
    }

    /// Sends a request for a page of a list, and reads it.
    pub(super) async fn page(&self, request: &ApiRequest<'_>) -> Result<RawPage, ClientError> {
        let reply = self.sender().send(request).await.map_err(|failed| failed.error)?;
        RawPage::read(&reply.body).map_err(|error| self.sender().unreadable(&reply, &error))
    }

    /// Reads an item of the list that has that path.
    pub(super) fn item<T: DeserializeOwned>(
        &self,
        path: &[&str],
        item: &RawValue,
    ) -> Result<T, ClientError> {
        read_json(item.get().as_bytes()).map_err(|error| {
            let path = format!("/{}", path.join("/"));
            let request = RequestLine { method: "GET", path, attempts: 1 };
            let what = self.sender().show(&format!("{error}: {}", item.get()));
            ClientError::Unreadable { request, what }
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.config).finish()
    }
}
