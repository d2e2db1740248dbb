//! The report of a soak, as text.

use std::fmt::Write as _;

use super::Story;
use super::calendar::ROWS;
use super::judge::{BEFORE, Judge};
use super::site::{BEGIN, LAST, Site};
use super::tenant::{ENVIRONMENTS, MINUTE, ZONES, show};

/// The report, and whether all is well.
pub(super) fn report(story: &Story, site: &Site) -> (String, bool) {
    let Site { versions, passes, lives, .. } = site;
    let verdict = Judge { versions, passes, lives }.judge(&site.tasks, BEGIN + BEFORE, site.end);
    let wrongs: Vec<&String> =
        site.wrongs.iter().chain(&lives.wrongs).chain(&verdict.unexplained).collect();
    let mut text = head(story, site);
    let mut line = |what: &str, reported: String| {
        let _ = writeln!(text, "{what:<12}{reported}");
    };
    let codes: Vec<_> =
        site.codes.iter().map(|(code, count)| format!("{count} x {code}")).collect();
    line("exit codes", codes.join(", "));
    line(
        "requests",
        format!(
            "{}, {} of them with a fault; {} pauses, {} resumes",
            lives.requests, lives.faulty, lives.pauses, lives.resumes
        ),
    );
    let incidents = versions.iter().filter(|version| version.broken.is_some()).count();
    line(
        "timetable",
        format!(
            "edited {} times, cut or emptied {incidents} times",
            (versions.len() - 1).saturating_sub(2 * incidents)
        ),
    );
    line(
        "people",
        format!(
            "{} acts, of which {} came between our look and our change",
            lives.acts, lives.crossed
        ),
    );
    line(
        "runs",
        format!(
            "{} of {} in a window: {} suppressed ({} of them by people's pauses), {} slipped in",
            verdict.in_windows,
            verdict.runs,
            verdict.suppressed,
            verdict.by_people,
            verdict.in_windows - verdict.suppressed
        ),
    );
    for slipped in &verdict.slipped {
        line("", slipped.clone());
    }
    line("suppressed", "outside of the windows:".to_owned());
    for (reason, count) in &verdict.beyond {
        line("", format!("{count} {reason}"));
    }
    line(
        "overdue",
        format!(
            "at most {} minutes {}",
            site.overdue.longest / MINUTE,
            if site.overdue.reported.is_empty() { "" } else { &site.overdue.reported }
        ),
    );
    line("again", format!("{} pauses whose answer was lost were sent once more", lives.again));
    for wrong in &wrongs {
        line("WRONG", (*wrong).clone());
    }
    let result = if wrongs.is_empty() { "well" } else { "not well" };
    line(
        "soak",
        format!(
            "{result}: seed {}, {} days, {} passes, {} runs slipped with a reason, {} wrongs",
            story.seed,
            story.days,
            passes.len(),
            verdict.slipped.len(),
            wrongs.len()
        ),
    );
    (text, wrongs.is_empty())
}

/// The lines about the story itself.
fn head(story: &Story, site: &Site) -> String {
    let mut text = String::new();
    let mut line = |what: &str, reported: String| {
        let _ = writeln!(text, "{what:<12}{reported}");
    };
    line(
        "story",
        format!(
            "seed {}, {} days from {}, {} tasks in {} environments, {ROWS} windows in {} zones",
            story.seed,
            story.days,
            show(BEGIN),
            site.tasks.len(),
            ENVIRONMENTS.len(),
            ZONES.len()
        ),
    );
    let counts = &site.counts;
    line(
        "passes",
        format!(
            "{} of {} made; {} skipped as idle, of which {} were tried and asked for nothing; {} \
             skipped as nothing happened to what was held",
            site.passes.len(),
            counts.due + LAST,
            counts.idle,
            counts.tried,
            counts.calm
        ),
    );
    text
}
