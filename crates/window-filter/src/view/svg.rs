//! The chart as an SVG picture without scripts, and without fonts or styles from
//! elsewhere. It is legible on light and dark pages; its patterns can be distinguished
//! on a black-and-white printer. Names are broken into lines, and none is clipped.

mod canvas;
mod layout;
mod legend;
mod text;

use std::fmt::Write as _;
use std::ops::Range;

pub(super) use text::escape;

use super::chart::Chart;
use super::overview::Overview;
use crate::style::{NOTHING, Style};
use canvas::Canvas;
use layout::{Layout, MARGIN, WIDTH};
use text::{element, lines, width};

/// The colours on a dark page.
const DARK: &str = "@media screen and (prefers-color-scheme: dark){\
.bg{fill:#14171c}.t{fill:#ececec}.m{fill:#bdbdbd}.grid{stroke:#3d434c}\
.window,.widening,.open,.sign-window{stroke:#e0bd55}.h1{fill:#3a3014}.h2{stroke:#e0bd55}\
.held,.band-held,.bar{fill:#ff7d8f;stroke:#ffffff}.free,.band-free{fill:#14171c;stroke:#ececec}\
.endless,path.sign{fill:#e0bd55}.halo{stroke:#14171c}.on{fill:#000000}}";

/// The height of the labels of the axis, at each end.
const AXIS: f64 = 22.0;

/// The room of a label of the axis, with a gap.
const LABEL: f64 = 95.0;

/// The size of the letters of the axis.
const SMALL: f64 = 11.0;

/// The part of the chart that a picture has.
struct PicturePart<'a> {
    rows: Range<usize>,
    /// Whether it has the title and the facts.
    has_heading: bool,
    /// Whether it has the legend.
    has_legend: bool,
    /// The beginning of the names of its definitions.
    prefix: &'a str,
    /// The title, in which parts have their number.
    title: String,
}

/// Draws the chart as one picture.
pub(super) fn draw(overview: &Overview, style: &Style) -> String {
    let chart = Chart::new(overview);
    let layout = Layout::of(&chart);
    let rows = 0..layout.rows.len();
    let title = overview.title();
    let part = PicturePart { rows, has_heading: true, has_legend: true, prefix: "", title };
    picture(overview, style, (&chart, &layout), &part)
}

/// Draws the chart as pictures of at most that height, without their heading.
pub(super) fn parts(overview: &Overview, style: &Style, most: f64) -> Vec<String> {
    let chart = Chart::new(overview);
    let layout = Layout::of(&chart);
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut used = 0.0;
    for (row, number) in layout.rows.iter().zip(0..) {
        // A heading does not stand alone at the end.
        let next = layout.rows.get(number + 1).filter(|_| row.row.is_none());
        let needed = row.height + next.map_or(0.0, |next| next.height);
        match ranges.last_mut() {
            Some(range) if used + needed <= most => range.end = number + 1,
            _ => {
                ranges.push(number..number + 1);
                used = 0.0;
            }
        }
        used += row.height;
    }
    let all = ranges.len();
    let draw = |(rows, number): (Range<usize>, usize)| {
        let prefix = format!("part{number}-");
        let title = format!("{}, picture {number} of {all}", overview.title());
        let has_legend = number == all;
        let part = PicturePart { rows, has_heading: false, has_legend, prefix: &prefix, title };
        picture(overview, style, (&chart, &layout), &part)
    };
    ranges.into_iter().zip(1..).map(draw).collect()
}

