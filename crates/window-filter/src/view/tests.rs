//! The views of one small input.

use maintenance_core::cli::Terminal;
use maintenance_core::zone::ZoneTable;

use super::*;

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

/// The content of a picture of those runs, with the windows that they are in.
fn overview(runs: Vec<ShownRun>) -> Overview {
    let made = UtcTime::parse("2022-09-01T12:34:56Z").unwrap();
    Overview { title: None, made, runs, windows: Vec::new(), warnings: Vec::new() }
}

/// The line of a picture in the terminal that begins with that name.
fn line<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find(|line| line.trim_start().starts_with(name)).unwrap()
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
            let pictures =
                [table::draw(&runs(), &style), timeline::draw(&overview(runs()), &style)];
            for text in pictures {
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
fn the_table_shows_the_run_in_the_zone_and_in_utc() {
    let text = table::draw(&runs(), &style(200, false));
    let load = text.lines().find(|line| line.contains("load orders")).unwrap();
    let cells: Vec<&str> = load.split('|').map(str::trim).collect();
    assert_eq!(cells[1..5], ["load orders", "Finance", "2022-09-20 20:00", "18:00Z"]);
    let heading =
        "Q3 <patching>: 2022-09-20 19:00 to 2022-09-20 23:00 (Europe/Paris), 2 runs of 2 tasks\n";
    assert!(text.starts_with(heading), "{text}");
    assert!(text.contains("[2J (still running)"), "{text}");
    assert!(text.ends_with("Together: 4 runs of 3 tasks in 1 window.\n"), "{text}");
}

#[test]
fn the_timeline_distinguishes_runs_in_windows_from_others() {
    let text = timeline::draw(&overview(runs()), &style(80, false));
    let first = line(&text, "load orders");
    assert_eq!(first.matches('X').count(), 1, "{text}");
    assert_eq!(first.matches(" o").count(), 2, "a name and a run: {text}");
    assert!(first.contains('=') && first.ends_with("1/2"), "{text}");
    let second = line(&text, "evil");
    // It begins before its window and is still running in it.
    assert!(second.find('X') < second.find('='), "{text}");
    assert!(line(&text, "Q3 <patching>").ends_with(" 2"), "{text}");
    assert!(text.contains("1 more task without a run in a window"), "{text}");
    assert!(text.contains("Europe/Paris"), "{text}");
    assert!(text.contains("\n2 of 4 runs in a window; 2 of 3 tasks; 0 windows\n"), "{text}");
    assert!(text.contains("\nMade 2022-09-01 14:34 (Europe/Paris)\n"), "{text}");
}

#[test]
fn the_timeline_has_its_axis_at_both_ends() {
    let text = timeline::draw(&overview(runs()), &style(80, false));
    let axis = |line: &&str| line.contains("-+-");
    let lines: Vec<&str> = text.lines().collect();
    let places: Vec<usize> = (0..lines.len()).filter(|&number| axis(&lines[number])).collect();
    let [top, bottom] = places[..] else { panic!("{text}") };
    assert_eq!(lines[top], lines[bottom]);
    assert_eq!(lines[top - 1], lines[bottom + 1], "the labels: {text}");
    assert!(top < lines.iter().position(|line| line.contains("load orders")).unwrap());
}

#[test]
fn the_svg_names_what_it_shows() {
    let text = svg::draw(&overview(runs()), &style(80, true));
    assert_eq!(text.matches("<circle class=\"held\"").count(), 2);
    assert_eq!(text.matches("<circle class=\"free\"").count(), 1);
    // In the row of the window, and in those of two tasks.
    assert_eq!(text.matches("<rect class=\"window\"").count(), 3);
    assert!(text.contains(">Q3 &lt;patching&gt;</text>"), "{text}");
    for part in ["<title id=\"title\">", "<desc id=\"desc\">2 of 4 runs", "Times in Europe/Paris"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(text.ends_with("</svg>\n") && !text.contains("<script"));
}

#[test]
fn nothing_to_show_is_shown() {
    for unicode in [true, false] {
        let style = style(80, unicode);
        assert_eq!(table::draw(&[], &style), "No run falls into a window.\n");
        assert_eq!(timeline::draw(&overview(Vec::new()), &style), "No run falls into a window.\n");
        let picture = svg::draw(&overview(Vec::new()), &style);
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
    assert!(text.contains("| a    |           | 2022-09-20 23:30 | 18:00Z |"), "{text}");
    assert!(text.starts_with("w: 2022-09-20 22:30 without an end (Asia/Kolkata), 1 run"), "{text}");
    let text = csv::draw(&runs, &style(200, false), CsvCells { raw: true }).unwrap();
    let ends: Vec<_> = text.lines().skip(1).map(|line| line.rsplit(',').nth(1).unwrap()).collect();
    assert_eq!(ends, ["Asia/Kolkata", "America/New_York", "Europe/Paris", "Europe/Paris"]);
    assert!(text.contains(",2022-09-20T23:30:00+05:30,Asia/Kolkata,"), "{text}");
    assert!(text.contains(",2022-09-20T14:00:00-04:00,America/New_York,"), "{text}");
}

#[test]
fn each_window_has_a_table_with_its_end_and_totals() {
    let line = |id: &str, time: &str, window: &str, zone: u8| {
        format!(
            r#"{{"id":"{id}","date":"2022-09-20T{time}:00Z","window":{{"name":"{window}","start":"2022-09-20T17:00:00Z","end":"2022-09-20T21:00:00Z","zone":{zone}}}}}"#
        )
    };
    let zones = [zone("Asia/Kolkata"), zone("America/New_York")];
    let lines = [
        line("a", "18:30", "Database upgrade", 1),
        line("b", "18:00", "Network", 2),
        line("a", "19:00", "Database upgrade", 1),
    ];
    let read = |line: &String| ShownRun::read(line, "date", &zones);
    let runs: Vec<ShownRun> = lines.iter().filter_map(read).collect();
    assert_eq!(
        table::draw(&runs, &style(80, false)),
        "\
Database upgrade: 2022-09-20 22:30 to 2022-09-21 02:30 (Asia/Kolkata), 2 runs of
1 task
+------+-----------+------------------+--------------+
| Task | Workspace | Run              | UTC          |
+====================================================+
| a    |           | 2022-09-21 00:00 | 09-20 18:30Z |
| a    |           | 2022-09-21 00:30 | 09-20 19:00Z |
+------+-----------+------------------+--------------+

Network: 2022-09-20 13:00 to 2022-09-20 17:00 (America/New_York), 1 run of 1
task
+------+-----------+------------------+--------+
| Task | Workspace | Run              | UTC    |
+==============================================+
| b    |           | 2022-09-20 14:00 | 18:00Z |
+------+-----------+------------------+--------+

Together: 3 runs of 2 tasks in 2 windows.
"
    );
}

#[test]
fn a_window_without_an_end_is_seen_to_go_on() {
    let runs = runs_of_two_zones();
    let windows = runs.iter().filter(|run| run.window.is_some()).count();
    let text = timeline::draw(&overview(runs.clone()), &style(80, false));
    // Each task has one, and so has the row of the window.
    let going_on = text.lines().filter(|line| line.contains("=>"));
    assert_eq!(going_on.count(), windows + 1, "{text}");
    assert!(text.contains("> without an end"), "{text}");
    let picture = svg::draw(&overview(runs), &style(80, true));
    assert!(picture.matches("class=\"endless\"").count() > windows);
    assert!(picture.contains("window without an end"), "{picture}");
    // Nothing is said of it where none is.
    let runs = || overview(self::runs());
    assert!(!timeline::draw(&runs(), &style(80, false)).contains("=>"));
    assert!(!svg::draw(&runs(), &style(80, true)).contains("<path"));
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
    let ticks = chart::Chart::new(&overview(runs)).axis.ticks(&style(80, true), 6);
    let labels: Vec<_> = ticks.iter().map(|tick| &*tick.short).collect();
    // The clock goes back on the 25th.
    assert_eq!(labels, ["24 Oct", "25 Oct", "26 Oct", "27 Oct", "28 Oct"]);
    assert!(ticks.iter().all(|tick| tick.label.ends_with(" 2026")), "{ticks:?}");
}

#[test]
fn an_axis_of_the_hour_that_the_clock_shows_twice_has_ticks_with_offsets() {
    let zone = maintenance_core::zone::ZoneTable::bundled().get("Europe/Paris").unwrap();
    let line = r#"{"id":"a","date":"2026-10-25T01:00:00Z","window":{"name":"N","start":"2026-10-25T00:50:00Z","end":"2026-10-25T01:50:00Z"}}"#;
    let runs: Vec<ShownRun> = ShownRun::read(line, "date", &[]).into_iter().collect();
    let style = Style { zone, ..style(80, true) };
    let ticks = chart::Chart::new(&overview(runs)).axis.ticks(&style, 6);
    let labels: Vec<_> = ticks.iter().map(|tick| &*tick.short).collect();
    assert!(labels.contains(&"02:00+01:00") && labels.contains(&"02:15+01:00"), "{labels:?}");
}

#[test]
fn long_names_are_broken_and_never_cut() {
    let name = "Aggregate the revenue of all regions 注文データの取り込み ".repeat(2);
    let line = format!(
        r#"{{"id":"a","name":"{name}","date":"2022-09-20T18:00:00Z","window":{{"name":"{name}","start":"2022-09-20T17:00:00Z","end":"2022-09-20T21:00:00Z"}}}}"#
    );
    let runs = || vec![ShownRun::read(&line, "date", &[]).unwrap()];
    let plain = |text: &str| text.replace([' ', '\n'], "");
    for width in [60, 80, 200] {
        let text = timeline::draw(&overview(runs()), &style(width, true));
        let names = text.lines().map(|line| line.get(..).unwrap_or_default());
        let names: String = names
            .map(|line| line.split(['▒', '●', '─']).next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join(" ");
        assert_eq!(plain(&names).matches(&plain(&name)).count(), 2, "{width}: {text}");
        assert!(!text.contains('…'), "{text}");
    }
    let picture = svg::draw(&overview(runs()), &style(80, true));
    let lines = picture.lines().filter(|line| line.contains("class=\"t name\""));
    let text: String =
        lines.map(|line| line.split(['>', '<']).nth(2).unwrap_or_default()).collect();
    assert_eq!(plain(&text), plain(&name.repeat(2)), "{picture}");
}

#[test]
fn the_planned_window_and_its_widening_are_drawn_apart() {
    let line = r#"{"id":"a","date":"2022-09-20T16:50:00Z","window":{"name":"w","start":"2022-09-20T16:00:00Z","end":"2022-09-20T21:00:00Z"}}"#;
    let time = |text: &str| UtcTime::parse(text).unwrap();
    let mut overview = overview(vec![ShownRun::read(line, "date", &[]).unwrap()]);
    let planned = (time("2022-09-20T17:00:00Z"), Some(time("2022-09-20T21:00:00Z")));
    overview.windows.push(ShownWindow {
        name: "w".to_owned(),
        planned,
        start: time("2022-09-20T16:00:00Z"),
        end: planned.1,
        is_open: false,
        zone: None,
    });
    let chart = chart::Chart::new(&overview);
    for row in [&chart.windows[0], &chart.groups[0].rows[0]] {
        assert_eq!(row.windows.len(), 1);
        assert_eq!(row.windows[0].planned, planned);
    }
    let picture = svg::draw(&overview, &style(80, true));
    assert_eq!(picture.matches("<rect class=\"window\"").count(), 2);
    assert_eq!(picture.matches("<rect class=\"widening\"").count(), 3, "two, and the legend");
    assert!(picture.contains("w: 2022-09-20 19:00 to 2022-09-20 23:00, with its widening 2022"));
    let text = timeline::draw(&overview, &style(80, false));
    assert!(text.contains("--===") && text.contains("- its widening"), "{text}");
}

#[test]
fn the_widening_of_one_window_hides_no_planned_time_of_another() {
    let time = |hour: u32| UtcTime::parse(&format!("2022-09-20T{hour:02}:00:00Z")).unwrap();
    let run = |hour: u32, start: u32, end: u32| {
        let (date, start, end) = (time(hour), time(start), time(end));
        let window = format!(r#"{{"name":"w","start":"{start}","end":"{end}"}}"#);
        let line = format!(r#"{{"id":"load","date":"{date}","window":{window}}}"#);
        ShownRun::read(&line, "date", &[]).unwrap()
    };
    let mut overview = overview(vec![run(4, 4, 12), run(16, 8, 18)]);
    // The second begins within the first, with two hours before it.
    for (planned_start, start, end) in [(4, 4, 12), (10, 8, 18)] {
        overview.windows.push(ShownWindow {
            name: "w".to_owned(),
            planned: (time(planned_start), Some(time(end))),
            start: time(start),
            end: Some(time(end)),
            is_open: false,
            zone: None,
        });
    }
    let text = timeline::draw(&overview, &style(80, false));
    let row = line(&text, "load");
    assert!(row.contains("X=====") && !row.contains('-'), "{text}");
}

#[test]
fn a_run_that_is_still_running_is_a_bar_of_its_length() {
    let run = |id: &str, length: u32, more: &str| {
        let window = r#""window":{"name":"w","start":"2022-09-20T17:00:00.000Z","end":"2022-09-20T21:00:00.000Z""#;
        let line = format!(
            r#"{{"id":"{id}","date":"2022-09-20T15:00:00Z","durationMs":{length},{window}{more}}}}}"#
        );
        ShownRun::read(&line, "date", &[]).unwrap()
    };
    let hour = 60 * 60 * 1000;
    let running = r#","overlap":"running""#;
    // The last one starts in a window of its own, and its length is nobody's business.
    let runs = vec![run("three", 3 * hour, running), run("four", 4 * hour, running)];
    let lengths = |runs| {
        let text = svg::draw(&overview(runs), &style(80, true));
        let bars = text.split("<rect class=\"bar\"").skip(1);
        let width =
            |bar: &str| bar.split("width=\"").nth(1)?.split('"').next()?.parse::<f64>().ok();
        bars.map(|bar| width(bar).unwrap()).collect::<Vec<_>>()
    };
    let [three, four, _legend] = lengths(runs.clone())[..] else { panic!("two bars") };
    assert!((three / 3.0 - four / 4.0).abs() < 0.1, "{three} {four}");
    assert_eq!(lengths(vec![run("other", 3 * hour, "")]), [] as [f64; 0]);
    // In the terminal, too.
    let text = timeline::draw(&overview(runs), &style(80, false));
    let bar = |id: &str| line(&text, id).matches('#').count();
    assert!(bar("three") > 10 && bar("four") > bar("three"), "{text}");
}

#[test]
fn many_runs_in_a_row_are_a_band_with_their_number() {
    let line = |minute: usize| {
        format!(
            r#"{{"id":"a","date":"2022-09-20T{:02}:{:02}:00Z","window":{{"name":"w","start":"2022-09-20T00:00:00Z","end":"2022-09-21T00:00:00Z"}}}}"#,
            minute / 60,
            minute % 60
        )
    };
    let runs = (0..144).filter_map(|n| ShownRun::read(&line(10 * n), "date", &[])).collect();
    let overview = overview(runs);
    let picture = svg::draw(&overview, &style(80, true));
    assert_eq!(picture.matches("<rect class=\"band-held\"").count(), 1);
    assert!(picture.contains(">144</text>") && picture.contains(">144 of 144</text>"));
    let text = timeline::draw(&overview, &style(80, false));
    assert!(text.contains("##144##") && text.contains("144/144"), "{text}");
    assert!(picture.contains(">so many runs in a row<") && text.contains("X#9#X so many runs"));
    // The legend has what the picture has.
    let few = self::overview(self::runs());
    assert!(!svg::draw(&few, &style(80, true)).contains("so many runs"));
    assert!(!timeline::draw(&few, &style(80, false)).contains("so many runs"));
}

#[test]
fn rows_stand_below_their_workspace() {
    let line = |id: &str, workspace: &str| {
        format!(
            r#"{{"id":"{id}","workspaceName":"{workspace}","date":"2022-09-20T18:00:00Z","window":{{"name":"w","start":"2022-09-20T17:00:00Z","end":"2022-09-20T21:00:00Z"}}}}"#
        )
    };
    let runs = [("a", "Finance"), ("b", "Sales"), ("c", "Finance"), ("d", "")];
    let runs = runs.iter().filter_map(|(id, place)| ShownRun::read(&line(id, place), "date", &[]));
    let text = timeline::draw(&overview(runs.collect()), &style(80, false));
    let starts = |line: &str| line.trim_start().split(' ').next().unwrap_or_default().to_owned();
    let rows: Vec<String> =
        text.lines().skip_while(|line| !line.starts_with("Finance")).map(starts).collect();
    assert_eq!(rows[..7], ["Finance", "a", "c", "Sales", "b", "without", "d"], "{text}");
}

#[test]
fn the_picture_has_the_axis_above_and_below_the_tasks() {
    let picture = |count: usize| {
        let line = |id| {
            format!(
                r#"{{"id":"{id}","date":"2022-09-20T18:00:00Z","window":{{"name":"w","start":"2022-09-20T17:00:00Z","end":"2022-09-20T21:00:00Z"}}}}"#
            )
        };
        let runs: Vec<ShownRun> =
            (0..count).filter_map(|id| ShownRun::read(&line(id), "date", &[])).collect();
        svg::draw(&overview(runs), &style(80, true))
    };
    let labels = |count| picture(count).matches("20 Sep 20:00</text>").count();
    assert_eq!((labels(3), labels(300)), (2, 2));
    assert_eq!(picture(300).matches("<circle class=\"held\"").count(), 300);
}
