//! `--metrics-file`: metrics in the Prometheus text format, for the textfile
//! collector of a node exporter. The file is replaced as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use maintenance_core::cli::Messages;
use maintenance_core::client::{Config, Exchange};
use maintenance_core::clock;
use maintenance_core::ledger::ActiveHold;
use maintenance_core::private_file::{self, Access, Danger, FileError};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

/// The mode of the file: others read it, and nothing in it is private.
const READABLE: u32 = 0o644;

/// The beginning of a file of metrics.
const BEGIN: &[u8] = b"# HELP task_pause_";

const LAST_SUCCESS: &str = "task_pause_last_success_timestamp_seconds";

/// Counts the requests of this call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests(Arc<Mutex<RequestCounts>>);

#[derive(Debug, Default)]
struct RequestCounts {
    by_status: BTreeMap<String, u64>,
    retries: u64,
    throttled: Duration,
    /// The end of the time that the API asked to wait.
    throttled_until: Option<Instant>,
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
        if let Some(wait) = exchange.retry_after {
            counts.throttle(Instant::now(), wait);
        }
    }
}

impl RequestCounts {
    /// Adds a wait. Waits that overlap, as those of requests at the same time do, count
    /// once.
    fn throttle(&mut self, now: Instant, wait: Duration) {
        let Some(until) = now.checked_add(wait) else { return };
        let from = self.throttled_until.map_or(now, |before| before.max(now));
        self.throttled += until.saturating_duration_since(from);
        self.throttled_until = self.throttled_until.max(Some(until));
    }
}

/// The metrics of the ledger and of one call.
#[derive(Debug)]
pub(crate) struct Metrics<'a> {
    /// The active holds.
    pub(crate) holds: Vec<&'a ActiveHold>,
    /// The environments of the call, as they were named. None: all of
    /// those that the ledger holds, and those of the metrics before.
    pub(crate) environments: &'a [String],
    /// The IDs of those, as far as the call resolved them.
    pub(crate) resolved: BTreeMap<String, Arc<str>>,
    pub(crate) requests: Requests,
    /// Whether the call ended well.
    pub(crate) success: bool,
    pub(crate) now: UtcTime,
}

impl<'a> Metrics<'a> {
    /// The metrics of a call that asks the API for nothing.
    pub(crate) fn without_requests(
        holds: Vec<&'a ActiveHold>,
        environments: &'a [String],
        success: bool,
    ) -> Self {
        let requests = Requests::default();
        let (resolved, now) = (BTreeMap::new(), clock::now());
        Self { holds, environments, resolved, requests, success, now }
    }

    /// Writes them to a file.
    pub(crate) fn write(&self, path: &Path, messages: &Messages) -> anyhow::Result<()> {
        if let Some(doubt) = self.doubt() {
            messages.warn(&doubt);
        }
        let cannot = || format!("cannot write the metrics file {}", path.display());
        // The file is replaced: only a file of ours may be.
        private_file::check_replaceable(path).with_context(cannot)?;
        let old = old_metrics(path).unwrap_or_default();
        if !old.is_empty() && !old.starts_with(BEGIN) {
            let what = Danger::Foreign("a metrics file of task-pause");
            return Err(FileError::Unsafe { path: path.to_owned(), what }).with_context(cannot);
        }
        let text = self.render(&successes(&String::from_utf8_lossy(&old)));
        private_file::replace(path, READABLE, |out| std::io::Write::write_all(out, text.as_bytes()))
            .with_context(cannot)
    }

    /// The environment, as the call named it, that has this hold.
    fn environment_of(&self, active: &ActiveHold) -> Option<&str> {
        let id = &*active.target.environment_id;
        let name = active.labels.environment_name.as_deref();
        let is_it = |named: &&str| match self.resolved.get(*named) {
            Some(known) => **known == *id,
            None => *named == id || Some(*named) == name,
        };
        self.environments.iter().map(String::as_str).find(is_it)
    }

