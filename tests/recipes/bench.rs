//! A tenant, and a directory to work in.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tempfile::TempDir;
use tmc_standin::{Standin, World};

use crate::support::environment::kept_variables;
use crate::support::stub::stub;

const WORLD: &str = r#"{
  "environments": [{"id": "6242bc6eac74e9757cda0001", "name": "Production"}],
  "workspaces": [
    {"id": "6242bc6eac74e9757cda0011", "name": "Finance", "environment": "6242bc6eac74e9757cda0001"},
    {"id": "6242bc6eac74e9757cda0012", "name": "Sales", "environment": "6242bc6eac74e9757cda0001"}
  ],
  "users": [{"name": "ops"}],
  "tokens": [{"id": "t1", "secret": "not-a-real-token", "user": "ops"}],
  "tasks": [
    {"id": "61323d2498d04f63ee690001", "name": "Load invoices", "tags": ["critical"],
     "workspace": "6242bc6eac74e9757cda0011",
     "triggers": [{"type": "DAILY", "startDate": "2026-01-01", "startTime": "02:00"}]},
    {"id": "61323d2498d04f63ee690002", "name": "Export orders",
     "workspace": "6242bc6eac74e9757cda0012",
     "triggers": [{"type": "CRON", "cronExpression": "0 */6 * * ?"}]}
  ],
  "plans": [
    {"id": "61323d2498d04f63ee690003", "name": "Month end", "workspace": "6242bc6eac74e9757cda0011",
     "steps": [{"id": "s1", "name": "First", "tasks": ["61323d2498d04f63ee690001"]}],
     "triggers": [{"type": "DAILY", "startDate": "2026-01-01", "startTime": "04:00"}]}
  ]
}"#;

/// A tenant, and a directory with a token, a timetable whose one window is
/// open now and for nine days more, and a place for the ledger.
pub(crate) struct Bench {
    pub(crate) standin: Standin,
    dir: TempDir,
}

impl Bench {
    pub(crate) fn start() -> Self {
        Self::of(World::from_json(WORLD).unwrap())
    }

    pub(crate) fn of(world: World) -> Self {
        let standin = Standin::start(world).unwrap();
        let bench = Self { standin, dir: TempDir::new().unwrap() };
        let now = bench.now();
        let window = format!(
            "name,start,end\nPatching,{},{}\n",
            (now - TimeDelta::hours(1)).to_rfc3339(),
            (now + TimeDelta::days(9)).to_rfc3339()
        );
        bench.write("maintenance.csv", &window);
        bench.write("token", "not-a-real-token\n");
        bench
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.standin.now().millis()).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A command in that directory, with the tools on its path.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let tools = assert_cmd::cargo::cargo_bin("runs-fetch");
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .envs(kept_variables())
            .env("PATH", format!("{}:{path}", tools.parent().unwrap().display()))
            .env("HOME", self.dir.path())
            .env("TALEND_API_URL", self.standin.url())
            .env("TALEND_TOKEN_FILE", self.path("token"))
            .env("TASK_PAUSE_LEDGER", self.path("ledger/ledger.jsonl"))
            .current_dir(self.dir.path());
        command
    }

    /// A shell's command line.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let mut command = self.command("bash");
        command.args(["-o", "pipefail", "-c", line]);
        command
    }

    pub(crate) fn recipe(&self, name: &str) -> Command {
        let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/recipes");
        self.command(recipes.join(name))
    }

    /// The output of a recipe, given the environment and the timetable.
    pub(crate) fn report(&self, name: &str) -> String {
        self.recipe(name).args(["Production", "maintenance.csv"]).stdout()
    }

    /// The message that `receipts-to-chat` makes of these receipts, which it
    /// passes on. Its curl is one that notes its arguments, and reaches
    /// nobody; no secret is an argument.
    pub(crate) fn chat(&self, receipts: &str) -> Value {
        let bin = self.path("bin");
        fs::create_dir_all(&bin).unwrap();
        let curl = "cat \"$2\" >config\nprintf '%s\\n' \"$@\" >args\ncat >body\nexit 7\n";
        stub(&bin.join("curl"), curl);
        let path = std::env::var("PATH").unwrap();
        self.recipe("receipts-to-chat")
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("CHAT_WEBHOOK_URL", "https://chat.example/secret")
            .write_stdin(receipts)
            .assert()
            .success()
            .stdout(receipts.to_owned());
        assert_eq!(self.read("config"), "url = \"https://chat.example/secret\"\n");
        assert!(!self.read("args").contains("secret"));
        serde_json::from_str(&self.read("body")).unwrap()
    }

    pub(crate) fn paused(&self) -> Vec<String> {
        self.standin.state().paused().map(str::to_owned).collect()
    }
}

pub(crate) trait Stdout {
    /// Its output; it must end with 0.
    fn stdout(&mut self) -> String;
}

impl Stdout for Command {
    fn stdout(&mut self) -> String {
        String::from_utf8(self.assert().success().get_output().stdout.clone()).unwrap()
    }
}

/// Waits if an hour begins soon: of runs that start while lists are made, some list has
/// them and some has not.
pub(crate) fn avoid_the_hour(bench: &Bench) {
    const SOON: i64 = 3_600 - 30;
    let seconds = bench.now().timestamp() % 3_600;
    if seconds >= SOON {
        let left = u64::try_from(3_600 - seconds).unwrap();
        let end = std::time::Instant::now() + std::time::Duration::from_secs(left);
        while let Some(left) = end.checked_duration_since(std::time::Instant::now()) {
            std::thread::park_timeout(left);
        }
    }
}

/// Days that begin within `days` from now, that is: runs of a daily task.
pub(crate) fn daily(bench: &Bench, hour: i64, days: i64) -> usize {
    let from = bench.now();
    let to = from + TimeDelta::days(days);
    let first = from.date_naive().and_hms_opt(0, 0, 0).unwrap().and_utc() + TimeDelta::hours(hour);
    (0..=days).map(|day| first + TimeDelta::days(day)).filter(|at| (from..to).contains(at)).count()
}
