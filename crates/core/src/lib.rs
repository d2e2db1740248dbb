//! The parts that `runs-fetch`, `window-filter` and `task-pause` share.
//!
//! # Architecture
//!
//! The root package ships the three binaries and has the pipeline tests, in `tests/`, so
//! that Cargo builds the binaries before it runs the tests that use them. Each tool is a
//! library in `crates/`; its program in `crates/bin/` only calls it. This crate is what the
//! tools share: a tool uses it, and it knows no tool. `tmc-standin` is a stand-in of the
//! Talend API for the tests and the demo; it shares no code with the tools.
//! `tests/house.rs` checks all of this.
//!
//! A run on its way: `runs-fetch` asks [`client`] for pages and writes their objects as
//! lines. `window-filter` finds the date of each line with [`jsonl`], looks it up in the
//! [`window_set`] that [`timetable`] made, and writes the same bytes with the window added.
//! `task-pause` makes a [`hold`] of the windows of a task, decides, and records the intent
//! in the [`ledger`], which grants a [`change::Permit`]. Without a permit the client cannot
//! send a change.
//!
//! # Modules
//!
//! ```text
//! cli          flags, messages, progress, tables, errors, exit codes, man pages
//!  │
//!  ├── client      the Talend API: the only module that uses a network
//!  ├── ledger      the holds of task-pause on disk; grants each Permit
//!  └── timetable   CSV, iCalendar and JSON Lines to windows; no file, no clock
//!       │
//!      window_set  windows, compiled so that a run is looked up in all of them
//!       │
//!      jsonl       lines of JSON whose bytes are passed on, not taken apart
//!       │
//! the model    time, time_arg, zone, window, scope, run, identifier, hold, change,
//!              short_name, alike, csv_cell, exit, circuit_breaker; and, with I/O,
//!              clock, private_file
//! ```
//!
//! A module uses only modules below it. [`client`], [`ledger`] and [`timetable`]
//! never use one another: a [`change::Permit`] is all that passes from the ledger
//! to the client. The model does no I/O and never waits, with two exceptions:
//! [`clock`] reads the time of day, and [`private_file`] opens and replaces the
//! files that nobody else may change. A tool uses this crate; this crate knows no tool.
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | job | what one call of a tool does: its main job, or the job that a word names |
//! | word | a subcommand: the argument behind the name of a tool that names a job |
//! | run | one planned start of a task or plan, as the API lists it |
//! | task | a unit of work of Talend Cloud that can be run and paused |
//! | plan | several tasks that run as one, step by step; it can be paused, too |
//! | executable | whatever the API can run: a task, a plan, or another type, which cannot be paused |
//! | execution | the API's record of a run that has started, or that a pause suppressed |
//! | environment | the part of a Talend account that tasks and plans belong to |
//! | workspace | the part of an environment that tasks and plans belong to |
//! | timetable | a file that says when maintenance is |
//! | window | one period `[start, end)` of a timetable, in UTC |
//! | open window | a window that has begun and has not ended |
//! | open period | a row or event of the kind `open`, and its time: it is taken out of the windows |
//! | scope | the patterns that say which runs a window concerns |
//! | overlap | the way in which a run meets a window: at its start, or still running |
//! | hold | the time for which a task or plan is kept paused: its windows that touch |
//! | pause | the state of the API in which a task or plan does not start |
//! | resume | the end of a pause |
//! | mark | the text at the end of a pause's context: the ID and the end of our hold |
//! | target | the task or plan that a hold or a change is about |
//! | tenant | the Talend account; what its API shows of a pause differs from tenant to tenant |
//! | candidate | a target that a pass decides on, with its hold from now on |
//! | pass | one round over all candidates: look, decide, apply, follow up |
//! | look | a reading of the pause state of a target, by one request or from a page of a list |
//! | intent | a change that the ledger records before it is sent |
//! | finding | a result that the ledger records after a look or an answer |
//! | settle | to record the result of a change; a hold is settled if the result is known |
//! | foreign | paused by somebody else: never touched |
//! | kept | not given back, or not paused again; the receipt says why. The pause of a person is *foreign* during a hold, and *kept* at its end |
//! | give back | to resume a target of which we hold the pause |
//! | adopt | to write a pause with a mark into a ledger that does not have it |
//! | reassert | to pause again what somebody resumed during its hold |
//! | lead | the head start of the pausing: a task is paused that long before its hold begins |
//! | edge | a time at which a window opens or a hold ends |
//! | catch-up | a start that makes up for the runs that a hold suppressed |
//! | drain | to wait until the runs in flight have ended |
//! | change | a pause or a resume that is to be sent |
//! | permit | the right to send one change, granted after its intent is on disk |
//! | ledger | the file of all holds, from which an interrupted call goes on |
//! | entry | one line of the ledger |
//! | active hold | a hold of the ledger that was not given back yet |
//! | journal | the file of all receipts, for people |
//! | receipt | the line of output about one task or plan: the decision and its result |
//! | record | one line of JSON that flows between the tools |
//! | end record | the last line of a complete list, which counts the runs before it |
//!
//! # Examples
//!
//! A timetable, and the run that a window selects:
//!
//! ```
//! use maintenance_core::scope::{Scope, Subject};
//! use maintenance_core::time::UtcTime;
//! use maintenance_core::timetable::{self, ReadOptions, TimetableFile};
//! use maintenance_core::window_set::{Widening, WindowSet};
//! use maintenance_core::zone::ZoneTable;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let zones = ZoneTable::bundled();
//! let default_zone = Some(zones.get("Europe/Paris")?);
//! let options = ReadOptions { default_zone, ..ReadOptions::new(zones) };
//! let bytes = b"name,start,end,task\n\
//!               Database upgrade,2026-12-01T02:00,2026-12-01T04:00,load *\n";
//! let file = TimetableFile { file: "timetable.csv", format: None, bytes };
//! let (timetable, warnings) = timetable::load([file], &options)?;
//! assert!(warnings.is_empty());
//!
//! let instant = |text| UtcTime::parse(text).ok_or("not a time");
//! let (from, to) = (instant("2026-12-01T00:00:00Z")?, instant("2026-12-02T00:00:00Z")?);
//! let windows = timetable.windows(from, to)?;
//! assert_eq!(windows[0].start, instant("2026-12-01T01:00:00Z")?);
//!
//! let set = WindowSet::new(windows, Widening::default());
//! let run = Subject { name: Some("load orders"), ..Subject::default() };
//! let found = set.at(instant("2026-12-01T02:30:00Z")?, &mut |scope: &Scope| scope.judge(&run))?;
//! assert_eq!(&**set.name(&found.ok_or("no window")?), "Database upgrade");
//! # Ok(())
//! # }
//! ```
//!
//! A ledger grants the permit for a pause, and finds the hold again:
//!
//! ```
//! use std::sync::Arc;
//!
//! use maintenance_core::change::{PauseState, Target, TargetKind};
//! use maintenance_core::clock;
//! use maintenance_core::hold::{Hold, HoldWindow};
//! use maintenance_core::ledger::{Intent, Ledger, NewHold, Settled};
//! use maintenance_core::run::Labels;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dir = tempfile::tempdir()?;
//! let path = dir.path().join("ledger.jsonl");
//! let now = clock::now();
//! let mut ledger = Ledger::open(&path, "https://api.eu.cloud.talend.com", now)?;
//!
//! let target =
//!     Target { environment_id: "env".into(), kind: TargetKind::Task, id: "task".into() };
//! let window = HoldWindow { name: "Database upgrade".into(), start: now, end: None };
//! let hold = Hold::new(vec![window], Vec::new()).ok_or("no window")?;
//! let intent = Intent::Pause(Box::new(NewHold {
//!     target: target.clone(),
//!     labels: Arc::new(Labels::default()),
//!     hold,
//!     prior: PauseState::default(),
//!     reason: "Database upgrade".to_owned(),
//! }));
//! // The intent is on disk before the permit exists.
//! let permit = ledger.intend(vec![intent], now)?.pop().ok_or("no permit")?;
//! assert!(permit.change().pause);
//! // Here the client sends the change.
//! ledger.settle(permit, Settled::Paused, now)?;
//! ledger.sync()?;
//!
//! assert!(Ledger::read(&path)?.active(&target).is_some());
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::too_many_lines, reason = "a table is one function"))]

pub mod alike;
pub mod change;
pub mod circuit_breaker;
pub mod cli;
pub mod client;
pub mod clock;
pub mod csv_cell;
pub mod exit;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod hold;
pub mod identifier;
pub mod jsonl;
pub mod ledger;
pub mod private_file;
pub mod run;
pub mod scope;
pub mod short_name;
pub mod time;
pub mod time_arg;
pub mod timetable;
pub mod window;
pub mod window_set;
pub mod zone;
