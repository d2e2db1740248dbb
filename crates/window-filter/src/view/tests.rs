//! The views of one small input.

use maintenance_core::cli::Terminal;
use maintenance_core::zone::ZoneTable;

use super::*;
use crate::style::cut;

fn runs() -> Vec<ShownRun> {
    let window = r#""window":{"name":"Q3 <patching>","start":"2022-09-20T17:00:00.000Z","end":"2022-09-20T21:00:00.000Z"}"#;
    [
        format!(r#"{{"id":"a","name":"load orders","workspaceName":"Finance","date":"2022-09-20T18:00:00.000Z",{window}}}"#),
        r#"{"id":"a","name":"load orders","workspaceName":"Finance","date":"2022-09-21T18:00:00.000Z","window":null}"#.to_owned(),
        format!(r#"{{"id":"b","name":"evil\u001b[2J","date":"2022-09-20T16:00:00.000Z",{}}}"#, window.replace('}', r#","overlap":"running"}"#)),
        r#"{"id":"c","date":"2022-09-20T12:00:00.000Z"}"#.to_owned(),
        r#"{"end":{"runs":4}}"#.to_owned(),
    ]
    .iter()
    .filter_map(|line| ShownRun::read(line, "date", &[]))
    .collect()
}

fn zone(name: &str) -> Zone {
    ZoneTable::bundled().get(name).unwrap()
}

fn style(width: usize, unicode: bool) -> Style {
    Style { zone: zone("Europe/Paris"), terminal: Terminal { width, unicode, color: false } }
}

#[test]
fn csv_has_both_times_of_a_run() {
    let text = csv::draw(&runs(), &style(80, true), CsvCells { raw: true }).unwrap();
    let mut lines = text.lines().skip(1);
    assert_eq!(
        lines.next(),
        Some(
            "Q3 <patching>,2022-09-20T17:00:00.000Z,2022-09-20T21:00:00.000Z,\
             2022-09-20T19:00:00+02:00,2022-09-20T23:00:00+02:00,a,load orders,,,Finance,\
             2022-09-20T18:00:00.000Z,2022-09-20T20:00:00+02:00,Europe/Paris,"
        )
    );
    assert_eq!(lines.count(), 3);
}

#[test]
fn pictures_fit_the_terminal_and_obey_no_control_characters() {
    for width in [80, 200] {
        for unicode in [true, false] {
            let style = style(width, unicode);
            for text in [table::draw(&runs(), &style), timeline::draw(&runs(), &style)] {
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
    let text = table::draw(&runs(), &style(200, false));
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
    let text = timeline::draw(&runs(), &style(80, false));
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
    let text = svg::draw(&runs(), &style(80, true));
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
        assert_eq!(table::draw(&[], &style), "No run falls into a window.\n");
        assert_eq!(timeline::draw(&[], &style), "No run falls into a window.\n");
        let picture = svg::draw(&[], &style);
        assert!(picture.contains(">No run falls into a window.</text>"), "{picture}");
        assert!(picture.ends_with("</svg>\n"));
        assert_eq!(csv::draw(&[], &style, CsvCells { raw: true }).unwrap().lines().count(), 1);
    }
}

/// Runs in the windows of two zones, and one whose window names none.
fn runs_of_two_zones() -> Vec<ShownRun> {
    let line = |id: &str, zone: &str| {
        format!(
            r#"{{"id":"{id}","date":"2022-09-20T18:00:00.000Z","window":{{"name":"w","start":"2022-09-20T17:00:00.000Z","end":null{zone}}}}}"#
        )
    };
    let zones = [zone("Asia/Kolkata"), zone("America/New_York")];
    [line("a", ",\"zone\":1"), line("b", ",\"zone\":2"), line("c", ""), line("d", ",\"zone\":3")]
        .iter()
        .filter_map(|line| ShownRun::read(line, "date", &zones))
        .collect()
}

#[test]
fn times_are_in_the_zone_of_their_window() {
    let runs = runs_of_two_zones();
    let text = table::draw(&runs[..1], &style(200, false));
    assert!(text.contains("| 09-20 22:30 | a    |           | 09-20 23:30 | 18:00Z |"), "{text}");
    assert!(text.ends_with("Start and Run are in Asia/Kolkata, 2022.\n"), "{text}");
    let text = csv::draw(&runs, &style(200, false), CsvCells { raw: true }).unwrap();
    let ends: Vec<_> = text.lines().skip(1).map(|line| line.rsplit(',').nth(1).unwrap()).collect();
    assert_eq!(ends, ["Asia/Kolkata", "America/New_York", "Europe/Paris", "Europe/Paris"]);
    assert!(text.contains(",2022-09-20T23:30:00+05:30,Asia/Kolkata,"), "{text}");
    assert!(text.contains(",2022-09-20T14:00:00-04:00,America/New_York,"), "{text}");
}

#[test]
fn times_say_their_offset_where_zones_differ() {
    assert_eq!(
        table::draw(&runs_of_two_zones(), &style(80, false)),
        "\
+--------+------+-----------+-------------------+--------+
| Window | Task | Workspace | Start             |        |
|        |      |           | Run               | UTC    |
+========================================================+
| w      | a    |           | 09-20 22:30+05:30 |        |
|        |      |           | 09-20 23:30+05:30 | 18:00Z |
| w      | b    |           | 09-20 13:00-04:00 |        |
|        |      |           | 09-20 14:00-04:00 | 18:00Z |
| w      | c    |           | 09-20 19:00+02:00 |        |
|        |      |           | 09-20 20:00+02:00 | 18:00Z |
| w      | d    |           | 09-20 19:00+02:00 |        |
|        |      |           | 09-20 20:00+02:00 | 18:00Z |
+--------+------+-----------+-------------------+--------+
Start and Run are in the zone of each window, 2022:
America/New_York, Asia/Kolkata, Europe/Paris.
"
    );
}

#[test]
fn a_window_without_an_end_is_seen_to_go_on() {
    let runs = runs_of_two_zones();
    let text = timeline::draw(&runs, &style(80, false));
    assert_eq!(text.lines().filter(|line| line.ends_with('>')).count(), runs.len(), "{text}");
    assert!(text.contains("> without an end"), "{text}");
    let picture = svg::draw(&runs, &style(80, true));
    assert_eq!(picture.matches("class=\"endless\"").count(), runs.len());
    // Nothing is said of it where none is.
    let runs = self::runs();
    assert!(!timeline::draw(&runs, &style(80, false)).contains('>'));
    assert!(!svg::draw(&runs, &style(80, true)).contains("<path"));
}

#[test]
fn ticks_stay_round_across_a_change_of_the_clock() {
    let line = |date: &str| {
        format!(
            r#"{{"id":"a","date":"{date}","window":{{"name":"w","start":"{date}","end":"2026-10-28T12:00:00Z"}}}}"#
        )
    };
    let runs: Vec<ShownRun> =
        ShownRun::read(&line("2026-10-23T10:00:00Z"), "date", &[]).into_iter().collect();
    let ticks = chart::Chart::new(&runs).ticks(&style(80, true), 6);
    let labels: Vec<_> = ticks.iter().map(|tick| &*tick.short).collect();
    // The clock goes back on the 25th.
    assert_eq!(labels, ["24 Oct", "25 Oct", "26 Oct", "27 Oct", "28 Oct"]);
    assert!(ticks.iter().all(|tick| tick.label.ends_with(" 2026")), "{ticks:?}");
}

#[test]
fn long_names_are_cut_to_the_columns_that_they_take() {
    assert_eq!(cut("load", 4, '~'), "load");
    assert_eq!(cut("loads", 4, '~'), "loa~");
    assert_eq!(cut("注文データ", 5, '…'), "注文…");
    assert_eq!(cut("注文データ", 10, '…'), "注文データ");
}

#[test]
fn many_tasks_have_the_axis_above_them_too() {
    let picture = |count: usize| {
        let line = |id| {
            format!(
                r#"{{"id":"{id}","date":"2022-09-20T18:00:00Z","window":{{"name":"w","start":"2022-09-20T17:00:00Z","end":"2022-09-20T21:00:00Z"}}}}"#
            )
        };
        let runs: Vec<ShownRun> =
            (0..count).filter_map(|id| ShownRun::read(&line(id), "date", &[])).collect();
        svg::draw(&runs, &style(80, true))
    };
    let labels = |count| picture(count).matches("20 Sep 20:00</text>").count();
    assert_eq!((labels(3), labels(300)), (1, 2));
    assert_eq!(picture(300).matches("<circle class=\"held\"").count(), 300);
}
