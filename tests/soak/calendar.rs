//! The timetable of the soak, as its operators mean it: rows with rules, their windows
//! by arithmetic of the soak's own, and the two files in which they stand.

use std::fmt::Write as _;

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};

use super::tenant::{
    At, DAY, ENVIRONMENTS, MINUTE, SoakTask, VERBS, WORKSPACES, ZONES, days, instant, zone,
};

pub(super) const ROWS: usize = 40;

/// The files' names.
pub(super) const FILES: [&str; 2] = ["maintenance.csv", "maintenance.ics"];

const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

#[derive(Clone, PartialEq)]
enum Rule {
    Daily,
    /// Every so many weeks, on these days of the week from Monday.
    Weekly(i64, Vec<usize>),
    /// On this day of the month.
    Monthly(i8),
}

/// A recurring window.
#[derive(Clone, PartialEq)]
pub(super) struct Row {
    pub(super) name: String,
    zone: &'static str,
    first: Date,
    time: Time,
    minutes: i64,
    /// Its end is a time of day, not a length.
    has_end: bool,
    rule: Rule,
    environment: usize,
    workspace: Option<usize>,
    verb: Option<usize>,
}

/// One window of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    pub(super) start: At,
    pub(super) end: At,
    pub(super) row: usize,
}

impl Row {
    pub(super) fn new(number: usize, first: Date, dice: &mut Rng) -> Self {
        let rule = match number % 20 {
            0 => Rule::Daily,
            1 | 2 => Rule::Monthly(dice.i8(1..=28)),
            3..=6 => Rule::Weekly(2, vec![dice.usize(..7)]),
            7..=13 => Rule::Weekly(1, vec![dice.usize(..3), 3 + dice.usize(..4)]),
            _ => Rule::Weekly(1, vec![dice.usize(..7)]),
        };
        let minutes = match rule {
            Rule::Daily => 30,
            _ => [30, 45, 60, 90, 120, 240][dice.usize(..6)],
        };
        let mut row = Self {
            name: format!("window {number}"),
            zone: ZONES[number % ZONES.len()],
            first,
            time: Time::constant(dice.i8(0..24), [0, 15, 30, 45][dice.usize(..4)], 0, 0),
            minutes,
            has_end: dice.bool(),
            rule,
            environment: dice.usize(..3),
            workspace: (dice.u8(..10) < 7).then(|| dice.usize(..3)),
            verb: (dice.u8(..10) < 3).then(|| dice.usize(..3)),
        };
        // Its first start is one of the rule's.
        while !row.is_on(row.first) {
            row.first = row.first.tomorrow().unwrap();
        }
        row
    }

    fn is_on(&self, date: Date) -> bool {
        if date < self.first {
            return false;
        }
        let weekday = |date: Date| i64::from(date.weekday().to_monday_zero_offset());
        match &self.rule {
            Rule::Daily => true,
            Rule::Weekly(every, on) => {
                let monday = self.first - weekday(self.first).days();
                let weeks = i64::from((date - monday).get_days()) / 7;
                weeks % every == 0 && on.iter().any(|day| DAYS[*day].1 == date.weekday())
            }
            Rule::Monthly(day) => date.day() == *day,
        }
    }

    /// The windows that touch `[from, to)`.
    fn windows(&self, from: At, to: At) -> Vec<(At, At)> {
        let zone = zone(self.zone);
        let on = days(from - DAY, to).filter(|date| self.is_on(*date));
        let window = |date: Date| {
            let start = date.to_datetime(self.time);
            let begins = instant(&zone, start);
            let length = self.minutes * MINUTE;
            if !self.has_end {
                return (begins, begins + length);
            }
            let ends = instant(&zone, start + self.minutes.minutes());
            (begins, if ends > begins { ends } else { begins + length })
        };
        on.map(window).filter(|(start, end)| *start < to && from < *end).collect()
    }

    pub(super) fn concerns(&self, task: &SoakTask) -> bool {
        self.environment == task.environment
            && self.workspace.is_none_or(|workspace| workspace == task.workspace)
            && self.verb.is_none_or(|verb| verb == task.verb)
    }

