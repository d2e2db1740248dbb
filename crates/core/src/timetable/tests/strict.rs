//! Tables are read strictly: what is mistyped, cut or has no effect is reported.

use super::*;

#[test]
fn a_window_says_when_it_ends() {
    let row = |cells: &str| format!("name,start,end,duration,kind\nw,2026-12-01T02:00Z,{cells}\n");
    let member = |members: &str| format!(r#"{{"name":"w","start":"2026-12-01T02:00Z"{members}}}"#);
    for (file, text) in [
        ("x.csv", row("open,,")),
        ("x.csv", row(" Open ,,open")),
        ("x.csv", row("OPEN,,maintenance")),
        ("x.jsonl", member(r#","end":null"#)),
        ("x.jsonl", member(r#","end":null,"duration":null"#)),
        ("x.jsonl", member(r#","end":null,"x":"\u0041","duration":"""#)),
        ("x.jsonl", member(r#","end":"open","kind":"open""#)),
    ] {
        let loaded = read_as(file, text.as_bytes());
        let is_open = text.contains("kind\":\"open") || text.ends_with(",open\n");
        // The only window takes its time out of nothing, which is reported.
        assert_eq!(loaded.problems.len(), usize::from(is_open), "{text}");
        assert_eq!(shown(&loaded), ["w 2026-12-01T02:00/-"], "{text}");
        assert_eq!(loaded.timetable.has_open(), is_open);
    }
    for (file, text, part) in [
        ("x.csv", row(",,"), "x.csv:2:3: end: the row has neither an end nor a duration"),
        ("x.csv", row(" ,\u{a0},open"), "or open if that cannot be foreseen"),
        ("x.csv", row("open,2h,"), "both an end and a duration"),
        ("x.csv", row("tbd,,"), "or open, if the end cannot be foreseen"),
        ("x.csv", row("-,,"), "or open, if the end cannot be foreseen"),
        (
            "x.csv",
            row("2026-12-01T02:00Z,,"),
            "ends (2026-12-01T02:00:00.000Z) when or before it starts",
        ),
        ("x.csv", row(",0s,"), "when or before it starts"),
        ("x.jsonl", member(""), "neither an end nor a duration"),
        ("x.jsonl", member(r#","end":"""#), "neither an end nor a duration"),
        ("x.jsonl", member(r#","duration":null"#), "neither an end nor a duration"),
        ("x.jsonl", member(r#","end":null,"duration":"2h""#), "both an end and a duration"),
        (
            "x.jsonl",
            member(r#","end":"2026-12-01T06:00Z","duration":"2h""#),
            "both an end and a duration",
        ),
        (
            "x.jsonl",
            member(r#","end":null,"recurrence":"daily""#),
            "a window that recurs has to end",
        ),
        ("x.jsonl", member(r#","recurrence":"daily""#), "a window that recurs has to end"),
    ] {
        let loaded = read_as(file, text.as_bytes());
        let texts = problems(&loaded);
        assert!(texts.len() == 1 && texts[0].contains(part), "{text}: {texts:?}");
        assert_eq!(loaded.accept(OnError::Stop).unwrap_err().exit(), Exit::BadInput);
    }
}

#[test]
fn a_row_of_another_length_than_the_header_is_refused() {
    let header = "name,start,end,timezone,comment";
    let whole = "w,2026-12-01T02:00,2026-12-01T06:00,UTC,x";
    for (header, row, part) in [
        (header, "w", Some("x.csv:2:1: the row has 1 fields, the header 5")),
        (header, "w,2026-12-01T02:00", Some("x.csv:2:2: the row has 2 fields, the header 5")),
        (
            header,
            "w,2026-12-01T02:00,2026-12-01T06:00,UTC",
            Some("the row has 4 fields, the header 5"),
        ),
        (header, whole, None),
        (header, "w,2026-12-01T02:00,2026-12-01T06:00,UTC,", None),
        (header, "w,2026-12-01T02:00,2026-12-01T06:00,UTC,x,,", None),
        (
            header,
            "w,2026-12-01T02:00,2026-12-01T06:00,UTC,x, ,y",
            Some("x.csv:2:6: the row has 7 fields"),
        ),
        (header, ",,,,", None),
        (header, ",", None),
        // Columns without a title need not be there, and hold nothing.
        ("name,start,end,timezone,comment,,", whole, None),
        ("name,start,end,timezone,,", "w,2026-12-01T02:00,2026-12-01T06:00,UTC,,", None),
        (
            "name,start,end,timezone,,",
            "w,2026-12-01T02:00,2026-12-01T06:00,UTC,Finance*,",
            Some("x.csv:2:5: the row has 6 fields, the header 4"),
        ),
    ] {
        let texts = problems(&read_as(
            "x.csv",
            format!("{header}\n{row}\n{}", whole.replace(whole, "")).as_bytes(),
        ));
        let texts: Vec<&String> = texts.iter().filter(|text| !text.contains("no rows")).collect();
        assert_eq!(texts.len(), usize::from(part.is_some()), "{row}: {texts:?}");
        assert!(part.is_none_or(|part| texts[0].contains(part)), "{row}: {texts:?}");
    }
}

#[test]
fn a_cell_of_several_lines_is_reported_where_it_may_be_several_rows() {
    let row = |day: &str| format!("w,2026-12-{day}T02:00,2026-12-{day}T06:00,UTC,");
    for (text, expected) in [
        // A stray quote at the start of a row, and another one later.
        (
            format!("\"{}x\n{}y\nw\"{}z\n", row("01"), row("02"), &row("03")[1..]),
            Some("x.csv:2:1: a cell goes over lines 2 to 4"),
        ),
        // In the last cell, whose column is not read.
        (
            format!("{}\"x\n{}y\n{}\"\n", row("01"), row("02"), row("03")),
            Some("x.csv:2:5: a cell goes over lines 2 to 4"),
        ),
        // A line break in a cell that is read.
        (
            format!("\"a\nb\"{}x\n", &row("01")[1..]),
            Some("x.csv:2:1: a cell goes over lines 2 to 3"),
        ),
        // A text of several lines, which is all that it is.
        (format!("{}\"Bring tea.\r\nBe there, please.\"\r\n", row("01")), None),
        (format!("{}\"x\n\"\n", row("01")), None),
    ] {
        let csv = format!("name,start,end,timezone,comment\n{text}");
        let loaded = read_as("x.csv", csv.as_bytes());
        let texts = problems(&loaded);
        assert_eq!(texts.len(), usize::from(expected.is_some()), "{text}: {texts:?}");
        assert!(
            expected.is_none_or(|expected| texts[0].starts_with(expected)),
            "{text}: {texts:?}"
        );
        assert_eq!(loaded.timetable.into_windows().unwrap().len(), 1);
    }
    // In the header, where a title may be wrapped.
    for (title, expected) in [("\"see\nticket\"", 0), ("\"x\na,b,c,d,e\"", 1)] {
        let csv = format!("name,start,end,timezone,{title}\n{}y\n", row("01"));
        let texts = problems(&read_as("x.csv", csv.as_bytes()));
        assert_eq!(texts.len(), expected, "{texts:?}");
        assert!(expected == 0 || texts[0].starts_with("x.csv:1:5: a cell goes over lines 1 to 2"));
    }
    // One that is never closed.
    let csv = format!(
        "name,start,end,timezone,comment\n{}ok\n{}\"x\n{}y\n",
        row("01"),
        row("02"),
        row("03")
    );
    let loaded = read_as("x.csv", csv.as_bytes());
    let texts = problems(&loaded);
    assert!(
        texts.len() == 1
            && texts[0].starts_with(
                "x.csv:3: a quote that opens here is never closed: it takes all up to line 4"
            ),
        "{texts:?}"
    );
    assert_eq!(loaded.timetable.into_windows().unwrap().len(), 1);
}

/// All windows of a timetable that could be used, or why it could not.
fn used(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Vec<Window>, TimetableError> {
    let (timetable, _) = load([TimetableFile { file, format: None, bytes }], options)?;
    timetable.windows(at("2026-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z"))
}

/// Cut at every byte, a table is refused or is the rows before the cut: never
/// has it a window that the whole does not have.
#[test]
fn a_table_that_was_cut_is_refused_or_is_the_rows_before_the_cut() {
    let plain = "name,start,end,timezone\n\
        a,2026-12-01T02:00,2026-12-01T06:00,Etc/GMT+12\n\
        b,2026-12-02 02:00,2026-12-02 06:00,UTC\n\
        \n\
        c,2026-12-03,2026-12-04,\n";
    let end_last = "name;workspace;start;kind;end\n\
        a;Finance*|HR;2026-12-01T02:00:00Z;;2026-12-01T06:00:00Z\n\
        b;;2026-12-02;open;2026-12-12\n\
        c;;2026-12-03;;OPEN\n";
    let scope_last = "name\tstart\tduration\trecurrence\tuntil\texcept\ttask\n\
        a\t2026-12-01T02:00\t12h\t\t\t\t\"load \"\"A\"\"*\"\n\
        b\t2026-12-01T02:00\tPT2H30M\tFREQ=WEEKLY;COUNT=12\t\t2026-12-08;2026-12-15\tx|y*\n\
        c\t2026-12-01T02:00\t90m\tTU\t2026-12-31\t\t\n";
    let comment_last = "name,start,end,timezone,comment\n\
        a,2026-12-01T02:00,2026-12-01T06:00,Europe/Paris,\"two\nlines, all right\"\n\
        b,2026-12-01T02:00,2026-12-01T06:00,Europe/Paris,x\n";
    let json = "{\"name\":\"a\",\"start\":\"2026-12-01T02:00Z\",\"end\":null}\n\
        {\"name\":\"b \\u00e9\",\"start\":\"2026-12-01T02:00Z\",\"duration\":\"12h\",\"task\":[\"x\"]}\n";
    let utf16 = |text: &str| -> Vec<u8> {
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    let options = options(Some("UTC"));
    let mut whole_ones = 0;
    for (file, whole) in [
        ("x.csv", plain.as_bytes().to_vec()),
        ("x.csv", plain.replace('\n', "\r\n").into_bytes()),
        ("x.csv", plain.replace('\n', "\r").into_bytes()),
        ("x.csv", format!("\u{feff}sep=,\n{plain}").into_bytes()),
        ("x.csv", utf16(&plain.replace(',', "\t"))),
        ("x.csv", end_last.as_bytes().to_vec()),
        ("x.csv", scope_last.as_bytes().to_vec()),
        ("x.csv", comment_last.as_bytes().to_vec()),
        ("x.csv", comment_last.replace('\n', "\r\n").into_bytes()),
        ("x.jsonl", json.as_bytes().to_vec()),
    ] {
        let all = used(file, &whole, &options).unwrap();
        assert!(!all.is_empty());
        for cut in 0..whole.len() {
            let Ok(windows) = used(file, &whole[..cut], &options) else { continue };
            let before = String::from_utf8_lossy(&whole[..cut]).into_owned();
            for window in &windows {
                assert!(all.contains(window), "{before:?}: {window:?}");
            }
            // Of each row all windows, or none.
            let lines = |windows: &[Window]| windows.iter().map(|w| w.source.line).max();
            let last = lines(&windows);
            let expected = all.iter().filter(|w| Some(w.source.line) <= last).count();
            assert_eq!(windows.len(), expected, "{before:?}");
            whole_ones += usize::from(!windows.is_empty());
        }
    }
    // Where a row ends, or in what is not read, a cut cannot be seen.
    assert!(whole_ones > 20, "{whole_ones}");
}

#[test]
fn a_last_line_without_a_line_break_is_refused_unless_what_is_read_of_it_is_whole() {
    const CUT: Option<&str> =
        Some("x.csv:2: the last line has no line break at its end, so the file may be cut");
    let row = "a,2026-12-01T02:00Z,2026-12-01T06:00Z";
    for (title, cells, part) in [
        ("", "", None),
        (",comment", ",see ticket", None),
        (",comment", ",", None),
        (",timezone", ",Europe/Paris", None),
        (",timezone", ",asia/tokyo", None),
        (",timezone", ",W. Europe Standard Time", None),
        // `Etc/GMT+10`, `UTC+12` of Windows, any name.
        (",timezone", ",Etc/GMT+1", CUT),
        (",timezone", ",UTC", CUT),
        (",timezone", ",", CUT),
        (",timezone", ",/x/Europe/Paris", CUT),
        (",kind", ",open", None),
        (",kind", ",", CUT),
        (",task", ",a", CUT),
        (",task,kind", ",a,maintenance", None),
        (",task,comment", ",a", CUT),
        (",task", ",a\r", None),
        (",task", ",a\n,,", None),
    ] {
        let text = format!("name,start,end{title}\n{row}{cells}");
        let texts = problems(&read_as("x.csv", text.as_bytes()));
        // The only window takes its time out of nothing, which is reported.
        let is_open = cells.ends_with(",open");
        assert_eq!(texts.len(), usize::from(part.is_some() || is_open), "{text:?}: {texts:?}");
        assert!(part.is_none_or(|part| texts[0].starts_with(part)), "{text:?}: {texts:?}");
    }
    for (end, part) in [
        ("2026-12-01T06:00:00+01:00", None),
        ("OPEN", None),
        ("2026-12-01T06:00", CUT),
        ("2026-12-01", CUT),
        ("", CUT),
    ] {
        let text = format!("name,start,end\na,2026-12-01T02:00Z,{end}");
        let texts = problems(&read_as("x.csv", text.as_bytes()));
        assert!(part.is_none_or(|part| texts[0].starts_with(part)), "{text:?}: {texts:?}");
        assert_eq!(texts.len(), usize::from(part.is_some()), "{text:?}: {texts:?}");
    }
    let texts = problems(&read_as("x.csv", b"name,start,end"));
    assert!(texts.len() == 1 && texts[0].starts_with("x.csv:1: the last line has no"), "{texts:?}");
}

/// An event with one line more or less right, in a calendar that may have one
/// too.
fn calendar(head: &str, line: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\n{head}BEGIN:VEVENT\nUID:a\nSUMMARY:x\nDTSTART:20261206T020000Z\n\
         DURATION:PT1H\n{line}END:VEVENT\nEND:VCALENDAR\n"
    )
}

#[test]
fn a_property_with_a_slip_in_its_name_is_an_error_that_names_the_right_one() {
    for (line, meant) in [
        ("RRUEL:FREQ=WEEKLY", "RRULE"),
        ("RULE:FREQ=WEEKLY", "RRULE"),
        ("R-RULE:FREQ=WEEKLY", "RRULE"),
        ("RRULES:FREQ=WEEKLY", "RRULE"),
        ("DTSTRAT:20261206T030000Z", "DTSTART"),
        ("DT-START:20261206T030000Z", "DTSTART"),
        ("DTENDS:20261206T030000Z", "DTEND"),
        ("DTEDN;TZID=Europe/Paris:20261206T030000", "DTEND"),
        ("DURATON:PT4H", "DURATION"),
        ("EXDATES:20261206T020000Z", "EXDATE"),
        ("EXDAT:20261206T020000Z", "EXDATE"),
        ("RDATES:20261207T020000Z", "RDATE"),
        ("RECURRENCEID:20261206T020000Z", "RECURRENCE-ID"),
        ("recurrance-id:20261206T020000Z", "RECURRENCE-ID"),
        ("STAUS:CANCELLED", "STATUS"),
        ("SUMARY:y", "SUMMARY"),
        ("SEQENCE:2", "SEQUENCE"),
        ("CATEGORY:workspace:Finance", "CATEGORIES"),
        ("CATEGORIE:workspace:Finance", "CATEGORIES"),
    ] {
        let loaded = read_as("x.ics", calendar("", &format!("{line}\n")).as_bytes());
        let texts = problems(&loaded);
        assert!(
            texts.len() == 1
                && texts[0].contains("an event has no such property (did you mean ")
                && texts[0].contains(&format!("mean {meant}?"))
                && texts[0].starts_with("x.ics:7:"),
            "{line}: {texts:?}"
        );
        assert_eq!(loaded.accept(OnError::Stop).unwrap_err().exit(), Exit::BadInput);
    }
    for (line, meant) in [
        ("X-WR-TIMEZON:Europe/Paris", "X-WR-TIMEZONE"),
        ("X-WR_TIMEZONE:Europe/Paris", "X-WR-TIMEZONE"),
        ("METOD:CANCEL", "METHOD"),
        ("CALSCAL:HEBREW", "CALSCALE"),
    ] {
        let loaded = read_as("x.ics", calendar(&format!("{line}\n"), "").as_bytes());
        let texts = problems(&loaded);
        let message = format!("a calendar has no such property (did you mean {meant}?");
        assert!(texts.len() == 1 && texts[0].contains(&message), "{line}: {texts:?}");
        assert!(texts[0].starts_with("x.ics:2:"), "{texts:?}");
    }
}

#[test]
fn properties_that_mean_nothing_here_are_passed_over() {
    for line in [
        "DTSTAMP:20261201T000000Z",
        "CREATED:20261201T000000Z",
        "DUE:20261207T000000Z",
        "COMPLETED:20261207T000000Z",
        "SOURCE:x",
        "COLOR:red",
        "X-DTSTART:20261206T030000Z",
        "X-RRULE:FREQ=DAILY",
        "X-MS-OLK-ORIGINALSTART:20261206T030000Z",
        "X-WR-CALNAME:x",
        "TRANSP:OPAQUE",
        "CLASS:PUBLIC",
        "URL:http://localhost",
        "SOMETHING-ELSE:x",
    ] {
        for text in [calendar("", &format!("{line}\n")), calendar(&format!("{line}\n"), "")] {
            // A calendar has no start of its own.
            let loaded = read_as("x.ics", text.as_bytes());
            assert_eq!(problems(&loaded), Vec::<String>::new(), "{line}");
            assert_eq!(shown(&loaded), ["x 2026-12-06T02:00/2026-12-06T03:00"], "{line}");
        }
    }
}

#[test]
fn an_exception_that_takes_nothing_out_is_reported() {
    let row = |except: &str| {
        format!(
            "name,start,end,timezone,recurrence,until,except\n\
             w,2026-12-06T02:00,2026-12-06T04:00,Europe/Paris,weekly,2026-12-31,{except}\n"
        )
    };
    for (except, reported) in [
        ("2026-12-13", None),
        ("2026-12-13T02:00", None),
        ("2026-12-13T01:00Z", None),
        ("2026-12-13;2026-12-20", None),
        // Not a Sunday, another hour, UTC for local time, before, after.
        ("2026-12-14", Some("2026-12-14")),
        ("2026-12-13T03:00", Some("2026-12-13T03:00")),
        ("2026-12-13T02:00Z", Some("2026-12-13T02:00Z")),
        ("2026-11-29", Some("2026-11-29")),
        ("2027-01-03", Some("2027-01-03")),
        ("2026-12-13;2026-12-21", Some("2026-12-21")),
    ] {
        let loaded = read_as("x.csv", row(except).as_bytes());
        let texts = problems(&loaded);
        let Some(reported) = reported else {
            assert_eq!(texts, Vec::<String>::new(), "{except}");
            continue;
        };
        let message =
            format!("x.csv:2:7: except: {reported:?} takes nothing out: no window starts then");
        assert!(texts.len() == 1 && texts[0].starts_with(&message), "{except}: {texts:?}");
        assert!(loaded.accept(OnError::Stop).is_ok(), "a warning");
    }
}

/// Only a check reports it, since programs that export calendars leave many behind.
#[test]
fn dates_of_a_calendar_that_take_nothing_out_are_reported_by_a_check() {
    for (lines, reported) in [
        ("RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE:20261213T020000Z\n", None),
        ("RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20261213\n", None),
        (
            "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE:20261213T030000Z,20261213T020000Z\n",
            Some("exdate: 1 of 2 of \"x\" take nothing out, the first of them 2026-12-13T03:00"),
        ),
        (
            "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20261214\n",
            Some("exdate: 1 of 1 of \"x\" take nothing out, the first of them 2026-12-14"),
        ),
        ("EXDATE:20261213T020000Z\n", Some("exdate: 1 of 1")),
        ("RDATE:20261213T020000Z\nEXDATE:20261213T020000Z\n", None),
    ] {
        let text = calendar("", lines);
        let loaded = read_as("x.ics", text.as_bytes());
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{lines}");
        let input = TimetableFile { file: "x.ics", format: None, bytes: text.as_bytes() };
        let now = crate::time::UtcTime::parse("2026-12-01T00:00:00Z").unwrap();
        let options = ReadOptions::new(ZoneTable::bundled());
        let problems = check([input], &options, &Against { now, tasks: None });
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let exdates: Vec<&String> =
            texts.iter().filter(|text| text.contains("take nothing out")).collect();
        match reported {
            None => assert!(exdates.is_empty(), "{lines}: {texts:?}"),
            Some(reported) => {
                assert!(exdates.len() == 1 && exdates[0].contains(reported), "{lines}: {texts:?}");
            }
        }
    }
}

#[test]
fn a_title_that_is_german_for_day_is_a_scope_unless_days_stand_below_it() {
    let table = |title: &str, tag: &str| {
        format!("name,start,end,{title}\nw,2026-12-01T02:00Z,2026-12-01T06:00Z,{tag}\n")
    };
    for day in [
        "Montag",
        "sonntags",
        "Di",
        "Mi.",
        "24.12.2026",
        "24.12.",
        "1/2/26",
        "2026-12-01",
        "2026-12-01 02:00",
        "02:00",
        "nightly|Samstag",
    ] {
        for title in ["Tag", "TAG", " Tag "] {
            let loaded = read_as("x.csv", table(title, day).as_bytes());
            let texts = problems(&loaded);
            assert!(
                texts.len() == 1
                    && texts[0].starts_with("x.csv:2:4: tag: ")
                    && texts[0].contains("is a day"),
                "{title}: {day}: {texts:?}"
            );
            assert_eq!(loaded.accept(OnError::Stop).unwrap_err().exit(), Exit::BadInput);
        }
        let loaded = read_as("x.csv", table("tag", day).as_bytes());
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{day}");
    }
    for tag in ["nightly", "1.2.3", "Monday", "Montagsrunde", "2026", "a-b-c", ""] {
        let loaded = read_as("x.csv", table("Tag", tag).as_bytes());
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{tag}");
    }
}

#[test]
fn a_row_of_no_length_is_an_error_in_every_format_unless_it_was_listed() {
    let at = "2026-12-01T02:00:00Z";
    for (end, message) in [
        (("end", at), "when or before it starts"),
        (("duration", "0s"), "when or before it starts"),
        (("duration", "P0D"), "when or before it starts"),
    ] {
        let (column, text) = end;
        let csv = format!("name,start,{column}\nw,{at},{text}\n");
        let json = |more: &str| {
            format!("{{\"name\":\"w\",\"start\":\"{at}\",\"{column}\":\"{text}\"{more}}}\n")
        };
        // Read by the fast way, and by the slow one.
        for (file, table) in [
            ("x.csv", csv),
            ("x.jsonl", json(",\"line\":1")),
            ("x.jsonl", json(",\"x\":\"\\u0041\"")),
        ] {
            let loaded = read_as(file, table.as_bytes());
            let texts = problems(&loaded);
            assert!(texts.len() == 1 && texts[0].contains(message), "{table}: {texts:?}");
            assert_eq!(loaded.accept(OnError::Stop).unwrap_err().exit(), Exit::BadInput);
        }
        for more in
            [",\"timetable\":\"a.ics\"", ",\"uid\":\"u\",\"timetable\":\"\\u0041\",\"line\":1"]
        {
            let loaded = read_as("x.jsonl", json(more).as_bytes());
            let texts = problems(&loaded);
            assert!(texts.len() == 1 && texts[0].contains("has no length"), "{more}: {texts:?}");
            assert!(loaded.accept(OnError::Stop).is_ok());
        }
    }
}
