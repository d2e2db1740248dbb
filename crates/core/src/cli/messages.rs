//! The messages of a tool on stderr.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use serde_json::json;

use super::common::{Color, CommonArgs, LogFormat};
use super::progress::ProgressLine;
use super::screen::escape_controls;
use super::streams::Streams;
use crate::exit::Exit;
use crate::jsonl::text::to_json;
use crate::timetable::{Problem, Severity};

/// The `code` of the error of a timetable that has errors.
pub const BAD_TIMETABLE: &str = "bad-timetable";

/// Where a tool's messages go: stderr, as text or as JSON Lines.
///
/// A message that cannot be written is dropped: a closed or full stderr never
/// stops the work.
#[derive(Clone, Debug)]
pub struct Messages {
    tool: String,
    quiet: bool,
    verbose: u8,
    format: LogFormat,
    color: Color,
    progress: ProgressLine,
    /// Threads that write, once the job asked for them.
    streams: Arc<OnceLock<Streams>>,
}

impl Messages {
    /// Messages of that tool, as the flags ask for them.
    #[must_use]
    pub fn new(tool: &str, common: &CommonArgs) -> Self {
        let is_seen =
            !common.quiet && common.log_format == LogFormat::Text && io::stderr().is_terminal();
        Self {
            tool: tool.to_owned(),
            quiet: common.quiet,
            verbose: common.verbose,
            format: common.log_format,
            color: common.color,
            progress: ProgressLine::new(is_seen),
            streams: Arc::default(),
        }
    }

    /// Leaves all writing to threads: from now on nobody who does not read stdout
    /// or stderr holds up the work.
    ///
    /// # Errors
    ///
    /// The system has no threads left.
    pub fn detach(&self) -> io::Result<&Streams> {
        if let Some(streams) = self.streams.get() {
            return Ok(streams);
        }
        let messages = self.clone();
        let line = self.progress.line.clone();
        let started = Streams::start(line, move |panic| messages.panicked(panic))?;
        let streams = self.streams.get_or_init(|| started);
        self.progress.draw_on(&streams.stderr);
        Ok(streams)
    }

    /// The threads that write, if the job asked for them.
    #[must_use]
    pub fn streams(&self) -> Option<&Streams> {
        self.streams.get()
    }

    /// The line that says what is going on, where it may be drawn: stderr is a
    /// terminal, and messages are text for people. Messages do not tear it.
    #[must_use]
    pub fn progress(&self) -> &ProgressLine {
        &self.progress
    }

