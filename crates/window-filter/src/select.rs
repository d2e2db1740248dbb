//! The main job: selects the runs that windows concern, and writes or draws them.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::Context;
use maintenance_core::cli::{Ending, Messages, Refusal, Terminal};
use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::Timetable;
use maintenance_core::zone::Zone;

use crate::args::{FilterArgs, OutputFormat, View};
use crate::filter::{Filter, FilterSettings, Keep};
use crate::horizon::Horizon;
use crate::input::{BlockReader, note_terminal};
use crate::parallel::{self, Summary};
use crate::record::RecordMembers;
use crate::scope_watch::ScopeWatch;
use crate::style::Style;
use crate::timetables;
use crate::view::{self, LineBuffer, Overview, ShownRun, ShownWindow, ViewSettings};

/// The most threads without `--threads`.
const MOST_THREADS: usize = 8;

/// The most windows of recurrences in a picture. With more of them it shows those of
/// its runs alone.
const MOST_DRAWN: u32 = 20_000;

/// Filters stdin to stdout, and warns of runs that may be missing.
pub(crate) fn filter(args: &FilterArgs, messages: &Messages) -> anyhow::Result<Ending> {
    check(args)?;
    let on_error = args.on_error.choice();
    let (files, reading) = (&args.timetable.timetables, &args.timetable.reading);
    let (timetable, mut warnings) = timetables::read_all(files, reading, on_error)?;
    for warning in &warnings {
        messages.warn(warning);
    }
    timetables::note_left_out(&timetable, messages);
    let last_end = last_end(&timetable, args);
    let watch = Arc::new(ScopeWatch::new(&timetable));
    let summary = match args.format.view(args.csv_raw) {
        None => select(args, (timetable, &watch), io::stdout(), messages)?,
        Some(view) => {
            let buffer = LineBuffer::default();
            let summary = select(args, (timetable.clone(), &watch), buffer.clone(), messages)?;
            warnings.extend(found(&summary, last_end, &watch));
            let settings = ViewSettings {
                view,
                date_field: &args.runs.date_field,
                assume_duration: args.runs.assume_duration,
                style: Style {
                    zone: timetables::zone(reading)?,
                    terminal: Terminal::stdout(messages),
                },
                // Runs in no window keep the `window` of the input, with no zone of this
                // timetable.
                zones: if args.invert_match { [].into() } else { timetable.zones() },
            };
            let runs = view::read(&buffer, &settings);
            let windows = windows(&timetable, &runs, args, &settings.zones);
            let title = args.title.clone();
            let made = Some(clock::now());
            view::write(&Overview { title, made, runs, windows, warnings }, &settings)?;
            summary
        }
    };
    for warning in found(&summary, last_end, &watch) {
        messages.warn(&warning);
    }
    messages.detail(1, || format!("{} of {} runs selected", summary.selected, summary.runs));
    if args.exit_status && summary.selected == 0 {
        let text = "no run was selected, which --exit-status tells with this exit code";
        return Ok(Ending::answer(Exit::Partial, "nothing-selected", text));
    }
    Ok(Ending::DONE)
}

/// Refuses flags that do not go together.
fn check(args: &FilterArgs) -> Result<(), Refusal> {
    let is_picture = args.format.view(false).is_some_and(View::is_picture);
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

/// Filters stdin to an output.
fn select(
    args: &FilterArgs,
    (timetable, watch): (Timetable, &Arc<ScopeWatch>),
    output: impl io::Write + Send + 'static,
    messages: &Messages,
) -> anyhow::Result<Summary> {
    let view = args.format.view(args.csv_raw);
    let keep = match view {
        Some(view) if view.is_picture() => Keep::All,
        _ if args.invert_match => Keep::Free,
        _ => Keep::Held,
    };
    let on_error = args.on_error.choice();
    let settings = FilterSettings { keep, assume_duration: args.runs.assume_duration, on_error };
    let members = RecordMembers::new(&args.runs.date_field, &timetable);
    let widening = args.widening.widening();
    let horizon = Horizon::new(timetable, widening, view.is_some());
    let filter = Filter::new(settings, members, horizon, Arc::clone(watch));
    note_terminal(messages);
    let input = BlockReader::stdin().context("cannot read the input")?;
    let threads = args.threads.map_or_else(
        || available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS),
        usize::from,
    );
    parallel::run(filter, input, output, threads, messages)
}

/// The windows around the runs, for a picture. There are none if they are too many.
fn windows(
    timetable: &Timetable,
    runs: &[ShownRun],
    args: &FilterArgs,
    zones: &[Zone],
) -> Vec<ShownWindow> {
    let is_picture = args.format.view(false).is_some_and(View::is_picture);
    let Some((from, to)) = view::time_shown(runs).filter(|_| is_picture) else { return Vec::new() };
    let widening = args.widening.widening();
    let (from, to) = (from.saturating_sub(widening.after), to.saturating_add(widening.before));
    let windows = timetable.windows_up_to(from, to, MOST_DRAWN);
    let windows = windows.ok().flatten().unwrap_or_default().into_iter();
    windows.map(|window| ShownWindow::new(window, widening, zones)).collect()
}

/// The end of the last widened window. `None`: there is no end.
fn last_end(timetable: &Timetable, args: &FilterArgs) -> Option<UtcTime> {
    timetable.last_end().map(|end| end.saturating_add(args.widening.after))
}

/// The warnings about the runs that were read.
fn found(summary: &Summary, last_end: Option<UtcTime>, watch: &ScopeWatch) -> Vec<String> {
    let mut warnings = watch.warnings();
    match (last_end, summary.last_date) {
        (Some(UtcTime::MIN), _) => warnings.push("the timetable has no windows".to_owned()),
        (Some(end), Some(last)) if last >= end => {
            warnings.push(format!("the timetable ends {end}, but runs go to {last}"));
        }
        _ => {}
    }
    if summary.runs == 0 && summary.bad == 0 && !summary.has_end {
        warnings.push("the input is empty: no run was read".to_owned());
    }
    if summary.bad > 0 {
        let lines = if summary.bad == 1 { "line was" } else { "lines were" };
        warnings.push(format!("{} {lines} left out", summary.bad));
    }
    warnings
}
