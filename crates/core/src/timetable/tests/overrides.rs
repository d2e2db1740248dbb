//! Events that replace, move and remove single instances of a series.

use super::{at, ical, problems, read_as, show, shown};

/// A daily series at noon of UTC from 1 to 5 December 2026, and more events.
fn daily(lines: &str, events: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261201T120000Z\nDURATION:PT1H\n\
         RRULE:FREQ=DAILY;COUNT=5\nSUMMARY:noon\nCATEGORIES:task:load*\n{lines}\nEND:VEVENT\n{events}\nEND:VCALENDAR\n"
    )
}

fn instance(id: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:a\nRECURRENCE-ID{id}\n{lines}\nEND:VEVENT\n")
}

/// The windows as `day hour+minutes` of December, and the name if another.
fn december(text: &str) -> Vec<String> {
    ical(text);
    listed(text)
}

/// The same of a calendar with warnings.
fn listed(text: &str) -> Vec<String> {
    let loaded = read_as("x.ics", text.as_bytes());
    let windows = loaded.timetable.windows(at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    windows
        .unwrap()
        .iter()
        .map(|window| {
            let minutes = window.end.unwrap().since(window.start).as_secs() / 60;
            let start = window.start.to_string();
            let name = if &*window.name == "noon" { "" } else { &window.name };
            format!("{}+{minutes} {name}", &start[8..13]).trim_end().to_owned()
        })
        .collect()
}

#[test]
fn an_exdate_takes_its_instance_out_and_an_rdate_adds_one() {
    for (line, left) in [
        ("EXDATE:20261202T120000Z", "01T12+60 03T12+60 04T12+60 05T12+60"),
        ("EXDATE;VALUE=DATE:20261202,20261203", "01T12+60 04T12+60 05T12+60"),
        ("EXDATE;TZID=Asia/Tokyo:20261202T210000", "01T12+60 03T12+60 04T12+60 05T12+60"),
        ("EXDATE:20261202T130000Z", "01T12+60 02T12+60 03T12+60 04T12+60 05T12+60"),
        ("EXDATE:", "01T12+60 02T12+60 03T12+60 04T12+60 05T12+60"),
        (
            "RDATE:20261210T120000Z\nRDATE;VALUE=PERIOD:20261211T120000Z/PT3H,20261212T120000Z/20261212T123000Z",
            "01T12+60 02T12+60 03T12+60 04T12+60 05T12+60 10T12+60 11T12+180 12T12+30",
        ),
        ("RDATE:20261202T120000Z", "01T12+60 02T12+60 03T12+60 04T12+60 05T12+60"),
    ] {
        assert_eq!(december(&daily(line, "")).join(" "), left, "{line}");
    }
}

#[test]
fn moved_shortened_and_cancelled_instances() {
    let moved =
        instance(":20261202T120000Z", "DTSTART:20261202T150000Z\nDURATION:PT30M\nSUMMARY:later");
    assert_eq!(
        december(&daily("", &moved)),
        ["01T12+60", "02T15+30 later", "03T12+60", "04T12+60", "05T12+60"]
    );
    // Without a name or a scope of its own it has the series'.
    let bare = instance(":20261202T120000Z", "DTSTART:20261202T150000Z\nDURATION:PT30M");
    let loaded = ical(&daily("", &bare));
    assert!(shown(&loaded).contains(&"noon 2026-12-02T15:00/2026-12-02T15:30".to_owned()));
    let windows = loaded.timetable.windows(at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    assert!(
        windows.unwrap().iter().all(|window| window
            .scope
            .patterns(crate::scope::Field::Task)
            .len()
            == 1)
    );
    // By local day, and by another zone's time.
    for id in [";VALUE=DATE:20261202", ";TZID=Asia/Tokyo:20261202T210000"] {
        let cancelled = instance(id, "DTSTART:20261202T120000Z\nSTATUS:CANCELLED");
        assert_eq!(
            december(&daily("", &cancelled)),
            ["01T12+60", "03T12+60", "04T12+60", "05T12+60"],
            "{id}"
        );
    }
    // The highest SEQUENCE wins, wherever it stands.
    let version = |sequence: u32, hour: u32| {
        let lines = format!(
            "DTSTART:20261202T{hour}0000Z\nDURATION:PT1H\nSEQUENCE:{sequence}\nSUMMARY:noon"
        );
        instance(":20261202T120000Z", &lines)
    };
    let text = daily("", &(version(2, 15) + &version(3, 16) + &version(1, 17)));
    assert_eq!(december(&text), ["01T12+60", "02T16+60", "03T12+60", "04T12+60", "05T12+60"]);
    // An orphan is an event like any other.
    let orphan =
        instance(":20271202T120000Z", "DTSTART:20271202T120000Z\nDURATION:PT1H\nSUMMARY:o");
    assert_eq!(december(&daily("", &orphan)).last().map(String::as_str), Some("02T12+60 o"));
    assert_eq!(december(&orphan), ["02T12+60 o"]);
}

#[test]
fn a_range_moves_its_instance_and_all_later_ones() {
    let id = ";RANGE=THISANDFUTURE:20261203T120000Z";
    let later = instance(id, "DTSTART:20261203T140000Z\nDURATION:PT2H\nSUMMARY:later");
    let expected =
        ["01T12+60", "02T12+60", "03T14+120 later", "04T14+120 later", "05T14+120 later"];
    assert_eq!(december(&daily("", &later)), expected);
    let single =
        instance(":20261204T120000Z", "DTSTART:20261204T080000Z\nDURATION:PT1H\nSUMMARY:early");
    assert_eq!(
        december(&daily("", &(later.clone() + &single))),
        ["01T12+60", "02T12+60", "03T14+120 later", "04T08+60 early", "05T14+120 later"]
    );
    let ended = instance(id, "DTSTART:20261203T120000Z\nSTATUS:CANCELLED");
    assert_eq!(december(&daily("", &ended)), ["01T12+60", "02T12+60"]);
    // What moved is found also by its new time alone.
    let loaded = ical(&daily("", &later));
    let windows = loaded.timetable.windows(at("2026-12-05T15:30:00Z"), at("2026-12-05T15:31:00Z"));
    assert_eq!(
        windows.unwrap().iter().map(show).collect::<Vec<_>>(),
        ["later 2026-12-05T14:00/2026-12-05T16:00"]
    );
}

/// The clock of Paris skips the hour from 02:00 on 28 March 2027, and shows it twice on
/// 31 October; that of São Paulo had no midnight on 4 November 2018.
#[test]
fn the_rest_of_a_series_moves_by_its_own_clock_where_the_clock_changes() {
    let spring =
        "DTSTART;TZID=Europe/Paris:20270327T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4";
    let autumn = spring.replace("20270327", "20271030");
    let morning = spring.replace("T023000", "T050000");
    let hours =
        "DTSTART;TZID=Europe/Paris:20271031T013000\nDURATION:PT10M\nRRULE:FREQ=HOURLY;COUNT=4";
    let days = "DTSTART;TZID=America/Sao_Paulo;VALUE=DATE:20181103\nRRULE:FREQ=DAILY;COUNT=4";
    let later = "27T01:30 28T03:00 29T03:00 30T03:00";
    for (series, id, start, expected) in [
        (spring, ";TZID=Europe/Paris:20270328T023000", ";TZID=Europe/Paris:20270328T050000", later),
        (spring, ":20270328T013000Z", ";TZID=Europe/Paris:20270328T050000", later),
        (spring, ":20270328T013000Z", ":20270328T030000Z", later),
        (spring, ";VALUE=DATE:20270328", ";TZID=Europe/Paris:20270328T050000", later),
        (
            &morning,
            ";TZID=Europe/Paris:20270328T050000",
            ";TZID=Europe/Paris:20270328T023000",
            "27T04:00 28T01:30 29T00:30 30T00:30",
        ),
        (
            &autumn,
            ";TZID=Europe/Paris:20271031T023000",
            ";TZID=Europe/Paris:20271031T050000",
            "30T00:30 31T04:00 01T04:00 02T04:00",
        ),
        // The second time that it is 02:30, and the others with it.
        (&autumn, ":20271031T003000Z", ":20271031T013000Z", "30T00:30 31T01:30 01T01:30 02T01:30"),
        (hours, ":20271031T003000Z", ":20271031T003000Z", "30T23:30 31T00:30 31T01:30 31T02:30"),
        (hours, ":20271031T003000Z", ":20271031T004000Z", "30T23:30 31T00:40 31T01:40 31T02:40"),
        (hours, ":20271031T013000Z", ":20271031T012000Z", "30T23:30 31T00:30 31T01:20 31T02:20"),
        (
            days,
            ";VALUE=DATE:20181104",
            ";TZID=America/Sao_Paulo;VALUE=DATE:20181105",
            "03T03:00 05T02:00 06T02:00 07T02:00",
        ),
    ] {
        let length = if series == days { "" } else { "DURATION:PT1H\n" };
        let id = format!(";RANGE=THISANDFUTURE{id}");
        let rest = instance(&id, &format!("DTSTART{start}\n{length}SUMMARY:rest"));
        let text = format!("BEGIN:VEVENT\nUID:a\nSUMMARY:x\n{series}\nEND:VEVENT\n{rest}");
        let loaded = ical(&text);
        let windows =
            loaded.timetable.windows(crate::time::UtcTime::MIN, at("2030-01-01T00:00:00Z"));
        let starts: Vec<String> = windows
            .unwrap()
            .iter()
            .map(|window| window.start.to_string()[8..16].to_owned())
            .collect();
        assert_eq!(starts.join(" "), expected, "{series} {id} {start}");
    }
}

#[test]
fn whole_events_and_their_uids() {
    let event = |uid: &str, lines: &str| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}\nDTSTART:20261201T120000Z\nDURATION:PT1H\n{lines}\nEND:VEVENT\n"
        )
    };
    let cancelled = "BEGIN:VEVENT\nSTATUS:CANCELLED\nEND:VEVENT\n";
    for cancelled in [&event("y", "STATUS:CANCELLED"), cancelled] {
        assert_eq!(listed(cancelled), Vec::<String>::new());
        let other = event("x", "SUMMARY:noon");
        assert_eq!(december(&(other + cancelled)), ["01T12+60"]);
    }
    // Of two versions the later one is meant.
    let two = event("x", "SEQUENCE:1\nSUMMARY:old") + &event("x", "SEQUENCE:2\nSUMMARY:new");
    let loaded = read_as("x.ics", two.as_bytes());
    assert_eq!(shown(&loaded), ["new 2026-12-01T12:00/2026-12-01T13:00"]);
    assert_eq!(
        problems(&loaded),
        ["x.ics:8: the UID \"x\" stands above already (give each event a UID of its own)"]
    );
    // UNTIL before DTSTART leaves nothing; DTSTART counts where the rule does
    // not make it; a recurrence without an end is named at its first line.
    assert_eq!(listed(&event("x", "RRULE:FREQ=DAILY;UNTIL=20261130")), Vec::<String>::new());
    let unmatched = event("x", "RRULE:FREQ=WEEKLY;COUNT=1;BYDAY=SU\nSUMMARY:noon");
    assert_eq!(december(&unmatched), ["01T12+60", "06T12+60"]);
    // UNTIL is inclusive: as an instant, a local time, a whole day.
    for until in ["20261203T120000Z", "20261203T120000", "20261203"] {
        let text = event("x", &format!("RRULE:FREQ=DAILY;UNTIL={until}\nSUMMARY:noon"));
        assert_eq!(december(&text), ["01T12+60", "02T12+60", "03T12+60"], "{until}");
    }
}

