//! A pass of `scripts/maintenance-sync` asks the API for no more than it must, and
//! misses no window by that: the real tools, against the stand-in.

use std::fs;
use std::os::unix::fs::symlink;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use maintenance_core::clock;
use serde_json::{Value, json};
use tmc_standin::World;

use crate::recipes::Bench;
use crate::support::all_at_once::all_at_once;
use crate::support::checksums::with_checksums;
use crate::support::ended::Ended;

/// Minutes before its window's begin from which a pass asks for runs, as everything
/// is by default: five until the next pass, four that a pass may take, and one.
const AHEAD: i64 = 10;

/// The time that passes look ahead where no test says more: all windows are nearer.
const HOURS: &str = "+4h";

/// Two environments, each with three tasks that run every five minutes, or twice an hour
/// where passes look further ahead. Minutes are those of the timetable: nothing is widened.
struct Site {
    bench: Bench,
    /// The time that passes look ahead.
    horizon: &'static str,
}

impl Site {
    fn new() -> Self {
        Self::looking_ahead(HOURS)
    }

    fn looking_ahead(horizon: &'static str) -> Self {
        let cron = if horizon == HOURS { "*/5 * * * ?" } else { "*/30 * * * ?" };
        let triggers = json!([{"type": "CRON", "cronExpression": cron}]);
        let task = |environment: &str, n: u8| {
            json!({"id": format!("{environment}{n}"), "name": format!("Load {n}"),
                "workspace": format!("w{environment}"), "triggers": triggers})
        };
        let tasks: Vec<Value> = ["p", "t"]
            .into_iter()
            .flat_map(|e| (1..4).map(move |n| (e, n)))
            .map(|(environment, n)| task(environment, n))
            .collect();
        let world = json!({
            "environments": [{"id": "ep", "name": "Production"}, {"id": "et", "name": "Test"}],
            "workspaces": [{"id": "wp", "name": "Finance", "environment": "ep"},
                {"id": "wt", "name": "Finance", "environment": "et"}],
            "users": [{"name": "ops"}],
            "tokens": [{"id": "t1", "secret": "not-a-real-token", "user": "ops"}],
            "tasks": tasks,
        });
        let world = World::from_json(&world.to_string()).unwrap();
        let site = Self { bench: Bench::of(world), horizon };
        site.rows("");
        site
    }

    /// A pass has had the whole list here, and the next one has nothing to ask.
    fn idle() -> Self {
        Self::idle_looking_ahead(HOURS)
    }

    fn idle_looking_ahead(horizon: &'static str) -> Self {
        let site = Self::looking_ahead(horizon);
        site.pass(&[], 0);
        site
    }

    /// Rows of the timetable, with `{N}` for the time so many minutes from now.
    fn rows(&self, rows: &str) {
        self.rows_at(now(), rows);
    }

    fn rows_at(&self, now: DateTime<Utc>, rows: &str) {
        let mut text = "name,start,end,timezone,recurrence,workspace\n".to_owned();
        for row in rows.lines() {
            let mut row = row.to_owned();
            while let Some((head, tail)) = row.split_once('{') {
                let (minutes, tail) = tail.split_once('}').unwrap();
                row = format!("{head}{}{tail}", time(now, minutes));
            }
            text.extend([&row, "\n"]);
        }
        self.bench.write("maintenance.csv", &text);
    }

    fn command(&self) -> assert_cmd::Command {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = self.bench.command(root.join("scripts/maintenance-sync"));
        command
            .env("TALEND_ENVIRONMENT", "Production")
            .env("MAINTENANCE_TIMETABLE", self.bench.path("maintenance.csv"))
            .env("MAINTENANCE_BEFORE", "0s")
            // These passes do not stay for windows: what they ask for is the subject.
            .args(["--every", "0s"])
            .env("MAINTENANCE_HORIZON", self.horizon)
            .timeout(std::time::Duration::from_secs(120));
        command
    }

    /// The requests of one pass with these variables, as `METHOD path`.
    fn asked(&self, settings: &[(&str, &str)], flags: &[&str], code: i32) -> Vec<String> {
        let before = self.bench.standin.requests().len();
        let mut command = self.command();
        command.envs(settings.iter().copied()).args(flags);
        let ended = Ended::of(command.output().unwrap());
        assert_eq!(ended.code, code, "{settings:?} {flags:?} {ended:#?}");
        let requests = self.bench.standin.requests().split_off(before);
        requests.into_iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }

