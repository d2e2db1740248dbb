//! Names that strangers write, through every recipe: none of them becomes a
//! line, a header, a command, a mention or a formula of its own.

use serde_json::{Value, json};
use tmc_standin::World;

use super::bench::{Bench, Stdout};
use crate::support::checksums::with_checksums;
use crate::support::hostile_names::{NAMES, lines, receipts};
use crate::support::runs::whole_minute;
use crate::support::skip::skip_without;

/// A tenant whose tasks, workspaces and window have these names, one of 10 kB
/// more, and a timetable `maintenance.jsonl`.
pub(crate) fn bench() -> Bench {
    let long = "long ".repeat(2_000);
    let names: Vec<&str> = NAMES.iter().copied().chain([long.as_str()]).collect();
    let ids = |kind: &str| (0..names.len()).map(|n| format!("{kind}{n}")).collect::<Vec<_>>();
    let workspaces = names.iter().zip(ids("w"));
    let workspaces =
        workspaces.map(|(name, id)| json!({"id": id, "name": name, "environment": "e"}));
    let triggers = json!([{"type": "DAILY", "startDate": "2026-01-01", "startTime": "02:00"}]);
    let tasks =
        names.iter().zip(ids("t").into_iter().zip(ids("w"))).map(|(name, (id, workspace))| {
            json!({"id": id, "name": name, "workspace": workspace, "triggers": triggers,
            "tags": ["critical"]})
        });
    let world = json!({
        "environments": [{"id": "e", "name": "Production"}],
        "workspaces": workspaces.collect::<Vec<_>>(),
        "users": [{"name": "ops"}],
        "tokens": [{"id": "t1", "secret": "not-a-real-token", "user": "ops"}],
        "tasks": tasks.collect::<Vec<_>>(),
        "plans": [],
    });
    let bench = Bench::of(World::from_json(&world.to_string()).unwrap());
    let at = |hours: i64| (bench.now() + chrono::TimeDelta::hours(hours)).to_rfc3339();
    let window = json!({"name": NAMES.concat(), "start": at(-1), "end": at(24 * 9)});
    bench.write("maintenance.jsonl", &format!("{window}\n"));
    bench
}

/// Checks that a text has no character that a terminal obeys.
fn is_plain(recipe: &str, text: &str) {
    let obeyed = text.chars().find(|c| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(
                c,
                '\u{ad}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
            )
    });
    assert_eq!(obeyed, None, "{recipe}: {text}");
}

