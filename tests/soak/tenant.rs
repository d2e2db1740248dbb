//! The tenant of the soak: its tasks, their runs, and what changes about the shapes of its answers.

use fastrand::Rng;
use jiff::civil::{self, Date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use tmc_standin::{
    AnswerShapes, ContextShape, DateShape, Effect, Encoding, Fault, Letters, NoItems, Options,
    PauseAnswer, PauseShape, Standin, Unpaused, World,
};

pub(super) const ENVIRONMENTS: [&str; 3] = ["Production", "Quality", "Development"];
pub(super) const WORKSPACES: [&str; 3] = ["Finance", "Sales", "Logistics"];
pub(super) const VERBS: [&str; 3] = ["Load", "Export", "Check"];
pub(super) const TOKEN: &str = "not-a-real-token";

/// The zones of the timetable and of daily tasks. All but one change their clocks
/// within 100 days of the beginning.
pub(super) const ZONES: [&str; 5] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kolkata",
];

/// Of so many requests one meets with a fault.
const ONE_IN: f64 = 50.0;

/// A time in milliseconds since 1970.
pub(super) type At = i64;
pub(super) const MINUTE: At = 60_000;
pub(super) const DAY: At = 24 * 60 * MINUTE;

/// A zone of the built-in database, as the tools have it.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// The instant of a civil time (RFC 5545: a gap has the offset before it, and what
/// comes twice means the first).
pub(super) fn instant(zone: &TimeZone, civil: civil::DateTime) -> At {
    let zoned = zone.to_ambiguous_zoned_datetime(civil).compatible().unwrap();
    zoned.timestamp().as_millisecond()
}

pub(super) fn show(at: At) -> String {
    Timestamp::from_millisecond(at).unwrap().strftime("%F %H:%M").to_string()
}

/// A task with its schedule.
#[derive(Clone)]
pub(super) struct SoakTask {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) environment: usize,
    pub(super) workspace: usize,
    pub(super) verb: usize,
    zone: &'static str,
    times: Vec<String>,
}

impl SoakTask {
    /// One in ten runs every hour, three every fourth hour, and the others once a day
    /// by the clock of a zone.
    fn new(n: usize, dice: &mut Rng) -> Self {
        let (minute, hour) = (dice.u8(..60), dice.u8(..24));
        let every = |hours: usize, first: u8| {
            let hours = (first % 4..24).step_by(hours);
            hours.map(|hour| format!("{hour:02}:{minute:02}")).collect()
        };
        let (zone, times) = match n % 10 {
            0 => ("UTC", every(1, 0)),
            1..=3 => ("UTC", every(4, hour)),
            _ => (ZONES[dice.usize(..5)], vec![format!("{hour:02}:{minute:02}")]),
        };
        let (environment, workspace, verb) = (n % 3, n / 3 % 3, n / 9 % 3);
        let name = format!("{} orders {n}", VERBS[verb]);
        Self { id: format!("t{n}"), name, environment, workspace, verb, zone, times }
    }

    fn json(&self) -> Value {
        json!({"id": self.id, "name": self.name,
            "workspace": format!("w{}{}", self.environment, self.workspace),
            "triggers": [{"type": "DAILY", "startDate": "2027-01-01", "times": self.times,
                "timeZone": self.zone}]})
    }

    /// The times of its runs in `[from, to)`.
    pub(super) fn runs(&self, from: At, to: At) -> Vec<At> {
        let zone = zone(self.zone);
        let times: Vec<civil::Time> =
            self.times.iter().map(|time| format!("{time}:00").parse().unwrap()).collect();
        let days = days(from, to);
        let all = days.flat_map(|day| times.iter().map(move |time| day.to_datetime(*time)));
        let mut runs: Vec<At> = all.map(|civil| instant(&zone, civil)).collect();
        runs.retain(|run| (from..to).contains(run));
        runs.sort_unstable();
        runs.dedup();
        runs
    }
}

/// The dates of all zones in `[from, to)`.
pub(super) fn days(from: At, to: At) -> impl Iterator<Item = Date> {
    let date = |at| TimeZone::UTC.to_datetime(Timestamp::from_millisecond(at).unwrap()).date();
    let (first, last) = (date(from - DAY), date(to + DAY));
    (0_i64..).map(move |n| first + n.days()).take_while(move |day| *day <= last)
}

/// So many tasks in three environments.
pub(super) fn tasks(count: usize, dice: &mut Rng) -> Vec<SoakTask> {
    (0..count).map(|n| SoakTask::new(n, dice)).collect()
}

pub(super) fn world(tasks: &[SoakTask]) -> World {
    let places = (0..3).flat_map(|environment| (0..3).map(move |one| (environment, one)));
    let workspaces = places.map(|(environment, workspace)| {
        json!({"id": format!("w{environment}{workspace}"), "name": WORKSPACES[workspace],
            "environment": format!("e{environment}")})
    });
    let environment = |(n, name)| json!({"id": format!("e{n}"), "name": name});
    let world = json!({
        "environments": ENVIRONMENTS.iter().enumerate().map(environment).collect::<Vec<_>>(),
        "workspaces": workspaces.collect::<Vec<_>>(),
        "users": [{"name": "ops"}],
        "tokens": [{"id": "token", "secret": TOKEN, "user": "ops"}],
        "tasks": tasks.iter().map(SoakTask::json).collect::<Vec<_>>(),
        "options": unlimited(&Options::default()),
    });
    World::from_json(&world.to_string()).unwrap()
}