    /// Writes a warning for the operator; not with `--quiet`.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            self.line("warning", text);
        }
    }

    /// Writes a note about the work; not with `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.line("note", text);
        }
    }

    /// Writes the last message, which is never dropped; not with `--quiet`.
    pub(super) fn last(&self, text: &str) {
        if !self.quiet {
            self.put(&self.rendered("warning", text), true);
        }
    }

    /// A panic, in place of the runtime's own message. The place is for whoever
    /// mends it; a backtrace is there if `RUST_BACKTRACE` asks for it.
    pub(super) fn panicked(&self, text: &str) {
        let trace = Backtrace::capture();
        let mut said = self.rendered("error", &text.replace('\n', " "));
        if trace.status() == BacktraceStatus::Captured {
            let _ = writeln!(said, "{trace}");
        }
        self.put(&said, true);
    }

    /// A detail, where `--verbose` was given at least `level` times. The text
    /// is only made when it is wanted.
    pub fn detail(&self, level: u8, text: impl FnOnce() -> String) {
        if self.verbose >= level {
            self.line("detail", &text());
        }
    }

    /// Whether `--verbose` was given at least `level` times.
    #[must_use]
    pub fn wants_detail(&self, level: u8) -> bool {
        self.verbose >= level
    }

    /// Whether a progress display may be drawn: stderr is a terminal, and
    /// messages are text for people.
    #[must_use]
    pub fn wants_progress(&self) -> bool {
        self.progress.is_shown()
    }

    /// Whether to use colour on a stream that is, or is not, a terminal.
    #[must_use]
    pub fn wants_color(&self, is_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }

    /// A problem of a timetable, as compilers write them; a warning not with
    /// `--quiet`.
    pub fn problem(&self, problem: &Problem) {
        let level = problem.severity.as_str();
        if self.quiet && problem.severity == Severity::Warning {
            return;
        }
        match self.format {
            LogFormat::Json => {
                let Problem { file, line, column, message, hint, .. } = problem;
                let mut object = json!({
                    "level": level, "tool": self.tool, "file": **file, "line": line,
                    "column": column, "message": message, "hint": hint,
                });
                if problem.severity != Severity::Warning {
                    object["code"] = json!(BAD_TIMETABLE);
                    object["retryable"] = json!(false);
                    object["exit"] = json!(Exit::BadInput.code());
                }
                self.write(&json_line(&object));
            }
            LogFormat::Text => {
                let (on, off) = self.colors(level);
                let place = problem.place();
                let (place, message) = (escape_controls(&place), escape_controls(&problem.message));
                let mut text = format!("{place}: {on}{level}:{off} {message}\n");
                if let Some(hint) = &problem.hint {
                    let (on, off) = self.colors("hint");
                    let _ = writeln!(text, "  {on}hint:{off} {}", escape_controls(hint));
                }
                self.write(&text);
            }
        }
    }

    /// An error, its machine-readable parts, and what to do about it.
    pub(super) fn error(&self, error: &serde_json::Value, message: &str, hint: Option<&str>) {
        match self.format {
            LogFormat::Json => self.put(&json_line(error), true),
            LogFormat::Text => {
                self.put(&self.rendered("error", message), true);
                if let Some(hint) = hint {
                    self.put(&self.rendered("hint", hint), true);
                }
            }
        }
    }

    /// The answer that an exit code gives; not with `--quiet`.
    pub(super) fn answer(&self, text: &str, code: &str, exit: Exit) {
        match self.format {
            _ if self.quiet => {}
            LogFormat::Text => self.line("note", text),
            LogFormat::Json => {
                let object = json!({
                    "level": "note", "tool": self.tool, "code": code, "message": text,
                    "exit": exit.code(),
                });
                self.write(&json_line(&object));
            }
        }
    }

    /// The escape sequences that turn a level's colour on and off.
    fn colors(&self, level: &str) -> (&'static str, &'static str) {
        match (self.wants_color(io::stderr().is_terminal()), level) {
            (true, "error") => ("\x1b[1;31m", "\x1b[0m"),
            (true, "warning") => ("\x1b[1;33m", "\x1b[0m"),
            (true, "hint") => ("\x1b[1;36m", "\x1b[0m"),
            _ => ("", ""),
        }
    }

    fn line(&self, level: &str, text: &str) {
        self.write(&self.rendered(level, text));
    }

    fn rendered(&self, level: &str, text: &str) -> String {
        match self.format {
            LogFormat::Json => {
                json_line(&json!({"level": level, "tool": self.tool, "message": text}))
            }
            LogFormat::Text => {
                let (on, off) = self.colors(level);
                let text = escape_controls(text);
                match level {
                    "note" | "detail" => format!("{}: {text}\n", self.tool),
                    _ => format!("{}: {on}{level}:{off} {text}\n", self.tool),
                }
            }
        }
    }

    fn write(&self, text: &str) {
        self.put(text, false);
    }

    /// Writes a message, or sends it to the thread that does; `always` however
    /// much waits there already.
    fn put(&self, text: &str, always: bool) {
        match self.streams.get() {
            Some(streams) if always => return streams.stderr.must_send(text.into()),
            Some(streams) => return streams.stderr.send(text.into()),
            None => {}
        }
        self.progress.suspended(|| {
            // One write for one message, so that the tools of a pipeline do not
            // mix their lines. A failure cannot be reported anywhere else.
            let _ = io::stderr().lock().write_all(text.as_bytes());
        });
    }
}

/// A message as a line of JSON, without a character that a terminal obeys: a
/// log is looked at there.
fn json_line(object: &serde_json::Value) -> String {
    let mut line = to_json(object).unwrap_or_else(|_| object.to_string());
    line.push('\n');
    line
}
