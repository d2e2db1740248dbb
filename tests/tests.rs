//! The pipeline tests: the real binaries, joined by pipes, against the
//! stand-in over HTTP. One target, one file a subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::too_many_lines,
    reason = "a test fails by panicking, says on stderr what it skips, and may be a long table"
)]

mod ahead_of_all;
mod answer_shapes;
mod any_bytes;
mod browser;
mod budget;
mod category_and_name;
mod changes_first;
mod check_jobs;
mod claims;
mod clock_behind_ledger;
mod contract;
mod contributing;
#[cfg(target_os = "linux")]
mod crash;
mod cut_calendar;
mod demo;
#[cfg(target_os = "linux")]
mod disk;
mod doubtful_timetable;
mod empty_timetable;
mod end_record;
mod endings;
mod endless_lists;
mod execution_lists;
mod fault_matrix;
mod faults;
mod fetch;
mod filter;
mod filter_stream;
mod generate;
mod give_back_first;
mod hostile_names;
mod house;
mod identifiers;
mod journal;
mod ledgers;
mod long_names;
mod look_ahead;
mod maintenance_sync;
mod missing_tasks;
mod mistakes;
mod monitoring;
mod near_runs;
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
mod pipeline;
mod plans;
mod planted_files;
mod platforms;
mod race;
mod read_back;
mod readme;
mod reasons;
mod receipt_table;
mod recipes;
mod recover;
mod recurring_windows;
mod refusals;
mod renamed_objects;
mod repeated_values;
mod resume;
mod secrets;
mod security_doc;
mod settings;
mod several_environments;
mod short_windows;
#[cfg(target_os = "linux")]
mod soak;
mod spreadsheet;
mod strict_tables;
mod suggest;
mod summaries;
mod support;
mod sync;
mod sync_environments;
#[cfg(target_os = "linux")]
mod tags;
mod terminal;
mod throttled;
mod timetable;
mod version;
mod views;
mod wait_edges;
mod words;
mod workflow;