#[test]
fn scopes_and_kinds_are_read_from_categories_and_our_properties() {
    let text = "BEGIN:VEVENT\nDTSTART:20261201T120000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT\n\
        CATEGORIES:Holiday,environment:prod,MAINTENANCE-OPEN\nCATEGORIES:Task:a\\,b\n\
        X-MAINTENANCE-SCOPE:workspace:Finance,tag:eu*\nEND:VEVENT\n\
        BEGIN:VEVENT\nDTSTART:20261201T130000Z\nDURATION:PT1H\nX-MAINTENANCE-KIND:Open\nEND:VEVENT\n\
        BEGIN:VEVENT\nDTSTART:20261201T140000Z\nDURATION:PT1H\nEND:VEVENT\n";
    let loaded = ical(text);
    let windows = loaded.timetable.into_windows().unwrap();
    let scope = &windows[0].scope;
    let patterns: Vec<&str> = crate::scope::Field::ALL
        .iter()
        .flat_map(|&field| scope.patterns(field))
        .map(crate::scope::Pattern::as_str)
        .collect();
    assert_eq!(patterns, ["prod", "Finance", "a,b", "eu*"]);
    assert!(windows[..2].iter().all(|window| window.kind == crate::window::WindowKind::Open));
    assert_eq!(windows[2].kind, crate::window::WindowKind::Maintenance);
    assert!(windows[1].scope.is_unrestricted());
}

