//! The claims of the README, each with the tests that show it.

use std::path::Path;

use crate::support::named_tests::names_of_tests;
use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::world::PLAN;

/// The beginning of each claim in a list of the README, with its tests. A comment of each
/// test names the claim.
const CLAIMS: [(&str, &[&str]); 20] = [
    (
        "**Agree on a window**",
        &[
            "suggest::the_quietest_slot_is_a_window_that_selects_no_run",
            "views::views_of_the_sample",
        ],
    ),
    (
        "**Leave it to a timer**",
        &[
            "maintenance_sync::the_wrapper_joins_the_three_tools",
            "maintenance_sync::systemd_takes_the_units_and_finds_little_exposed",
        ],
    ),
    ("**End a maintenance early**", &["resume::one_window_is_ended_and_the_other_still_holds"]),
    (
        "**See what is held, and be told when something is wrong**",
        &[
            "resume::overdue_holds_are_reported_by_the_exit_code",
            "monitoring::the_check_reads_every_ledger_that_is_named",
        ],
    ),
    (
        "**Find out who paused a task**",
        &["pause_history::history_shows_who_was_paused_by_which_account_and_for_how_long"],
    ),
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
    ("Our pauses carry a *mark*", &["recover::a_lost_ledger_is_rebuilt_from_the_marks"]),
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
            "strict_tables::a_table_that_may_be_misread_selects_nothing_and_ends_with_65",
            "cut_calendar::a_calendar_that_was_cut_gives_nothing_back",
        ],
    ),
    (
        "`--dry-run` does every read and changes nothing",
        &["pause::a_dry_run_changes_nothing_anywhere", "pause::more_than_max_tasks_pauses_none"],
    ),
    (
        "If nothing proves whose a pause is",
        &["ownership::what_is_cut_beyond_recognition_is_reported_and_not_given_up"],
    ),
    (
        "No credential is an argument",
        &["secrets::no_flag_takes_a_secret", "fetch::credential_files_are_read"],
    ),
    (
        "A call that pauses or gives back waits for no reader",
        &[
            "ahead_of_all::unread::nobody_who_does_not_read_holds_up_the_work_or_the_ledger",
            "give_back_first::a_deadline_ends_a_call_whose_list_hangs_in_every_mode",
        ],
    ),
    ("Every exit code but 0", &["endings::an_exit_code_other_than_zero_always_has_a_sentence"]),
    ("It does not stop runs that are under way", &["sync::drain_reports_what_is_still_running"]),
    (
        "It does not start what a pause suppressed",
        &["sync::catch_up_starts_what_missed_a_run_once"],
    ),
    ("It does not see tasks", &["recover::coverage_lists_the_tasks_that_no_run_protects"]),
    ("It does not change schedules", &["claims::no_request_changes_anything_but_pauses"]),
    // Continuous integration runs on Linux alone.
    ("It is tested on Linux", &[]),
];

/// The claims in the sentences of the README, with their tests.
const SENTENCES: [(&str, &[&str]); 14] = [
    ("they list every planned run", &["fetch::pages_of_any_size_make_the_same_list"]),
    (
        "give each task back as it was found",
        &["pipeline::every_task_is_paused_once_and_given_back_as_it_was_found"],
    ),
    ("runs the whole pipeline against it", &["demo::the_demo_pauses_and_gives_back"]),
    (
        "`scripts/package` builds a Debian package",
        &["package::the_debian_package_is_made_of_files_that_exist"],
    ),
    (
        "`check` tries the connection and the token",
        &["check_jobs::check_of_an_account_that_works_finds_nothing_and_changes_nothing"],
    ),
    ("This finds mistakes in it.", &["timetable::every_broken_timetable_gets_its_message"]),
    (
        "`--before 15m` begins each window 15 minutes earlier",
        &["filter::widening_lengths_and_overlaps"],
    ),
    (
        "It pauses the tasks whose window is open now",
        &["pause::what_is_open_is_paused_once_and_given_back"],
    ),
    (
        "with `--dry-run` it only says what it would do",
        &["pause::a_dry_run_changes_nothing_anywhere"],
    ),
    (
        "`task-pause resume` gives the tasks back",
        &["resume::a_hold_that_ended_is_given_back_and_others_are_not"],
    ),
    (
        "A word behind the name of a tool chooses another job of it",
        &["words::the_help_of_a_tool_lists_its_words_and_that_of_each_has_an_example"],
    ),
    ("`--help` explains every flag", &["contract::generated_pages_name_every_flag"]),
    (
        "completions for bash, zsh, fish and PowerShell",
        &[
            "generate::bash_completes_flags_and_their_values",
            "generate::zsh_loads_the_completion_for_the_tool",
            "generate::fish_completes_flags_and_their_values",
            "generate::powershell_is_offered_every_flag_in_a_script_that_its_grammar_knows",
        ],
    ),
    ("are also manual pages", &["generate::pages_of_the_crates_are_manual_pages_too"]),
];

/// The comments right above a test, as one line.
fn comment_of(test: &str) -> String {
    let (modules, name) = test.rsplit_once("::").unwrap();
    let file = format!("tests/{}.rs", modules.replace("::", "/"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let source = std::fs::read_to_string(&path).unwrap();
    let begin = format!("fn {name}(");
    let lines: Vec<&str> = source.lines().take_while(|line| !line.contains(&begin)).collect();
    let above = lines.iter().rev().map(|line| line.trim());
    let above = above.take_while(|line| line.starts_with("//") || line.starts_with("#["));
    let comments: Vec<&str> = above.filter_map(|line| line.strip_prefix("//")).collect();
    comments
        .into_iter()
        .rev()
        .map(|line| line.trim_start_matches('/').trim())
        .fold(String::new(), |text, line| text + " " + line)
}

/// Each test of these claims exists, and a comment of it names its claim.
fn are_shown(claim: &str, shown_by: &[&str], tests: &[String]) {
    for test in shown_by {
        assert!(tests.iter().any(|name| name == test), "{claim}: there is no {test}");
        let named = format!("README: {claim}");
        assert!(comment_of(test).contains(&named), "{test} lacks the comment: {named}");
    }
}

#[test]
fn every_sentence_that_claims_something_has_its_tests() {
    let readme = include_str!("../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let tests = names_of_tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    for (claim, shown_by) in SENTENCES {
        assert!(readme.contains(claim), "the README no longer says: {claim}");
        are_shown(claim, shown_by, &tests);
    }
}

#[test]
fn every_claim_of_the_readme_has_its_tests() {
    let readme = include_str!("../README.md");
    let tests = names_of_tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let mut claims = CLAIMS.iter();
    for title in ["What people do with it", "How it stays safe", "What it does not do"] {
        let (_, section) = readme.split_once(&format!("\n## {title}\n")).unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        for claim in section.lines().filter_map(|line| line.strip_prefix("- ")) {
            let (known, shown_by) = claims.next().unwrap_or_else(|| panic!("a new claim: {claim}"));
            assert!(claim.starts_with(known), "{claim} is not: {known}");
            are_shown(known, shown_by, &tests);
        }
    }
    assert_eq!(claims.next(), None, "a claim is gone");
}

// README: It does not change schedules
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
