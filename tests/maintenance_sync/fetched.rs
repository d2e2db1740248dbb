//! `MAINTENANCE_TIMETABLE_URL`: a timetable that each pass of `scripts/maintenance-sync`
//! fetches, checks, and has a last good copy of.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;

use crate::recipes::Bench;
use crate::support::ended::Ended;
use crate::support::skip::skip_without;

/// The answer of a server of calendars.
#[derive(Clone, Default)]
struct Answer {
    status: u16,
    etag: String,
    body: String,
    /// The length in the header, if it is not the body's; 0: no header.
    length: Option<usize>,
}

/// The minutes of nine days, in which each task runs.
const DAYS: i64 = 9 * 1440;

/// A server of one calendar, and the heads of the requests that it got.
struct Calendars {
    port: u16,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Calendars {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answer, asked) = (Arc::<Mutex<Answer>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let (answers, heads) = (Arc::clone(&answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &answers.lock().unwrap().clone(), &heads);
            }
        });
        Self { port, answer, asked }
    }

    fn answers(&self, status: u16, etag: &str, body: &str) {
        let (etag, body) = (etag.to_owned(), body.to_owned());
        *self.answer.lock().unwrap() = Answer { status, etag, body, length: None };
    }

    /// The requests since the last call.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// Answers one request; 304 where it has the tag of what there is.
fn serve(mut stream: TcpStream, answer: &Answer, asked: &Mutex<Vec<String>>) {
    let mut head = String::new();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    while lines.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let is_known = !answer.etag.is_empty() && head.contains(&answer.etag) && answer.status == 200;
    asked.lock().unwrap().push(head);
    let (status, body) = if is_known { (304, "") } else { (answer.status, &*answer.body) };
    let length = match answer.length.filter(|_| !is_known).unwrap_or(body.len()) {
        0 if !body.is_empty() => String::new(),
        length => format!("Content-Length: {length}\r\n"),
    };
    let etag =
        if answer.etag.is_empty() { String::new() } else { format!("ETag: {}\r\n", answer.etag) };
    let text = format!(
        "HTTP/1.1 {status} x\r\n{etag}Location: http://127.0.0.1:1/x\r\n{length}Connection: close\r\n\r\n{body}"
    );
    let _ = stream.write_all(text.as_bytes());
}

/// A tenant, and a calendar that is fetched.
struct Site {
    bench: Bench,
    calendars: Calendars,
}

impl Site {
    fn new() -> Self {
        let bench = Bench::start();
        bench.write("calendar-token", "s3cret-token\n");
        Self { bench, calendars: Calendars::start() }
    }

    /// A timetable with one window, from and to so many minutes from now.
    fn table(&self, name: &str, from: i64, to: i64) -> String {
        let at = |minutes| (self.bench.now() + TimeDelta::minutes(minutes)).to_rfc3339();
        format!("name,start,end\n{name},{},{}\n", at(from), at(to))
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/private-4711/maintenance.csv?a=b.c", self.calendars.port)
    }

    fn pass(&self, settings: &[(&str, &str)], flags: &[&str]) -> Ended {
        let wrapper = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/maintenance-sync");
        let mut command = self.bench.command(wrapper);
        command
            .env("TALEND_ENVIRONMENT", "Production")
            .env("MAINTENANCE_TIMETABLE_URL", self.url())
            .envs(settings.iter().copied())
            .args(flags);
        Ended::of(command.output().unwrap())
    }

    fn expect(&self, code: i32, settings: &[(&str, &str)]) -> Ended {
        let ended = self.pass(settings, &[]);
        assert_eq!(ended.code, code, "{settings:?} {ended:#?}");
        assert!(!ended.stderr.contains("4711"), "the address is a secret: {ended:#?}");
        assert!(!ended.stderr.contains("s3cret"), "{ended:#?}");
        ended
    }

    /// The files beside the ledger that end so.
    fn files(&self, end: &str) -> Vec<std::path::PathBuf> {
        let directory = fs::read_dir(self.bench.path("ledger")).unwrap();
        let paths = directory.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.to_str().unwrap().ends_with(end)).collect()
    }

    /// As if the copy had been checked so many seconds earlier.
    fn aged(&self, seconds: i64) {
        let at = self.bench.now().timestamp() - seconds;
        fs::write(&self.files(".checked")[0], format!("{at}\n")).unwrap();
    }
}

