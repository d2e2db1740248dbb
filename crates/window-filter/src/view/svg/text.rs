//! Texts of the picture: escapes, and widths in any usual font.

use std::fmt::Display;

use unicode_width::UnicodeWidthChar;

use crate::view::wrap::wrap;

/// Escapes a text for XML, and drops the characters that no document may hold, not
/// even escaped (XML 1.0, section 2.2, "Char").
pub(in crate::view) fn escape(text: &str) -> String {
    let is_allowed = |c: &char| {
        matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    let text: String = text.chars().filter(is_allowed).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Draws a text at a place, with further attributes, in the colour of its class: a fainter
/// one for minor texts (`m`).
pub(super) fn element(class: &str, (x, y): (impl Display, f64), rest: &str, text: &str) -> String {
    let fill = if class.starts_with('m') { "#4a4a4a" } else { "#1a1a1a" };
    let text = escape(text);
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{y:.1}\"{rest} fill=\"{fill}\">{text}</text>\n")
}

/// The width of a character in the unit of the font's size: that of a wide sans-serif
/// font, so that a text needs no more room with any other one.
fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ';' | ':' | '\'' | '|' | '!' | 'I' => 0.4,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | ' ' | '-' | '/' | '\\' => 0.45,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
        _ if c.is_ascii_uppercase() => 0.8,
        _ if c.is_ascii() => 0.66,
        _ => match c.width() {
            Some(0) | None => 0.0,
            Some(1) => 0.85,
            Some(_) => 1.2,
        },
    }
}

/// The width of a text in pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// Breaks a text into lines of at most that many pixels.
pub(super) fn lines(text: &str, most: f64, size: f64) -> Vec<String> {
    wrap(text, most / size, em)
}
