//! The chart as an SVG picture without scripts, and without fonts or styles from
//! elsewhere. Its patterns can be told apart on a black-and-white printer.

use std::fmt::Write as _;

use super::chart::Chart;
use super::shown_run::ShownRun;
use crate::style::{NOTHING, Style, cut};

const WIDTH: f64 = 1000.0;
/// The left edge of the chart, right of the tasks' names.
const LEFT: f64 = 260.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 50.0;
const TASK_HEIGHT: f64 = 26.0;

/// The columns of a name that usually fit beside the chart. A wider name is clipped
/// at the chart.
const NAME: usize = 34;

/// A chart of more tasks has the labels of its axis above the tasks, too.
const MANY: usize = 15;

/// Draws the chart of the runs.
pub(super) fn draw(runs: &[ShownRun], style: &Style) -> String {
    let chart = Chart::new(runs);
    let zone = escape(style.zone.name());
    let x = |share: f64| LEFT + share * (WIDTH - LEFT - RIGHT);
    let bottom = (0..chart.tasks.len()).fold(TOP, |y, _| y + TASK_HEIGHT);
    let height = bottom + 90.0;
    let held: usize = chart.tasks.iter().map(|t| t.runs.iter().filter(|run| run.1).count()).sum();
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="13">
<title id="title">Runs and maintenance windows</title>
<desc id="desc">{held} runs of {} tasks fall into maintenance windows. Each row is a task, time goes from left to right in {zone}. Windows are hatched, runs in a window are filled circles, other runs are empty circles.</desc>
<defs><clipPath id="names"><rect x="0" y="0" width="{}" height="{height}"/></clipPath><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff3d6"/><line x1="0" y1="0" x2="0" y2="6" stroke="#8a6d1f" stroke-width="2"/></pattern></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="20" y="28" font-size="17" font-weight="bold">Runs and maintenance windows</text>
"##,
        chart.tasks.len(),
        LEFT - 6.0,
    );
    if chart.tasks.is_empty() {
        let _ = writeln!(svg, r#"<text x="{LEFT}" y="28">{NOTHING}</text>"#);
    }
    for tick in chart.ticks(style, 7) {
        let (x, label) = (x(tick.at), escape(&tick.label));
        let _ = write!(
            svg,
            r##"<line x1="{x:.1}" y1="{TOP}" x2="{x:.1}" y2="{bottom}" stroke="#cccccc"/>
<text x="{x:.1}" y="{:.1}" text-anchor="middle" font-size="11">{label}</text>
"##,
            bottom + 16.0
        );
        if chart.tasks.len() > MANY {
            let y = TOP - 4.0;
            let _ = writeln!(
                svg,
                r#"<text x="{x:.1}" y="{y:.1}" text-anchor="middle" font-size="11">{label}</text>"#
            );
        }
    }
    let mut y = TOP;
    for task in &chart.tasks {
        let middle = y + TASK_HEIGHT / 2.0;
        let whole_name = escape(&task.label);
        let name = cut(&task.label, NAME, '…');
        let _ = write!(
            svg,
            r##"<g><title>{whole_name}</title>
<text x="20" y="{:.1}" clip-path="url(#names)">{}</text>
<line x1="{LEFT}" y1="{middle:.1}" x2="{:.1}" y2="{middle:.1}" stroke="#dddddd"/>
"##,
            middle + 4.0,
            escape(&name),
            WIDTH - RIGHT
        );
        for window in &task.windows {
            let (from, to) = (x(window.from), x(window.to));
            let _ = writeln!(
                svg,
                r##"<rect class="window" x="{from:.1}" y="{:.1}" width="{:.1}" height="{:.1}" fill="url(#hatch)" stroke="#8a6d1f"/>"##,
                y + 3.0,
                (to - from).max(2.0),
                TASK_HEIGHT - 6.0
            );
            if window.endless {
                svg.push_str(&arrow("endless", to + 2.0, middle));
            }
        }
        for &(at, is_held) in &task.runs {
            let (class, fill) = if is_held { ("held", "#b00020") } else { ("free", "#ffffff") };
            let _ = writeln!(
                svg,
                r##"<circle class="{class}" cx="{:.1}" cy="{middle:.1}" r="5" fill="{fill}" stroke="#000000"/>"##,
                x(at)
            );
        }
        svg.push_str("</g>\n");
        y += TASK_HEIGHT;
    }
    svg + &legend(&chart, style, bottom) + "</svg>\n"
}

/// Draws the legend of the axis and the signs below the chart.
fn legend(chart: &Chart, style: &Style, bottom: f64) -> String {
    let (axis, legend) = (bottom + 36.0, bottom + 64.0);
    let axis_title = escape(&chart.axis(style));
    let mut svg = String::new();
    let _ = write!(
        svg,
        r##"<text x="{LEFT}" y="{axis}" font-size="12">Time in {axis_title}</text>
<text x="20" y="{axis}" font-size="12">Task</text>
<rect x="{LEFT}" y="{:.1}" width="24" height="14" fill="url(#hatch)" stroke="#8a6d1f"/><text x="{:.1}" y="{legend}">window</text>
<circle cx="{:.1}" cy="{:.1}" r="5" fill="#b00020" stroke="#000000"/><text x="{:.1}" y="{legend}">run in a window</text>
<circle cx="{:.1}" cy="{:.1}" r="5" fill="#ffffff" stroke="#000000"/><text x="{:.1}" y="{legend}">other run</text>
"##,
        legend - 12.0,
        LEFT + 32.0,
        LEFT + 120.0,
        legend - 5.0,
        LEFT + 132.0,
        LEFT + 260.0,
        legend - 5.0,
        LEFT + 272.0,
    );
    if chart.has_endless() {
        svg.push_str(&arrow("sign", LEFT + 370.0, legend - 5.0));
        let x = LEFT + 386.0;
        let _ = writeln!(svg, r#"<text x="{x:.1}" y="{legend}">window without an end</text>"#);
    }
    if chart.others > 0 {
        let _ = writeln!(
            svg,
            r#"<text x="20" y="{:.1}" font-size="12">{} more without a run in a window</text>"#,
            legend + 20.0,
            chart.others
        );
    }
    svg
}

/// Draws the sign of a window without an end: an arrow that points beyond the chart.
fn arrow(class: &str, x: f64, y: f64) -> String {
    let (top, bottom, tip) = (y - 7.0, y + 7.0, x + 10.0);
    format!(
        "<path class=\"{class}\" d=\"M{x:.1} {top:.1}L{tip:.1} {y:.1}L{x:.1} {bottom:.1}Z\" \
         fill=\"#8a6d1f\"/>\n"
    )
}

/// Escapes a text for XML, and drops the characters that no document may hold, not
/// even escaped (XML 1.0, section 2.2, "Char").
fn escape(text: &str) -> String {
    let is_allowed = |c: &char| {
        matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    let text: String = text.chars().filter(is_allowed).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
