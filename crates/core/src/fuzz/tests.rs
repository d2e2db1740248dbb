//! Bounded runs of the targets of this crate.

use super::bounded::run;
use super::*;

#[test]
fn a_line_is_read_and_spliced_as_json_says() {
    run("line", fuzz_line, 2_000);
}

#[test]
fn a_csv_timetable_keeps_its_promises() {
    run("csv", fuzz_csv, 200);
}

#[test]
fn a_calendar_keeps_its_promises() {
    run("ical", fuzz_ical, 150);
}

#[test]
fn a_timetable_of_json_lines_keeps_its_promises() {
    run("table_lines", fuzz_table_lines, 400);
}

#[test]
fn a_rule_makes_the_times_of_the_slow_evaluator() {
    run("rule", fuzz_rule, 300);
}

#[test]
fn a_time_or_duration_reads_back_the_same() {
    run("time", fuzz_time, 2_000);
}

#[test]
fn an_answer_of_the_api_keeps_its_promises() {
    run("api", fuzz_api, 1_000);
}

#[test]
fn a_ledger_replays_to_one_state_or_an_error() {
    run("ledger", fuzz_ledger, 200);
}

#[test]
fn a_journal_keeps_the_lines_that_it_had() {
    run("journal_end", fuzz_journal_end, 100);
}
