//! The kind of a file that is no calendar: a download often ends in something
//! else, and the message should say what came.

use crate::timetable::problem::Mistake;

/// The hint for a file that was cut.
pub(super) const FETCH: &str = "fetch it again";
const EXPORT: &str = "export the calendar as iCalendar (.ics)";

/// Says what the bytes look like. They have no component of a calendar.
pub(super) fn looks_like(bytes: &[u8]) -> Mistake {
    let text = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes));
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_ascii_lowercase();
    if text.is_empty() {
        return Mistake::new("the file is empty", FETCH);
    }
    if "begin:vcalendar".starts_with(&text) {
        return Mistake::new("the file ends in its first line: it looks cut", FETCH);
    }
    let (what, hint) = kind(bytes, &text);
    let message = match what {
        "" => "the file is not a calendar".to_owned(),
        what => format!("the file is not a calendar: it looks like {what}"),
    };
    Mistake::new(message, hint)
}

fn kind(bytes: &[u8], text: &str) -> (&'static str, &'static str) {
    const UNPACK: &str = "unpack it first";
    let page = "fetch the calendar's own address; it may want a login";
    match bytes {
        [b'P', b'K', 3, 4, ..] => return ("a ZIP archive", UNPACK),
        [0x1f, 0x8b, ..] => return ("a gzip file", UNPACK),
        [b'%', b'P', b'D', b'F', ..] => return ("a PDF", EXPORT),
        [0, b'B' | b'b', ..] | [b'B' | b'b', 0, ..] => {
            return ("UTF-16 without its byte order mark", "save it as UTF-8");
        }
        _ => {}
    }
    if text.starts_with('<') {
        let is_page = text.contains("<html") || text.contains("<!doctype html");
        return if is_page { ("a web page (HTML)", page) } else { ("XML", EXPORT) };
    }
    if text.starts_with(['{', '[']) {
        return ("JSON", "export it as iCalendar, or name it .jsonl if it has a window a line");
    }
    if text.starts_with("http/") {
        return ("an answer of a web server with its headers", "save the body alone");
    }
    if text.starts_with("begin:vcard") {
        return ("a list of contacts (vCard)", EXPORT);
    }
    let header = text.lines().next().unwrap_or_default();
    if header.contains([',', ';', '\t']) && header.contains("start") {
        return ("a table (CSV)", "name it .csv, or say --timetable-format csv");
    }
    ("", "an iCalendar file has BEGIN:VCALENDAR")
}
