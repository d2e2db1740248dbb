//! The client of the Talend API: the only room that talks to a network.
//!
//! [`Client`] has a verb for each thing that the tools ask of the API.
//! `config` says where the API is, who asks, and the bounds; `auth` keeps
//! tokens; `connect` makes connections; `request` is what is sent; `send` makes
//! one exchange, by the rule of `retry`, within the allowance of `rate` and what `load` finds the service to bear; `text` and `answer`
//! judge what came back, `said` finds the reason in a refusal and `hint` what to
//! do about it.
//!
//! `paging` reads lists that are complete or an error, as `complete` proves
//! their pages and `item` their items, and no longer than their `bound`. `runs` reads the longest of them in
//! slices of time if need be, and `history` those of executions always.
//! `orchestration` and `processing` are the endpoints; `wire`, `execution` and
//! `date` read their objects leniently, `escaped` text that was escaped; `error`
//! names every way in which it can end badly.
//!
//! # Which certificates are trusted
//!
//! TLS is rustls with ring. The roots are the platform's own (on Linux those
//! of the distribution, or of `SSL_CERT_FILE`, on macOS the keychain's), and
//! besides them those of `--ca-file`.

mod answer;
mod auth;
mod bound;
mod complete;
mod config;
mod connect;
mod date;
mod error;
mod escaped;
mod execution;
mod hint;
mod history;
mod item;
mod load;
mod orchestration;
mod paging;
mod processing;
mod rate;
mod request;
mod retry;
mod runs;
mod said;
mod secrets;
mod send;
mod text;
mod wire;

use std::fmt;
use std::sync::Arc;

pub use complete::Discrepancy;
pub use config::{
    BaseUrl, BaseUrlError, Config, Credentials, Exchange, KNOWN_REGIONS, Limits, Observer,
};
pub use error::{ApiMessage, ClientError, Made, RequestLine, SendError};
pub use escaped::unescape_html;
pub use execution::Execution;
pub use history::{Edge, History};
pub use orchestration::{ExecutableFilter, ExecutableList, LARGEST_PAGE, RunSearch, SentChange};
pub use paging::ListPages;
pub use processing::{ExecutionQuery, ExecutionsInFlight, LONGEST_HISTORY};
pub use retry::patience;
pub use runs::Runs;
pub use wire::{Environment, Executable, Workspace};

use send::Sender;

/// A client of the API. Clones share connections, token, allowance and budget.
#[derive(Clone)]
pub struct Client(Arc<Sender>);

impl Client {
    /// Makes a client. Nothing is sent yet.
    pub fn new(config: Config) -> Result<Self, ClientError> {
        Ok(Self(Arc::new(Sender::new(config)?)))
    }

    /// Where the API is: scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.config().base.origin()
    }

    fn sender(&self) -> &Sender {
        &self.0
    }

    /// The bound of one list.
    fn bound(&self) -> bound::Bound {
        bound::Bound::new(&self.0.config().limits)
    }

    fn concurrency(&self) -> usize {
        self.0.config().limits.concurrency
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(self.0.config()).finish()
    }
}
