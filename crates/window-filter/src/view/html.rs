//! A page for a change ticket: one file with the picture, a table of the windows, and
//! a table of the tasks in each. It needs nothing from elsewhere, and prints on A4.
//!
//! The page is HTML and XML at once, so that a program can check it. Without its
//! script all is there; the script lets a reader sort the tables.

mod report;
mod tables;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::chart::Axis;
use super::overview::Overview;
use super::svg;
use crate::style::{NOTHING, Style};
use report::report;
use tables::shown;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/sort.js");

/// The most height of a picture, so that three of them fit on a page of A4.
const MOST_HEIGHT: f64 = 480.0;

/// Nothing may be fetched, and nothing sent.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      base-uri 'none'; form-action 'none'";

/// Draws the page.
pub(super) fn draw(overview: &Overview, style: &Style) -> String {
    let windows = report(overview, style);
    let is_empty = windows.iter().all(|of| of.tasks.items.is_empty());
    let title = svg::escape(&overview.title());
    let mut html = format!(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n\
         <meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\" />\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
    );
    html.push_str(&facts(overview, style));
    html.push_str("</header>\n<main>\n");
    if !overview.warnings.is_empty() {
        html.push_str("<section class=\"warnings\">\n<h2>Warnings</h2>\n<ul>\n");
        for warning in &overview.warnings {
            let _ = writeln!(html, "<li>{}</li>", shown(warning));
        }
        html.push_str("</ul>\n</section>\n");
    }
    if is_empty {
        let _ = writeln!(html, "<p>{NOTHING}</p>");
    }
    if !windows.is_empty() {
        let _ =
            write!(html, "<section>\n<h2>Windows</h2>\n{}</section>\n", tables::windows(&windows));
    }
    if !is_empty {
        html.push_str(
            "<section>\n<h2>Picture</h2>\n<p>The tables say the same in words.</p>\n\
             <div class=\"picture scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Picture of the windows and runs\">\n",
        );
        html.extend(svg::parts(overview, style, MOST_HEIGHT));
        html.push_str(
            "</div>\n</section>\n<section>\n<h2>What happens in each window</h2>\n\
             <p>If task-pause is given these runs. A task that is paused is given back when its window ends.</p>\n",
        );
        for (window, number) in windows.iter().zip(1..) {
            if !window.tasks.items.is_empty() {
                html.push_str(&tables::window(window, number));
            }
        }
        html.push_str("</section>\n");
    }
    let _ = write!(html, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    html
}

/// The facts below the title.
fn facts(overview: &Overview, style: &Style) -> String {
    let mut html = String::from("<dl>\n");
    let mut fact = |term: &str, text: &str| {
        let _ = writeln!(html, "<dt>{term}</dt><dd>{}</dd>", svg::escape(text));
    };
    if let Some((word, names)) = overview.environments() {
        fact(word, &names);
    }
    fact("Counts", &overview.counts());
    fact("Made", &overview.made_at(style));
    if !overview.runs.is_empty() {
        fact("Time", &Axis::of(&overview.runs).title(style));
    }
    html + "</dl>\n"
}
