//! Two environments, each with a timetable and a timer of its own, whose passes
//! begin in the same minute: `scripts/maintenance-sync` end to end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tmc_standin::{Auth, Effect, Fault, Request, Standin, World};

use crate::support::checksums::with_checksums;
use crate::support::ended::Ended;
use crate::support::environment::kept_variables;
use crate::support::runs::story_minute;

/// The environments, each with the letter that its IDs end with.
const PRODUCTION: (&str, &str) = ("Production", "p");
const TEST: (&str, &str) = ("Test", "t");

/// Where the two keep their ledgers.
#[derive(Clone, Copy, Debug)]
enum Ledgers {
    /// Each at its own default place.
    Own,
    /// Both in one file.
    Shared,
}

/// A tenant with two tasks and a plan in each environment, every one of which
/// runs every five minutes, and a directory with settings, timetables and
/// ledgers.
struct Site {
    standin: Standin,
    dir: TempDir,
    ledgers: Ledgers,
}

impl Site {
    fn new(ledgers: Ledgers) -> Self {
        let triggers = json!([{"type": "CRON", "cronExpression": "*/5 * * * ?"}]);
        let both = [PRODUCTION, TEST];
        let each = |one: &dyn Fn(&str, &str) -> Vec<Value>| -> Vec<Value> {
            both.iter().flat_map(|(name, letter)| one(name, letter)).collect()
        };
        let tasks = |_: &str, letter: &str| {
            let task = |n: u8| {
                json!({"id": format!("k{n}{letter}"), "name": format!("Load {n}"),
                    "workspace": format!("w{letter}"), "triggers": triggers})
            };
            vec![task(1), task(2)]
        };
        let world = json!({
            "environments": each(&|name, letter| vec![json!({"id": format!("e{letter}"), "name": name})]),
            // Names do not distinguish the environments.
            "workspaces": each(&|_, letter| vec![json!({"id": format!("w{letter}"),
                "name": "Finance", "environment": format!("e{letter}")})]),
            "users": [{"name": "ops"}],
            // So that the log shows whose pass it was.
            "tokens": each(&|name, letter| vec![json!({"id": letter,
                "secret": format!("token-of-{name}"), "user": "ops"})]),
            "tasks": each(&tasks),
            "plans": each(&|_, letter| vec![json!({"id": format!("p{letter}"), "name": "Nightly",
                "workspace": format!("w{letter}"), "triggers": triggers,
                "steps": [{"id": "s", "name": "First", "tasks": [format!("k1{letter}")]}]})]),
        });
        let standin = Standin::start(World::from_json(&world.to_string()).unwrap()).unwrap();
        Self { standin, dir: TempDir::new().unwrap(), ledgers }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    /// The timetable of an environment from now on: windows from and to so many
    /// minutes from now.
    fn timetable(&self, environment: (&str, &str), windows: &[(i64, i64)]) {
        let row = |(start, end): &(i64, i64)| {
            format!("patching,{},{}\n", story_minute(*start), story_minute(*end))
        };
        let rows: String = windows.iter().map(row).collect();
        let file = self.path(&format!("{}.csv", environment.0));
        fs::write(file, format!("name,start,end\n{rows}")).unwrap();
    }

    fn command(&self, environment: (&str, &str)) -> Command {
        let (name, _) = environment;
        let wrapper = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/maintenance-sync");
        let tools = assert_cmd::cargo::cargo_bin("runs-fetch");
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(wrapper);
        command
            .env_clear()
            .envs(kept_variables())
            .env("PATH", format!("{}:{path}", tools.parent().unwrap().display()))
            .env("HOME", self.dir.path())
            .env("TALEND_API_URL", self.standin.url())
            .env("TALEND_TOKEN", format!("token-of-{name}"))
            .env("TALEND_ENVIRONMENT", name)
            .env("MAINTENANCE_TIMETABLE", self.path(&format!("{name}.csv")))
            // A list of the seven days of the default takes most of the time of a pass.
            .env("MAINTENANCE_HORIZON", "+6h")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Ledgers::Shared = self.ledgers {
            command.env("TASK_PAUSE_LEDGER", self.path("ledger.jsonl"));
        }
        command
    }

    /// Both passes at once, to their ends.
    fn minute(&self) -> [Ended; 2] {
        let passes =
            [PRODUCTION, TEST].map(|environment| self.command(environment).spawn().unwrap());
        passes.map(end_of)
    }

    /// One pass.
    fn pass(&self, environment: (&str, &str)) -> Ended {
        end_of(self.command(environment).spawn().unwrap())
    }

    fn paused(&self) -> BTreeSet<String> {
        self.standin.state().paused().map(str::to_owned).collect()
    }

    /// Requests that one environment's pass made about tasks or plans of the
    /// other.
    fn strayed(&self) -> Vec<Request> {
        let mut requests = self.standin.requests();
        requests.retain(|request| {
            let Auth::Personal(of) = &request.auth else { return true };
            let last = request.path.trim_end_matches("/pause").rsplit('/').next().unwrap();
            let is_one = request.path.contains("/executables/") && last.len() <= 3;
            let asked =
                request.body.as_ref().map_or(String::new(), |b| b["environmentId"].to_string());
            let query = &request.query;
            is_one && !last.ends_with(of.as_str())
                || !asked.is_empty() && asked != "null" && asked != format!("\"e{of}\"")
                || query.contains("environmentId=")
                    && !query.contains(&format!("environmentId=e{of}"))
        });
        requests
    }
}

/// The end of a process that was started.
fn end_of(child: Child) -> Ended {
    Ended::of_records(child.wait_with_output().unwrap())
}

/// The receipts of a pass, as `ID action` for each, sorted.
fn actions(pass: &Ended) -> Vec<String> {
    let word = |record: &Value, member: &str| record[member].as_str().unwrap().to_owned();
    let both = |record: &Value| format!("{} {}", word(record, "id"), word(record, "action"));
    let mut all: Vec<_> = pass.records().iter().map(both).collect();
    all.sort();
    all
}

/// The tasks and plan of an environment.
fn all_of((_, letter): (&str, &str)) -> [String; 3] {
    ["k1", "k2", "p"].map(|id| format!("{id}{letter}"))
}

fn each_is(environment: (&str, &str), action: &str) -> Vec<String> {
    all_of(environment).iter().map(|id| format!("{id} {action}")).collect()
}

fn set<const N: usize>(environments: [(&str, &str); N]) -> BTreeSet<String> {
    environments.into_iter().flat_map(all_of).collect()
}

#[test]
fn each_pass_pauses_and_gives_back_its_own_environment_alone() {
    for ledgers in [Ledgers::Own, Ledgers::Shared] {
        let site = Site::new(ledgers);
        let step = |production: &str, test: &str, paused: BTreeSet<String>| {
            let [p, t] = site.minute();
            assert_eq!((p.code, t.code), (0, 0), "{ledgers:?} {p:#?} {t:#?}");
            assert_eq!(actions(&p), each_is(PRODUCTION, production), "{ledgers:?} {p:#?}");
            assert_eq!(actions(&t), each_is(TEST, test), "{ledgers:?} {t:#?}");
            assert_eq!(site.paused(), paused, "{ledgers:?}");
        };
        // Production's window is open; the one of Test has not begun.
        site.timetable(PRODUCTION, &[(-10, 160)]);
        site.timetable(TEST, &[(220, 280)]);
        step("paused", "pending", set([PRODUCTION]));
        // Test's opens, and Production's is still open.
        site.timetable(TEST, &[(-1, 160)]);
        step("held", "paused", set([PRODUCTION, TEST]));
        step("held", "held", set([PRODUCTION, TEST]));
        // Production's is over, and Test's is put off.
        site.timetable(PRODUCTION, &[(-70, -1)]);
        site.timetable(TEST, &[(-1, 190)]);
        let [p, t] = site.minute();
        assert_eq!(actions(&p), each_is(PRODUCTION, "resumed"), "{ledgers:?} {p:#?}");
        assert_eq!(actions(&t), each_is(TEST, "held"), "{ledgers:?} {t:#?}");
        assert_eq!(site.paused(), set([TEST]), "{ledgers:?}");
        // Both are over.
        site.timetable(TEST, &[(-70, -1)]);
        let [p, t] = site.minute();
        assert_eq!((p.code, t.code), (0, 0), "{ledgers:?} {p:#?} {t:#?}");
        assert_eq!(actions(&t), each_is(TEST, "resumed"), "{ledgers:?} {t:#?}");
        assert_eq!(site.paused(), BTreeSet::new(), "{ledgers:?}");
        assert_eq!(site.strayed(), [], "{ledgers:?}");
    }
}

/// A pass of one environment without a list, or without any windows, gives back
/// nothing of the other, also where that is past its end.
#[test]
fn a_pass_whose_stages_fail_touches_no_hold_of_the_other_environment() {
    let list_fails = || Fault::new(Effect::status(403)).on("POST", "/**/events/search");
    for (production, fault, code) in [
        // Nothing is listed, and by its timetable nothing is on.
        (&[(300, 360)][..], Some(list_fails()), 77),
        // Nor is there any window.
        (&[], None, 65),
        (&[], Some(list_fails()), 77),
    ] {
        let site = Site::new(Ledgers::Shared);
        site.timetable(PRODUCTION, &[(-10, 160)]);
        site.timetable(TEST, &[(-10, 160)]);
        site.minute();
        assert_eq!(site.paused(), set([PRODUCTION, TEST]));
        // Test's holds are past their end, by the ledger.
        let ledger = site.path("ledger.jsonl");
        let text = fs::read_to_string(&ledger).unwrap();
        let line = |line: &str| {
            let (end, over) = (story_minute(160).to_string(), story_minute(-1).to_string());
            let line =
                if line.contains("\"et\"") { line.replace(&end, &over) } else { line.into() };
            line + "\n"
        };
        fs::write(&ledger, with_checksums(&text.lines().map(line).collect::<String>())).unwrap();
        site.timetable(PRODUCTION, production);
        site.standin.add_faults(fault.into_iter().collect()).unwrap();
        let before = site.standin.requests().len();
        let pass = site.pass(PRODUCTION);
        assert_eq!(pass.code, code, "{pass:#?}");
        assert!(pass.stderr.contains("other environments"), "{}", pass.stderr);
        assert!(pass.records().iter().all(|r| r["environmentId"] == "ep"), "{pass:#?}");
        assert_eq!(site.strayed(), [], "{:#?}", &site.standin.requests()[before..]);
        assert!(site.paused().is_superset(&set([TEST])));
        site.standin.clear_faults();
        site.timetable(TEST, &[(-70, -1)]);
        site.timetable(PRODUCTION, &[(-70, -1)]);
        site.minute();
        assert_eq!(site.paused(), BTreeSet::new());
    }
}

/// Killed while it pauses, a pass leaves intents behind. They are settled by the
/// next pass of its own environment, and by no other.
#[test]
fn what_a_killed_pass_left_open_waits_for_the_next_pass_of_its_environment() {
    for ledgers in [Ledgers::Own, Ledgers::Shared] {
        let site = Site::new(ledgers);
        site.timetable(PRODUCTION, &[(-10, 160)]);
        site.timetable(TEST, &[(-10, 160)]);
        let hang = Fault::new(Effect::latency_ms(60_000)).on("PUT", "/**/k2p/pause");
        site.standin.add_faults(vec![hang]).unwrap();
        let killed = site.command(PRODUCTION).spawn().unwrap();
        let is_sent = |requests: &[Request]| {
            requests.iter().any(|request| request.path.ends_with("/k2p/pause"))
        };
        assert!(site.standin.wait_for(is_sent));
        kill_all(&killed);
        end_of(killed);
        site.standin.clear_faults();
        let before = site.standin.requests().len();
        let other = site.pass(TEST);
        assert_eq!(actions(&other), each_is(TEST, "paused"), "{ledgers:?} {other:#?}");
        assert_eq!(other.code, 0, "{ledgers:?} {other:#?}");
        assert_eq!(site.strayed(), [], "{:#?}", &site.standin.requests()[before..]);
        let own = site.pass(PRODUCTION);
        assert_eq!(own.code, 0, "{ledgers:?} {own:#?}");
        assert_eq!(site.paused(), set([PRODUCTION, TEST]), "{ledgers:?}");
        site.timetable(PRODUCTION, &[(-70, -1)]);
        site.timetable(TEST, &[(-70, -1)]);
        site.minute();
        assert_eq!(site.paused(), BTreeSet::new(), "{ledgers:?}");
        assert_eq!(site.strayed(), [], "{ledgers:?}");
    }
}

/// Kills the wrapper and everything that it started. Its stages have a group of
/// their own, of which each is a child of a child of the wrapper.
fn kill_all(wrapper: &Child) {
    let mut family = vec![wrapper.id().to_string()];
    let mut known = 0;
    while known < family.len() {
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &family[known]]).output();
        let children = String::from_utf8(children.unwrap().stdout).unwrap();
        family.extend(children.split_whitespace().map(str::to_owned));
        known += 1;
    }
    let status = Command::new("kill").arg("-KILL").args(&family).stderr(Stdio::null()).status();
    assert!(status.is_ok());
}

