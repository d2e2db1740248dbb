//! Tables as spreadsheets write them: delimiters, cells of several lines, and the
//! lines that problems name.

use super::*;

#[test]
fn the_delimiter_is_that_of_the_header_or_the_one_that_is_said() {
    let row = "w;2026-12-01T02:00Z;2026-12-01T06:00Z;x";
    for (header, delimiter) in [
        ("name;start;end;note", ";"),
        ("sep=;\nname;start;end;note", ";"),
        ("sep=|\nname|start|end|note", "|"),
        ("sep=\t\r\nname\tstart\tend\tnote", "\t"),
        // In quotes it counts nothing, and behind them it does.
        ("name,start,end,\"a;b;c;d;e\"", ","),
        ("name;start;end;\"a,b,c,d,e\"", ";"),
        ("\"na\"\"me, and so, on\";name;start;end", ";"),
        ("name,start,end,a;b;c;d", ","),
    ] {
        let row = if header.starts_with('"') {
            format!("x;{}", &row[..row.len() - 2])
        } else {
            row.to_owned()
        };
        let table = format!("{header}\n{}\n", row.replace(';', delimiter));
        let loaded = read_as("x.csv", table.as_bytes());
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{table}");
        assert_eq!(shown(&loaded), ["w 2026-12-01T02:00/2026-12-01T06:00"], "{table}");
    }
}

#[test]
fn a_problem_is_reported_with_the_line_that_it_stands_in() {
    let bad = "w;soon;later;x";
    for (before, line) in [
        ("name;start;end;note\n", 2),
        ("\n\nname;start;end;note\n", 4),
        ("sep=;\nname;start;end;note\n", 3),
        ("name;start;end;note\r\na;2026-12-01T02:00Z;2026-12-01T06:00Z;\"two\r\nlines\"\r\n", 4),
    ] {
        let texts = problems(&read_as("x.csv", format!("{before}{bad}\n").as_bytes()));
        let place = format!("x.csv:{line}:2: start: ");
        assert!(texts.len() == 1 && texts[0].starts_with(&place), "{before}: {texts:?}");
    }
}

/// A cell that could be a row is one with as many delimiters as a row has.
#[test]
fn a_cell_of_several_lines_is_reported_from_as_many_delimiters_on_as_a_row_has() {
    let message = "a cell goes over lines";
    for (note, title, is_reported) in [
        ("one, two\nthree", "note", false),
        ("one, two, three\nfour", "note", false),
        ("one, two, three, four\nfive", "note", true),
        ("x", "a, b\nc", false),
        ("x", "a, b, c\nd", true),
    ] {
        let table = format!(
            "name,start,end,\"{title}\"\nw,2026-12-01T02:00Z,2026-12-01T06:00Z,\"{note}\"\n"
        );
        let texts = problems(&read_as("x.csv", table.as_bytes()));
        assert_eq!(texts.len(), usize::from(is_reported), "{table}: {texts:?}");
        assert!(texts.iter().all(|text| text.contains(message)), "{texts:?}");
    }
}

#[test]
fn a_row_of_many_columns_and_a_long_cell_is_read_whole() {
    let titles = (0..300).map(|number| format!(",x{number}")).collect::<Vec<_>>().concat();
    let long = "y".repeat(100_000);
    let table = format!(
        "name{titles},start,end,task\nw{},2026-12-01T02:00Z,2026-12-01T06:00Z,\"{long}\"\n",
        ",1".repeat(300)
    );
    let loaded = read_as("x.csv", table.as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let windows = loaded.timetable.into_windows().unwrap();
    assert_eq!(
        windows[0]
            .scope
            .patterns(Field::Task)
            .iter()
            .map(|task| task.as_str().len())
            .collect::<Vec<_>>(),
        [long.len()]
    );
}
