//! The claims of the README, each with the tests that show it.

use std::path::Path;

use crate::support::named_tests::names_of_tests;
use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::world::PLAN;

/// The beginning of each claim about safety and about limits, with its tests.
const CLAIMS: [(&str, &[&str]); 15] = [
    (
        "What somebody else paused is left alone",
        &[
            "pause::what_a_person_paused_is_left_alone_now_and_later",
            "resume::a_person_who_resumes_early_has_decided",
        ],
    ),
    (
        "An intent is on disk before its request leaves.",
        &[
            "crash::a_call_killed_while_pausing_is_settled_by_the_next",
            "crash::a_disk_that_is_full_or_broken_sends_nothing_that_is_not_on_it",
        ],
    ),
    ("Our pauses carry a *mark*", &["recover::a_lost_ledger_is_rebuilt_from_the_markers"]),
    (
        "A list that broke off",
        &[
            "pause::nothing_is_paused_on_a_broken_list",
            "end_record::a_line_lost_behind_the_filter_pauses_nothing",
        ],
    ),
    (
        "A timetable is read strictly",
        &[
            "strict::a_table_that_may_be_misread_selects_nothing_and_ends_with_65",
            "cut_calendar::a_calendar_that_was_cut_gives_nothing_back",
        ],
    ),
    (
        "`--dry-run` does every read and changes nothing",
        &["pause::a_dry_run_changes_nothing_anywhere", "pause::more_than_max_tasks_pauses_none"],
    ),
    (
        "A pause of which nothing proves whose it is",
        &["ownership::what_is_cut_beyond_recognition_is_told_and_not_given_up"],
    ),
    (
        "No credential is an argument",
        &["secrets::no_flag_takes_a_secret", "fetch::credential_files_are_read"],
    ),
    (
        "A call that pauses or gives back waits for no reader",
        &[
            "unread::nobody_who_does_not_read_holds_up_the_work_or_the_ledger",
            "first::a_deadline_ends_a_call_whose_list_hangs_in_every_mode",
        ],
    ),
    ("Every exit code but 0", &["endings::an_exit_code_other_than_zero_always_has_a_sentence"]),
    ("It does not stop runs that are under way", &["sync::drain_tells_what_is_still_running"]),
    (
        "It does not start what a pause suppressed",
        &["sync::catch_up_starts_what_missed_a_run_once"],
    ),
    ("It does not see tasks", &["recover::coverage_lists_the_tasks_that_no_run_protects"]),
    ("It does not change schedules", &["claims::no_request_changes_anything_but_pauses"]),
    // Continuous integration runs on Linux alone.
    ("It is tested on Linux", &[]),
];

#[test]
fn every_claim_of_the_readme_has_its_tests() {
    let readme = include_str!("../README.md");
    let tests = names_of_tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let mut claims = CLAIMS.iter();
    for title in ["How it stays safe", "What it does not do"] {
        let (_, section) = readme.split_once(&format!("\n## {title}\n")).unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        for claim in section.lines().filter_map(|line| line.strip_prefix("- ")) {
            let (known, shown_by) = claims.next().unwrap_or_else(|| panic!("a new claim: {claim}"));
            assert!(claim.starts_with(known), "{claim} is not: {known}");
            for test in *shown_by {
                assert!(tests.iter().any(|name| name == test), "{claim}: there is no {test}");
            }
        }
    }
    assert_eq!(claims.next(), None, "a claim is gone");
}

#[test]
fn no_request_changes_anything_but_pauses() {
    let scene = Scene::new();
    scene.expect(0, &["--with-plans", "--drain", "1s"], &open_now(&["t0", "t5", PLAN]));
    scene.expect(0, &["resume", "--all"], "");
    let mut changes = 0;
    for request in scene.standin.requests() {
        // A search is a POST that changes nothing.
        match (&*request.method, &*request.path) {
            ("GET", _) => {}
            ("PUT", path) if path.ends_with("/pause") => changes += 1,
            ("POST", path) if path.ends_with("/search") => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(changes >= 6, "{}", scene.story());
    scene.end_clean();
}
