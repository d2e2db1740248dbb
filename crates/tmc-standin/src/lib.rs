//! A stand-in for the Talend Cloud API on the loopback interface, for tests
//! and the demo.
//!
//! It behaves as the vendor's descriptions say the API behaves, down to its
//! limits and error bodies, and where they are silent an option of the world
//! decides ([`Options`]). It judges clients: what the descriptions do not
//! allow (an unknown member, a limit of 101, a POST for a PUT) is refused. It
//! writes down every request ([`Request`]), knows the true state of every task
//! ([`State`]), and its clock can be set.
//!
//! ```
//! # fn main() -> anyhow::Result<()> {
//! use tmc_standin::{Standin, World};
//!
//! let standin = Standin::start(World::documentation_sample())?;
//! standin.freeze("2022-09-20T17:30:00Z".parse()?);
//! // … point a client at `standin.url()` …
//! assert!(!standin.state().task("61323d2498d04f63ee697541").unwrap().paused);
//! assert!(standin.requests().is_empty());
//! # Ok(()) }
//! ```
//!
//! # The modules
//!
//! A request comes in at `server`, is written down in the `shared` log and goes
//! to one of the `routes`, which read and change the `tenant`: its `accounts`,
//! the `schedule`s of tasks and plans, from which a `search` computes planned
//! runs and `executions` the past, and their `pause`s. `routes` never touch the
//! network; `answer_shapes` brings their answers into the shape of an odd tenant.
//! `overload` refuses the requests that are too many for the service. A request
//! that `faults` hit goes through `inject_faults` on its way, and `reply` breaks
//! the answer's bytes.
//!
//! # As a process
//!
//! `tmc-standin --sample`, `--generate SEED:TASKS` or `--world FILE` (a
//! [`World`] as JSON), with `--faults FILE` (an array of [`Fault`]s), writes its
//! URL to standard output and runs until it is interrupted.
//!
//! # The handle over HTTP
//!
//! Under `/_standin/`, without credentials and without an entry in the log:
//!
//! | request | what it does |
//! |---|---|
//! | `GET health` | 200 once it listens |
//! | `GET requests` | the log, an array of [`Request`] |
//! | `GET state` | the [`State`] |
//! | `GET clock`, `POST clock` | the time; `{"at": TIME, "frozen": bool, "advance": "PT1H"}`, all optional |
//! | `POST actions` | an array of [`WorldAction`]s, done in order |
//! | `POST faults`, `DELETE faults` | an array of [`Fault`]s, added to those in force; ends them all |
//! | `GET options`, `POST options` | the [`Options`]; those that are not named stay as they are |

mod accounts;
mod actions;
mod admin;
mod answer_shapes;
mod clock;
mod events;
mod execution;
mod executions;
mod faults;
mod fiql;
mod http;
mod inject_faults;
mod kind;
mod limits;
mod options;
mod overload;
mod pause;
mod random;
mod reply;
mod requests;
mod routes;
mod schedule;
mod search;
mod server;
mod shared;
mod snapshot;
mod tenant;
mod tls;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use tokio::runtime::Runtime;

pub use actions::WorldAction;
pub use answer_shapes::{
    AnswerShapes, ContextShape, DateShape, Encoding, ErrorShape, Letters, NoItems, PauseAnswer,
    PauseShape, Refuses, TotalShape,
};
pub use clock::Time;
pub use faults::{Effect, Fault, PagingLie};
pub use options::{HistoryRule, Options, RetryAfter, UnknownEnvironment, Unpaused};
pub use overload::Overload;
pub use requests::{Auth, Request};
pub use schedule::{Trigger, TriggerKind, Weekday};
pub use snapshot::{ExecutableState, State};
pub use world::{
    EnvironmentSpec, ExecutionKind, PauseDetails, Permission, PersonalToken, Plan,
    RecordedExecution, Runtime as TaskRuntime, RuntimeKind, ServiceAccount, Step, Task, User,
    UserKind, WorkspaceKind, WorkspaceSpec, World,
};

use clock::Clock;
use shared::StandinState;
use tenant::Tenant;
use tls::Identity;

