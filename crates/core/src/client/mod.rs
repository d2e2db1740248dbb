//! The client of the Talend API: the only module that uses a network.
//!
//! [`Client`] has one method for each request of the tools. Its parts:
//!
//! | what | where |
//! |---|---|
//! | the handle that its clones share | `handle` |
//! | address, credentials, limits | `config` |
//! | connections, tokens, secrets that nothing shows | `connect`, `auth`, `secrets` |
//! | a request, one exchange, its retries | `request`, `send`, `retry` |
//! | the requests of a minute, those in flight, the order of those that wait | `rate`, `concurrency`, `request_queue` |
//! | the waits, for somebody who watches | `waits` |
//! | an answer's bytes, its meaning, the reason in a refusal | `decode`, `answer`, `refusal_reason` |
//! | lists that are complete or an error | `query`, `paging`, `completeness`, `list_item`, `list_limit` |
//! | lists that are read in slices of time | `slices`, `runs`, `execution_lists` |
//! | endpoints | `orchestration`, `processing` |
//! | the API's objects, read leniently | `objects`, `execution`, `date`, `html_entities` |
//! | errors, and their exit codes and hints | `error`, `explain` |
//!
//! # Which certificates are trusted
//!
//! TLS is rustls with ring. The roots are the platform's own (on Linux those
//! of the distribution, or of `SSL_CERT_FILE`, on macOS the keychain's), and
//! besides them those of `--ca-file`.

mod answer;
mod auth;
mod completeness;
mod concurrency;
mod config;
mod connect;
mod date;
mod decode;
mod error;
mod execution;
mod execution_lists;
mod explain;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod handle;
mod html_entities;
mod list_item;
mod list_limit;
mod objects;
mod orchestration;
mod paging;
mod processing;
mod query;
mod rate;
mod refusal_reason;
mod request;
mod request_queue;
mod retry;
mod runs;
mod secrets;
mod send;
mod slices;
mod waits;

pub use config::{
    BaseUrl, BaseUrlError, Concurrency, Config, Credentials, Exchange, KNOWN_REGIONS, Limits,
    Observer,
};
pub use error::{ApiMessage, ClientError, Discrepancy, Made, RequestLine, SendError};
pub use execution::Execution;
pub use execution_lists::{ExecutionList, RetentionLimit};
pub use handle::Client;
pub use html_entities::unescape_html;
pub use objects::{Environment, Executable, Workspace};
pub use orchestration::{ExecutableList, SentChange};
pub use paging::ListPages;
pub use processing::{ExecutionsInFlight, LONGEST_HISTORY};
pub use query::{ExecutableFilter, ExecutionQuery, LARGEST_PAGE, RunSearch};
pub use retry::attempt_timeout;
pub use runs::Runs;
pub use waits::{Wait, WaitObserver, WaitReason};
