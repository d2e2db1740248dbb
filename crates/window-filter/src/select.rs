//! The main job: selects the runs that windows concern, and writes or draws them.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Context;
use maintenance_core::cli::{self, Ending, Messages, Refusal, Terminal};
use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::jsonl::WriteError;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::Timetable;
use maintenance_core::zone::Zone;

use crate::args::{FilterArgs, OutputFormat};
use crate::filter::{Filter, FilterSettings, Keep};
use crate::horizon::Horizon;
use crate::input::{BlockReader, EMPTY_INPUT, note_terminal};
use crate::parallel;
use crate::record::RecordMembers;
use crate::scope_watch::ScopeWatch;
use crate::style::Style;
use crate::summary::{FilterSummary, InputCounts};
use crate::timetables;
use crate::view::{self, LineBuffer, Overview, ShownRun, ShownWindow};

/// The most threads without `--threads`.
const MOST_THREADS: usize = 8;

/// The most windows of recurrences in a picture. With more of them it shows those of
/// its runs alone.
const MOST_DRAWN: u32 = 20_000;

/// Filters stdin to stdout, warns of runs that may be missing, and sums up on a terminal.
pub(crate) fn filter(args: &FilterArgs, messages: &Messages) -> anyhow::Result<Ending> {
    check(args)?;
    let summary = messages.wants_progress().then(FilterSummary::default);
    if let Some(summary) = summary.clone() {
        let lines = move |by: &str| {
            let end = format!("{by}: the input was not read to its end");
            summary.lines().into_iter().chain([end]).collect()
        };
        cli::report_signal(messages, lines).context("cannot listen to signals")?;
    }
    let done = filter_for(args, summary.clone(), messages);
    // These two have totals, and a reader who went away has seen enough.
    let has_totals = matches!(args.format, OutputFormat::Table | OutputFormat::Timeline);
    let is_reported = match &done {
        Ok(_) => has_totals,
        Err(error) => matches!(error.downcast_ref(), Some(WriteError::Closed)),
    };
    for line in summary.iter().filter(|_| !is_reported).flat_map(FilterSummary::lines) {
        messages.note(&line);
    }
    let InputCounts { runs, selected, .. } = done?;
    messages.detail(1, || format!("{selected} of {runs} runs selected"));
    if args.exit_status && selected == 0 {
        let text = "no run was selected, which --exit-status reports with this exit code";
        return Ok(Ending::answer(Exit::Partial, "nothing-selected", text));
    }
    Ok(Ending::DONE)
}

/// Filters stdin to stdout, and warns of runs that may be missing.
fn filter_for(
    args: &FilterArgs,
    summary: Option<FilterSummary>,
    messages: &Messages,
) -> anyhow::Result<InputCounts> {
    let on_error = args.on_error.choice();
    let (files, reading) = (&args.timetable.timetables, &args.timetable.reading);
    let (timetable, mut warnings) = timetables::load(files, reading, on_error, messages)?;
    let watch = Arc::new(ScopeWatch::new(&timetable));
    let looking_on = (Arc::clone(&watch), summary);
    let (counts, ended) = if args.format == OutputFormat::Jsonl {
        select(args, timetable, looking_on, io::stdout(), messages)?
    } else {
        let buffer = LineBuffer::default();
        let (counts, ended) =
            select(args, timetable.clone(), looking_on, buffer.clone(), messages)?;
        warnings.extend(found(&counts, ended.as_deref(), &watch));
        let (zone, terminal) = (timetables::zone(reading)?, Terminal::stdout(messages));
        // Runs in no window keep the `window` of the input, with no zone of this timetable.
        let zones = if args.invert_match { [].into() } else { timetable.zones() };
        let runs = view::read(&buffer, &args.runs, &zones);
        let windows = windows(&timetable, &runs, args, &zones);
        let (title, made) = (args.title.clone(), clock::now());
        let overview = Overview { title, made, runs, windows, warnings };
        view::write(&overview, args, &Style { zone, terminal })?;
        (counts, ended)
    };
    for warning in found(&counts, ended.as_deref(), &watch) {
        messages.warn(&warning);
    }
    Ok(counts)
}