/// Which of a series and its overrides is the newer one.
#[test]
fn a_newer_series_ends_an_older_override_of_an_instance_that_it_excludes() {
    let moved = |sequence: &str| {
        let lines = format!("DTSTART:20261202T150000Z\nDURATION:PT1H\nSUMMARY:later\n{sequence}");
        instance(":20261202T120000Z", &lines)
    };
    let without = "01T12+60 03T12+60 04T12+60 05T12+60";
    let with = "01T12+60 02T15+60 later 03T12+60 04T12+60 05T12+60";
    for (series, sequence, expected) in [
        ("SEQUENCE:3\nEXDATE:20261202T120000Z", "SEQUENCE:2", without),
        ("SEQUENCE:1\nEXDATE:20261202T120000Z", "", without),
        ("SEQUENCE:3\nEXDATE;VALUE=DATE:20261202", "SEQUENCE:2", without),
        ("SEQUENCE:3\nEXDATE;TZID=Asia/Tokyo:20261202T210000", "SEQUENCE:2", without),
        // Of the same age, or older: the override is what somebody wanted.
        ("SEQUENCE:3\nEXDATE:20261202T120000Z", "SEQUENCE:3", with),
        ("EXDATE:20261202T120000Z", "", with),
        ("SEQUENCE:3\nEXDATE:20261202T120000Z", "SEQUENCE:4", with),
        // It excludes another one.
        ("SEQUENCE:3\nEXDATE:20261210T120000Z", "SEQUENCE:2", with),
        ("SEQUENCE:3", "SEQUENCE:2", with),
    ] {
        for text in [daily(series, &moved(sequence)), moved(sequence) + &daily(series, "")] {
            assert_eq!(december(&text).join(" "), expected, "{series} / {sequence}");
        }
    }
}