    /// A warning if holds may be of an environment that the call named by a name that
    /// neither the call resolved nor the ledger has.
    fn doubt(&self) -> Option<String> {
        let others = self.holds.iter().filter(|active| self.environment_of(active).is_none());
        let nameless = others.filter(|active| active.labels.environment_name.is_none());
        let nameless =
            nameless.map(|active| &*active.target.environment_id).collect::<BTreeSet<_>>();
        let is_known = |reported: &String| {
            self.resolved.contains_key(reported)
                || self.holds.iter().any(|active| self.environment_of(active) == Some(reported))
        };
        let reported = self.environments.iter().find(|reported| !is_known(reported))?;
        (!nameless.is_empty()).then(|| {
            let ids = nameless.into_iter().map(clip);
            let ids = ids.collect::<Vec<_>>().join(", ");
            format!(
                "the metrics show nothing held in {:?}, and the ledger has holds in environments \
                 without a name: if it is one of them, give its ID ({ids}) to --environment",
                clip(reported)
            )
        })
    }

    /// The active holds by environment, which is written as a label. Those of environments
    /// that the call did not name are in other files.
    fn by_environment(&self, before: &BTreeMap<String, f64>) -> BTreeMap<String, Vec<&ActiveHold>> {
        let mut all: BTreeMap<String, Vec<&ActiveHold>> = BTreeMap::new();
        if self.environments.is_empty() {
            all.extend(before.keys().map(|environment| (environment.clone(), Vec::new())));
        }
        // One that was named twice has one label.
        let mut ids = BTreeSet::new();
        for reported in self.environments {
            if ids.insert(self.resolved.get(reported).map_or(&**reported, |id| &**id)) {
                all.insert(label(reported), Vec::new());
            }
        }
        for active in &self.holds {
            let environment = if self.environments.is_empty() {
                let name = active.labels.environment_name.as_deref();
                Some(name.unwrap_or(&active.target.environment_id))
            } else {
                self.environment_of(active)
            };
            if let Some(environment) = environment {
                all.entry(label(environment)).or_default().push(active);
            }
        }
        if all.len() > 1 {
            // The metrics of a call that knew no environment yet.
            all.retain(|environment, holds| !environment.is_empty() || !holds.is_empty());
        }
        if all.is_empty() {
            all.insert(String::new(), Vec::new());
        }
        all
    }

    fn render(&self, before: &BTreeMap<String, f64>) -> String {
        let (now, success) = (self.now, self.success);
        let environments = self.by_environment(before);
        let mut text = String::new();
        let mut each = |name, help, value: &dyn Fn(&str, &[&ActiveHold]) -> Option<f64>| {
            let value = |(environment, holds): (&String, &Vec<&ActiveHold>)| {
                value(environment, holds).map(|value| (of(environment, ""), value))
            };
            let values: Vec<_> = environments.iter().filter_map(value).collect();
            gauge(&mut text, name, help, &values);
        };
        let overdue = |holds: &[&ActiveHold]| -> Vec<Duration> {
            holds.iter().filter_map(|active| active.overdue_by(now)).collect()
        };
        each("task_pause_active_holds", "Tasks and plans that are held.", &|_, holds| {
            Some(float(holds.len()))
        });
        let help = "Holds that are past their end and not given back.";
        each("task_pause_overdue_holds", help, &|_, holds| Some(float(overdue(holds).len())));
        let help = "The time since the end of the hold that is past it longest.";
        each("task_pause_overdue_seconds", help, &|_, holds| {
            Some(overdue(holds).into_iter().max().unwrap_or_default().as_secs_f64())
        });
        let help = "When the oldest active hold began.";
        each("task_pause_oldest_hold_timestamp_seconds", help, &|_, holds| {
            holds.iter().map(|active| active.since).min().map(seconds)
        });
        each(LAST_SUCCESS, "When the last call ended well.", &|environment, _| {
            // After a failed call, the time of the last success stays.
            if success { Some(seconds(now)) } else { before.get(environment).copied() }
        });
        let help = "Whether the last call ended well.";
        each("task_pause_last_call_succeeded", help, &|_, _| Some(f64::from(u8::from(success))));
        self.render_requests(&mut text, &environments);
        text
    }

