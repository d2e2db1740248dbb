//! The legend below the picture.

use super::canvas::{RADIUS, TOUCH, arrow};
use super::layout::{LETTERS, Layout, MARGIN, WIDTH};
use super::text::{element, width};
use crate::view::chart::Chart;

/// The distance between two lines of the legend.
const LINE: f64 = 24.0;

/// Draws the legend below `top`: the signs that the picture has, each with its meaning.
/// Returns it with its height.
pub(super) fn legend(chart: &Chart, layout: &Layout<'_>, prefix: &str, top: f64) -> (String, f64) {
    let mut svg = String::new();
    let (mut x, mut y) = (MARGIN, top + LINE / 2.0);
    // A sign is drawn at the place of its left edge and middle.
    let mut add = |sign: &dyn Fn(f64, f64) -> String, meaning: &str| {
        let needed = 30.0 + width(meaning, LETTERS) + 16.0;
        if x + needed > WIDTH - MARGIN && x > MARGIN {
            (x, y) = (MARGIN, y + LINE);
        }
        svg.push_str(&sign(x, y));
        svg.push_str(&element("t", (format!("{:.1}", x + 30.0), y + 4.5), "", meaning));
        x += needed;
    };
    let hatch = format!(r#"fill="url(#{prefix}hatch)""#);
    let dashed = r#"stroke-dasharray="3 2" fill="none""#;
    add(&|x, y| window("sign-window", &hatch, (x, y)), "window, as planned");
    if chart.has_widening() {
        add(&|x, y| window("widening", dashed, (x, y)), "its widening (--before, --after)");
    }
    if chart.has_open() {
        add(&|x, y| window("open", dashed, (x, y)), "open period: runs go through");
    }
    add(&|x, y| run("sign held", "#b00020", (x, y)), "run in a window");
    add(&|x, y| run("sign free", "#ffffff", (x, y)), "other run");
    if chart.has_band(|time| layout.x(chart.axis.share(time)), TOUCH) {
        add(&band, "so many runs in a row");
    }
    if chart.has_running() {
        add(&bar, "still running when its window starts");
    }
    if let Some(meaning) = chart.goes_on() {
        add(&|x, y| arrow("sign", x + 12.0, y), &format!("window {meaning}"));
    }
    for sentence in chart.left_out() {
        y += LINE;
        svg.push_str(&element("m", (MARGIN, y + 4.5), r#" font-size="12""#, &sentence));
    }
    (svg, y + LINE - top)
}

fn window(class: &str, rest: &str, (x, y): (f64, f64)) -> String {
    format!(
        r##"<rect class="{class}" x="{x:.1}" y="{:.1}" width="24" height="14" stroke="#8a6d1f" {rest}/>"##,
        y - 7.0
    )
}

fn run(class: &str, fill: &str, (x, y): (f64, f64)) -> String {
    format!(
        r##"<circle class="{class}" cx="{:.1}" cy="{y:.1}" r="{RADIUS}" fill="{fill}" stroke="#000000"/>"##,
        x + 18.0
    )
}

fn band(x: f64, y: f64) -> String {
    format!(
        r##"<rect class="band-free" x="{x:.1}" y="{:.1}" width="24" height="14" rx="7" fill="#ffffff" stroke="#000000"/><text class="t" x="{:.1}" y="{:.1}" text-anchor="middle" font-size="11" fill="#1a1a1a">9</text>"##,
        y - 7.0,
        x + 12.0,
        y + 4.0
    )
}

fn bar(x: f64, y: f64) -> String {
    format!(
        r##"<rect class="bar" x="{x:.1}" y="{:.1}" width="24" height="6" fill="#b00020" stroke="#000000"/>"##,
        y - 3.0
    )
}