#[test]
fn a_cancelled_series_takes_its_overrides_along() {
    let moved = |sequence: &str| {
        let lines = format!("DTSTART:20261202T150000Z\nDURATION:PT1H\nSUMMARY:later\n{sequence}");
        instance(":20261202T120000Z", &lines)
    };
    for (series, sequence, expected) in [
        ("STATUS:CANCELLED", "", ""),
        ("STATUS:CANCELLED\nSEQUENCE:3", "SEQUENCE:2", ""),
        ("STATUS:CANCELLED\nSEQUENCE:2", "SEQUENCE:3", "02T15+60 later"),
    ] {
        let text = daily(series, &moved(sequence));
        assert_eq!(listed(&text).join(" "), expected, "{series} / {sequence}");
    }
}

#[test]
fn a_cancelled_instance_is_only_named() {
    let left = "01T12+60 03T12+60 04T12+60 05T12+60";
    for id in [":20261202T120000Z", ";TZID=Asia/Tokyo:20261202T210000", ";VALUE=DATE:20261202"] {
        let cancelled = instance(id, "STATUS:CANCELLED");
        assert_eq!(december(&daily("", &cancelled)).join(" "), left, "{id}");
    }
    // A time without a zone is the series' own.
    let local = instance(":20261202T120000", "STATUS:CANCELLED");
    assert_eq!(december(&daily("", &local)).join(" "), left);
    let rest = instance(";RANGE=THISANDFUTURE:20261203T120000Z", "STATUS:CANCELLED");
    assert_eq!(december(&daily("", &rest)).join(" "), "01T12+60 02T12+60");
    // The newer one counts: it takes place again, or is called off again.
    let again = "DTSTART:20261202T120000Z\nDURATION:PT1H\nSUMMARY:noon";
    for (cancelled, other, expected) in [(1, 2, true), (2, 1, false)] {
        let cancelled =
            instance(":20261202T120000Z", &format!("STATUS:CANCELLED\nSEQUENCE:{cancelled}"));
        let other = instance(":20261202T120000Z", &format!("{again}\nSEQUENCE:{other}"));
        let found = december(&daily("", &(cancelled + &other)));
        assert_eq!(found.contains(&"02T12+60".to_owned()), expected);
    }
    // One that is not cancelled has to say when it is.
    let loaded = read_as("x.ics", instance(":20261202T120000Z", "SUMMARY:x").as_bytes());
    assert!(problems(&loaded)[0].contains("the event has no DTSTART"));
}