#[test]
fn a_timetable_is_fetched_by_each_pass_and_its_body_only_if_it_changed() {
    if skip_without("curl") {
        return;
    }
    let site = Site::new();
    let token = [("MAINTENANCE_TIMETABLE_TOKEN_FILE", "calendar-token")];
    site.calendars.answers(200, "\"one\"", &site.table("on", -5, DAYS));
    site.expect(0, &token);
    assert_eq!(site.bench.paused().len(), 3);
    let head = site.calendars.asked().concat();
    assert!(head.starts_with("GET /private-4711/maintenance.csv?a=b.c "), "{head}");
    assert!(head.contains("Authorization: Bearer s3cret-token\r\n"), "{head}");
    assert!(!head.contains("If-None-Match"), "{head}");
    for file in site.files("") {
        let is_copy = file.to_str().unwrap().contains("timetable-");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert!(!is_copy || mode & 0o777 == 0o600, "{file:?}");
    }
    site.expect(0, &token);
    let head = site.calendars.asked().concat();
    assert!(head.contains("If-None-Match: \"one\"\r\n"), "{head}");
    assert_eq!(site.bench.paused().len(), 3);
    // It moves.
    site.calendars.answers(200, "\"two\"", &site.table("on", 600, 660));
    site.expect(0, &token);
    assert_eq!(site.bench.paused(), [""; 0]);
    // Nor does a pass without work pass over it.
    site.calendars.asked();
    site.expect(0, &token);
    let asked = site.bench.standin.requests().len();
    site.expect(0, &token);
    assert_eq!(site.bench.standin.requests().len(), asked);
    assert_eq!(site.calendars.asked().len(), 2);
    assert_eq!(site.files("csv").len(), 1, "{:?}", site.files(""));
    assert!(site.files("").iter().all(|file| !file.to_str().unwrap().contains(".new")));
}

#[test]
fn the_last_good_copy_is_used_and_reported_where_the_new_one_is_of_no_use() {
    if skip_without("curl") {
        return;
    }
    let cut = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n";
    let long = "x".repeat(17 << 20);
    let wrong: &[(&str, u16, &str, &str)] = &[
        ("refused", 403, "no", "the answer is HTTP status 403"),
        ("gone", 404, "", "the answer is HTTP status 404"),
        ("moved", 302, "", "the answer is HTTP status 302"),
        ("nothing", 204, "", "the answer is HTTP status 204"),
        ("nothing at all", 200, "", "it has a mistake: "),
        ("spaces", 200, "\n\n", "it has a mistake: "),
        ("a page to log in", 200, "<!DOCTYPE html><html>\n<body>\n", "it has a mistake: "),
        ("cut", 200, "name,start,end\nx,2026-01-01", "it has a mistake: "),
        ("a calendar", 200, cut, "it has a mistake: "),
        ("an unknown title", 200, "name,start,end,wrkspace\n", "it has a mistake: "),
        ("no row", 200, "name,start,end\n", "it has no window any more, and the copy has"),
        ("too long", 200, &long, "it cannot be fetched: "),
    ];
    let site = Site::new();
    site.calendars.answers(200, "\"good\"", &site.table("on", -5, DAYS));
    site.expect(0, &[]);
    let copy = fs::read(&site.files("csv")[0]).unwrap();
    let check = |what: &str, why: &str| {
        site.aged(125 * 60 + 5);
        let ended = site.expect(0, &[]);
        assert!(
            ended.stderr.contains("warning: the timetable of MAINTENANCE_TIMETABLE_URL"),
            "{what} {ended:#?}"
        );
        assert!(ended.stderr.contains(why), "{what} {ended:#?}");
        assert!(ended.stderr.contains("the copy of 125 minutes ago is used"), "{what} {ended:#?}");
        assert_eq!(site.bench.paused().len(), 3, "{what}");
        assert_eq!(fs::read(&site.files("csv")[0]).unwrap(), copy, "{what}");
    };
    for (what, status, body, why) in wrong {
        site.calendars.answers(*status, "\"bad\"", body);
        check(what, why);
    }
    // It breaks off in the middle.
    site.calendars.answers(200, "\"bad\"", &site.table("other", 600, 660));
    site.calendars.answer.lock().unwrap().length = Some(10_000);
    check("broken off", "it cannot be fetched: ");
    // It does not say how long it is, and does not end.
    site.calendars.answers(200, "\"bad\"", &long);
    site.calendars.answer.lock().unwrap().length = Some(0);
    check("endless", "it cannot be fetched: ");
    // The tag of what was refused is not taken for that of the copy.
    site.calendars.asked();
    site.calendars.answers(200, "\"good\"", "must not be asked for");
    let ended = site.expect(0, &[]);
    assert!(site.calendars.asked().concat().contains("If-None-Match: \"good\""));
    assert!(!ended.stderr.contains("warning"), "{ended:#?}");
    // A file that a pass left that was killed.
    let left = site.files("csv")[0].with_extension("new-999999999.csv");
    fs::write(&left, "x").unwrap();
    fs::File::open(&left).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    // It is reported where cron mails it, also with a log.
    site.calendars.answers(500, "", "");
    let logged = site.bench.path("sync.log");
    let ended = site.expect(0, &[("MAINTENANCE_LOG", logged.to_str().unwrap())]);
    assert!(ended.stderr.contains("HTTP status 500"), "{ended:#?}");
    assert!(fs::read_to_string(logged).unwrap().contains("HTTP status 500"));
    assert!(!left.exists());
    // One that makes too many windows to list is no empty one.
    let table = site.table("on", -5, DAYS);
    let own = table.lines().last().unwrap();
    let mut many = format!("name,start,end,timezone,recurrence,task\n{own},,,\n");
    for _ in 0..40 {
        many += "often,2000-01-01 02:00,2000-01-01 02:30,UTC,FREQ=HOURLY,nobody\n";
    }
    site.calendars.answers(200, "", &many);
    let ended = site.expect(0, &[]);
    assert!(!ended.stderr.contains("MAINTENANCE_TIMETABLE_URL"), "{ended:#?}");
    assert_eq!(fs::read_to_string(&site.files("csv")[0]).unwrap(), many);
    // That there is no window any more is believed where that is said.
    site.calendars.answers(200, "", "name,start,end\n");
    let ended = site.pass(&[], &["--allow-empty"]);
    assert_eq!((ended.code, site.bench.paused().len()), (0, 0), "{ended:#?}");
}