/// Passes are five minutes apart for the stand-in, and come one after the other.
fn unlimited(options: &Options) -> Options {
    Options { orchestration_limit: 0, processing_limit: 0, ..options.clone() }
}

/// The tenant becomes as described again.
pub(super) fn is_plain(standin: &Standin) {
    standin.set_options(|options| *options = unlimited(&Options::default()));
}

/// The shapes of the tenant's answers on a day, and their names in the report.
pub(super) fn changes_answer_shapes(standin: &Standin, dice: &mut Rng) -> String {
    let mut reported = Vec::new();
    let mut one_in = |n: u32, name: &str| {
        let is_so = dice.u32(..n) == 0;
        reported.extend(is_so.then(|| name.to_owned()));
        is_so
    };
    let mut options = unlimited(&Options::default());
    options.pause_details_in_list = one_in(2, "lists show pauses");
    options.hide_paused_runs = one_in(4, "lists hide paused runs");
    options.gzip = one_in(2, "gzip");
    options.to_inclusive = one_in(4, "inclusive ends");
    // Whose a pause is cannot be proved on such a day.
    let is_mute = one_in(20, "neither contexts nor users");
    options.hide_pause_context = is_mute;
    options.context_characters = one_in(4, "cut contexts").then_some(30);
    options.shows_after_ms = if one_in(4, "late reads") { 150 } else { 0 };
    options.unpaused = if one_in(3, "null details") { Unpaused::Null } else { Unpaused::False };
    let mut shapes = AnswerShapes {
        any_accept_only: one_in(4, "*/* only"),
        no_pause_user: is_mute,
        lists_swapped: one_in(4, "swapped lists"),
        ..AnswerShapes::default()
    };
    shapes.letters = if one_in(4, "letters") { Letters::Swapped } else { Letters::Described };
    shapes.pause =
        if one_in(4, "pauses as text") { PauseShape::Text } else { PauseShape::Described };
    shapes.encoding = if one_in(4, "a mark") { Encoding::ByteOrderMark } else { Encoding::Utf8 };
    shapes.no_items =
        if one_in(4, "204 for no items") { NoItems::NoContent } else { NoItems::Described };
    let answers = [
        (PauseAnswer::Described, "202 or 204"),
        (PauseAnswer::NoContent, "204"),
        (PauseAnswer::Accepted, "202"),
        (PauseAnswer::Ok, "200"),
        (PauseAnswer::OkWithText, "200 with a text"),
        (PauseAnswer::AcceptedWithObject, "202 with an object"),
    ];
    let contexts = [
        (ContextShape::Described, "contexts as sent"),
        (ContextShape::Html, "HTML contexts"),
        (ContextShape::Url, "URL contexts"),
        (ContextShape::LowerCase, "lower case contexts"),
        (ContextShape::Replaced, "replaced contexts"),
    ];
    let dates =
        [DateShape::Described, DateShape::BasicOffset, DateShape::NoZone, DateShape::Millis];
    let (answer, context) = (dice.usize(..answers.len()), dice.usize(..contexts.len()));
    shapes.pause_answer = answers[answer].0;
    shapes.contexts = contexts[context].0;
    // A text of the tenant's own proves nothing without the time of its clock.
    let hides_dates = shapes.contexts != ContextShape::Replaced && dice.u8(..5) == 0;
    shapes.no_date_header = hides_dates;
    reported.extend(hides_dates.then(|| "no dates".to_owned()));
    shapes.dates = dates[dice.usize(..dates.len())];
    reported.extend([answers[answer].1.to_owned(), contexts[context].1.to_owned()]);
    options.shapes = shapes;
    standin.set_options(|old| *old = options);
    reported.join(", ")
}

/// The faults of a pass: two requests in a hundred meet with one.
pub(super) fn faults(seed: u64) -> Vec<Fault> {
    let effects = [
        (30.0, Effect::status(503)),
        (15.0, Effect::status(500)),
        (15.0, refused()),
        (15.0, Effect::reset()),
        (15.0, Effect::reset_after()),
        (10.0, Effect::latency_ms(200)),
    ];
    let all = (1..).zip(effects);
    let fault = |(n, (share, effect)): (u64, (f64, Effect))| {
        Fault::new(effect).probability(share / 100.0 / ONE_IN, seed.wrapping_mul(8) + n)
    };
    all.map(fault).collect()
}

/// A refusal that may be tried again at once: this stand-in's minute is not the tools'.
fn refused() -> Effect {
    let retry_after = Some("0".to_owned());
    Effect::Status { status: 429, retry_after, body: None, processed: false }
}
