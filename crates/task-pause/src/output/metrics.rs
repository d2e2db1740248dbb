//! `--metrics-file`: figures in the Prometheus text format, for the textfile
//! collector of a node exporter. The file is replaced as a whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use maintenance_core::client::{Config, Exchange};
use maintenance_core::ledger::LedgerState;
use maintenance_core::private_file::{self, Access, Danger, FileError};
use maintenance_core::time::UtcTime;

use super::overdue_by;

/// The mode of the file: others read it, and nothing in it is private.
const READABLE: u32 = 0o644;

/// The beginning of a file of figures.
const BEGIN: &[u8] = b"# HELP task_pause_";

const LAST_SUCCESS: &str = "task_pause_last_success_timestamp_seconds";

/// Counts the requests of this call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests(Arc<Mutex<RequestCounts>>);

#[derive(Debug, Default)]
struct RequestCounts {
    by_status: BTreeMap<String, u64>,
    retries: u64,
}

impl Requests {
    /// Counts every attempt that a client of this configuration makes.
    pub(crate) fn watch(&self, config: &mut Config) {
        let requests = self.clone();
        let next = config.observer.take();
        config.observer = Some(Box::new(move |exchange| {
            requests.count(exchange);
            if let Some(next) = &next {
                next(exchange);
            }
        }));
    }

    fn count(&self, exchange: &Exchange<'_>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let status = exchange.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        *counts.by_status.entry(status).or_default() += 1;
        counts.retries += u64::from(exchange.attempt > 1);
    }
}

/// Writes the figures of the ledger and of this call.
pub(crate) fn write(
    path: &Path,
    state: &LedgerState,
    requests: &Requests,
    success: bool,
    now: UtcTime,
) -> anyhow::Result<()> {
    let cannot = || format!("cannot write the metrics file {}", path.display());
    // The file is replaced: only a file of ours may be.
    private_file::check_replaceable(path).with_context(cannot)?;
    let old = old_figures(path).unwrap_or_default();
    if !old.is_empty() && !old.starts_with(BEGIN) {
        let what = Danger::Foreign("a metrics file of task-pause");
        return Err(FileError::Unsafe { path: path.to_owned(), what }).with_context(cannot);
    }
    let last = if success {
        Some(seconds(now))
    } else {
        // After a failed call, keep the time of the last success.
        let old = String::from_utf8_lossy(&old);
        old.lines().find_map(|line| line.strip_prefix(LAST_SUCCESS)?.trim().parse().ok())
    };
    let text = render(state, requests, last, now);
    private_file::replace(path, READABLE, |out| std::io::Write::write_all(out, text.as_bytes()))
        .with_context(cannot)
}

/// Reads the figures of the call before.
fn old_figures(path: &Path) -> Option<Vec<u8>> {
    const LONGEST: u64 = 1024 * 1024;
    let file = private_file::open(path, Access::Read).ok()??;
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).ok()?;
    Some(text)
}

fn render(state: &LedgerState, requests: &Requests, last: Option<f64>, now: UtcTime) -> String {
    let counts = requests.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = String::new();
    let mut figure = |name: &str, kind: &str, help: &str, values: &[(String, f64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let plain = |value: f64| vec![(String::new(), value)];
    let count = |count: usize| plain(u32::try_from(count).map_or(f64::INFINITY, f64::from));
    let open = state.all_open().count();
    figure("task_pause_open_holds", "gauge", "Tasks and plans that are held.", &count(open));
    let overdue = state.all_open().filter(|open| overdue_by(open, now).is_some()).count();
    let help = "Holds that are past their end and not given back.";
    figure("task_pause_overdue_holds", "gauge", help, &count(overdue));
    let oldest = state.all_open().map(|open| open.since).min();
    let oldest = oldest.map(|since| (String::new(), seconds(since)));
    let help = "When the oldest open hold began.";
    figure("task_pause_oldest_hold_timestamp_seconds", "gauge", help, oldest.as_slice());
    let last = last.map(|last| (String::new(), last));
    figure(LAST_SUCCESS, "gauge", "When the last call ended well.", last.as_slice());
    let requests: Vec<(String, f64)> = counts
        .by_status
        .iter()
        .map(|(status, count)| (format!("{{status=\"{status}\"}}"), float(*count)))
        .collect();
    let help = "Attempts of the last call by HTTP status; none: there was no answer.";
    figure("task_pause_requests", "gauge", help, &requests);
    let help = "Attempts of the last call that repeated another one.";
    figure("task_pause_retries", "gauge", help, &plain(float(counts.retries)));
    text
}

fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit 53 bits")]
fn seconds(time: UtcTime) -> f64 {
    time.as_millis() as f64 / 1000.0
}