/// Refuses flags that do not go together.
fn check(args: &FilterArgs) -> Result<(), Refusal> {
    let is_picture = args.format.is_picture();
    if args.csv_raw && args.format != OutputFormat::Csv {
        return Err(Refusal::usage("--csv-raw is for --format csv alone"));
    }
    if args.runs.date_field.is_empty() {
        return Err(Refusal::usage("--date-field: the name is empty"));
    }
    if args.title.as_ref().is_some_and(|title| title.trim().is_empty()) {
        return Err(Refusal::usage("--title: the text is empty"));
    }
    if args.title.is_some() && !is_picture {
        return Err(Refusal::usage("--title is for --format timeline, svg and html alone"));
    }
    if args.invert_match && is_picture {
        let refusal = Refusal::usage("--format timeline, svg and html show runs in windows");
        return Err(refusal.hint("leave --invert-match away"));
    }
    Ok(())
}

/// Filters stdin to an output, while others look on, and says whether runs begin when
/// the timetable has ended.
fn select(
    args: &FilterArgs,
    timetable: Timetable,
    (watch, summary): (Arc<ScopeWatch>, Option<FilterSummary>),
    output: impl io::Write + Send + 'static,
    messages: &Messages,
) -> anyhow::Result<(InputCounts, Option<String>)> {
    let keep = match args.format {
        format if format.is_picture() => Keep::All,
        _ if args.invert_match => Keep::Free,
        _ => Keep::InWindows,
    };
    let on_error = args.on_error.choice();
    let settings = FilterSettings { keep, assume_duration: args.runs.assume_duration, on_error };
    let members = RecordMembers::new(&args.runs.date_field, &timetable);
    let widening = args.widening.widening();
    let is_empty = timetable.last_end() == Some(UtcTime::MIN);
    let bound = timetable.last_maintenance_end().filter(|end| is_empty || *end > UtcTime::MIN);
    let horizon = Horizon::new(timetable, widening, args.format != OutputFormat::Jsonl);
    let recurring = horizon.timetable();
    if let Some(summary) = &summary {
        summary.begin();
    }
    let filter = Filter::new(settings, members, horizon, watch).with_summary(summary);
    note_terminal(messages);
    let input = BlockReader::stdin().context("cannot read the input")?;
    let threads = args.threads.map_or_else(
        || available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS),
        usize::from,
    );
    let counts = parallel::run(filter, input, output, threads, messages)?;
    let ended = bound.and_then(|bound| ended(bound, &recurring, widening.after, counts.last_date));
    Ok((counts, ended))
}

/// The warning that runs begin when the last widened window has ended. All windows end
/// by `bound`, and if none recurs, it is the end of the last.
fn ended(
    bound: UtcTime,
    recurring: &Timetable,
    after: Duration,
    last_run: Option<UtcTime>,
) -> Option<String> {
    if bound == UtcTime::MIN {
        return Some("the timetable has no windows".to_owned());
    }
    let last_run = last_run?;
    let exact = if recurring.recurring() == 0 { Some(bound) } else { recurring.exact_end() };
    let (ends, end) = exact.map_or(("has ended by", bound), |end| ("ends", end));
    let end = end.saturating_add(after);
    (last_run >= end).then(|| format!("the timetable {ends} {end}, but runs go to {last_run}"))
}

/// The windows around the runs, for a picture. There are none if they are too many.
fn windows(
    timetable: &Timetable,
    runs: &[ShownRun],
    args: &FilterArgs,
    zones: &[Zone],
) -> Vec<ShownWindow> {
    let shown = view::time_shown(runs).filter(|_| args.format.is_picture());
    let Some((from, to)) = shown else { return Vec::new() };
    let widening = args.widening.widening();
    let (from, to) = (from.saturating_sub(widening.after), to.saturating_add(widening.before));
    let windows = timetable.windows_up_to(from, to, MOST_DRAWN);
    let windows = windows.ok().flatten().unwrap_or_default().into_iter();
    windows.map(|window| ShownWindow::new(window, widening, zones)).collect()
}

/// The warnings about the runs that were read.
fn found(counts: &InputCounts, ended: Option<&str>, watch: &ScopeWatch) -> Vec<String> {
    let mut warnings = watch.warnings();
    warnings.extend(ended.map(str::to_owned));
    if counts.runs == 0 && counts.bad == 0 && !counts.has_end {
        warnings.push(EMPTY_INPUT.to_owned());
    }
    if counts.bad > 0 {
        let lines = if counts.bad == 1 { "line was" } else { "lines were" };
        warnings.push(format!("{} {lines} left out", counts.bad));
    }
    warnings
}
