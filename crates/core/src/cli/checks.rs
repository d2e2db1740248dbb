//! The results of `check`, alike in the tools that ask the API: a table on a
//! terminal, JSON Lines otherwise.

use std::io::{self, IsTerminal};
use std::time::Duration;

use serde::Serialize;

use super::report::explain;
use super::{Ending, Messages, TableCell, Terminal, table};
use crate::change::TargetKind;
use crate::client::{Client, ClientError, Environment, ExecutionQuery, Workspace};
use crate::clock;
use crate::exit::{Exit, Explain};
use crate::jsonl::text::to_json;
use crate::jsonl::{LineWriter, WriteError};
use crate::short_name::clip;
use crate::time::UtcTime;

/// The time for which executions are listed to see whether they may be.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// The status of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum CheckStatus {
    /// It works.
    Ok,
    /// The main job works, but something that may be wanted does not.
    Warning,
    /// The main job would fail.
    Error,
}

impl CheckStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The result of one check.
#[derive(Clone, Debug, Serialize)]
struct CheckRecord {
    check: &'static str,
    status: CheckStatus,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// The results of one call of `check`.
#[derive(Debug, Default)]
pub struct Checks {
    records: Vec<CheckRecord>,
    /// The exit code of the first error.
    exit: Option<Exit>,
}

impl Checks {
    /// Adds what works.
    pub fn ok(&mut self, check: &'static str, message: impl Into<String>) {
        let message = message.into();
        self.records.push(CheckRecord { check, status: CheckStatus::Ok, message, hint: None });
    }

    /// Adds what is no reason to fail, and what to do about it.
    pub fn warn(&mut self, check: &'static str, message: impl Into<String>, hint: &str) {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        let message = message.into();
        self.records.push(CheckRecord { check, status: CheckStatus::Warning, message, hint });
    }

    /// Adds an error, which the main job would end with.
    pub fn fail(&mut self, check: &'static str, error: &anyhow::Error) {
        let known = error.chain().find_map(explain);
        self.exit = self.exit.or(Some(known.map_or(Exit::Io, Explain::exit)));
        let hint = known.and_then(Explain::hint);
        let message = format!("{error:#}");
        self.records.push(CheckRecord { check, status: CheckStatus::Error, message, hint });
    }

    /// Tries the connection and the token by listing the workspaces, and returns them.
    /// `None` if nothing else can be tried.
    pub async fn connection(&mut self, client: &Client) -> Option<Vec<Workspace>> {
        let workspaces = match client.workspaces().await {
            Ok(workspaces) => workspaces,
            Err(error) => {
                self.fail("connection", &error.into());
                return None;
            }
        };
        self.ok("connection", format!("{} answers and takes the token", client.origin()));
        match client.token_expiry().await {
            Some(end) => self.ok("token", until(end, clock::now())),
            None => self.ok("token", "its end is not known: the API does not show it"),
        }
        if workspaces.is_empty() {
            let hint = "give the account READ on the workspaces whose tasks are to be paused";
            self.warn("workspaces", "the account sees no workspace", hint);
        } else {
            self.ok("workspaces", format!("the account sees {}", workspaces.len()));
        }
        Some(workspaces)
    }

    /// Tries whether the executions of an environment may be listed. `wanted_by` names
    /// the flags that need them.
    pub async fn executions(
        &mut self,
        client: &Client,
        environment: &Environment,
        wanted_by: &str,
    ) {
        let to = clock::now();
        for kind in [TargetKind::Task, TargetKind::Plan] {
            let query = ExecutionQuery {
                kind,
                environment_id: environment.id.clone(),
                status: None,
                from: to.saturating_sub(RECENT),
                to,
            };
            let name = clip(environment.name.as_deref().unwrap_or(&environment.id));
            match client.executions(&query).await {
                Ok(_) => {
                    let of = kind.as_str();
                    self.ok("executions", format!("those of {of}s in {name} can be listed"));
                }
                Err(error) => self.limited("executions", &error, wanted_by),
            }
        }
    }