/// With the API hanging where the list comes from, what is over is given back
/// all the same: by the ledger and the timetable, or by the ledger alone.
#[test]
fn a_pass_whose_list_hangs_gives_back_what_is_over_before_it_is_ended() {
    let cases = [
        ("POST", "/**/events/search", true),
        ("GET", "/**/environments", true),
        ("POST", "/**/events/search", false),
    ];
    std::thread::scope(|scope| {
        for (method, path, by_timetable) in cases {
            scope.spawn(move || {
                let site = Site::new(Ledgers::Own);
                let window = [(-60, 90)];
                site.timetable(PRODUCTION, &window);
                assert_eq!(site.pass(PRODUCTION).code, 0);
                assert_eq!(site.paused(), set([PRODUCTION]));
                // A minute ago, by the ledger.
                let ledger = site.dir.path().join(".local/state/task-pause/Production.jsonl");
                let text = fs::read_to_string(&ledger).unwrap();
                let (end, over) = (story_minute(90).to_string(), story_minute(-1).to_string());
                fs::write(&ledger, with_checksums(&text.replace(&end, &over))).unwrap();
                let windows = if by_timetable { &[(-60, -1)][..] } else { &[] };
                site.timetable(PRODUCTION, windows);
                let hang = Fault::new(Effect::latency_ms(600_000)).on(method, path);
                site.standin.add_faults(vec![hang]).unwrap();
                let mut command = site.command(PRODUCTION);
                command.env("MAINTENANCE_DEADLINE", "10s");
                let pass = end_of(command.spawn().unwrap());
                assert_eq!(pass.code, 69, "{path} {pass:#?}");
                // The deadline may cut the first try short, which is reported.
                let mut last = BTreeMap::new();
                for record in pass.records() {
                    last.insert(record["id"].to_string(), record["action"].to_string());
                }
                assert_eq!(last.len(), 3, "{path} {pass:#?}");
                assert!(last.values().all(|action| action == "\"resumed\""), "{path} {pass:#?}");
                assert_eq!(site.paused(), BTreeSet::new(), "{path} {pass:#?}");
                let message = "not done after 10 seconds (MAINTENANCE_DEADLINE)";
                assert!(pass.stderr.contains(message), "{path} {pass:#?}");
            });
        }
    });
}
