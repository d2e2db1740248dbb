//! Draws a row of the picture: windows, bands, bars and runs.

use maintenance_core::cli::counted;
use std::fmt::Write as _;

use super::layout::{LETTERS, LINE, Layout, MARGIN, PictureRow, WIDTH};
use super::text::{element, escape, width};
use crate::style::{Style, local};
use crate::view::chart::{Axis, ChartRow, ChartRun, glyphs, is_in_window};
use crate::view::shown_window::ShownWindow;

/// The radius of a run.
pub(super) const RADIUS: f64 = 5.0;

/// The distance at which the circles of two runs touch.
pub(super) const TOUCH: f64 = 2.0 * RADIUS + 1.0;

/// The size of the letters of a count.
const SMALL: f64 = 11.0;

/// The parts that all rows of a picture share.
pub(super) struct Canvas<'a> {
    pub(super) layout: &'a Layout<'a>,
    pub(super) axis: &'a Axis,
    pub(super) style: &'a Style,
    /// The beginning of the names of this picture's definitions.
    pub(super) prefix: &'a str,
}

impl Canvas<'_> {
    fn x(&self, time: maintenance_core::time::UtcTime) -> f64 {
        self.layout.x(self.axis.share(time))
    }

    /// Draws a row whose top is at `y`.
    pub(super) fn row(&self, row: &PictureRow<'_>, y: f64) -> String {
        let mut svg = String::from("<g>");
        let Some(content) = row.row else {
            let baseline = y + 21.0;
            for (line, number) in row.lines.iter().zip(0_u8..) {
                let y = baseline + f64::from(number) * LINE;
                svg.push_str(&element("t", (MARGIN, y), r#" font-weight="bold""#, line));
            }
            svg.push_str(&count(&row.count, baseline));
            return svg + "</g>\n";
        };
        let middle = y + row.height / 2.0;
        let _ = writeln!(svg, "<title>{}</title>", escape(&content.label));
        let first = middle + 4.5 - (row.height - 26.0) / 2.0;
        for (line, number) in row.lines.iter().zip(0_u8..) {
            let y = first + f64::from(number) * LINE;
            svg.push_str(&element("t name", (MARGIN, y), "", line));
        }
        let (left, right) = (self.layout.left, self.layout.right);
        let _ = writeln!(
            svg,
            r##"<line class="grid" x1="{left:.1}" y1="{middle:.1}" x2="{right:.1}" y2="{middle:.1}" stroke="#d5d5d5"/>"##
        );
        for window in &content.windows {
            svg.push_str(&self.window(window, content.is_open, middle));
        }
        svg.push_str(&self.runs(content, middle));
        svg.push_str(&count(&row.count, middle + 4.5));
        svg + "</g>\n"
    }

    /// Draws a window: its planned part, and the rest of it.
    fn window(&self, window: &ShownWindow, is_open: bool, middle: f64) -> String {
        let edge = |end: Option<_>| end.map_or(self.layout.right, |end| self.x(end));
        let title = escape(&self.times(window));
        let rect = |class: &str, (from, to): (f64, f64), rest: &str| {
            format!(
                r##"<rect class="{class}" x="{from:.1}" y="{:.1}" width="{:.1}" height="20" stroke="#8a6d1f" {rest}><title>{title}</title></rect>
"##,
                middle - 10.0,
                (to - from).max(2.0),
            )
        };
        let whole = (self.x(window.start), edge(window.end));
        let planned = (self.x(window.planned.0), edge(window.planned.1));
        let mut svg = String::new();
        let dashed = r#"stroke-dasharray="3 2" fill="none" pointer-events="all""#;
        if is_open {
            svg.push_str(&rect("open", whole, dashed));
        } else {
            if window.is_widened() {
                svg.push_str(&rect("widening", whole, dashed));
            }
            let hatch = format!(r#"fill="url(#{}hatch)""#, self.prefix);
            svg.push_str(&rect("window", planned, &hatch));
        }
        if window.end.is_none_or(|end| self.axis.is_after(end)) {
            svg.push_str(&arrow("endless", self.layout.right + 2.0, middle));
        }
        svg
    }

    /// The name and times of a window.
    fn times(&self, window: &ShownWindow) -> String {
        let zone = &self.style.zone;
        let span = |start, end: Option<_>| {
            let end =
                end.map_or("without an end".to_owned(), |end| format!("to {}", local(zone, end)));
            format!("{} {end}", local(zone, start))
        };
        let name = maintenance_core::cli::escape_controls(&window.name);
        let planned = span(window.planned.0, window.planned.1);
        if window.is_widened() {
            let widened = span(window.start, window.end);
            format!("{name}: {planned}, with its widening {widened} ({})", zone.name())
        } else {
            format!("{name}: {planned} ({})", zone.name())
        }
    }

    /// Draws the runs of a row: those in no window first, so that no other is hidden.
    fn runs(&self, row: &ChartRow, middle: f64) -> String {
        let mut glyphs = glyphs(&row.runs, |time| self.x(time), TOUCH);
        glyphs.sort_by_key(|glyph| is_in_window(glyph));
        let mut svg = String::new();
        for glyph in &glyphs {
            svg.push_str(&match glyph {
                [run] => self.run(run, row, middle),
                band => self.band(band, middle),
            });
        }
        svg + &self.band_counts(&glyphs, middle)
    }

    /// Draws a run, and its length if it is still running when its window starts.
    fn run(&self, run: &ChartRun, row: &ChartRow, middle: f64) -> String {
        let x = self.x(run.time);
        let window = run.window.and_then(|place| row.windows.get(place));
        let (class, fill) =
            if window.is_some() { ("held", "#b00020") } else { ("free", "#ffffff") };
        let mut title = local(&self.style.zone, run.time);
        if let Some(window) = window {
            let still = if run.is_running { "still running in" } else { "in" };
            let _ =
                write!(title, ", {still} {}", maintenance_core::cli::escape_controls(&window.name));
        }
        let mut svg = String::new();
        if let Some(until) = run.until.filter(|_| run.is_running) {
            let _ = writeln!(
                svg,
                r##"<rect class="bar" x="{x:.1}" y="{:.1}" width="{:.1}" height="6" fill="#b00020" stroke="#000000"/>"##,
                middle - 3.0,
                (self.x(until) - x).max(1.0)
            );
        }
        let _ = writeln!(
            svg,
            r##"<circle class="{class}" cx="{x:.1}" cy="{middle:.1}" r="{RADIUS}" fill="{fill}" stroke="#000000"><title>{}</title></circle>"##,
            escape(&title)
        );
        svg
    }

    /// The left and right edge of a band.
    fn edges(&self, runs: &[ChartRun]) -> (f64, f64) {
        let x = |run: Option<&ChartRun>| run.map_or(0.0, |run| self.x(run.time));
        (x(runs.first()) - RADIUS, x(runs.last()) + RADIUS)
    }

    /// Draws a band of runs.
    fn band(&self, runs: &[ChartRun], middle: f64) -> String {
        let (from, to) = self.edges(runs);
        let (class, fill) =
            if is_in_window(runs) { ("band-held", "#b00020") } else { ("band-free", "#ffffff") };
        let time = |run: Option<&ChartRun>| {
            run.map_or(String::new(), |run| local(&self.style.zone, run.time))
        };
        let title = format!(
            "{} from {} to {}",
            counted(runs.len(), "run", "runs"),
            time(runs.first()),
            time(runs.last())
        );
        format!(
            r##"<rect class="{class}" x="{from:.1}" y="{:.1}" width="{:.1}" height="14" rx="7" fill="{fill}" stroke="#000000"><title>{}</title></rect>
"##,
            middle - 7.0,
            to - from,
            escape(&title)
        )
    }

    /// Writes the count of each band into it, or beside it where there is room.
    fn band_counts(&self, glyphs: &[&[ChartRun]], middle: f64) -> String {
        let mut svg = String::new();
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for runs in glyphs.iter().rev().filter(|glyph| glyph.len() > 1) {
            let (from, to) = self.edges(runs);
            let is_in_window = is_in_window(runs);
            let text = runs.len().to_string();
            let needed = width(&text, SMALL) + 2.0;
            let is_inside = needed + 4.0 <= to - from;
            let start = if is_inside { f64::midpoint(from, to) - needed / 2.0 } else { to + 1.0 };
            let room = (start, start + needed);
            let is_taken = taken.iter().any(|other| room.0 < other.1 && other.0 < room.1);
            if is_taken || (!is_inside && room.1 > self.layout.right) {
                continue;
            }
            taken.extend([room, (from, to)].into_iter().filter(|_| is_in_window || !is_inside));
            let (class, fill) =
                if is_in_window && is_inside { ("on", "#ffffff") } else { ("t halo", "#1a1a1a") };
            let halo = if is_in_window && is_inside {
                ""
            } else {
                r##" stroke="#ffffff" stroke-width="3" paint-order="stroke""##
            };
            let _ = writeln!(
                svg,
                r#"<text class="count {class}" x="{:.1}" y="{:.1}" text-anchor="middle" font-size="{SMALL}" fill="{fill}"{halo}>{text}</text>"#,
                f64::midpoint(room.0, room.1),
                middle + 4.0
            );
        }
        svg
    }
}

/// Writes the text right of the chart.
fn count(text: &str, y: f64) -> String {
    let rest = format!(r#" text-anchor="end" font-size="{}""#, LETTERS - 1.0);
    element("m", (WIDTH - MARGIN, y), &rest, text)
}

/// Draws the sign of a window that goes on: an arrow that points beyond the chart.
pub(super) fn arrow(class: &str, x: f64, y: f64) -> String {
    let (top, bottom, tip) = (y - 7.0, y + 7.0, x + 10.0);
    format!(
        "<path class=\"{class}\" d=\"M{x:.1} {top:.1}L{tip:.1} {y:.1}L{x:.1} {bottom:.1}Z\" \
         fill=\"#8a6d1f\"/>\n"
    )
}