/// A running stand-in. It stops when this is dropped.
#[derive(Debug)]
pub struct Standin {
    address: SocketAddr,
    ca_pem: Option<String>,
    shared: Arc<StandinState>,
    runtime: Option<Runtime>,
}

impl Standin {
    /// Starts it on a free port of 127.0.0.1; it listens when this returns.
    ///
    /// # Errors
    ///
    /// A world that is not sound, or a system without threads or ports.
    pub fn start(world: World) -> anyhow::Result<Self> {
        Self::start_at(world, (Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Starts it on an address of one's own choice, e.g. `[::1]:0`.
    ///
    /// # Errors
    ///
    /// As [`Standin::start`], or the address is taken.
    pub fn start_at(world: World, address: SocketAddr) -> anyhow::Result<Self> {
        Self::listen(world, address, None)
    }

    /// Starts it on a free port of 127.0.0.1, for HTTPS only. Clients have to
    /// trust [`Standin::ca_pem`].
    ///
    /// # Errors
    ///
    /// As [`Standin::start`].
    pub fn start_tls(world: World) -> anyhow::Result<Self> {
        let identity = Identity::new().context("cannot prepare TLS")?;
        Self::listen(world, (Ipv4Addr::LOCALHOST, 0).into(), Some(identity))
    }

    fn listen(
        world: World,
        address: SocketAddr,
        identity: Option<Identity>,
    ) -> anyhow::Result<Self> {
        let shared = Arc::new(StandinState::new(Tenant::new(world)?));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("standin")
            .enable_all()
            .build()
            .context("cannot start the stand-in's threads")?;
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(address))
            .with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr().context("cannot read the address listened on")?;
        let (acceptor, ca_pem) =
            identity.map(|identity| (identity.acceptor, identity.ca_pem)).unzip();
        runtime.spawn(server::listen(listener, acceptor, Arc::clone(&shared)));
        Ok(Self { address, ca_pem, shared, runtime: Some(runtime) })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.ca_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate of the authority that HTTPS clients have to trust, as
    /// PEM; nothing if it serves plain HTTP.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Every request to the API so far, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log().clone()
    }

    /// Every request since this was called last, out of the log, so that a long
    /// story needs no room for all of them. What was under way is not noted on.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Request> {
        self.shared.take_log()
    }

    /// Waits until the requests so far are as wanted, at most a minute, and
    /// says whether they are.
    #[must_use]
    pub fn wait_for(&self, wanted: impl Fn(&[Request]) -> bool) -> bool {
        self.shared.wait_for_log(wanted, Duration::from_secs(60))
    }

    /// The true state of all tasks and plans.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.tenant().snapshot()
    }

    /// The stand-in's time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.shared.tenant().now()
    }

    /// Sets the clock, which runs on from there.
    pub fn set_clock(&self, time: Time) {
        self.shared.tenant().clock = Clock::running_from(time);
    }

    /// Sets the clock, which then stands still.
    pub fn freeze(&self, time: Time) {
        self.shared.tenant().clock = Clock::Frozen(time);
    }

    /// Moves the clock, forward unless the duration is negative.
    pub fn advance(&self, by: SignedDuration) {
        self.shared.tenant().clock.advance(by);
    }

    /// Does what others do behind a client's back.
    ///
    /// # Errors
    ///
    /// The action names something that was never there, or a wrong trigger.
    pub fn act(&self, action: WorldAction) -> anyhow::Result<()> {
        self.shared.tenant().act(action)
    }

    /// Puts further faults in force, beside those that are in force already.
    ///
    /// # Errors
    ///
    /// A fault that makes no sense; then none is added.
    pub fn add_faults(&self, faults: Vec<Fault>) -> anyhow::Result<()> {
        self.shared.faults().add(faults)
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Changes how the tenant behaves.
    pub fn set_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut self.shared.tenant().options);
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Connections are cut; whoever still waits for an answer sees that.
            // A thread of its own, as asynchronous tests may drop it too.
            let stop = move || runtime.shutdown_timeout(Duration::from_secs(1));
            let _ = std::thread::spawn(stop).join();
        }
    }
}