#[test]
fn a_copy_that_is_too_old_pauses_nothing_and_what_is_over_is_given_back() {
    if skip_without("curl") {
        return;
    }
    let site = Site::new();
    site.calendars.answers(200, "", &site.table("on", -5, DAYS));
    site.expect(0, &[]);
    assert_eq!(site.bench.paused().len(), 3);
    site.calendars.answers(500, "", "");
    site.aged(23 * 3600);
    site.expect(0, &[]);
    site.aged(25 * 3600);
    let ended = site.expect(69, &[]);
    assert!(ended.stderr.contains("older than MAINTENANCE_TIMETABLE_MAX_AGE"), "{ended:#?}");
    assert_eq!(site.bench.paused().len(), 3, "by the ledger it is on");
    site.expect(0, &[("MAINTENANCE_TIMETABLE_MAX_AGE", "2d")]);
    site.expect(69, &[("MAINTENANCE_TIMETABLE_MAX_AGE", "0")]);
    // Without any copy, too.
    let other = Site::new();
    other.calendars.answers(500, "", "");
    let ended = other.expect(69, &[]);
    assert!(ended.stderr.contains("there is no copy of it"), "{ended:#?}");
    assert_eq!(other.bench.paused(), [""; 0]);
    // Beside a file that is there, nothing is known of what else is on.
    let table = other.bench.path("maintenance.csv");
    other.expect(69, &[("MAINTENANCE_TIMETABLE", table.to_str().unwrap())]);
    other.calendars.answers(200, "", &other.table("on", 600, 660));
    other.expect(0, &[("MAINTENANCE_TIMETABLE", table.to_str().unwrap())]);
    assert_eq!(other.bench.paused().len(), 3, "by both");
}

/// An empty one is believed once all windows of the copy are over.
#[test]
fn a_calendar_whose_past_windows_were_taken_out_is_an_empty_one() {
    if skip_without("curl") {
        return;
    }
    let site = Site::new();
    let empty = "name,start,end\n";
    let refused = "it has no window any more, and the copy has one that is not over";
    for (from, to, after, is_over) in [
        (-90, -30, "0s", true),
        (-90, -30, "1h", false),
        (-90, 30, "0s", false),
        (30, 90, "0s", false),
    ] {
        let settings = [("MAINTENANCE_AFTER", after), ("MAINTENANCE_BEFORE", "0s")];
        site.calendars.answers(200, "", &site.table("w", from, to));
        site.expect(0, &settings);
        site.calendars.answers(200, "", empty);
        let ended = site.pass(&settings, &[]);
        assert_eq!(ended.stderr.contains(refused), !is_over, "{from} {to} {after} {ended:#?}");
        let copy = fs::read_to_string(&site.files("csv")[0]).unwrap();
        assert_eq!(copy == empty, is_over, "{from} {to} {after}");
    }
    // Nor is it believed where a mistyped setting leaves open what is over.
    let ended = site.pass(&[("MAINTENANCE_BEFORE", "15")], &[]);
    assert!(ended.code == 2 && ended.stderr.contains(refused), "{ended:#?}");
    assert_ne!(fs::read_to_string(&site.files("csv")[0]).unwrap(), empty);
}

