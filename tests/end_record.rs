//! The end record through filters and into `task-pause`: a line that is lost
//! or added anywhere in the pipe is noticed.

use crate::support::ended::Ended;
use crate::support::filter::{SAMPLE, filter, timetable};
use crate::support::runs::open_now;
use crate::support::scene::Scene;

/// A window with the last two runs of the sample's six.
const AUTUMN: &str = "w,2022-11-01T00:00:00Z,2023-01-01T00:00:00Z";

/// The end record of `runs-fetch` behind the sample, with members beyond it.
const END: &str = r#"{"end":{"runs":6,"environments":["6242bc6eac74e9757cda41bb"],"from":"2022-07-01T00:00:00.000Z","to":"2023-01-01T00:00:00.000Z","of a later build":[1.50]}}"#;

/// The same, with the count of a filter.
fn counted(selected: u64) -> String {
    END.replace("[1.50]}", &format!("[1.50],\"selected\":{selected}}}"))
}

fn passed(ended: &Ended) -> (usize, &str) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let last = ended.stdout.lines().last().unwrap();
    (ended.stdout.lines().count() - 1, last)
}

#[test]
fn a_filter_adds_its_count_and_passes_the_rest_on_last() {
    let dir = timetable(AUTUMN);
    let whole = format!("{SAMPLE}{END}\n");
    assert_eq!(passed(&filter(&dir, &[], &*whole)), (2, &*counted(2)));
    assert_eq!(passed(&filter(&dir, &["-v"], &*whole)), (4, &*counted(4)));
    assert_eq!(passed(&filter(&dir, &[], format!("\n{whole} \n"))), (2, &*counted(2)));
    let bare = filter(&dir, &[], "{\"end\":{\"runs\":0}}");
    assert_eq!(passed(&bare), (0, r#"{"end":{"runs":0,"selected":0}}"#));
    // A view is for people: the count is checked, and not shown.
    for view in ["table", "csv", "timeline", "svg"] {
        let shown = filter(&dir, &["--format", view], &*whole);
        assert_eq!((shown.code, shown.stdout.contains("environments")), (0, false), "{view}");
        let short = filter(&dir, &["--format", view], &whole[SAMPLE.len() / 6..]);
        assert_eq!((short.code, &*short.stdout), (65, ""), "{view}");
    }
}

#[test]
fn a_second_filter_checks_the_count_of_the_first_and_writes_its_own() {
    let autumn = timetable(AUTUMN);
    let december = timetable("w,2022-12-01T00:00:00Z,2023-01-01T00:00:00Z");
    let first = filter(&autumn, &[], format!("{SAMPLE}{END}\n")).stdout;
    assert_eq!(passed(&filter(&december, &[], &*first)), (1, &*counted(1)));
    assert_eq!(passed(&filter(&december, &["-v"], &*first)), (1, &*counted(1)));
    let (_, lost) = first.split_once('\n').unwrap();
    let ended = filter(&december, &[], lost);
    assert_eq!(ended.code, 65);
    let what = "line 2: the end record counts 2 selected runs, but 1 were read";
    assert!(ended.stderr.contains(what), "{}", ended.stderr);
    assert!(!ended.stdout.contains("\"end\":{\"runs"), "{}", ended.stdout);
}

#[test]
fn a_list_that_does_not_fit_its_end_record_has_none_behind_the_filter() {
    let dir = timetable(AUTUMN);
    let (_, short) = SAMPLE.split_once('\n').unwrap();
    let twice = format!("{SAMPLE}{END}\n\n{SAMPLE}");
    for (text, what) in [
        (format!("{short}{END}\n"), "line 6: the end record counts 6 runs, but 5 were read"),
        (format!("{short}{SAMPLE}{END}"), "line 12: the end record counts 6 runs, but 11 were"),
        (twice, "line 9: a record after the end record"),
        (format!("{SAMPLE}{END}\n{END}\n"), "line 8: a record after the end record"),
        (format!("{SAMPLE}{{\"end\":{{\"runs\":\"6\"}}}}"), "line 7: `end.runs` is not a count"),
        (format!("{SAMPLE}{{\"end\":{{}}}}"), "line 7: no `end.runs` in the record"),
    ] {
        let ended = filter(&dir, &[], &*text);
        assert_eq!(ended.code, 65, "{what}");
        assert!(ended.stderr.contains(what), "{}", ended.stderr);
        assert!(!ended.stdout.contains("\"end\":{\"runs"), "{}", ended.stdout);
    }
    // A run may have a member of that name.
    let odd = "{\"end\":{\"runs\":1},\"date\":\"2022-12-02T00:00:00Z\"}\n";
    assert_eq!(filter(&dir, &[], odd).stdout.lines().count(), 1);
    // A line that is left out was one of those that were counted.
    let left_out = format!("{SAMPLE}nonsense\n{}\n", END.replace("\"runs\":6", "\"runs\":7"));
    let ended = filter(&dir, &["--on-error=skip"], left_out);
    assert_eq!(passed(&ended), (2, &*counted(2).replace("\"runs\":6", "\"runs\":7")));
}

#[test]
fn many_threads_count_as_one_does() {
    let dir = timetable(AUTUMN);
    let mut text = SAMPLE.repeat(6_000);
    text.push_str(&END.replace("\"runs\":6", "\"runs\":36000"));
    let expected = counted(12_000).replace("\"runs\":6", "\"runs\":36000");
    for threads in ["1", "2", "7"] {
        let ended = filter(&dir, &["--threads", threads], &*text);
        assert_eq!(passed(&ended), (12_000, &*expected), "{threads}");
    }
}

// README: A list that broke off
#[test]
fn a_line_lost_behind_the_filter_pauses_nothing() {
    let scene = Scene::new();
    let two = open_now(&["t0", "t1"]);
    let one = open_now(&["t0"]);
    let end = |members: &str| format!("{{\"end\":{{\"runs\":9,{members}}}}}\n");
    let two_selected = end("\"selected\":2");
    for (text, what) in [
        (format!("{one}{two_selected}"), "line 2: the end record counts 2 selected runs, but 1"),
        (format!("{two}{one}{two_selected}"), "line 4: the end record counts 2 selected runs"),
        (two_selected.clone(), "line 1: the end record counts 2 selected runs, but 0"),
        (format!("{two}{two_selected}{one}"), "line 4: a record after the end record"),
        (format!("{two}{}", end("\"selected\":-2")), "line 3: `end.selected` is not a count: -2"),
        (format!("{two}{}", end("\"selected\":10")), "line 3: `end.selected` is not a count that"),
    ] {
        for flags in [&[][..], &["--require-end"], &["sync", "--require-end"]] {
            let ended = scene.expect(65, flags, &text);
            assert!(ended.stderr.contains(what), "{}", ended.stderr);
        }
    }
    assert_eq!(scene.standin.requests().len(), 0);
    assert!(!scene.ledger().exists());
    let ended = scene.expect(0, &["--require-end"], &format!("{two}{two_selected}"));
    assert_eq!([ended.action("t0"), ended.action("t1")], ["paused", "paused"]);
    scene.end_clean();
}