#[test]
fn an_instance_that_moves_alone_where_the_rest_moves_too() {
    let rest = |sequence: u32| {
        let id = ";RANGE=THISANDFUTURE:20261203T120000Z";
        let lines = format!("DTSTART:20261203T140000Z\nDURATION:PT2H\nSEQUENCE:{sequence}");
        instance(id, &lines)
    };
    let alone = |sequence: u32| {
        let lines = format!("DTSTART:20261203T080000Z\nDURATION:PT1H\nSEQUENCE:{sequence}");
        instance(":20261203T120000Z", &lines)
    };
    for (rest_sequence, alone_sequence, third) in
        [(1, 1, "03T08+60"), (1, 2, "03T08+60"), (2, 1, "03T14+120")]
    {
        let expected = ["01T12+60", "02T12+60", third, "04T14+120", "05T14+120"];
        let (rest, alone) = (rest(rest_sequence), alone(alone_sequence));
        assert_eq!(december(&daily("", &(rest.clone() + &alone))), expected);
        assert_eq!(december(&daily("", &(alone + &rest))), expected);
    }
}

#[test]
fn a_recurrence_of_one_instance_is_reported_once_a_file() {
    let lines = "DTSTART:20261202T150000Z\nDURATION:PT1H\n";
    for (recurrence, reported) in [
        ("RRULE:FREQ=DAILY;COUNT=5", "x.ics:16:7: rrule: it is passed over"),
        ("RDATE:20261220T120000Z", "x.ics:16:7: rdate: it is passed over"),
        ("STATUS:CANCELLED\nEXDATE:20261202T150000Z", "x.ics:17:8: exdate: it is passed over"),
        ("RDATE:20261220T120000Z\nRRULE:FREQ=DAILY", "x.ics:16:7: rdate: it is passed over"),
    ] {
        let other = instance(":20261202T120000Z", &format!("{lines}{recurrence}"));
        let text = daily("SEQUENCE:0", &other);
        let texts = problems(&read_as("x.ics", text.as_bytes()));
        assert!(texts.len() == 1 && texts[0].starts_with(reported), "{recurrence}: {texts:?}");
        let (_, line) = recurrence.rsplit_once("CANCELLED\n").unwrap_or(("", recurrence));
        let without = daily("SEQUENCE:0", &other.replace(line, "X-NONE:"));
        assert_eq!(listed(&text), listed(&without), "{recurrence}");
        let twice = other.replace("20261202", "20261203");
        let texts = problems(&read_as("x.ics", daily("SEQUENCE:0", &(other + &twice)).as_bytes()));
        let more =
            |text: &String| text.starts_with(reported) && text.contains("; so 1 more in this file");
        assert!(texts.len() == 1 && texts.iter().all(more), "{recurrence}: {texts:?}");
    }
}

