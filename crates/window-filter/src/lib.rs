//! `window-filter`, as a library: its binary is one call.
//!
//! - `args`, `manual`: the flags, and the rest of the help
//! - `timetables`: the files that the flags name
//! - `horizon`: the windows around any date
//! - `record`: the members of a run, read from its line
//! - `filter`: selects the lines of a block
//! - `windows`, `check`, `suggest`: the words
//! - `listing`: windows as JSON Lines, CSV or a table
//! - `view`: the selected runs for people
//! - `style`, `round_times`: texts and times of views and lists
//! - `input`, `parallel`: blocks from stdin, on several threads, in order
//!
//! # What it costs
//!
//! `scripts/bench` compares the filter with other programs, and checks that all of
//! them give the same answer. On 100,000 lines of 206 bytes, a
//! fifth of them selected, one thread took a 16th of the CPU time of jq 1.8
//! with one window, a 22nd of that of jq 1.8 with a binary search in 1,000
//! windows, an 18th of Python's, a 6th of Python's with orjson, and four times
//! that of `wc -l`. It needs about 5 MB of memory, 7 MB on four threads,
//! however long the input is and whatever is selected; only lines of megabytes
//! add to it, each thread about twice the longest that is read (16 MiB).
//! Starting it took 0.4 ms more than starting `/bin/true`, with ten lines
//! 0.8 ms. All of that was measured on a machine of two busy cores, and so does not
//! show the speed of four threads.
//!
//! Many windows cost memory more than time: 100,000 of them are read in 26 ms
//! of which a third is the kernel's, for 19 MB of pages. So a short name is
//! stored in its window, windows are compiled in place, and values that are cheap to
//! compute are not stored. With 100,000 windows, a line costs 1.05 times as much as
//! with ten if the runs are in the order of time, and 1.25 times as much if they are
//! in no order.
//!
//! A pipe on stdin is enlarged to 1 MiB if the system allows it, since
//! with the usual 64 KiB the two programs at its ends mostly wait for each
//! other. A file on stdin is read at offsets, without any lock.

mod args;
mod check;
mod filter;
mod horizon;
mod input;
mod listing;
mod manual;
mod parallel;
mod record;
mod round_times;
mod style;
mod suggest;
mod timetables;
mod view;
mod windows;

use std::io;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread::available_parallelism;

use anyhow::Context;
use maintenance_core::cli::{self, Ending, Messages, Refusal, Terminal};
use maintenance_core::exit::Exit;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::Timetable;
use maintenance_core::zone::Zone;

use args::{Args, FilterArgs, OutputFormat, View, Word};
use filter::{Filter, FilterSettings, Keep};
use horizon::Horizon;
use input::BlockReader;
use parallel::Summary;
use record::RecordMembers;
use style::Style;
use view::LineBuffer;

/// The most threads without `--threads`.
const MOST_THREADS: usize = 8;

/// Runs the tool with the process's own arguments and streams.
#[must_use]
pub fn main() -> ExitCode {
    cli::run(run)
}

#[expect(clippy::needless_pass_by_value, reason = "a tool owns its arguments")]
fn run(args: Args, messages: &Messages) -> anyhow::Result<Ending> {
    match &args.word {
        Some(Word::Check(args)) => check::check(args, messages),
        Some(Word::Windows(args)) => windows::list(args, messages),
        Some(Word::Suggest(args)) => suggest::suggest(args, messages),
        None => filter(&args.filter, messages),
    }
}

/// Filters stdin to stdout, and warns of runs that may be missing.
fn filter(args: &FilterArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let timetable = timetables::load(
        &args.timetable.timetables,
        &args.timetable.reading,
        args.on_error.choice(),
        messages,
    )?;
    let last_end = last_end(&timetable, args);
    let summary = select(args, timetable, messages)?;
    warn(&summary, last_end, messages);
    if args.exit_status && summary.selected == 0 {
        let text = "no run was selected, which --exit-status tells with this exit code";
        return Ok(Ending::answer(Exit::Partial, "nothing-selected", text));
    }
    Ok(Ending::DONE)
}

/// Filters stdin to stdout.
fn select(args: &FilterArgs, timetable: Timetable, messages: &Messages) -> anyhow::Result<Summary> {
    if args.csv_raw && args.format != OutputFormat::Csv {
        return Err(Refusal::usage("--csv-raw is for --format csv alone").into());
    }
    let view = args.format.view(args.csv_raw);
    let keep = match view {
        Some(View::Timeline | View::Svg) if args.invert_match => {
            let refusal = Refusal::usage("--format timeline and svg show runs in windows");
            return Err(refusal.hint("leave --invert-match away").into());
        }
        Some(View::Timeline | View::Svg) => Keep::All,
        _ if args.invert_match => Keep::Free,
        _ => Keep::Held,
    };
    let on_error = args.on_error.choice();
    let settings = FilterSettings { keep, assume_duration: args.runs.assume_duration, on_error };
    let members = RecordMembers::new(&args.runs.date_field, &timetable);
    let widening = args.widening.widening();
    let zones = timetable.zones();
    let filter = Filter::new(settings, members, Horizon::new(timetable, widening, view.is_some()));
    let input = BlockReader::stdin().context("cannot read the input")?;
    let threads = args.threads.map_or_else(
        || available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS),
        usize::from,
    );
    let Some(view) = view else {
        return parallel::run(filter, input, io::stdout(), threads, messages);
    };
    let zone = timetables::zone(&args.timetable.reading)?;
    // Runs in no window keep the `window` of the input, with no zone of this timetable.
    let zones: &[Zone] = if args.invert_match { &[] } else { &zones };
    let buffer = LineBuffer::default();
    let summary = parallel::run(filter, input, buffer.clone(), threads, messages)?;
    let style = Style { zone, terminal: Terminal::stdout(messages) };
    view::write(view, &buffer, &args.runs.date_field, &style, zones)?;
    Ok(summary)
}

/// The end of the last widened window. `None`: there is no end.
fn last_end(timetable: &Timetable, args: &FilterArgs) -> Option<UtcTime> {
    timetable.last_end().map(|end| end.saturating_add(args.widening.after))
}

fn warn(summary: &Summary, last_end: Option<UtcTime>, messages: &Messages) {
    match (last_end, summary.last_date) {
        (Some(UtcTime::MIN), _) => messages.warn("the timetable has no windows"),
        (Some(end), Some(last)) if last >= end => {
            messages.warn(&format!("the timetable ends {end}, but runs go to {last}"));
        }
        _ => {}
    }
    if summary.bad > 0 {
        let lines = if summary.bad == 1 { "line was" } else { "lines were" };
        messages.warn(&format!("{} {lines} left out", summary.bad));
    }
    messages.detail(1, || format!("{} of {} runs selected", summary.selected, summary.runs));
}