    /// Adds what the API refuses to this account, and the jobs that it concerns; any other
    /// error of the API is one of the main job, too.
    pub fn limited(&mut self, check: &'static str, error: &ClientError, wanted_by: &str) {
        if matches!(error.status(), Some(400 | 403 | 404)) {
            self.warn(check, error.to_string(), &format!("will be refused: {wanted_by}"));
        } else {
            self.fail(check, &error.clone().into());
        }
    }

    /// Writes the results, and says how the call ends: with the exit code of the first
    /// error, or 0.
    ///
    /// # Errors
    ///
    /// Stdout cannot be written.
    pub fn finish(self, messages: &Messages) -> anyhow::Result<Ending> {
        let mut lines = LineWriter::stdout();
        let written = if io::stdout().is_terminal() {
            let text = draw(&self.records, &Terminal::stdout(messages));
            lines.line(text.trim_end().as_bytes())
        } else {
            // A record of texts is always JSON.
            let texts = self.records.iter().map(|record| to_json(record).unwrap_or_default());
            texts.into_iter().try_for_each(|text| lines.line(text.as_bytes()))
        };
        match written.and_then(|()| lines.flush()) {
            Ok(()) | Err(WriteError::Closed) => {}
            Err(error) => return Err(error.into()),
        }
        let of = |status| self.records.iter().filter(move |one| one.status == status);
        if messages.wants_progress() {
            messages.progress().clear();
            let [ok, warnings, errors] =
                [CheckStatus::Ok, CheckStatus::Warning, CheckStatus::Error]
                    .map(|one| of(one).count());
            messages.note(&format!("checks: {ok} ok, {warnings} with a warning, {errors} failed"));
        }
        let errors = of(CheckStatus::Error);
        let Some((exit, first)) = self.exit.zip(errors.clone().next()) else {
            return Ok(Ending::DONE);
        };
        let (errors, all) = (errors.count(), self.records.len());
        let text = format!("{errors} of {all} checks failed: {}: {}", first.check, first.message);
        let ending = Ending::undone(exit, "check-failed", text);
        Ok(match &first.hint {
            Some(hint) => ending.hint(hint.clone()),
            None => ending,
        })
    }
}

/// The end of a token's life, in words.
fn until(end: UtcTime, now: UtcTime) -> String {
    let minutes = end.since(now).as_secs() / 60;
    if end <= now {
        format!("it claims to have ended at {end}")
    } else {
        format!("good until {end} ({minutes} min)")
    }
}

fn draw(records: &[CheckRecord], terminal: &Terminal) -> String {
    let rows = records.iter().map(|record| {
        let hint = record.hint.as_ref().map(|hint| format!("hint: {hint}"));
        let text = match &hint {
            Some(hint) => TableCell::of_lines([&record.message, hint]),
            None => TableCell::from(&*record.message),
        };
        [record.check.into(), record.status.as_str().into(), text]
    });
    table(terminal, ["Check", "Result", "Finding"], rows, &[0, 1])
}

#[cfg(test)]
mod tests {
    use super::super::Refusal;
    use super::*;

    #[test]
    fn the_first_error_gives_the_exit_code_and_warnings_give_none() {
        let mut checks = Checks::default();
        checks.ok("connection", "it answers");
        checks.warn("executions", "403", "will be refused: --drain");
        assert_eq!(checks.exit, None);
        checks.fail("credentials", &Refusal::refused("a file of others").hint("chmod").into());
        checks.fail("ledger", &Refusal::config("there is none").into());
        assert_eq!(checks.exit, Some(Exit::Refused));
        assert_eq!(checks.records[2].hint.as_deref(), Some("chmod"));
    }

    #[test]
    fn the_table_names_each_check_its_result_and_what_to_do() {
        let mut checks = Checks::default();
        checks.ok("connection", "https://api.eu.cloud.talend.com answers and takes the token");
        checks.warn("executions", "refused", "will be refused: --drain");
        let terminal = Terminal { width: 60, unicode: false, color: false };
        let text = draw(&checks.records, &terminal);
        assert!(text.lines().all(|line| line.len() <= 60), "{text}");
        for part in ["| connection | ok      |", "| executions | warning | refused", "hint: will"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
