//! JSON that is valid and that few programs make anything of: it goes through
//! every tool as it came, where nobody has to make anything of it.

use serde_json::Value;
use tmc_standin::{Effect, Fault, PagingLie};

use crate::support::filter::{filter, timetable};
use crate::support::place::PipelineDir;
use crate::support::runs::open_now;
use crate::support::scene::Scene;

const FETCH: &str =
    "runs-fetch --environment Production --from 2022-07-01 --to 1672531199000 --end-record";

fn nested(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

/// Members that no value of most libraries can hold.
fn odd() -> Vec<String> {
    vec![
        r#""a":1e999"#.to_owned(),
        r#""a":[-1E+4000,1e-99999999999999999999]"#.to_owned(),
        format!("\"a\":{}", "7".repeat(400)),
        format!("\"a\":0.{}", "7".repeat(4000)),
        r#""a":"\ud800""#.to_owned(),
        r#""\udc00":"\uDC00\uD800""#.to_owned(),
        r#""a":1,"a":{},"a":1"#.to_owned(),
        r#""":{"":null}"#.to_owned(),
        format!("\"a\":{}", nested(128)),
        format!("\"a\":{}", nested(1000)),
        format!("\"a\":{}1{}", r#"{"[":"#.repeat(1000), "}".repeat(1000)),
    ]
}

#[test]
fn odd_members_pass_the_filter_byte_for_byte() {
    let dir = timetable("w,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z");
    for member in odd() {
        for line in [
            format!(r#"{{{member},"date":"2022-09-20T18:00:00Z"}}"#),
            format!(r#"{{"d\u0061te":"2022-09-20T18:00:00Z",{member}}}"#),
        ] {
            let ended = filter(&dir, &[], format!("{line}\n{line}\n"));
            assert_eq!(ended.code, 0, "{member}: {}", ended.stderr);
            let kept = format!("{},\"window\":", line.strip_suffix('}').unwrap());
            assert_eq!(ended.stdout.matches(&kept).count(), 2, "{}", ended.stdout);
            // Again, which replaces the window, and where it is left as it is.
            assert_eq!(filter(&dir, &[], ended.stdout.as_bytes()).stdout, ended.stdout);
            let free = line.replace("-09-20T", "-09-21T");
            assert_eq!(filter(&dir, &["-v"], free.as_bytes()).stdout, free + "\n");
        }
        let line = format!(r#"{{"id":"seen",{member},"date":"2022-09-20T18:00:00Z"}}"#);
        let table = filter(&dir, &["--format", "table"], line);
        assert!(table.stdout.contains("seen"), "{member}: {}", table.stdout);
    }
}

#[test]
fn what_is_nested_deeper_is_an_error_of_its_line() {
    let dir = timetable("w,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z");
    let good = "{\"date\":\"2022-09-20T18:00:00Z\"}\n";
    for levels in [1001, 2000, 1_000_000] {
        let deep = format!("{{\"a\":{},\"date\":\"2022-09-20T18:00:00Z\"}}\n", nested(levels));
        let ended = filter(&dir, &[], format!("{good}{deep}{good}"));
        assert_eq!(ended.code, 65);
        let what = "line 2: nested more than 1000 levels deep";
        assert!(ended.stderr.contains(what), "{}", ended.stderr);
        let ended = filter(&dir, &["--on-error", "skip"], format!("{good}{deep}{good}"));
        assert_eq!((ended.code, ended.stdout.lines().count()), (0, 2), "{}", ended.stderr);
        let open = format!("{good}{{\"a\":{}\n", "[".repeat(levels));
        assert!(filter(&dir, &[], open).stderr.contains("line 2: not JSON"));
    }
}

#[test]
fn odd_members_pause_a_task_as_any_others() {
    let scene = Scene::new();
    for member in odd() {
        let run = open_now(&["t0"]).replacen('{', &format!("{{{member},"), 1);
        let ended = scene.expect(0, &["--dry-run"], &run);
        assert_eq!(ended.action("t0"), "paused", "{member}");
    }
    let run = open_now(&["t0"]);
    for name in [r#""name":"half \ud83d""#, r#""workspaceName":"\udc00","tags":["\ud800"]"#] {
        let odd = run.replacen('{', &format!("{{{name},"), 1);
        assert_eq!(scene.expect(0, &["--dry-run"], &odd).action("t0"), "paused", "{name}");
    }
    let deep = run.replacen('{', &format!("{{\"a\":{},", nested(1001)), 1);
    let ended = scene.expect(65, &[], &format!("{run}{deep}"));
    assert!(ended.stderr.contains("line 2: nested more than 1000"), "{}", ended.stderr);
    assert_eq!(scene.count("PUT", ""), 0);
    scene.end_clean();
}

#[test]
fn a_run_with_an_odd_member_comes_from_the_api_as_it_is() {
    let place = PipelineDir::sample();
    place.write("maintenance.csv", "name,start,end\nw,2022-07-01T00:00Z,2022-08-01T00:00Z\n");
    let deep = (0..1000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let odd = PagingLie::With { member: "deep".to_owned(), value: deep };
    let fault = Fault::new(Effect::Paging(odd)).on("POST", "/**/search");
    place.standin.add_faults(vec![fault]).unwrap();
    let filter = "window-filter --timetable maintenance.csv";
    let pause = "task-pause --require-end --dry-run --at 2022-07-20T18:00:00Z";
    let stages = place.pipe(&[FETCH, filter, pause]);
    for stage in &stages {
        assert_eq!(stage.code, 0, "{}", stage.stderr);
    }
    let deep = format!("\"deep\":{}null{}", "[".repeat(1000), "]".repeat(1000));
    let filtered = &place.pipe(&[FETCH, filter])[1].stdout;
    assert!(filtered.contains(&deep), "{filtered}");
    assert!(stages[2].stdout.contains("\"action\":\"paused\""), "{}", stages[2].stdout);
}
