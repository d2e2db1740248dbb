//! A hundred days of a tenant in minutes: `scripts/maintenance-sync` every five simulated
//! minutes, with the real tools, whose clock is moved; a service with faults that changes
//! its answers every day, a timetable that is edited, cut and emptied, and people.
//!
//! The suite plays one day. `scripts/soak` plays as many as `SOAK_DAYS` says (,
//! `SOAK_SEED`), writes a report, and makes every pass but those that ask for nothing.

mod calendar;
mod judge;
mod life;
mod report;
mod site;
mod tenant;

use std::path::PathBuf;

use report::report;
use site::Site;

use crate::support::skip::skip_without;

/// The story that is asked for, or that of the suite.
struct Story {
    seed: u64,
    days: i64,
    tasks: usize,
    /// While nothing happens to what is held, one pass of so many is made.
    calm: u64,
    report: Option<PathBuf>,
}

impl Story {
    fn of_environment() -> Self {
        let text = |name| std::env::var(name).ok();
        let number = |name| text(name).map(|value| value.parse::<u32>().unwrap());
        let is_asked = text("SOAK_DAYS").is_some();
        Self {
            seed: number("SOAK_SEED").unwrap_or(1).into(),
            days: number("SOAK_DAYS").unwrap_or(1).into(),
            tasks: if is_asked { 500 } else { 60 },
            calm: number("SOAK_CALM").unwrap_or(12).into(),
            report: text("SOAK_REPORT").map(PathBuf::from),
        }
    }
}

#[test]
fn days_of_maintenance_end_well() {
    if skip_without("cc") {
        return;
    }
    let story = Story::of_environment();
    let mut site = Site::new(&story);
    site.play();
    let (text, is_well) = report(&story, &site);
    eprintln!("{text}");
    if let Some(file) = &story.report {
        std::fs::write(file, &text).unwrap();
    }
    assert!(is_well, "{text}");
}
