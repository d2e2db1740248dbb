//! The site that is played: the tenant, the files, the people, and the passes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use fastrand::Rng;
use maintenance_core::clock;
use maintenance_core::ledger::Ledger;
use serde_json::Value;
use tempfile::TempDir;
use tmc_standin::{Effect, Fault, Standin, Time, WorldAction};

use super::Story;
use super::calendar::{FILES, Occurrence, ROWS, Row, occurrences, texts};
use super::judge::{BEFORE, Pass, Version};
use super::life::{Lives, Owner};
use super::tenant::{
    At, DAY, ENVIRONMENTS, MINUTE, SoakTask, TOKEN, changes_answer_shapes, faults, is_plain, show,
    tasks, world,
};
use crate::support::ended::Ended;

/// The first moment: two days before the clocks of New York change.
pub(super) const BEGIN: At = 1_804_809_600_000;
/// From one pass to the next (`MAINTENANCE_EVERY`).
const EVERY: At = 5 * MINUTE;
/// The number of passes after all days.
pub(super) const LAST: u64 = 12;
/// A window matters to a pass if it begins within this: the time to the next pass,
/// what that may take, and a minute.
const AHEAD: At = 10 * MINUTE;
/// The whole list is asked for so often (`MAINTENANCE_ASK_EVERY`).
const ASK_EVERY: At = 6 * 60 * MINUTE;
/// Of so many passes that ask for nothing one is made.
const TRIED: u64 = 40;

/// The number of passes, by what became of them.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) due: u64,
    pub(super) idle: u64,
    pub(super) tried: u64,
    pub(super) calm: u64,
}

/// The hold that was longest past its end.
#[derive(Default)]
pub(super) struct Overdue {
    pub(super) longest: At,
    pub(super) reported: String,
}

pub(super) struct Site {
    standin: Standin,
    dir: TempDir,
    dice: Rng,
    seed: u64,
    days: i64,
    calm_share: u64,
    pub(super) tasks: Vec<SoakTask>,
    pub(super) lives: Lives,
    pub(super) versions: Vec<Version>,
    pub(super) passes: Vec<Pass>,
    pub(super) counts: Counts,
    pub(super) overdue: Overdue,
    pub(super) codes: BTreeMap<i32, u64>,
    pub(super) end: At,
    /// Things that are wrong for whatever reason.
    pub(super) wrongs: Vec<String>,
    next_row: usize,
    next_edit: At,
    next_incident: At,
    mended: Option<At>,
    /// People that give back what they paused: when, and which task.
    leaving: BTreeSet<(At, String)>,
    held: usize,
    /// The passes at which nothing had happened to what was held.
    calm: u64,
    has_happened: bool,
    windows: (At, Vec<Occurrence>),
}

