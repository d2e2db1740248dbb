//! The parts of a rule with every frequency, by the table of RFC 5545, section
//! 3.3.10: which expand, and which limit.
//!
//! The starts are those that dateutil 2.9 makes too, but for three readings on which
//! other programs agree: a leap second is never met, BYWEEKNO alone means the weekday
//! of DTSTART, and the set of BYSETPOS begins with the week, not with DTSTART.

use std::time::Duration;

use super::{at, ical};
use crate::time::UtcTime;
use crate::timetable::Timetable;

/// DTSTART, the rule, and its first starts: the time of day is DTSTART's, and the day
/// the last one's, where they are left out.
const PARTS: &[(&str, &str, &str)] = &[
    ("20240229T093015", "FREQ=YEARLY", "2024-02-29 2028-02-29 2032-02-29 2036-02-29"),
    ("20260115T093015", "FREQ=YEARLY;INTERVAL=3", "2026-01-15 2029-01-15 2032-01-15 2035-01-15"),
    (
        "20260131T093015",
        "FREQ=YEARLY;BYMONTH=1,2,3,4",
        "2026-01-31 2026-03-31 2027-01-31 2027-03-31 2028-01-31",
    ),
    (
        "20251229T093015",
        "FREQ=YEARLY;BYWEEKNO=1,53,-1;BYDAY=MO,SU",
        "2025-12-29 2026-01-04 2026-12-28 2027-01-03 2027-01-04 2027-01-10 2027-12-27 \
         2028-01-02 2028-01-03 2028-01-09",
    ),
    (
        "20251228T093015",
        "FREQ=YEARLY;BYWEEKNO=1,-52;BYDAY=MO,SU;WKST=SU",
        "2026-01-04 2026-01-05 2027-01-03 2027-01-04 2028-01-02 2028-01-03",
    ),
    // The rest of DTSTART's own week, which another year has than DTSTART.
    (
        "20270101T093015",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR,SA,SU",
        "2027-01-01 2027-01-02 2027-01-03 2032-12-31 2033-01-01 2033-01-02 2038-01-01",
    ),
    (
        "20270102T093015",
        "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=FR,SA,SU",
        "2027-01-02 2027-01-03 2027-12-31 2028-01-01 2028-01-02 2028-12-29",
    ),
    (
        "20241230T093015",
        "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TU,WE",
        "2024-12-30 2024-12-31 2025-01-01 2025-12-29 2025-12-30 2025-12-31 2027-01-04",
    ),
    // INTERVAL counts years of weeks from that one, or from DTSTART's where its week is
    // not named.
    (
        "20241230T093015",
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO,TU,WE",
        "2024-12-30 2024-12-31 2025-01-01 2027-01-04 2027-01-05 2027-01-06 2029-01-01",
    ),
    (
        "20270101T093015",
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=53,1;BYDAY=FR,SA",
        "2027-01-01 2027-01-02 2028-01-07 2028-01-08 2030-01-04 2030-01-05 2032-01-02",
    ),
    (
        "20270101T093015",
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=20;BYDAY=MO",
        "2027-05-17 2029-05-14 2031-05-12",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYWEEKNO=1;BYMONTH=12;BYDAY=MO,TU,WE",
        "2029-12-31 2030-12-30 2030-12-31 2031-12-29 2031-12-30",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYWEEKNO=2,3;BYMONTHDAY=7,15",
        "2026-01-07 2026-01-15 2027-01-15 2028-01-15 2029-01-15",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYWEEKNO=1,2;BYYEARDAY=2,8,-365",
        "2026-01-01 2026-01-02 2026-01-08 2027-01-08 2028-01-08 2029-01-01",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYYEARDAY=1,60,365,366,-366",
        "2026-01-01 2026-03-01 2026-12-31 2027-01-01 2027-03-01 2027-12-31 2028-01-01 \
         2028-02-29 2028-12-30",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYYEARDAY=-1,-306,59;BYMONTH=2,3",
        "2026-02-28 2026-03-01 2027-02-28 2027-03-01 2028-02-28 2028-03-01",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYYEARDAY=31,32,-335;BYMONTHDAY=1",
        "2026-02-01 2027-02-01 2028-02-01 2029-02-01 2030-02-01",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYYEARDAY=1,2,3,8,-1;BYDAY=1TH,-1TH",
        "2026-01-01 2026-12-31 2030-01-03 2031-01-02 2032-01-01 2036-01-03",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYMONTHDAY=31,-31",
        "2026-01-01 2026-01-31 2026-03-01 2026-03-31 2026-05-01 2026-05-31 2026-07-01 \
         2026-07-31",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYMONTHDAY=30,-1;BYMONTH=2,4",
        "2026-02-28 2026-04-30 2027-02-28 2027-04-30 2028-02-29",
    ),
    (
        "20260213T093015",
        "FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR",
        "2026-02-13 2026-03-13 2026-11-13 2027-08-13 2028-10-13",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYMONTHDAY=1,2,3,31;BYDAY=1TH,-1TH",
        "2026-01-01 2026-12-31 2030-01-03 2031-01-02 2032-01-01 2036-01-03",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYMONTHDAY=1,8,29;BYMONTH=1,10;BYDAY=1TH,-1TH",
        "2026-01-01 2026-01-29 2026-10-01 2026-10-29 2032-01-01",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYDAY=1MO,-1MO,53TH,-53TH",
        "2026-01-01 2026-01-05 2026-12-28 2026-12-31 2027-01-04 2027-12-27 2028-01-03 \
         2028-12-25",
    ),
    (
        "20260101T093015",
        "FREQ=YEARLY;BYDAY=SU;BYSETPOS=2,-2",
        "2026-01-11 2026-12-20 2027-01-10 2027-12-19",
    ),
    (
        "20260102T093015",
        "FREQ=YEARLY;BYDAY=5FR,-5FR,1SU;BYMONTH=1,12",
        "2026-01-02 2026-01-04 2026-01-30 2026-12-06 2027-01-01 2027-01-03 2027-01-29 \
         2027-12-03",
    ),
    (
        "20260115T093015",
        "FREQ=YEARLY;BYHOUR=6,22;BYSETPOS=-1",
        "2026-01-15T22:30:15 2027-01-15T22:30:15 2028-01-15T22:30:15",
    ),
    ("20260114T093015", "FREQ=YEARLY;BYWEEKNO=20", "2026-05-13 2027-05-19 2028-05-17"),
    ("20260131T093015", "FREQ=MONTHLY", "2026-01-31 2026-03-31 2026-05-31 2026-07-31 2026-08-31"),
    (
        "20261115T093015",
        "FREQ=MONTHLY;INTERVAL=5",
        "2026-11-15 2027-04-15 2027-09-15 2028-02-15 2028-07-15",
    ),
    (
        "20260131T093015",
        "FREQ=MONTHLY;BYMONTH=3,4,12",
        "2026-03-31 2026-12-31 2027-03-31 2027-12-31",
    ),
    (
        "20260115T093015",
        "FREQ=MONTHLY;BYMONTHDAY=30,-30",
        "2026-01-30 2026-03-02 2026-03-30 2026-04-01 2026-04-30 2026-05-02",
    ),
    (
        "20260113T093015",
        "FREQ=MONTHLY;BYMONTHDAY=-31,31;BYMONTH=1,2,4,12",
        "2026-01-31 2026-12-01 2026-12-31 2027-01-01 2027-01-31 2027-12-01",
    ),
    (
        "20260115T093015",
        "FREQ=MONTHLY;BYDAY=5TH,-5TH",
        "2026-01-29 2026-04-02 2026-04-30 2026-07-02 2026-07-30 2026-10-01",
    ),
    (
        "20260115T093015",
        "FREQ=MONTHLY;BYMONTHDAY=5,6,7,8;BYDAY=1SU,-4SU",
        "2026-03-08 2026-04-05 2026-06-07 2026-07-05 2026-09-06",
    ),
    (
        "20260115T093015",
        "FREQ=MONTHLY;BYDAY=MO,FR;BYHOUR=9,10;BYSETPOS=1,-2,40",
        "2026-01-30 2026-02-02 2026-02-27 2026-03-02 2026-03-30 2026-04-03",
    ),
    (
        "20260115T093015",
        "FREQ=MONTHLY;BYDAY=WE;BYSETPOS=-5,5",
        "2026-04-01 2026-04-29 2026-07-01 2026-07-29 2026-09-02",
    ),
    ("20260115T093015", "FREQ=WEEKLY;INTERVAL=3", "2026-01-15 2026-02-05 2026-02-26 2026-03-19"),
    (
        "20260115T093015",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU,TH",
        "2026-01-15 2026-01-18 2026-01-26 2026-01-29 2026-02-01 2026-02-09 2026-02-12",
    ),
    (
        "20260115T093015",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU,TH;WKST=SU",
        "2026-01-15 2026-01-25 2026-01-26 2026-01-29 2026-02-08 2026-02-09 2026-02-12",
    ),
    (
        "20260115T093015",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,TH;WKST=TH",
        "2026-01-15 2026-01-21 2026-01-29 2026-02-04 2026-02-12 2026-02-18",
    ),
    (
        "20260115T093015",
        "FREQ=WEEKLY;BYMONTH=2,12",
        "2026-02-05 2026-02-12 2026-02-19 2026-02-26 2026-12-03 2026-12-10",
    ),
    (
        "20260115T093015",
        "FREQ=WEEKLY;BYDAY=MO,FR;BYMONTH=1,3",
        "2026-01-16 2026-01-19 2026-01-23 2026-01-26 2026-01-30 2026-03-02 2026-03-06",
    ),
    (
        "20260114T093015",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1,2",
        "2026-01-14 2026-01-16 2026-01-21 2026-01-23 2026-01-28",
    ),
    (
        "20260115T093015",
        "FREQ=DAILY;INTERVAL=10",
        "2026-01-15 2026-01-25 2026-02-04 2026-02-14 2026-02-24",
    ),
    (
        "20260115T093015",
        "FREQ=DAILY;BYMONTH=1,3;BYMONTHDAY=-1,30,1",
        "2026-01-30 2026-01-31 2026-03-01 2026-03-30 2026-03-31 2027-01-01 2027-01-30",
    ),
    (
        "20260115T093015",
        "FREQ=DAILY;INTERVAL=2;BYDAY=TH,SU",
        "2026-01-15 2026-01-25 2026-01-29 2026-02-08 2026-02-12 2026-02-22",
    ),
    (
        "20260115T093015",
        "FREQ=DAILY;BYHOUR=7,9,10;BYMINUTE=0,30,45;BYSECOND=10,15,20",
        "2026-01-15 T09:30:20 T09:45:10 T09:45:15 T09:45:20 T10:00:10 T10:00:15 T10:00:20 \
         T10:30:10 T10:30:15 T10:30:20 T10:45:10 T10:45:15 T10:45:20",
    ),
    (
        "20260115T093015",
        "FREQ=DAILY;BYHOUR=7,9;BYMINUTE=0,45;BYSETPOS=1,-1",
        "2026-01-15T09:45:15 2026-01-16T07:00:15 T09:45:15 2026-01-17T07:00:15 T09:45:15",
    ),
    (
        "20260115T093015",
        "FREQ=DAILY;BYHOUR=0,23;BYSECOND=0,59",
        "2026-01-15T23:30:00 T23:30:59 2026-01-16T00:30:00 T00:30:59 T23:30:00 T23:30:59 \
         2026-01-17T00:30:00 T00:30:59",
    ),
    ("20991231T093015", "FREQ=DAILY;INTERVAL=59", "2099-12-31 2100-02-28 2100-04-28 2100-06-26"),
    ("20260115T093015", "FREQ=DAILY;BYSECOND=15,60", "2026-01-15 2026-01-16 2026-01-17"),
    (
        "20260115T093015",
        "FREQ=HOURLY;INTERVAL=7",
        "2026-01-15 T16:30:15 T23:30:15 2026-01-16T06:30:15 T13:30:15 T20:30:15",
    ),
    (
        "20260131T203015",
        "FREQ=HOURLY;INTERVAL=5;BYMONTH=1,3",
        "2026-01-31 2026-03-01T04:30:15 T09:30:15 T14:30:15 T19:30:15 2026-03-02T00:30:15",
    ),
    (
        "20261231T203015",
        "FREQ=HOURLY;INTERVAL=11;BYMONTH=1,12",
        "2026-12-31 2027-01-01T07:30:15 T18:30:15 2027-01-02T05:30:15 T16:30:15 \
         2027-01-03T03:30:15 T14:30:15 2027-01-04T01:30:15",
    ),
    (
        "20260129T203015",
        "FREQ=HOURLY;INTERVAL=9;BYMONTHDAY=1,-2",
        "2026-01-30T05:30:15 T14:30:15 T23:30:15 2026-02-01T02:30:15 T11:30:15 T20:30:15 \
         2026-02-27T08:30:15 T17:30:15",
    ),
    (
        "20260129T203015",
        "FREQ=HOURLY;INTERVAL=9;BYYEARDAY=31,-1",
        "2026-01-31T08:30:15 T17:30:15 2026-12-31T02:30:15 T11:30:15 T20:30:15 \
         2027-01-31T05:30:15 T14:30:15 T23:30:15",
    ),
    (
        "20260129T203015",
        "FREQ=HOURLY;INTERVAL=9;BYDAY=SU,MO",
        "2026-02-01T02:30:15 T11:30:15 T20:30:15 2026-02-02T05:30:15 T14:30:15 T23:30:15 \
         2026-02-08T05:30:15 T14:30:15",
    ),
    (
        "20260115T093015",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=1,8,13",
        "2026-01-15T13:30:15 2026-01-16T01:30:15 T13:30:15 2026-01-17T01:30:15 T13:30:15 \
         2026-01-18T01:30:15",
    ),
    (
        "20260115T093015",
        "FREQ=HOURLY;INTERVAL=2;BYMINUTE=0,45",
        "2026-01-15T09:45:15 T11:00:15 T11:45:15 T13:00:15 T13:45:15 T15:00:15",
    ),
    (
        "20260115T093015",
        "FREQ=HOURLY;BYHOUR=9,22;BYMINUTE=15,45;BYSECOND=0,50",
        "2026-01-15T09:45:00 T09:45:50 T22:15:00 T22:15:50 T22:45:00 T22:45:50 \
         2026-01-16T09:15:00 T09:15:50 T09:45:00",
    ),
    (
        "20260115T093015",
        "FREQ=HOURLY;INTERVAL=3;BYSECOND=10,20",
        "2026-01-15T09:30:20 T12:30:10 T12:30:20 T15:30:10 T15:30:20 T18:30:10",
    ),
    (
        "20260115T093015",
        "FREQ=HOURLY;BYMINUTE=10,20,40;BYSETPOS=2,-1",
        "2026-01-15T09:40:15 T10:20:15 T10:40:15 T11:20:15 T11:40:15 T12:20:15",
    ),
    (
        "20260115T093015",
        "FREQ=MINUTELY;INTERVAL=25",
        "2026-01-15 T09:55:15 T10:20:15 T10:45:15 T11:10:15",
    ),
    (
        "20260131T235515",
        "FREQ=MINUTELY;INTERVAL=2;BYMONTH=1,3",
        "2026-01-31 T23:57:15 T23:59:15 2026-03-01T00:01:15 T00:03:15 T00:05:15",
    ),
    (
        "20260131T235515",
        "FREQ=MINUTELY;INTERVAL=2;BYMONTHDAY=-1,2",
        "2026-01-31 T23:57:15 T23:59:15 2026-02-02T00:01:15 T00:03:15 T00:05:15",
    ),
    (
        "20260131T235515",
        "FREQ=MINUTELY;INTERVAL=4;BYYEARDAY=31,33",
        "2026-01-31 T23:59:15 2026-02-02T00:03:15 T00:07:15 T00:11:15",
    ),
    (
        "20260131T235515",
        "FREQ=MINUTELY;INTERVAL=4;BYDAY=SA,TU",
        "2026-01-31 T23:59:15 2026-02-03T00:03:15 T00:07:15 T00:11:15",
    ),
    (
        "20260115T225515",
        "FREQ=MINUTELY;INTERVAL=4;BYHOUR=1,22",
        "2026-01-15 T22:59:15 2026-01-16T01:03:15 T01:07:15 T01:11:15 T01:15:15",
    ),
    (
        "20260115T225515",
        "FREQ=MINUTELY;INTERVAL=7;BYMINUTE=2,4,23",
        "2026-01-15T23:02:15 T23:23:15 2026-01-16T02:04:15 T06:02:15 T06:23:15 T09:04:15",
    ),
    (
        "20260115T225515",
        "FREQ=MINUTELY;INTERVAL=7;BYSECOND=10,20",
        "2026-01-15T22:55:20 T23:02:10 T23:02:20 T23:09:10 T23:09:20 T23:16:10",
    ),
    (
        "20260115T225515",
        "FREQ=MINUTELY;BYHOUR=22;BYMINUTE=5,55;BYSECOND=15,30",
        "2026-01-15 T22:55:30 2026-01-16T22:05:15 T22:05:30 T22:55:15 T22:55:30 \
         2026-01-17T22:05:15 T22:05:30",
    ),
    (
        "20260115T225515",
        "FREQ=MINUTELY;BYSECOND=5,20,40;BYSETPOS=-1,1",
        "2026-01-15T22:55:40 T22:56:05 T22:56:40 T22:57:05 T22:57:40 T22:58:05",
    ),
    (
        "20260115T235915",
        "FREQ=MINUTELY;BYSECOND=20,60",
        "2026-01-15T23:59:20 2026-01-16T00:00:20 T00:01:20",
    ),
    (
        "20260115T225515",
        "FREQ=SECONDLY;INTERVAL=40",
        "2026-01-15 T22:55:55 T22:56:35 T22:57:15 T22:57:55",
    ),
    (
        "20260131T235950",
        "FREQ=SECONDLY;INTERVAL=4;BYMONTH=1,4",
        "2026-01-31 T23:59:54 T23:59:58 2026-04-01T00:00:02 T00:00:06 T00:00:10",
    ),
    (
        "20260115T235950",
        "FREQ=SECONDLY;INTERVAL=4;BYDAY=TH,SA",
        "2026-01-15 T23:59:54 T23:59:58 2026-01-17T00:00:02 T00:00:06 T00:00:10",
    ),
    (
        "20260115T225950",
        "FREQ=SECONDLY;INTERVAL=4;BYHOUR=1,22",
        "2026-01-15 T22:59:54 T22:59:58 2026-01-16T01:00:02 T01:00:06 T01:00:10",
    ),
    (
        "20260115T225950",
        "FREQ=SECONDLY;INTERVAL=4;BYMINUTE=1,59",
        "2026-01-15 T22:59:54 T22:59:58 T23:01:02 T23:01:06 T23:01:10",
    ),
    (
        "20260115T225950",
        "FREQ=SECONDLY;INTERVAL=3;BYSECOND=2,5,56",
        "2026-01-15T22:59:56 T23:00:02 T23:00:05 T23:00:56 T23:01:02 T23:01:05",
    ),
    (
        "20260115T225950",
        "FREQ=SECONDLY;BYHOUR=22,23;BYMINUTE=0,59;BYSECOND=0,50,57",
        "2026-01-15 T22:59:57 T23:00:00 T23:00:50 T23:00:57 T23:59:00 T23:59:50 T23:59:57",
    ),
];

