//! The word `suggest`, which finds the slots into which the fewest runs fall.

mod quiet;
mod read_runs;
mod starts;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use maintenance_core::cli::{self, Ending, Messages, Refusal, Terminal, check_period, named_time};
use maintenance_core::clock;
use maintenance_core::scope::Scope;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::Timetable;
use maintenance_core::window::{Origin, Source, Window, WindowKind};

use crate::args::SuggestArgs;
use crate::input::{EMPTY_INPUT, note_terminal};
use crate::listing::{self, ListedLoad, ListedWindow};
use crate::record::RecordMembers;
use crate::style::{Style, length};
use crate::timetables;
use quiet::{QuietSlot, RunLoad, SlotShape, quietest};
use read_runs::{ReadRuns, read_runs};
use starts::{MOST_STARTS, Stretch, covered, starts};

/// Reads runs from stdin, and writes the quietest slots.
pub(crate) fn suggest(args: &SuggestArgs, messages: &Messages) -> anyhow::Result<Ending> {
    listing::check(&args.list)?;
    let shape = SlotShape { length: millis(args.length), widening: args.widening.widening() };
    if shape.length == 0 {
        return Err(Refusal::usage("--length: a slot of no length holds no maintenance").into());
    }
    if args.runs.date_field.is_empty() {
        return Err(Refusal::usage("--date-field: the name is empty").into());
    }
    let zone = timetables::zone(&args.reading)?;
    let now = clock::now();
    let at = |flag: &str, time| named_time(flag, time, now, &zone);
    let asked = (at("from", args.from)?, at("to", args.to)?);
    let on_error = args.on_error.choice();
    let timetable = match &args.timetables[..] {
        [] => {
            timetables::without_files(&args.reading)?;
            None
        }
        files => Some(timetables::load(files, &args.reading, on_error, messages)?.0),
    };
    let lines = |by: &str| vec![format!("{by}: the input was not read to its end")];
    cli::report_signal(messages, lines).context("cannot listen to signals")?;
    note_terminal(messages);
    let members = RecordMembers::new(&args.runs.date_field, &Timetable::default());
    let assumed = millis(args.runs.assume_duration);
    let read = read_runs(io::stdin(), &members, assumed, on_error, messages)?;
    if read.runs.is_empty() && read.end.is_none() {
        messages.warn(EMPTY_INPUT);
    }
    let whole = time_to_look_at(&read, asked, &shape, messages)?;
    let stretches = match &timetable {
        None => vec![whole],
        Some(timetable) => maintenance_in(whole, timetable, messages)?,
    };
    let Some(starts) = starts(&stretches, shape.length, &zone) else {
        let refusal = Refusal::usage(format!("more than {MOST_STARTS} starts are to be compared"));
        return Err(refusal
            .hint("look at less time: give a later --from or an earlier --to")
            .into());
    };
    let load = RunLoad::new(&read.runs);
    let slots = quietest(&load, starts, &shape, usize::from(args.count));
    if slots.len() < usize::from(args.count) {
        messages.warn(&too_few(slots.len(), args, whole, timetable.is_some()));
    }
    let with_running = load.has_lengths();
    let windows: Vec<ListedWindow> =
        slots.iter().zip(1..).map(|(slot, number)| listed(slot, number, with_running)).collect();
    let style = Style { zone, terminal: Terminal::stdout(messages) };
    listing::write(&windows, &args.list, &style, &[])?;
    listing::sum_up(("slots", windows.len()), &args.list, messages);
    Ok(Ending::DONE)
}

/// The length in milliseconds.
fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// The time in which slots are looked for: as asked. A slot, as it is widened, lies within
/// the time for which runs were listed.
fn time_to_look_at(
    read: &ReadRuns,
    asked: (Option<UtcTime>, Option<UtcTime>),
    shape: &SlotShape,
    messages: &Messages,
) -> Result<Stretch, Refusal> {
    if let (Some(from), Some(to)) = asked {
        check_period(from, to)?;
    }
    let end = read.end.clone().unwrap_or_default();
    let dates = || read.runs.iter().map(|run| run.date);
    let whole =
        |flag: &str, listed: Option<UtcTime>, asked: Option<UtcTime>, run: Option<UtcTime>| {
            asked.or(listed).or(run).ok_or_else(|| {
                let refusal = Refusal::usage(format!("there is no run, and no --{flag}"));
                refusal
                    .hint("give --from and --to, or list the runs with `runs-fetch --end-record`")
            })
        };
    let mut from = whole("from", end.from, asked.0, dates().min())?;
    let mut to = whole("to", end.to, asked.1, dates().max())?;
    let (first, last) = (end.from.unwrap_or(UtcTime::MIN), end.to.unwrap_or(UtcTime::MAX));
    if from < first || to > last {
        messages
            .warn(&format!("runs were listed from {first} to {last} alone: no more is looked at"));
    }
    from = from.max(first.saturating_add(shape.widening.before));
    to = to.min(last.saturating_sub(shape.widening.after));
    if end.filtered {
        messages.warn("the list of runs was narrowed: other runs are not counted");
    }
    if end.selected.is_some_and(|selected| selected < end.runs) {
        messages.warn("a filter has left runs out of the list: they are not counted");
    }
    if from >= to {
        let refusal = Refusal::usage(format!("the time to look at is empty: from {from} to {to}"));
        return Err(refusal.hint("give --from and --to within the time for which runs were listed"));
    }
    Ok(Stretch { from, to })
}

/// The stretches of a time that lie in windows of a timetable. Its scopes are not looked at.
fn maintenance_in(
    whole: Stretch,
    timetable: &Timetable,
    messages: &Messages,
) -> anyhow::Result<Vec<Stretch>> {
    let windows = timetable.windows(whole.from, whole.to)?;
    if windows.iter().any(|window| !window.scope.is_unrestricted()) {
        messages.warn("windows of the timetable have scopes, which are not looked at");
    }
    Ok(covered(whole, &windows))
}

/// The warning that there are fewer slots than were asked for.
fn too_few(found: usize, args: &SuggestArgs, whole: Stretch, is_inside: bool) -> String {
    let inside = if is_inside { " inside the timetable's windows" } else { "" };
    format!(
        "{found} of {} slots of {} were found between {} and {}{inside}: no other fits beside them",
        args.count,
        length(args.length),
        whole.from,
        whole.to
    )
}

/// The window of a slot.
fn listed(slot: &QuietSlot, number: usize, with_running: bool) -> ListedWindow {
    let window = Window {
        name: (&*format!("Suggestion {number}")).into(),
        start: slot.start,
        end: Some(slot.end),
        kind: WindowKind::Maintenance,
        scope: Arc::new(Scope::default()),
        source: Source { origin: Origin::table(""), line: 0 },
        dst: None,
        zone: None,
    };
    let load = ListedLoad { runs: slot.runs, running: with_running.then_some(slot.running) };
    ListedWindow { window, load: Some(load) }
}