/// Of what is said about an instance the highest SEQUENCE counts, also where one event
/// is about the rest of the series.
#[test]
fn a_newer_rest_of_a_series_replaces_older_overrides_of_later_instances() {
    let rest = |day: u32, sequence: u32, lines: &str| {
        let id = format!(";RANGE=THISANDFUTURE:2026120{day}T120000Z");
        let start = format!("DTSTART:2026120{day}T140000Z\nDURATION:PT2H");
        instance(&id, &format!("{start}\nSEQUENCE:{sequence}\n{lines}"))
    };
    let alone = |day: u32, sequence: u32, lines: &str| {
        let start = format!("DTSTART:2026120{day}T080000Z\nDURATION:PT1H");
        let lines = format!("{start}\nSEQUENCE:{sequence}\n{lines}");
        instance(&format!(":2026120{day}T120000Z"), &lines)
    };
    let cancelled = "STATUS:CANCELLED";
    for (one, other, left) in [
        (rest(2, 5, cancelled), alone(4, 1, ""), "01T12+60"),
        (rest(2, 5, cancelled), alone(4, 5, ""), "01T12+60 04T08+60"),
        (rest(2, 5, cancelled), alone(4, 6, ""), "01T12+60 04T08+60"),
        (rest(4, 5, cancelled), alone(3, 1, ""), "01T12+60 02T12+60 03T08+60"),
        (rest(4, 5, cancelled), alone(4, 1, ""), "01T12+60 02T12+60 03T12+60"),
        (rest(2, 5, ""), alone(4, 1, ""), "01T12+60 02T14+120 03T14+120 04T14+120 05T14+120"),
        (
            rest(2, 5, ""),
            alone(4, 1, cancelled),
            "01T12+60 02T14+120 03T14+120 04T14+120 05T14+120",
        ),
        (rest(2, 5, ""), alone(4, 5, ""), "01T12+60 02T14+120 03T14+120 04T08+60 05T14+120"),
        (rest(2, 1, ""), alone(4, 5, cancelled), "01T12+60 02T14+120 03T14+120 05T14+120"),
        // Of two that move the rest.
        (rest(2, 5, cancelled), rest(4, 1, ""), "01T12+60"),
        (rest(2, 5, cancelled), rest(4, 5, ""), "01T12+60 04T14+120 05T14+120"),
        (rest(2, 5, ""), rest(4, 1, cancelled), "01T12+60 02T14+120 03T14+120 04T14+120 05T14+120"),
        (rest(2, 1, ""), rest(4, 5, cancelled), "01T12+60 02T14+120 03T14+120"),
    ] {
        for text in [format!("{one}{other}"), format!("{other}{one}")] {
            assert_eq!(december(&daily("", &text)).join(" "), left, "{text}");
        }
    }
    // Without the series there is no rest that could be moved.
    for (lines, left) in [(cancelled, ""), ("", "02T14+120 04T08+60")] {
        assert_eq!(listed(&(rest(2, 5, lines) + &alone(4, 1, ""))).join(" "), left, "{lines}");
    }
}

#[test]
fn ranges_that_mean_nothing_are_reported() {
    let lines = "DTSTART:20261202T150000Z\nDURATION:PT1H";
    let before = instance(";RANGE=THISANDPRIOR:20261202T120000Z", lines);
    let texts = problems(&read_as("x.ics", daily("", &before).as_bytes()));
    assert!(
        texts.len() == 1 && texts[0].contains("the range \"THISANDPRIOR\" is not read"),
        "{texts:?}"
    );
    let orphan = instance(";RANGE=THISANDFUTURE:20261202T120000Z", lines);
    let texts = problems(&read_as("x.ics", orphan.as_bytes()));
    assert!(texts.len() == 1 && texts[0].contains("the series is not in the file"), "{texts:?}");
}