/// The instants of a row.
fn instants(dtstart: &str, starts: &str) -> Vec<UtcTime> {
    let own = format!("{}:{}:{}", &dtstart[9..11], &dtstart[11..13], &dtstart[13..15]);
    let mut day = "";
    let mut instants = Vec::new();
    for start in starts.split_whitespace() {
        let (date, clock) = start.split_once('T').unwrap_or((start, &own));
        if !date.is_empty() {
            day = date;
        }
        instants.push(at(&format!("{day}T{clock}Z")));
    }
    instants
}

/// An event whose windows last a second each.
fn timetable(dtstart: &str, rule: &str) -> Timetable {
    let event = format!("DTSTART:{dtstart}Z\nDURATION:PT1S\nRRULE:{rule}");
    ical(&format!("BEGIN:VEVENT\n{event}\nEND:VEVENT\n")).timetable
}

/// The starts between two instants; DTSTART's own, which always counts, only where
/// the rule makes it.
fn starts(
    timetable: &Timetable,
    (from, to): (UtcTime, UtcTime),
    wanted: &[UtcTime],
) -> Vec<UtcTime> {
    let windows = timetable.windows(from, to).unwrap();
    let mut starts: Vec<UtcTime> = windows.iter().map(|window| window.start).collect();
    if from == UtcTime::MIN && starts.first().is_some_and(|own| *own < wanted[0]) {
        starts.remove(0);
    }
    starts
}

