//! The tables of the page.

use std::collections::HashSet;
use std::fmt::Write as _;

use maintenance_core::cli::{counted, escape_controls};
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::report::{TaskReport, WindowReport};
use crate::style::{length, local};
use crate::view::svg::escape;

/// The most times of a task that are listed.
const MOST_TIMES: usize = 6;

/// A foreign text for the page.
pub(super) fn shown(text: &str) -> String {
    escape(&escape_controls(text))
}

/// A time as an element.
pub(super) fn time(zone: &Zone, time: UtcTime) -> String {
    format!("<time datetime=\"{time}\">{}</time>", local(zone, time))
}

/// The times from start to end of a window.
pub(super) fn span(zone: &Zone, (start, end): (UtcTime, Option<UtcTime>)) -> String {
    let end =
        end.map_or_else(|| "without an end".to_owned(), |end| "to ".to_owned() + &time(zone, end));
    format!("{} {end}", time(zone, start))
}

/// The table of all windows, with totals.
pub(super) fn windows(windows: &[WindowReport<'_>]) -> String {
    let mut html = String::from(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table of the windows\">\n\
         <table class=\"sortable\">\n<caption><span>The windows, as they are planned. A run in several windows \
         counts for the one that ends last.</span></caption>\n<thead><tr>",
    );
    for head in ["Window", "Start", "End", "Zone", "Length"] {
        let _ = write!(html, "<th scope=\"col\">{head}</th>");
    }
    html.push_str(
        "<th scope=\"col\" class=\"number\">Tasks</th><th scope=\"col\" class=\"number\">Runs</th></tr></thead>\n<tbody>\n",
    );
    for (of, number) in windows.iter().zip(1..) {
        let (zone, (start, end)) = (&of.zone, of.window.planned);
        let name = shown(&of.window.name);
        let tasks = of.tasks.items.len();
        let name =
            if tasks == 0 { name } else { format!("<a href=\"#window{number}\">{name}</a>") };
        let sort = end.map_or("9999".to_owned(), |end| end.to_string());
        let lasting = end.map(|end| end.since(start));
        let _ = writeln!(
            html,
            "<tr><td class=\"name\">{name}</td><td data-sort=\"{}\">{}</td><td data-sort=\"{sort}\">{}</td>\
             <td class=\"zone\">{}</td><td data-sort=\"{}\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            start,
            time(zone, start),
            end.map_or("none".to_owned(), |end| time(zone, end)),
            shown(zone.name()),
            lasting.map_or(u64::MAX, |lasting| lasting.as_secs()),
            lasting.map_or(String::new(), length),
            tasks,
            of.runs(),
        );
    }
    let planned = windows.iter().map(|of| of.window.planned);
    let together = planned.filter_map(|(start, end)| Some(end?.since(start))).sum();
    let tasks: HashSet<&str> =
        windows.iter().flat_map(|of| &of.tasks.items).map(|task| &*task.first.id).collect();
    let runs: usize = windows.iter().map(WindowReport::runs).sum();
    let _ = write!(
        html,
        "</tbody>\n<tfoot><tr><th scope=\"row\" colspan=\"4\">Together: {}, and each task once</th><td>{}</td>\
         <td class=\"number\">{}</td><td class=\"number\">{runs}</td></tr></tfoot>\n</table>\n</div>\n",
        counted(windows.len(), "window", "windows"),
        length(together),
        tasks.len(),
    );
    html
}

/// The section of a window: its times, and the table of its tasks.
pub(super) fn window(of: &WindowReport<'_>, number: usize) -> String {
    let (zone, window, name) = (&of.zone, &of.window, shown(&of.window.name));
    let mut html = format!("<h3 id=\"window{number}\">{name}</h3>\n<p>");
    html.push_str(&span(zone, window.planned));
    let _ = write!(html, " ({})", shown(zone.name()));
    if window.is_widened() {
        let widened = span(zone, (window.start, window.end));
        let _ = write!(html, ", with its widening {widened}");
    }
    let tasks = counted(of.tasks.items.len(), "task", "tasks");
    let runs = counted(of.runs(), "run", "runs");
    let _ = write!(
        html,
        ".</p>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table of the tasks in {name}\">\n\
         <table class=\"sortable\">\n<caption><span>{tasks}, {runs}</span></caption>\n<thead><tr>"
    );
    for head in ["Task", "Workspace", "Type"] {
        let _ = write!(html, "<th scope=\"col\">{head}</th>");
    }
    html.push_str("<th scope=\"col\" class=\"number\">Runs</th><th scope=\"col\">Planned starts</th><th scope=\"col\">What happens</th></tr></thead>\n<tbody>\n");
    for task in &of.tasks.items {
        html.push_str(&row(task, zone));
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    html
}

/// The row of a task.
fn row(task: &TaskReport<'_>, zone: &Zone) -> String {
    let first = task.first;
    let dates = &task.dates;
    let times = |dates: &[UtcTime]| dates.iter().map(|date| time(zone, *date)).collect::<String>();
    let times = match dates.len().checked_sub(MOST_TIMES) {
        Some(more @ 1..) => {
            let (begin, end) = (&dates[..MOST_TIMES - 1], &dates[dates.len() - 1..]);
            format!("{}and {more} more until {}", times(begin), times(end))
        }
        _ => times(dates),
    };
    let name = if first.name.is_empty() { &first.id } else { &first.name };
    let sort = dates.first().map_or(String::new(), ToString::to_string);
    format!(
        "<tr><td class=\"name\">{}</td><td class=\"words\">{}</td><td>{}</td><td class=\"number\">{}</td>\
         <td data-sort=\"{sort}\">{times}</td><td class=\"what\">{}</td></tr>\n",
        shown(name),
        shown(&first.workspace),
        shown(&first.kind),
        dates.len(),
        task.effect(),
    )
}