#[test]
fn reports_have_a_line_for_each_task_and_nothing_that_a_terminal_obeys() {
    if skip_without("jq") {
        return;
    }
    let bench = bench();
    let tasks = NAMES.len() + 1;
    let report = |recipe: &str| {
        let mut command = bench.recipe(recipe);
        let output = command.args(["Production", "maintenance.jsonl"]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        // critical-only ends with 1 where there are any.
        let code = i32::from(recipe == "critical-only");
        assert_eq!(output.status.code(), Some(code), "{recipe}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (recipe, lines) in
        [("by-workspace", tasks), ("critical-only", 7 * tasks), ("next-90-days", 1)]
    {
        let text = report(recipe);
        is_plain(recipe, &text);
        assert_eq!(text.lines().count(), lines, "{recipe}: {text}");
        assert!(text.lines().all(|line| line.chars().count() < 1_000), "{recipe}");
    }
    let text = report("ticket-csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 7 * tasks);
    for cell in rows.iter().flatten() {
        let begins = cell.trim_start_matches([' ', '\n']);
        assert!(!begins.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
}

#[test]
fn a_mail_has_the_headers_of_the_recipe_and_no_other() {
    if skip_without("jq") {
        return;
    }
    let bench = bench();
    let mail = bench
        .recipe("weekend-mail")
        .args(["Production", "maintenance.jsonl", "ops@example.com"])
        .stdout();
    is_plain("weekend-mail", &mail);
    let (head, body) = mail.split_once("\n\n").unwrap();
    let headers: Vec<_> = head.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        headers,
        ["To", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
    );
    assert!(body.lines().all(|line| line != "." && line.len() < 998), "{body}");
    for arguments in [
        ["Prod\nBcc: x@example.com", "maintenance.jsonl", "ops@example.com"],
        ["Production", "maintenance.jsonl", "ops@example.com\r\nBcc: x@example.com"],
    ] {
        let before = bench.standin.requests().len();
        bench.recipe("weekend-mail").args(arguments).assert().code(2).stdout("");
        assert_eq!(bench.standin.requests().len(), before);
    }
}

#[test]
fn a_list_by_hand_has_one_line_a_task_and_pauses_what_is_on_it() {
    if skip_without("jq") {
        return;
    }
    let bench = bench();
    let arguments = ["Production", "maintenance.jsonl", "list.txt"];
    bench.recipe("pause-by-list").args(arguments).assert().success().stdout("");
    let list = bench.read("list.txt");
    is_plain("pause-by-list", &list);
    assert_eq!(list.lines().count(), NAMES.len() + 1, "{list}");
    bench.write("list.txt", "\"t0\"  # first\nt3 # typed by hand\n  # nothing\n\nt99\n");
    let assert = bench.recipe("pause-by-list").args(arguments).assert().success();
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("no run in a window: t99"), "{stderr}");
    assert_eq!(bench.paused(), ["t0", "t3"]);
    // What cannot be read pauses nothing.
    for line in ["t1 t2", "\"t1\" t2", "\"t1"] {
        bench.write("list.txt", &format!("{line}\n"));
        bench.recipe("pause-by-list").args(arguments).assert().failure();
        assert_eq!(bench.paused(), ["t0", "t3"], "{line}");
    }
}

#[test]
fn a_chat_gets_one_short_message_without_mentions() {
    if skip_without("jq") || skip_without("curl") {
        return;
    }
    let bench = Bench::start();
    let mentions = ["@here", "<!channel>", "<@U123>", "a\nb"];
    let named = |names: &[String]| {
        lines(names.iter().map(|name| json!({"id": "t", "name": name, "action": "paused"})))
    };
    let many: Vec<String> = (0..3_000).map(|number| format!("task {number:05}")).collect();
    let hostile: Vec<String> = NAMES.iter().chain(&mentions).map(ToString::to_string).collect();
    for receipts in [named(&many), named(&hostile)] {
        let message = bench.chat(&receipts); // "receipts-to-chat"
        let text = message["text"].as_str().unwrap();
        is_plain("receipts-to-chat", text);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.len() < 8_000, "{}", text.len());
        assert!(!text.contains("@here") && !text.contains('<'), "{text}");
    }
    for url in
        ["http://chat.example/x", "https://chat.example/\"\noutput = \"x", "file:///etc/passwd"]
    {
        let mut recipe = bench.recipe("receipts-to-chat");
        recipe.env("CHAT_WEBHOOK_URL", url).write_stdin("").assert().code(78);
    }
}

#[test]
fn a_check_says_one_line_without_figures() {
    if skip_without("jq") {
        return;
    }
    let bench = bench();
    let (start, end, over) = (whole_minute(-30), whole_minute(60), whole_minute(-1));
    let selected = NAMES.iter().enumerate().map(|(number, name)| {
        let run = json!({"id": format!("t{number}"), "type": "TASK", "environmentId": "e",
            "name": name, "date": start, "window": {"name": "w", "start": start, "end": end}});
        run
    });
    bench.write("selected.jsonl", &lines(selected));
    bench.shell("task-pause <selected.jsonl").assert().success();
    // A minute ago, by the ledger.
    let ledger = bench.read("ledger/ledger.jsonl").replace(&end.to_string(), &over.to_string());
    bench.write("ledger/ledger.jsonl", &with_checksums(&ledger));
    let assert = bench.recipe("check-overdue").arg("0s").assert().code(2);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    is_plain("check-overdue", &text);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("CRITICAL: ") && !text.contains('|'), "{text}");
}

#[test]
fn a_start_is_of_the_very_id_and_goes_to_the_api_alone() {
    if skip_without("jq") || skip_without("curl") {
        return;
    }
    let bench = bench();
    let said = bench.recipe("rerun-missed").arg("--yes").write_stdin(receipts("resumed")).stdout();
    is_plain("rerun-missed", &said);
    assert_eq!(said.matches("  started: ").count(), NAMES.len(), "{said}");
    let before = bench.standin.requests().len();
    let receipt = |id: Value, kind: &str| {
        let receipt = json!({"id": id, "type": kind, "action": "resumed", "runs": ["x"]});
        format!("{receipt}\n")
    };
    for (receipts, url) in [
        (receipt(json!(""), "TASK"), None),
        (receipt(json!(7), "TASK"), None),
        (receipt(json!("a\nb"), "TASK"), None),
        (receipt(json!("."), "TASK"), None),
        (receipt(json!(".."), "TASK"), None),
        (receipt(json!("a\u{200b}"), "TASK"), None),
        (receipt(json!("a\u{fffd}"), "TASK"), None),
        (receipt(json!(" a"), "TASK"), None),
        (receipt(json!("é".repeat(65)), "TASK"), None),
        (receipt(json!("t0"), "PIPELINE"), None),
        (receipt(json!("t0"), "TASK"), Some("http://api.example")),
        (receipt(json!("t0"), "TASK"), Some("http://localhost@api.example/")),
        (receipt(json!("t0"), "TASK"), Some("ftp://api.example")),
        (receipt(json!("t0"), "TASK"), Some("http://127.0.0.1:1/\"\nurl = \"http://x")),
    ] {
        let mut recipe = bench.recipe("rerun-missed");
        if let Some(url) = url {
            recipe.env("TALEND_API_URL", url);
        }
        recipe.arg("--yes").write_stdin(receipts.clone()).assert().failure();
        assert_eq!(bench.standin.requests().len(), before, "{receipts}");
    }
    for region in ["eu.evil.example/", "EU", "eu evil"] {
        let mut recipe = bench.recipe("rerun-missed");
        recipe.env_remove("TALEND_API_URL").env("TALEND_REGION", region);
        recipe.arg("--yes").write_stdin(receipts("resumed")).assert().code(78);
    }
    // A token that others can read is not sent.
    bench.shell("chmod 644 token").assert().success();
    bench.recipe("rerun-missed").arg("--yes").write_stdin(receipts("resumed")).assert().code(77);
    bench.shell("chmod 600 token").assert().success();
    assert_eq!(bench.standin.requests().len(), before);
    bench.recipe("rerun-missed").arg("--Yes").write_stdin(receipts("resumed")).assert().code(2);
    // A quote in an ID stays in the ID.
    let id = r#"t0", "executable": "t1"#;
    let mut recipe = bench.recipe("rerun-missed");
    recipe.arg("--yes").write_stdin(receipt(json!(id), "TASK")).assert().failure();
    assert_eq!(bench.standin.requests().last().unwrap().status, Some(404));
}

#[test]
fn an_audit_and_a_comparison_have_no_formula_and_no_control() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    bench.write("receipts.jsonl", &receipts("paused"));
    let text = bench.recipe("audit-report").arg("receipts.jsonl").stdout();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), NAMES.len());
    for cell in rows.iter().flatten() {
        let begins = cell.trim_start_matches([' ', '\n']);
        assert!(!begins.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    let plan = |end: &str| {
        let runs = NAMES.iter().enumerate().map(|(number, name)| {
            let run = json!({"id": format!("t{number}"), "type": "TASK", "name": name, "date": "2026-12-05T02:00:00.000Z",
                "window": {"name": name, "end": end}});
            run
        });
        lines(runs)
    };
    bench.write("old.jsonl", &plan("2026-12-05T04:00:00.000Z"));
    bench.write("new.jsonl", &plan("2026-12-05T06:00:00.000Z"));
    let assert = bench.recipe("selection-diff").args(["old.jsonl", "new.jsonl"]).assert().code(1);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    is_plain("selection-diff", &text);
    assert_eq!(text.lines().count(), NAMES.len(), "{text}");
}

#[test]
fn only_what_is_known_to_have_been_missed_is_started_and_once() {
    if skip_without("jq") || skip_without("curl") {
        return;
    }
    let bench = bench();
    let receipt = |number: usize, more: &[(&str, Value)]| {
        let mut receipt = json!({"id": format!("t{number}"), "type": "TASK", "action": "resumed",
            "name": format!("task {number}"), "runs": ["x", "y"]});
        for (name, value) in more {
            receipt[*name] = value.clone();
        }
        receipt
    };
    let recorded = ("runsSource", json!("recorded"));
    let receipts = lines(
        [
            receipt(0, std::slice::from_ref(&recorded)),
            receipt(1, &[("runsSource", json!("planned"))]),
            receipt(2, &[recorded.clone(), ("dryRun", json!(true))]),
            receipt(3, &[recorded.clone(), ("caughtUp", json!("x"))]),
            receipt(0, std::slice::from_ref(&recorded)),
            receipt(4, &[recorded, ("action", json!("kept"))]),
        ]
        .into_iter(),
    );
    let started = |flags: &[&str]| {
        let before = bench.standin.requests().len();
        let text = bench.recipe("rerun-missed").args(flags).write_stdin(receipts.clone()).stdout();
        (bench.standin.requests().len() - before, text)
    };
    assert_eq!(started(&[]).0, 0);
    assert_eq!(started(&["--planned"]).0, 0);
    let (count, text) = started(&["--yes"]);
    assert_eq!(count, 1, "{text}");
    for line in [
        "task 0 missed 2 runs",
        "task 1 was planned for 2 runs, none recorded as missed: started only with --planned",
        "task 2 was not resumed: its receipt is of a dry run",
        "task 3 was started by --catch-up already",
        "task 0 missed 2 runs, too: it is started once",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    assert_eq!(started(&["--planned", "--yes"]).0, 2);
    let odd = lines([receipt(0, &[("runsSource", json!("guessed"))])].into_iter());
    bench.recipe("rerun-missed").arg("--yes").write_stdin(odd).assert().code(65);
}

#[test]
fn counts_and_lists_of_hostile_names_are_as_long_as_those_of_others() {
    if skip_without("jq") {
        return;
    }
    let bench = bench();
    let hours = bench.recipe("quiet-hours").arg("Production").stdout();
    is_plain("quiet-hours", &hours);
    assert_eq!(hours.lines().count(), 24, "{hours}");
    // A list is data: names come through as they are.
    let url = bench.standin.url();
    bench.write("accounts.tsv", &format!("{url}\tProduction\ttoken\n"));
    let mut recipe = bench.recipe("several-regions");
    let list =
        recipe.env_remove("TALEND_API_URL").args(["accounts.tsv", "+7d", "--names"]).stdout();
    let names: std::collections::BTreeSet<String> = list
        .lines()
        .filter(|line| !line.starts_with("{\"end\":"))
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].to_string())
        .collect();
    assert!(NAMES.iter().all(|name| names.contains(&json!(name).to_string())));
    // Nothing of an account is read as a flag or a command.
    let before = bench.standin.requests().len();
    for account in
        ["--help\tProduction\ttoken", "$(touch x)\tProduction\ttoken", "eu\t--help\t--help"]
    {
        bench.write("accounts.tsv", &format!("{account}\n"));
        let mut recipe = bench.recipe("several-regions");
        let recipe = recipe.env_remove("TALEND_API_URL").args(["accounts.tsv", "+7d"]);
        recipe.assert().failure().stdout("");
        assert!(!bench.path("x").exists());
    }
    assert_eq!(bench.standin.requests().len(), before);
}

#[test]
fn every_recipe_meets_hostile_names_here() {
    let recipes = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/recipes");
    let tests = include_str!("hostile.rs");
    for entry in std::fs::read_dir(recipes).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(tests.contains(&format!("\"{name}\"")), "{name}");
    }
}
