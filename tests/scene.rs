//! A tenant with tasks, a place for a ledger, and what must hold at the end of
//! every story that is told of them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use serde_json::{Value, json};
use tmc_standin::{Action, ExecutableState, Options, PauseAnswer, Standin, World};

use crate::util::{sealed, tool};

/// The environment's ID.
pub(crate) const ENVIRONMENT: &str = "e1";
/// A task that a person had paused before the story begins.
pub(crate) const HUMAN: &str = "human";
/// A plan of which the task `t5` is a step.
pub(crate) const PLAN: &str = "plan";
pub(crate) const TOKEN: &str = "not-a-real-token";
/// A whole list of the environment's runs, of which none is in a window.
pub(crate) const NOTHING: &str =
    "{\"end\":{\"runs\":9,\"selected\":0,\"environments\":[\"e1\"]}}\n";

/// A stand-in with six tasks `t0` to `t5`, the plan, and the paused task.
pub(crate) struct Scene {
    pub(crate) standin: Standin,
    dir: tempfile::TempDir,
    before: BTreeMap<String, ExecutableState>,
    humans: Mutex<BTreeMap<String, bool>>,
    /// How many changes had been asked for when the invariants were checked.
    checked: AtomicUsize,
}

/// How one call ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) records: Vec<Value>,
    pub(crate) stderr: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of(world(6))
    }

    pub(crate) fn of(world: World) -> Self {
        let standin = Standin::start(world).unwrap();
        let before = states(&standin);
        let dir = tempfile::tempdir().unwrap();
        Self { standin, dir, before, humans: Mutex::default(), checked: AtomicUsize::new(0) }
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.dir.path().join("state/ledger.jsonl")
    }

    /// The path of a file beside it.
    pub(crate) fn file(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    /// task-pause, connected to the stand-in, with the scene's ledger.
    pub(crate) fn command(&self, args: &[&str]) -> assert_cmd::Command {
        let mut command = tool("task-pause");
        command.args(args).envs(self.connection()).timeout(Duration::from_secs(60));
        command
    }

    /// The environment that connects a process to the scene.
    pub(crate) fn connection(&self) -> [(&'static str, String); 3] {
        let ledger = self.ledger().to_str().unwrap().to_owned();
        [
            ("TALEND_API_URL", self.standin.url()),
            ("TALEND_TOKEN", TOKEN.to_owned()),
            ("TASK_PAUSE_LEDGER", ledger),
        ]
    }

    /// Runs task-pause on these lines.
    pub(crate) fn run(&self, args: &[&str], stdin: &str) -> Ended {
        let output = self.command(args).write_stdin(stdin).output().unwrap();
        Ended {
            code: output.status.code(),
            records: records(&output.stdout),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it, and expects this exit code.
    pub(crate) fn expect(&self, code: i32, args: &[&str], stdin: &str) -> Ended {
        let ended = self.run(args, stdin);
        assert_eq!(ended.code, Some(code), "{args:?} {ended:#?}\n{}", self.story());
        ended
    }

    pub(crate) fn human_pauses(&self, id: &str) {
        self.human_may_pause(id);
        self.human_did(id, true);
    }

    pub(crate) fn human_resumes(&self, id: &str) {
        self.standin.act(Action::resume(id)).unwrap();
        // What a person did in the instant before a look, and it does not show,
        // nobody can heed.
        self.standin.act(Action::Settle {}).unwrap();
        self.humans.lock().unwrap().insert(id.to_owned(), false);
    }

    /// A person pauses it, unless it is paused already.
    pub(crate) fn human_may_pause(&self, id: &str) {
        let context = Some("by hand".to_owned());
        let pause = Action::Pause { id: id.to_owned(), user: "a-person".to_owned(), context };
        self.standin.act(pause).unwrap();
        self.standin.act(Action::Settle {}).unwrap();
        let details = states(&self.standin)[id].details.clone();
        if details.is_some_and(|details| details.context.as_deref() == Some("by hand")) {
            self.human_did(id, true);
        }
    }

    /// Notes what a person did by a fault, behind a request.
    pub(crate) fn human_did(&self, id: &str, paused: bool) {
        self.humans.lock().unwrap().insert(id.to_owned(), paused);
    }

    /// Sets the stand-in's clock to so many minutes from now.
    pub(crate) fn set_clock(&self, offset: i64) {
        self.standin.set_clock(minutes(offset).to_string().parse().unwrap());
    }

    pub(crate) fn is_paused(&self, id: &str) -> bool {
        states(&self.standin)[id].paused
    }

    /// How many requests of that method had a path that ends so.
    pub(crate) fn count(&self, method: &str, end: &str) -> usize {
        let requests = self.standin.requests();
        requests.iter().filter(|r| r.method == method && r.path.ends_with(end)).count()
    }

    /// The ledger as it stands, for messages and for what it says.
    pub(crate) fn ledger_text(&self) -> String {
        std::fs::read_to_string(self.ledger()).unwrap_or_default()
    }

    /// What `--status` shows.
    pub(crate) fn status(&self) -> Vec<Value> {
        if !self.ledger().exists() {
            return Vec::new();
        }
        self.expect(0, &["--status"], "").records
    }

    /// The request log and the ledger, for messages.
    pub(crate) fn story(&self) -> String {
        let mut story = String::new();
        for request in self.standin.requests() {
            let (n, status, body) = (request.n, request.status, request.body);
            let _ = writeln!(story, "{n}: {} {} {status:?} {body:?}", request.method, request.path);
        }
        story + &self.ledger_text()
    }

    /// As if everything in the ledger had happened an hour earlier.
    pub(crate) fn an_hour_later(&self) {
        self.move_ledger(-60);
    }

    /// As if everything in the ledger had happened so many minutes later.
    pub(crate) fn move_ledger(&self, offset: i64) {
        if !self.ledger().exists() {
            return;
        }
        let length = Duration::from_secs(offset.unsigned_abs() * 60);
        let mut lines = String::new();
        for line in self.ledger_text().lines() {
            let mut entry: Value = serde_json::from_str(line).unwrap();
            let at = UtcTime::parse(entry["at"].as_str().unwrap()).unwrap();
            let moved =
                if offset < 0 { at.saturating_sub(length) } else { at.saturating_add(length) };
            entry["at"] = json!(moved);
            let _ = writeln!(lines, "{entry}");
        }
        self.write_ledger(&lines);
    }

    /// Puts an edited ledger in the place of the one that there is.
    pub(crate) fn write_ledger(&self, text: &str) {
        std::fs::write(self.ledger(), sealed(text)).unwrap();
    }

    /// The end of the story: everything is given back, and
    ///
    /// - I1: what we never owned is as it was, human actions apart;
    /// - I2: what we paused and nobody else touched is resumed, or reported
    ///   as open with a non-zero exit code;
    /// - I3: what a human did last is as the human left it.
    pub(crate) fn end(&self) -> Ended {
        // Without a ledger nothing was begun, and its name is refused.
        let last = if self.ledger().exists() {
            self.run(&["--resume", "--all", "--verify-timeout", "2s"], "")
        } else {
            Ended { code: Some(0), records: Vec::new(), stderr: String::new() }
        };
        self.check(&last);
        last
    }

    /// The same, and nothing may be left open.
    pub(crate) fn end_clean(&self) {
        let last = self.end();
        assert_eq!(last.code, Some(0), "{last:#?}\n{}", self.story());
        assert_eq!(self.status(), Vec::<Value>::new());
    }

    /// Becomes a tenant of another kind, by turns: as described, one that answers
    /// 204 to every change, one that cuts texts short, one that shows changes
    /// late, and all of that in one.
    pub(crate) fn becomes(&self, turn: usize) {
        let turn = turn % 5;
        self.standin.set_options(|options| {
            if matches!(turn, 1 | 4) {
                options.manners.pause_answer = PauseAnswer::NoContent;
            }
            if matches!(turn, 2 | 4) {
                options.context_characters = Some(20);
            }
            if matches!(turn, 3 | 4) {
                options.shows_after_ms = 150;
            }
        });
    }

    /// The end of a story in a tenant that hides whose a pause is: once it shows
    /// everything, also a pause of ours of a task that has no other part in the
    /// story, all is given back.
    pub(crate) fn comes_clean(&self, spare: &str) {
        self.standin.set_options(|options| *options = Options::default());
        self.standin.act(Action::Settle {}).unwrap();
        self.run(&[], &open_now(&[spare]));
        let end = self.run(&["--resume", "--all"], "");
        // What people paused with our words while we asked is theirs to give back.
        let humans = self.humans.lock().unwrap().clone();
        for id in humans.into_iter().filter_map(|(id, paused)| paused.then_some(id)) {
            if end.action(&id) == "failed" {
                self.human_resumes(&id);
            }
        }
        self.an_hour_later();
        self.end_clean();
    }

    /// Checks the three invariants after a last resume that ended so.
    pub(crate) fn check(&self, last: &Ended) {
        self.checked.store(self.count("PUT", ""), Ordering::Relaxed);
        let open: Vec<String> = self.status().iter().map(|hold| text(hold, "id")).collect();
        let humans = self.humans.lock().unwrap();
        for (id, now) in states(&self.standin) {
            let context = now.details.as_ref().and_then(|details| details.context.as_deref());
            let marked = context.is_some_and(|text| text.contains("[task-pause hold="));
            // What a person resumed may be held for another window since, which
            // is told as long as it is so.
            let is_told = marked && open.contains(&id) && last.code != Some(0);
            match humans.get(&id) {
                Some(false) if is_told => {}
                Some(paused) => assert_eq!(now.paused, *paused, "I3: {id}\n{}", self.story()),
                // What no longer exists cannot be given back.
                None if marked && now.exists => {
                    let told = open.contains(&id) && last.code != Some(0);
                    assert!(told, "I2: {id} is paused by us\n{last:#?}\n{}", self.story());
                }
                None => {
                    let before = &self.before[&id];
                    let same = now.paused == before.paused && now.details == before.details;
                    assert!(same || !now.exists, "I1: {id}\n{before:?}\n{now:?}\n{}", self.story());
                }
            }
        }
    }
}

/// A story in which something was changed has an end, or else it fails.
impl Drop for Scene {
    fn drop(&mut self) {
        let unchecked = self.count("PUT", "") - self.checked.load(Ordering::Relaxed);
        let told = unchecked == 0 || std::thread::panicking();
        assert!(told, "{unchecked} changes, and then no look at the invariants");
    }
}

impl Ended {
    /// What was decided on a task or plan; empty if nothing was.
    pub(crate) fn action(&self, id: &str) -> String {
        self.records.iter().find(|r| r["id"] == id).map(|r| text(r, "action")).unwrap_or_default()
    }

    /// The receipt of a task or plan.
    pub(crate) fn receipt(&self, id: &str) -> &Value {
        self.records.iter().find(|record| record["id"] == id).unwrap()
    }
}

fn text(record: &Value, member: &str) -> String {
    record[member].as_str().unwrap_or_default().to_owned()
}

/// JSON Lines, read.
pub(crate) fn records(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn states(standin: &Standin) -> BTreeMap<String, ExecutableState> {
    let state = standin.state();
    let all = state.tasks.into_iter().chain(state.plans);
    all.map(|executable| (executable.id.clone(), executable)).collect()
}

/// A tenant with so many tasks.
pub(crate) fn world(tasks: usize) -> World {
    let mut tasks: Vec<Value> = (0..tasks)
        .map(|n| {
            // `t4` runs every ten minutes, for a quarter of an hour; the others
            // have no schedule of their own.
            let triggers = json!([{"type": "CRON", "cronExpression": "0/10 * * * ?"}]);
            let triggers = if n == 4 { triggers } else { json!([]) };
            json!({"id": format!("t{n}"), "name": format!("Task {n}"), "workspace": "w1",
                "triggers": triggers, "durationSeconds": 900})
        })
        .collect();
    tasks.push(json!({"id": HUMAN, "name": "Held by a person", "workspace": "w1", "paused":
        {"user": "a-person", "date": "2026-01-01T00:00:00Z", "context": "until the audit"}}));
    let plan = json!({"id": PLAN, "name": "Nightly", "workspace": "w1",
        "steps": [{"id": "s1", "name": "First", "tasks": ["t5"]}]});
    let world = json!({
        "environments": [{"id": ENVIRONMENT, "name": "Production"}],
        "workspaces": [{"id": "w1", "name": "Finance", "environment": ENVIRONMENT}],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "token", "secret": TOKEN, "user": "ops"}],
        "tasks": tasks,
        "plans": if tasks.len() == 7 { json!([plan]) } else { json!([]) },
    });
    World::from_json(&world.to_string()).unwrap()
}

/// The time so many minutes from now.
pub(crate) fn minutes(offset: i64) -> UtcTime {
    from(clock::now(), offset)
}

thread_local! {
    /// The minute from which this thread's story counts.
    static BEGAN: Cell<Option<UtcTime>> = const { Cell::new(None) };
}

/// The beginning of the minute so many minutes from now: windows that the
/// story lets touch do so. Counted from the thread's first call, so that a story
/// that names a time twice means the same one, also where a minute goes by in
/// between. (So a time less than two minutes from now may have gone by.)
pub(crate) fn whole_minute(offset: i64) -> UtcTime {
    let now = clock::now();
    // A thread that plays one story after another does not count for ever.
    let began = BEGAN
        .get()
        .filter(|began| now < from(*began, 5))
        .unwrap_or_else(|| UtcTime::from_millis(now.as_millis() / 60_000 * 60_000).unwrap());
    BEGAN.set(Some(began));
    from(began, offset)
}

/// The same for a story that several threads tell: counted from the first call
/// of the process.
pub(crate) fn story_minute(offset: i64) -> UtcTime {
    static BEGAN: OnceLock<UtcTime> = OnceLock::new();
    from(*BEGAN.get_or_init(|| whole_minute(0)), offset)
}

/// The time so many minutes after another one.
fn from(time: UtcTime, minutes: i64) -> UtcTime {
    let length = Duration::from_secs(minutes.unsigned_abs() * 60);
    if minutes < 0 { time.saturating_sub(length) } else { time.saturating_add(length) }
}

/// A selected run of a task in a window from and to so many minutes from now.
pub(crate) fn selected(id: &str, window: &str, start: i64, end: Option<i64>) -> String {
    let kind = if id == PLAN { "PLAN" } else { "TASK" };
    // Edges on whole hours would touch by accident; on whole minutes they
    // touch where the story says so.
    let (start, end) = (whole_minute(start), end.map(whole_minute));
    let run = json!({"id": id, "type": kind, "environmentId": ENVIRONMENT, "date": start,
        "window": {"name": window, "start": start, "end": end}});
    format!("{run}\n")
}

/// Runs of several tasks in a window that is open for another hour.
pub(crate) fn open_now(ids: &[&str]) -> String {
    ids.iter().map(|id| selected(id, "patching", -30, Some(60))).collect()
}

/// A run in a window from and to so many milliseconds from now.
pub(crate) fn soon(id: &str, start: u64, end: Option<u64>) -> String {
    let at = |millis| clock::now().saturating_add(Duration::from_millis(millis));
    let mut run: Value = serde_json::from_str(&selected(id, "soon", 0, None)).unwrap();
    run["window"]["start"] = json!(at(start));
    run["window"]["end"] = json!(end.map(at));
    format!("{run}\n")
}