/// Draws a part of a chart.
fn picture(
    overview: &Overview,
    style: &Style,
    (chart, layout): (&Chart, &Layout<'_>),
    part: &PicturePart<'_>,
) -> String {
    let prefix = part.prefix;
    let mut body = String::new();
    let mut y = MARGIN;
    if part.has_heading {
        let (heading, height) = heading(overview, chart, style);
        body.push_str(&heading);
        y += height;
    }
    let rows = layout.rows.get(part.rows.clone()).unwrap_or_default();
    if chart.is_empty() {
        body.push_str(&element("t", (MARGIN, y + 20.0), r#" font-size="13""#, NOTHING));
        y += 34.0;
    } else {
        let top = y + AXIS;
        let bottom = rows.iter().fold(top, |y, row| y + row.height);
        body.push_str(&axis(chart, layout, style, (top, bottom)));
        let canvas = Canvas { layout, axis: &chart.axis, style, prefix };
        y = top;
        for row in rows {
            body.push_str(&canvas.row(row, y));
            y += row.height;
        }
        y = bottom + AXIS + 8.0;
        if part.has_legend {
            let (legend, height) = legend::legend(chart, layout, prefix, y);
            body.push_str(&legend);
            y += height;
        }
    }
    let height = (y + MARGIN / 2.0).ceil();
    let title = escape(&part.title);
    let description = format!(
        "{}. Each row is a window or a task, time goes from left to right in {}. Planned windows \
         are hatched, runs in a window are filled, other runs are empty.",
        escape(&overview.counts()),
        escape(style.zone.name())
    );
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="{prefix}title {prefix}desc" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" font-size="13">
<title id="{prefix}title">{title}</title>
<desc id="{prefix}desc">{description}</desc>
<style>{DARK}</style>
<defs><pattern id="{prefix}hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="h1" width="6" height="6" fill="#fff3d6"/><line class="h2" x1="0" y1="0" x2="0" y2="6" stroke="#8a6d1f" stroke-width="2"/></pattern></defs>
<rect class="bg" width="{WIDTH}" height="{height}" fill="#ffffff"/>
{body}</svg>
"##
    )
}

/// Draws the title and the facts. Returns them with their height.
fn heading(overview: &Overview, chart: &Chart, style: &Style) -> (String, f64) {
    let room = WIDTH - 2.0 * MARGIN;
    let mut svg = String::new();
    let mut y = MARGIN;
    for line in lines(&overview.title(), room, 18.0 * 1.1) {
        y += 24.0;
        let large = r#" font-size="18" font-weight="bold""#;
        svg.push_str(&element("t", (MARGIN, y - 6.0), large, &line));
    }
    let mut facts = overview.facts(style);
    if !chart.is_empty() {
        facts.push(format!("Times in {}", chart.axis.title(style)));
    }
    for line in facts.iter().flat_map(|fact| lines(fact, room, 12.0)) {
        y += 17.0;
        svg.push_str(&element("m", (MARGIN, y - 5.0), r#" font-size="12""#, &line));
    }
    (svg, y + 8.0 - MARGIN)
}

/// Draws the ticks, with labels at both ends.
fn axis(chart: &Chart, layout: &Layout<'_>, style: &Style, (top, bottom): (f64, f64)) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
    let most = ((layout.right - layout.left) / LABEL) as usize;
    let (mut svg, mut labels) = (String::new(), String::new());
    let mut free = f64::NEG_INFINITY;
    for tick in chart.axis.ticks(style, most) {
        let x = layout.x(tick.at);
        let _ = writeln!(
            svg,
            r##"<line class="grid" x1="{x:.1}" y1="{top:.1}" x2="{x:.1}" y2="{bottom:.1}" stroke="#d5d5d5"/>"##
        );
        // Left and right of the chart, at the height of the axis, there is nothing that a
        // label of a tick near the border could meet.
        let half = width(&tick.label, SMALL) / 2.0;
        if free <= x - half {
            free = x + half;
            let (x, rest) =
                (format!("{x:.1}"), format!(r#" text-anchor="middle" font-size="{SMALL}""#));
            for y in [top - 6.0, bottom + 15.0] {
                labels.push_str(&element("m tick", (&x, y), &rest, &tick.label));
            }
        }
    }
    svg + &labels
}