#[test]
fn a_rule_makes_its_starts_whichever_part_of_the_time_is_asked_for() {
    for (dtstart, rule, expected) in PARTS {
        let wanted = instants(dtstart, expected);
        let last = wanted[wanted.len() - 1].saturating_add(Duration::from_millis(1));
        let endless = timetable(dtstart, rule);
        assert_eq!(starts(&endless, (UtcTime::MIN, last), &wanted), wanted, "{rule}");
        for (place, from) in wanted.iter().enumerate() {
            let ahead = starts(&endless, (*from, last), &wanted);
            assert_eq!(ahead, wanted[place..], "{rule} from {from}");
            let before = starts(&endless, (UtcTime::MIN, *from), &wanted);
            assert_eq!(before, wanted[..place], "{rule} before {from}");
        }
    }
}

#[test]
fn a_rule_ends_with_the_start_that_count_or_until_names() {
    for (dtstart, rule, expected) in PARTS {
        let wanted = instants(dtstart, expected);
        let last = wanted[wanted.len() - 1];
        let until = last.to_string().replace(['-', ':'], "").replace(".000Z", "");
        for end in
            [format!("COUNT={}", wanted.len()), format!("UNTIL={until}Z"), format!("UNTIL={until}")]
        {
            let ending = timetable(dtstart, &format!("{rule};{end}"));
            let found = starts(&ending, (UtcTime::MIN, UtcTime::MAX), &wanted);
            assert_eq!(found, wanted, "{rule};{end}");
        }
    }
}