impl Site {
    pub(super) fn new(story: &Story) -> Self {
        let mut dice = Rng::with_seed(story.seed);
        let tasks = tasks(story.tasks, &mut dice);
        let standin = Standin::start(world(&tasks)).unwrap();
        let first = "2027-03-01".parse().unwrap();
        let rows = (0..ROWS).map(|n| Row::new(n, first, &mut dice)).collect();
        let site = Self {
            standin,
            dir: TempDir::new().unwrap(),
            seed: story.seed,
            days: story.days,
            calm_share: story.calm,
            lives: Lives::new(tasks.iter().map(|task| task.id.clone())),
            tasks,
            versions: vec![Version { since: BEGIN, rows, broken: None }],
            passes: Vec::new(),
            counts: Counts::default(),
            overdue: Overdue::default(),
            codes: BTreeMap::new(),
            end: BEGIN,
            wrongs: Vec::new(),
            next_row: ROWS,
            next_edit: BEGIN + dice.i64(6..18) * 60 * MINUTE,
            next_incident: BEGIN + dice.i64(12..30) * 60 * MINUTE,
            mended: None,
            leaving: BTreeSet::new(),
            held: 0,
            calm: 0,
            has_happened: true,
            windows: (At::MIN, Vec::new()),
            dice,
        };
        site.write("token", TOKEN);
        site.write_timetable();
        let mut compiler = std::process::Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(site.path("clock.so"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/soak/clock.c");
        assert!(compiler.arg(source).status().unwrap().success(), "the clock does not compile");
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn ledger(&self) -> PathBuf {
        self.path("state/ledger.jsonl")
    }

    fn version(&self) -> &Version {
        self.versions.last().unwrap()
    }

    /// Plays all days, then an hour in which nothing goes wrong, and gives everything
    /// back.
    pub(super) fn play(&mut self) {
        let calm = BEGIN + self.days * DAY;
        let mut at = BEGIN;
        while at < calm {
            // On its first day the tools have yet to see whose pauses are theirs.
            if (at - BEGIN) % DAY == 0 && at > BEGIN {
                let shapes = changes_answer_shapes(&self.standin, &mut self.dice);
                eprintln!("{} passes by {}: {shapes}", self.passes.len(), show(at));
                self.has_happened = true;
            }
            self.between(at);
            self.pass_if_due(at);
            at += EVERY;
        }
        self.end = at;
        is_plain(&self.standin);
        if self.version().broken.is_some() {
            self.mend(at);
        }
        for _ in 0..LAST {
            self.pass(at, &[]);
            at += EVERY;
        }
        self.check_end(at);
    }

    /// Lets happen what happens between two passes.
    fn between(&mut self, at: At) {
        let when = at - self.dice.i64(1..EVERY);
        self.set_clock(when);
        while let Some((time, id)) = self.leaving.first().cloned().filter(|it| it.0 <= when) {
            self.leaving.remove(&(time, id.clone()));
            if self.lives.of(&id).owner == Owner::Person {
                self.person(&id, false, when);
            }
        }
        if self.dice.u8(..12) == 0 {
            let (id, pause) = self.any_act(when);
            self.person(&id, pause, when);
        }
        if let Some(mended) = self.mended {
            if mended <= when {
                self.mend(when);
            }
        } else if self.next_incident <= when {
            self.next_incident = when + self.dice.i64(10..60) * 60 * MINUTE;
            self.mended = Some(when + self.dice.i64(10..120) * MINUTE);
            self.break_timetable(when);
        } else if self.next_edit <= when {
            self.next_edit = when + self.dice.i64(4..36) * 60 * MINUTE;
            self.edit(when);
        }
    }

    fn set_clock(&self, at: At) {
        self.standin.set_clock(Time::from_millis(at));
    }

    /// A person resumes something of ours, or pauses any task.
    fn any_act(&mut self, at: At) -> (String, bool) {
        let ours = self.lives.all().filter(|(_, life)| life.owner == Owner::Us);
        let ours: Vec<String> = ours.map(|(id, _)| id.clone()).collect();
        if !ours.is_empty() && self.dice.bool() {
            return (ours[self.dice.usize(..ours.len())].clone(), false);
        }
        let id = self.tasks[self.dice.usize(..self.tasks.len())].id.clone();
        let until = at + self.dice.i64(30..720) * MINUTE;
        self.leaving.insert((until, id.clone()));
        (id, true)
    }

    fn action(id: &str, pause: bool) -> WorldAction {
        if pause { WorldAction::pause(id) } else { WorldAction::resume(id) }
    }

    fn person(&mut self, id: &str, pause: bool, at: At) {
        self.standin.act(Self::action(id, pause)).unwrap();
        self.has_happened |= self.lives.of(id).owner == Owner::Us;
        self.lives.person(id, pause, at);
    }

    fn change_timetable(&mut self, since: At, rows: Vec<Row>, broken: Option<&'static str>) {
        self.versions.push(Version { since, rows, broken });
        self.windows = (At::MIN, Vec::new());
        self.has_happened = true;
    }

    fn write_timetable(&self) {
        for (file, text) in FILES.into_iter().zip(texts(&self.version().rows)) {
            self.write(file, &text);
        }
    }

    fn edit(&mut self, at: At) {
        let mut rows = self.version().rows.clone();
        let place = self.dice.usize(..ROWS);
        if self.dice.u8(..4) == 0 {
            let first = "2027-03-01".parse().unwrap();
            rows[place] = Row::new(self.next_row, first, &mut self.dice);
            self.next_row += 1;
        } else {
            rows[place] = rows[place].edited(&mut self.dice);
        }
        self.change_timetable(at, rows, None);
        self.write_timetable();
    }

    fn mend(&mut self, at: At) {
        self.mended = None;
        let rows = self.version().rows.clone();
        self.change_timetable(at, rows, None);
        self.write_timetable();
    }

    /// Cuts one of the files somewhere, or empties both.
    fn break_timetable(&mut self, at: At) {
        let rows = self.version().rows.clone();
        let which = self.dice.usize(..3);
        if which == 2 {
            self.change_timetable(at, rows, Some("emptied"));
            for (file, text) in FILES.into_iter().zip(texts(&[])) {
                self.write(file, &text);
            }
            return;
        }
        let text = &texts(&rows)[which];
        // Behind a whole row nobody can know, and a calendar is whole behind its last word.
        let most = text.len() - "END:VCALENDAR\r\n".len();
        let is_reported = |length: &usize| which == 1 || !text[..*length].ends_with('\n');
        let length = (0..1_000).map(|_| self.dice.usize(1..most)).find(is_reported).unwrap();
        self.change_timetable(at, rows, Some("cut"));
        self.write(FILES[which], &text[..length]);
    }

    /// The windows of the timetable around a moment.
    fn near(&mut self, at: At) -> &[Occurrence] {
        if !(self.windows.0..self.windows.0.saturating_add(DAY)).contains(&at) {
            let rows = &self.versions.last().unwrap().rows;
            self.windows = (at, occurrences(rows, at - DAY, at + 2 * DAY));
        }
        &self.windows.1
    }

    /// Makes the pass of that time, unless it would ask for nothing, or is one of those
    /// that are passed over while nothing happens to what is held.
    fn pass_if_due(&mut self, at: At) {
        self.counts.due += 1;
        let last = self.passes.last().map_or(At::MIN, |pass| pass.begun);
        let was_well = self.passes.last().is_some_and(|pass| pass.code == 0);
        let is_readable = self.version().broken.is_none();
        let asked = fs::read_to_string(self.path("state/ledger.jsonl.asked")).unwrap_or_default();
        let asked = asked.lines().next().and_then(|line| line.parse::<At>().ok()).unwrap_or(0);
        // The pass looks at its clock a moment later.
        let is_asked = at + MINUTE < asked * 1_000 + ASK_EVERY;
        let is_on = |one: &Occurrence| one.start - BEFORE <= at + AHEAD && at < one.end;
        let is_far = !self.near(at).iter().any(is_on);
        if self.held == 0 && was_well && is_readable && is_asked && is_far {
            self.counts.idle += 1;
            if self.counts.idle.is_multiple_of(TRIED) {
                self.counts.tried += 1;
                self.try_idle(at);
            }
            return;
        }
        let is_edge = |one: &Occurrence| {
            let edges = [one.start - BEFORE, one.end];
            edges.iter().any(|edge| last < *edge && *edge <= at)
        };
        // What is refused, or cannot be proved, is so by one pass after the other.
        let ends: Vec<_> = self.passes.iter().rev().take(2).map(Pass::end).collect();
        let is_as_before = ends.first() == ends.last();
        let is_calm = is_as_before && (is_asked || !was_well) && !self.has_happened;
        if is_calm && self.calm_share > 1 && !self.near(at).iter().any(is_edge) {
            self.calm += 1;
            if !self.calm.is_multiple_of(self.calm_share) {
                self.counts.calm += 1;
                return;
            }
        }
        let mut seen = faults(self.seed ^ at.unsigned_abs());
        let act = (self.dice.u8(..30) == 0).then(|| self.any_act(at));
        if let Some((id, pause)) = &act {
            let mut fault = Fault::new(Effect::before(Self::action(id, *pause)));
            fault.name = Some("person".to_owned());
            seen.insert(0, fault.skip(self.dice.u64(..60)).times(1));
        }
        self.standin.clear_faults();
        self.standin.add_faults(seen).unwrap();
        self.pass(at, act.as_slice());
        self.standin.clear_faults();
    }

    /// A pass that should ask for nothing.
    fn try_idle(&mut self, at: At) {
        self.set_clock(at);
        let ended = self.run(at, "maintenance-sync", &[]);
        let asked = self.standin.take_requests().len();
        if asked > 0 || ended.code != 0 {
            self.wrongs.push(format!(
                "{}: a pass with nothing to do made {asked} requests: {ended:?}",
                show(at)
            ));
        }
    }

    fn pass(&mut self, at: At, acts: &[(String, bool)]) {
        self.set_clock(at);
        // Five minutes have gone by.
        self.standin.act(WorldAction::Settle {}).unwrap();
        self.lives.begin_pass();
        let ended = self.run(at, "maintenance-sync", &[]);
        let over = self.standin.now().millis();
        let act = acts.first().map(|(id, pause)| (id.as_str(), *pause));
        self.lives.read(&self.standin.take_requests(), act);
        *self.codes.entry(ended.code).or_default() += 1;
        self.has_happened = !acts.is_empty();
        let receipts = ended.stdout.lines().filter(|line| line.starts_with('{'));
        let mut failed = BTreeMap::new();
        for receipt in receipts.map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let action = receipt["action"].as_str().unwrap_or_default();
            if matches!(action, "failed" | "accepted") {
                let said = receipt["error"]["message"].as_str().unwrap_or(action);
                failed.insert(receipt["id"].as_str().unwrap().to_owned(), said.to_owned());
            }
        }
        let is_expected = match self.version().broken {
            None => matches!(ended.code, 0 | 1 | 69),
            // Emptied files are windows that are over, where nothing is held.
            Some("emptied") => matches!(ended.code, 0 | 1 | 65 | 69),
            Some(_) => matches!(ended.code, 65 | 69),
        };
        if !is_expected {
            self.wrongs.push(format!("{}: a pass ended so: {ended:?}", show(at)));
        }
        // One of each file, where nothing is held.
        let saw_no_window = ended.stderr.matches("no window").count() == FILES.len();
        let pass = Pass { begun: at, ended: over, code: ended.code, failed, saw_no_window };
        self.passes.push(pass);
        self.look_at_holds(at);
    }

    /// Notes how long what is held is past its end.
    fn look_at_holds(&mut self, at: At) {
        let Ok(state) = Ledger::read(&self.ledger()) else { return };
        self.held = state.all_active().count();
        let pass = self.passes.last().unwrap();
        for open in state.all_active() {
            let Some(end) = open.hold.end() else { continue };
            let over = at - end.as_millis();
            if over > self.overdue.longest {
                let id = open.target.id.to_string();
                let code = format!("exit code {}", pass.code);
                let reported = pass.failed.get(&id).unwrap_or(&code);
                self.overdue.longest = over;
                self.overdue.reported = format!("{id} at {}: {reported}", show(at));
            }
        }
    }

    fn run(&self, at: At, program: &str, args: &[&str]) -> Ended {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let built = || assert_cmd::cargo::cargo_bin("task-pause").parent().unwrap().to_owned();
        let tools = std::env::var_os("SOAK_TOOLS").map_or_else(built, PathBuf::from);
        let script = root.join("scripts").join(program);
        let program = if script.exists() { script } else { tools.join(program) };
        let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
        let timetables = FILES.map(|file| self.path(file).to_str().unwrap().to_owned());
        let ahead = at - clock::now().as_millis();
        let mut command = Command::new(program);
        command
            .args(args)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.dir.path())
            .env("TALEND_API_URL", self.standin.url())
            .env("TALEND_TOKEN_FILE", self.path("token"))
            .env("TASK_PAUSE_LEDGER", self.ledger())
            .env("TALEND_ENVIRONMENT", ENVIRONMENTS.join(":"))
            .env("MAINTENANCE_TIMETABLE", timetables.join(":"))
            .env("MAINTENANCE_RATE", "1000000")
            .env("MAINTENANCE_HORIZON", "+1d")
            .env("LD_PRELOAD", self.path("clock.so"))
            .env("SOAK_AHEAD_MS", ahead.to_string())
            .current_dir(self.dir.path())
            .timeout(Duration::from_secs(300));
        Ended::of(command.output().unwrap())
    }

    /// Nothing is overdue, and when all is given back, nothing of ours is paused, and
    /// what people paused is.
    fn check_end(&mut self, at: At) {
        let state = Ledger::read(&self.ledger()).unwrap();
        let is_over = |end: Option<maintenance_core::time::UtcTime>| {
            end.is_some_and(|end| end.as_millis() < at - EVERY)
        };
        for open in state.all_active().filter(|open| is_over(open.hold.end())) {
            self.wrongs.push(format!("{} is overdue at the end", open.target.id));
        }
        self.set_clock(at);
        self.lives.begin_pass();
        let ended = self.run(at, "task-pause", &["resume", "--all"]);
        self.lives.read(&self.standin.take_requests(), None);
        if ended.code != 0 {
            self.wrongs.push(format!("not all is given back: {ended:?}"));
        }
        let state = Ledger::read(&self.ledger()).unwrap();
        for open in state.all_active() {
            self.wrongs.push(format!("{} is held for ever", open.target.id));
        }
        let truth = self.standin.state();
        for (id, life) in self.lives.all() {
            let paused = truth.task(id).unwrap().paused;
            if paused != (life.owner == Owner::Person) {
                self.wrongs.push(format!("{id}: paused {paused}, and it is {:?}'s", life.owner));
            }
        }
    }
}
