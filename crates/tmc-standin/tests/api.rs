//! The stand-in over the wire, by subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

#[path = "api/accounts.rs"]
mod accounts;
#[path = "api/client.rs"]
mod client;
#[path = "api/executions.rs"]
mod executions;
#[path = "api/faults.rs"]
mod faults;
#[path = "api/pause.rs"]
mod pause;
#[path = "api/search.rs"]
mod search;
#[path = "api/transport.rs"]
mod transport;
