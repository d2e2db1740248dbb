//! The views of one small input.

use maintenance_core::zone::ZoneTable;

use super::*;

fn rows() -> Vec<Row> {
    let window = r#""window":{"name":"Q3 <patching>","start":"2022-09-20T17:00:00.000Z","end":"2022-09-20T21:00:00.000Z"}"#;
    [
        format!(r#"{{"id":"a","name":"load orders","workspaceName":"Finance","date":"2022-09-20T18:00:00.000Z",{window}}}"#),
        r#"{"id":"a","name":"load orders","workspaceName":"Finance","date":"2022-09-21T18:00:00.000Z","window":null}"#.to_owned(),
        format!(r#"{{"id":"b","name":"evil\u001b[2J","date":"2022-09-20T16:00:00.000Z",{}}}"#, window.replace('}', r#","overlap":"running"}"#)),
        r#"{"id":"c","date":"2022-09-20T12:00:00.000Z"}"#.to_owned(),
        r#"{"end":{"runs":4}}"#.to_owned(),
    ]
    .iter()
    .filter_map(|line| Row::read(line, "date"))
    .collect()
}

fn style(width: usize, unicode: bool) -> Style {
    let zone = ZoneTable::bundled().get("Europe/Paris").unwrap();
    Style { zone, width, unicode, color: false }
}

#[test]
fn csv_has_both_times_of_a_run() {
    let text = csv::draw(&rows(), &style(80, true)).unwrap();
    let mut lines = text.lines().skip(1);
    assert_eq!(
        lines.next(),
        Some(
            "Q3 <patching>,2022-09-20T17:00:00.000Z,2022-09-20T21:00:00.000Z,a,load orders,,,\
             Finance,2022-09-20T18:00:00.000Z,2022-09-20 20:00,Europe/Paris,"
        )
    );
    assert_eq!(lines.count(), 3);
}

#[test]
fn pictures_fit_the_terminal_and_obey_no_control_characters() {
    for width in [80, 200] {
        for unicode in [true, false] {
            let style = style(width, unicode);
            for text in [table::draw(&rows(), &style), timeline::draw(&rows(), &style)] {
                for line in text.lines() {
                    assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{text}");
                }
                assert!(!text.contains('\x1b'), "{text}");
                assert!(unicode || text.is_ascii(), "{text}");
                assert!(text.contains("load"), "{text}");
            }
        }
    }
}

#[test]
fn the_table_tells_the_run_in_the_zone_and_in_utc() {
    let text = table::draw(&rows(), &style(200, false));
    let load = text.lines().find(|line| line.contains("load orders")).unwrap();
    let cells: Vec<&str> = load.split('|').map(str::trim).collect();
    assert_eq!(
        cells[1..7],
        ["Q3 <patching>", "09-20 19:00", "load orders", "Finance", "09-20 20:00", "18:00Z"]
    );
    assert!(text.contains("Q3 <patching> (still running)"), "{text}");
    assert!(text.ends_with("Start and Run are in Europe/Paris, 2022.\n"), "{text}");
}

#[test]
fn the_timeline_tells_runs_in_windows_from_others() {
    let text = timeline::draw(&rows(), &style(80, false));
    let mut lines = text.lines();
    let first = lines.next().unwrap();
    assert!(first.starts_with("load orders"), "{text}");
    assert_eq!(first.matches('X').count(), 1, "{text}");
    assert_eq!(first.matches(" o").count(), 2, "a name and a run: {text}");
    assert!(first.contains('='), "{text}");
    let second = lines.next().unwrap();
    // It begins before its window and is still running in it.
    assert!(second.find('X') < second.find('='), "{text}");
    assert!(text.contains("1 more without a run in a window"), "{text}");
    assert!(text.contains("Europe/Paris"), "{text}");
}

#[test]
fn the_svg_names_what_it_shows() {
    let text = svg::draw(&rows(), &style(80, true));
    assert_eq!(text.matches("<circle class=\"held\"").count(), 2);
    assert_eq!(text.matches("<circle class=\"free\"").count(), 1);
    assert_eq!(text.matches("<rect class=\"window\"").count(), 2);
    for part in
        ["<title id=\"title\">", "<desc id=\"desc\">2 runs of 2 tasks", "Time in Europe/Paris"]
    {
        assert!(text.contains(part), "{text}");
    }
    assert!(text.ends_with("</svg>\n") && !text.contains("<script"));
}

#[test]
fn nothing_to_show_is_shown() {
    for unicode in [true, false] {
        let style = style(80, unicode);
        assert!(table::draw(&[], &style).contains("Window"));
        assert!(timeline::draw(&[], &style).contains("window"));
        assert!(svg::draw(&[], &style).ends_with("</svg>\n"));
        assert_eq!(csv::draw(&[], &style).unwrap().lines().count(), 1);
    }
}