    fn recurrence(&self) -> String {
        match &self.rule {
            Rule::Daily => "FREQ=DAILY".to_owned(),
            Rule::Weekly(every, on) => {
                let on: Vec<_> = on.iter().map(|day| DAYS[*day].0).collect();
                format!("FREQ=WEEKLY;INTERVAL={every};BYDAY={}", on.join(","))
            }
            Rule::Monthly(day) => format!("FREQ=MONTHLY;BYMONTHDAY={day}"),
        }
    }

    fn csv(&self) -> String {
        let start = self.first.to_datetime(self.time);
        let end = start + self.minutes.minutes();
        let end = if self.has_end { end.strftime("%F %H:%M").to_string() } else { String::new() };
        let length = if self.has_end { String::new() } else { format!("{}m", self.minutes) };
        format!(
            "{},{},{end},{length},{},{},{},{},{}\n",
            self.name,
            start.strftime("%F %H:%M"),
            self.zone,
            self.recurrence_cell(),
            ENVIRONMENTS[self.environment],
            self.workspace.map_or("", |workspace| WORKSPACES[workspace]),
            self.verb.map_or("*".to_owned(), |verb| format!("{} *", VERBS[verb])),
        )
    }

    /// In quotes where it has a comma.
    fn recurrence_cell(&self) -> String {
        let text = self.recurrence();
        if text.contains(',') { format!("\"{text}\"") } else { text }
    }

    fn event(&self) -> String {
        let start = self.first.to_datetime(self.time);
        let stamp = |civil: jiff::civil::DateTime| civil.strftime("%Y%m%dT%H%M%S").to_string();
        let mut text = format!(
            "BEGIN:VEVENT\r\nUID:{}\r\nSUMMARY:{}\r\nDTSTART;TZID={}:{}\r\n",
            self.name,
            self.name,
            self.zone,
            stamp(start)
        );
        let _ = if self.has_end {
            let end = stamp(start + self.minutes.minutes());
            write!(text, "DTEND;TZID={}:{end}\r\n", self.zone)
        } else {
            write!(text, "DURATION:PT{}M\r\n", self.minutes)
        };
        let _ = write!(text, "RRULE:{}\r\n", self.recurrence());
        let _ = write!(text, "CATEGORIES:environment:{}", ENVIRONMENTS[self.environment]);
        if let Some(workspace) = self.workspace {
            let _ = write!(text, ",workspace:{}", WORKSPACES[workspace]);
        }
        if let Some(verb) = self.verb {
            let _ = write!(text, ",task:{} *", VERBS[verb]);
        }
        text + "\r\nEND:VEVENT\r\n"
    }

    /// An edit of it: another time, length, end or place.
    pub(super) fn edited(&self, dice: &mut Rng) -> Self {
        let mut row = self.clone();
        match dice.u8(..4) {
            0 => {
                let minutes = [-60, -30, 15, 90][dice.usize(..4)];
                row.time = row.time.wrapping_add(i64::from(minutes).minutes());
            }
            1 => row.minutes = [30, 60, 120, 180][dice.usize(..4)],
            2 => row.has_end = !row.has_end,
            _ => row.workspace = Some(dice.usize(..3)),
        }
        row
    }
}

/// All windows of these rows that touch `[from, to)`, by their beginnings.
pub(super) fn occurrences(rows: &[Row], from: At, to: At) -> Vec<Occurrence> {
    let of_row = |(row, rule): (usize, &Row)| {
        let windows = rule.windows(from, to).into_iter();
        windows.map(move |(start, end)| Occurrence { start, end, row }).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = rows.iter().enumerate().flat_map(of_row).collect();
    all.sort_unstable();
    all
}

/// The texts of the two files: every second row stands in each.
pub(super) fn texts(rows: &[Row]) -> [String; 2] {
    let head = "name,start,end,duration,timezone,recurrence,environment,workspace,task\n";
    let mut csv = head.to_owned();
    let mut ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//soak//EN\r\n".to_owned();
    for (number, row) in rows.iter().enumerate() {
        if number % 2 == 0 {
            csv += &row.csv();
        } else {
            ics += &row.event();
        }
    }
    [csv, ics + "END:VCALENDAR\r\n"]
}
