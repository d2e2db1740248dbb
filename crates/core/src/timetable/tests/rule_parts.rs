//! The parts of a rule as they are read (RFC 5545, section 3.3.10).

use crate::timetable::rrule::{Freq, RecurrenceRule};

/// A part without a `=` could stand for an end or a day; a word that has
/// nothing of a rule is passed over and reported.
#[test]
fn parts_are_read_passed_over_or_refused() {
    let (read, passed_over) = ("", "is passed over");
    for (part, outcome) in [
        ("INTERVAL=2147483648", read),
        ("INTERVAL=2147483649", "is not a number from 1 on"),
        ("COUNT=1000000", read),
        ("COUNT=1000001", "is not a number from 1 to 1000000"),
        ("COUNT=0", "is not a number from 1 to 1000000"),
        ("UNTIL=20261301", "is not a date or a time"),
        ("UNTIL=2026-12-01T00:00:00Z", read),
        ("RSCALE=GREGORIAN", read),
        ("rscale=gregorian", read),
        ("RSCALE=HEBREW", "RSCALE=HEBREW is not a part of a rule"),
        ("SKIP=OMIT", read),
        ("SKIP=FORWARD", "SKIP=FORWARD is not a part of a rule"),
        ("X-OWN=1", passed_over),
        ("XOWN=1", "XOWN=1 is not a part of a rule"),
        ("BYEASTER=1", "BYEASTER=1 is not a part of a rule"),
        ("BYSECOND=60", read),
        ("BYSECOND=61", "is not a number from 0 to 60"),
        ("BYMINUTE=0,59", read),
        ("BYMINUTE=60", "is not a number from 0 to 59"),
        ("BYHOUR=0,23", read),
        ("BYHOUR=24", "is not a number from 0 to 23"),
        ("BYMONTH=1,12", read),
        ("BYMONTH=0", "is not a number from 1 to 12"),
        ("BYMONTH=13", "is not a number from 1 to 12"),
        ("BYMONTHDAY=-31,31", read),
        ("BYMONTHDAY=32", "is not a number from -31 to 31"),
        ("BYMONTHDAY=0", "there is no such one"),
        ("BYYEARDAY=-366,366", read),
        ("BYYEARDAY=367", "is not a number from -366 to 366"),
        ("BYWEEKNO=-53,53", read),
        ("BYWEEKNO=54", "is not a number from -53 to 53"),
        ("BYSETPOS=-366,366", read),
        ("BYSETPOS=-367", "is not a number from -366 to 366"),
        ("BYDAY=-53MO,+53SU", read),
        ("BYDAY=54MO", "there is no such weekday"),
        ("BYDAY=-54MO", "there is no such weekday"),
        ("BYDAY=0MO", "there is no such weekday"),
        ("BYDAY=MOO", "is not a weekday"),
        ("BYDAY=MO,,TU", "has an empty value"),
        ("BYDAY=", "has no value"),
        ("FREQ=DAILY", "FREQ stands twice"),
        // Without a value.
        ("SOMETIMES", passed_over),
        ("MO", "\"MO\" has no value"),
        ("mo, tu", "has no value"),
        ("EVERY2", "has no value"),
        ("COUNTED", "has no value"),
        ("FRQ", "has no value"),
        ("FRAQS", passed_over),
        ("UNTL", "has no value"),
        ("UNL", passed_over),
        ("INTRVL", "has no value"),
        ("INTVL", passed_over),
        (";BYHOUR=1", "the part behind FREQ is empty"),
    ] {
        let result = RecurrenceRule::parse(&format!("FREQ=YEARLY;{part}"));
        let reported = match &result {
            Ok((_, passed_over)) => passed_over.join(" "),
            Err(bad) => bad.message.clone(),
        };
        assert_eq!(result.is_ok(), outcome == read || outcome == passed_over, "{part}: {reported}");
        assert!(
            reported.contains(outcome) && reported.is_empty() == outcome.is_empty(),
            "{part}: {reported}"
        );
    }
}

#[test]
fn a_part_without_a_value_is_reported_with_what_it_may_lack() {
    for (rule, hint) in [
        ("FREQ=WEEKLY;BYDAY=MO;TU", "write a comma between values: BYDAY=MO,TU"),
        ("FREQ=WEEKLY;TU", "write its value, such as COUNT=10, or remove it"),
        ("FREQ=WEEKLY;;COUNT=2", "write one ; between two parts"),
        (";FREQ=WEEKLY", "write for example FREQ=WEEKLY;BYDAY=SU"),
    ] {
        let reported = RecurrenceRule::parse(rule).map_err(|bad| bad.hint);
        assert_eq!(reported, Err(hint.to_owned()), "{rule}");
    }
}

#[test]
fn a_rule_may_carry_its_propertys_name_and_a_last_semicolon() {
    for text in ["RRULE:FREQ=DAILY", "rrule:freq=daily", " FREQ=DAILY; ", "FREQ = daily"] {
        let rule = RecurrenceRule::parse(text).map(|(rule, _)| rule);
        assert_eq!(rule, Ok(RecurrenceRule::every(Freq::Daily)), "{text}");
    }
    for text in ["", ";FREQ=DAILY", "FREQ=DAYLY", "INTERVAL=2", "EXRULE:FREQ=DAILY", "é=1"] {
        assert!(RecurrenceRule::parse(text).is_err(), "{text}");
    }
}

/// The table of RFC 5545, section 3.3.10.
#[test]
fn combinations_that_the_table_forbids_are_refused() {
    let all = ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
    for (part, allowed) in [
        ("BYWEEKNO=1", &["YEARLY"][..]),
        ("BYYEARDAY=1", &["SECONDLY", "MINUTELY", "HOURLY", "YEARLY"]),
        ("BYMONTHDAY=1", &["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "MONTHLY", "YEARLY"]),
        ("BYDAY=1MO", &["MONTHLY", "YEARLY"]),
        ("BYDAY=1MO;BYWEEKNO=1", &[]),
        ("BYDAY=MO;BYWEEKNO=1", &["YEARLY"]),
        ("BYDAY=MO", &all),
        ("BYMONTH=1", &all),
        ("BYSETPOS=1", &all),
    ] {
        for freq in all {
            let result = RecurrenceRule::parse(&format!("FREQ={freq};{part}"));
            assert_eq!(result.is_ok(), allowed.contains(&freq), "{freq} {part}: {result:?}");
            let reported = result.err().is_none_or(|bad| bad.message.contains("section 3.3.10"));
            assert!(reported, "{freq} {part}");
        }
    }
}
