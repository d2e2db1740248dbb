//! The windows that are ahead, in sentences.

use std::time::Duration;

use maintenance_core::cli::counted;
use maintenance_core::scope::{MissingField, Subject};
use maintenance_core::short_name::clip;
use maintenance_core::timetable::{Against, Timetable};
use maintenance_core::window::WindowKind;
use maintenance_core::zone::Zone;

use crate::style::local;

/// The days that are looked at.
const DAYS: u64 = 366;

/// The most windows of recurrences that are counted.
const MOST: u32 = 100_000;

/// Says how many windows are ahead, which one is the next, and how many of the tasks
/// they concern. Says nothing where the windows are too many to count.
pub(super) fn outlook(timetable: &Timetable, against: &Against<'_>, zone: &Zone) -> Vec<String> {
    let now = against.now;
    let to = now.saturating_add(Duration::from_secs(DAYS * 86_400));
    let Ok(Some(mut windows)) = timetable.windows_up_to(now, to, MOST) else { return Vec::new() };
    windows.retain(|window| {
        window.kind == WindowKind::Maintenance && window.end != Some(window.start)
    });
    let Some(next) = windows.first() else {
        return vec![format!("no window is ahead in the next {DAYS} days")];
    };
    let zones = timetable.zones();
    let place = next.zone.map(|place| usize::from(place.number()));
    let zone = place.and_then(|place| zones.get(place.checked_sub(1)?)).unwrap_or(zone);
    let end =
        next.end.map_or("without an end".to_owned(), |end| format!("to {}", local(zone, end)));
    let is_on = next.start <= now;
    let mut sentences = vec![format!(
        "{} in the next {DAYS} days; {} {:?}, {} {end} ({})",
        counted(windows.len(), "window", "windows"),
        if is_on { "on now is" } else { "the next is" },
        clip(&next.name),
        local(zone, next.start),
        zone.name(),
    )];
    if let Some(tasks) = against.tasks {
        let is = |task: &Subject<'_>, known: fn(&Result<bool, MissingField>) -> bool| {
            windows.iter().any(|window| known(&window.scope.judge(task)))
        };
        let (concerned, others): (Vec<&Subject<'_>>, _) =
            tasks.iter().partition(|task| is(task, |known| *known == Ok(true)));
        let unknown = others.iter().filter(|task| is(task, Result::is_err)).count();
        let unknown = match unknown {
            0 => String::new(),
            _ => format!("; whether they concern {unknown} more is not known"),
        };
        let tasks = counted(tasks.len(), "task or plan", "tasks and plans");
        sentences.push(format!("these windows concern {} of {tasks}{unknown}", concerned.len()));
    }
    sentences
}