    /// The metrics of the call, which are of all its environments together.
    fn render_requests(
        &self,
        text: &mut String,
        environments: &BTreeMap<String, Vec<&ActiveHold>>,
    ) {
        let all = environments.keys().map(String::as_str).collect::<Vec<_>>().join(",");
        let counts = self.requests.0.lock().unwrap_or_else(PoisonError::into_inner);
        let by_status = counts.by_status.iter();
        let requests: Vec<_> = by_status
            .map(|(status, count)| (of(&all, &format!("status=\"{status}\"")), float(*count)))
            .collect();
        let help = "Attempts of the last call by HTTP status; none: there was no answer.";
        gauge(text, "task_pause_requests", help, &requests);
        let help = "Attempts of the last call that repeated another one.";
        gauge(text, "task_pause_retries", help, &[(of(&all, ""), float(counts.retries))]);
        let help =
            "The time that the last call waited as the API asked, each time at most two minutes.";
        let throttled = counts.throttled.as_secs_f64();
        gauge(text, "task_pause_throttled_seconds", help, &[(of(&all, ""), throttled)]);
    }
}

/// Adds a metric to the text of a file.
fn gauge(text: &mut String, name: &str, help: &str, values: &[(String, f64)]) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

/// An environment as the value of a label.
fn label(environment: &str) -> String {
    environment.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The labels of a metric.
fn of(environment: &str, more: &str) -> String {
    match (environment, more) {
        ("", "") => String::new(),
        ("", more) => format!("{{{more}}}"),
        (environment, "") => format!("{{environment=\"{environment}\"}}"),
        (environment, more) => format!("{{environment=\"{environment}\",{more}}}"),
    }
}

/// The times of the last success in earlier metrics, by the label of the environment.
fn successes(old: &str) -> BTreeMap<String, f64> {
    let success = |line: &str| {
        let (labels, value) = line.strip_prefix(LAST_SUCCESS)?.rsplit_once(' ')?;
        let environment = match labels.strip_prefix("{environment=\"") {
            Some(labels) => labels.strip_suffix("\"}")?,
            None if labels.is_empty() => "",
            None => return None,
        };
        Some((environment.to_owned(), value.parse().ok()?))
    };
    old.lines().filter_map(success).collect()
}

/// Reads the metrics of the call before.
fn old_metrics(path: &Path) -> Option<Vec<u8>> {
    const LONGEST: u64 = 1024 * 1024;
    let file = private_file::open(path, Access::Read).ok()??;
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).ok()?;
    Some(text)
}

fn float(count: impl TryInto<u32>) -> f64 {
    count.try_into().map_or(f64::INFINITY, f64::from)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit 53 bits")]
fn seconds(time: UtcTime) -> f64 {
    time.as_millis() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_that_overlap_count_once() {
        let mut counts = RequestCounts::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for (now, wait) in [(0, 10), (1, 10), (2, 3), (20, 5)] {
            counts.throttle(at(now), Duration::from_secs(wait));
        }
        assert_eq!(counts.throttled, Duration::from_secs(11 + 5));
    }

    #[test]
    fn labels_are_read_as_they_were_written() {
        for environment in ["Production", "a\"} b\\,{", "", "Müll (EU)"] {
            let labels = of(&label(environment), "");
            let old = format!("# HELP x\n{LAST_SUCCESS}{labels} 12.5\n");
            let read = successes(&old);
            assert_eq!(read.get(&label(environment)), Some(&12.5), "{old}");
        }
    }
}