    fn pass(&self, settings: &[(&str, &str)], code: i32) -> Vec<String> {
        self.asked(settings, &[], code)
    }

    /// The end of the list that a pass asks for by these rows, in minutes from now, and
    /// whether it asks for names.
    fn list(&self, rows: &str) -> (i64, bool) {
        let moment = DateTime::from_timestamp(now().timestamp(), 0).unwrap();
        self.rows_at(moment, rows);
        let before = self.bench.standin.requests().len();
        let asked = self.pass(&[], 0);
        let requests = self.bench.standin.requests().split_off(before);
        let search = requests.iter().find(|request| request.path.ends_with("/events/search"));
        let body = search.unwrap().body.clone().unwrap();
        let to = DateTime::from_timestamp_millis(body["to"].as_i64().unwrap()).unwrap();
        // `+600s` counts from when the list is asked for.
        let minutes = (to - moment).num_minutes();
        (minutes, asked.iter().any(|request| request.ends_with("/tasks")))
    }

    fn ledger(&self) -> std::path::PathBuf {
        self.bench.path("ledger/ledger.jsonl")
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(clock::now().as_millis()).unwrap()
}

/// The time so many minutes (`5`), or days (`5d`), from another one.
fn time(now: DateTime<Utc>, offset: &str) -> String {
    let offset = match offset.strip_suffix('d') {
        Some(days) => TimeDelta::days(days.parse().unwrap()),
        None => TimeDelta::minutes(offset.parse().unwrap()),
    };
    (now + offset).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The rows of a timetable, settings and flags of the pass.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn a_pass_asks_for_nothing_where_nothing_is_held_and_no_window_is_near() {
    let site = Site::idle();
    assert!(site.ledger().exists());
    let cases: &[Case<'_>] = &[
        ("", &[], &[]),
        ("far,{60},{120},,,", &[], &[]),
        ("over,{-60},{-1},,,", &[], &[]),
        ("just not,{13},{60},,,", &[], &[]),
        ("widened,{27},{60},,,", &[("MAINTENANCE_BEFORE", "15m")], &[]),
        ("widened to the right,{-60},{-20},,,", &[("MAINTENANCE_AFTER", "15m")], &[]),
        ("next week,{-4320},{-4260},,FREQ=WEEKLY,", &[], &[]),
        ("often enough,{9},{60},,,", &[("MAINTENANCE_EVERY", "2m")], &[]),
        ("a short pass,{9},{60},,,", &[("MAINTENANCE_DEADLINE", "90s")], &[]),
        (
            "harmless,{60},{120},,,",
            &[],
            &["--with-plans", "--max-tasks", "9", "--reason=x y", "--quiet"],
        ),
        ("a head start,{17},{60},,,", &[], &["--lead", "5m"]),
    ];
    for (rows, settings, flags) in cases {
        site.rows(rows);
        // Other settings than those of the pass before ask for everything, once.
        site.asked(settings, flags, 0);
        assert_eq!(site.asked(settings, flags, 0), [""; 0], "{rows} {settings:?} {flags:?}");
    }
    assert_eq!(site.bench.paused(), [""; 0]);
}

#[test]
fn a_pass_asks_where_a_window_is_on_or_begins_before_the_next_pass_can_be_done() {
    let site = Site::idle();
    // The clock of Kathmandu is 5:45 ahead, all year.
    let local = |minutes: i64| {
        let then = now() + TimeDelta::minutes(345 + minutes) - TimeDelta::days(400);
        then.format("%Y-%m-%dT%H:%M").to_string()
    };
    let daily = format!("daily,{},{},Asia/Kathmandu,FREQ=DAILY,", local(5), local(35));
    let cases: &[Case<'_>] = &[
        ("near,{9},{60},,,", &[], &[]),
        ("a late pass,{-1},{60},,,", &[], &[]),
        ("an hour late,{-60},{7},,,", &[], &[]),
        ("without an end,{-60},open,,,", &[], &[]),
        ("without an end,{9},open,,,", &[], &[]),
        ("widened,{24},{60},,,", &[("MAINTENANCE_BEFORE", "15m")], &[]),
        ("by default,{24},{60},,,", &[("MAINTENANCE_BEFORE", "")], &[]),
        ("widened to the right,{-60},{-2},,,", &[("MAINTENANCE_AFTER", "15m")], &[]),
        ("a head start,{38},{60},,,", &[], &["--lead", "30m"]),
        ("a head start,{38},{60},,,", &[], &["--quiet", "--lead=30m"]),
        ("seldom,{60},{90},,,", &[("MAINTENANCE_EVERY", "1h")], &[]),
        ("a long pass,{60},{90},,,", &[("MAINTENANCE_DEADLINE", "1h")], &[]),
        ("behind another,{-60},{-1},,,\nnear,{9},{60},,,", &[], &[]),
        (&daily, &[], &[]),
    ];
    for (rows, settings, flags) in cases {
        site.rows("");
        site.asked(settings, flags, 0);
        site.rows(rows);
        let before = site.bench.paused();
        assert_ne!(site.asked(settings, flags, 0), [""; 0], "{rows} {settings:?} {flags:?}");
        let is_on = ["{-60},{7}", "{-1},{60}"].iter().any(|on| rows.contains(on));
        assert!(!is_on || site.bench.paused().len() == 3, "{rows} {before:?}");
        site.rows("");
        site.asked(settings, &[flags, &["--allow-empty"][..]].concat(), 0);
        assert_eq!(site.bench.paused(), [""; 0], "{rows}");
    }
}

/// Every minute of a window's begin: the pass that is two ahead of it, and those after
/// that, have it in sight.
#[test]
fn no_begin_of_a_window_falls_between_two_passes() {
    let site = Site::idle();
    for minute in 1..=15 {
        let seconds = 60 * minute - 15;
        let begin = (now() + TimeDelta::seconds(seconds)).to_rfc3339();
        let end = (now() + TimeDelta::hours(2)).to_rfc3339();
        site.bench.write("maintenance.csv", &format!("name,start,end\nedge,{begin},{end}\n"));
        assert_eq!(!site.pass(&[], 0).is_empty(), minute <= AHEAD, "{seconds}");
    }
}

#[test]
fn what_is_not_certain_asks_for_everything() {
    type Preparation = fn(&Site);
    type Unsure<'a> = (&'a str, Preparation, &'a [(&'a str, &'a str)], &'a [&'a str], i32);
    let date = (now() + TimeDelta::days(2)).format("%Y-%m-%d").to_string();
    let cases: &[Unsure<'_>] = &[
        ("no stamp", |site| fs::remove_file(site.stamp()).unwrap(), &[], &[], 0),
        ("a stamp of another time", |site| site.stamped(-7 * 3600), &[], &[], 0),
        ("a stamp of later than now", |site| site.stamped(60), &[], &[], 0),
        ("no stamp at all", |site| fs::write(site.stamp(), "").unwrap(), &[], &[], 0),
        ("a stamp that is none", |site| fs::write(site.stamp(), "x\ny\n").unwrap(), &[], &[], 0),
        (
            "a linked stamp",
            |site| {
                fs::copy(site.stamp(), site.bench.path("s")).unwrap();
                fs::remove_file(site.stamp()).unwrap();
                symlink(site.bench.path("s"), site.stamp()).unwrap();
            },
            &[],
            &[],
            0,
        ),
        ("always", |_| (), &[("MAINTENANCE_ASK_EVERY", "0")], &[], 0),
        ("another environment", |_| (), &[("TALEND_ENVIRONMENT", "Test")], &[], 0),
        (
            "another token",
            |site| site.bench.write("t2", "not-a-real-token\n"),
            &[("TALEND_TOKEN_FILE", "t2")],
            &[],
            0,
        ),
        ("a date as horizon", |_| (), &[("MAINTENANCE_HORIZON", &date)], &[], 0),
        ("a dry run", |_| (), &[], &["--dry-run"], 0),
        ("another time", |_| (), &[], &["--dry-run", "--at", "+1d"], 0),
        ("another ledger", |_| (), &[], &["--ledger", "other.jsonl"], 0),
        ("another head start", |_| (), &[], &["--lead", "1h30m"], 0),
        ("a missing ledger", |site| fs::remove_file(site.ledger()).unwrap(), &[], &[], 0),
        ("an empty ledger", |site| fs::write(site.ledger(), "").unwrap(), &[], &[], 0),
        (
            "a damaged ledger",
            |site| {
                let text = fs::read_to_string(site.ledger()).unwrap();
                fs::write(site.ledger(), text.replace("ledger", "legder")).unwrap();
            },
            &[],
            &[],
            65,
        ),
        (
            "a ledger of later than now",
            |site| {
                let text = fs::read_to_string(site.ledger()).unwrap();
                let mut line: Value = serde_json::from_str(&text).unwrap();
                line["at"] = json!(time(now(), "60").replace('Z', ".000Z"));
                fs::write(site.ledger(), with_checksums(&line.to_string())).unwrap();
            },
            &[],
            &[],
            0,
        ),
        (
            "no timetable",
            |site| fs::remove_file(site.bench.path("maintenance.csv")).unwrap(),
            &[],
            &[],
            65,
        ),
        ("a timetable with a mistake", |site| site.rows("x,{60},{30},,,"), &[], &[], 65),
        (
            "a title that is misspelt",
            |site| site.bench.write("maintenance.csv", "name,start,end,wrkspace\n"),
            &[],
            &[],
            65,
        ),
        ("a hold of another environment", Site::holds_another, &[], &[], 0),
    ];
    all_at_once(cases.to_vec(), |(what, deed, settings, flags, code)| {
        let site = Site::idle();
        assert_eq!(site.pass(&[], 0), [""; 0], "{what}");
        deed(&site);
        assert_ne!(site.asked(settings, flags, code), [""; 0], "{what}");
    });
}

impl Site {
    fn stamp(&self) -> std::path::PathBuf {
        self.bench.path("ledger/ledger.jsonl.asked")
    }

    /// As if the whole list had been had so many seconds from now.
    fn stamped(&self, seconds: i64) {
        let text = fs::read_to_string(self.stamp()).unwrap();
        let (_, settings) = text.split_once('\n').unwrap();
        let at = now().timestamp() + seconds;
        fs::write(self.stamp(), format!("{at}\n{settings}")).unwrap();
    }

    /// Another environment holds its tasks by the same ledger.
    fn holds_another(&self) {
        self.rows("on,{-60},{60},,,");
        let stamp = fs::read(self.stamp()).unwrap();
        self.pass(&[("TALEND_ENVIRONMENT", "Test")], 0);
        assert_eq!(self.bench.paused(), ["t1", "t2", "t3"]);
        fs::write(self.stamp(), stamp).unwrap();
        self.rows("");
    }
}

/// A token that has expired is reported though nothing is due, and a failure is not
/// forgotten.
#[test]
fn after_a_failure_everything_is_asked_for_until_it_works() {
    let site = Site::idle();
    site.rows("near,{9},{60},,,");
    site.bench.write("token", "expired\n");
    site.pass(&[], 77);
    site.rows("");
    assert_ne!(site.pass(&[], 77), [""; 0]);
    site.bench.write("token", "not-a-real-token\n");
    assert_ne!(site.pass(&[], 0), [""; 0]);
    assert_eq!(site.pass(&[], 0), [""; 0]);
}

/// Warnings about the timetable come from an idle pass, too; the log says why nothing
/// was asked.
#[test]
fn an_idle_pass_says_what_is_wrong_with_the_timetable_and_else_nothing() {
    let site = Site::idle();
    let say = |settings: &[(&str, &str)]| {
        Ended::of(site.command().envs(settings.iter().copied()).output().unwrap())
    };
    let quiet = say(&[]);
    assert_eq!((quiet.code, &*quiet.stdout), (0, ""), "{quiet:#?}");
    site.rows("no zone,2099-01-01 00:00,2099-01-02 00:00,,,");
    let warned = say(&[]);
    assert!(warned.stderr.contains("warning") && warned.stderr.contains("zone"), "{warned:#?}");
    let log = site.bench.path("sync.log");
    say(&[("MAINTENANCE_LOG", log.to_str().unwrap())]);
    let text = fs::read_to_string(log).unwrap();
    assert!(text.contains("no window begins within 600 seconds: nothing is asked for"), "{text}");
}

#[test]
fn runs_are_listed_to_the_end_of_the_windows_that_matter_now() {
    let names = true;
    let cases = vec![
        ("near,{9},{60},,,", 60, !names),
        ("on,{-9},{60},,,", 60, names),
        ("on as soon as the pass can be late,{3},{60},,,", 60, names),
        ("short,{6},{8},,,", AHEAD, !names),
        ("another one later,{6},{60},,,\nlater,{61},{120},,,", 60, !names),
        (
            "touching,{6},{60},,,\nnext,{60},{90},,,\nwithin,{70},{80},,,\nlast,{90},{95},,,",
            95,
            !names,
        ),
        ("scoped,{6},{60},,,Finance", 60, names),
        ("another is scoped,{6},{60},,,\nlater,{61},{120},,,Finance", 60, !names),
        ("scoped and touching,{6},{60},,,\nlater,{50},{120},,,Finance", 120, names),
        ("of weeks,{6},{20d},,,", 7 * 1440, !names),
        ("without an end,{6},open,,,", 7 * 1440, names),
    ];
    all_at_once(cases, |(rows, minutes, named)| {
        // Nothing says how far to look ahead where that is to be seen.
        let site = Site::idle_looking_ahead(if minutes < 1440 { HOURS } else { "" });
        assert_eq!(site.list(rows), (minutes, named), "{rows}");
    });
}

/// Two tenants, and passes that ask for everything in one of them alone.
#[test]
fn a_pass_that_asks_for_less_does_the_same() {
    let stories: &[&[&str]] = &[
        &["near,{5},{60},,,", "near,{-1},{60},,,", "near,{-9},{90},,,", "near,{-9},{-1},,,"],
        &["a,{-1},{60},,,\nb,{60},{90},,,", "a,{-9},{-1},,,\nb,{-1},{90},,,", "b,{30},{90},,,"],
        &["a,{-1},{60},,,Finance\nb,{40},{9d},,,", "a,{-9},{-1},,,Finance\nb,{8d},{9d},,,"],
        &["a,{-1},open,,,", "a,{-1},{30},,,\nb,{-1},{45},,,Sales", "a,{-2},{-1},,,"],
    ];
    all_at_once(stories.to_vec(), |story| {
        let is_far = story.iter().any(|rows| rows.contains("d}"));
        let [all, less] =
            [(); 2].map(|()| Site::idle_looking_ahead(if is_far { "" } else { HOURS }));
        for rows in story {
            let moment = now();
            let holds = [(&all, "0"), (&less, "6h")].map(|(site, ask_every)| {
                site.rows_at(moment, rows);
                site.pass(&[("MAINTENANCE_ASK_EVERY", ask_every)], 0);
                let status = site
                    .bench
                    .command(assert_cmd::cargo::cargo_bin("task-pause"))
                    .arg("status")
                    .output();
                let ended = Ended::of(status.unwrap());
                let holds = ended.records().iter().map(|hold| {
                    let minute = |time: &Value| time.as_str().map(|time| time[..16].to_owned());
                    let edges = [&hold["hold"]["start"], &hold["hold"]["end"]].map(minute);
                    (
                        hold["id"].to_string(),
                        hold["name"].to_string(),
                        edges,
                        hold["hold"]["windows"].to_string(),
                    )
                });
                (site.bench.paused(), holds.collect::<Vec<_>>())
            });
            let [all, less] = holds;
            assert_eq!(all, less, "{rows}");
        }
    });
}

/// One list, one ledger, one limiter for several environments.
#[test]
fn several_environments_are_one_pass() {
    let site = Site::new();
    let both = [("TALEND_ENVIRONMENT", "Production:et")];
    site.rows("on,{-5},{60},,,");
    let asked = site.pass(&both, 0);
    let lists = asked.iter().filter(|request| request.ends_with("/events/search")).count();
    assert!(lists >= 2, "{asked:?}");
    assert_eq!(site.bench.paused(), ["p1", "p2", "p3", "t1", "t2", "t3"]);
    site.rows("on,{-5},{-1},,,");
    site.pass(&both, 0);
    assert_eq!(site.bench.paused(), [""; 0]);
    assert_eq!(site.pass(&both, 0), [""; 0]);
    for wrong in ["Production:", ":Test", "Production::Test", "Production:Nowhere"] {
        let asked = site.pass(&[("TALEND_ENVIRONMENT", wrong)], 78);
        assert_eq!(asked.is_empty(), wrong != "Production:Nowhere", "{wrong} {asked:?}");
    }
}

/// By default it is a ledger of their own, which does not know what one of them
/// holds by its own.
#[test]
fn an_environment_that_joins_others_must_not_hold_tasks_by_its_own_ledger() {
    let site = Site::new();
    let pass = |environment: &str| {
        let mut command = site.command();
        command.env_remove("TASK_PAUSE_LEDGER").env("TALEND_ENVIRONMENT", environment);
        Ended::of(command.output().unwrap())
    };
    site.rows("on,{-5},{60},,,");
    assert_eq!(pass("Test").code, 0);
    let ended = pass("Production:Test");
    assert_eq!(ended.code, 78, "{ended:#?}");
    assert!(ended.stderr.contains("Test may hold tasks by a ledger of its own"), "{ended:#?}");
    site.rows("on,{-5},{-1},,,");
    assert_eq!(pass("Test").code, 0);
    let ended = pass("Production:Test");
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert!(site.bench.path(".local/state/task-pause/Production%3ATest.jsonl").exists());
}
