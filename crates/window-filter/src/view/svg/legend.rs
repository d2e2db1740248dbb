//! The legend below the picture.

use std::fmt::Write as _;

use super::canvas::{RADIUS, TOUCH, arrow};
use super::layout::{LETTERS, Layout, MARGIN, WIDTH};
use super::text::{escape, width};
use crate::view::chart::Chart;

/// The distance between two lines of the legend.
const LINE: f64 = 24.0;

/// Draws a sign at the place of its left edge and middle.
type DrawSign = Box<dyn Fn(f64, f64) -> String>;

/// Draws the legend below `top`. Returns it with its height.
pub(super) fn legend(chart: &Chart, layout: &Layout<'_>, prefix: &str, top: f64) -> (String, f64) {
    let mut svg = String::new();
    let (mut x, mut y) = (MARGIN, top + LINE / 2.0);
    for (sign, text) in signs(chart, layout, prefix) {
        let needed = 30.0 + width(&text, LETTERS) + 16.0;
        if x + needed > WIDTH - MARGIN && x > MARGIN {
            (x, y) = (MARGIN, y + LINE);
        }
        let _ = writeln!(
            svg,
            r##"{}<text class="t" x="{:.1}" y="{:.1}" fill="#1a1a1a">{}</text>"##,
            sign(x, y),
            x + 30.0,
            y + 4.5,
            escape(&text)
        );
        x += needed;
    }
    for sentence in chart.left_out() {
        y += LINE;
        let _ = writeln!(
            svg,
            r##"<text class="m" x="{MARGIN}" y="{:.1}" font-size="12" fill="#4a4a4a">{}</text>"##,
            y + 4.5,
            escape(&sentence)
        );
    }
    (svg, y + LINE - top)
}

/// The signs that the picture has, each with its meaning.
fn signs(chart: &Chart, layout: &Layout<'_>, prefix: &str) -> Vec<(DrawSign, String)> {
    let hatch = format!(r#"fill="url(#{prefix}hatch)""#);
    let box_ = |class: &'static str, rest: String| {
        move |x: f64, y: f64| {
            format!(
                r##"<rect class="{class}" x="{x:.1}" y="{:.1}" width="24" height="14" stroke="#8a6d1f" {rest}/>"##,
                y - 7.0
            )
        }
    };
    let circle = |class: &'static str, fill: &'static str| {
        move |x: f64, y: f64| {
            format!(
                r##"<circle class="{class}" cx="{:.1}" cy="{y:.1}" r="{RADIUS}" fill="{fill}" stroke="#000000"/>"##,
                x + 18.0
            )
        }
    };
    let dashed = || r#"stroke-dasharray="3 2" fill="none""#.to_owned();
    let mut signs: Vec<(DrawSign, String)> = Vec::new();
    signs.push((Box::new(box_("sign-window", hatch)), "window, as planned".to_owned()));
    if chart.has_widening() {
        let text = "its widening (--before, --after)".to_owned();
        signs.push((Box::new(box_("widening", dashed())), text));
    }
    if chart.has_open() {
        let text = "open window: runs go through".to_owned();
        signs.push((Box::new(box_("open", dashed())), text));
    }
    signs.push((Box::new(circle("sign held", "#b00020")), "run in a window".to_owned()));
    signs.push((Box::new(circle("sign free", "#ffffff")), "other run".to_owned()));
    let band = |x: f64, y: f64| {
        format!(
            r##"<rect class="band-free" x="{x:.1}" y="{:.1}" width="24" height="14" rx="7" fill="#ffffff" stroke="#000000"/><text class="t" x="{:.1}" y="{:.1}" text-anchor="middle" font-size="11" fill="#1a1a1a">9</text>"##,
            y - 7.0,
            x + 12.0,
            y + 4.0
        )
    };
    if chart.has_band(|time| layout.x(chart.axis.share(time)), TOUCH) {
        signs.push((Box::new(band), "so many runs in a row".to_owned()));
    }
    if chart.has_running() {
        let bar = |x: f64, y: f64| {
            format!(
                r##"<rect class="bar" x="{x:.1}" y="{:.1}" width="24" height="6" fill="#b00020" stroke="#000000"/>"##,
                y - 3.0
            )
        };
        signs.push((Box::new(bar), "still running when its window starts".to_owned()));
    }
    if let Some(text) = chart.goes_on() {
        let sign = |x: f64, y: f64| arrow("sign", x + 12.0, y);
        signs.push((Box::new(sign), format!("window {text}")));
    }
    signs
}
