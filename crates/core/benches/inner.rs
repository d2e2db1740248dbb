//! The inner functions of `window-filter`: what one line costs, and where.
//!
//! `cargo bench -p maintenance-core`. The whole program against what else one
//! might use is `scripts/bench`.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use maintenance_core::jsonl::scan::{FoundMembers, Keys, Scanner};
use maintenance_core::time::UtcTime;
use maintenance_core::window::{Origin, Source, Window, WindowKind, WindowName};
use maintenance_core::window_set::{Widening, WindowSet};
use serde::Deserialize;

fn main() {
    divan::main();
}

/// When the runs begin, and how long it takes until the last one, in
/// milliseconds.
const SPAN: (i64, i64) = (1_640_995_200_000, 2 * 365 * 86_400_000);

fn instant(millis: i64) -> UtcTime {
    UtcTime::from_millis(millis).unwrap()
}

/// The dates of so many runs, in the order of time or in none.
fn dates(count: i64, in_order: bool) -> Vec<UtcTime> {
    // A step that is prime to the count visits every place once.
    let step = if in_order { 1 } else { 7_368_787 };
    let place = |number: i64| (number * step) % count;
    (0..count).map(|number| instant(SPAN.0 + SPAN.1 / count * place(number))).collect()
}

fn lines(count: i64) -> String {
    let mut text = String::new();
    for (number, date) in dates(count, true).into_iter().enumerate() {
        writeln!(
            text,
            "{{\"id\":\"61323d2498d04f63{number:08x}\",\"date\":\"{date}\",\"type\":\"TASK\",\
             \"environmentId\":\"6242bc6eac74e9757cda41bb\",\"name\":\"load orders {number}\",\
             \"workspaceId\":\"5f3a1c2b9d8e7f6a5b4c3d2e\"}}"
        )
        .unwrap();
    }
    text
}

fn windows(count: i64) -> Vec<Window> {
    let (scope, step) = (Arc::default(), SPAN.1 / count);
    (0..count)
        .map(|number| Window {
            name: WindowName::from(&*format!("maintenance {number}")),
            start: instant(SPAN.0 + step * number + step * 3 / 10),
            end: Some(instant(SPAN.0 + step * number + step / 2)),
            kind: WindowKind::Maintenance,
            scope: Arc::clone(&scope),
            source: Source { origin: Origin::table("t.csv"), line: 1 },
            dst: None,
            zone: None,
        })
        .collect()
}

mod line {
    use super::{Bencher, BytesCount, Deserialize, FoundMembers, Keys, Scanner, black_box, lines};

    #[divan::bench]
    fn scanner(bencher: Bencher<'_, '_>) {
        let text = lines(1000);
        let keys = Keys::new(&["date", "end", "window", "durationMs"]);
        bencher.counter(BytesCount::of_str(&text)).bench(|| {
            let (mut found, mut at) = (FoundMembers::default(), 0);
            while at < text.len() {
                black_box(keys.read(black_box(&text), at, &mut found).unwrap());
                at = found.end + 1;
            }
        });
    }

    #[divan::bench]
    fn scanner_of_one_shape(bencher: Bencher<'_, '_>) {
        let text = lines(1000);
        let keys = Keys::new(&["date", "end", "window", "durationMs"]);
        bencher.counter(BytesCount::of_str(&text)).bench(|| {
            let (mut scanner, mut found, mut at) =
                (Scanner::new(&keys), FoundMembers::default(), 0);
            while at < text.len() {
                black_box(scanner.read(black_box(&text), at, &mut found).unwrap());
                at = found.end + 1;
            }
        });
    }

    /// The alternative to the scanner: the leanest use of `serde_json` that checks
    /// the whole line.
    #[divan::bench]
    fn serde_json(bencher: Bencher<'_, '_>) {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only what it costs matters")]
        struct Probe<'a> {
            date: &'a str,
        }
        let text = lines(1000);
        bencher.counter(BytesCount::of_str(&text)).bench(|| {
            for line in black_box(&text).lines() {
                black_box(serde_json::from_str::<Probe<'_>>(line).unwrap());
            }
        });
    }

    #[divan::bench]
    fn newlines_only(bencher: Bencher<'_, '_>) {
        let text = lines(1000);
        bencher
            .counter(BytesCount::of_str(&text))
            .bench(|| memchr::memchr_iter(b'\n', black_box(text.as_bytes())).count());
    }
}

mod date {
    use super::{Bencher, ItemsCount, SPAN, UtcTime, black_box, instant};

    #[divan::bench(args = ["2022-07-20T18:00:00.000Z", "2022-07-20T20:00:00+02:00"])]
    fn parse(bencher: Bencher<'_, '_>, text: &str) {
        bencher.counter(ItemsCount::new(1_usize)).bench(|| UtcTime::parse(black_box(text)));
    }

    #[divan::bench]
    fn write() -> [u8; 24] {
        black_box(instant(SPAN.0)).to_ascii()
    }
}

#[divan::bench(args = [10, 1000, 100_000])]
fn compile(bencher: Bencher<'_, '_>, count: i64) {
    let windows = windows(count);
    bencher
        .counter(ItemsCount::new(windows.len()))
        .with_inputs(|| windows.clone())
        .bench_values(|windows| WindowSet::new(black_box(windows), Widening::default()));
}

#[divan::bench(args = [(10, true), (10, false), (100_000, true), (100_000, false)])]
fn look_up(bencher: Bencher<'_, '_>, (count, in_order): (i64, bool)) {
    let set = WindowSet::new(windows(count), Widening::default());
    let dates = dates(1_000_000, in_order);
    let mut out = Vec::new();
    bencher.counter(ItemsCount::new(dates.len())).bench_local(|| {
        for &date in &dates {
            out.clear();
            if let Some(hit) = set.at(date, &mut |_: &_| Ok(true)).unwrap() {
                set.annotate(&hit, &mut out);
            }
            black_box(&out);
        }
    });
}
