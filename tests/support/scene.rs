//! A tenant with tasks, and a place for a ledger: the scene of a story.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use maintenance_core::ledger::Ledger;
use maintenance_core::time::UtcTime;
use serde_json::{Value, json};
use tmc_standin::{ExecutableState, Standin, World, WorldAction};

use super::checksums::with_checksums;
use super::ended::Ended;
use super::human_ends::HumanEnds;
use super::runs::{begin_story, minutes};
use super::tool::tool;
use super::world::{TOKEN, states, world};

/// A stand-in with six tasks `t0` to `t5`, the plan, and the paused task.
pub(crate) struct Scene {
    pub(crate) standin: Standin,
    dir: tempfile::TempDir,
    pub(super) before: BTreeMap<String, ExecutableState>,
    pub(super) humans: Mutex<BTreeMap<String, bool>>,
    /// The holds that a person ended by resuming their task or plan.
    pub(super) ended: Mutex<HumanEnds>,
    /// The number of changes that had been asked for when the invariants were checked.
    pub(super) checked: AtomicUsize,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of(world(6))
    }

    pub(crate) fn of(world: World) -> Self {
        begin_story();
        let standin = Standin::start(world).unwrap();
        let before = states(&standin);
        let dir = tempfile::tempdir().unwrap();
        let (humans, ended) = (Mutex::default(), Mutex::default());
        Self { standin, dir, before, humans, ended, checked: AtomicUsize::new(0) }
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
        self.ended.lock().unwrap().may_be_forgotten(args);
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
        Ended::of_records(self.command(args).write_stdin(stdin).output().unwrap())
    }

    /// Runs it, and expects this exit code.
    pub(crate) fn expect(&self, code: i32, args: &[&str], stdin: &str) -> Ended {
        let ended = self.run(args, stdin);
        assert_eq!(ended.code, code, "{args:?} {ended:#?}\n{}", self.story());
        ended
    }

    pub(crate) fn human_pauses(&self, id: &str) {
        self.human_may_pause(id);
        self.human_did(id, true);
    }

    pub(crate) fn human_resumes(&self, id: &str) {
        self.standin.act(WorldAction::resume(id)).unwrap();
        // What a person did in the instant before a look, and it does not show,
        // nobody can heed.
        self.standin.act(WorldAction::Settle {}).unwrap();
        self.human_did(id, false);
    }

    /// A person pauses it, unless it is paused already.
    pub(crate) fn human_may_pause(&self, id: &str) {
        let context = Some("by hand".to_owned());
        let pause = WorldAction::Pause { id: id.to_owned(), user: "a-person".to_owned(), context };
        self.standin.act(pause).unwrap();
        self.standin.act(WorldAction::Settle {}).unwrap();
        let details = states(&self.standin)[id].details.clone();
        if details.is_some_and(|details| details.context.as_deref() == Some("by hand")) {
            self.human_did(id, true);
        }
    }

    /// Notes what a person did by a fault, behind a request.
    pub(crate) fn human_did(&self, id: &str, paused: bool) {
        if !paused {
            self.ended.lock().unwrap().note(&self.ledger(), id);
        }
        self.humans.lock().unwrap().insert(id.to_owned(), paused);
    }

    /// Sets the stand-in's clock to so many minutes from now.
    pub(crate) fn set_clock(&self, offset: i64) {
        self.standin.set_clock(minutes(offset).to_string().parse().unwrap());
    }

    pub(crate) fn is_paused(&self, id: &str) -> bool {
        states(&self.standin)[id].paused
    }

    /// The number of requests of that method with a path that ends so.
    pub(crate) fn count(&self, method: &str, end: &str) -> usize {
        let requests = self.standin.requests();
        requests.iter().filter(|r| r.method == method && r.path.ends_with(end)).count()
    }

    /// The ledger as it stands, for messages and for what it says.
    pub(crate) fn ledger_text(&self) -> String {
        std::fs::read_to_string(self.ledger()).unwrap_or_default()
    }

    /// The records of `status`.
    pub(crate) fn status(&self) -> Vec<Value> {
        if !self.ledger().exists() {
            return Vec::new();
        }
        self.expect(0, &["status"], "").records().to_vec()
    }

    /// The IDs of what the ledger holds, as `status` finds them, without a process for it.
    pub(crate) fn active_holds(&self) -> Vec<String> {
        if !self.ledger().exists() {
            return Vec::new();
        }
        let state = Ledger::read(&self.ledger()).unwrap();
        state.all_active().map(|open| open.target.id.to_string()).collect()
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
        std::fs::write(self.ledger(), with_checksums(text)).unwrap();
    }
}