#[test]
fn a_tag_of_any_form_is_sent_back_as_it_came_and_none_asks_for_the_body() {
    if skip_without("curl") {
        return;
    }
    let site = Site::new();
    let table = site.table("on", -5, DAYS);
    for tag in ["\"strong\"", "W/\"weak\"", "unquoted", "\"with, a=comma and space\"", "\"\""] {
        site.calendars.answers(200, tag, &table);
        site.expect(0, &[]);
        site.calendars.asked();
        site.expect(0, &[]);
        let head = site.calendars.asked().concat();
        assert!(head.contains(&format!("If-None-Match: {tag}\r\n")), "{tag}: {head}");
    }
    // The tag of an older copy is not that of one without.
    for _ in 0..2 {
        site.calendars.answers(200, "", &table);
        site.calendars.asked();
        site.expect(0, &[]);
    }
    let head = site.calendars.asked().concat();
    assert!(!head.contains("If-None-Match"), "{head}");
    assert_eq!(site.bench.paused().len(), 3);
}

#[test]
fn an_answer_that_nothing_changed_is_no_timetable_where_there_is_no_copy() {
    if skip_without("curl") {
        return;
    }
    let site = Site::new();
    site.calendars.answers(304, "\"one\"", "");
    let ended = site.expect(69, &[]);
    assert!(ended.stderr.contains("HTTP status 304, and no copy was asked about"), "{ended:#?}");
    assert!(ended.stderr.contains("there is no copy of it"), "{ended:#?}");
    assert_eq!(site.files(".checked").len(), 0);
    // A copy that was lost, of which the tag is left.
    site.calendars.answers(200, "\"one\"", &site.table("on", -5, DAYS));
    site.expect(0, &[]);
    fs::remove_file(&site.files("csv")[0]).unwrap();
    site.calendars.asked();
    site.expect(0, &[]);
    assert!(!site.calendars.asked().concat().contains("If-None-Match"));
    assert_eq!(site.files("csv").len(), 1, "it was fetched again");
    assert_eq!(site.bench.paused().len(), 3);
}

#[test]
fn settings_of_a_fetched_timetable_that_are_unsafe_or_wrong_start_nothing() {
    if skip_without("curl") {
        return;
    }
    let site = Site::new();
    for (settings, code, said) in [
        (&[("MAINTENANCE_TIMETABLE_URL", "http://calendar.example/x.ics")][..], 78, "no https"),
        (&[("MAINTENANCE_TIMETABLE_URL", "file:///etc/passwd.csv")], 78, "no https"),
        (&[("MAINTENANCE_TIMETABLE_URL", "http://localhost.example/x.ics")], 78, "no https"),
        (
            &[("MAINTENANCE_TIMETABLE_URL", "https://a.example/x.csv\"\noutput = \"y")],
            78,
            "no https",
        ),
        (
            &[("MAINTENANCE_TIMETABLE_URL", "https://a.example/x")],
            78,
            "MAINTENANCE_TIMETABLE_FORMAT",
        ),
        (&[("MAINTENANCE_TIMETABLE_FORMAT", "xlsx")], 78, "MAINTENANCE_TIMETABLE_FORMAT"),
        (&[("MAINTENANCE_TIMETABLE_TOKEN_FILE", "nowhere")], 78, "cannot read"),
        (&[("MAINTENANCE_TIMETABLE_TOKEN_FILE", ".")], 78, "cannot read"),
        (&[("MAINTENANCE_TIMETABLE_TOKEN_FILE", "empty")], 78, "cannot read"),
        (&[("MAINTENANCE_TIMETABLE_TOKEN_FILE", "open")], 77, "chmod 600"),
        (&[("MAINTENANCE_TIMETABLE_TOKEN_FILE", "two words")], 78, "no bearer token"),
    ] {
        site.bench.write("open", "token\n");
        fs::set_permissions(site.bench.path("open"), fs::Permissions::from_mode(0o644)).unwrap();
        site.bench.write("two words", "two words\n");
        site.bench.write("empty", "");
        let ended = site.pass(settings, &[]);
        assert_eq!(ended.code, code, "{settings:?} {ended:#?}");
        assert!(ended.stderr.contains(said), "{settings:?} {ended:#?}");
    }
    assert_eq!(site.calendars.asked(), [""; 0]);
    assert!(site.bench.standin.requests().is_empty());
    // With this one the timetable is certain, so what is over is given back.
    let ended = site.pass(&[("MAINTENANCE_TIMETABLE_MAX_AGE", "soon")], &[]);
    assert_eq!(ended.code, 78, "{ended:#?}");
    assert!(ended.stderr.contains("MAINTENANCE_TIMETABLE_MAX_AGE"), "{ended:#?}");
    assert_eq!(site.calendars.asked(), [""; 0]);
    let requests = site.bench.standin.requests();
    assert!(!requests.iter().any(|request| request.path.ends_with("/events/search")));
}
