//! The pipeline tests: the real binaries, joined by pipes, against the
//! stand-in over HTTP. One target, one file a subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on stderr what it skips"
)]

mod ahead_of_all;
mod any_bytes;
mod browser;
mod budget;
mod changes_first;
mod checks;
mod claims;
mod clock;
mod contract;
mod contributing;
#[cfg(target_os = "linux")]
mod crash;
mod cut_calendar;
mod demo;
#[cfg(target_os = "linux")]
mod disk;
mod doubtful_timetable;
mod edges;
mod effects;
mod empty_timetable;
mod end_record;
mod endings;
mod endless;
mod fault_matrix;
mod faults;
mod fetch;
mod filter;
mod first;
mod generate;
mod gone;
mod guard;
mod history;
mod hostile_names;
mod house;
mod identifiers;
mod journal;
mod ledgers;
mod long_names;
mod look_ahead;
mod mistakes;
mod monitoring;
mod odd_json;
mod outputs;
mod ownership;
mod ownership_matrix;
mod package;
mod pages;
mod panics;
mod pause;
mod pause_history;
mod pause_lists;
mod people_tables;
mod picked;
mod pipeline;
mod places;
mod plans;
mod planted;
mod platforms;
mod race;
mod readme;
mod reasons;
mod receipt_table;
mod recipes;
mod recover;
mod refusals;
mod renames;
mod repeated;
mod resume;
mod schedule;
mod secrets;
mod security_doc;
mod settings;
mod shapes;
#[cfg(target_os = "linux")]
mod soak;
mod spreadsheet;
mod stay;
mod stream;
mod strict;
mod suggest;
mod summaries;
mod support;
mod sync;
#[cfg(target_os = "linux")]
mod tags;
mod terminal;
mod throttled;
mod timetable;
mod told_environments;
mod version;
mod views;
mod words;
mod workflow;
